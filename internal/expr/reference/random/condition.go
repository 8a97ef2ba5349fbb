package random

import (
	"fmt"

	"pgregory.net/rapid"
)

// Kind is a kind of leaf that can be drawn.
type Kind string

// The kinds of leaves.
const (
	Everyone   Kind = "everyone"
	Customers  Kind = "customers"
	Segment    Kind = "segment"
	Share      Kind = "share"
	Attribute  Kind = "attribute"
	Aggregate  Kind = "aggregate"
	Periods    Kind = "periods"
	Occurrence Kind = "occurrence"
	Sequence   Kind = "sequence"
	Regular    Kind = "regular"
	Tag        Kind = "tag"
	Follow     Kind = "follow"
	Metric     Kind = "metric"
	Quantile   Kind = "quantile"
)

// Kinds are all kinds of leaves.
var Kinds = []Kind{Everyone, Customers, Segment, Share, Attribute, Aggregate, Periods, Occurrence, Sequence, Regular, Tag, Follow, Metric, Quantile}

// Tree draws a condition of at most this depth over leaves of these kinds.
func (g Grid) Tree(t *rapid.T, depth int, kinds []Kind, label string) string {
	if depth == 0 || oneIn(t, 3, label+" leaf") {
		return g.Leaf(t, pick(t, label+" kind", kinds...), label)
	}
	kid := func(i int) string { return g.Tree(t, depth-1, kinds, fmt.Sprint(label, ".", i)) }
	switch k := pick(t, label+" structure", "all", "any", "none", "not", "at_least"); k {
	case "not":
		return object(member("not", kid(0)))
	case "at_least":
		n := rapid.IntRange(2, 4).Draw(t, label+" kids")
		least := rapid.IntRange(1, n).Draw(t, label+" n")
		return object(member("at_least", object(member("n", fmt.Sprint(least)), member("of", list(n, kid)))))
	default:
		return object(member(k, list(rapid.IntRange(1, 3).Draw(t, label+" kids"), kid)))
	}
}

// Leaf draws a condition of one kind.
func (g Grid) Leaf(t *rapid.T, k Kind, label string) string {
	switch k {
	case Customers:
		return pick(t, label, `{"customers":["u1"]}`, `{"customers":[{"kind":"user_id","value":"u1"}]}`, `{"customers":["x",{"kind":"anonymous_id","value":"a1"}]}`)
	case Segment:
		return object(member("segment", q(pick(t, label, SegmentNames...))))
	case Share:
		return object(member("share", object(member("salt", q(pick(t, label+" salt", "a", "b"))), member("percent", pick(t, label+" percent", "5", "10", "50", "99.99", "100")))))
	case Attribute:
		return g.attribute(t, label)
	case Aggregate:
		return object(g.selection(t, label), g.window(t, label), g.aggregate(t, label, true))
	case Periods:
		return object(g.selection(t, label), g.aggregate(t, label, false), g.per(t, label))
	case Occurrence:
		return g.occurrence(t, label)
	case Sequence:
		return g.sequence(t, label)
	case Regular:
		return g.regular(t, label)
	case Tag:
		return g.tag(t, label)
	case Follow:
		return g.follow(t, label)
	case Metric:
		if oneIn(t, 4, label+" named") {
			return object(member("metric", q(pick(t, label, MetricNames...))), compare(t, label))
		}
		return object(member("metric", g.Num(t, 2, label)), compare(t, label))
	case Quantile:
		return object(member("quantile", object(member("metric", g.Num(t, 1, label)), member("table", q(pick(t, label, TableNames...))))),
			pick(t, label+" band", `"gte":2`, `"eq":1`, `"eq":4`, `"in":[2,3]`, `"lte":3`, `"ne":2`))
	}
	return `{"everyone":true}`
}

func (g Grid) attribute(t *rapid.T, label string) string {
	p := pick(t, label+" path", attributePaths...)
	ops, held := "", ""
	if !oneIn(t, 6, label+" bare") {
		ops = g.operators(t, p.class, label)
	}
	if oneIn(t, 3, label+" held") {
		held = member("held", object(member(pick(t, label+" bound", "for", "less_than"), q(duration(t, label+" held")))))
	}
	return object(member("attribute", q(p.path)), ops, held)
}

func (g Grid) selection(t *rapid.T, label string) string {
	return member("event", pick(t, label+" event", `"order.paid"`, `"order.paid"`, `"order.*"`, `["page.viewed","order.created"]`, `"page.viewed"`)) +
		comma(g.eventWhere(t, label))
}

func comma(s string) string {
	if s == "" {
		return ""
	}
	return "," + s
}

