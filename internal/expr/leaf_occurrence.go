package expr

import "github.com/earmarkhq/earmark/internal/value"

// occurrence asks the earliest or newest n entries, as a whole or for each value of a key.
type occurrence struct {
	stream int
	first  bool
	n      int
	win    frame
	older  *Duration
	has    propFn // nil: nothing asked
	key    int    // number of the projected key, -1 for none
	moving propFn // part of where that moves with time
	moves  bool   // where or has moves with time
	cal    *calendar
}

func (c *Compiler) occurrence(n Occurrence) (Cond, explainFn) {
	still, moving := split(n.Where)
	st := c.stream(n.Events, still, nil)
	l := &occurrence{
		stream: st.Number, first: n.First, n: max(n.N, 1), win: c.frame(n.Window), older: n.OlderThan, key: -1, cal: c.cal,
	}
	if n.Has != nil {
		l.has = c.prop(n.Has, fromEntry(st, false))
	}
	if len(n.Key) > 0 {
		l.key = st.slot(n.Key, false)
	}
	l.moving = c.movingPart(st, moving, nil)
	l.moves = l.moving != nil || n.Has != nil && moves(n.Has)
	c.needOccurrence(st, l)
	explain := l.explain(c, n)
	if k := l.asCount(); k != nil {
		return k.ask, explain
	}
	switch {
	case l.key < 0:
		return l.win.framed(l.whole), explain
	case l.moves:
		return l.win.framed(func(s *State, w *span, at int64) (bool, int64) {
			return settle(at, min(32, s.budget(l.stream)), func(at int64) (bool, int64) { return l.keyedAt(s, w, at) })
		}), explain
	}
	return l.win.framed(l.keyed), explain
}

func (c *Compiler) needOccurrence(st *Stream, l *occurrence) {
	switch {
	case l.first:
		st.need(need{})
	case l.key < 0 && l.moving == nil && l.n <= maxKept:
		c.need(st, &l.win, l.n)
	default:
		c.need(st, &l.win, 0)
	}
}

// asCount: the newest n all lie in a window that ends now exactly where n or more do.
func (l *occurrence) asCount() *countAtLeast {
	w := &l.win
	endsNow := w.kind == Ever || w.kind == Within || w.kind == LocalDays && w.to >= 0 || w.kind == During && w.n == 0
	if l.first && w.kind != Ever || l.key >= 0 || l.moves || l.has != nil || l.older != nil || !endsNow || w.since != nil {
		return nil
	}
	k := &countAtLeast{stream: l.stream, n: l.n, win: w.span}
	if w.kind == Within && w.d.Months == 0 {
		k.plain = w.d.Ms
	}
	return k
}

// whole asks the n entries of the stream as a whole.
func (l *occurrence) whole(s *State, w *span, at int64) (bool, int64) {
	holds, next := l.wholeAt(s, w, at)
	steps := settleSteps
	if l.moving != nil {
		steps = s.budget(l.stream)
	}
	for range steps {
		if next == Never {
			return holds, Never
		}
		h, n := l.wholeAt(s, w, next)
		if h != holds {
			return holds, next
		}
		next = n
	}
	return holds, next
}

func (l *occurrence) wholeAt(s *State, w *span, at int64) (bool, int64) {
	es, until := l.known(s, at)
	if len(es) < l.n {
		return false, until
	}
	if l.first {
		es = es[:l.n]
		if l.moving == nil {
			until = Never // later ones are no longer among the first
		}
	} else {
		es = es[len(es)-l.n:]
	}
	x := l.stretch(w, es[0].T, es[l.n-1].T)
	holds, next := x.at(at)
	if l.has != nil {
		for _, e := range es {
			h, n := l.has(subject{vals: e.Vals}, at)
			holds, next = holds && h, min(next, n)
		}
	}
	return holds, min(next, until)
}

func (x stretch) at(at int64) (bool, int64) {
	switch {
	case x.from >= x.until || at >= x.until:
		return false, Never
	case at < x.from:
		return false, x.from
	}
	return true, x.until
}

