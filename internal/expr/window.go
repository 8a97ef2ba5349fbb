package expr

// span is a window made ready: at every instant it covers the half-open range lo ≤ t < hi of
// event times, both ends never go back as the instant advances, and hi is never beyond at + 1.
// So an event counts from enter on and until leave.
type span struct {
	kind     WindowKind
	unit     Unit
	n        int64 // During: whole past periods, 0 the current one
	from, to int64 // LocalDays
	d, d2    Duration
	lo, hi   int64 // Between and Since
	cal      *calendar
}

func newSpan(w Window, cal *calendar) span {
	sp := span{
		kind: w.Kind, unit: w.Unit, n: int64(w.N), from: int64(w.From), to: int64(w.To),
		d: w.D, d2: w.D2, lo: minInstant, hi: Never, cal: cal,
	}
	if w.Kind == Between {
		if w.Lo != nil {
			sp.lo = *w.Lo
		}
		if w.Hi != nil {
			sp.hi = *w.Hi
		}
	}
	return sp
}

// bounds is the range at an instant.
func (w *span) bounds(at int64) (lo, hi int64) {
	switch w.kind {
	case Within:
		return w.cal.sub(at, w.d) + 1, at + 1
	case Ago:
		return w.cal.sub(at, w.d) + 1, min(w.cal.sub(at, w.d2), at) + 1
	case LocalDays:
		today := w.cal.day(at)
		hi = at + 1
		if w.to < 0 {
			hi = w.cal.dayStart(today + w.to + 1)
		}
		return w.cal.dayStart(today + w.from), hi
	case During:
		p := w.cal.period(w.unit, at)
		if w.n == 0 {
			return w.cal.periodStart(w.unit, p), at + 1
		}
		return w.cal.periodStart(w.unit, p-w.n), w.cal.periodStart(w.unit, p)
	case Between, Since:
		return w.lo, min(w.hi, at+1)
	}
	return minInstant, at + 1
}

// enter is the first instant at which an event of time t is not too new; Never if there is none.
func (w *span) enter(t int64) int64 {
	switch w.kind {
	case Ago:
		return max(t, w.cal.leaves(t, w.d2))
	case LocalDays:
		if w.to < 0 {
			return w.cal.dayStart(w.cal.day(t) - w.to)
		}
	case During:
		if w.n > 0 {
			return w.cal.periodStart(w.unit, w.cal.period(w.unit, t)+1)
		}
	case Between, Since:
		if t >= w.hi {
			return Never
		}
	}
	return t
}

// leave is the first instant at which an event of time t is too old: minInstant if it always
// is, Never if it never will be.
func (w *span) leave(t int64) int64 {
	switch w.kind {
	case Within, Ago:
		return w.cal.leaves(t, w.d)
	case LocalDays:
		return w.cal.dayStart(w.cal.day(t) - w.from + 1)
	case During:
		return w.cal.periodStart(w.unit, w.cal.period(w.unit, t)+max(w.n, 0)+1)
	case Between, Since:
		if t < w.lo {
			return minInstant
		}
	}
	return Never
}

// horizon is an instant below which events can not matter at at or later; it may be lower than
// it could be, never higher.
func (w *span) horizon(at int64) int64 {
	switch w.kind {
	case Within, Ago:
		if w.d.Months == 0 {
			return saturate(at, -w.d.Ms) + 1
		}
		return at - (int64(w.d.Months)*31+4)*dayMs
	case LocalDays:
		return at - (max(-w.from, 0)+4)*dayMs
	case During:
		return at - (w.n+2)*unitDays(w.unit)*dayMs
	case Between:
		return w.lo
	}
	return minInstant
}

// unitDays is the greatest length of a unit, and a little more.
func unitDays(u Unit) int64 {
	switch u {
	case Day:
		return 2
	case Week:
		return 8
	case Month:
		return 32
	case Quarter:
		return 94
	}
	return 368
}

// since yields the start of a Since window, ok false if there is none, and the instant at which
// that may change.
type since func(s *State, at int64) (start int64, ok bool, next int64)

// frame is the window of a leaf: a span, and where the start of a Since window comes from.
type frame struct {
	span
	since since
}

// fixed is the span at an instant with a Since start resolved, and the instant up to which it
// stays this one.
func (f *frame) fixed(s *State, at int64) (*span, int64) {
	if f.since == nil {
		return &f.span, Never
	}
	sp := f.span
	start, ok, next := f.since(s, at)
	sp.lo, sp.hi = start, Never
	if !ok {
		sp.lo, sp.hi = Never, minInstant
	}
	return &sp, next
}
