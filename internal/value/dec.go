package value

import (
	"math"
	"math/bits"
	"strconv"
)

// Dec is the exact decimal Coef × 10^Exp. It keeps the scale as written (1.50 is 150e-2);
// compare with Cmp, not with ==. Zero value: 0. Exp is within ±MaxExp.
type Dec struct {
	Coef int64
	Exp  int32
}

// Bounds of what Dec holds. A numeral beyond them stays a literal (see Value.Literal).
const (
	// MaxExp bounds the exponent on both sides, beyond everything a double can hold.
	MaxExp = 400
	// MaxDigits is the number of significant digits of a decimal with a fraction or an
	// exponent, and of a number in text. Whole numbers may have 19, within int64.
	MaxDigits = 18
)

var pow10 = [...]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19}

// ParseDec reads a numeral of the JSON grammar (-1.50, 12, 3e8), leading zeros allowed. ok is
// false for any other text and beyond the bounds of Dec.
func ParseDec(s string) (d Dec, ok bool) {
	d, end, fits := scanNumeral(s, 0, true)
	return d, fits && end == len(s)
}

// ParseTextDec reads a number held in text as the language sees it: an optional minus, digits,
// an optional fraction; at most MaxDigits significant digits; no exponent, plus sign, blank or
// bare point, so that codes like 12e5 stay text.
func ParseTextDec(s string) (d Dec, ok bool) {
	if len(s) == 0 || len(s) > 64 {
		return Dec{}, false
	}
	if c := s[len(s)-1]; c < '0' || c > '9' {
		return Dec{}, false // most texts end here
	}
	for i := 0; i < len(s); i++ {
		if s[i]|0x20 == 'e' {
			return Dec{}, false
		}
	}
	d, ok = ParseDec(s)
	if !ok || magnitude(d.Coef) >= pow10[MaxDigits] {
		return Dec{}, false
	}
	return d, true
}

// scanNumeral reads a numeral that begins at s[i]. end is the offset behind it, or -1 if there
// is none; fits is false where Dec can not hold it. The JSON grammar forbids leading zeros,
// which zeros allows.
func scanNumeral(s string, i int, zeros bool) (d Dec, end int, fits bool) {
	neg := i < len(s) && s[i] == '-'
	if neg {
		i++
	}
	start := i
	var mant uint64
	for i < len(s) && s[i]-'0' <= 9 {
		if mant >= math.MaxInt64/10 {
			return scanLong(s, start, i, mant, neg, zeros)
		}
		mant = mant*10 + uint64(s[i]-'0')
		i++
	}
	if i == start || (!zeros && s[start] == '0' && i > start+1) {
		return Dec{}, -1, false
	}
	if i == len(s) || (s[i] != '.' && s[i]|0x20 != 'e') {
		return signed(mant, neg, 0), i, true
	}
	return scanTail(s, i, mant, neg, true)
}

// scanLong continues a whole part that may leave int64 with the digit at s[i].
func scanLong(s string, start, i int, mant uint64, neg, zeros bool) (Dec, int, bool) {
	if !zeros && s[start] == '0' {
		return Dec{}, -1, false
	}
	fits := false
	hi, lo := bits.Mul64(mant, 10)
	lo, carry := bits.Add64(lo, uint64(s[i]-'0'), 0)
	if hi+carry == 0 && (lo <= math.MaxInt64 || neg && lo == 1<<63) {
		fits, mant = true, lo
	}
	for i++; i < len(s) && s[i]-'0' <= 9; i++ {
		fits = false
	}
	if i == len(s) || (s[i] != '.' && s[i]|0x20 != 'e') {
		return signed(mant, neg, 0), i, fits
	}
	return scanTail(s, i, mant, neg, false)
}

// scanTail reads fraction and exponent at s[i]; fits says whether the digits so far do.
func scanTail(s string, i int, mant uint64, neg, fits bool) (Dec, int, bool) {
	exp := 0
	if s[i] == '.' {
		i++
		start := i
		for ; i < len(s) && s[i]-'0' <= 9; i++ {
			if mant >= 1e17 {
				fits = false
				continue
			}
			mant = mant*10 + uint64(s[i]-'0')
			exp--
		}
		if i == start {
			return Dec{}, -1, false
		}
	}
	fits = fits && mant < pow10[MaxDigits]
	if i < len(s) && s[i]|0x20 == 'e' {
		e, end := scanExponent(s, i+1)
		if end < 0 {
			return Dec{}, -1, false
		}
		i, exp = end, exp+e
	}
	if exp < -MaxExp || exp > MaxExp {
		fits = false
	}
	return signed(mant, neg, int32(exp)), i, fits
}

// scanExponent reads [+-]digits; the value saturates far beyond MaxExp.
func scanExponent(s string, i int) (e, end int) {
	neg := false
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		neg = s[i] == '-'
		i++
	}
	start := i
	for ; i < len(s) && s[i]-'0' <= 9; i++ {
		if e < 1<<24 {
			e = e*10 + int(s[i]-'0')
		}
	}
	if i == start {
		return 0, -1
	}
	if neg {
		e = -e
	}
	return e, i
}

