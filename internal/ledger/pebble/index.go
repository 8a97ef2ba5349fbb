package pebble

import "github.com/earmarkhq/earmark/internal/customer"

// index finds the entry of a customer: open addressing with linear probing over numbers, 32 bits
// of the hash, which also give the home position, beside 32 bits of the reference. The zero
// number is an empty place.
type index struct {
	slots []uint64
	mask  uint64
	count int
}

func (x *index) init(size int) {
	x.slots, x.mask, x.count = make([]uint64, size), uint64(size-1), 0
}

func (x *index) bytes() int64 { return int64(len(x.slots)) * 8 }

// hashID spreads ids, which are dense, over 64 bits.
func hashID(id customer.ID) uint64 {
	h := uint64(id) * 0x9e3779b97f4a7c15
	h ^= h >> 32
	return h * 0xd6e8feb86659fd93
}

// place joins hash and reference; references are stored plus one, so that no place is zero.
func place(h uint64, ref uint32) uint64 { return h&^(1<<32-1) | uint64(ref+1) }

// home is the preferred position of a hash or of what is stored in a place.
func (x *index) home(h uint64) uint64 { return h >> 32 & x.mask }

func (x *index) ref(pos int) uint32 { return uint32(x.slots[pos]) - 1 }

// find is the position of a customer.
func (x *index) find(id customer.ID, c *cache) (pos int, ok bool) {
	h := hashID(id)
	for i := x.home(h); ; i = (i + 1) & x.mask {
		v := x.slots[i]
		if v == 0 {
			return 0, false
		}
		if v>>32 == h>>32 && c.at(uint32(v)-1).id() == id {
			return int(i), true
		}
	}
}

// locate is the position of the customer whose reference is known.
func (x *index) locate(id customer.ID, ref uint32) int {
	h := hashID(id)
	want := place(h, ref)
	i := x.home(h)
	for x.slots[i] != want {
		i = (i + 1) & x.mask
	}
	return int(i)
}

func (x *index) set(pos int, ref uint32) { x.slots[pos] = place(x.slots[pos], ref) }

// insert adds a customer that is not there.
func (x *index) insert(id customer.ID, ref uint32) {
	if (x.count+1)*5 > len(x.slots)*4 {
		x.double()
	}
	x.add(place(hashID(id), ref))
	x.count++
}

func (x *index) add(v uint64) {
	i := x.home(v)
	for x.slots[i] != 0 {
		i = (i + 1) & x.mask
	}
	x.slots[i] = v
}

func (x *index) double() {
	old := x.slots
	x.slots = make([]uint64, 2*len(old))
	x.mask = uint64(len(x.slots) - 1)
	for _, v := range old {
		if v != 0 {
			x.add(v)
		}
	}
}

// remove empties a position and moves later ones of the same run back.
func (x *index) remove(pos int) {
	x.count--
	hole := uint64(pos)
	for i := (hole + 1) & x.mask; x.slots[i] != 0; i = (i + 1) & x.mask {
		if (i-x.home(x.slots[i]))&x.mask >= (i-hole)&x.mask {
			x.slots[hole] = x.slots[i]
			hole = i
		}
	}
	x.slots[hole] = 0
}
