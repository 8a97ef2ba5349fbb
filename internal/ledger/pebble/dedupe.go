package pebble

import (
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/fault"
)

// dedupe answers whether an idempotency key of a customer is stored. A key row stands under the
// hash of source and message id; where two ids have one hash the later one stands under the
// next hash that is free.
type dedupe struct {
	w *Writer
	// known are the keys met since the last commit: the staged event's number, or unknown.
	known map[dedupeKey]int
	hash  func(source, messageID string) uint64
	it    *pebble.Iterator // over all dedupe rows as of the last commit; made when needed
	key   []byte
}

type dedupeKey struct {
	id   customer.ID
	hash uint64
}

const unknown = -1 // neither staged nor stored

// match is the stored event with an idempotency key.
type match struct {
	arrival uint32
	time    int64
}

// Seen implements ledger.Writer; it also answers for customers of other writers, as far as
// these have committed.
func (w *Writer) Seen(id customer.ID, source, messageID string) (arrival uint32, time int64, ok bool, err error) {
	m, _, ok, err := w.dedupe.find(id.Slot(), id, source, messageID)
	return m.arrival, m.time, ok, err
}

// free is the hash under which a new key is to be stored.
func (d *dedupe) free(slot customer.Slot, id customer.ID, source, messageID string) (uint64, error) {
	_, hash, found, err := d.find(slot, id, source, messageID)
	if err == nil && found {
		err = fault.Conflict("ledger.event_repeated", "id", messageID)
	}
	return hash, err
}

// find looks for a key; hash is where it stands or, if it is not there, where it would.
func (d *dedupe) find(
	slot customer.Slot, id customer.ID, source, messageID string,
) (m match, hash uint64, found bool, err error) {
	for hash = d.hash(source, messageID); ; hash++ {
		n, met := d.known[dedupeKey{id, hash}]
		switch {
		case met && n == unknown:
			return match{}, hash, false, nil
		case met:
			m, found, err = d.compareStaged(n, source, messageID)
		default:
			m, met, found, err = d.compareStored(slot, id, hash, source, messageID)
			if err == nil && !met {
				if d.w.own(slot) == nil {
					d.known[dedupeKey{id, hash}] = unknown
				}
				return match{}, hash, false, nil
			}
		}
		if err != nil || found {
			return m, hash, found, err
		}
	}
}

func (d *dedupe) compareStaged(n int, source, messageID string) (m match, same bool, err error) {
	o := d.w.st.ops[n]
	key := d.w.st.key(o)
	m.time, m.arrival = eventKeyTime(key)
	same, err = d.compare(key, d.w.st.value(o), source, messageID)
	return m, same, err
}

func (d *dedupe) compare(key, val []byte, source, messageID string) (bool, error) {
	src, mid, err := decodeKey(val, key, d.w.s.names)
	return src == source && mid == messageID, err
}

// compareStored reads the key row and, if there is one, the event it points at.
func (d *dedupe) compareStored(
	slot customer.Slot, id customer.ID, hash uint64, source, messageID string,
) (m match, met, same bool, err error) {
	d.key = appendDedupeKey(d.key[:0], slot, id, hash)
	val, met, err := d.read(slot)
	if err != nil || !met {
		return match{}, false, false, err
	}
	f := fields{b: val}
	m.time, m.arrival = f.int(), f.uint32()
	if f.err != nil {
		return match{}, true, false, corrupt(fmt.Sprintf("message id of customer %s", id), "%v", f.err)
	}
	evKey := appendEventKey(nil, slot, id, m.time, m.arrival)
	row, closer, err := d.w.s.db.Get(evKey)
	if errors.Is(err, pebble.ErrNotFound) {
		return match{}, true, false, corruptEvent(evKey, errors.New("a message id points at it but it is missing"))
	}
	if err != nil {
		return match{}, true, false, err
	}
	same, err = d.compare(evKey, row, source, messageID)
	return m, true, same, errors.Join(err, closer.Close())
}

// read is the value of the row d.key, valid until the next call. A key that is not there, the
// common case, is told by the filters of the files.
func (d *dedupe) read(slot customer.Slot) (val []byte, ok bool, err error) {
	if d.w.own(slot) != nil { // another writer's: the iterator may be behind its commits
		v, closer, err := d.w.s.db.Get(d.key)
		if errors.Is(err, pebble.ErrNotFound) {
			return nil, false, nil
		}
		if err != nil {
			return nil, false, err
		}
		return append([]byte(nil), v...), true, closer.Close()
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

func (d *dedupe) reset() error {
	clear(d.known)
	if d.it == nil {
		return nil
	}
	it := d.it
	d.it = nil
	return it.Close()
}
