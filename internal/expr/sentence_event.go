package expr

import (
	"strconv"
	"strings"
)

// events names the events of a selector, with the condition on them in brackets.
func (s *speaker) events(sel Selector, where Prop) string {
	var names []string
	for _, t := range sel.Types {
		names = append(names, user(s.rename("event", t)))
	}
	for _, p := range sel.Prefixes {
		if p == "" {
			names = append(names, s.say("event.any"))
		} else {
			names = append(names, user(p+"*"))
		}
	}
	text := strings.Join(names, s.say("or.word"))
	if where == nil {
		return text
	}
	return text + s.say("brackets", "x", s.prop(where))
}

func (s *speaker) rename(kind, name string) string {
	if s.Rename == nil {
		return name
	}
	return s.Rename(kind, name)
}

func (s *speaker) aggregate(n Aggregate) string {
	if n.Per == nil && n.Each == nil && n.Agg.Fn == Count {
		event, window := s.events(n.Events, n.Where), s.window(n.Window)
		switch {
		case isBareCount(n.Agg, n.Cmp):
			return s.say("event.some", "window", window, "event", event)
		case isZero(n.Cmp):
			return s.say("event.none", "window", window, "event", event)
		}
	}
	u := plain
	if n.Agg.Fn != Distinct && isFen(n.Agg.Of) {
		u = fen
	}
	count, key := "agg.number", "agg.cmp"
	if n.Each != nil {
		count = "agg.items"
	}
	if n.Per == nil && n.Each == nil && n.Agg.Fn == Count && inSigns(n.Cmp) {
		count, key = "agg.count", "agg.cmp.times"
	}
	what := s.aggregated(n.Events, n.Where, n.Window, n.Each, n.Agg, n.Per, count)
	return s.say(key, "what", what, "cmp", s.compare(n.Cmp, u))
}

// inSigns reports whether a comparison ends with its number, so that "times" can follow.
func inSigns(cmp []Op) bool {
	for _, op := range cmp {
		if op.Name == OpIn || op.Name == OpBetween {
			return false
		}
	}
	return true
}

func isZero(cmp []Op) bool {
	if len(cmp) != 1 || cmp[0].Name != OpEq || cmp[0].Neg || len(cmp[0].Args) != 1 {
		return false
	}
	d, ok := cmp[0].Args[0].Dec()
	return ok && d.Sign() == 0
}

// aggregated names what an aggregate computes, without the comparison; count is the phrase for
// a number of events.
func (s *speaker) aggregated(sel Selector, where Prop, w Window, each *Each, a Agg, per *Per, count string) string {
	subject := s.events(sel, where)
	if each != nil {
		items := s.property(each.Path)
		if each.Where != nil {
			items += s.say("brackets", "x", s.prop(each.Where))
		}
		subject = s.say("agg.each", "event", subject, "items", items)
	}
	window := s.window(w)
	if per != nil {
		window = s.perWindow(*per)
	}
	key := "agg." + string(a.Fn)
	if a.Fn == Count {
		key = count
	}
	text := s.say(key, "window", window, "event", subject, "of", s.property(a.Of), "p", a.P.String())
	if per != nil {
		text = s.say("per."+string(per.Fn), "x", text)
	}
	return text
}

func (s *speaker) perWindow(p Per) string {
	key := "per.window"
	if p.Past {
		key = "per.window.past"
	}
	return s.say(key, "n", strconv.Itoa(p.N), "units", s.units(p.Unit, p.N), "unit", s.say("unit."+string(p.Unit)), "this", s.say("this."+string(p.Unit)))
}

// units is the unit behind a number: 3 个月, 3 months.
func (s *speaker) units(u Unit, n int) string {
	if n == 1 {
		return s.say("unit.one." + string(u))
	}
	return s.say("unit.many." + string(u))
}

func (s *speaker) occurrence(n Occurrence) string {
	side := s.say("side.last")
	if n.First {
		side = s.say("side.first")
	}
	subject := s.say("occurrence", "side", side, "event", s.events(n.Events, n.Where))
	if n.N > 1 {
		key := "occurrence.last.n"
		if n.First {
			key = "occurrence.first.n"
		}
		subject = s.say(key, "n", strconv.Itoa(n.N), "event", s.events(n.Events, n.Where))
	}
	var asks []string
	many := ""
	if n.N > 1 {
		many = ".n"
	}
	if n.Window.Kind != Ever {
		asks = append(asks, s.say("occurrence.window"+many, "window", s.within(n.Window)))
	}
	if n.OlderThan != nil {
		asks = append(asks, s.say("occurrence.older"+many, "d", s.duration(*n.OlderThan)))
	}
	if n.Has != nil {
		asks = append(asks, s.say("occurrence.has"+many, "x", s.prop(n.Has)))
	}
	text := s.say("occurrence.exists"+many, "n", strconv.Itoa(n.N), "event", s.events(n.Events, n.Where))
	if len(asks) > 0 {
		text = subject + " " + strings.Join(asks, s.say("and"))
	}
	if n.Key != nil {
		text = s.say("occurrence.key", "key", s.property(n.Key), "x", text)
	}
	return text
}

func (s *speaker) sequence(n Sequence) string {
	var steps []string
	for i, st := range n.Steps {
		text := s.events(st.Events, st.Where)
		switch {
		case i > 0 && st.MaxGap != nil:
			text = s.say("step.gap", "d", s.duration(*st.MaxGap), "x", text)
		case i > 0:
			text = s.say("step.then", "x", text)
		}
		steps = append(steps, text)
	}
	text := s.say("sequence", "window", s.window(n.Window), "steps", strings.Join(steps, s.say("arrow")))
	if t := n.ThenNot; t != nil {
		text += s.say("then_not", "d", s.duration(t.Within), "event", s.events(t.Events, t.Where))
	}
	return text
}

func (s *speaker) regular(n Regular) string {
	s.bucket = true
	defer func() { s.bucket = false }()
	one := Aggregate{Events: n.Events, Where: n.Where, Each: n.Each, Agg: n.Agg, Cmp: n.Cmp}
	in, of := strconv.Itoa(n.In), strconv.Itoa(n.Of)
	if n.Every != nil {
		return s.say("regular.rolling", "of", of, "in", in, "d", s.duration(*n.Every), "x", s.aggregate(one))
	}
	return s.say("regular.calendar", "of", of, "in", in, "units", s.units(n.Unit, n.Of),
		"inunits", s.units(n.Unit, n.In), "this", s.say("this."+string(n.Unit)), "x", s.aggregate(one))
}
