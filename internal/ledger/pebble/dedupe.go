package pebble

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/cockroachdb/pebble/v2"

	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/fault"
)

// fewEvents is the number of events up to which a customer has no key rows: an idempotency key
// is then looked up by reading the events, which few customers exceed and which a caller that
// keeps prints of the ids seldom asks for. Event fewEvents+1 (arrivals are dense) writes the key
// rows of all before it. The number is part of the format.
const fewEvents = 128

// dedupe answers whether an idempotency key of a customer is stored. A key row stands under the
// hash of source and message id; where two ids have one hash the later one stands under the
// next hash that is free.
type dedupe struct {
	w    *Writer
	hash func(source, messageID string) uint64
	few  uint32
	// known are the key rows met since the last commit: where the staged ones point, or nowhere.
	known map[dedupeKey]match
	it    *pebble.Iterator // over all key rows as of the last commit; made when needed
	key   []byte
	read  keyTable // of the customer asked for last
}

type dedupeKey struct {
	id   customer.ID
	hash uint64
}

// match is the event with an idempotency key; arrival 0 is none.
type match struct {
	arrival uint32
	time    int64
}

// keyTable is the keys of all events of a customer, staged ones included; of a customer with
// many only that there are many.
type keyTable struct {
	id   customer.ID // 0: empty
	many bool
	keys []hashed
}

type hashed struct {
	hash uint64
	match
}

// Seen implements ledger.Writer; it also answers for customers of other writers, as far as
// these have committed.
func (w *Writer) Seen(id customer.ID, source, messageID string) (arrival uint32, time int64, ok bool, err error) {
	m, _, err := w.dedupe.find(id.Slot(), id, source, messageID)
	return m.arrival, m.time, m.arrival != 0, err
}

// free is the hash under which a new key is to be stored.
func (d *dedupe) free(slot customer.Slot, id customer.ID, source, messageID string) (uint64, error) {
	m, hash, err := d.find(slot, id, source, messageID)
	if err == nil && m.arrival != 0 {
		err = fault.Conflict("ledger.event_repeated", "id", messageID)
	}
	return hash, err
}

// find looks for a key; hash is where its row stands or, if it is not there, where it would.
func (d *dedupe) find(slot customer.Slot, id customer.ID, source, messageID string) (m match, hash uint64, err error) {
	hash = d.hash(source, messageID)
	if !d.cachedMany(id) {
		t, err := d.table(slot, id)
		if err != nil {
			return match{}, 0, err
		}
		if !t.many {
			for _, k := range t.keys {
				if k.hash != hash {
					continue
				}
				if same, err := d.same(slot, id, k.match, source, messageID); same || err != nil {
					return k.match, hash, err
				}
			}
			return match{}, hash, nil
		}
	}
	for ; ; hash++ {
		m, err := d.row(slot, id, hash)
		if err != nil || m.arrival == 0 {
			return match{}, hash, err
		}
		if same, err := d.same(slot, id, m, source, messageID); same || err != nil {
			return m, hash, err
		}
	}
}

// cachedMany reports whether the cached state tells that the customer has key rows.
func (d *dedupe) cachedMany(id customer.ID) bool {
	e, ok := d.w.cache.find(id)
	return ok && e.meta().Arrivals > d.few
}

// put stages what makes a new event's key found: nothing while the customer has few events.
// hash is a free one for the row; the event is staged already.
func (d *dedupe) put(slot customer.Slot, id customer.ID, hash uint64, ev *event.Event) error {
	m := match{arrival: ev.Arrival, time: ev.Time}
	if d.read.id == id {
		d.read.add(hashed{hash, m}, d.few)
	}
	switch {
	case ev.Arrival <= d.few:
		return nil
	case ev.Arrival > d.few+1:
		d.stage(slot, id, hash, m)
		return nil
	}
	var all keyTable
	if err := d.scan(slot, id, math.MaxUint32, &all); err != nil {
		return err
	}
	for _, k := range all.keys {
		for d.known[dedupeKey{id, k.hash}].arrival != 0 {
			k.hash++
		}
		d.stage(slot, id, k.hash, k.match)
	}
	return nil
}

// stage stages a key row.
func (d *dedupe) stage(slot customer.Slot, id customer.ID, hash uint64, m match) {
	st := &d.w.st
	b := st.keyed(appendDedupeKey(st.begin(), slot, id, hash))
	b = binary.AppendVarint(b, m.time)
	st.set(binary.AppendUvarint(b, uint64(m.arrival)))
	d.known[dedupeKey{id, hash}] = m
}

