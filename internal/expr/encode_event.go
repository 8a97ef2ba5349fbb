package expr

import (
	"github.com/earmarkhq/earmark/internal/markup"
	"github.com/earmarkhq/earmark/internal/value"
)

func encodeAggregate(n Aggregate) *markup.Node {
	out := object()
	putEvents(out, n.Events, n.Where)
	putEach(out, n.Each)
	putWindow(out, n.Window)
	switch {
	case n.Per != nil:
		putAgg(out, n.Agg, nil)
		put(out, "per", encodePer(*n.Per, n.Cmp))
	case !isBareCount(n.Agg, n.Cmp):
		putAgg(out, n.Agg, n.Cmp)
	}
	return out
}

// isBareCount recognises count ≥ 1, which an event node means without an aggregate.
func isBareCount(a Agg, cmp []Op) bool {
	return a.Fn == Count && len(cmp) == 1 && cmp[0].Name == OpGte && !cmp[0].Neg &&
		len(cmp[0].Args) == 1 && value.Same(cmp[0].Args[0], value.NewInt(1))
}

func putEach(out *markup.Node, e *Each) {
	switch {
	case e == nil:
	case e.Where == nil:
		put(out, "each", encodePath(e.Path))
	default:
		put(out, "each", markup.NewMap(markup.P("list", encodePath(e.Path)), markup.P("where", encodeProp(e.Where))))
	}
}

// putAgg writes an aggregate with its comparison, or without one when cmp is nil.
func putAgg(out *markup.Node, a Agg, cmp []Op) {
	if a.Fn == Count || a.Fn == Days {
		switch {
		case cmp != nil && a.Fn == Days && out.Has("days"): // the window has the word
			put(out, "active_days", encodeOps(cmp))
		case cmp != nil:
			put(out, string(a.Fn), encodeOps(cmp))
		case a.Fn == Days: // days: true would be a window
			put(out, "active_days", yes())
		default:
			put(out, "count", yes())
		}
		return
	}
	m := object()
	if a.Fn == Percentile {
		put(m, "p", number(a.P))
	}
	put(m, "of", encodePath(a.Of))
	putOps(m, cmp)
	if cmp == nil && a.Fn != Percentile {
		m = encodePath(a.Of)
	}
	put(out, string(a.Fn), m)
}

// encodePer writes the periods with the comparison of their combination, true without one.
func encodePer(p Per, cmp []Op) *markup.Node {
	out := markup.NewMap(markup.P("unit", text(string(p.Unit))), markup.P("n", whole(p.N)))
	if p.Past {
		put(out, "past", yes())
	}
	fn := string(p.Fn)
	if p.Fn == Avg {
		fn = "mean"
	}
	if cmp == nil {
		put(out, fn, yes())
	} else {
		put(out, fn, encodeOps(cmp))
	}
	return out
}

func encodeOccurrence(n Occurrence) *markup.Node {
	out, in := object(), object()
	putEvents(out, n.Events, n.Where)
	if n.Key != nil {
		put(out, "key", encodePath(n.Key))
	}
	if n.N != 1 {
		put(in, "n", whole(n.N))
	}
	putWindow(in, n.Window)
	if n.OlderThan != nil {
		put(in, "older_than", encodeDuration(*n.OlderThan))
	}
	if n.Has != nil {
		put(in, "has", encodeProp(n.Has))
	}
	if n.First {
		put(out, "first", in)
	} else {
		put(out, "last", in)
	}
	return out
}

func encodeSequence(n Sequence) *markup.Node {
	steps := markup.NewList()
	for _, s := range n.Steps {
		m := object()
		putEvents(m, s.Events, s.Where)
		if s.MaxGap != nil {
			put(m, "max_gap", encodeDuration(*s.MaxGap))
		}
		steps.Items = append(steps.Items, m)
	}
	if t := n.ThenNot; t != nil {
		m := object()
		putEvents(m, t.Events, t.Where)
		put(m, "within", encodeDuration(t.Within))
		steps.Items = append(steps.Items, single("then_not", m))
	}
	out := single("sequence", steps)
	putWindow(out, n.Window)
	return out
}

func encodeRegular(n Regular) *markup.Node {
	out, in := object(), object()
	putEvents(out, n.Events, n.Where)
	putEach(out, n.Each)
	if n.Every != nil {
		put(in, "per", encodeDuration(*n.Every))
	} else {
		put(in, "per", text(string(n.Unit)))
	}
	if !isBareCount(n.Agg, n.Cmp) {
		each := object()
		putAgg(each, n.Agg, n.Cmp)
		put(in, "each", each)
	}
	put(in, "in", whole(n.In))
	put(in, "of", whole(n.Of))
	put(out, "regular", in)
	return out
}

func encodeTag(n TagCond) *markup.Node {
	out := object()
	switch {
	case n.Mode == "group":
		put(out, "tag", single("group", text(n.Names[0])))
	case n.Mode == "any" && len(n.Names) == 1:
		put(out, "tag", text(n.Names[0]))
	default:
		put(out, "tag", single(n.Mode, texts(n.Names)))
	}
	putHeld(out, n.Held)
	if n.SetBy != "" {
		put(out, "set_by", text(n.SetBy))
	}
	if n.Tagged != nil {
		put(out, "tagged", windowMap(*n.Tagged))
	}
	return out
}

func encodeFollow(n FollowCond) *markup.Node {
	in := object()
	if len(n.By) > 0 {
		put(in, "by", texts(n.By))
	}
	if n.Added != nil {
		put(in, "added", windowMap(*n.Added))
	}
	if len(n.AddWay) > 0 {
		put(in, "way", shortOps(n.AddWay))
	}
	if len(n.State) > 0 {
		put(in, "state", shortOps(n.State))
	}
	if n.Lost != "" {
		put(in, "lost", text(n.Lost))
	}
	if n.Replied != nil {
		if n.Replied.Kind == Ever {
			put(in, "replied", yes())
		} else {
			put(in, "replied", windowMap(*n.Replied))
		}
	}
	if len(n.Count) > 0 {
		put(in, "count", encodeOps(n.Count))
	}
	return single("follow", in)
}

func encodeMetricRef(name string, e Num) *markup.Node {
	if e == nil {
		return text(name)
	}
	return encodeNum(e)
}

func encodeNum(n Num) *markup.Node {
	switch n := n.(type) {
	case NumConst:
		return number(n.Val)
	case NumMetric:
		return single("metric", text(n.Name))
	case NumAttr:
		return single("attribute", encodePath(n.Path))
	case NumAgg:
		out := object()
		putEvents(out, n.Events, n.Where)
		putEach(out, n.Each)
		putWindow(out, n.Window)
		putAgg(out, n.Agg, nil)
		if n.Per != nil {
			put(out, "per", encodePer(*n.Per, nil))
		}
		return out
	case NumDays:
		out := object()
		putEvents(out, n.Events, n.Where)
		side := "last"
		if n.First {
			side = "first"
		}
		put(out, "days_since", text(side))
		if n.Elapsed {
			put(out, "elapsed", yes())
		}
		return out
	case NumOp:
		args := markup.NewList()
		for _, a := range n.Args {
			args.Items = append(args.Items, encodeNum(a))
		}
		return single(n.Op, args)
	}
	return &markup.Node{}
}
