package expr

import (
	"slices"
	"strconv"
	"time"

	"github.com/earmarkhq/earmark/internal/markup"
	"github.com/earmarkhq/earmark/internal/value"
)

// ToMarkup is the tree as a document, in the shortest spelling that reads back as the same
// tree. Texts of durations and dates are kept as written.
func ToMarkup(n Node) *markup.Node { return encodeNode(n) }

// ToYAML is the tree as a YAML document.
func ToYAML(n Node) ([]byte, error) { return markup.ToYAML(encodeNode(n)) }

func text(s string) *markup.Node { return markup.NewText(s) }
func whole(n int) *markup.Node   { return markup.NewNumber(strconv.Itoa(n)) }
func yes() *markup.Node          { return markup.NewBool(true) }
func object() *markup.Node       { return markup.NewMap() }
func number(d value.Dec) *markup.Node {
	return markup.NewNumber(string(value.AppendJSON(nil, value.NewDec(d))))
}

// put appends a key to a map.
func put(m *markup.Node, key string, v *markup.Node) { m.Pairs = append(m.Pairs, markup.P(key, v)) }

func single(key string, v *markup.Node) *markup.Node { return markup.NewMap(markup.P(key, v)) }

func encodeNodes(ns []Node) *markup.Node {
	out := markup.NewList()
	for _, n := range ns {
		out.Items = append(out.Items, encodeNode(n))
	}
	return out
}

func encodeNode(n Node) *markup.Node {
	switch n := n.(type) {
	case All:
		return single("all", encodeNodes(n.Kids))
	case Any:
		return single("any", encodeNodes(n.Kids))
	case None:
		return single("none", encodeNodes(n.Kids))
	case Not:
		return single("not", encodeNode(n.Kid))
	case AtLeast:
		return single("at_least", markup.NewMap(markup.P("n", whole(n.N)), markup.P("of", encodeNodes(n.Kids))))
	case Everyone:
		return single("everyone", yes())
	case Customers:
		return single("customers", encodeCustomers(n))
	case Segment:
		return single("segment", text(n.Name))
	case Share:
		return single("share", markup.NewMap(markup.P("salt", text(n.Salt)), markup.P("percent", number(n.Percent))))
	case Attribute:
		out := single("attribute", encodePath(n.Path))
		putOps(out, n.Ops)
		putHeld(out, n.Held)
		return out
	case Aggregate:
		return encodeAggregate(n)
	case Occurrence:
		return encodeOccurrence(n)
	case Sequence:
		return encodeSequence(n)
	case Regular:
		return encodeRegular(n)
	case TagCond:
		return encodeTag(n)
	case FollowCond:
		return encodeFollow(n)
	case MetricCond:
		out := single("metric", encodeMetricRef(n.Name, n.Expr))
		putOps(out, n.Cmp)
		return out
	case Quantile:
		out := single("quantile", markup.NewMap(
			markup.P("metric", encodeMetricRef(n.Metric, n.Expr)), markup.P("table", text(n.Table))))
		putOps(out, n.Cmp)
		return out
	}
	return &markup.Node{}
}

func encodeCustomers(n Customers) *markup.Node {
	out := markup.NewList()
	for _, k := range n.Keys {
		if k.Kind == "" {
			out.Items = append(out.Items, text(k.Value))
			continue
		}
		out.Items = append(out.Items, markup.NewMap(
			markup.P("kind", text(string(k.Kind))), markup.P("value", text(k.Value))))
	}
	return out
}

// encodePath writes a path with dots where no key has one of its own.
func encodePath(path []string) *markup.Node {
	if dotted, ok := dottedPath(path); ok {
		return text(dotted)
	}
	return texts(path)
}

func dottedPath(path []string) (string, bool) {
	out := ""
	for i, k := range path {
		if k == "" || slices.Contains([]byte(k), '.') {
			return "", false
		}
		if i > 0 {
			out += "."
		}
		out += k
	}
	return out, out != ""
}

