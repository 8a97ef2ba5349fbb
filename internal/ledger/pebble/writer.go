package pebble

import (
	"encoding/binary"
	"fmt"
	"math"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/ledger"
)

// Writer implements ledger.Writer.
type Writer struct {
	s        *Store
	part, of int
	cache    *cache
	st       staging
	events   int64 // staged
	created  int64 // staged customers
	dedupe   dedupe
	counts   counts
	behind   behind
	// spilled has the staged snapshots of states that left the cache since the last commit.
	spilled map[customer.ID]int
	last    *pending
	gauge   struct{ bytes, states, dirty atomic.Int64 }
}

var _ ledger.Writer = (*Writer)(nil)

func newWriter(s *Store, part, of int) (*Writer, error) {
	w := &Writer{s: s, part: part, of: of, spilled: map[customer.ID]int{}, last: &pending{}}
	w.cache = newCache(s.opts.CacheBytes/int64(of), w.spill)
	w.dedupe = dedupe{w: w, known: map[dedupeKey]match{}, hash: ledger.MessageHash, few: s.opts.few}
	w.behind.newest = map[customer.ID]ledger.Meta{}
	w.last.once.Do(func() {})
	if err := w.counts.load(s.db, part); err != nil {
		return nil, err
	}
	w.measure()
	return w, nil
}

// own is the slot of a customer, which must belong to the writer.
func (w *Writer) own(slot customer.Slot) error {
	if int(slot)%w.of != w.part {
		return fault.Invalid("ledger.slot_foreign", "slot", int(slot), "part", w.part, "of", w.of)
	}
	return nil
}

// PutEvent implements ledger.Writer.
func (w *Writer) PutEvent(id customer.ID, ev *event.Event) error {
	slot := id.Slot()
	if err := w.own(slot); err != nil {
		return err
	}
	hash, err := w.dedupe.free(slot, id, ev.Source, ev.ID)
	if err != nil {
		return err
	}
	return w.putEvent(slot, id, hash, ev)
}

// PutUnseen implements ledger.Writer.
func (w *Writer) PutUnseen(id customer.ID, ev *event.Event) error {
	slot := id.Slot()
	if err := w.own(slot); err != nil {
		return err
	}
	return w.putEvent(slot, id, w.dedupe.hash(ev.Source, ev.ID), ev)
}

func (w *Writer) putEvent(slot customer.Slot, id customer.ID, hash uint64, ev *event.Event) error {
	b := w.st.keyed(appendEventKey(w.st.begin(), slot, id, ev.Time, ev.Arrival))
	w.st.set(appendEvent(b, ev, w.s.names))
	w.behind.event(id, ev.Arrival)
	w.events++
	return w.dedupe.put(slot, id, hash, ev)
}

// PutTimer implements ledger.Writer.
func (w *Writer) PutTimer(id customer.ID, deadline int64) error {
	slot := id.Slot()
	if err := w.own(slot); err != nil {
		return err
	}
	b := appendCustomer(w.st.begin(), tabTimer, slot, id)
	if deadline == math.MaxInt64 {
		w.st.del(b)
		return nil
	}
	w.st.set(appendDeadline(w.st.keyed(b), deadline))
	return nil
}

// Append implements ledger.Writer. A row of no customer belongs to the slot it names.
func (w *Writer) Append(row *change.Row) error {
	if row.Customer != 0 {
		row.Slot = row.Customer.Slot()
	}
	slot := row.Slot
	if err := w.own(slot); err != nil {
		return err
	}
	head := &w.s.heads[slot]
	head.seq++
	row.Seq = head.seq
	switch row.Kind {
	case change.Created:
		b := w.st.keyed(appendCustomer(w.st.begin(), tabCustomer, slot, row.Customer))
		b = binary.AppendUvarint(b, uint64(head.ordinal))
		w.st.set(binary.AppendVarint(b, row.At))
		head.ordinal++
		w.created++
	case change.TagAdded:
		w.counts.add(row.Tag, 1)
	case change.TagRemoved:
		w.counts.add(row.Tag, -1)
	}
	b := w.st.keyed(appendLogKey(w.st.begin(), slot, row.Seq))
	w.st.set(appendRow(b, row, head.ordinal))
	if row.Customer != 0 {
		w.st.set(w.st.keyed(appendHistoryKey(w.st.begin(), slot, row.Customer, row.Seq)))
		w.behind.row(row.Customer, row.Seq)
	}
	return nil
}

