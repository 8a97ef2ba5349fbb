package expr

import (
	"strconv"

	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/value"
)

// attrLeaf asks the current value of an attribute: that of the newest update of its top-level
// key. held asks how long the newest run of equal values has lasted, or of updates that leave it
// absent; what was never updated is held for no time.
type attrLeaf struct {
	stream, slot int
	ops          opFn
	held         *Held
	cal          *calendar
}

// attrStream is the stream of updates of a top-level key, which is absent where one removes it.
func (c *Compiler) attrStream(key string) *Stream {
	return c.streamOf("attribute"+strconv.Quote(key), func(s *Stream) {
		s.Sel = Selector{Types: []string{event.Identify}}
		s.attr = key
	})
}

// currentOf returns where the value of an attribute is projected.
func (c *Compiler) currentOf(path []string) (stream, slot int) {
	st := c.attrStream(path[0])
	st.need(need{newest: 1})
	return st.Number, st.slot(path, true)
}

func (c *Compiler) attribute(n Attribute) (Cond, explainFn) {
	l := &attrLeaf{ops: c.ops(n.Ops), held: n.Held, cal: c.cal}
	l.stream, l.slot = c.currentOf(n.Path)
	if l.held != nil {
		c.streams[l.stream].need(need{})
	}
	still := !opsMove(n.Ops) && l.held == nil
	explain := l.explain(c, n)
	if !still {
		return l.settled, explain
	}
	test := c.stillOps(n.Ops)
	return func(s *State, at int64) (bool, int64) {
		if l.stream < len(s.Streams) {
			if es := s.Streams[l.stream]; len(es) > 0 && es[len(es)-1].T <= at {
				return test(es[len(es)-1].Vals[l.slot]), Never
			}
		}
		return l.settled(s, at)
	}, explain
}

func (l *attrLeaf) settled(s *State, at int64) (bool, int64) {
	holds, next := l.once(s, at)
	for range settleSteps {
		if next == Never {
			return holds, Never
		}
		h, n := l.once(s, next)
		if h != holds {
			return holds, next
		}
		next = n
	}
	return holds, next
}

// once asks at one instant; next is the first edge, whether it changes the answer or not.
func (l *attrLeaf) once(s *State, at int64) (bool, int64) {
	es, i := current(s, l.stream, at)
	until := Never
	if i+1 < len(es) {
		until = es[i+1].T
	}
	var v value.Value
	if i >= 0 {
		v = es[i].Vals[l.slot]
	}
	h, n := l.ops(v, at)
	if l.held != nil {
		run, m := l.lasted(s, at)
		h, n = h && run, min(n, m)
	}
	return h, min(n, until)
}

// current returns the entries of a stream, as many as are needed, and the index of the newest
// one known at an instant; -1 for none.
func current(s *State, stream int, at int64) ([]Entry, int) {
	if stream >= len(s.Streams) {
		return nil, -1
	}
	es := s.Streams[stream]
	n := known(es, at)
	if n == 0 {
		es = s.all(stream)
		n = known(es, at)
	}
	return es, n - 1
}

func (l *attrLeaf) lasted(s *State, at int64) (bool, int64) {
	es := s.all(l.stream)
	i := known(es, at) - 1
	if i < 0 {
		return false, Never
	}
	return l.cal.lasted(l.held, l.runStart(es, i), at)
}

// runStart is when the newest run of values equal to that of entry i began. What another
// update replaced at the same instant was never the value.
func (l *attrLeaf) runStart(es []Entry, i int) int64 {
	v := es[i].Vals[l.slot]
	for start := es[i].T; ; start = es[i].T {
		for i >= 0 && es[i].T == start {
			i--
		}
		if i < 0 || !sameState(es[i].Vals[l.slot], v) {
			return start
		}
	}
}

func sameState(a, b value.Value) bool {
	return value.Equal(a, b) || a.Absent() && b.Absent()
}

// lasted asks whether what began at start has lasted as long as held says.
func (c *calendar) lasted(held *Held, start, at int64) (bool, int64) {
	holds, next := true, Never
	if held.For != nil {
		if edge := c.add(start, *held.For, 1); at < edge {
			holds, next = false, edge
		}
	}
	if held.LessThan != nil {
		if edge := c.add(start, *held.LessThan, 1); at < edge {
			next = min(next, edge)
		} else {
			holds = false
		}
	}
	return holds, next
}
