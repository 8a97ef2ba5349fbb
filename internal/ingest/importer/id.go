package importer

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"github.com/cespare/xxhash/v2"

	"github.com/earmarkhq/earmark/internal/value"
)

// maxNatural is the longest natural key that is an id as it stands; of a longer one it is the
// hash.
const maxNatural = 120

// appendNatural appends one part of a natural key. Parts are joined by ":"; what would look
// like that, or like an occurrence number, gets a backslash.
func appendNatural(dst []byte, v value.Value, first bool) []byte {
	if !first {
		dst = append(dst, ':')
	}
	s, scalar := value.TextOf(v)
	if !scalar && v.Kind() != value.Null {
		s = v.String()
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case ':', '#', '\\':
			dst = append(dst, '\\', c)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// idOf makes the message id of the n-th row with this natural key.
func idOf(natural []byte, n int) string {
	id := string(natural)
	if len(natural) > maxNatural {
		id = hashID(natural)
	}
	if n > 1 {
		id += "#" + strconv.Itoa(n)
	}
	return id
}

// hashID is 128 bits of the SHA-256 of a key, in hex.
func hashID(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

// occurrences counts equal rows of a file in 8 to 16 bytes per different row: an open table of
// hashes of 56 bits with a count in the lowest byte, counts beyond it beside. Two rows of one
// hash count as equal: then one has an occurrence number that it need not have, and still an
// id of its own.
type occurrences struct {
	table []uint64
	used  int
	many  map[uint64]int
}

const countMask = 0xff

func newOccurrences() *occurrences { return &occurrences{table: make([]uint64, 1<<10)} }

// next is the number of times the key has come, this time included.
func (o *occurrences) next(key []byte) int {
	if o.used*4 >= len(o.table)*3 {
		o.grow()
	}
	h := xxhash.Sum64(key) &^ countMask
	if h == 0 {
		h = 1 << 8 // 0 is a free place
	}
	e := o.find(h)
	switch n := *e & countMask; {
	case *e == 0:
		*e = h | 1
		o.used++
		return 1
	case n < countMask:
		*e++
		return int(n) + 1
	}
	if o.many == nil {
		o.many = map[uint64]int{}
	}
	o.many[h]++
	return countMask + o.many[h]
}

// find is the place of a hash: its own, or the free one where it belongs.
func (o *occurrences) find(h uint64) *uint64 {
	mask := uint64(len(o.table) - 1)
	for i := h >> 20 & mask; ; i = (i + 1) & mask {
		if e := &o.table[i]; *e == 0 || *e&^countMask == h {
			return e
		}
	}
}

func (o *occurrences) grow() {
	old := o.table
	o.table = make([]uint64, 2*len(old))
	for _, e := range old {
		if e != 0 {
			*o.find(e &^ countMask) = e
		}
	}
}