func texts(ss []string) *markup.Node {
	out := markup.NewList()
	for _, s := range ss {
		out.Items = append(out.Items, text(s))
	}
	return out
}

// nameOrNames writes one name bare and several as a list.
func nameOrNames(ss []string) *markup.Node {
	if len(ss) == 1 {
		return text(ss[0])
	}
	return texts(ss)
}

func encodeSelector(s Selector) *markup.Node {
	all := slices.Clone(s.Types)
	for _, p := range s.Prefixes {
		all = append(all, p+"*")
	}
	return nameOrNames(all)
}

func putEvents(out *markup.Node, sel Selector, where Prop) {
	put(out, "event", encodeSelector(sel))
	if where != nil {
		put(out, "where", encodeProp(where))
	}
}

func putHeld(out *markup.Node, h *Held) {
	switch {
	case h == nil:
	case h.For != nil:
		put(out, "held", single("for", encodeDuration(*h.For)))
	default:
		put(out, "held", single("less_than", encodeDuration(*h.LessThan)))
	}
}

func encodeDuration(d Duration) *markup.Node {
	if d.Text != "" {
		return text(d.Text)
	}
	return text(d.canonical())
}

// canonical is the duration in the longest unit that divides it: 24h is 1d, 14d stays.
func (d Duration) canonical() string {
	if d.Months > 0 {
		if d.Months%12 == 0 {
			return strconv.Itoa(d.Months/12) + "y"
		}
		return strconv.Itoa(d.Months) + "mo"
	}
	for _, u := range []struct {
		ms   int64
		name string
	}{{msDay, "d"}, {msHour, "h"}, {msMinute, "m"}, {msSecond, "s"}} {
		if d.Ms%u.ms == 0 {
			return strconv.FormatInt(d.Ms/u.ms, 10) + u.name
		}
	}
	return strconv.FormatInt(d.Ms, 10) + "ms"
}

// putWindow writes the window as a key of a node; Ever is the default and is not written.
func putWindow(out *markup.Node, w Window) {
	if w.Kind != Ever {
		key, v := encodeWindow(w)
		put(out, key, v)
	}
}

// windowMap writes a window as a map of its own.
func windowMap(w Window) *markup.Node {
	key, v := encodeWindow(w)
	return single(key, v)
}

func encodeWindow(w Window) (string, *markup.Node) {
	switch w.Kind {
	case Within:
		return "within", encodeDuration(w.D)
	case Ago:
		return "ago", markup.NewList(encodeDuration(w.D), encodeDuration(w.D2))
	case LocalDays:
		if w.To == 0 && w.From <= 0 {
			return "days", whole(1 - w.From)
		}
		return "days", markup.NewList(whole(w.From), whole(w.To))
	case During:
		return "during", encodeDuring(w)
	case Between:
		return "between", markup.NewList(encodeInstant(w.Lo, w.LoText), encodeInstant(w.Hi, w.HiText))
	case Since:
		switch r := w.SinceRef; {
		case r.FirstFollow:
			return "since", text("first_follow")
		case r.Tag != "":
			return "since", single("tag", text(r.Tag))
		default:
			return "since", single("attribute", encodePath(r.Attribute))
		}
	}
	return "ever", yes()
}

func encodeDuring(w Window) *markup.Node {
	switch {
	case w.N == 0 && w.Unit == Day:
		return text("today")
	case w.N == 1 && w.Unit == Day:
		return text("yesterday")
	case w.N == 0:
		return text("this_" + string(w.Unit))
	case w.N == 1:
		return text("last_" + string(w.Unit))
	}
	return single("last", markup.NewMap(markup.P("n", whole(w.N)), markup.P("unit", text(string(w.Unit)))))
}

// encodeInstant writes an end of between as it was written, or in UTC.
func encodeInstant(ms *int64, written string) *markup.Node {
	switch {
	case ms == nil:
		return &markup.Node{}
	case written != "":
		return text(written)
	}
	return text(time.UnixMilli(*ms).UTC().Format("2006-01-02T15:04:05.000Z07:00"))
}
