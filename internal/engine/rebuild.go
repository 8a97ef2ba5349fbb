package engine

import (
	"math"
	"strings"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/ledger"
	"github.com/earmarkhq/earmark/internal/value"
)

// maxEntries is how many matches of a stream a state keeps; a customer with more has the older ones
// read from the events when a condition needs them.
const maxEntries = 1024

// rebuild makes the state whole from events and log rows: after a kill (the tail), or where the state
// belongs to other definitions. The tags are those of the log; nexts are found by refresh.
func (sh *shard) rebuild(wk *worker, id customer.ID, l ledger.Loaded) error {
	s := &wk.s
	s.gen, s.stale = wk.p.Set.Gen, true
	s.resetStreams(wk.p)
	s.identities, s.statements, s.strong = s.identities[:0], s.statements[:0], false
	s.prints = s.prints[:0]
	for i := range l.Rows {
		s.replay(&l.Rows[i])
	}
	for i := range l.Events {
		s.at = max(s.at, l.Events[i].Received)
	}
	s.at = max(s.at, sh.reachedAt(id.Slot()))
	err := sh.e.opt.Ledger.Events(sh.ctx, id, math.MinInt64, math.MaxInt64, func(ev *event.Event) error {
		s.absorb(wk, ev)
		return nil
	})
	if err != nil {
		return err
	}
	if len(s.prints) != int(s.arrivals) || s.arrivals > maxPrints {
		s.prints = s.prints[:0] // incomplete ones would lie
	}
	for i, st := range wk.p.Streams {
		s.trim(st, i, s.at)
	}
	for i := range s.held {
		s.held[i].by = s.setBy(&s.held[i])
	}
	s.forget(s.at)
	return nil
}

// whole is all that is stored of a customer but its state, which can not be read.
func (sh *shard) whole(id customer.ID) (l ledger.Loaded, err error) {
	err = sh.e.opt.Ledger.History(sh.ctx, id, func(row change.Row) error {
		l.Rows = append(l.Rows, row)
		return nil
	})
	if err != nil {
		return l, err
	}
	err = sh.e.opt.Ledger.Events(sh.ctx, id, math.MinInt64, math.MaxInt64, func(ev *event.Event) error {
		l.Events = append(l.Events, *cloneEvent(ev))
		return nil
	})
	return l, err
}

// replay applies one row of the log to the tags held.
func (s *state) replay(r *change.Row) {
	s.known = true
	s.seq = max(s.seq, r.Seq)
	s.at = max(s.at, r.At)
	switch r.Kind {
	case change.TagAdded:
		if _, has := s.find(r.Tag); !has {
			s.hold(held{tag: r.Tag, at: r.At, since: r.Since, cause: r.Cause})
		}
	case change.TagRemoved:
		s.drop(r.Tag)
	}
}

// notice keeps the time of the earliest event, true when this is it; the engine's own notes of
// identities are none.
func (s *state) notice(ev *event.Event) (earlier bool) {
	if ev.Type == event.Identity || ev.Time >= s.view.First {
		return false
	}
	s.view.First = ev.Time
	return true
}

// absorb lets a stored event into a state that is being rebuilt; events come by time.
func (s *state) absorb(wk *worker, ev *event.Event) {
	s.notice(ev)
	s.arrivals = max(s.arrivals, ev.Arrival)
	s.units = max(s.units, ev.Unit)
	if len(s.prints) <= maxPrints {
		s.prints = append(s.prints, printOf(ev))
	}
	switch ev.Type {
	case event.Identity:
		s.learn(cloneEvent(ev))
	case event.Statement:
		if st, ok := statementOf(cloneEvent(ev)); ok {
			s.addStatement(st)
		}
	}
	matched := false
	for _, i := range wk.streams(ev.Type) {
		if !matched {
			ev, matched = cloneEvent(ev), true
		}
		entries := s.view.Streams[i]
		n := len(entries)
		entries = wk.p.Streams[i].Append(entries, ev)
		s.setStream(i, insert(entries, n))
	}
}

// cloneEvent copies what an event's text points to: the ledger's event is valid during the call only.
func cloneEvent(ev *event.Event) *event.Event {
	c := *ev
	c.Props, c.Context, c.Raw = ev.Props.Clone(), ev.Context.Clone(), ev.Raw.Clone()
	c.Type, c.RawType = strings.Clone(ev.Type), strings.Clone(ev.RawType)
	c.Source, c.ID = strings.Clone(ev.Source), strings.Clone(ev.ID)
	return &c
}

// setBy names what keeps a tag held.
func (s *state) setBy(h *held) string {
	if h.by != "" {
		return h.by
	}
	if h.cause.Kind != change.ByStatement {
		return "rule"
	}
	for i := range s.statements {
		if s.statements[i].tag == h.tag && s.statements[i].seq == h.cause.Arrival {
			return s.statements[i].by
		}
	}
	return "hand"
}

// identityEvent records a key of the customer; the id makes it one event per key and direction change.
func identityEvent(k customer.Key, present bool, at int64, arrivals uint32) *event.Event {
	return &event.Event{
		Type: event.Identity, Time: at, Source: "$engine", ID: "identity-" + itoa(arrivals+1),
		Props: value.NewObject(
			value.Field{Key: "kind", Val: value.NewText(string(k.Kind))},
			value.Field{Key: "value", Val: value.NewText(k.Value)},
			value.Field{Key: "present", Val: value.NewBool(present)},
		),
	}
}

func (s *state) has(k customer.Key) bool {
	for i := range s.identities {
		if s.identities[i] == k {
			return true
		}
	}
	return false
}

// learn applies an identity event; true when the customer gets its first strong identity by it.
func (s *state) learn(ev *event.Event) bool {
	k := customer.Key{Kind: customer.Kind(ev.Props.Get("kind").Text()), Value: ev.Props.Get("value").Text()}
	if !ev.Props.Get("present").Bool() {
		for i := range s.identities {
			if s.identities[i] == k {
				s.identities = append(s.identities[:i], s.identities[i+1:]...)
				break
			}
		}
	} else if !s.has(k) {
		s.identities = append(s.identities, k)
	}
	s.view.Identities = s.identities
	was := s.strong
	if k.Kind.Strong() && ev.Props.Get("present").Bool() {
		s.strong = true
	}
	s.view.Strong = s.strong
	return s.strong && !was
}

func (s *state) partial() bool {
	for _, i := range s.filled {
		if s.view.Partial[i] {
			return true
		}
	}
	return false
}

// trim drops entries that can not decide any more, and the oldest beyond what a state keeps.
func (s *state) trim(st *expr.Stream, i int, at int64) {
	entries := s.view.Streams[i]
	drop, partial := st.Trim(entries, at, maxEntries)
	if partial {
		s.view.Partial[i] = true
	}
	if drop > 0 {
		s.view.Streams[i] = append(entries[:0], entries[drop:]...)
	}
}

func itoa(n uint32) string {
	var b [10]byte
	i := len(b)
	for {
		i--
		b[i] = byte('0' + n%10)
		if n /= 10; n == 0 {
			return string(b[i:])
		}
	}
}
