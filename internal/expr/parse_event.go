package expr

import (
	"regexp"
	"slices"
	"strings"

	"github.com/earmarkhq/earmark/internal/markup"
	"github.com/earmarkhq/earmark/internal/value"
)

// selector reads an event name, a list of names, or prefixes such as order.*; names that a
// prefix covers are left out.
func (p *parser) selector(n *markup.Node, path string) Selector {
	items := []*markup.Node{n}
	if n.Kind == markup.List {
		if !p.list(n, path) {
			return Selector{}
		}
		items = n.Items
	}
	var s Selector
	for i, it := range items {
		at := path
		if n.Kind == markup.List {
			at = item(path, i)
		}
		if it.Kind != markup.Text && it.Kind != markup.Number {
			p.bad(it, at, "expr.want_event")
			continue
		}
		name := p.name(it, at)
		prefix, wild := strings.CutSuffix(name, "*")
		switch {
		case strings.Contains(prefix, "*"):
			p.bad(it, at, "expr.wildcard")
		case wild:
			s.Prefixes = append(s.Prefixes, prefix)
		case name != "":
			s.Types = append(s.Types, name)
		}
	}
	return s.reduce()
}

// reduce sorts the selector and drops what a prefix covers.
func (s Selector) reduce() Selector {
	var prefixes []string
	for _, p := range slices.Sorted(slices.Values(s.Prefixes)) {
		if n := len(prefixes); n == 0 || !strings.HasPrefix(p, prefixes[n-1]) {
			prefixes = append(prefixes, p)
		}
	}
	var types []string
	for _, t := range slices.Compact(slices.Sorted(slices.Values(s.Types))) {
		if !(Selector{Prefixes: prefixes}).Matches(t) {
			types = append(types, t)
		}
	}
	return Selector{Types: types, Prefixes: prefixes}
}

// event reads an event node: an aggregate, an occurrence (first, last) or regular.
func (p *parser) event(n *markup.Node, path string) Node {
	sel := p.selector(n.Get("event"), join(path, "event"))
	where := p.where(n, path)
	pair := p.exclusive(n, path, []string{"first", "last", "regular"})
	if pair == nil {
		if k := n.Get("key"); k != nil {
			p.bad(n, path, "expr.missing_key", "missing", "last / first")
		}
		return p.aggregate(n, path, sel, where)
	}
	p.alone(n, path, pair.Key)
	if pair.Key == "regular" {
		return p.regular(n, pair, path, sel, where)
	}
	return p.occurrence(n, pair, path, sel, where)
}

// alone reports keys that first, last and regular do not go with: windows and aggregates belong
// inside them.
func (p *parser) alone(n *markup.Node, path, kind string) {
	var others []string
	var second *markup.Pair
	for i := range n.Pairs {
		k := n.Pairs[i].Key
		clash := slices.Contains(names(windowKeys), k) || slices.Contains(names(aggKeys), k) || isPercentileKey(k) ||
			k == "per" || k == "each" && kind != "regular" || k == "key" && kind == "regular"
		if clash {
			if others = append(others, k); second == nil {
				second = &n.Pairs[i]
			}
		}
	}
	if second != nil {
		p.badKey(second, join(path, second.Key), "expr.keys_conflict", "keys", strings.Join(append([]string{kind}, others...), ", "))
	}
}

func (p *parser) where(n *markup.Node, path string) Prop {
	if w := n.Get("where"); w != nil {
		return p.prop(w, join(path, "where"))
	}
	return nil
}

// aggregate reads the aggregate of an event node; without one it is count ≥ 1.
func (p *parser) aggregate(n *markup.Node, path string, sel Selector, where Prop) Node {
	out := Aggregate{Pos: pos(n, path), Events: sel, Where: where}
	out.Window = p.window(n, path)
	out.Each = p.each(n, path)
	pair := p.aggPair(n, path)
	per := n.Get("per")
	if per == nil {
		out.Agg, out.Cmp = p.agg(pair, n, path, true)
		return out
	}
	out.Agg, _ = p.agg(pair, n, path, false)
	p.notWithPer(n, path)
	out.Per, out.Cmp = p.per(per, join(path, "per"), true, out.Agg)
	return out
}

// notWithPer reports a window beside per: the periods are the window.
func (p *parser) notWithPer(n *markup.Node, path string) {
	if w := p.windowPair(n, path); w != nil {
		p.badKey(w, join(path, w.Key), "expr.keys_conflict", "keys", "per, "+w.Key)
	}
}

// each reads `each: items` or `each: {list: items, where: …}`.
func (p *parser) each(n *markup.Node, path string) *Each {
	v := n.Get("each")
	if v == nil {
		return nil
	}
	at := join(path, "each")
	if v.Kind != markup.Map {
		return &Each{Path: p.path(v, at)}
	}
	if !p.fields(v, at, "list", "where") || !p.require(v, at, "list") {
		return nil
	}
	return &Each{Path: p.path(v.Get("list"), join(at, "list")), Where: p.where(v, at)}
}

