package reference

import (
	"math/big"
	"regexp"
	"strings"
	"time"

	"github.com/earmarkhq/earmark/internal/value"
)

// num is a number. Rough ones are the result of a division (average, median, percentile, a
// quotient): they compare after rounding to 1e-9 of their size, which is ten digits. nil Rat: absent.
type num struct {
	*big.Rat
	rough bool
}

func (n num) absent() bool { return n.Rat == nil }

func exact(r *big.Rat) num { return num{Rat: r} }

func whole(n int) num { return exact(new(big.Rat).SetInt64(int64(n))) }

// cmp compares two present numbers; where one is rough, both are rounded first.
func (n num) cmp(o num) int {
	if n.rough || o.rough {
		return rounded(n.Rat).Cmp(rounded(o.Rat))
	}
	return n.Rat.Cmp(o.Rat)
}

// rounded is a number with ten significant digits, half away from zero: 1e-9 of its size.
func rounded(r *big.Rat) *big.Rat {
	if r.Sign() == 0 {
		return r
	}
	scale, ten := big.NewRat(1, 1), big.NewRat(10, 1)
	size := new(big.Rat).Abs(r)
	for size.Cmp(big.NewRat(10_000_000_000, 1)) >= 0 {
		size.Quo(size, ten)
		scale.Mul(scale, ten)
	}
	for size.Cmp(big.NewRat(1_000_000_000, 1)) < 0 {
		size.Mul(size, ten)
		scale.Quo(scale, ten)
	}
	size.Add(size, big.NewRat(1, 2))
	digits := new(big.Rat).SetInt(new(big.Int).Quo(size.Num(), size.Denom()))
	digits.Mul(digits, scale)
	if r.Sign() < 0 {
		digits.Neg(digits)
	}
	return digits
}

func ratOf(d value.Dec) *big.Rat {
	r := new(big.Rat).SetInt64(d.Coef)
	ten := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(abs(int(d.Exp)))), nil)
	if d.Exp < 0 {
		return r.Quo(r, new(big.Rat).SetInt(ten))
	}
	return r.Mul(r, new(big.Rat).SetInt(ten))
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}

var numeral = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

// number is the number a value is or holds as text (plain digits, at most 18 of them that
// count); absent for everything else.
func number(v value.Value) num {
	switch v.Kind() {
	case value.Number:
		if d, ok := v.Dec(); ok {
			return exact(ratOf(d))
		}
		if r, ok := new(big.Rat).SetString(v.Literal()); ok {
			return exact(r)
		}
	case value.Text:
		s := v.Text()
		if !numeral.MatchString(s) || len(strings.TrimLeft(strings.Replace(s, ".", "", 1), "-0")) > 18 {
			return num{}
		}
		if r, ok := new(big.Rat).SetString(s); ok {
			return exact(r)
		}
	}
	return num{}
}

// canonical is a text that two values share when they count as one value: for distinct, and for
// the keys of first and last. 1, 1.0 and the text 1 are one; so are true and the text true.
func canonical(v value.Value) string {
	switch v.Kind() {
	case value.Number:
		n := number(v)
		if n.absent() {
			return v.Literal()
		}
		digits, _ := n.FloatPrec()
		return n.FloatString(digits)
	case value.Bool:
		if v.Bool() {
			return "true"
		}
		return "false"
	case value.Text:
		return v.Text()
	}
	return v.String()
}

// same says whether two values are equal: a text and a number as numbers, a text and a boolean
// as texts, two texts as texts. All absent values are equal.
func same(a, b value.Value) bool {
	if a.Absent() || b.Absent() {
		return a.Absent() && b.Absent()
	}
	if a.Kind() == value.Number || b.Kind() == value.Number {
		x, y := number(a), number(b)
		return !x.absent() && !y.absent() && x.Rat.Cmp(y.Rat) == 0
	}
	switch {
	case a.Kind() == value.List && b.Kind() == value.List:
		if a.Len() != b.Len() {
			return false
		}
		for i := range a.Len() {
			if !same(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return true
	case a.Kind() == value.Object && b.Kind() == value.Object:
		if a.Len() != b.Len() {
			return false
		}
		for _, f := range a.Fields() {
			if !same(f.Val, b.Get(f.Key)) {
				return false
			}
		}
		return true
	case a.Kind() == value.List || a.Kind() == value.Object || b.Kind() == value.List || b.Kind() == value.Object:
		return false
	}
	return canonical(a) == canonical(b)
}

var dateText = regexp.MustCompile(`^(\d{4})-(\d\d)-(\d\d)( \d\d:\d\d(:\d\d(\.\d{1,3})?)?)?$`)

// date is the instant a value states: RFC 3339, a date with or without a time in the tenant's
// zone, or an epoch (milliseconds from 1e11 on, else seconds), in the years 1 to 9999.
func (w *World) date(v value.Value) (int64, bool) {
	at, ok := w.anyDate(v)
	first, end := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
	return at, ok && at >= first.UnixMilli() && at < end.UnixMilli()
}

func (w *World) anyDate(v value.Value) (int64, bool) {
	if n := number(v); !n.absent() {
		limit := big.NewRat(100_000_000_000, 1)
		ms := new(big.Rat).Set(n.Rat)
		if new(big.Rat).Abs(ms).Cmp(limit) < 0 {
			ms.Mul(ms, big.NewRat(1000, 1))
		}
		q := new(big.Int).Div(ms.Num(), ms.Denom()) // rounds down: the denominator is positive
		if q.IsInt64() {
			return q.Int64(), true
		}
		return 0, false
	}
	s := v.Text()
	if dateText.MatchString(s) {
		day, err := time.Parse("2006-01-02", s[:10])
		if err != nil {
			return 0, false
		}
		if len(s) == 10 {
			return w.start(dayNumber(day.Date())), true
		}
		layout := "2006-01-02 15:04:05.999"[:min(len(s), 19)]
		if len(s) > 20 {
			layout = "2006-01-02 15:04:05." + strings.Repeat("0", len(s)-20)
		}
		t, err := time.Parse(layout, s)
		if err != nil {
			return 0, false
		}
		return w.instant(t), true
	}
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return t.UnixMilli(), true
	}
	return 0, false
}
