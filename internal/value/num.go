package value

import (
	"math"
	"math/big"
	"math/bits"
)

// Num is an exact rational number of any size: what metric expressions compute with. It is
// immutable; the zero Num is 0. Numbers that a Dec can hold cost no allocation.
type Num struct {
	d Dec
	r *big.Rat // where set, the number; never modified
}

// FromDec is d as a Num.
func FromDec(d Dec) Num { return Num{d: d} }

// FromInt is n as a Num.
func FromInt(n int64) Num { return Num{d: Dec{Coef: n}} }

func fromRat(r *big.Rat) Num { return Num{r: r} }

// rat is the number as a big.Rat that the caller may not modify.
func (a Num) rat() *big.Rat {
	if a.r != nil {
		return a.r
	}
	return scaled(big.NewInt(a.d.Coef), a.d.Exp)
}

// scaled is n × 10^exp; it takes over n.
func scaled(n *big.Int, exp int32) *big.Rat {
	if exp >= 0 {
		return new(big.Rat).SetInt(n.Mul(n, pow10Int(int(exp))))
	}
	return new(big.Rat).SetFrac(n, pow10Int(int(-exp)))
}

// pow10Int is a fresh 10^n.
func pow10Int(n int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

// align brings two decimals to one exponent; ok is false where that overflows.
func align(a, b Dec) (x, y int64, exp int32, ok bool) {
	if a.Exp == b.Exp {
		return a.Coef, b.Coef, a.Exp, true
	}
	if a.Exp < b.Exp {
		y, ok = rescale(b.Coef, b.Exp-a.Exp)
		return a.Coef, y, a.Exp, ok
	}
	x, ok = rescale(a.Coef, a.Exp-b.Exp)
	return x, b.Coef, b.Exp, ok
}

// rescale is n × 10^by within int64.
func rescale(n int64, by int32) (int64, bool) {
	if n == 0 {
		return 0, true
	}
	if by > MaxDigits {
		return 0, false
	}
	return mulInt(n, int64(pow10[by]))
}

func addInt(a, b int64) (int64, bool) {
	c := a + b
	return c, (c > a) == (b > 0)
}

func mulInt(a, b int64) (int64, bool) {
	hi, lo := bits.Mul64(magnitude(a), magnitude(b))
	if hi != 0 || lo > math.MaxInt64 {
		return 0, false
	}
	if (a < 0) != (b < 0) {
		return -int64(lo), true
	}
	return int64(lo), true
}

// Add is a + b.
func (a Num) Add(b Num) Num {
	if a.r == nil && b.r == nil {
		if x, y, exp, ok := align(a.d, b.d); ok {
			if z, ok := addInt(x, y); ok {
				return Num{d: Dec{Coef: z, Exp: exp}}
			}
		}
	}
	return fromRat(new(big.Rat).Add(a.rat(), b.rat()))
}

// Neg is −a.
func (a Num) Neg() Num {
	if a.r == nil && a.d.Coef != math.MinInt64 {
		return Num{d: Dec{Coef: -a.d.Coef, Exp: a.d.Exp}}
	}
	return fromRat(new(big.Rat).Neg(a.rat()))
}

// Sub is a − b.
func (a Num) Sub(b Num) Num { return a.Add(b.Neg()) }

// Mul is a × b.
func (a Num) Mul(b Num) Num {
	if a.r == nil && b.r == nil {
		exp := a.d.Exp + b.d.Exp
		if z, ok := mulInt(a.d.Coef, b.d.Coef); ok && exp >= -MaxExp && exp <= MaxExp {
			return Num{d: Dec{Coef: z, Exp: exp}}
		}
	}
	return fromRat(new(big.Rat).Mul(a.rat(), b.rat()))
}

// Div is a ÷ b; ok is false where b is zero.
func (a Num) Div(b Num) (q Num, ok bool) {
	if b.Sign() == 0 {
		return Num{}, false
	}
	if a.r == nil && b.r == nil {
		if x, y, _, ok := align(a.d, b.d); ok && y != -1 && x%y == 0 {
			return FromInt(x / y), true
		}
	}
	return fromRat(new(big.Rat).Quo(a.rat(), b.rat())), true
}

// Min and Max return the smaller and the greater number, a where they are equal.
func (a Num) Min(b Num) Num {
	if b.Cmp(a) < 0 {
		return b
	}
	return a
}

// Max is the greater number; see Min.
func (a Num) Max(b Num) Num {
	if b.Cmp(a) > 0 {
		return b
	}
	return a
}

// Sign is -1, 0 or 1.
func (a Num) Sign() int {
	if a.r != nil {
		return a.r.Sign()
	}
	return a.d.Sign()
}

// Cmp compares exactly: -1, 0 or 1.
func (a Num) Cmp(b Num) int {
	if a.r == nil && b.r == nil {
		return a.d.Cmp(b.d)
	}
	return a.rat().Cmp(b.rat())
}

// Dec returns the number as a decimal; ok is false where it is none that Dec holds exactly.
func (a Num) Dec() (d Dec, ok bool) {
	if a.r == nil {
		return a.d, true
	}
	scale, exact := a.r.FloatPrec()
	if !exact || scale > MaxExp {
		return Dec{}, false
	}
	n := new(big.Int).Mul(a.r.Num(), pow10Int(scale))
	n.Quo(n, a.r.Denom())
	exp := int32(-scale)
	for ten, rest := big.NewInt(10), new(big.Int); !n.IsInt64() && exp < MaxExp; exp++ {
		q := new(big.Int)
		if q.QuoRem(n, ten, rest); rest.Sign() != 0 {
			return Dec{}, false
		}
		n = q
	}
	return Dec{Coef: n.Int64(), Exp: exp}, n.IsInt64()
}

// Float is the nearest double, for charts and estimates only.
func (a Num) Float() float64 {
	if a.r == nil && a.d.Exp <= 0 && a.d.Exp >= -22 && magnitude(a.d.Coef) < 1<<53 {
		return float64(a.d.Coef) / math.Pow10(int(-a.d.Exp)) // both exact, one rounding
	}
	f, _ := a.rat().Float64()
	return f
}

// String is the canonical text: the exact decimal where there is a short one, else rounded to
// 10 significant digits, as CmpRounded sees it.
func (a Num) String() string {
	if d, ok := a.Dec(); ok {
		return d.String()
	}
	return a.round().String()
}

// roundDigits is the number of significant digits that is left by rounding to 1e-9 relative.
const roundDigits = 10

// round rounds to roundDigits significant digits, half away from zero. Numbers beyond MaxExp
// end there.
func (a Num) round() Dec {
	if a.r == nil {
		return roundDec(a.d)
	}
	if a.r.Sign() == 0 {
		return Dec{}
	}
	abs := new(big.Rat).Abs(a.r)
	// The estimate of the number of places before the point is exact or one too small.
	places := int(float64(abs.Num().BitLen()-abs.Denom().BitLen()-1) * math.Log10(2))
	n := new(big.Int)
	exp := places - roundDigits
	for {
		n = roundHalf(abs, exp)
		if digits(n.Uint64()) <= roundDigits && n.IsUint64() {
			break
		}
		exp++
	}
	c := n.Int64()
	if a.r.Sign() < 0 {
		c = -c
	}
	return Dec{Coef: c, Exp: int32(max(-math.MaxInt32, exp))}
}

// roundHalf is r ÷ 10^exp rounded half up; r ≥ 0.
func roundHalf(r *big.Rat, exp int) *big.Int {
	num, den := new(big.Int).Set(r.Num()), new(big.Int).Set(r.Denom())
	if exp < 0 {
		num.Mul(num, pow10Int(-exp))
	} else {
		den.Mul(den, pow10Int(exp))
	}
	num.Lsh(num, 1).Add(num, den)
	return num.Quo(num, den.Lsh(den, 1))
}

func roundDec(d Dec) Dec {
	drop := digits(magnitude(d.Coef)) - roundDigits
	if drop <= 0 {
		return d
	}
	unit := pow10[drop]
	n := magnitude(d.Coef)
	n = n/unit + (n%unit+unit/2)/unit
	if d.Coef < 0 {
		return Dec{Coef: -int64(n), Exp: d.Exp + int32(drop)}
	}
	return Dec{Coef: int64(n), Exp: d.Exp + int32(drop)}
}

// CmpRounded compares after rounding both to 1e-9 relative (10 significant digits, half away
// from zero): how avg, median and percentiles meet their bounds.
func CmpRounded(a, b Num) int {
	if a.r == nil && b.r == nil {
		return roundDec(a.d).Cmp(roundDec(b.d))
	}
	x, y := a.Float(), b.Float()
	if c, sure := cmpFloat(x, y); sure {
		return c
	}
	return a.round().Cmp(b.round())
}

// cmpFloat compares doubles that are near their true numbers; sure is false where rounding
// could decide.
func cmpFloat(x, y float64) (c int, sure bool) {
	diff, size := math.Abs(x-y), math.Max(math.Abs(x), math.Abs(y))
	if !(diff > size*1e-8) || math.IsInf(size, 0) || size < 1e-290 {
		return 0, false
	}
	if x < y {
		return -1, true
	}
	return 1, true
}

// CmpRatio is CmpRounded(sum ÷ n, bound) for n > 0, without allocation unless it is close: an
// average against its bound.
func CmpRatio(sum Num, n int64, bound Dec) int {
	if sum.r == nil {
		if c, sure := cmpFloat(sum.Float()/float64(n), Num{d: bound}.Float()); sure {
			return c
		}
	}
	q, _ := sum.Div(FromInt(n))
	return CmpRounded(q, FromDec(bound))
}

// parseBig reads decimal digits with an optional minus.
func parseBig(s string) (*big.Int, bool) { return new(big.Int).SetString(s, 10) }
