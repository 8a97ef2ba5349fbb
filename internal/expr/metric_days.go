package expr

import "github.com/earmarkhq/earmark/internal/value"

// daysSince is the number of days since the first or last matching event.
type daysSince struct {
	stream  int
	first   bool
	elapsed bool
	moving  propFn
	cal     *calendar
	// quiet leaves out of next that the number grows with the days.
	quiet bool
}

func (c *Compiler) daysSince(n NumDays) *daysSince {
	still, moving := split(n.Where)
	st := c.stream(n.Events, still, nil)
	l := &daysSince{stream: st.Number, first: n.First, elapsed: n.Elapsed, cal: c.cal}
	l.moving = c.movingPart(st, moving, nil)
	if l.first || l.moving != nil {
		st.need(need{})
	} else {
		st.need(need{newest: 1})
	}
	return l
}

// event finds the time of the event at an instant, and the next instant at which it may be
// another one.
func (l *daysSince) event(s *State, at int64) (t int64, ok bool, next int64) {
	if l.moving != nil {
		return l.movingEvent(s, at)
	}
	if l.first {
		es := s.all(l.stream)
		switch {
		case len(es) == 0:
			return 0, false, Never
		case es[0].T > at:
			return 0, false, es[0].T
		}
		return es[0].T, true, Never
	}
	es, i := current(s, l.stream, at)
	next = Never
	if i+1 < len(es) {
		next = es[i+1].T
	}
	if i < 0 {
		return 0, false, next
	}
	return es[i].T, true, next
}

func (l *daysSince) movingEvent(s *State, at int64) (t int64, ok bool, next int64) {
	es := s.all(l.stream)
	n := known(es, at)
	next = Never
	if n < len(es) {
		next = es[n].T
	}
	for _, e := range es[:n] {
		h, edge := l.moving(subject{vals: e.Vals}, at)
		next = min(next, edge)
		if h && (!ok || !l.first) {
			t, ok = e.T, true
		}
	}
	return t, ok, next
}

// days is the number of days from t to at, and reach the first instant at which it is n.
func (l *daysSince) days(t, at int64) int64 {
	if l.elapsed {
		return floorDiv(at-t, dayMs)
	}
	return l.cal.day(at) - l.cal.day(t)
}

func (l *daysSince) reach(t, n int64) int64 {
	if l.elapsed {
		return t + n*dayMs
	}
	return l.cal.dayStart(l.cal.day(t) + n)
}

func (l *daysSince) metric(s *State, at int64) (value.Num, bool, int64) {
	t, ok, next := l.event(s, at)
	if !ok {
		return value.Num{}, false, next
	}
	n := l.days(t, at)
	if !l.quiet {
		next = min(next, l.reach(t, n+1))
	}
	return value.FromInt(n), true, next
}

// compare answers with the day on which the comparison changes, not with the next one.
func (l *daysSince) compare(test *numTest) Cond {
	breaks := test.breaks(nil)
	once := func(s *State, at int64) (bool, int64) {
		t, ok, next := l.event(s, at)
		if !ok {
			return test.passes(value.Num{}, false), next
		}
		n := l.days(t, at)
		holds := test.passes(value.FromInt(n), true)
		for _, b := range breaks {
			if b > n && test.passes(value.FromInt(b), true) != holds {
				next = min(next, l.reach(t, b))
			}
		}
		return holds, next
	}
	return func(s *State, at int64) (bool, int64) {
		return settle(at, s.budget(l.stream), func(at int64) (bool, int64) { return once(s, at) })
	}
}
