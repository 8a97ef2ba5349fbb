package pebble

import (
	"bytes"
	"encoding/binary"

	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/ledger"
)

// cache holds the states of one writer's customers in a bounded amount of memory that the
// garbage collector has nothing to look for in: segments of bytes, filled one after the other
// and reclaimed oldest first, and an index of plain numbers. An entry that was used since it was
// written gets a second chance: it is copied to the newest segment. Dirty entries that have to go
// are handed to spill. Not safe for concurrent use.
//
// An entry is a header of headerLen bytes, the blob, and room to grow; its size is a multiple
// of unit. A customer's seq is a slot's and stays far below 2^48. Blobs too big for a segment live apart, in bigs.
type cache struct {
	limit   int64 // bytes, index and spare segment included
	segSize int
	segs    []segment // one without buf was given back
	held    int64     // bytes of all segments
	order   []uint32  // sealed segments, oldest first
	free    []uint32  // empty segments; one is always kept for survivors
	head    uint32    // the segment being filled
	index   index
	bigs    map[customer.ID]*big
	bigSize int64
	states  int64
	dirty   int64
	hand    hand
	// spill receives a dirty state that leaves the cache. blob is valid during the call only.
	spill func(id customer.ID, m ledger.Meta, blob []byte)
}

type segment struct {
	buf  []byte
	used int
	live int // bytes of entries that the index points to
}

type big struct {
	m           ledger.Meta
	blob        []byte
	dirty, used bool
}

const (
	headerLen = 24
	unit      = 16

	minSegment = 16 << 10
	maxSegment = 1 << 20
)

// Flags of an entry.
const (
	flagLive  byte = 1 << iota
	flagDirty      // newer than the snapshot on disk
	flagUsed       // read or written since it was placed: one more chance
	flagYoung      // written since the hand last passed
)

// entry is the bytes of one entry, from its header on: customer (8), seq (6), arrivals (4),
// size of the blob (3), size of the entry in units (2), flags (1), little-endian.
type entry []byte

const (
	atSeq      = 8
	atArrivals = 14
	atSize     = 18
	atRoom     = 21
	atFlags    = 23
)

func (e entry) id() customer.ID { return customer.ID(binary.LittleEndian.Uint64(e)) }
func (e entry) meta() ledger.Meta {
	return ledger.Meta{
		Seq:      binary.LittleEndian.Uint64(e[atSeq:]) & (1<<48 - 1),
		Arrivals: binary.LittleEndian.Uint32(e[atArrivals:]),
	}
}
func (e entry) size() int       { return int(binary.LittleEndian.Uint32(e[atSize:]) & (1<<24 - 1)) }
func (e entry) room() int       { return int(binary.LittleEndian.Uint16(e[atRoom:])) * unit }
func (e entry) blob() []byte    { n := headerLen + e.size(); return e[headerLen:n:n] }
func (e entry) has(f byte) bool { return e[atFlags]&f != 0 }

// place writes what stays while the entry is where it is.
func (e entry) place(id customer.ID, room int) {
	binary.LittleEndian.PutUint64(e, uint64(id))
	binary.LittleEndian.PutUint16(e[atRoom:], uint16(room/unit))
}

func (e entry) write(m ledger.Meta, blob []byte, flags byte) {
	binary.LittleEndian.PutUint32(e[atSeq:], uint32(m.Seq))
	binary.LittleEndian.PutUint16(e[atSeq+4:], uint16(m.Seq>>32))
	binary.LittleEndian.PutUint32(e[atArrivals:], m.Arrivals)
	binary.LittleEndian.PutUint16(e[atSize:], uint16(len(blob)))
	e[atSize+2] = byte(len(blob) >> 16)
	e[atFlags] = flags
	copy(e[headerLen:], blob)
}

func newCache(limit int64, spill func(customer.ID, ledger.Meta, []byte)) *cache {
	seg := min(max(int(limit/64)&^(unit-1), minSegment), maxSegment)
	c := &cache{limit: max(limit, 4*int64(seg)), segSize: seg, bigs: map[customer.ID]*big{}, spill: spill}
	c.index.init(1 << 10)
	c.head = c.grow()
	c.free = append(c.free, c.grow())
	return c
}

// bytes is all memory the cache holds.
func (c *cache) bytes() int64 {
	return c.held + c.index.bytes() + c.bigSize
}

func (c *cache) grow() uint32 {
	c.held += int64(c.segSize)
	for i := range c.segs {
		if c.segs[i].buf == nil {
			c.segs[i].buf = make([]byte, c.segSize)
			return uint32(i)
		}
	}
	c.segs = append(c.segs, segment{buf: make([]byte, c.segSize)})
	return uint32(len(c.segs) - 1)
}

// at is the entry a reference points to.
func (c *cache) at(ref uint32) entry {
	per := uint32(c.segSize / unit)
	s := &c.segs[ref/per]
	return entry(s.buf[int(ref%per)*unit:])
}

