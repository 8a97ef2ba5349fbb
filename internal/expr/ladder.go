package expr

// LadderSpec describes a ladder: levels from best to worst, each with its condition.
//
// The first step whose condition holds is the raw level. With Keep a level reached is kept so
// long from reaching it: a better raw level is taken at once, a worse one when the time is over,
// and either is then reached anew; having the same level again does not renew it. While
// DemoteWhen has held without break since an instant, the level shown is one step lower, and
// with DemoteEvery one more for each time that this has passed again; when it ends, so does
// the lowering.
type LadderSpec struct {
	Steps       []Node
	Keep        *Duration
	DemoteWhen  Node
	DemoteEvery *Duration
}

// Ladder is a compiled ladder. With Keep or DemoteWhen it is walked over the customer's history
// from the customer's first event, so its conditions must read events and attributes only.
type Ladder struct {
	Steps       []Cond
	Keep        *Duration
	DemoteWhen  Cond
	DemoteEvery *Duration

	cal     *calendar
	streams []int
}

// maxWalk bounds the edges of one walk; a customer's history has far fewer.
const maxWalk = 1 << 20

// CompileLadder compiles a ladder. The error is a [fault.List] of what could not be resolved.
func (c *Compiler) CompileLadder(spec LadderSpec) (*Ladder, Inputs, error) {
	c.begin()
	c.walking = spec.Keep != nil || spec.DemoteWhen != nil
	defer func() { c.walking = false }()
	l := &Ladder{Steps: c.nodes(spec.Steps), Keep: spec.Keep, DemoteEvery: spec.DemoteEvery, cal: c.cal}
	if spec.DemoteWhen != nil {
		l.DemoteWhen = c.node(spec.DemoteWhen)
	}
	in := c.in.list()
	l.streams = in.Streams
	if c.walking {
		c.keepAll(in)
	}
	return l, in, c.faults.Err()
}

// Eval returns the level at an instant, as an index into Steps or −1 for none, and the earliest
// later instant at which it may be another one if nothing new arrives.
func (l *Ladder) Eval(s *State, at int64) (step int, next int64) {
	if l.Keep == nil && l.DemoteWhen == nil {
		return l.raw(s, at)
	}
	t, ok := l.begin(s)
	switch {
	case !ok:
		return l.raw(s, at)
	case t > at: // nothing has happened yet
		step, next = l.raw(s, at)
		return step, min(next, t)
	}
	w, next := l.walk(s, t, at)
	step = w.shown(at)
	for from, n := at, 0; n < settleSteps; n++ {
		if edge := w.lowers(from); edge < next {
			return step, edge
		}
		if next == Never {
			break
		}
		from = next
		next = w.step(from)
		if w.shown(from) != step {
			return step, from
		}
	}
	return step, next
}

// walk applies the edges from t up to at and returns the next one.
func (l *Ladder) walk(s *State, t, at int64) (w walker, next int64) {
	w = walker{l: l, s: s, level: len(l.Steps), until: minInstant}
	next = w.step(t)
	for n := 0; next <= at && n < maxWalk; n++ {
		next = w.step(next)
	}
	return w, next
}

// raw is the first step that holds.
func (l *Ladder) raw(s *State, at int64) (step int, next int64) {
	next = Never
	for i, f := range l.Steps {
		h, n := f(s, at)
		next = min(next, n)
		if h {
			return i, next
		}
	}
	return -1, next
}

// begin is the time of the customer's first event; before it the level is the raw one.
func (l *Ladder) begin(s *State) (t int64, ok bool) {
	if s.First != Never {
		return s.First, true
	}
	t = Never
	for _, i := range l.streams {
		if es := s.all(i); len(es) > 0 {
			t, ok = min(t, es[0].T), true
		}
	}
	return t, ok
}

// walker is a ladder's state while its edges are walked.
type walker struct {
	l         *Ladder
	s         *State
	level     int   // kept level; len(Steps) is none
	until     int64 // kept until then
	lowering  bool  // DemoteWhen holds
	lowerFrom int64 // since then
}

// step applies an edge and returns the next one.
func (w *walker) step(t int64) (next int64) {
	raw, next := w.l.raw(w.s, t)
	if raw < 0 {
		raw = len(w.l.Steps)
	}
	if raw < w.level || raw > w.level && t >= w.until {
		w.level, w.until = raw, minInstant
		if w.l.Keep != nil && raw < len(w.l.Steps) {
			w.until = w.l.cal.add(t, *w.l.Keep, 1)
		}
	}
	if raw > w.level {
		next = min(next, w.until)
	}
	if w.l.DemoteWhen != nil {
		h, n := w.l.DemoteWhen(w.s, t)
		next = min(next, n)
		if h && !w.lowering {
			w.lowerFrom = t
		}
		w.lowering = h
	}
	return next
}

// lowered is by how many steps the level is shown lower; beyond the number of steps it is not
// counted further.
func (w *walker) lowered(at int64) int {
	if !w.lowering {
		return 0
	}
	n := 1
	if every := w.l.DemoteEvery; every != nil {
		for n <= len(w.l.Steps) && w.l.cal.add(w.lowerFrom, *every, int64(n)) <= at {
			n++
		}
	}
	return n
}

func (w *walker) shown(at int64) int {
	level := w.level + w.lowered(at)
	if level >= len(w.l.Steps) {
		return -1
	}
	return level
}

// lowers is the first instant after at by which the level is lowered once more.
func (w *walker) lowers(at int64) int64 {
	if !w.lowering || w.l.DemoteEvery == nil || w.shown(at) < 0 {
		return Never
	}
	return w.l.cal.add(w.lowerFrom, *w.l.DemoteEvery, int64(w.lowered(at)))
}
