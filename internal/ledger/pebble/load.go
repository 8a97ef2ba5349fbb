package pebble

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/ledger"
)

// Load implements ledger.Writer.
func (w *Writer) Load(id customer.ID) (ledger.Loaded, error) {
	if w.behind.is(id) {
		return w.loadBehind(id)
	}
	if blob, m, ok := w.cache.get(id); ok {
		w.s.hits.Add(1)
		return ledger.Loaded{State: blob, Meta: m}, nil
	}
	w.s.misses.Add(1)
	slot := id.Slot()
	if err := w.own(slot); err != nil {
		return ledger.Loaded{}, err
	}
	if n, ok := w.spilled[id]; ok {
		blob, _, m, err := decodeSnapshot(w.st.value(w.st.ops[n]), id)
		if err != nil {
			return ledger.Loaded{}, err
		}
		return w.keep(id, m, blob, false), nil
	}
	l, epoch, err := w.loadSnapshot(slot, id)
	if err != nil || l.State != nil && w.s.epoch.complete(epoch) {
		return l, err
	}
	if l.State == nil && w.s.epoch.unclean.Load() == 0 {
		return l, nil // every state that left the cache is on disk: a customer without one is new
	}
	err = w.loadTail(slot, id, &l)
	return l, err
}

// keep puts a state read from disk into the cache and returns it from there.
func (w *Writer) keep(id customer.ID, m ledger.Meta, blob []byte, dirty bool) ledger.Loaded {
	w.cache.put(id, m, blob, dirty)
	blob, m, _ = w.cache.get(id)
	return ledger.Loaded{State: blob, Meta: m}
}

// loadSnapshot reads the state row; a complete one goes to the cache.
func (w *Writer) loadSnapshot(slot customer.Slot, id customer.ID) (l ledger.Loaded, epoch uint64, err error) {
	v, closer, err := w.s.db.Get(appendCustomer(make([]byte, 0, custLen), tabState, slot, id))
	if err == pebble.ErrNotFound {
		return ledger.Loaded{}, 0, nil
	}
	if err != nil {
		return ledger.Loaded{}, 0, fmt.Errorf("read state of customer %s: %w", id, err)
	}
	defer closer.Close()
	blob, epoch, m, err := decodeSnapshot(v, id)
	if err != nil {
		return ledger.Loaded{}, 0, err
	}
	if w.s.epoch.complete(epoch) {
		return w.keep(id, m, blob, false), epoch, nil
	}
	return ledger.Loaded{State: append([]byte{}, blob...), Meta: m}, epoch, nil
}

// loadTail adds the committed rows that the state does not include. A state without a tail is
// complete after all: it goes to the cache as dirty, so that its next snapshot says so.
func (w *Writer) loadTail(slot customer.Slot, id customer.ID, l *ledger.Loaded) error {
	if err := tail(w.s.db, w.s.names, slot, id, l.Meta, l); err != nil {
		return err
	}
	sortTail(l)
	if l.State != nil && len(l.Events) == 0 && len(l.Rows) == 0 {
		*l = w.keep(id, l.Meta, l.State, true)
	}
	return nil
}

func sortTail(l *ledger.Loaded) {
	slices.SortFunc(l.Events, func(a, b event.Event) int { return cmp.Compare(a.Arrival, b.Arrival) })
	slices.SortFunc(l.Rows, func(a, b change.Row) int { return cmp.Compare(a.Seq, b.Seq) })
}

// loadBehind reads a customer whose state is older than its rows: the state from wherever it is,
// the tail from disk and from what is staged.
func (w *Writer) loadBehind(id customer.ID) (l ledger.Loaded, err error) {
	slot := id.Slot()
	w.behind.settle()
	if blob, m, ok := w.cache.get(id); ok {
		l = ledger.Loaded{State: blob, Meta: m}
	} else if n, ok := w.spilled[id]; ok {
		if l.State, _, l.Meta, err = decodeSnapshot(w.st.value(w.st.ops[n]), id); err != nil {
			return l, err
		}
	} else if l, _, err = w.loadSnapshot(slot, id); err != nil {
		return l, err
	}
	if err := tail(w.s.db, w.s.names, slot, id, l.Meta, &l); err != nil {
		return l, err
	}
	if err := w.stagedTail(slot, id, &l); err != nil {
		return l, err
	}
	sortTail(&l)
	return l, nil
}

