package pebble

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/cockroachdb/pebble/v2"
)

// staging gathers the rows of the next commit in one buffer. They become a batch in order of
// their keys: neighbours in the memory table are then found from one another instead of from
// the top, and of several writes of one key only the last is kept.
type staging struct {
	buf []byte
	ops []op
	// open row: where its key begins; its value begins behind the key
	start, keyLen int
}

// op is one row: its key and value stand at off in the buffer.
type op struct {
	sort   uint64 // table, slot and the low bytes of the customer
	off    uint32
	keyLen uint16
	del    bool
	valLen uint32
}

func (st *staging) key(o op) []byte   { return st.buf[o.off : o.off+uint32(o.keyLen)] }
func (st *staging) value(o op) []byte { return st.buf[o.off+uint32(o.keyLen):][:o.valLen] }

// begin opens a row: append the key to what it returns and hand that to keyed.
func (st *staging) begin() []byte {
	st.start = len(st.buf)
	return st.buf
}

// keyed ends the key: append the value to what it returns and hand that to set.
func (st *staging) keyed(buf []byte) []byte {
	st.keyLen = len(buf) - st.start
	return buf
}

// set ends the row and returns its number.
func (st *staging) set(buf []byte) int { return st.add(buf, false) }

// del ends a row that removes its key; buf ends with the key.
func (st *staging) del(buf []byte) { st.add(st.keyed(buf), true) }

func (st *staging) add(buf []byte, del bool) int {
	st.buf = buf
	o := op{off: uint32(st.start), keyLen: uint16(st.keyLen), valLen: uint32(len(buf) - st.start - st.keyLen), del: del}
	o.sort = sortKey(st.key(o))
	st.ops = append(st.ops, o)
	return len(st.ops) - 1
}

// sortKey orders like the key as far as it goes: table and slot, then the customer's or
// sequence's low 40 bits unless it has more.
func sortKey(key []byte) uint64 {
	if len(key) < custLen {
		var b [8]byte
		copy(b[:3], key)
		return binary.BigEndian.Uint64(b[:])
	}
	head := uint64(key[0])<<56 | uint64(key[1])<<48 | uint64(key[2])<<40
	return head | min(binary.BigEndian.Uint64(key[slotLen:]), 1<<40-1)
}

func (st *staging) size() int { return len(st.buf) + 8*len(st.ops) }

func (st *staging) reset() {
	st.buf, st.ops = st.buf[:0], st.ops[:0]
	if cap(st.buf) > 16<<20 {
		st.buf, st.ops = nil, nil
	}
}

// fill writes the rows into a batch.
func (st *staging) fill(b *pebble.Batch) error {
	order := st.ops
	slices.SortFunc(order, func(x, y op) int {
		if x.sort != y.sort {
			return cmp.Compare(x.sort, y.sort)
		}
		return cmp.Or(bytes.Compare(st.key(x), st.key(y)), cmp.Compare(x.off, y.off))
	})
	for i, o := range order {
		if i+1 < len(order) && order[i+1].sort == o.sort && bytes.Equal(st.key(order[i+1]), st.key(o)) {
			continue // written again
		}
		if o.del {
			d := b.DeleteDeferred(int(o.keyLen))
			copy(d.Key, st.key(o))
			if err := d.Finish(); err != nil {
				return err
			}
			continue
		}
		d := b.SetDeferred(int(o.keyLen), int(o.valLen))
		copy(d.Key, st.key(o))
		copy(d.Value, st.value(o))
		if err := d.Finish(); err != nil {
			return err
		}
	}
	return nil
}
