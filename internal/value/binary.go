package value

import (
	"encoding/binary"

	"github.com/earmarkhq/earmark/internal/fault"
)

// ErrCorrupt is returned for bytes that no AppendBinary wrote.
var ErrCorrupt = fault.Internal("value.corrupt")

var _ = fault.Register(fault.Messages{
	"value.corrupt": {ZH: "存储的属性值已损坏", EN: "a stored value is damaged"},
})

// maxBinaryDepth bounds the nesting that DecodeBinary follows.
const maxBinaryDepth = 128

// Tags of the binary form, the first byte of each value. Integers follow as uvarint unless a
// comment says otherwise; the numbers are part of the format.
const (
	tagNull      = 0x00
	tagFalse     = 0x01
	tagTrue      = 0x02
	tagLiteral   = 0x03 // length, bytes
	tagDec       = 0x04 // zigzag exponent, zigzag coefficient
	tagTenths    = 0x05 // zigzag coefficient, exponent -1
	tagCents     = 0x06 // zigzag coefficient, exponent -2
	tagText      = 0x07 // length, bytes
	tagUUID      = 0x08 // 16 bytes, written in lower case
	tagUpperUUID = 0x09 // 16 bytes, written in upper case
	tagHex       = 0x0A // number of bytes, bytes; written in lower case
	tagISOMilli  = 0x0B // zigzag milliseconds, written 2006-01-02T15:04:05.000Z
	tagISO       = 0x0C // zigzag seconds, written 2006-01-02T15:04:05Z
	tagDateTime  = 0x0D // zigzag seconds, written 2006-01-02 15:04:05
	tagDate      = 0x0E // zigzag days, written 2006-01-02
	tagName      = 0x0F // code of the text in the dictionary
	tagInt       = 0x10 // + n: n+1 bytes little endian, 0 ≤ n < 8
	tagNegative  = 0x18 // + n: likewise the absolute value less one
	tagShort     = 0x20 // + n: text of n bytes, n < 32
	tagList      = 0x40 // + n: list of n, n < 15; 15: the length follows
	tagObject    = 0x50 // + n: likewise; a member is code of the key (0: length, bytes) and value
	tagDigits    = 0x60 // + n: text of a whole number, n+1 bytes little endian, n < 8
	tagDecimal   = 0x68 // text of a decimal: scale, zigzag coefficient
	tagSmall     = 0x80 // + n: the number n, n < 128

	countFollows = 15
)

// AppendBinary appends the compact binary form of v, from which DecodeBinary makes an identical
// value. Keys of objects are written as codes of dict; a nil dict writes them out.
func AppendBinary(dst []byte, v Value, dict Dict) []byte {
	return Encoder{Dict: dict}.Append(dst, v)
}

// Encoder is AppendBinary with a choice of texts that go to the dictionary as well.
type Encoder struct {
	Dict Dict
	// Repeats names the members whose texts are few and repeat for ever (the version of a
	// library): those texts are written as codes. parent is the key of the object around the
	// member, "" at the top. nil is none.
	Repeats func(parent, key string) bool
}

// Append appends the binary form of v.
func (e Encoder) Append(dst []byte, v Value) []byte {
	dst = binary.AppendUvarint(dst, uint64(countKids(v)))
	return e.value(dst, v, "")
}

// countKids is the number of Fields that v needs, itself excluded.
func countKids(v Value) int {
	if v.kind != List && v.kind != Object {
		return 0
	}
	kids := v.Fields()
	n := len(kids)
	for i := range kids {
		if kids[i].Val.kind >= List {
			n += countKids(kids[i].Val)
		}
	}
	return n
}

// value writes v, the member called key of the object around it.
func (e *Encoder) value(dst []byte, v Value, key string) []byte {
	switch v.kind {
	case Bool:
		if v.flag {
			return append(dst, tagTrue)
		}
		return append(dst, tagFalse)
	case Number:
		return appendNumber(dst, v)
	case Text:
		return appendText(dst, v.str())
	case List:
		kids := v.Fields()
		dst = appendCount(dst, tagList, len(kids))
		for i := range kids {
			dst = e.value(dst, kids[i].Val, key)
		}
		return dst
	case Object:
		kids := v.Fields()
		dst = appendCount(dst, tagObject, len(kids))
		for i := range kids {
			dst = e.member(dst, key, &kids[i])
		}
		return dst
	}
	return append(dst, tagNull)
}

