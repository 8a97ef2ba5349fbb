package pebble

import (
	"encoding/binary"
	"fmt"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/ledger"

	"github.com/cockroachdb/pebble/v2"
)

// appendSnapshot writes a state row. Epoch 0 marks one that is never complete.
func appendSnapshot(dst []byte, epoch uint64, m ledger.Meta, blob []byte) []byte {
	from := len(dst)
	dst = binary.AppendUvarint(dst, epoch)
	dst = binary.AppendUvarint(dst, uint64(m.Arrivals))
	dst = binary.AppendUvarint(dst, m.Seq)
	return seal(append(dst, blob...), from)
}

// decodeSnapshot reads a state row; blob points into b.
func decodeSnapshot(b []byte, id customer.ID) (blob []byte, epoch uint64, m ledger.Meta, err error) {
	b, err = unseal(b)
	if err == nil {
		f := fields{b: b}
		epoch = f.uint()
		m.Arrivals = f.uint32()
		m.Seq = f.uint()
		blob, err = f.b, f.err
	}
	if err != nil {
		return nil, 0, ledger.Meta{}, corrupt(fmt.Sprintf("state of customer %s", id), "%v", err)
	}
	return blob, epoch, m, nil
}

// tail reads the committed events and rows of a customer that a state of m does not include.
func tail(r pebble.Reader, names *dictionary, slot customer.Slot, id customer.ID, m ledger.Meta, l *ledger.Loaded) error {
	var mem chunk
	err := scanEvents(r, slot, id, func(key, val []byte) error {
		if _, arrival := eventKeyTime(key); arrival <= m.Arrivals {
			return nil
		}
		var ev event.Event
		if err := decodeEvent(&ev, mem.keep(val), key, names); err != nil {
			return err
		}
		l.Events = append(l.Events, ev)
		return nil
	})
	if err != nil {
		return err
	}
	return scanHistory(r, slot, id, m.Seq, func(row change.Row) error {
		l.Rows = append(l.Rows, row)
		return nil
	})
}

// scanEvents calls fn for the event rows of a customer in order of (time, arrival).
func scanEvents(r pebble.Reader, slot customer.Slot, id customer.ID, fn func(key, val []byte) error) error {
	prefix := appendCustomer(make([]byte, 0, evKey), tabEvent, slot, id)
	it, err := r.NewIter(&pebble.IterOptions{LowerBound: prefix, UpperBound: after(prefix), UseL6Filters: true})
	if err != nil {
		return err
	}
	defer it.Close()
	for ok := it.SeekPrefixGE(prefix); ok; ok = it.Next() {
		if len(it.Key()) != evKey {
			return corrupt("event", "its key has %d bytes", len(it.Key()))
		}
		val, err := it.ValueAndErr()
		if err != nil {
			return err
		}
		if err := fn(it.Key(), val); err != nil {
			return err
		}
	}
	return it.Error()
}

// scanHistory calls fn for the rows of a customer with a seq above after.
func scanHistory(r pebble.Reader, slot customer.Slot, id customer.ID, above uint64, fn func(change.Row) error) error {
	prefix := appendCustomer(make([]byte, 0, custLen+8), tabHistory, slot, id)
	it, err := r.NewIter(&pebble.IterOptions{LowerBound: prefix, UpperBound: after(prefix), UseL6Filters: true})
	if err != nil {
		return err
	}
	defer it.Close()
	for ok := it.SeekPrefixGE(appendHistoryKey(nil, slot, id, above+1)); ok; ok = it.Next() {
		key := it.Key()
		if len(key) != custLen+8 {
			return corrupt("history", "its key has %d bytes", len(key))
		}
		row, err := readRow(r, slot, binary.BigEndian.Uint64(key[custLen:]))
		if err != nil {
			return err
		}
		if row.Customer != id {
			return corrupt(fmt.Sprintf("log %d/%d", slot, row.Seq), "it is of customer %s, the index says %s", row.Customer, id)
		}
		if err := fn(row); err != nil {
			return err
		}
	}
	return it.Error()
}

// readRow reads one row of the log that must exist.
func readRow(r pebble.Reader, slot customer.Slot, seq uint64) (change.Row, error) {
	v, closer, err := r.Get(appendLogKey(make([]byte, 0, slotLen+8), slot, seq))
	if err == pebble.ErrNotFound {
		return change.Row{}, corrupt(fmt.Sprintf("log %d/%d", slot, seq), "it is missing")
	}
	if err != nil {
		return change.Row{}, err
	}
	defer closer.Close()
	row, _, err := decodeRow(v, slot, seq)
	return row, err
}