func (c *cache) find(id customer.ID) (entry, bool) {
	pos, ok := c.index.find(id, c)
	if !ok {
		return nil, false
	}
	return c.at(c.index.ref(pos)), true
}

// get returns the state of a customer; blob is valid until the next call.
func (c *cache) get(id customer.ID) (blob []byte, m ledger.Meta, ok bool) {
	if e, ok := c.find(id); ok {
		e[atFlags] |= flagUsed
		return e.blob(), e.meta(), true
	}
	if len(c.bigs) > 0 {
		if b, ok := c.bigs[id]; ok {
			b.used = true
			return b.blob, b.m, true
		}
	}
	return nil, ledger.Meta{}, false
}

// put stores a copy of blob.
func (c *cache) put(id customer.ID, m ledger.Meta, blob []byte, dirty bool) {
	flags := flagLive
	if dirty {
		flags |= flagDirty | flagUsed | flagYoung
	}
	pos, ok := c.index.find(id, c)
	if ok {
		e := c.at(c.index.ref(pos))
		if headerLen+len(blob) <= e.room() {
			c.count(e.has(flagDirty), dirty)
			e.write(m, blob, flags)
			return
		}
		c.drop(pos)
	} else if len(c.bigs) > 0 {
		c.dropBig(id)
	}
	c.states++
	if dirty {
		c.dirty++
	}
	if headerLen+len(blob) > c.segSize/4 {
		c.putBig(id, m, blob, dirty)
		return
	}
	room := (headerLen + len(blob) + len(blob)/32 + unit - 1) &^ (unit - 1)
	ref := c.alloc(room, &blob)
	e := c.at(ref)
	e.place(id, room)
	e.write(m, blob, flags)
	c.index.insert(id, ref)
}

func (c *cache) count(was, is bool) {
	if was {
		c.dirty--
	}
	if is {
		c.dirty++
	}
}

// drop forgets the entry at an index position without spilling it.
func (c *cache) drop(pos int) {
	ref := c.index.ref(pos)
	e := c.at(ref)
	c.segs[ref/uint32(c.segSize/unit)].live -= e.room()
	c.states--
	c.count(e.has(flagDirty), false)
	e[atFlags] = 0
	c.index.remove(pos)
}

// alloc makes room in the head segment. blob is cloned before memory is reclaimed, for it may
// be the caller's view of a state in the cache.
func (c *cache) alloc(n int, blob *[]byte) uint32 {
	if c.segs[c.head].used+n > c.segSize {
		*blob = bytes.Clone(*blob)
		c.order = append(c.order, c.head)
		for {
			c.head = c.next()
			if c.segs[c.head].used+n <= c.segSize {
				break
			}
			c.order = append(c.order, c.head)
		}
	}
	s := &c.segs[c.head]
	off := s.used
	s.used += n
	s.live += n
	return c.head*uint32(c.segSize/unit) + uint32(off/unit)
}

// next is a segment to fill: a new one while the limit allows, else one that holds the
// survivors of a reclaimed one. One empty segment always stays behind.
func (c *cache) next() uint32 {
	if len(c.order) == 0 || c.bytes()+int64(c.segSize) <= c.limit {
		return c.grow()
	}
	for c.bytes() > c.limit && len(c.order) > 2 { // the index or the big ones grew
		c.release()
	}
	victim, evict := c.victim()
	target := c.takeFree()
	c.reclaim(victim, target, evict, c.segSize/2)
	return target
}

// release gives the memory of the oldest segment back; all its entries leave.
func (c *cache) release() {
	oldest := c.order[0]
	c.order = c.order[1:]
	c.reclaim(oldest, oldest, true, 0)
	c.takeFree()
	c.segs[oldest].buf = nil
	c.held -= int64(c.segSize)
}

func (c *cache) takeFree() uint32 {
	n := len(c.free) - 1
	s := c.free[n]
	c.free = c.free[:n]
	return s
}

// victim takes the segment to reclaim out of the order: one that is mostly holes, whose entries
// can all stay, else the oldest.
func (c *cache) victim() (seg uint32, evict bool) {
	best := 0
	for i, s := range c.order {
		if c.segs[s].live < c.segs[c.order[best]].live {
			best = i
		}
	}
	evict = c.segs[c.order[best]].live > c.segSize/2
	if evict {
		best = 0
	}
	seg = c.order[best]
	c.order = append(c.order[:best], c.order[best+1:]...)
	return seg, evict
}

