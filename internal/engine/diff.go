package engine

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/rule"
	"github.com/earmarkhq/earmark/internal/value"
)

// defaultZone compiles the empty definitions, which have no calendar.
var defaultZone = time.UTC

// copy is a state that outlives the worker's next customer. Its prints are sorted: a state made anew has
// them in another order.
func (s *state) copy() *state {
	c := &state{
		id: s.id, known: s.known, gen: s.gen, arrivals: s.arrivals, units: s.units, at: s.at, timer: s.timer,
		failed: strings.Clone(s.failed), strong: s.strong, prints: slices.Sorted(slices.Values(s.prints)),
		held: slices.Clone(s.held), statements: slices.Clone(s.statements), nexts: slices.Clone(s.nexts), statedNext: s.statedNext,
	}
	for _, k := range s.identities {
		c.identities = append(c.identities, customer.Key{Kind: customer.Kind(strings.Clone(string(k.Kind))), Value: strings.Clone(k.Value)})
	}
	for i := range c.held {
		c.held[i].by = strings.Clone(c.held[i].by)
		c.held[i].cause.Actor = strings.Clone(c.held[i].cause.Actor)
	}
	for i := range c.statements {
		c.statements[i].by = strings.Clone(c.statements[i].by)
		c.statements[i].actor = strings.Clone(c.statements[i].actor)
	}
	c.view = &expr.State{Partial: slices.Clone(s.view.Partial), First: s.view.First}
	for _, es := range s.view.Streams {
		list := make([]expr.Entry, len(es))
		for i, e := range es {
			list[i] = expr.Entry{T: e.T, Seq: e.Seq, Vals: cloneValues(e.Vals)}
		}
		c.view.Streams = append(c.view.Streams, list)
	}
	return c
}

func cloneValues(vs []value.Value) []value.Value {
	if vs == nil {
		return nil
	}
	out := make([]value.Value, len(vs))
	for i := range vs {
		out[i] = vs[i].Clone()
	}
	return out
}

// normal drops what can not matter from an instant on. When it is dropped depends on when the customer
// was last loaded and evaluated; what remains does not.
func (s *state) normal(p *rule.Program, at int64) *state {
	for i, st := range p.Streams {
		s.trim(st, i, at)
	}
	s.forget(at)
	return s
}

// diffTags says in which way the tags differ from the recomputed ones, "" when they do not.
func (s *state) diffTags(want *state) string {
	for i := range max(len(s.held), len(want.held)) {
		switch {
		case i >= len(s.held):
			return fmt.Sprintf("tag %s is missing", want.held[i].tag)
		case i >= len(want.held):
			return fmt.Sprintf("tag %s is held without reason", s.held[i].tag)
		}
		a, b := &s.held[i], &want.held[i]
		if a.tag != b.tag || a.at != b.at || a.since != b.since || a.cause != b.cause {
			return fmt.Sprintf("tag %s since %s by %v, recomputed tag %s since %s by %v", a.tag, instant(a.at), a.cause, b.tag, instant(b.at), b.cause)
		}
	}
	return ""
}

// diff says in which way a stored state differs from the recomputed one, "" when it does not.
func (s *state) diff(want *state) string {
	for i := range s.held {
		if s.held[i].by != want.held[i].by {
			return fmt.Sprintf("tag %s is set by %s, recomputed %s", s.held[i].tag, s.held[i].by, want.held[i].by)
		}
	}
	switch {
	case s.gen != want.gen:
		return fmt.Sprintf("it is of generation %d, recomputed %d", s.gen, want.gen)
	case s.arrivals != want.arrivals || s.units != want.units || s.known != want.known:
		return fmt.Sprintf("it includes %d events in %d units, there are %d in %d", s.arrivals, s.units, want.arrivals, want.units)
	case !slices.Equal(s.prints, want.prints):
		return "its prints of message ids are not those of the events"
	case (s.failed == "") != (want.failed == ""):
		return fmt.Sprintf("its evaluation ended with %q, recomputed %q", s.failed, want.failed)
	case s.strong != want.strong || !slices.Equal(s.identities, want.identities):
		return fmt.Sprintf("its identities are %v, recomputed %v", s.identities, want.identities)
	case s.view.First != want.view.First:
		return fmt.Sprintf("its first event was at %s, recomputed %s", instant(s.view.First), instant(want.view.First))
	case !slices.Equal(s.statements, want.statements):
		return fmt.Sprintf("its statements are %v, recomputed %v", s.statements, want.statements)
	}
	return s.diffStreams(want)
}

// diffNexts compares the deadlines of the rules. A failed evaluation leaves none. A deadline that fired
// and changed nothing may stand in a state of before a kill: it is passed when the customer is loaded.
func (s *state) diffNexts(want *state, fired []int64) string {
	if want.failed != "" {
		return ""
	}
	for i, n := range s.nexts {
		if n != want.nexts[i] && !slices.Contains(fired, n) {
			return fmt.Sprintf("rule %d is due at %s, recomputed %s", i, instant(n), instant(want.nexts[i]))
		}
	}
	if s.statedNext != want.statedNext && !slices.Contains(fired, s.statedNext) {
		return fmt.Sprintf("its statements are due at %s, recomputed %s", instant(s.statedNext), instant(want.statedNext))
	}
	return ""
}

func (s *state) diffStreams(want *state) string {
	for i, list := range want.view.Streams {
		have := s.view.Streams[i]
		if !slices.EqualFunc(have, list, sameEntry) {
			return fmt.Sprintf("stream %d has %d entries that differ from the %d recomputed", i, len(have), len(list))
		}
		if s.view.Partial[i] && !want.view.Partial[i] {
			return fmt.Sprintf("stream %d is said to be cut short and is not", i)
		}
	}
	return ""
}

func sameEntry(a, b expr.Entry) bool {
	return a.T == b.T && a.Seq == b.Seq && slices.EqualFunc(a.Vals, b.Vals, value.Same)
}

func instant(t int64) string {
	if t == expr.Never {
		return "never"
	}
	return time.UnixMilli(t).UTC().Format("2006-01-02T15:04:05.000Z")
}

func rowText(r *change.Row) string {
	return fmt.Sprintf("{kind %d tag %s at %s since %s recorded %s late %d gen %d cause %v}",
		r.Kind, r.Tag, instant(r.At), instant(r.Since), instant(r.Recorded), r.LateBy, r.Gen, r.Cause)
}