func (e *Encoder) member(dst []byte, parent string, f *Field) []byte {
	dst = AppendName(dst, f.Key, e.Dict)
	if f.Val.kind == Text && e.Repeats != nil && e.Dict != nil && e.Repeats(parent, f.Key) {
		if code := e.Dict.Code(f.Val.str()); code != 0 {
			return binary.AppendUvarint(append(dst, tagName), uint64(code))
		}
	}
	return e.value(dst, f.Val, f.Key)
}

// AppendName appends a name as its code in dict, or written out behind a 0 where dict is nil or
// has no code for it.
func AppendName(dst []byte, name string, dict Dict) []byte {
	if dict != nil && name != "" {
		if code := dict.Code(name); code != 0 {
			return binary.AppendUvarint(dst, uint64(code))
		}
	}
	dst = append(dst, 0)
	dst = binary.AppendUvarint(dst, uint64(len(name)))
	return append(dst, name...)
}

func appendCount(dst []byte, tag byte, n int) []byte {
	if n < countFollows {
		return append(dst, tag+byte(n))
	}
	return binary.AppendUvarint(append(dst, tag+countFollows), uint64(n))
}

func appendNumber(dst []byte, v Value) []byte {
	switch {
	case v.flag:
		dst = binary.AppendUvarint(append(dst, tagLiteral), uint64(v.n))
		return append(dst, v.str()...)
	case v.exp == 0 && v.n >= 0 && v.n < 128:
		return append(dst, tagSmall+byte(v.n))
	case v.exp == 0 && v.n >= 0:
		return appendUint(dst, tagInt, uint64(v.n))
	case v.exp == 0:
		return appendUint(dst, tagNegative, magnitude(v.n)-1)
	case v.exp == -1:
		return binary.AppendVarint(append(dst, tagTenths), v.n)
	case v.exp == -2:
		return binary.AppendVarint(append(dst, tagCents), v.n)
	}
	dst = binary.AppendVarint(append(dst, tagDec), int64(v.exp))
	return binary.AppendVarint(dst, v.n)
}

// appendUint appends tag + n and the n+1 bytes that u needs.
func appendUint(dst []byte, tag byte, u uint64) []byte {
	at := len(dst)
	dst = append(dst, tag, byte(u))
	for u >>= 8; u != 0; u >>= 8 {
		dst = append(dst, byte(u))
		dst[at]++
	}
	return dst
}

// AppendText appends a text in the compact form that texts have in AppendBinary.
func AppendText(dst []byte, s string) []byte { return appendText(dst, s) }

// DecodeText reads what AppendText wrote and returns the bytes behind it; the text may share
// the memory of b. ok is false for corrupt bytes.
func DecodeText(b []byte) (s string, rest []byte, ok bool) {
	d := decoder{b: b}
	v := d.value(maxBinaryDepth)
	return v.Text(), d.b, !d.bad && v.kind == Text
}

// DecodeBinary reads one value and returns the bytes behind it. Texts may share the memory of
// b, which must not change afterwards. The error is ErrCorrupt; no input makes it panic or take
// memory out of proportion.
func DecodeBinary(b []byte, dict Dict) (v Value, rest []byte, err error) {
	kids, b, ok := uvarint(b)
	if !ok || kids > uint64(len(b)) {
		return Value{}, nil, ErrCorrupt
	}
	d := decoder{b: b, dict: dict}
	if kids > 0 {
		d.arena = make([]Field, kids)
	}
	v = d.value(0)
	if d.bad || len(d.arena) != 0 {
		return Value{}, nil, ErrCorrupt
	}
	return v, d.b, nil
}

// decoder reads from the front of b; bad stays set after the first fault.
type decoder struct {
	b     []byte
	dict  Dict
	arena []Field // Fields not yet used
	text  []byte  // free bytes for texts that are not in b
	bad   bool
}

func (d *decoder) fail() { d.bad, d.b = true, nil }

func (d *decoder) value(depth int) Value {
	if len(d.b) == 0 || depth > maxBinaryDepth {
		d.fail()
		return Value{}
	}
	tag := d.b[0]
	d.b = d.b[1:]
	switch {
	case tag >= tagSmall:
		return NewInt(int64(tag - tagSmall))
	case tag&0xE0 == tagShort:
		return NewText(d.alias(uint64(tag - tagShort)))
	case tag&0xF0 == tagObject:
		return d.object(d.count(tag-tagObject), depth)
	case tag&0xF0 == tagList:
		return d.list(d.count(tag-tagList), depth)
	case tag&0xF8 == tagInt:
		return d.int(d.uint(tag-tagInt), false)
	case tag&0xF8 == tagNegative:
		return d.int(d.uint(tag-tagNegative), true)
	}
	return d.rare(tag)
}

