package value

import (
	"encoding/binary"
	"strconv"
	"unsafe"
)

// bytesText is b as text without a copy.
func bytesText(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// appendText writes a text in the shortest form that gives exactly the same text back. The
// forms are found by length and first bytes, so that ordinary text is not slowed down.
func appendText(dst []byte, s string) []byte {
	if n := len(s); n > 0 && n <= 64 {
		if s[0]-'0' <= 9 || s[0] == '-' {
			if out, ok := appendDigits(dst, s); ok {
				return out
			}
			if out, ok := appendTime(dst, s); ok {
				return out
			}
		}
		if n == 36 && s[8] == '-' {
			if out, ok := appendUUID(dst, s); ok {
				return out
			}
		}
		if n >= 8 && n&1 == 0 {
			if out, ok := appendHex(append(dst, tagHex, byte(n/2)), s, unhexLower); ok {
				return out
			}
		}
	}
	if len(s) < 32 {
		dst = append(dst, tagShort+byte(len(s)))
	} else {
		dst = binary.AppendUvarint(append(dst, tagText), uint64(len(s)))
	}
	return append(dst, s...)
}

// appendDigits writes the text of a number in the form that Dec writes: no leading zeros, at
// most 18 digits.
func appendDigits(dst []byte, s string) (out []byte, ok bool) {
	if len(s) > MaxDigits+2 {
		return dst, false
	}
	d, end, fits := scanNumeral(s, 0, false)
	if !fits || end != len(s) || d.Exp > 0 || s[0] == '-' && d.Coef == 0 {
		return dst, false
	}
	if d.Exp == 0 {
		if d.Coef < 0 || s[len(s)-1]-'0' > 9 || len(s) > MaxDigits || hasExponent(s) {
			return dst, false
		}
		return appendUint(dst, tagDigits, uint64(d.Coef)), true
	}
	if hasExponent(s) {
		return dst, false
	}
	dst = binary.AppendUvarint(append(dst, tagDecimal), uint64(-d.Exp))
	return binary.AppendVarint(dst, d.Coef), true
}

func hasExponent(s string) bool {
	for i := range len(s) {
		if s[i]|0x20 == 'e' {
			return true
		}
	}
	return false
}

// appendTime writes the usual forms of a time in UTC or without an offset.
func appendTime(dst []byte, s string) (out []byte, ok bool) {
	var tag byte
	var unit int64
	switch n := len(s); {
	case n == 24 && s[10] == 'T' && s[23] == 'Z':
		tag, unit = tagISOMilli, 1
	case n == 20 && s[10] == 'T' && s[19] == 'Z':
		tag, unit = tagISO, secondMillis
	case n == 19 && s[10] == ' ':
		tag, unit = tagDateTime, secondMillis
	case n == 10 && s[4] == '-':
		tag, unit = tagDate, dayMillis
	default:
		return dst, false
	}
	ms, _, ok := ParseTimeText(s, nil)
	if !ok {
		return dst, false
	}
	return binary.AppendVarint(append(dst, tag), ms/unit), true
}

// appendUUID writes 8-4-4-4-12 hexadecimal digits of one case.
func appendUUID(dst []byte, s string) (out []byte, ok bool) {
	if s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return dst, false
	}
	if out, ok = appendUUIDCase(append(dst, tagUUID), s, unhexLower); ok {
		return out, true
	}
	if out, ok = appendUUIDCase(append(dst, tagUpperUUID), s, unhexUpper); ok {
		return out, true
	}
	return dst, false
}

func appendUUIDCase(dst []byte, s string, table *[256]byte) (out []byte, ok bool) {
	out = dst
	for _, part := range [...]string{s[:8], s[9:13], s[14:18], s[19:23], s[24:]} {
		if out, ok = appendHex(out, part, table); !ok {
			return dst, false
		}
	}
	return out, true
}

// appendHex writes pairs of hexadecimal digits of the table's case as bytes.
func appendHex(dst []byte, s string, table *[256]byte) (out []byte, ok bool) {
	out = dst
	for i := 0; i+1 < len(s); i += 2 {
		hi, lo := table[s[i]], table[s[i+1]]
		if hi|lo > 15 {
			return dst, false
		}
		out = append(out, hi<<4|lo)
	}
	return out, true
}

var unhexLower, unhexUpper = unhexTables()

