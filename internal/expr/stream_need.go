package expr

// need is what leaves ask of a stream: entries inside a window, some newest ones, or all.
type need struct {
	newest int   // that many newest entries answer exactly; 0: those inside the window, all of them
	exact  int64 // length of an exact window that ends now; 0 for another one
	// horizon is that of another window; with exact 0, nil means all history.
	horizon func(at int64) int64
}

func (n *need) bound(at int64) int64 {
	switch {
	case n.exact > 0:
		return saturate(at, -n.exact) + 1
	case n.horizon != nil:
		return n.horizon(at)
	}
	return minInstant
}

// need notes what a leaf asks. Leaves that ask for the same kind of thing are taken together.
func (s *Stream) need(n need) {
	if n.horizon == nil {
		for i := range s.needs {
			o := &s.needs[i]
			if o.horizon == nil && (o.newest > 0) == (n.newest > 0) && (o.exact > 0) == (n.exact > 0) {
				o.newest, o.exact = max(o.newest, n.newest), max(o.exact, n.exact)
				return
			}
		}
	}
	s.needs = append(s.needs, n)
}

// need notes what a leaf with that window asks of a stream: so many newest entries, or with 0
// all inside it.
func (c *Compiler) need(s *Stream, win *frame, newest int) {
	n := need{newest: newest}
	switch {
	case win.since != nil || win.kind == Ever || win.kind == Between && win.lo == minInstant:
	case win.kind == Within && win.d.Months == 0:
		n.exact = win.d.Ms
	default:
		n.horizon = win.horizon
	}
	s.need(n)
}

// Horizon is an instant such that entries with T below it can not matter at at or later.
func (s *Stream) Horizon(at int64) int64 {
	h := Never
	for i := range s.needs {
		h = min(h, s.needs[i].bound(at))
	}
	if h == Never {
		return minInstant
	}
	return h
}

// Keep is the number of newest entries not dated ahead that answer every condition exactly now
// and later; 0 says that all inside the horizon are needed. Where fewer are kept than there are,
// set State.Partial: explanations count them all.
func (s *Stream) Keep() int {
	keep := 0
	for i := range s.needs {
		if s.needs[i].newest == 0 {
			return 0
		}
		keep = max(keep, s.needs[i].newest)
	}
	return keep
}

// Trim is how many of a stream's oldest entries may be forgotten at an instant, keeping at most
// so many; partial says that what is left no longer answers every question by itself, so that
// State.Partial must be set, and stay set until the list is whole again. It keeps what windows
// cover and the newest entries that other leaves ask for, and one entry below the windows, which
// shows that the list reaches beyond them.
func (s *Stream) Trim(es []Entry, at int64, most int) (drop int, partial bool) {
	past := known(es, at)
	drop = past
	for i := range s.needs {
		n := &s.needs[i]
		if n.newest > 0 {
			drop, partial = min(drop, past-n.newest), true
		} else {
			drop = min(drop, first(es, n.bound(at))-1)
		}
	}
	if len(s.needs) == 0 {
		drop = 0
	}
	drop = max(drop, 0)
	if len(es)-drop > most {
		return len(es) - most, true
	}
	return drop, partial && drop > 0
}
