package engine

import (
	"math"
	"slices"
	"sort"

	"github.com/earmarkhq/earmark/internal/expr"
)

// later is what a unit brought that had not happened yet at the deadline being applied.
type later struct {
	from       uint32 // arrivals up to it are of before the unit
	at         int64  // the deadline; math.MaxInt64 when nothing is withheld
	entries    []laterEntry
	statements []statement
}

type laterEntry struct {
	stream int
	e      expr.Entry
}

// passDeadlines applies the deadlines before the unit's instant. Each knows the events of the unit up to
// its own time and no later ones: those can only make membership right now.
func (sh *shard) passDeadlines(wk *worker) {
	s, u := &wk.s, &wk.u
	if s.due() >= u.at {
		return
	}
	if u.arrived != 0 {
		u.withhold(s)
		defer u.release(s, math.MaxInt64) // also when the evaluation fails
	}
	for due := s.due(); due < u.at; due = s.due() {
		if u.arrived != 0 {
			u.release(s, due)
		}
		sh.evalAt(wk, due)
	}
}

// withhold takes what the unit brought out of streams and register.
func (u *unit) withhold(s *state) {
	l := &u.later
	l.entries, l.statements = l.entries[:0], l.statements[:0]
	for _, i := range u.touched { // a stream may be named twice; the second time nothing is left
		s.view.Streams[i] = slices.DeleteFunc(s.view.Streams[i], func(e expr.Entry) bool {
			if e.Seq > l.from {
				l.entries = append(l.entries, laterEntry{i, e})
			}
			return e.Seq > l.from
		})
	}
	s.statements = slices.DeleteFunc(s.statements, func(st statement) bool {
		if st.seq > l.from {
			l.statements = append(l.statements, st)
		}
		return st.seq > l.from
	})
	sort.SliceStable(l.entries, func(i, j int) bool { return l.entries[i].e.T < l.entries[j].e.T })
	sort.SliceStable(l.statements, func(i, j int) bool { return l.statements[i].t < l.statements[j].t })
}

// release puts back what has happened by an instant.
func (u *unit) release(s *state, at int64) {
	l := &u.later
	l.at = at
	n := 0
	for ; n < len(l.entries) && l.entries[n].e.T <= at; n++ {
		x := &l.entries[n]
		s.view.Streams[x.stream] = expr.Insert(s.view.Streams[x.stream], x.e)
	}
	l.entries = l.entries[n:]
	for n = 0; n < len(l.statements) && l.statements[n].t <= at; n++ {
		s.addStatement(l.statements[n])
	}
	l.statements = l.statements[n:]
}

// visible is a stream as read whole, without what is withheld.
func (u *unit) visible(entries []expr.Entry) []expr.Entry {
	l := &u.later
	if l.at == math.MaxInt64 {
		return entries
	}
	return slices.DeleteFunc(slices.Clone(entries), func(e expr.Entry) bool { return e.Seq > l.from && e.T > l.at })
}
