package expr

import "github.com/earmarkhq/earmark/internal/value"

// aggregator computes one aggregate of the entries of a stream.
type aggregator struct {
	stream int
	win    frame
	fn     AggFn
	of     int       // number of the projected value, -1 for none
	p      value.Num // percentile, 0..1
	per    *Per
	moving propFn // the part of where that moves with time; nil for none
	cal    *calendar
	enough int // that many newest entries decide the comparison; 0: not so
}

func (c *Compiler) aggregate(n Aggregate) (Cond, explainFn) {
	num := NumAgg{Pos: n.Pos, Events: n.Events, Where: n.Where, Window: n.Window, Each: n.Each, Agg: n.Agg, Per: n.Per}
	return c.compareAgg(num, newNumTest(n.Cmp, rounds(num)), needOf(n.Cmp))
}

// rounds reports whether a metric is compared after rounding.
func rounds(n Num) bool {
	switch n := n.(type) {
	case NumAgg:
		return n.Agg.Fn == Avg || n.Agg.Fn == Median || n.Agg.Fn == Percentile || n.Per != nil && n.Per.Fn == Avg
	case NumOp:
		for _, a := range n.Args {
			if rounds(a) {
				return true
			}
		}
	}
	return false
}

// compareAgg compiles the comparison of an aggregate.
func (c *Compiler) compareAgg(n NumAgg, test *numTest, need string) (Cond, explainFn) {
	a, st := c.aggregator(n)
	still := a.moving == nil && a.per == nil
	if a.fn == Count && still && a.win.since == nil && (a.win.kind == Ever || a.win.kind == Within) {
		a.enough = test.enough()
	}
	c.need(st, &a.win, a.enough)
	explain := a.explain(c, n, test, need)
	if k, neg, ok := test.atLeast(); ok && a.fn == Count && still && a.win.since == nil && k < 1<<30 {
		if k <= 0 {
			return constant(!neg), explain
		}
		l := &countAtLeast{stream: a.stream, n: int(k), neg: neg, win: a.win.span}
		if a.win.kind == Within && a.win.d.Months == 0 {
			l.plain = a.win.d.Ms
		}
		return l.ask, explain
	}
	if still {
		return a.win.framed(func(s *State, w *span, at int64) (bool, int64) { return a.sweep(s, w, at, test) }), explain
	}
	return a.win.framed(func(s *State, w *span, at int64) (bool, int64) {
		return settle(at, s.budget(a.stream), func(at int64) (bool, int64) {
			v, ok, next := a.measure(s, w, at)
			return test.passes(v, ok), next
		})
	}), explain
}

func constant(holds bool) Cond {
	return func(*State, int64) (bool, int64) { return holds, Never }
}

func (c *Compiler) aggregator(n NumAgg) (*aggregator, *Stream) {
	still, moving := split(n.Where)
	var elemMoving Prop
	each := n.Each
	if each != nil {
		var w Prop
		w, elemMoving = split(each.Where)
		each = &Each{Path: each.Path, Where: w}
	}
	st := c.stream(n.Events, still, each)
	a := &aggregator{
		stream: st.Number, win: c.frame(n.Window), fn: n.Agg.Fn, of: -1,
		p: percent(n.Agg), per: n.Per, cal: c.cal,
	}
	if a.fn != Count && a.fn != Days {
		a.of = st.slot(n.Agg.Of, each != nil)
	}
	a.moving = c.movingPart(st, moving, elemMoving)
	return a, st
}

// movingPart compiles what is asked of entries at each instant.
func (c *Compiler) movingPart(st *Stream, event, elem Prop) propFn {
	var fns []propFn
	if event != nil {
		fns = append(fns, c.prop(event, fromEntry(st, false)))
	}
	if elem != nil {
		fns = append(fns, c.prop(elem, fromEntry(st, true)))
	}
	switch len(fns) {
	case 0:
		return nil
	case 1:
		return fns[0]
	}
	return allProps(fns)
}

func percent(a Agg) value.Num {
	if a.Fn == Median {
		return value.FromDec(value.Dec{Coef: 5, Exp: -1})
	}
	return value.FromDec(a.P).Mul(value.FromDec(value.Dec{Coef: 1, Exp: -2}))
}

// framed asks f with the leaf's window; where the start of that may move, f is asked for each
// stretch of time in which it does not, until the answer changes.
func (win *frame) framed(f func(s *State, w *span, at int64) (bool, int64)) Cond {
	if win.since == nil {
		return func(s *State, at int64) (bool, int64) { return f(s, &win.span, at) }
	}
	return func(s *State, at int64) (bool, int64) {
		w, until := win.fixed(s, at)
		holds, next := f(s, w, at)
		for range settleSteps {
			if next < until || until == Never {
				return holds, next
			}
			moved := until
			w, until = win.fixed(s, moved)
			var h bool
			if h, next = f(s, w, moved); h != holds {
				return holds, moved
			}
		}
		return holds, min(next, until)
	}
}

