package expr_test

import (
	"slices"

	"pgregory.net/rapid"

	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/value"
)

// gen draws random valid trees of every kind of node, operator and window.
type gen struct{ t *rapid.T }

func (g gen) upTo(n int, what string) int { return rapid.IntRange(0, n).Draw(g.t, what) }
func (g gen) flip(what string) bool       { return rapid.Bool().Draw(g.t, what) }

func pick[T any](g gen, what string, of ...T) T { return rapid.SampledFrom(of).Draw(g.t, what) }

func (g gen) name() string {
	return pick(g, "name", "a", "会员等级", "组/名", "vip-1", "12", "true", "null", "a b", "x: y", "#z", "[q]", "in", "*x", "é", "😀", "0x1F", "2024-01-01", "~")
}

func (g gen) path() []string {
	n := 1 + g.upTo(2, "path length")
	out := make([]string, n)
	for i := range out {
		out[i] = pick(g, "key", "city", "amount_fen", "a.b", "path", "any", "all", "not", "on", "eq", "城市", "$type", "5", "context", "in", "x y", "true")
	}
	return out
}

func (g gen) selector() expr.Selector {
	var s expr.Selector
	for range g.upTo(2, "types") {
		s.Types = append(s.Types, pick(g, "type", "order.paid", "view", "$pageview", "下单", "5", "x.y"))
	}
	for range g.upTo(1, "prefixes") {
		s.Prefixes = append(s.Prefixes, pick(g, "prefix", "order.", "", "z"))
	}
	if len(s.Types)+len(s.Prefixes) == 0 {
		s.Types = []string{"order.paid"}
	}
	slices.Sort(s.Types)
	s.Types = slices.Compact(s.Types)
	s.Types = slices.DeleteFunc(s.Types, func(t string) bool {
		return expr.Selector{Prefixes: s.Prefixes}.Matches(t)
	})
	return s
}

func (g gen) duration() expr.Duration {
	text := pick(g, "duration", "1d", "24h", "90s", "1h30m", "1.5h", "500ms", "3w", "3mo", "12mo", "1y", "1y6mo", "7d")
	d, ok := expr.ParseDuration(text)
	if !ok {
		panic(text)
	}
	return d
}

func (g gen) durationRef() *expr.Duration {
	d := g.duration()
	return &d
}

func (g gen) unit() expr.Unit {
	return pick(g, "unit", expr.Day, expr.Week, expr.Month, expr.Quarter, expr.Year)
}

func (g gen) window() expr.Window {
	w := expr.Window{Kind: pick(g, "window", expr.Ever, expr.Within, expr.Ago, expr.LocalDays, expr.During, expr.Between, expr.Since)}
	switch w.Kind {
	case expr.Within:
		w.D = g.duration()
	case expr.Ago:
		w.D, w.D2 = expr.Duration{Ms: 60 * 86_400_000, Text: "60d"}, expr.Duration{Ms: 2_592_000_000, Text: "720h"}
		if g.flip("zero") {
			w.D2 = expr.Duration{Text: "0"}
		}
	case expr.LocalDays:
		w.To = -g.upTo(3, "to")
		w.From = w.To - g.upTo(9, "from")
	case expr.During:
		w.Unit, w.N = g.unit(), g.upTo(4, "n")
	case expr.Between:
		lo, hi := int64(1_700_000_000_123), int64(1_710_000_000_000)
		if g.flip("lo") {
			w.Lo = &lo
		}
		if w.Lo == nil || g.flip("hi") {
			w.Hi = &hi
		}
	case expr.Since:
		switch g.upTo(2, "since") {
		case 0:
			w.SinceRef.FirstFollow = true
		case 1:
			w.SinceRef.Tag = g.name()
		default:
			w.SinceRef.Attribute = g.path()
		}
	}
	return w
}

func (g gen) number() value.Value {
	lit := pick(g, "number", "0", "1", "2.50", "-3", "1e3", "9223372036854775807", "18446744073709551616", "0.1")
	v, err := value.ParseJSONText(lit)
	if err != nil {
		panic(err)
	}
	return v
}

