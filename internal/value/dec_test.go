package value_test

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/earmarkhq/earmark/internal/value"
)

func TestParseDec(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   string
		want value.Dec
		text string // canonical text; "" where the numeral is refused
	}{
		{"0", value.Dec{}, "0"},
		{"-0", value.Dec{}, "0"},
		{"1.50", value.Dec{Coef: 150, Exp: -2}, "1.5"},
		{"007", value.Dec{Coef: 7}, "7"},
		{"3e8", value.Dec{Coef: 3, Exp: 8}, "300000000"},
		{"-12.5E-3", value.Dec{Coef: -125, Exp: -4}, "-0.0125"},
		{"9223372036854775807", value.Dec{Coef: math.MaxInt64}, "9223372036854775807"},
		{"-9223372036854775808", value.Dec{Coef: math.MinInt64}, "-9223372036854775808"},
		{"9223372036854775808", value.Dec{}, ""},
		{"-9223372036854775809", value.Dec{}, ""},
		{"99999999999999999999", value.Dec{}, ""},
		{"123456789012345678.0", value.Dec{}, ""},
		{"0.1234567890123456789", value.Dec{}, ""},
		{"1234567890123456789e1", value.Dec{}, ""},
		{"1e401", value.Dec{}, ""},
		{"1e99999999999999999999", value.Dec{}, ""},
		{"", value.Dec{}, ""}, {"-", value.Dec{}, ""}, {"1.", value.Dec{}, ""}, {".5", value.Dec{}, ""},
		{"+1", value.Dec{}, ""}, {"1e", value.Dec{}, ""}, {" 1", value.Dec{}, ""}, {"1 ", value.Dec{}, ""},
		{"0x10", value.Dec{}, ""}, {"1_000", value.Dec{}, ""}, {"１", value.Dec{}, ""}, {"NaN", value.Dec{}, ""},
	} {
		d, ok := value.ParseDec(c.in)
		if ok != (c.text != "") {
			t.Errorf("%q: ok is %v", c.in, ok)
			continue
		}
		if ok && (d != c.want || d.String() != c.text) {
			t.Errorf("%q: got %+v, %s; want %+v, %s", c.in, d, d, c.want, c.text)
		}
	}
}

func TestParseTextDec(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"128.50": "128.5", "-3": "-3", "007": "7", "123456789012345678": "123456789012345678",
		"0.00": "0", "1234567890123456789": "", "1e3": "", "12E5": "", "+1": "", "1 ": "", " 1": "",
		"": "", "abc": "", "5.": "", ".5": "", "1,000": "", "-": "",
	} {
		d, ok := value.ParseTextDec(in)
		if ok != (want != "") || ok && d.String() != want {
			t.Errorf("%q: %s, %v; want %q", in, d, ok, want)
		}
	}
}

// rat is the oracle of exact arithmetic.
func rat(d value.Dec) *big.Rat {
	r, ok := new(big.Rat).SetString(value.NewDec(d).String())
	if !ok {
		panic(d)
	}
	return r
}

func TestDecAgreesWithRationals(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyDec().Draw(t, "a"), anyDec().Draw(t, "b")
		if rapid.Bool().Draw(t, "near") {
			b = a.Reduce()
			if by := rapid.Int64Range(-1, 1).Draw(t, "by"); b.Exp > -value.MaxExp {
				b.Coef += by
			}
		}
		if got, want := a.Cmp(b), rat(a).Cmp(rat(b)); got != want {
			t.Fatalf("%v cmp %v = %d, want %d", a, b, got, want)
		}
		if (a.Reduce() == b.Reduce()) != a.Equal(b) {
			t.Fatalf("%v and %v: reduced %v and %v", a, b, a.Reduce(), b.Reduce())
		}
		if a.IsInt() != rat(a).IsInt() {
			t.Fatalf("%v: IsInt is %v", a, a.IsInt())
		}
		n, ok := a.Int()
		if fits := rat(a).IsInt() && rat(a).Num().IsInt64(); ok != fits || ok && rat(a).Num().Int64() != n {
			t.Fatalf("%v: Int is %d, %v", a, n, ok)
		}
		if text, ok := new(big.Rat).SetString(a.String()); !ok || text.Cmp(rat(a)) != 0 {
			t.Fatalf("%v: String is %s", a, a)
		}
	})
}