// reclaim empties a segment: entries that may stay are copied to the empty segment target,
// the rest leave the cache. With evict, those stay that were used, up to keep bytes, so that each
// call gains room.
func (c *cache) reclaim(victim, target uint32, evict bool, keep int) {
	v, t := &c.segs[victim], &c.segs[target]
	per := uint32(c.segSize / unit)
	for off := 0; off < v.used; {
		e := entry(v.buf[off:])
		room := e.room()
		ref := victim*per + uint32(off/unit)
		off += room
		if !e.has(flagLive) {
			continue
		}
		pos := c.index.locate(e.id(), ref)
		if !evict || e.has(flagUsed) && t.used+room <= keep {
			copy(t.buf[t.used:], e[:room])
			if evict {
				t.buf[t.used+atFlags] &^= flagUsed
			}
			c.index.set(pos, target*per+uint32(t.used/unit))
			t.used += room
			t.live += room
			continue
		}
		c.states--
		if e.has(flagDirty) {
			c.dirty--
			c.spill(e.id(), e.meta(), e.blob())
		}
		c.index.remove(pos)
	}
	v.used, v.live = 0, 0
	if c.hand.seg == int(victim) {
		c.hand.off = 0 // it would point into the middle of an entry once the segment is refilled
	}
	c.free = append(c.free, victim)
}

// putBig keeps a blob apart and makes room by evicting other big ones first.
func (c *cache) putBig(id customer.ID, m ledger.Meta, blob []byte, dirty bool) {
	c.bigs[id] = &big{m: m, blob: bytes.Clone(blob), dirty: dirty, used: true}
	c.bigSize += int64(len(blob)) + headerLen
	for c.bigSize > c.limit/4 && len(c.bigs) > 1 {
		for other, b := range c.bigs {
			if other == id {
				continue
			}
			if b.used { // a second chance; the order of a map is chance enough
				b.used = false
				continue
			}
			if b.dirty {
				c.spill(other, b.m, b.blob)
			}
			c.dropBig(other)
			break
		}
	}
	for c.bytes() > c.limit && len(c.order) > 2 {
		c.release()
	}
}

func (c *cache) dropBig(id customer.ID) {
	b, ok := c.bigs[id]
	if !ok {
		return
	}
	delete(c.bigs, id)
	c.bigSize -= int64(len(b.blob)) + headerLen
	c.states--
	c.count(b.dirty, false)
}

// eachDirty calls fn for every dirty state and marks it clean.
func (c *cache) eachDirty(fn func(id customer.ID, m ledger.Meta, blob []byte) error) error {
	for i := range c.segs {
		s := &c.segs[i]
		for off := 0; off < s.used; {
			e := entry(s.buf[off:])
			off += e.room()
			if !e.has(flagLive) || !e.has(flagDirty) {
				continue
			}
			if err := fn(e.id(), e.meta(), e.blob()); err != nil {
				return err
			}
			e[atFlags] &^= flagDirty
			c.dirty--
		}
	}
	for id, b := range c.bigs {
		if !b.dirty {
			continue
		}
		if err := fn(id, b.m, b.blob); err != nil {
			return err
		}
		b.dirty = false
		c.dirty--
	}
	return nil
}

// dirtyRef is a dirty entry and where its customer belongs.
type dirtyRef struct {
	id   customer.ID
	ref  uint32
	slot customer.Slot
}

// dirtyRefs are all dirty entries but the big ones, valid until the next change of the cache.
func (c *cache) dirtyRefs() []dirtyRef {
	refs := make([]dirtyRef, 0, c.dirty)
	per := uint32(c.segSize / unit)
	for i := range c.segs {
		s := &c.segs[i]
		for off := 0; off < s.used; {
			e := entry(s.buf[off:])
			if e.has(flagLive) && e.has(flagDirty) {
				refs = append(refs, dirtyRef{id: e.id(), ref: uint32(i)*per + uint32(off/unit), slot: e.id().Slot()})
			}
			off += e.room()
		}
	}
	return refs
}

// clean marks an entry as written.
func (c *cache) clean(ref uint32) {
	c.at(ref)[atFlags] &^= flagDirty
	c.dirty--
}

// hand walks the segments to write states that have not changed for a whole round, so that
// little is left to write when the store closes.
type hand struct{ seg, off int }

// sweep looks at up to n entries and spills the dirty ones that no put touched since the
// hand last passed, at most budget bytes of them. They stay in the cache, clean. It ends at the
// end of a round: in a small cache it would come round to what it has just passed.
func (c *cache) sweep(n, budget int) {
	for ; n > 0 && budget > 0; n-- {
		s := &c.segs[c.hand.seg]
		if c.hand.off >= s.used {
			c.hand = hand{seg: (c.hand.seg + 1) % len(c.segs)}
			if c.hand.seg == 0 {
				return
			}
			continue
		}
		e := entry(s.buf[c.hand.off:])
		c.hand.off += e.room()
		switch {
		case !e.has(flagLive) || !e.has(flagDirty):
		case e.has(flagYoung):
			e[atFlags] &^= flagYoung
		default:
			c.spill(e.id(), e.meta(), e.blob())
			e[atFlags] &^= flagDirty
			c.dirty--
			budget -= e.size()
		}
	}
}
