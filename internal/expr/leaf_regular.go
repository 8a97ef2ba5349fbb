package expr

// regular asks in how many of the last buckets an aggregate passes.
type regular struct {
	agg    *aggregator
	test   *numTest
	every  *Duration // rolling buckets; nil: calendar ones
	unit   Unit
	in, of int
}

func (c *Compiler) regular(n Regular) (Cond, explainFn) {
	num := NumAgg{Pos: n.Pos, Events: n.Events, Where: n.Where, Each: n.Each, Agg: n.Agg}
	switch {
	case n.Every != nil:
		num.Window = Window{Kind: Within, D: n.Every.times(n.Of)}
	default: // the current period and those before it: a little more than is looked at
		num.Window = Window{Kind: During, Unit: n.Unit, N: n.Of}
	}
	a, st := c.aggregator(num)
	c.need(st, &a.win, 0)
	l := &regular{agg: a, test: newNumTest(n.Cmp, rounds(num)), every: n.Every, unit: n.Unit, in: n.In, of: n.Of}
	return func(s *State, at int64) (bool, int64) {
		return settle(at, s.budget(a.stream), func(at int64) (bool, int64) {
			passed, next := l.passed(s, at)
			return passed >= l.in, next
		})
	}, l.explain(c, n)
}

// passed counts the buckets that pass at an instant. next is the next edge of a bucket that
// holds an entry, or the time of one that is to come.
func (l *regular) passed(s *State, at int64) (passed int, next int64) {
	oldest := l.edge(at, l.of)
	es := s.after(l.agg.stream, oldest)
	t := tally{a: l.agg, s: s}
	end, next := known(es, at), Never
	if end < len(es) {
		next = es[end].T
	}
	i := first(es, oldest)
	for k := l.of - 1; k >= 0; k-- {
		until := at + 1
		if k > 0 {
			until = l.edge(at, k)
		}
		t.reset(es)
		if i < end && es[i].T < until {
			next = min(next, l.moves(es[i].T, at, k))
		}
		for ; i < end && es[i].T < until; i++ {
			in, n := true, Never
			if l.agg.moving != nil {
				in, n = l.agg.moving(subject{vals: es[i].Vals}, at)
			}
			next = min(next, n)
			if in {
				t.push(i)
			}
		}
		if l.test.passes(t.value()) {
			passed++
		}
	}
	return passed, next
}

// edge is the first instant of bucket k − 1, where bucket 0 is the current one.
func (l *regular) edge(at int64, k int) int64 {
	cal := l.agg.cal
	if l.every != nil {
		return cal.sub(at, l.every.times(k)) + 1
	}
	return cal.periodStart(l.unit, cal.period(l.unit, at)-int64(k)+1)
}

// moves is when an entry of bucket k goes over to the next one.
func (l *regular) moves(t, at int64, k int) int64 {
	cal := l.agg.cal
	if l.every != nil {
		return cal.leaves(t, l.every.times(k+1))
	}
	return cal.periodStart(l.unit, cal.period(l.unit, at)+1)
}
