package pebble

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/ledger"
	"github.com/earmarkhq/earmark/internal/tag"
)

// Tamper alters rows behind the back of everything that keeps them true. It exists for the
// tests that show that verification finds such rows. No writer may be open: its cache would go
// on with what was.
type Tamper struct{ s *Store }

// Tamper returns the means to damage the store.
func (s *Store) Tamper() Tamper { return Tamper{s} }

func (t Tamper) set(key, val []byte) error { return t.s.db.Set(key, val, pebble.Sync) }

// State replaces the stored state of a customer by what alter makes of it; the row stays
// well-formed and counts as complete.
func (t Tamper) State(id customer.ID, alter func(blob []byte, m *ledger.Meta) []byte) error {
	key := appendCustomer(nil, tabState, id.Slot(), id)
	ok, err := t.s.get(key, func(v []byte) error {
		blob, epoch, m, err := decodeSnapshot(v, id)
		if err != nil {
			return err
		}
		blob = alter(bytes.Clone(blob), &m)
		return t.set(key, appendSnapshot(nil, epoch, m, blob))
	})
	return found(ok, err, "state", id)
}

// Timer puts a customer's timer row.
func (t Tamper) Timer(id customer.ID, deadline int64) error {
	return t.set(appendCustomer(nil, tabTimer, id.Slot(), id), appendDeadline(nil, deadline))
}

// DeleteTimer removes a customer's timer row.
func (t Tamper) DeleteTimer(id customer.ID) error {
	return t.s.db.Delete(appendCustomer(nil, tabTimer, id.Slot(), id), pebble.Sync)
}

// Row alters one row of the log; slot and seq stay.
func (t Tamper) Row(slot customer.Slot, seq uint64, alter func(*change.Row)) error {
	key := appendLogKey(nil, slot, seq)
	ok, err := t.s.get(key, func(v []byte) error {
		row, ordinal, err := decodeRow(v, slot, seq)
		if err != nil {
			return err
		}
		alter(&row)
		return t.set(key, appendRow(nil, &row, ordinal))
	})
	return found(ok, err, "row", fmt.Sprintf("%d/%d", slot, seq))
}

// DeleteRow removes one row of the log and leaves a hole.
func (t Tamper) DeleteRow(slot customer.Slot, seq uint64) error {
	return t.s.db.Delete(appendLogKey(nil, slot, seq), pebble.Sync)
}

// Event alters one event of a customer; time and arrival stay, and so does its dedupe key.
func (t Tamper) Event(id customer.ID, time int64, arrival uint32, alter func(*event.Event)) error {
	key := appendEventKey(nil, id.Slot(), id, time, arrival)
	ok, err := t.s.get(key, func(v []byte) error {
		var ev event.Event
		if err := decodeEvent(&ev, bytes.Clone(v), key, t.s.names); err != nil {
			return err
		}
		alter(&ev)
		return t.set(key, appendEvent(nil, &ev, t.s.names))
	})
	return found(ok, err, "event", arrival)
}

// DeleteEvent removes one event and leaves its dedupe key.
func (t Tamper) DeleteEvent(id customer.ID, time int64, arrival uint32) error {
	return t.s.db.Delete(appendEventKey(nil, id.Slot(), id, time, arrival), pebble.Sync)
}

// Flip inverts one bit of the stored bytes of an event, as a failing disk would.
func (t Tamper) Flip(id customer.ID, time int64, arrival uint32, bit int) error {
	key := appendEventKey(nil, id.Slot(), id, time, arrival)
	ok, err := t.s.get(key, func(v []byte) error { return t.set(key, flip(v, bit)) })
	return found(ok, err, "event", arrival)
}

// DeleteMessageID removes the dedupe key of an event of a customer.
func (t Tamper) DeleteMessageID(id customer.ID, source, messageID string) error {
	key, ok, err := t.messageID(id, source, messageID)
	if ok && err == nil {
		err = t.s.db.Delete(key, pebble.Sync)
	}
	return found(ok, err, "message id", messageID)
}

// PointMessageID lets the dedupe key of an event lead to another event.
func (t Tamper) PointMessageID(id customer.ID, source, messageID string, time int64, arrival uint32) error {
	key, ok, err := t.messageID(id, source, messageID)
	if ok && err == nil {
		err = t.set(key, binary.AppendUvarint(binary.AppendVarint(nil, time), uint64(arrival)))
	}
	return found(ok, err, "message id", messageID)
}

func (t Tamper) messageID(id customer.ID, source, messageID string) (key []byte, ok bool, err error) {
	key = appendDedupeKey(nil, id.Slot(), id, ledger.MessageHash(source, messageID))
	ok, err = t.s.get(key, func([]byte) error { return nil })
	return key, ok, err
}

// DeleteHistory removes a row of the log from its customer's history.
func (t Tamper) DeleteHistory(id customer.ID, seq uint64) error {
	return t.s.db.Delete(appendHistoryKey(nil, id.Slot(), id, seq), pebble.Sync)
}

// DeleteCustomer removes a customer's row.
func (t Tamper) DeleteCustomer(id customer.ID) error {
	return t.s.db.Delete(appendCustomer(nil, tabCustomer, id.Slot(), id), pebble.Sync)
}

// Count adds to the number of customers that hold a tag.
func (t Tamper) Count(id tag.ID, add int64) error {
	key := appendCountKey(nil, id, 0)
	ok, err := t.s.get(key, func(v []byte) error {
		_, _, n, err := decodeCount(key, v)
		if err != nil {
			return err
		}
		return t.set(key, binary.AppendVarint(nil, n+add))
	})
	return found(ok, err, "count of tag", id)
}

func flip(v []byte, bit int) []byte {
	v = bytes.Clone(v)
	v[bit/8%len(v)] ^= 1 << (bit % 8)
	return v
}

func found(ok bool, err error, what string, which any) error {
	if err == nil && !ok {
		err = fmt.Errorf("there is no %s %v", what, which)
	}
	return err
}
