package memory

import (
	"math"
	"slices"
	"strings"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/ledger"
)

var _ = fault.Register(fault.Messages{
	"ledger.part_taken": {
		ZH: "分片 {part}/{of} 已有写入者",
		EN: "part {part} of {of} already has a writer",
	},
	"ledger.parts_differ": {
		ZH: "已打开的写入者把账本分成 {open} 份，不能再分成 {of} 份",
		EN: "the open writers divide the ledger by {open}, not by {of}",
	},
	"ledger.part_range": {
		ZH: "没有分片 {part}/{of}",
		EN: "there is no part {part} of {of}",
	},
	"ledger.slot_foreign": {
		ZH: "分槽 {slot} 不属于分片 {part}/{of}",
		EN: "slot {slot} does not belong to part {part} of {of}",
	},
	"ledger.event_repeated": {
		ZH: "事件 {id} 已经在账本里",
		EN: "the event {id} is already in the ledger",
	},
})

// writer stages in a copy of what it touches; the commit puts the copies in place.
type writer struct {
	s        *Store
	part, of int
	touched  map[customer.ID]*staged
	rows     []change.Row // staged, in order
	seqs     map[customer.Slot]uint64
	ordinals map[customer.Slot]uint32
	size     int
}

// staged is what the next commit changes of one customer.
type staged struct {
	events  []event.Event
	rows    []change.Row
	state   []byte
	meta    ledger.Meta
	hasNew  bool // state and meta are set
	timer   int64
	hasTime bool
	created *ledger.Customer
}

// Writer implements ledger.Store.
func (s *Store) Writer(part, of int) (ledger.Writer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case of < 1 || of > 64 || part < 0 || part >= of:
		return nil, fault.Invalid("ledger.part_range", "part", part, "of", of)
	case len(s.parts) > 0 && s.of != of:
		return nil, fault.Conflict("ledger.parts_differ", "open", s.of, "of", of)
	case s.parts[part]:
		return nil, fault.Conflict("ledger.part_taken", "part", part, "of", of)
	}
	s.parts[part], s.of = true, of
	w := &writer{s: s, part: part, of: of}
	w.reset()
	return w, nil
}

func (w *writer) reset() {
	w.touched, w.seqs, w.ordinals = map[customer.ID]*staged{}, map[customer.Slot]uint64{}, map[customer.Slot]uint32{}
	w.rows, w.size = nil, 0
}

func (w *writer) change(id customer.ID) *staged {
	st := w.touched[id]
	if st == nil {
		st = &staged{}
		w.touched[id] = st
	}
	return st
}

// mine refuses slots of other writers.
func (w *writer) mine(n customer.Slot) error {
	if int(n)%w.of != w.part {
		return fault.Invalid("ledger.slot_foreign", "slot", int(n), "part", w.part, "of", w.of)
	}
	return nil
}

// Load implements ledger.Writer.
func (w *writer) Load(id customer.ID) (ledger.Loaded, error) {
	if err := w.mine(id.Slot()); err != nil {
		return ledger.Loaded{}, err
	}
	w.s.mu.RLock()
	defer w.s.mu.RUnlock()
	var l ledger.Loaded
	r, st := w.s.customers[id], w.touched[id]
	if r != nil {
		l.State, l.Meta = r.state, r.meta
	}
	if st != nil && st.hasNew {
		l.State, l.Meta = st.state, st.meta
	}
	tail := func(events []event.Event, rows []change.Row) {
		for i := len(events) - 1; i >= 0 && events[i].Arrival > l.Meta.Arrivals; i-- {
			l.Events = append(l.Events, events[i])
		}
		for i := len(rows) - 1; i >= 0 && rows[i].Seq > l.Meta.Seq; i-- {
			l.Rows = append(l.Rows, rows[i])
		}
	}
	if st != nil {
		tail(st.events, st.rows)
	}
	if r != nil {
		tail(r.events, r.rows)
	}
	slices.Reverse(l.Events)
	slices.Reverse(l.Rows)
	return l, nil
}

// Seen implements ledger.Writer.
func (w *writer) Seen(id customer.ID, source, messageID string) (arrival uint32, time int64, ok bool, err error) {
	if st := w.touched[id]; st != nil {
		for i := range st.events {
			if ev := &st.events[i]; ev.Source == source && ev.ID == messageID {
				return ev.Arrival, ev.Time, true, nil
			}
		}
	}
	w.s.mu.RLock()
	defer w.s.mu.RUnlock()
	if r := w.s.customers[id]; r != nil {
		if i, ok := r.ids[eventID{source, messageID}]; ok {
			return r.events[i].Arrival, r.events[i].Time, true, nil
		}
	}
	return 0, 0, false, nil
}