func (g gen) scalar() value.Value {
	switch g.upTo(2, "scalar") {
	case 0:
		return g.number()
	case 1:
		return value.NewBool(g.flip("bool"))
	}
	return value.NewText(g.name())
}

func (g gen) scalars() []value.Value {
	out := make([]value.Value, 1+g.upTo(3, "scalars"))
	for i := range out {
		out[i] = g.scalar()
	}
	return out
}

// ops are one or two operators of different names.
func (g gen) ops(depth int) []expr.Op {
	one := g.op(depth)
	if two := g.op(depth); two.Name != one.Name && (two.Neg || one.Neg) && g.flip("two") {
		return []expr.Op{one, two}
	}
	return []expr.Op{one}
}

func (g gen) op(depth int) expr.Op {
	op := expr.Op{Neg: g.flip("neg"), Name: pick(g, "op",
		expr.OpEq, expr.OpIn, expr.OpGt, expr.OpLte, expr.OpBetween, expr.OpExists, expr.OpContains, expr.OpContainsAny,
		expr.OpLike, expr.OpRegex, expr.OpIncludes, expr.OpHasAll, expr.OpAny, expr.OpBefore, expr.OpAt, expr.OpInPeriod,
		expr.OpWithinLast, expr.OpOlderThan)}
	if depth <= 0 && op.Name == expr.OpAny {
		op.Name = expr.OpEq
	}
	switch op.Name {
	case expr.OpEq:
		op.Args = []value.Value{g.scalar()}
	case expr.OpIn, expr.OpIncludes, expr.OpHasAll:
		op.Args = g.scalars()
	case expr.OpContains:
		op.Args = []value.Value{value.NewText(g.name())}
	case expr.OpContainsAny:
		op.Args = []value.Value{value.NewText(g.name()), value.NewText("z")}
	case expr.OpGt, expr.OpLte:
		op.Args = []value.Value{g.number()}
		if g.flip("rel") {
			op.Args, op.Rel = nil, &expr.Rel{Ago: g.flip("ago"), D: g.duration()}
		}
	case expr.OpBetween:
		op.Args = []value.Value{value.NewText("2024-01-01"), value.NewText("2024-02-01 10:00")}
	case expr.OpLike, expr.OpRegex:
		op.Re = pick(g, "pattern", "a%b_", "^x.*$", "5", "[abc]")
	case expr.OpAny:
		op.Elem = g.prop(depth-1, true)
	case expr.OpBefore, expr.OpAt:
		op.Args = []value.Value{value.NewText("2024-05-01")}
	case expr.OpInPeriod:
		op.Period = g.period()
	case expr.OpWithinLast, expr.OpOlderThan:
		if op.Days = g.upTo(3, "days"); op.Days == 0 {
			op.Dur = g.durationRef()
		}
	}
	return op
}

func (g gen) period() *expr.Period {
	switch g.upTo(3, "period") {
	case 0:
		return &expr.Period{Days: true, From: -g.upTo(3, "from"), To: g.upTo(3, "to")}
	case 1:
		return &expr.Period{Birthday: true, From: -g.upTo(3, "from"), To: g.upTo(3, "to")}
	case 2:
		return &expr.Period{Birthday: true, Unit: expr.Month}
	}
	return &expr.Period{Unit: g.unit(), Shift: g.upTo(2, "shift") - 1}
}

func (g gen) prop(depth int, elem bool) expr.Prop {
	kind := g.upTo(6, "prop")
	if depth <= 0 || kind > 3 {
		t := expr.PropTest{Path: g.path(), Ops: g.ops(depth - 1)}
		if elem && g.flip("self") {
			t.Path = nil
		}
		return t
	}
	kids := make([]expr.Prop, 1+g.upTo(2, "kids"))
	for i := range kids {
		kids[i] = g.prop(depth-1, elem)
	}
	switch kind {
	case 0:
		if len(kids) == 1 { // a list of one stays a node of its own when written, but not in a map
			kids = append(kids, g.prop(0, elem))
		}
		return expr.PropAll{Kids: kids}
	case 1:
		return expr.PropAny{Kids: kids}
	case 2:
		return expr.PropNone{Kids: kids}
	}
	return expr.PropNot{Kid: kids[0]}
}

