package expr

// sequence asks for a chain of entries, one per step, each strictly later than the one before.
type sequence struct {
	steps  []seqStep
	win    frame
	not    *seqStep // what must not follow
	within Duration
	moves  bool
	cal    *calendar
}

type seqStep struct {
	stream int
	gap    *Duration
	moving propFn
}

// none marks an entry at which no chain ends.
const none = int64(minInstant)

func (c *Compiler) sequence(n Sequence) (Cond, explainFn) {
	l := &sequence{win: c.frame(n.Window), cal: c.cal}
	for _, st := range n.Steps {
		l.steps = append(l.steps, c.seqStep(l, st.Events, st.Where, st.MaxGap))
	}
	if t := n.ThenNot; t != nil {
		not := c.seqStep(l, t.Events, t.Where, nil)
		l.not, l.within = &not, t.Within
	}
	explain := l.explain(c, n)
	if l.moves {
		return l.win.framed(func(s *State, w *span, at int64) (bool, int64) {
			return settle(at, min(32, s.budget(l.steps[0].stream)), func(at int64) (bool, int64) { return l.ask(s, w, at) })
		}), explain
	}
	return l.win.framed(l.ask), explain
}

func (c *Compiler) seqStep(l *sequence, sel Selector, where Prop, gap *Duration) seqStep {
	still, moving := split(where)
	st := c.stream(sel, still, nil)
	c.need(st, &l.win, 0)
	step := seqStep{stream: st.Number, gap: gap, moving: c.movingPart(st, moving, nil)}
	l.moves = l.moves || step.moving != nil
	return step
}

// chains is the working table of one evaluation: for each entry of the step reached, the newest
// possible time of the first step of a chain that ends there.
type chains struct {
	es    []Entry
	start []int64
}

// ask finds, for every possible last step, the chain with the newest first step: it outlives
// all others that end there. The answer holds in the union of their lives.
func (l *sequence) ask(s *State, w *span, at int64) (bool, int64) {
	lo, _ := w.bounds(at)
	edge := Never
	var at0 chains
	for i := range l.steps {
		es, n := l.steps[i].entries(s, lo, at)
		edge = min(edge, n)
		if i == 0 {
			at0 = chains{es: es, start: make([]int64, len(es))}
			for j, e := range es {
				at0.start[j] = e.T
			}
			continue
		}
		at0 = l.follow(at0, es, l.steps[i].gap)
	}
	list := s.scratch.spans[:0]
	var after []Entry
	if l.not != nil {
		var n int64
		after, n = l.not.entries(s, lo, at)
		edge = min(edge, n)
	}
	for j, e := range at0.es {
		if at0.start[j] == none {
			continue
		}
		x := stretch{from: max(e.T, w.enter(e.T)), until: w.leave(at0.start[j])}
		if l.not != nil {
			end := l.cal.add(e.T, l.within, 1)
			if k := first(after, e.T+1); k < len(after) && after[k].T <= end {
				continue
			}
			x.from = max(x.from, end)
		}
		list = append(list, x)
	}
	s.scratch.spans = list
	holds, next := union(list, at)
	return holds, min(next, edge)
}

// entries are those from lo on that the step may match at an instant; edge is the next instant
// at which a condition that moves with time may match others.
func (st *seqStep) entries(s *State, lo, at int64) (es []Entry, edge int64) {
	es = s.after(st.stream, lo)
	es = es[first(es, lo):]
	if st.moving == nil {
		return es, Never
	}
	edge = Never
	var pass []Entry
	for _, e := range es {
		h, n := st.moving(subject{vals: e.Vals}, at)
		edge = min(edge, n)
		if h {
			pass = append(pass, e)
		}
	}
	return pass, edge
}

// follow extends chains by one step. Among those that may still be followed the best is at the
// front of a queue whose starts fall from front to back.
func (l *sequence) follow(from chains, es []Entry, gap *Duration) chains {
	to := chains{es: es, start: make([]int64, len(es))}
	var queue []int
	p := 0
	for j, e := range es {
		for ; p < len(from.es) && from.es[p].T < e.T; p++ {
			if from.start[p] == none {
				continue
			}
			for len(queue) > 0 && from.start[queue[len(queue)-1]] <= from.start[p] && (gap == nil || gap.Months == 0) {
				queue = queue[:len(queue)-1]
			}
			queue = append(queue, p)
		}
		if gap != nil {
			queue = l.drop(from, queue, e.T, *gap)
		}
		to.start[j] = none
		for _, q := range queue {
			to.start[j] = max(to.start[j], from.start[q])
			if gap == nil || gap.Months == 0 {
				break // the front is the best
			}
		}
	}
	return to
}

// drop forgets chains that ended too long before t.
func (l *sequence) drop(from chains, queue []int, t int64, gap Duration) []int {
	if gap.Months == 0 {
		for len(queue) > 0 && from.es[queue[0]].T+gap.Ms < t {
			queue = queue[1:]
		}
		return queue
	}
	// Calendar gaps of neighbouring days may end in another order than they began.
	kept := queue[:0]
	for _, q := range queue {
		if l.cal.add(from.es[q].T, gap, 1) >= t {
			kept = append(kept, q)
		}
	}
	return kept
}