// known returns the entries known at an instant that satisfy where, and the next instant at
// which that list may be another.
func (l *occurrence) known(s *State, at int64) ([]Entry, int64) {
	var es []Entry
	n := 0
	if !l.first && l.moving == nil && l.stream < len(s.Streams) {
		es = s.Streams[l.stream]
		n = known(es, at)
	}
	if n < l.n { // not enough of the newest
		es = s.all(l.stream)
		n = known(es, at)
	}
	until := Never
	if n < len(es) {
		until = es[n].T
	}
	es = es[:n]
	if l.moving == nil {
		return es, until
	}
	var pass []Entry
	for _, e := range es {
		h, edge := l.moving(subject{vals: e.Vals}, at)
		until = min(until, edge)
		if h {
			pass = append(pass, e)
		}
	}
	return pass, until
}

// stretch is when entries of which the oldest and newest have these times satisfy the window
// and older_than.
func (l *occurrence) stretch(w *span, oldest, newest int64) stretch {
	x := stretch{from: max(newest, w.enter(newest)), until: w.leave(oldest)}
	if l.older != nil {
		x.from = max(x.from, l.cal.leaves(newest, *l.older))
	}
	return x
}

// keyed asks for each value of the key, entries dated ahead among them.
func (l *occurrence) keyed(s *State, w *span, at int64) (bool, int64) {
	lo := int64(minInstant)
	if !l.first { // older ones can not be among n newest that all lie inside
		lo, _ = w.bounds(at)
	}
	es := s.after(l.stream, lo)
	list, _ := l.stretches(s, w, es[first(es, lo):], at)
	return union(list, at)
}

// keyedAt is keyed where conditions move with time: it looks at one instant only.
func (l *occurrence) keyedAt(s *State, w *span, at int64) (bool, int64) {
	all := *l
	all.n = allOfThem // every entry, not only the newest
	es, until := all.known(s, at)
	list, edge := l.stretches(s, w, es, at)
	holds, next := union(list, at)
	return holds, min(next, until, edge)
}

// allOfThem is a number of entries that no list has.
const allOfThem = 1<<31 - 1

// stretches collects when each key's n entries satisfy what is asked. edge is the next instant
// at which a moving condition may answer otherwise.
func (l *occurrence) stretches(s *State, w *span, es []Entry, at int64) (list []stretch, edge int64) {
	sc := &s.scratch
	if sc.keys == nil {
		sc.keys = map[string]int32{}
	}
	clear(sc.keys)
	list, edge = sc.spans[:0], Never
	chain := append(sc.ints[:0], make([]int64, 2*len(es))...) // entry before with the same key, and rank
	before, rank := chain[:len(es)], chain[len(es):]
	closeAt := func(i int, end int64) {
		x, n := l.group(w, es, before, i, at)
		edge = min(edge, n)
		if x.until = min(x.until, end); x.from < x.until && x.until > at {
			list = append(list, x)
		}
	}
	for i, e := range es {
		v := e.Vals[l.key]
		if v.Absent() {
			continue
		}
		sc.words = value.AppendKey(sc.words[:0], v)
		prev, seen := sc.keys[string(sc.words)]
		before[i], rank[i] = -1, 1
		if seen {
			before[i], rank[i] = int64(prev), rank[prev]+1
		}
		sc.keys[string(sc.words)] = int32(i)
		switch {
		case l.first && rank[i] == int64(l.n):
			closeAt(i, Never)
		case !l.first && seen && rank[prev] >= int64(l.n):
			closeAt(int(prev), e.T)
		}
	}
	if !l.first {
		for _, i := range sc.keys {
			if rank[i] >= int64(l.n) {
				closeAt(int(i), Never)
			}
		}
	}
	sc.spans, sc.ints = list, chain
	return list, edge
}

// group is when the n entries of one key that end with entry i satisfy what is asked; empty if
// never.
func (l *occurrence) group(w *span, es []Entry, before []int64, i int, at int64) (stretch, int64) {
	newest, edge, holds := es[i].T, Never, true
	for k := 0; ; k++ {
		if l.has != nil {
			h, n := l.has(subject{vals: es[i].Vals}, at)
			holds, edge = holds && h, min(edge, n)
		}
		if k == l.n-1 {
			break
		}
		i = int(before[i])
	}
	if !holds {
		return stretch{}, edge
	}
	return l.stretch(w, es[i].T, newest), edge
}