var percentileKey = regexp.MustCompile(`^p([1-9][0-9]?)$`)

// isPercentileKey recognises p75.
func isPercentileKey(k string) bool { return percentileKey.MatchString(k) }

// aggPair finds the one aggregate key of n; `days` is one only with a map.
func (p *parser) aggPair(n *markup.Node, path string) *markup.Pair {
	keys := names(aggKeys)
	if d := n.Get("days"); d != nil && d.Kind != markup.Map {
		keys = without(keys, "days")
	}
	for i := range n.Pairs {
		if isPercentileKey(n.Pairs[i].Key) {
			keys = append(keys, n.Pairs[i].Key)
		}
	}
	return p.exclusive(n, path, keys)
}

// agg reads an aggregate with its comparison, or without one when compare is false.
func (p *parser) agg(pair *markup.Pair, n *markup.Node, path string, compare bool) (Agg, []Op) {
	if pair == nil {
		return Agg{Fn: Count}, atLeastOne(pos(n, path))
	}
	out := Agg{Fn: AggFn(pair.Key)}
	v, at := pair.Value, join(path, pair.Key)
	switch {
	case pair.Key == "active_days":
		out.Fn = Days
	case isPercentileKey(pair.Key):
		out.Fn = Percentile
		out.P, _ = value.ParseDec(pair.Key[1:])
	}
	if out.Fn == Count || out.Fn == Days {
		return out, p.countCmp(v, at, compare)
	}
	return out, p.ofCmp(&out, pair, v, at, compare)
}

func atLeastOne(where Pos) []Op {
	return []Op{{Pos: where, Name: OpGte, Args: []value.Value{value.NewInt(1)}}}
}

// countCmp reads the comparison of count and days: 3, {gte: 3}.
func (p *parser) countCmp(v *markup.Node, at string, compare bool) []Op {
	if !compare {
		if !(v.Kind == markup.Bool && v.Text == "true") && !(v.Kind == markup.Map && len(v.Pairs) == 0) {
			p.bad(v, at, "expr.no_comparison")
		}
		return nil
	}
	var cmp []Op
	before := len(p.faults)
	switch v.Kind {
	case markup.Map:
		for i := range v.Pairs {
			if !isOp(v.Pairs[i].Key, numberOps) {
				p.unknown(&v.Pairs[i], at, opNames(numberOps))
			}
		}
		if cmp = p.ops(v, at, numberOps); len(v.Pairs) == 0 {
			p.bad(v, at, "expr.missing_op", "example", "{gte: 1}")
		}
	case markup.List:
		cmp = p.oneOp(v, at, OpIn, numberOps)
	default:
		cmp = p.oneOp(v, at, OpEq, numberOps)
	}
	if len(p.faults) == before && neverCount(cmp) {
		p.bad(v, at, "expr.never_count")
	}
	return cmp
}

// ofCmp reads {of: property, gte: 1}; without a comparison the property alone may stand.
func (p *parser) ofCmp(out *Agg, pair *markup.Pair, v *markup.Node, at string, compare bool) []Op {
	if v.Kind != markup.Map {
		if !compare && out.Fn != Percentile || isPercentileKey(pair.Key) && !compare {
			out.Of = p.path(v, at)
		} else {
			p.bad(v, at, "expr.want_map")
		}
		return nil
	}
	own := []string{"of"}
	if pair.Key == string(Percentile) {
		own = append(own, "p")
	}
	for i := range v.Pairs {
		if k := v.Pairs[i].Key; !slices.Contains(own, k) && !(compare && isOp(k, numberOps)) {
			allowed := own
			if compare {
				allowed = append(own, opNames(numberOps)...)
			}
			p.unknown(&v.Pairs[i], at, allowed)
		}
	}
	if !p.require(v, at, own...) {
		return nil
	}
	out.Of = p.path(v.Get("of"), join(at, "of"))
	if pair.Key == string(Percentile) {
		out.P = p.percentile(v.Get("p"), join(at, "p"))
	}
	if !compare {
		return nil
	}
	before := len(p.faults)
	cmp := p.ops(v, at, numberOps)
	switch {
	case len(cmp) == 0 && len(p.faults) == before:
		p.bad(v, at, "expr.missing_op", "example", "gte: 1")
	case out.Fn == Distinct && len(p.faults) == before && neverCount(cmp):
		p.bad(v, at, "expr.never_count")
	}
	return cmp
}

func (p *parser) percentile(n *markup.Node, path string) value.Dec {
	d, ok := value.ParseDec(n.Text)
	if n.Kind != markup.Number || !ok || d.Sign() < 0 || d.Cmp(value.Dec{Coef: 100}) > 0 {
		p.bad(n, path, "expr.want_p")
	}
	return d
}

// perFns are the ways to combine periods; avg is mean.
var perFns = map[string]AggFn{"mean": Avg, "avg": Avg, "min": Min, "max": Max}

