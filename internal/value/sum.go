package value

import "math/big"

// Sum adds decimals exactly, however many. The zero Sum is 0. It allocates only when the total
// leaves int64 at the finest scale seen.
type Sum struct {
	d   Dec
	big *big.Int // where set, the coefficient instead of d.Coef
}

// Add adds d.
func (s *Sum) Add(d Dec) {
	if d.Coef == 0 {
		return
	}
	if s.big == nil {
		if s.d.Coef == 0 {
			s.d = d
			return
		}
		if x, y, exp, ok := align(s.d, d); ok {
			if z, ok := addInt(x, y); ok {
				s.d = Dec{Coef: z, Exp: exp}
				return
			}
		}
		s.big = big.NewInt(s.d.Coef)
	}
	s.addBig(big.NewInt(d.Coef), d.Exp)
}

// Sub subtracts d.
func (s *Sum) Sub(d Dec) {
	if -d.Coef != d.Coef {
		d.Coef = -d.Coef
		s.Add(d)
		return
	}
	if d.Coef == 0 {
		return
	}
	if s.big == nil { // the least int64 has no opposite
		s.big = big.NewInt(s.d.Coef)
	}
	n := big.NewInt(d.Coef)
	s.addBig(n.Neg(n), d.Exp)
}

func (s *Sum) addBig(n *big.Int, exp int32) {
	switch {
	case exp > s.d.Exp:
		n.Mul(n, pow10Int(int(exp-s.d.Exp)))
	case exp < s.d.Exp:
		s.big.Mul(s.big, pow10Int(int(s.d.Exp-exp)))
		s.d.Exp = exp
	}
	s.big.Add(s.big, n)
	if s.big.IsInt64() {
		s.d.Coef, s.big = s.big.Int64(), nil
	}
}

// Num is the total.
func (s *Sum) Num() Num {
	if s.big == nil {
		return Num{d: s.d}
	}
	return fromRat(scaled(new(big.Int).Set(s.big), s.d.Exp))
}

// Cmp compares the total with d: -1, 0 or 1.
func (s *Sum) Cmp(d Dec) int {
	if s.big == nil {
		return s.d.Cmp(d)
	}
	return s.Num().Cmp(FromDec(d))
}

// Value is the total as a Value: exact, a literal where Dec can not hold it.
func (s *Sum) Value() Value {
	if s.big == nil {
		return NewDec(s.d)
	}
	text := s.big.String()
	if s.d.Exp != 0 {
		text += "e" + Dec{Coef: int64(s.d.Exp)}.String()
	}
	return newLiteral(text)
}