// unhexTables gives the values of the digits of each case, 255 for all other bytes.
func unhexTables() (lower, upper *[256]byte) {
	lower, upper = new([256]byte), new([256]byte)
	for i := range 256 {
		v := unhex(byte(i))
		lower[i], upper[i] = v, v
		if 'A' <= i && i <= 'F' {
			lower[i] = 255
		}
		if 'a' <= i && i <= 'f' {
			upper[i] = 255
		}
	}
	return lower, upper
}

const (
	hexLower = "0123456789abcdef"
	hexUpper = "0123456789ABCDEF"
)

// coded reads a text that is stored in another form than its bytes.
func (d *decoder) coded(tag byte) string {
	if cap(d.text)-len(d.text) < 64 { // the longest form has 64 bytes
		d.text = make([]byte, 0, 192)
	}
	at := len(d.text)
	switch {
	case tag == tagUUID:
		d.writeUUID(hexLower)
	case tag == tagUpperUUID:
		d.writeUUID(hexUpper)
	case tag == tagHex:
		if n := d.uvarint(); n <= 32 {
			d.writeHex(int(n), hexLower)
		} else {
			d.fail()
		}
	case tag >= tagISOMilli && tag <= tagDate:
		d.writeTime(tag, d.varint())
	case tag&0xF8 == tagDigits:
		d.text = strconv.AppendUint(d.text, d.uint(tag-tagDigits), 10)
	case tag == tagDecimal:
		scale := d.uvarint()
		coef := d.varint()
		if scale == 0 || scale > MaxDigits {
			d.fail()
			return ""
		}
		d.text = Dec{Coef: coef, Exp: -int32(scale)}.appendPlain(d.text)
	default:
		d.fail()
	}
	return bytesText(d.text[at:])
}

func (d *decoder) writeHex(n int, alphabet string) {
	if len(d.b) < n {
		d.fail()
		return
	}
	for _, c := range d.b[:n] {
		d.text = append(d.text, alphabet[c>>4], alphabet[c&15])
	}
	d.b = d.b[n:]
}

func (d *decoder) writeUUID(alphabet string) {
	for i, n := range [...]int{4, 2, 2, 2, 6} {
		if i > 0 {
			d.text = append(d.text, '-')
		}
		d.writeHex(n, alphabet)
	}
}

// writeTime writes an instant in the form of its tag.
func (d *decoder) writeTime(tag byte, n int64) {
	unit := int64(secondMillis)
	switch tag {
	case tagISOMilli:
		unit = 1
	case tagDate:
		unit = dayMillis
	}
	if n < minTime/unit || n > (endTime-1)/unit {
		d.fail()
		return
	}
	ms := n * unit
	days := ms / dayMillis
	if ms < days*dayMillis {
		days--
	}
	year, month, day := civilFromDays(days)
	d.writeDigits(year, 4)
	d.text = append(d.text, '-')
	d.writeDigits(month, 2)
	d.text = append(d.text, '-')
	d.writeDigits(day, 2)
	if tag == tagDate {
		return
	}
	if tag == tagDateTime {
		d.text = append(d.text, ' ')
	} else {
		d.text = append(d.text, 'T')
	}
	clock := int(ms - days*dayMillis)
	d.writeDigits(clock/3600000, 2)
	d.text = append(d.text, ':')
	d.writeDigits(clock/60000%60, 2)
	d.text = append(d.text, ':')
	d.writeDigits(clock/secondMillis%60, 2)
	if tag == tagISOMilli {
		d.text = append(d.text, '.')
		d.writeDigits(clock%secondMillis, 3)
	}
	if tag != tagDateTime {
		d.text = append(d.text, 'Z')
	}
}

// writeDigits writes n with leading zeros.
func (d *decoder) writeDigits(n, width int) {
	at := len(d.text)
	for range width {
		d.text = append(d.text, 0)
	}
	for i := at + width - 1; i >= at; i-- {
		d.text[i] = byte('0' + n%10)
		n /= 10
	}
}

// civilFromDays is the inverse of daysFromCivil for the years 1 to 9999.
func civilFromDays(days int64) (year, month, day int) {
	z := int(days) + 719468 // days since 0000-03-01
	era := z / 146097
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	day = doy - (153*mp+2)/5 + 1
	month = mp + 3
	year = yoe + era*400
	if month > 12 {
		month -= 12
		year++
	}
	return year, month, day
}