// per reads {unit: month, n: 3, mean: {gte: 2}, past: true}.
func (p *parser) per(n *markup.Node, path string, compare bool, agg Agg) (*Per, []Op) {
	if !p.fields(n, path, "unit", "n", "past", "mean", "avg", "min", "max") || !p.require(n, path, "unit", "n") {
		return nil, nil
	}
	out := &Per{Unit: p.unit(n.Get("unit"), join(path, "unit"))}
	out.N = p.whole(n.Get("n"), join(path, "n"), 1, min(MaxPeriods, mostOf(out.Unit)))
	if v := n.Get("past"); v != nil {
		out.Past = p.flag(v, join(path, "past"))
	}
	pair := p.exclusive(n, path, []string{"mean", "avg", "min", "max"})
	if pair == nil {
		p.bad(n, path, "expr.missing_key", "missing", "mean / min / max")
		return out, nil
	}
	out.Fn = perFns[pair.Key]
	v, at := pair.Value, join(path, pair.Key)
	if !compare {
		p.countCmp(v, at, false)
		return out, nil
	}
	if v.Kind != markup.Map {
		return out, p.oneOp(v, at, OpEq, numberOps)
	}
	for i := range v.Pairs {
		if !isOp(v.Pairs[i].Key, numberOps) {
			p.unknown(&v.Pairs[i], at, opNames(numberOps))
		}
	}
	if len(v.Pairs) == 0 {
		p.bad(v, at, "expr.missing_op", "example", "{gte: 1}")
	}
	return out, p.ops(v, at, numberOps)
}

// occurrence reads first and last.
func (p *parser) occurrence(n *markup.Node, pair *markup.Pair, path string, sel Selector, where Prop) Node {
	v, at := pair.Value, join(path, pair.Key)
	out := Occurrence{Pos: pos(n, path), First: pair.Key == "first", N: 1, Events: sel, Where: where}
	if !p.fields(v, at, append([]string{"n", "has", "key", "older_than"}, names(windowKeys)...)...) {
		return out
	}
	if c := v.Get("n"); c != nil {
		out.N = p.whole(c, join(at, "n"), 1, MaxNewest)
	}
	out.Window = p.window(v, at)
	if d := v.Get("older_than"); d != nil {
		span := p.window0(d, join(at, "older_than"))
		out.OlderThan = &span
	}
	if h := v.Get("has"); h != nil {
		out.Has = p.prop(h, join(at, "has"))
	}
	if k := n.Get("key"); k != nil {
		out.Key = p.path(k, join(path, "key"))
	}
	if k := v.Get("key"); k != nil {
		if out.Key != nil {
			p.bad(k, join(at, "key"), "expr.keys_conflict", "keys", "key, "+pair.Key+".key")
		}
		out.Key = p.path(k, join(at, "key"))
	}
	return out
}

// regular reads {per: week, each: {count: {gte: 1}}, in: 3, of: 4}.
func (p *parser) regular(n *markup.Node, pair *markup.Pair, path string, sel Selector, where Prop) Node {
	v, at := pair.Value, join(path, pair.Key)
	out := Regular{Pos: pos(n, path), Events: sel, Where: where, Each: p.each(n, path)}
	if !p.fields(v, at, "per", "each", "in", "of") || !p.require(v, at, "per", "in", "of") {
		return out
	}
	most := MaxPeriods
	per, perAt := v.Get("per"), join(at, "per")
	if slices.Contains(unitNames(), per.Text) {
		out.Unit = Unit(per.Text)
		most = min(most, mostOf(out.Unit))
	} else {
		d := p.window0(per, perAt)
		out.Every = &d
	}
	out.Of = p.whole(v.Get("of"), join(at, "of"), 1, most)
	out.In = p.whole(v.Get("in"), join(at, "in"), 1, most)
	if out.Of > 0 && out.In > out.Of {
		p.bad(v.Get("in"), join(at, "in"), "expr.in_of", "in", out.In, "of", out.Of)
	}
	if d := out.Every; d != nil && (d.Ms*int64(out.Of) > MaxWindowDays*msDay || d.Months*out.Of > MaxWindowMonths) {
		p.bad(per, perAt, "expr.window_too_long", "limit", durationLimit(MaxWindowDays, MaxWindowMonths))
	}
	out.Agg, out.Cmp = p.bucket(v, at)
	return out
}

// bucket reads the aggregate that each bucket must pass.
func (p *parser) bucket(v *markup.Node, at string) (Agg, []Op) {
	e := v.Get("each")
	if e == nil {
		return Agg{Fn: Count}, atLeastOne(pos(v, at))
	}
	at = join(at, "each")
	if e.Kind != markup.Map {
		p.bad(e, at, "expr.want_map")
		return Agg{}, nil
	}
	for i := range e.Pairs {
		if k := e.Pairs[i].Key; !slices.Contains(names(aggKeys), k) && !isPercentileKey(k) {
			p.unknown(&e.Pairs[i], at, names(aggKeys))
		}
	}
	if len(e.Pairs) == 0 {
		p.bad(e, at, "expr.empty")
	}
	return p.agg(p.aggPair(e, at), e, at, true)
}
