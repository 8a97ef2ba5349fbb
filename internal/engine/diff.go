package engine

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/value"
)

// defaultZone compiles the empty definitions, which have no calendar.
var defaultZone = time.UTC

// copy is a state that outlives the worker's next customer.
func (s *state) copy() *state {
	c := &state{
		id: s.id, known: s.known, gen: s.gen, arrivals: s.arrivals, at: s.at, timer: s.timer,
		strong: s.strong, held: slices.Clone(s.held), statements: slices.Clone(s.statements), nexts: slices.Clone(s.nexts),
		statedNext: s.statedNext,
	}
	for _, k := range s.identities {
		c.identities = append(c.identities, customer.Key{Kind: customer.Kind(strings.Clone(string(k.Kind))), Value: strings.Clone(k.Value)})
	}
	for i := range c.held {
		c.held[i].by = strings.Clone(c.held[i].by)
		c.held[i].cause.Actor = strings.Clone(c.held[i].cause.Actor)
	}
	c.view = &expr.State{Partial: slices.Clone(s.view.Partial)}
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

// diff says in which way a stored state differs from the recomputed one, "" when it does not. Without
// whole only the tags are compared: the rest is rebuilt from the tail when the customer is next loaded.
func (s *state) diff(want *state, whole bool) string {
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
	if !whole || s.view == nil {
		return ""
	}
	if s.strong != want.strong || !slices.Equal(s.identities, want.identities) {
		return fmt.Sprintf("identities are %v, recomputed %v", s.identities, want.identities)
	}
	if s.arrivals != want.arrivals || s.known != want.known {
		return fmt.Sprintf("the state includes %d events, there are %d", s.arrivals, want.arrivals)
	}
	if s.timer != want.timer {
		return fmt.Sprintf("its timer is %s, recomputed %s", instant(s.timer), instant(want.timer))
	}
	return s.diffStreams(want)
}

func (s *state) diffStreams(want *state) string {
	for i, n := range s.nexts {
		if n > want.nexts[i] {
			return fmt.Sprintf("rule %d is due at %s, recomputed %s", i, instant(n), instant(want.nexts[i]))
		}
	}
	for i, list := range want.view.Streams {
		have := s.view.Streams[i]
		if !slices.EqualFunc(have, list, sameEntry) && !slices.EqualFunc(tail(have, len(list)), tail(list, len(have)), sameEntry) {
			return fmt.Sprintf("stream %d has %d entries that differ from the %d recomputed", i, len(have), len(list))
		}
	}
	return ""
}

// tail is the newest n entries: a list that was trimmed later than the other is longer by older entries.
func tail(list []expr.Entry, n int) []expr.Entry {
	if len(list) > n {
		return list[len(list)-n:]
	}
	return list
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
	return fmt.Sprintf("{kind %d tag %s at %s since %s late %d gen %d cause %v}", r.Kind, r.Tag, instant(r.At), instant(r.Since), r.LateBy, r.Gen, r.Cause)
}