// Staged implements ledger.Writer.
func (w *Writer) Staged() int { return w.st.size() }

// Commit implements ledger.Writer.
func (w *Writer) Commit() (ledger.Pending, error) {
	if w.s.failed.Load() {
		return nil, w.s.fail(nil)
	}
	if len(w.st.ops) == 0 {
		return w.last, nil
	}
	w.behind.settle()
	w.counts.stage(&w.st, w.part)
	w.cache.sweep(sweepEntries, w.st.size()/sweepShare)
	p := &pending{s: w.s}
	if err := w.apply(p); err != nil {
		return nil, w.s.fail(fmt.Errorf("commit: %w", err))
	}
	w.s.events.Add(w.events)
	w.s.customers.Add(w.created)
	w.events, w.created, w.last = 0, 0, p
	return p, nil
}

// A commit writes a few states that have long been dirty: it looks at sweepEntries of the cache
// and adds at most a sweepShare-th to its size.
const (
	sweepEntries = 64
	sweepShare   = 16
)

// apply hands what is staged to Pebble; it is visible to readers when it returns and durable
// when p.Wait does.
func (w *Writer) apply(p *pending) error {
	p.batch = w.s.db.NewBatchWithSize(w.st.size() + len(w.st.ops)*8)
	if err := w.st.fill(p.batch); err != nil {
		return err
	}
	if err := w.s.db.ApplyNoSyncWait(p.batch, pebble.Sync); err != nil {
		return err
	}
	w.st.reset()
	clear(w.spilled)
	w.measure()
	return w.dedupe.reset()
}

func (w *Writer) measure() {
	w.gauge.bytes.Store(w.cache.bytes())
	w.gauge.states.Store(w.cache.states)
	w.gauge.dirty.Store(w.cache.dirty)
}

// Timers implements ledger.Writer.
func (w *Writer) Timers(fn func(id customer.ID, deadline int64) error) error {
	it, err := w.s.db.NewIter(&pebble.IterOptions{LowerBound: []byte{tabTimer}, UpperBound: []byte{tabTimer + 1}})
	if err != nil {
		return err
	}
	defer it.Close()
	for ok := it.First(); ok; {
		key := it.Key()
		if len(key) != custLen {
			return corrupt("timer", "its key has %d bytes", len(key))
		}
		if slot := keySlot(key); int(slot)%w.of != w.part {
			ok = it.SeekGE(appendSlot(make([]byte, 0, slotLen), tabTimer, slot+1))
			continue
		}
		val, err := it.ValueAndErr()
		if err != nil {
			return err
		}
		id := keyCustomer(key)
		deadline, err := decodeTimer(id, val)
		if err != nil {
			return err
		}
		if err := fn(id, deadline); err != nil {
			return err
		}
		ok = it.Next()
	}
	return it.Error()
}

// pending is a commit whose batch waits for the log to be synced.
type pending struct {
	s     *Store
	batch *pebble.Batch
	once  sync.Once
	err   error
}

// Wait implements ledger.Pending; it may be called more than once.
func (p *pending) Wait() error {
	p.once.Do(func() {
		p.err = p.batch.SyncWait()
		if err := p.batch.Close(); p.err == nil {
			p.err = err
		}
		p.batch = nil
		if p.err != nil {
			p.err = p.s.fail(p.err)
		}
	})
	return p.err
}
