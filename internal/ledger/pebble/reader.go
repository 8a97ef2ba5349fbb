package pebble

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math"

	"github.com/cockroachdb/pebble/v2"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/ledger"
	"github.com/earmarkhq/earmark/internal/tag"
)

// Events implements ledger.Reader.
func (s *Store) Events(ctx context.Context, id customer.ID, from, to int64, fn func(*event.Event) error) error {
	if from >= to {
		return nil
	}
	slot := id.Slot()
	it, err := s.db.NewIterWithContext(ctx, &pebble.IterOptions{
		LowerBound: appendEventKey(nil, slot, id, from, 0),
		UpperBound: appendEventKey(nil, slot, id, to, 0),
	})
	if err != nil {
		return err
	}
	defer it.Close()
	var ev event.Event
	var mem chunk
	for ok := it.First(); ok; ok = it.Next() {
		if len(it.Key()) != evKey {
			return corrupt("event", "its key has %d bytes", len(it.Key()))
		}
		val, err := it.ValueAndErr()
		if err != nil {
			return err
		}
		if err := decodeEvent(&ev, mem.keep(val), it.Key(), s.names); err != nil {
			return err
		}
		if err := fn(&ev); err != nil {
			return err
		}
	}
	return it.Error()
}

// Event implements ledger.Reader.
func (s *Store) Event(_ context.Context, id customer.ID, time int64, arrival uint32) (ev event.Event, ok bool, err error) {
	key := appendEventKey(nil, id.Slot(), id, time, arrival)
	ok, err = s.get(key, func(v []byte) error {
		return decodeEvent(&ev, append([]byte(nil), v...), key, s.names)
	})
	return ev, ok, err
}

// History implements ledger.Reader.
func (s *Store) History(_ context.Context, id customer.ID, fn func(change.Row) error) error {
	snap := s.db.NewSnapshot()
	defer snap.Close()
	return scanHistory(snap, id.Slot(), id, 0, fn)
}

// Log implements ledger.Reader.
func (s *Store) Log(ctx context.Context, slot customer.Slot, above uint64, fn func(change.Row) error) error {
	if above == math.MaxUint64 {
		return nil
	}
	it, err := s.db.NewIterWithContext(ctx, &pebble.IterOptions{
		LowerBound: appendLogKey(nil, slot, above+1),
		UpperBound: appendSlot(nil, tabLog, slot+1),
	})
	if err != nil {
		return err
	}
	defer it.Close()
	for ok := it.First(); ok; ok = it.Next() {
		if len(it.Key()) != slotLen+8 {
			return corrupt("log", "a key has %d bytes", len(it.Key()))
		}
		val, err := it.ValueAndErr()
		if err != nil {
			return err
		}
		row, _, err := decodeRow(val, slot, binary.BigEndian.Uint64(it.Key()[slotLen:]))
		if err != nil {
			return err
		}
		if err := fn(row); err != nil {
			return err
		}
	}
	return it.Error()
}

// Customers implements ledger.Reader.
func (s *Store) Customers(
	ctx context.Context, slot customer.Slot, above customer.ID, fn func(ledger.Customer) error,
) error {
	if above == math.MaxUint64 {
		return nil
	}
	it, err := s.db.NewIterWithContext(ctx, &pebble.IterOptions{
		LowerBound: appendCustomer(nil, tabCustomer, slot, above+1),
		UpperBound: appendSlot(nil, tabCustomer, slot+1),
	})
	if err != nil {
		return err
	}
	defer it.Close()
	for ok := it.First(); ok; ok = it.Next() {
		if len(it.Key()) != custLen {
			return corrupt("customer", "its key has %d bytes", len(it.Key()))
		}
		val, err := it.ValueAndErr()
		if err != nil {
			return err
		}
		c, err := decodeCustomer(keyCustomer(it.Key()), val)
		if err != nil {
			return err
		}
		if err := fn(c); err != nil {
			return err
		}
	}
	return it.Error()
}

func decodeCustomer(id customer.ID, b []byte) (ledger.Customer, error) {
	f := fields{b: b}
	c := ledger.Customer{ID: id, Ordinal: f.uint32(), Created: f.int()}
	if f.err != nil || len(f.b) > 0 {
		return ledger.Customer{}, corrupt(fmt.Sprintf("customer %s", id), "its length is wrong")
	}
	return c, nil
}