func (g gen) where() expr.Prop {
	if g.flip("where") {
		return g.prop(2, false)
	}
	return nil
}

func (g gen) agg() expr.Agg {
	a := expr.Agg{Fn: pick(g, "agg", expr.Count, expr.Sum, expr.Avg, expr.Min, expr.Max, expr.Median, expr.Percentile, expr.Distinct, expr.Days)}
	if a.Fn == expr.Percentile {
		a.P = value.Dec{Coef: int64(g.upTo(100, "p"))}
	}
	if a.Fn != expr.Count && a.Fn != expr.Days {
		a.Of = g.path()
	}
	return a
}

func (g gen) cmp() []expr.Op {
	n := value.NewInt(int64(g.upTo(9, "bound")))
	op := expr.Op{Name: pick(g, "cmp", expr.OpGte, expr.OpGt, expr.OpLte, expr.OpEq, expr.OpIn, expr.OpBetween), Args: []value.Value{n}}
	if op.Name == expr.OpBetween {
		op.Args = append(op.Args, value.NewInt(11))
	}
	op.Neg = g.flip("neg")
	return []expr.Op{op}
}

func (g gen) each() *expr.Each {
	if !g.flip("each") {
		return nil
	}
	return &expr.Each{Path: g.path(), Where: g.where()}
}

func (g gen) per() *expr.Per {
	return &expr.Per{Unit: g.unit(), N: 1 + g.upTo(8, "n"), Past: g.flip("past"), Fn: pick(g, "fn", expr.Avg, expr.Min, expr.Max)}
}

func (g gen) held() *expr.Held {
	switch g.upTo(2, "held") {
	case 0:
		return &expr.Held{For: g.durationRef()}
	case 1:
		return &expr.Held{LessThan: g.durationRef()}
	}
	return nil
}

func (g gen) num(depth int) expr.Num {
	kind := g.upTo(5, "num")
	switch {
	case depth > 0 && kind == 0:
		args := make([]expr.Num, 2+g.upTo(1, "args"))
		for i := range args {
			args[i] = g.num(depth - 1)
		}
		return expr.NumOp{Op: pick(g, "numop", "add", "sub", "mul", "div", "min", "max", "coalesce"), Args: args}
	case kind <= 1:
		d, _ := value.ParseDec(pick(g, "const", "1", "2.5", "100", "1.50"))
		return expr.NumConst{Val: d}
	case kind == 2:
		return expr.NumAttr{Path: g.path()}
	case kind == 3:
		return expr.NumMetric{Name: g.name()}
	case kind == 4:
		return expr.NumDays{Events: g.selector(), Where: g.where(), First: g.flip("first"), Elapsed: g.flip("elapsed")}
	}
	n := expr.NumAgg{Events: g.selector(), Where: g.where(), Each: g.each(), Agg: g.agg()}
	if g.flip("per") {
		n.Per = g.per()
	} else {
		n.Window = g.window()
	}
	return n
}

// expression is a metric expression that is not a bare constant or name.
func (g gen) expression() expr.Num {
	return expr.NumOp{Op: "div", Args: []expr.Num{g.num(1), g.num(1)}}
}

func (g gen) windowRef() *expr.Window {
	w := g.window()
	return &w
}

func (g gen) names() []string {
	out := make([]string, 1+g.upTo(2, "names"))
	for i := range out {
		out[i] = g.name()
	}
	return out
}