// table is the key table of a customer. The last one is kept: checks and repeated files ask for
// one customer many times over.
func (d *dedupe) table(slot customer.Slot, id customer.ID) (*keyTable, error) {
	if d.read.id == id {
		return &d.read, nil
	}
	d.read.id = 0
	d.read.keys, d.read.many = d.read.keys[:0], false
	if err := d.scan(slot, id, d.few, &d.read); err != nil {
		return nil, err
	}
	if d.w.own(slot) == nil { // another writer's events come without a word
		d.read.id = id
	}
	return &d.read, nil
}

func (t *keyTable) add(k hashed, few uint32) {
	t.keys = append(t.keys, k)
	t.many = t.many || uint64(len(t.keys)) > uint64(few)
}

var errMany = errors.New("more events than asked for")

// scan reads the keys of a customer's events, committed and staged, until there are many.
func (d *dedupe) scan(slot customer.Slot, id customer.ID, few uint32, t *keyTable) error {
	add := func(key, val []byte) error {
		source, messageID, err := decodeKey(val, key, d.w.s.names)
		if err != nil {
			return err
		}
		time, arrival := eventKeyTime(key)
		t.add(hashed{d.hash(source, messageID), match{arrival, time}}, few)
		if t.many {
			return errMany
		}
		return nil
	}
	err := scanEvents(d.w.s.db, slot, id, add)
	if err == nil && d.w.own(slot) == nil {
		err = d.w.stagedEvents(slot, id, add)
	}
	if err == errMany {
		err = nil
	}
	return err
}

// stagedEvents calls fn for the customer's events that the next commit will write.
func (w *Writer) stagedEvents(slot customer.Slot, id customer.ID, fn func(key, val []byte) error) error {
	var prefix [custLen]byte
	first := sortKey(appendCustomer(prefix[:0], tabEvent, slot, id))
	for _, o := range w.st.ops {
		if o.sort != first {
			continue
		}
		if key := w.st.key(o); keyCustomer(key) == id {
			if err := fn(key, w.st.value(o)); err != nil {
				return err
			}
		}
	}
	return nil
}

// row is where a key row points, staged ones included; arrival 0 if there is none.
func (d *dedupe) row(slot customer.Slot, id customer.ID, hash uint64) (m match, err error) {
	m, met := d.known[dedupeKey{id, hash}]
	if met {
		return m, nil
	}
	d.key = appendDedupeKey(d.key[:0], slot, id, hash)
	val, ok, err := d.get(slot)
	if err != nil {
		return match{}, err
	}
	if ok {
		f := fields{b: val}
		m.time, m.arrival = f.int(), f.uint32()
		if f.err != nil || m.arrival == 0 {
			return match{}, corrupt(fmt.Sprintf("message id of customer %s", id), "it points nowhere")
		}
	}
	if d.w.own(slot) == nil {
		d.known[dedupeKey{id, hash}] = m
	}
	return m, nil
}

// get is the value of the row d.key, valid until the next call. A key that is not there, the
// common case, is told by the filters of the files.
func (d *dedupe) get(slot customer.Slot) (val []byte, ok bool, err error) {
	if d.w.own(slot) != nil { // another writer's: the iterator may be behind its commits
		ok, err = d.w.s.get(d.key, func(v []byte) error {
			val = append(val, v...)
			return nil
		})
		return val, ok, err
	}
	if d.it == nil {
		d.it, err = d.w.s.db.NewIter(&pebble.IterOptions{
			LowerBound: []byte{tabDedupe}, UpperBound: []byte{tabDedupe + 1}, UseL6Filters: true,
		})
		if err != nil {
			return nil, false, err
		}
	}
	if !d.it.SeekPrefixGE(d.key) {
		return nil, false, d.it.Error()
	}
	val, err = d.it.ValueAndErr()
	return val, err == nil, err
}

// same compares the key of the event that m names.
func (d *dedupe) same(slot customer.Slot, id customer.ID, m match, source, messageID string) (same bool, err error) {
	compare := func(key, val []byte) error {
		src, mid, err := decodeKey(val, key, d.w.s.names)
		same = src == source && mid == messageID
		return err
	}
	evKey := appendEventKey(make([]byte, 0, evKey), slot, id, m.time, m.arrival)
	stored, err := d.w.s.get(evKey, func(v []byte) error { return compare(evKey, v) })
	if stored || err != nil {
		return same, err
	}
	staged := false
	if d.w.own(slot) == nil {
		err = d.w.stagedEvents(slot, id, func(key, val []byte) error {
			if t, arrival := eventKeyTime(key); t != m.time || arrival != m.arrival {
				return nil
			}
			staged = true
			return compare(key, val)
		})
	}
	if err == nil && !staged {
		err = corruptEvent(evKey, errors.New("a message id points at it but it is missing"))
	}
	return same, err
}

// reset forgets what held until the commit.
func (d *dedupe) reset() error {
	clear(d.known)
	if d.it == nil {
		return nil
	}
	it := d.it
	d.it = nil
	return it.Close()
}