// settleSteps bounds how many edges a leaf looks beyond to find the one that changes its
// answer; past them it reports an edge that may change nothing.
const settleSteps = 256

// settle asks f at at and then edge by edge until the answer changes.
func settle(at int64, steps int, f func(at int64) (bool, int64)) (bool, int64) {
	holds, next := f(at)
	for range steps {
		if next == Never {
			return holds, Never
		}
		h, n := f(next)
		if h != holds {
			return holds, next
		}
		next = n
	}
	return holds, next
}

// sweep compares the aggregate at an instant and moves along the edges of its window until the
// comparison changes.
func (a *aggregator) sweep(s *State, w *span, at int64, test *numTest) (bool, int64) {
	t := tally{a: a, s: s}
	t.open(w, at)
	holds := test.passes(t.value())
	steps := len(t.es)*2 + 2
	if a.fn == Median || a.fn == Percentile {
		steps = min(steps, 16)
	}
	for range steps {
		next := t.edge(w)
		if next == Never {
			return holds, Never
		}
		t.advance(w, next)
		if test.passes(t.value()) != holds {
			return holds, next
		}
	}
	return holds, t.edge(w)
}

// measure is the aggregate at an instant and the next edge at which it may be another.
func (a *aggregator) measure(s *State, w *span, at int64) (value.Num, bool, int64) {
	if a.per != nil {
		return a.measurePer(s, w, at)
	}
	t := tally{a: a, s: s}
	if a.moving == nil {
		t.open(w, at)
		v, ok := t.value()
		return v, ok, t.edge(w)
	}
	lo, hi := w.bounds(at)
	t.reset(s.after(a.stream, lo))
	t.from, t.to = first(t.es, lo), first(t.es, hi)
	t.to = max(t.from, t.to)
	next := t.edge(w)
	for i := t.from; i < t.to; i++ {
		in, n := a.moving(subject{vals: t.es[i].Vals}, at)
		next = min(next, n)
		if in {
			t.push(i)
		}
	}
	v, ok := t.value()
	return v, ok, next
}

// measurePer computes the aggregate for each calendar period and combines them.
func (a *aggregator) measurePer(s *State, w *span, at int64) (value.Num, bool, int64) {
	unit := a.per.Unit
	now := a.cal.period(unit, at)
	first0, last := now-int64(a.per.N)+1, now
	if a.per.Past {
		first0, last = first0-1, last-1
	}
	lo, hi := w.bounds(at)
	lo = max(lo, a.cal.periodStart(unit, first0))
	t := tally{a: a, s: s}
	t.reset(s.after(a.stream, lo))
	t.from, t.to = first(t.es, lo), first(t.es, hi)
	t.to = max(t.from, t.to)
	next := t.edge(w)
	if t.from < t.to {
		next = min(next, a.cal.periodStart(unit, now+1))
	}
	var all perSum
	i := t.from
	for p := first0; p <= last; p++ {
		end := a.cal.periodStart(unit, p+1)
		t.reset(t.es)
		for ; i < t.to && t.es[i].T < end; i++ {
			if a.moving != nil {
				in, n := a.moving(subject{vals: t.es[i].Vals}, at)
				next = min(next, n)
				if !in {
					continue
				}
			}
			t.push(i)
		}
		all.add(t.value())
	}
	for ; i < t.to && a.moving != nil; i++ { // the current period, not counted yet
		_, n := a.moving(subject{vals: t.es[i].Vals}, at)
		next = min(next, n)
	}
	v, ok := all.value(a.per.Fn)
	return v, ok, next
}

// perSum combines the values of periods.
type perSum struct {
	n             int64
	sum, min, max value.Num
}

func (p *perSum) add(v value.Num, ok bool) {
	if !ok {
		return
	}
	if p.n == 0 {
		p.sum, p.min, p.max = v, v, v
	} else {
		p.sum, p.min, p.max = p.sum.Add(v), p.min.Min(v), p.max.Max(v)
	}
	p.n++
}

func (p *perSum) value(fn AggFn) (value.Num, bool) {
	switch {
	case p.n == 0:
		return value.Num{}, false
	case fn == Min:
		return p.min, true
	case fn == Max:
		return p.max, true
	}
	return p.sum.Div(value.FromInt(p.n))
}