func (g gen) node(depth int) expr.Node {
	if depth > 0 && g.upTo(2, "structure") == 0 {
		kids := make([]expr.Node, 1+g.upTo(2, "kids"))
		for i := range kids {
			kids[i] = g.node(depth - 1)
		}
		switch g.upTo(4, "connective") {
		case 0:
			return expr.All{Kids: kids}
		case 1:
			return expr.Any{Kids: kids}
		case 2:
			return expr.None{Kids: kids}
		case 3:
			return expr.Not{Kid: kids[0]}
		}
		return expr.AtLeast{N: 1 + g.upTo(len(kids)-1, "n"), Kids: kids}
	}
	return g.leaf()
}

func (g gen) leaf() expr.Node {
	switch g.upTo(12, "leaf") {
	case 0:
		return expr.Everyone{}
	case 1:
		return expr.Customers{Keys: []customer.Key{{Value: g.name()}, {Kind: "user_id", Value: g.name()}}}
	case 2:
		return expr.Segment{Name: g.name()}
	case 3:
		return expr.Share{Salt: g.name(), Percent: value.Dec{Coef: int64(1 + g.upTo(9_999, "percent")), Exp: -2}}
	case 4:
		n := expr.Attribute{Path: g.path(), Held: g.held()}
		if g.flip("ops") {
			n.Ops = g.ops(2)
		}
		return n
	case 5, 6:
		n := expr.Aggregate{Events: g.selector(), Where: g.where(), Each: g.each(), Agg: g.agg(), Cmp: g.cmp()}
		if g.flip("per") {
			n.Per = g.per()
		} else {
			n.Window = g.window()
		}
		return n
	case 7:
		n := expr.Occurrence{First: g.flip("first"), N: 1 + g.upTo(2, "n"), Events: g.selector(), Where: g.where(), Window: g.window(), Has: g.where()}
		if g.flip("key") {
			n.Key = g.path()
		}
		if g.flip("older") {
			n.OlderThan = g.durationRef()
		}
		return n
	case 8:
		return g.sequence()
	case 9:
		n := expr.Regular{Events: g.selector(), Where: g.where(), Each: g.each(), Agg: g.agg(), Cmp: g.cmp(), In: 1 + g.upTo(1, "in"), Of: 2 + g.upTo(2, "of")}
		if g.flip("rolling") {
			n.Every = g.durationRef()
		} else {
			n.Unit = g.unit()
		}
		return n
	case 10:
		n := expr.TagCond{Mode: pick(g, "mode", "any", "all", "group"), Names: g.names(), Held: g.held(), SetBy: pick(g, "by", "", "rule", "hand")}
		if n.Mode == "group" {
			n.Names = n.Names[:1]
		}
		if g.flip("tagged") {
			n.Tagged = g.windowRef()
		}
		return n
	case 11:
		return g.follow()
	}
	if g.flip("quantile") {
		return expr.Quantile{Metric: g.name(), Table: g.name(), Cmp: g.cmp()}
	}
	if g.flip("named") {
		return expr.MetricCond{Name: g.name(), Cmp: g.cmp()}
	}
	return expr.MetricCond{Expr: g.expression(), Cmp: g.cmp()}
}

func (g gen) sequence() expr.Node {
	n := expr.Sequence{Window: g.window()}
	for i := range 1 + g.upTo(2, "steps") {
		s := expr.Step{Events: g.selector(), Where: g.where()}
		if i > 0 && g.flip("gap") {
			s.MaxGap = g.durationRef()
		}
		n.Steps = append(n.Steps, s)
	}
	if g.flip("then_not") {
		n.ThenNot = &expr.ThenNot{Events: g.selector(), Where: g.where(), Within: g.duration()}
	}
	return n
}

func (g gen) follow() expr.Node {
	n := expr.FollowCond{Lost: pick(g, "lost", "", "staff", "any")}
	if g.flip("by") {
		n.By = g.names()
	}
	if g.flip("added") {
		n.Added = g.windowRef()
	}
	if g.flip("way") {
		n.AddWay = g.ops(1)
	}
	if g.flip("state") {
		n.State = g.ops(1)
	}
	if g.flip("replied") {
		n.Replied = g.windowRef()
	}
	if g.flip("count") {
		n.Count = g.cmp()
	}
	return n
}