func (w *Writer) stagedTail(slot customer.Slot, id customer.ID, l *ledger.Loaded) error {
	err := w.stagedEvents(slot, id, func(key, val []byte) error {
		if _, arrival := eventKeyTime(key); arrival <= l.Meta.Arrivals {
			return nil
		}
		var ev event.Event
		err := decodeEvent(&ev, bytes.Clone(val), key, w.s.names)
		l.Events = append(l.Events, ev)
		return err
	})
	for _, o := range w.st.ops {
		key := w.st.key(o)
		if err != nil || len(key) != slotLen+8 || key[0] != tabLog || keySlot(key) != slot {
			continue
		}
		var row change.Row
		if row, _, err = decodeRow(w.st.value(o), slot, keySeq(key)); row.Customer == id && row.Seq > l.Meta.Seq {
			l.Rows = append(l.Rows, row)
		}
	}
	return err
}

// PutState implements ledger.Writer.
func (w *Writer) PutState(id customer.ID, blob []byte, m ledger.Meta) error {
	if err := w.own(id.Slot()); err != nil {
		return err
	}
	w.behind.state(id, m)
	w.cache.put(id, m, blob, true)
	return nil
}

// spill stages the snapshot of a state that leaves the cache or has long been dirty.
func (w *Writer) spill(id customer.ID, m ledger.Meta, blob []byte) {
	b := w.st.keyed(appendCustomer(w.st.begin(), tabState, id.Slot(), id))
	w.spilled[id] = w.st.set(appendSnapshot(b, w.epochOf(id), m, blob))
}

// epochOf is the epoch a snapshot written now belongs to: none for a customer who is behind.
func (w *Writer) epochOf(id customer.ID) uint64 {
	if w.behind.is(id) {
		return 0
	}
	return w.s.epoch.now.Load()
}

// behind knows the customers that got events or rows after their newest state. Usually an event
// is followed by the state that includes it, so the customer at hand is kept apart and only
// what is left behind when the next one comes goes into the map.
type behind struct {
	id     customer.ID
	at     ledger.Meta // newest of id that no state includes yet; zero: none
	newest map[customer.ID]ledger.Meta
}

func (b *behind) event(id customer.ID, arrival uint32) {
	b.turn(id)
	b.at.Arrivals = max(b.at.Arrivals, arrival)
}

func (b *behind) row(id customer.ID, seq uint64) {
	b.turn(id)
	b.at.Seq = max(b.at.Seq, seq)
}

func (b *behind) turn(id customer.ID) {
	if b.id != id {
		b.settle()
		b.id = id
	}
}

func (b *behind) settle() {
	if b.at == (ledger.Meta{}) {
		return
	}
	m := b.newest[b.id]
	b.newest[b.id] = ledger.Meta{Arrivals: max(m.Arrivals, b.at.Arrivals), Seq: max(m.Seq, b.at.Seq)}
	b.at = ledger.Meta{}
}

func (b *behind) state(id customer.ID, m ledger.Meta) {
	if b.id == id && m.Arrivals >= b.at.Arrivals && m.Seq >= b.at.Seq {
		b.at = ledger.Meta{}
	}
	if len(b.newest) > 0 {
		if n, ok := b.newest[id]; ok && m.Arrivals >= n.Arrivals && m.Seq >= n.Seq {
			delete(b.newest, id)
		}
	}
}

func (b *behind) is(id customer.ID) bool {
	if b.id == id && b.at != (ledger.Meta{}) {
		return true
	}
	if len(b.newest) == 0 {
		return false
	}
	_, ok := b.newest[id]
	return ok
}