// get reads one row that may be missing and hands it to fn.
func (s *Store) get(key []byte, fn func(val []byte) error) (ok bool, err error) {
	v, closer, err := s.db.Get(key)
	if err == pebble.ErrNotFound {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer closer.Close()
	return true, fn(v)
}

// Customer implements ledger.Reader.
func (s *Store) Customer(_ context.Context, id customer.ID) (c ledger.Customer, ok bool, err error) {
	ok, err = s.get(appendCustomer(nil, tabCustomer, id.Slot(), id), func(v []byte) error {
		c, err = decodeCustomer(id, v)
		return err
	})
	return c, ok && err == nil, err
}

// Timer implements ledger.Reader.
func (s *Store) Timer(_ context.Context, id customer.ID) (deadline int64, ok bool, err error) {
	ok, err = s.get(appendCustomer(nil, tabTimer, id.Slot(), id), func(v []byte) error {
		deadline, err = decodeTimer(id, v)
		return err
	})
	return deadline, ok && err == nil, err
}

func appendDeadline(dst []byte, deadline int64) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(deadline))
}

func decodeTimer(id customer.ID, v []byte) (int64, error) {
	if len(v) != 8 {
		return 0, corrupt(fmt.Sprintf("timer of customer %s", id), "it has %d bytes", len(v))
	}
	return int64(binary.BigEndian.Uint64(v)), nil
}

// Snapshot implements ledger.Reader.
func (s *Store) Snapshot(_ context.Context, id customer.ID) (blob []byte, m ledger.Meta, ok bool, err error) {
	ok, err = s.get(appendCustomer(nil, tabState, id.Slot(), id), func(v []byte) error {
		blob, _, m, err = decodeSnapshot(v, id)
		blob = bytes.Clone(blob)
		return err
	})
	return blob, m, ok && err == nil, err
}

// Counts implements ledger.Reader: the sum over the rows of all parts, whatever the number of
// parts was when they were written.
func (s *Store) Counts(ctx context.Context) (map[tag.ID]int64, error) {
	out := map[tag.ID]int64{}
	it, err := s.db.NewIterWithContext(ctx, &pebble.IterOptions{LowerBound: []byte{tabCount}, UpperBound: []byte{tabCount + 1}})
	if err != nil {
		return nil, err
	}
	defer it.Close()
	for ok := it.First(); ok; ok = it.Next() {
		val, err := it.ValueAndErr()
		if err != nil {
			return nil, err
		}
		t, _, n, err := decodeCount(it.Key(), val)
		if err != nil {
			return nil, err
		}
		if out[t] += n; out[t] == 0 {
			delete(out, t)
		}
	}
	return out, it.Error()
}

func appendCountKey(dst []byte, t tag.ID, part int) []byte {
	return append(binary.BigEndian.AppendUint32(append(dst, tabCount), uint32(t)), byte(part))
}

func decodeCount(key, val []byte) (t tag.ID, part int, n int64, err error) {
	f := fields{b: val}
	n = f.int()
	if len(key) != 6 || f.err != nil {
		return 0, 0, 0, corrupt("count", "its length is wrong")
	}
	return tag.ID(binary.BigEndian.Uint32(key[1:])), int(key[5]), n, nil
}

func metaKey(name string) ([]byte, error) {
	if name == "" || name[0] == 0 {
		return nil, fault.Invalid("ledger.meta_name", "name", name)
	}
	return append([]byte{tabMeta}, name...), nil
}

// GetMeta implements ledger.Reader.
func (s *Store) GetMeta(_ context.Context, name string) (val []byte, ok bool, err error) {
	key, err := metaKey(name)
	if err != nil {
		return nil, false, err
	}
	ok, err = s.get(key, func(v []byte) error {
		val = bytes.Clone(v)
		return nil
	})
	return val, ok, err
}

// PutMeta implements ledger.Reader.
func (s *Store) PutMeta(_ context.Context, name string, val []byte) error {
	key, err := metaKey(name)
	if err != nil {
		return err
	}
	if err := s.db.Set(key, val, pebble.Sync); err != nil {
		return s.fail(err)
	}
	return nil
}
