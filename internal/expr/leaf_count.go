package expr

// countAtLeast is the commonest leaf: n or more entries in a window (with neg: fewer). Holding,
// it changes when the n-th newest leaves; failing, when a known later entry makes it n.
type countAtLeast struct {
	stream int
	n      int
	neg    bool
	win    span
	plain  int64 // length of an exact Within window, 0 for any other
}

func (l *countAtLeast) ask(s *State, at int64) (bool, int64) {
	var es []Entry
	if l.stream < len(s.Streams) {
		es = s.Streams[l.stream]
	}
	// The way of nearly every question: nothing is dated ahead, the window ends now.
	if k := len(es); l.plain > 0 && k >= l.n && es[k-1].T <= at {
		until := es[k-l.n].T + l.plain
		if at < until {
			return !l.neg, until
		}
		return l.neg, Never
	}
	return l.askSlow(s, es, at)
}

func (l *countAtLeast) askSlow(s *State, es []Entry, at int64) (bool, int64) {
	lo, hi := l.win.bounds(at)
	in := first(es, hi)
	if in < l.n && l.stream < len(s.Partial) && s.Partial[l.stream] {
		es = s.after(l.stream, lo)
		in = first(es, hi)
	}
	if in >= l.n && es[in-l.n].T >= lo {
		return !l.neg, l.lapse(es, in)
	}
	return l.neg, l.reach(es, in)
}

// lapse is the first instant at which fewer than n of the entries are inside; in is the number
// of those that have entered.
func (l *countAtLeast) lapse(es []Entry, in int) int64 {
	for {
		out := l.win.leave(es[in-l.n].T)
		if in == len(es) || l.win.enter(es[in].T) > out || out == Never {
			return out
		}
		in++
	}
}

// reach is the first instant at which n of the entries are inside.
func (l *countAtLeast) reach(es []Entry, in int) int64 {
	for ; in < len(es); in++ {
		t := l.win.enter(es[in].T)
		if t == Never {
			return Never
		}
		if i := in - l.n + 1; i >= 0 && l.win.leave(es[i].T) > t {
			return t
		}
	}
	return Never
}
