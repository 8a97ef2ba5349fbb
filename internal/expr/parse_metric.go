package expr

import (
	"slices"

	"github.com/earmarkhq/earmark/internal/markup"
	"github.com/earmarkhq/earmark/internal/value"
)

// numOps are the operations of metric expressions with the fewest operands of each.
var numOps = []struct {
	name  string
	fewer int
}{{"add", 2}, {"sub", 2}, {"mul", 2}, {"div", 2}, {"min", 2}, {"max", 2}, {"coalesce", 2}}

func numOpNames() []string {
	out := make([]string, len(numOps))
	for i, o := range numOps {
		out[i] = o.name
	}
	return out
}

// metric reads a metric node: a name or an expression, with its comparison beside it.
func (p *parser) metric(n, v *markup.Node, path, at string) Node {
	out := MetricCond{Pos: pos(n, path)}
	if v.Kind == markup.Map || v.Kind == markup.Number {
		out.Expr = p.num(v, at)
	} else {
		out.Name = p.ref(RefMetric, v, at)
	}
	out.Cmp = p.comparison(n, path, at)
	return out
}

// comparison reads the operators beside a metric; there must be one.
func (p *parser) comparison(n *markup.Node, path, at string) []Op {
	before := len(p.faults)
	cmp := p.ops(n, path, numberOps)
	if len(cmp) == 0 && len(p.faults) == before {
		p.bad(n, at, "expr.missing_op", "example", "gte: 1")
	}
	return cmp
}

// quantile reads {metric: name, table: name} with the comparison of the band.
func (p *parser) quantile(n, v *markup.Node, path, at string) Node {
	out := Quantile{Pos: pos(n, path), Cmp: p.comparison(n, path, at)}
	if !p.fields(v, at, "metric", "table") || !p.require(v, at, "metric", "table") {
		return out
	}
	if m := v.Get("metric"); m.Kind == markup.Map || m.Kind == markup.Number {
		out.Expr = p.num(m, join(at, "metric"))
	} else {
		out.Metric = p.ref(RefMetric, m, join(at, "metric"))
	}
	out.Table = p.ref(RefTable, v.Get("table"), join(at, "table"))
	return out
}

// num reads a metric expression: a number, a name, or a map of one kind.
func (p *parser) num(n *markup.Node, path string) Num {
	if !p.enter(n, path) {
		return nil
	}
	defer p.leave()
	switch n.Kind {
	case markup.Number:
		d, ok := value.ParseDec(n.Text)
		if !ok {
			p.bad(n, path, "expr.want_number")
		}
		return NumConst{pos(n, path), d}
	case markup.Text:
		return NumMetric{pos(n, path), p.ref(RefMetric, n, path)}
	case markup.Map:
		return p.numMap(n, path)
	}
	p.bad(n, path, "expr.want_metric")
	return nil
}

// numKinds are the keys that say what an expression is.
func numKinds() []string {
	return append([]string{"event", "attribute", "metric"}, numOpNames()...)
}

func (p *parser) numMap(n *markup.Node, path string) Num {
	if n.Has("event") {
		return p.numEvent(n, path)
	}
	allowed := numKinds()
	if !p.fields(n, path, allowed...) {
		return nil
	}
	pair := p.exclusive(n, path, allowed)
	if pair == nil {
		p.bad(n, path, "expr.want_metric")
		return nil
	}
	v, at := pair.Value, join(path, pair.Key)
	switch pair.Key {
	case "attribute":
		return NumAttr{pos(n, path), p.path(v, at)}
	case "metric":
		if v.Kind == markup.Map || v.Kind == markup.Number {
			return p.num(v, at)
		}
		return NumMetric{pos(n, path), p.ref(RefMetric, v, at)}
	}
	out := NumOp{Pos: pos(n, path), Op: pair.Key}
	if !p.list(v, at) {
		return out
	}
	i := slices.IndexFunc(numOps, func(o struct {
		name  string
		fewer int
	}) bool {
		return o.name == pair.Key
	})
	if len(v.Items) < numOps[i].fewer {
		p.bad(v, at, "expr.too_few", "min", numOps[i].fewer)
	}
	for i, it := range v.Items {
		out.Args = append(out.Args, p.num(it, item(at, i)))
	}
	return out
}

// numEvent reads an aggregate without comparison, or days_since.
func (p *parser) numEvent(n *markup.Node, path string) Num {
	allowed := append([]string{"event", "where", "each", "per", "days_since", "elapsed"}, names(windowKeys)...)
	allowed = append(allowed, names(aggKeys)...)
	for i := range n.Pairs {
		if k := n.Pairs[i].Key; !slices.Contains(allowed, k) && !isPercentileKey(k) {
			p.unknown(&n.Pairs[i], path, allowed)
		}
	}
	sel, where := p.selector(n.Get("event"), join(path, "event")), p.where(n, path)
	if n.Has("days_since") {
		return p.numDays(n, path, sel, where)
	}
	if e := n.Get("elapsed"); e != nil {
		p.bad(n, path, "expr.missing_key", "missing", "days_since")
	}
	out := NumAgg{Pos: pos(n, path), Events: sel, Where: where, Window: p.window(n, path), Each: p.each(n, path)}
	out.Agg, _ = p.agg(p.aggPair(n, path), n, path, false)
	if per := n.Get("per"); per != nil {
		p.notWithPer(n, path)
		out.Per, _ = p.per(per, join(path, "per"), false, out.Agg)
	}
	return out
}

func (p *parser) numDays(n *markup.Node, path string, sel Selector, where Prop) Num {
	out := NumDays{Pos: pos(n, path), Events: sel, Where: where}
	for i := range n.Pairs {
		k := n.Pairs[i].Key
		if !slices.Contains([]string{"event", "where", "days_since", "elapsed"}, k) {
			p.badKey(&n.Pairs[i], join(path, k), "expr.keys_conflict", "keys", "days_since, "+k)
		}
	}
	out.First = p.oneOf(n.Get("days_since"), join(path, "days_since"), "last", "first") == "first"
	if e := n.Get("elapsed"); e != nil {
		out.Elapsed = p.flag(e, join(path, "elapsed"))
	}
	return out
}