// rare reads the values whose tag tells all.
func (d *decoder) rare(tag byte) Value {
	switch tag {
	case tagNull:
		return Value{}
	case tagFalse, tagTrue:
		return NewBool(tag == tagTrue)
	case tagLiteral:
		return d.literal()
	case tagDec:
		return d.dec(d.varint(), d.varint())
	case tagTenths:
		return d.dec(-1, d.varint())
	case tagCents:
		return d.dec(-2, d.varint())
	case tagText:
		return NewText(d.alias(d.uvarint()))
	case tagName:
		return NewText(d.named(d.uvarint()))
	}
	return NewText(d.coded(tag))
}

func (d *decoder) uvarint() uint64 {
	n, rest, ok := uvarint(d.b)
	if !ok {
		d.fail()
		return 0
	}
	d.b = rest
	return n
}

func uvarint(b []byte) (n uint64, rest []byte, ok bool) {
	if len(b) > 0 && b[0] < 0x80 {
		return uint64(b[0]), b[1:], true
	}
	n, size := binary.Uvarint(b)
	if size <= 0 {
		return 0, nil, false
	}
	return n, b[size:], true
}

func (d *decoder) varint() int64 {
	u := d.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

// uint reads n+1 bytes little endian.
func (d *decoder) uint(n byte) (u uint64) {
	size := int(n) + 1
	if len(d.b) < size {
		d.fail()
		return 0
	}
	for i := range size {
		u |= uint64(d.b[i]) << (8 * i)
	}
	d.b = d.b[size:]
	return u
}

func (d *decoder) int(u uint64, negative bool) Value {
	if u > 1<<63-1 {
		d.fail()
	}
	if negative {
		return NewInt(-int64(u) - 1)
	}
	return NewInt(int64(u))
}

func (d *decoder) dec(exp, coef int64) Value {
	if exp < -MaxExp || exp > MaxExp {
		d.fail()
	}
	return NewDec(Dec{Coef: coef, Exp: int32(exp)})
}

func (d *decoder) literal() Value {
	s := d.alias(d.uvarint())
	if _, end, fits := scanNumeral(s, 0, false); end != len(s) || fits {
		d.fail()
	}
	return newLiteral(s)
}

// alias is the next n bytes as text.
func (d *decoder) alias(n uint64) string {
	if n > uint64(len(d.b)) {
		d.fail()
		return ""
	}
	s := bytesText(d.b[:n])
	d.b = d.b[n:]
	return s
}

func (d *decoder) named(code uint64) string {
	if d.dict == nil || code == 0 || code > 1<<32-1 {
		d.fail()
		return ""
	}
	s := d.dict.Name(uint32(code))
	if s == "" {
		d.fail()
	}
	return s
}

// name reads what AppendName wrote.
func (d *decoder) name() string {
	if code := d.uvarint(); code != 0 {
		return d.named(code)
	}
	return d.alias(d.uvarint())
}

// DecodeName reads a name that AppendName wrote, its code (0 where it is written out), and
// returns the bytes behind it. ok is false for corrupt bytes.
func DecodeName(b []byte, dict Dict) (name string, code uint32, rest []byte, ok bool) {
	d := decoder{b: b, dict: dict}
	n := d.uvarint()
	if n != 0 {
		name = d.named(n)
	} else {
		name = d.alias(d.uvarint())
	}
	return name, uint32(n), d.b, !d.bad
}

func (d *decoder) count(n byte) int {
	if n < countFollows {
		return int(n)
	}
	u := d.uvarint()
	if u > uint64(len(d.b)) {
		d.fail()
		return 0
	}
	return int(u)
}

// take is the memory for n kids, nil where the count at the front did not announce them.
func (d *decoder) take(n int) []Field {
	if n > len(d.arena) {
		d.fail()
		return nil
	}
	kids := d.arena[:n:n]
	d.arena = d.arena[n:]
	return kids
}

func (d *decoder) list(n, depth int) Value {
	kids := d.take(n)
	for i := range kids {
		kids[i].Val = d.value(depth + 1)
		if d.bad {
			break
		}
	}
	return newKids(List, kids)
}

func (d *decoder) object(n, depth int) Value {
	kids := d.take(n)
	for i := range kids {
		kids[i].Key = d.name()
		kids[i].Val = d.value(depth + 1)
		if d.bad {
			break
		}
	}
	return newKids(Object, kids)
}