func TestNumAgreesWithRationals(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n, want := value.Num{}, new(big.Rat)
		for range rapid.IntRange(1, 6).Draw(t, "steps") {
			d := anyDec().Draw(t, "d")
			if rapid.Bool().Draw(t, "small") {
				d = value.Dec{Coef: d.Coef % 1000, Exp: d.Exp % 3}
			}
			x, r := value.FromDec(d), rat(d)
			switch rapid.IntRange(0, 5).Draw(t, "op") {
			case 0:
				n, want = n.Add(x), new(big.Rat).Add(want, r)
			case 1:
				n, want = n.Sub(x), new(big.Rat).Sub(want, r)
			case 2:
				n, want = n.Mul(x), new(big.Rat).Mul(want, r)
			case 3:
				q, ok := n.Div(x)
				if ok != (r.Sign() != 0) {
					t.Fatalf("division by %v: %v", d, ok)
				}
				if ok {
					n, want = q, new(big.Rat).Quo(want, r)
				}
			case 4:
				if n = n.Min(x); want.Cmp(r) > 0 {
					want = r
				}
			case 5:
				if n = n.Max(x); want.Cmp(r) < 0 {
					want = r
				}
			}
		}
		if d, ok := n.Dec(); ok && rat(d).Cmp(want) != 0 {
			t.Fatalf("as decimal %v, want %v", d, want)
		}
		bound := anyDec().Draw(t, "bound")
		if got := n.Cmp(value.FromDec(bound)); got != want.Cmp(rat(bound)) || n.Sign() != want.Sign() {
			t.Fatalf("%v cmp %v = %d, want %v", n, bound, got, want)
		}
	})
}

func TestSumIsExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var s value.Sum
		want := new(big.Rat)
		for _, d := range rapid.SliceOfN(anyDec(), 0, 30).Draw(t, "terms") {
			if rapid.Bool().Draw(t, "sub") {
				s.Sub(d)
				want.Sub(want, rat(d))
			} else {
				s.Add(d)
				want.Add(want, rat(d))
			}
			total, ok := new(big.Rat).SetString(s.Value().String())
			if !ok || total.Cmp(want) != 0 {
				t.Fatalf("total %v, want %v", s.Value(), want)
			}
			if got := s.Cmp(d); got != want.Cmp(rat(d)) || s.Num().Cmp(value.FromDec(d)) != got {
				t.Fatalf("%v cmp %v = %d", want, d, got)
			}
		}
	})
}

func TestSumOverflowsInto128BitsAndBack(t *testing.T) {
	t.Parallel()
	var s value.Sum
	for range 3 {
		s.Add(value.Dec{Coef: math.MaxInt64})
	}
	if got := s.Value().String(); got != "27670116110564327421" {
		t.Errorf("got %s", got)
	}
	s.Sub(value.Dec{Coef: math.MaxInt64})
	s.Sub(value.Dec{Coef: math.MaxInt64})
	if n, ok := s.Value().Int(); !ok || n != math.MaxInt64 {
		t.Errorf("got %v", s.Value())
	}
	s.Sub(value.Dec{Coef: math.MinInt64})
	if got := s.Value().String(); got != "18446744073709551615" {
		t.Errorf("got %s", got)
	}
}

