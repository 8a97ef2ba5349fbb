package pebble

import (
	"bytes"
	"encoding/binary"

	"github.com/cockroachdb/pebble/v2"

	"github.com/earmarkhq/earmark/internal/customer"
)

// Tables. Slot is two bytes, customer eight, seq eight, all big-endian.
const (
	tabCustomer   byte = 'c' // slot customer → ordinal, created
	tabDedupe     byte = 'd' // slot customer hash(8) → time, arrival; of customers with many events
	tabEvent      byte = 'e' // slot customer time(8) arrival(4) → event, checksum
	tabHistory    byte = 'h' // slot customer seq → nothing
	tabIdentity   byte = 'i' // kind 0 value → id, former ids
	tabLog        byte = 'l' // slot seq → row, checksum
	tabMeta       byte = 'm' // name → value; names of the store itself begin with 0
	tabCount      byte = 'n' // tag(4) part(1) → count
	tabState      byte = 's' // slot customer → epoch, Meta, blob, checksum
	tabTimer      byte = 't' // slot customer → deadline(8)
	tabDictionary byte = 'x' // code(4) → name
)

const (
	slotLen = 1 + 2           // table, slot
	custLen = slotLen + 8     // … customer
	evKey   = custLen + 8 + 4 // … time, arrival
)

func appendSlot(dst []byte, table byte, s customer.Slot) []byte {
	return append(dst, table, byte(s>>8), byte(s))
}

func appendCustomer(dst []byte, table byte, s customer.Slot, id customer.ID) []byte {
	return binary.BigEndian.AppendUint64(append(dst, table, byte(s>>8), byte(s)), uint64(id))
}

// orderedTime makes signed instants compare as unsigned bytes.
func orderedTime(t int64) uint64 { return uint64(t) ^ 1<<63 }

func appendEventKey(dst []byte, s customer.Slot, id customer.ID, time int64, arrival uint32) []byte {
	dst = appendCustomer(dst, tabEvent, s, id)
	dst = binary.BigEndian.AppendUint64(dst, orderedTime(time))
	return binary.BigEndian.AppendUint32(dst, arrival)
}

func appendDedupeKey(dst []byte, s customer.Slot, id customer.ID, hash uint64) []byte {
	return binary.BigEndian.AppendUint64(appendCustomer(dst, tabDedupe, s, id), hash)
}

func appendLogKey(dst []byte, s customer.Slot, seq uint64) []byte {
	return binary.BigEndian.AppendUint64(appendSlot(dst, tabLog, s), seq)
}

func appendHistoryKey(dst []byte, s customer.Slot, id customer.ID, seq uint64) []byte {
	return binary.BigEndian.AppendUint64(appendCustomer(dst, tabHistory, s, id), seq)
}

func appendIdentityKey(dst []byte, k customer.Key) []byte {
	dst = append(append(dst, tabIdentity), k.Kind...)
	return append(append(dst, 0), k.Value...)
}

// keyCustomer is the customer of a key of a per-customer table.
func keyCustomer(key []byte) customer.ID {
	return customer.ID(binary.BigEndian.Uint64(key[slotLen:]))
}

func keySlot(key []byte) customer.Slot { return customer.Slot(binary.BigEndian.Uint16(key[1:])) }

// keySeq is the sequence number of a key of the log.
func keySeq(key []byte) uint64 { return binary.BigEndian.Uint64(key[slotLen:]) }

func eventKeyTime(key []byte) (time int64, arrival uint32) {
	return int64(binary.BigEndian.Uint64(key[custLen:]) ^ 1<<63), binary.BigEndian.Uint32(key[custLen+8:])
}

// after is the smallest key greater than every key that begins with prefix.
func after(prefix []byte) []byte {
	end := bytes.Clone(prefix)
	for i := len(end) - 1; i >= 0; i-- {
		end[i]++
		if end[i] != 0 {
			return end[:i+1]
		}
	}
	return nil
}

// split is the length of the part of a key that Bloom filters hold: the customer in tables that
// are read customer by customer, the slot in the log, else the whole key.
func split(key []byte) int {
	if len(key) == 0 {
		return 0
	}
	switch key[0] {
	case tabEvent, tabHistory:
		return min(len(key), custLen)
	case tabLog:
		return min(len(key), slotLen)
	}
	return len(key)
}

// comparer orders keys as bytes. Its name is stored in every file: a change of split needs a
// new name and a new format version.
var comparer = func() *pebble.Comparer {
	c := *pebble.DefaultComparer
	c.Name = "earmark.1"
	c.Split = split
	c.ImmediateSuccessor = func(dst, prefix []byte) []byte {
		if len(prefix) > 0 && split(append(bytes.Clone(prefix), 0)) == len(prefix) {
			return append(dst, after(prefix)...)
		}
		return append(append(dst, prefix...), 0)
	}
	return &c
}()