func signed(mant uint64, neg bool, exp int32) Dec {
	if neg {
		return Dec{Coef: -int64(mant), Exp: exp}
	}
	return Dec{Coef: int64(mant), Exp: exp}
}

// magnitude is |n|, correct for the least int64.
func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// digits is the number of decimal digits of n; 0 has none.
func digits(n uint64) int {
	d := bits.Len64(n) * 1233 >> 12
	if d < len(pow10) && n >= pow10[d] {
		return d + 1
	}
	return d
}

// Sign is -1, 0 or 1.
func (d Dec) Sign() int {
	switch {
	case d.Coef < 0:
		return -1
	case d.Coef > 0:
		return 1
	}
	return 0
}

// Cmp compares the numbers, whatever their scale: -1, 0 or 1. It does not allocate.
func (d Dec) Cmp(o Dec) int {
	if d.Exp == o.Exp {
		return cmpInt(d.Coef, o.Coef)
	}
	s := d.Sign()
	if c := s - o.Sign(); c != 0 || s == 0 {
		return cmpInt(int64(c), 0)
	}
	a, b := magnitude(d.Coef), magnitude(o.Coef)
	da, db := digits(a)+int(d.Exp), digits(b)+int(o.Exp)
	if da != db {
		return s * cmpInt(int64(da), int64(db))
	}
	// Equal places before the point: the one with the greater exponent has fewer digits, so
	// padding it to the other's length stays below 10^19.
	if d.Exp > o.Exp {
		a *= pow10[d.Exp-o.Exp]
	} else {
		b *= pow10[o.Exp-d.Exp]
	}
	switch {
	case a < b:
		return -s
	case a > b:
		return s
	}
	return 0
}

func cmpInt(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Equal reports whether the numbers are equal, whatever their scale.
func (d Dec) Equal(o Dec) bool { return d.Cmp(o) == 0 }

// Reduce is the same number without trailing zeros (1.50 → 15e-1, 1200 → 12e2, 0 → 0e0): equal
// numbers have the same reduced form.
func (d Dec) Reduce() Dec {
	if d.Coef == 0 {
		return Dec{}
	}
	for d.Coef%10 == 0 {
		d.Coef /= 10
		d.Exp++
	}
	return d
}

// Int returns the whole number; ok is false if d has a fraction or is beyond int64.
func (d Dec) Int() (n int64, ok bool) {
	if d.Exp == 0 || d.Coef == 0 {
		return d.Coef, true
	}
	d = d.Reduce()
	if d.Exp < 0 || d.Exp > MaxDigits {
		return 0, false
	}
	hi, lo := bits.Mul64(magnitude(d.Coef), pow10[d.Exp])
	switch {
	case hi != 0 || lo > 1<<63 || lo == 1<<63 && d.Coef > 0:
		return 0, false
	case d.Coef < 0:
		return -int64(lo), true
	}
	return int64(lo), true
}

// IsInt reports whether d has no fraction (2.0 has none).
func (d Dec) IsInt() bool { return d.Exp >= 0 || d.Reduce().Exp >= 0 }

// String is the canonical text: plain digits, no exponent, no trailing zeros of the fraction
// (1.50 → 1.5), as the text operators and people see a number.
func (d Dec) String() string {
	if d.Exp == 0 {
		return strconv.FormatInt(d.Coef, 10)
	}
	var buf [24]byte
	return string(d.Reduce().appendPlain(buf[:0]))
}

// appendPlain writes every digit and no exponent.
func (d Dec) appendPlain(dst []byte) []byte {
	if d.Exp >= 0 {
		dst = strconv.AppendInt(dst, d.Coef, 10)
		for range d.Exp {
			dst = append(dst, '0')
		}
		return dst
	}
	if d.Coef < 0 {
		dst = append(dst, '-')
	}
	var buf [20]byte
	num := strconv.AppendUint(buf[:0], magnitude(d.Coef), 10)
	scale := int(-d.Exp)
	whole := len(num) - scale
	if whole <= 0 {
		dst = append(dst, '0', '.')
		for range -whole {
			dst = append(dst, '0')
		}
		return append(dst, num...)
	}
	dst = append(dst, num[:whole]...)
	dst = append(dst, '.')
	return append(dst, num[whole:]...)
}

// appendNumeral writes a JSON numeral that reads back as the same coefficient and exponent.
func (d Dec) appendNumeral(dst []byte) []byte {
	if d.Exp > 0 || d.Exp < -30 {
		dst = strconv.AppendInt(dst, d.Coef, 10)
		dst = append(dst, 'e')
		return strconv.AppendInt(dst, int64(d.Exp), 10)
	}
	return d.appendPlain(dst)
}