// window draws one window, or none for ever.
func (g Grid) window(t *rapid.T, label string) string {
	switch pick(t, label+" window", "within", "within", "within", "ago", "days", "during", "between", "since", "ever") {
	case "within":
		return member("within", q(duration(t, label+" within")))
	case "ago":
		return member("ago", pick(t, label+" ago", `["3d","1d"]`, `["2d","12h"]`, `["1mo","1d"]`, `["60d","30d"]`, `["3mo","1mo"]`, `["1d","0d"]`))
	case "days":
		return member("days", pick(t, label+" days", "1", "2", "7", "[-7,-1]", "[-1,-1]", "[-2,0]"))
	case "during":
		return member("during", pick(t, label+" during", `"today"`, `"yesterday"`, `"this_week"`, `"last_week"`, `"this_month"`, `"last_month"`,
			`"this_quarter"`, `"last_quarter"`, `"this_year"`, `"last_year"`, `{"last":{"n":3,"unit":"month"}}`, `{"last":{"n":2,"unit":"day"}}`))
	case "between":
		day := func(d int) string { return q(g.Anchor.AddDate(0, 0, d).Format("2006-01-02")) }
		from := rapid.IntRange(-3, 0).Draw(t, label+" from")
		to := rapid.IntRange(from, 3).Draw(t, label+" to")
		return member("between", pick(t, label+" between", "["+day(from)+","+day(to)+"]", "[null,"+day(to)+"]", "["+day(from)+",null]",
			"["+day(from)+","+q(g.Anchor.AddDate(0, 0, 1).Format("2006-01-02")+" 12:00")+"]"))
	case "since":
		return member("since", pick(t, label+" since", `{"attribute":"born"}`, `"first_follow"`, `{"tag":"t1"}`))
	}
	return ""
}

// compare draws a comparison of a number.
func compare(t *rapid.T, label string) string {
	return pick(t, label+" cmp", `"gte":1`, `"gte":2`, `"gte":2`, `"gte":3`, `"eq":0`, `"eq":1`, `"eq":2`, `"lte":1`, `"lte":2`, `"lt":1`, `"lt":3`, `"gt":0`, `"gt":2`,
		`"ne":1`, `"ne":0`, `"between":[1,2]`, `"in":[0,2]`, `"not_in":[1,2]`, `"not_between":[1,2]`, `"gte":1,"lte":3`, `"not_gte":2`)
}

// aggregate draws one aggregate; a count of at least one may be left out.
func (g Grid) aggregate(t *rapid.T, label string, compared bool) string {
	fn := pick(t, label+" aggregate", "count", "count", "count", "sum", "avg", "min", "max", "median", "percentile", "p75", "distinct", "active_days")
	each := ""
	of := pick(t, label+" of", "amount", "amount", "nest.deep")
	if fn == "distinct" {
		of = pick(t, label+" distinct of", "oid", "kind", "amount", "$type")
	}
	if oneIn(t, 4, label+" each") {
		of = pick(t, label+" of item", "qty", "qty", "cat")
		each = member("each", pick(t, label+" list", `"items"`, `{"list":"items","where":{"cat":"A"}}`, `{"list":"items","where":{"qty":{"gte":2}}}`))
	}
	cmp := ""
	if compared {
		cmp = compare(t, label)
	}
	body := ""
	switch fn {
	case "count", "active_days":
		if fn == "count" && compared && oneIn(t, 4, label+" bare") {
			return each
		}
		body = object(cmp)
	case "percentile":
		body = object(member("p", pick(t, label+" p", "75", "50", "0", "100", "33.3")), member("of", q(of)), cmp)
	default:
		body = object(member("of", q(of)), cmp)
	}
	if each != "" {
		each += ","
	}
	return each + member(fn, body)
}

func (g Grid) per(t *rapid.T, label string) string {
	return member("per", object(member("unit", q(pick(t, label+" unit", "day", "week", "month", "quarter", "year"))),
		member("n", fmt.Sprint(rapid.IntRange(1, 4).Draw(t, label+" n"))),
		pick(t, label+" past", "", `"past":true`),
		member(pick(t, label+" combine", "mean", "min", "max"), object(compare(t, label+" per")))))
}

func (g Grid) occurrence(t *rapid.T, label string) string {
	n, bound, has, key := "", "", "", ""
	if oneIn(t, 3, label+" several") {
		n = member("n", pick(t, label+" n", "2", "3"))
	}
	if rapid.Bool().Draw(t, label+" timed") {
		bound = g.window(t, label)
	}
	if oneIn(t, 3, label+" older") {
		bound = member("older_than", q(duration(t, label+" older")))
	}
	if rapid.Bool().Draw(t, label+" has") {
		has = member("has", g.where(t, label+" has", 1))
	}
	if oneIn(t, 3, label+" keyed") {
		key = member("key", q(pick(t, label+" key", "oid", "kind")))
	}
	return object(g.selection(t, label), member(pick(t, label+" end", "last", "last", "first"), object(n, bound, has, key)))
}