func TestCmpRounded(t *testing.T) {
	t.Parallel()
	dec := func(s string) value.Num {
		d, ok := value.ParseDec(s)
		if !ok {
			t.Fatal(s)
		}
		return value.FromDec(d)
	}
	third := func(s string) value.Num {
		q, _ := dec(s).Div(value.FromInt(3))
		return q
	}
	for _, c := range []struct {
		a, b value.Num
		want int
	}{
		{third("100"), dec("33.3333333333"), 0},
		{third("100"), dec("33.33333333"), 0},
		{third("100"), dec("33.3333333"), 1},
		{third("-100"), dec("-33.3333333"), -1},
		{third("2e-30"), dec("6.666666667e-31"), 0},
		{third("2e30"), dec("6.666666667e29"), 0},
		{third("2e30"), dec("6.666666666e29"), 1},
		{dec("123456789.04"), dec("123456789.0"), 0},
		{dec("123456789.05"), dec("123456789.0"), 1},
		{dec("-123456789.05"), dec("-123456789.0"), -1},
		{third("3"), dec("1"), 0},
		{third("0"), dec("0"), 0},
		{third("1"), dec("0"), 1},
		{third("29999999999.9"), dec("1e10"), 0},
		{third("1").Sub(third("1")), dec("0"), 0},
	} {
		if got := value.CmpRounded(c.a, c.b); got != c.want {
			t.Errorf("%v against %v: %d, want %d", c.a, c.b, got, c.want)
		}
		if got := value.CmpRounded(c.b, c.a); got != -c.want {
			t.Errorf("%v against %v: %d, want %d", c.b, c.a, got, -c.want)
		}
	}
	if got := third("100").String(); got != "33.33333333" {
		t.Errorf("as text %s", got)
	}
}

// roundRat is the definition that CmpRounded is held against: 10 significant digits, half away
// from zero.
func roundRat(r *big.Rat) *big.Rat {
	if r.Sign() == 0 {
		return r
	}
	ten, unit := big.NewRat(10, 1), big.NewRat(1, 1)
	top := big.NewRat(1e10, 1)
	bottom := big.NewRat(1e9, 1)
	abs := new(big.Rat).Abs(r)
	for new(big.Rat).Quo(abs, unit).Cmp(top) >= 0 {
		unit.Mul(unit, ten)
	}
	for new(big.Rat).Quo(abs, unit).Cmp(bottom) < 0 {
		unit.Quo(unit, ten)
	}
	q := new(big.Rat).Add(new(big.Rat).Quo(abs, unit), big.NewRat(1, 2))
	n := new(big.Int).Quo(q.Num(), q.Denom())
	out := new(big.Rat).Mul(new(big.Rat).SetInt(n), unit)
	if r.Sign() < 0 {
		out.Neg(out)
	}
	return out
}

func TestCmpRoundedMatchesItsDefinition(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := anyDec().Draw(t, "sum")
		n := rapid.Int64Range(1, 1000).Draw(t, "n")
		q, _ := value.FromDec(d).Div(value.FromInt(n))
		exact := new(big.Rat).Quo(rat(d), big.NewRat(n, 1))
		bound := anyDec().Draw(t, "bound")
		if text := q.String(); rapid.Bool().Draw(t, "near") {
			if near, ok := value.ParseDec(text); ok && near.Exp > -value.MaxExp {
				near.Coef += rapid.Int64Range(-2, 2).Draw(t, "by")
				bound = near
			}
		}
		want := roundRat(exact).Cmp(roundRat(rat(bound)))
		if got := value.CmpRounded(q, value.FromDec(bound)); got != want {
			t.Fatalf("%v / %d against %v: %d, want %d", d, n, bound, got, want)
		}
		if got := value.CmpRatio(value.FromDec(d), n, bound); got != want {
			t.Fatalf("ratio %v / %d against %v: %d, want %d", d, n, bound, got, want)
		}
	})
}

// FuzzParseDec holds what is accepted against exact rationals.
func FuzzParseDec(f *testing.F) {
	for _, s := range []string{"0", "-1.50", "9223372036854775808", "1e400", "0.000", "12E+3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, ok := value.ParseDec(s)
		if !ok {
			if _, ok := value.ParseTextDec(s); ok {
				t.Fatalf("%q: text is a number, numeral is not", s)
			}
			return
		}
		want, valid := new(big.Rat).SetString(s)
		if !valid || want.Cmp(rat(d)) != 0 {
			t.Fatalf("%q: %v", s, d)
		}
	})
}
