package pebble

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// seal appends the checksum of dst[from:].
func seal(dst []byte, from int) []byte {
	return binary.LittleEndian.AppendUint32(dst, crc32.Checksum(dst[from:], castagnoli))
}

var errChecksum = errors.New("the checksum does not match")

// unseal checks and cuts off the checksum.
func unseal(b []byte) ([]byte, error) {
	n := len(b) - 4
	if n < 0 || crc32.Checksum(b[:n], castagnoli) != binary.LittleEndian.Uint32(b[n:]) {
		return nil, errChecksum
	}
	return b[:n], nil
}

var errShort = errors.New("it ends too early")

// fields reads numbers and texts one after the other; after the first fault everything is zero
// and err says why.
type fields struct {
	b   []byte
	err error
}

func (f *fields) uint() uint64 {
	v, n := binary.Uvarint(f.b)
	if n <= 0 {
		f.b, f.err = nil, errShort
		return 0
	}
	f.b = f.b[n:]
	return v
}

func (f *fields) int() int64 {
	v, n := binary.Varint(f.b)
	if n <= 0 {
		f.b, f.err = nil, errShort
		return 0
	}
	f.b = f.b[n:]
	return v
}

func (f *fields) uint32() uint32 {
	v := f.uint()
	if v > math.MaxUint32 {
		f.b, f.err = nil, errors.New("a number is too big")
		return 0
	}
	return uint32(v)
}

func (f *fields) byte() byte {
	if len(f.b) == 0 {
		f.err = errShort
		return 0
	}
	v := f.b[0]
	f.b = f.b[1:]
	return v
}

func (f *fields) text() string {
	n := f.uint()
	if n > uint64(len(f.b)) {
		f.b, f.err = nil, errShort
		return ""
	}
	s := string(f.b[:n])
	f.b = f.b[n:]
	return s
}