func (g Grid) sequence(t *rapid.T, label string) string {
	steps := list(rapid.IntRange(1, 3).Draw(t, label+" steps"), func(i int) string {
		l := fmt.Sprint(label, " step ", i)
		gap := ""
		if i > 0 && oneIn(t, 3, l+" gap") {
			gap = member("max_gap", q(duration(t, l+" max gap")))
		}
		return object(g.selection(t, l), gap)
	})
	if rapid.Bool().Draw(t, label+" then not") {
		last := object(member("then_not", object(g.selection(t, label+" not"), member("within", q(duration(t, label+" not within"))))))
		steps = steps[:len(steps)-1] + "," + last + "]"
	}
	gap := ""
	if oneIn(t, 4, label+" gap") {
		gap = member("max_gap", q(duration(t, label+" max gap")))
	}
	return object(member("sequence", steps), gap, g.window(t, label))
}

func (g Grid) regular(t *rapid.T, label string) string {
	of := rapid.IntRange(1, 4).Draw(t, label+" of")
	in := rapid.IntRange(1, of).Draw(t, label+" in")
	agg := pick(t, label+" agg", `"count":{"gte":1}`, `"count":{"eq":0}`, `"count":{"gte":2}`, `"sum":{"of":"amount","gte":2}`, `"avg":{"of":"amount","lt":3}`, `"max":{"of":"amount","gte":2}`, `"distinct":{"of":"oid","gte":1}`)
	return object(g.selection(t, label), member("regular", object(
		member("per", q(pick(t, label+" per", "1d", "12h", "2d", "7d", "1mo", "day", "week", "month", "quarter"))),
		member("each", object(agg)), member("in", fmt.Sprint(in)), member("of", fmt.Sprint(of)))))
}

func (g Grid) tag(t *rapid.T, label string) string {
	what := pick(t, label+" tag", `"t1"`, `"g1/t2"`, `{"any":["t1","t3"]}`, `{"all":["t1","t2"]}`, `{"group":"g2"}`)
	held, by, tagged := "", "", ""
	if oneIn(t, 3, label+" held") {
		held = member("held", object(member(pick(t, label+" bound", "for", "less_than"), q(duration(t, label+" held")))))
	}
	if oneIn(t, 4, label+" by") {
		by = member("set_by", q(pick(t, label+" set by", "rule", "hand")))
	}
	if oneIn(t, 3, label+" tagged") {
		tagged = member("tagged", pick(t, label+" tagged in", `{"within":"3d"}`, `{"ago":["3d","1d"]}`, `{"during":"this_week"}`, `{"days":2}`,
			object(member("before", q(g.Anchor.Format("2006-01-02"))))))
	}
	return object(member("tag", what), held, by, tagged)
}

func (g Grid) follow(t *rapid.T, label string) string {
	window := func(key string) string {
		w := g.window(t, label+" "+key)
		if w == "" {
			w = `"within":"1d"`
		}
		return member(key, object(w))
	}
	var parts []string
	if oneIn(t, 3, label+" by") {
		parts = append(parts, member("by", `["s1"]`))
	}
	if oneIn(t, 3, label+" added") {
		parts = append(parts, window("added"))
	}
	if oneIn(t, 4, label+" way") {
		parts = append(parts, pick(t, label+" ways", `"way":"scan"`, `"way":{"ne":"scan"}`, `"state":["ch1","x"]`, `"state":{"exists":false}`))
	}
	if oneIn(t, 3, label+" lost") {
		parts = append(parts, member("lost", q(pick(t, label+" side", "staff", "customer", "any"))))
	}
	switch rapid.IntRange(0, 5).Draw(t, label+" replied") {
	case 0:
		parts = append(parts, `"replied":true`)
	case 1:
		parts = append(parts, window("replied"))
	}
	if oneIn(t, 3, label+" count") {
		parts = append(parts, member("count", object(pick(t, label+" counts", `"gte":2`, `"eq":0`, `"eq":1`, `"lt":2`, `"ne":1`))))
	}
	return object(member("follow", object(parts...)))
}

// Num draws a metric expression.
func (g Grid) Num(t *rapid.T, depth int, label string) string {
	if depth > 0 && rapid.Bool().Draw(t, label+" op") {
		op := pick(t, label+" arithmetic", "add", "sub", "mul", "div", "div", "min", "max", "coalesce")
		return object(member(op, list(rapid.IntRange(2, 3).Draw(t, label+" operands"), func(i int) string {
			return g.Num(t, depth-1, fmt.Sprint(label, ".", i))
		})))
	}
	switch rapid.IntRange(0, 6).Draw(t, label+" operand") {
	case 0:
		return pick(t, label+" constant", "0", "1", "2", "2.5", "10")
	case 1:
		return object(member("attribute", q(pick(t, label+" attribute", "points", "city"))))
	case 2:
		return object(g.selection(t, label), member("days_since", q(pick(t, label+" end", "first", "last"))), pick(t, label+" elapsed", "", `"elapsed":true`))
	case 3:
		return object(g.selection(t, label), g.aggregate(t, label, false), member("per", object(member("unit", q(pick(t, label+" unit", "day", "month"))),
			member("n", "3"), member(pick(t, label+" combine", "mean", "min", "max"), "{}"))))
	}
	return object(g.selection(t, label), g.window(t, label), g.aggregate(t, label, false))
}