// PutEvent implements ledger.Writer.
func (w *writer) PutEvent(id customer.ID, ev *event.Event) error {
	if err := w.mine(id.Slot()); err != nil {
		return err
	}
	if _, _, ok, _ := w.Seen(id, ev.Source, ev.ID); ok {
		return fault.Conflict("ledger.event_repeated", "id", ev.ID)
	}
	st := w.change(id)
	st.events = append(st.events, *ev)
	w.size += 100
	return nil
}

// PutState implements ledger.Writer.
func (w *writer) PutState(id customer.ID, blob []byte, m ledger.Meta) error {
	if err := w.mine(id.Slot()); err != nil {
		return err
	}
	st := w.change(id)
	st.state, st.meta, st.hasNew = append(make([]byte, 0, len(blob)), blob...), m, true
	return nil
}

// PutTimer implements ledger.Writer.
func (w *writer) PutTimer(id customer.ID, deadline int64) error {
	if err := w.mine(id.Slot()); err != nil {
		return err
	}
	st := w.change(id)
	st.timer, st.hasTime = deadline, true
	w.size += 20
	return nil
}

// Append implements ledger.Writer.
func (w *writer) Append(row *change.Row) error {
	n := row.Slot
	if row.Customer != 0 {
		n = row.Customer.Slot()
	}
	if err := w.mine(n); err != nil {
		return err
	}
	seq, ok := w.seqs[n]
	if !ok {
		w.s.mu.RLock()
		if sl := w.s.slots[n]; sl != nil {
			seq, w.ordinals[n] = sl.seq, sl.next
		}
		w.s.mu.RUnlock()
	}
	seq++
	w.seqs[n] = seq
	row.Slot, row.Seq = n, seq
	kept := *row
	kept.Cause.Actor = strings.Clone(row.Cause.Actor) // the caller may reuse its memory
	w.rows = append(w.rows, kept)
	w.size += 40
	if row.Customer == 0 {
		return nil
	}
	st := w.change(row.Customer)
	st.rows = append(st.rows, kept)
	if row.Kind == change.Created {
		st.created = &ledger.Customer{ID: row.Customer, Ordinal: w.ordinals[n], Created: row.At}
		w.ordinals[n]++
	}
	return nil
}

// Staged implements ledger.Writer.
func (w *writer) Staged() int { return w.size }

// done is a commit that is as durable as it will ever be.
type done struct{}

// Wait implements ledger.Pending.
func (done) Wait() error { return nil }

// Commit implements ledger.Writer.
func (w *writer) Commit() (ledger.Pending, error) {
	s := w.s
	s.mu.Lock()
	for id, st := range w.touched {
		st.apply(s, id)
	}
	for _, row := range w.rows {
		sl := s.slot(row.Slot)
		sl.log, sl.seq = append(sl.log, row), row.Seq
		switch row.Kind {
		case change.Created:
			sl.ids = append(sl.ids, row.Customer)
			sl.next++
		case change.TagAdded:
			s.counts[row.Tag]++
		case change.TagRemoved:
			s.counts[row.Tag]--
		}
	}
	s.mu.Unlock()
	w.reset()
	return done{}, nil
}

// apply puts what is staged of a customer in place.
func (st *staged) apply(s *Store, id customer.ID) {
	r := s.record(id)
	for i := range st.events {
		ev := st.events[i]
		r.ids[eventID{ev.Source, ev.ID}] = len(r.events)
		r.events = append(r.events, ev)
		s.accepted++
	}
	r.rows = append(r.rows, st.rows...)
	if st.created != nil {
		r.row, r.known = *st.created, true
	}
	if st.hasNew {
		r.state, r.meta = st.state, st.meta
	}
	if st.hasTime {
		r.timer, r.waiting = st.timer, st.timer != math.MaxInt64
	}
}

// Timers implements ledger.Writer.
func (w *writer) Timers(fn func(id customer.ID, deadline int64) error) error {
	type due struct {
		id customer.ID
		at int64
	}
	w.s.mu.RLock()
	var all []due
	for id, r := range w.s.customers {
		if r.waiting && int(id.Slot())%w.s.of == w.part {
			all = append(all, due{id, r.timer})
		}
	}
	w.s.mu.RUnlock()
	for _, d := range all {
		if err := fn(d.id, d.at); err != nil {
			return err
		}
	}
	return nil
}

// Close implements ledger.Writer: states stay, all else that is staged is dropped.
func (w *writer) Close() error {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	for id, st := range w.touched {
		if st.hasNew && len(st.events) == 0 && len(st.rows) == 0 {
			r := w.s.record(id)
			r.state, r.meta = st.state, st.meta
		}
	}
	delete(w.s.parts, w.part)
	return nil
}

// PutUnseen implements ledger.Writer.
func (w *writer) PutUnseen(id customer.ID, ev *event.Event) error { return w.PutEvent(id, ev) }
