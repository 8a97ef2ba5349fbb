package value

import "strings"

// AsDec is the number a value holds as the language sees it: a Number within Dec, or text that
// holds one (see ParseTextDec). Numerals beyond Dec have AsNum.
func AsDec(v Value) (d Dec, ok bool) {
	switch v.kind {
	case Number:
		if !v.flag {
			return Dec{Coef: v.n, Exp: v.exp}, true
		}
	case Text:
		return ParseTextDec(v.str())
	}
	return Dec{}, false
}

// AsNum is AsDec and, exactly too, numerals beyond Dec of at most MaxExp digits and an exponent
// within ±MaxExp.
func AsNum(v Value) (Num, bool) {
	if d, ok := AsDec(v); ok {
		return FromDec(d), true
	}
	if v.kind == Number && v.flag {
		return literalNum(v.str())
	}
	return Num{}, false
}

// Equal reports whether the language calls the values equal: numbers by value whatever their
// scale; text that holds a number equals that number; true and false equal the texts "true"
// and "false"; texts byte by byte; lists element by element in order; objects member by member
// in any order. Every other pair differs, without error.
func Equal(a, b Value) bool {
	if a.kind != b.kind {
		if a.kind > b.kind {
			a, b = b, a
		}
		if b.kind != Text {
			return false
		}
		switch a.kind {
		case Bool:
			return b.str() == boolText(a.flag)
		case Number:
			x, ok := a.Dec()
			if !ok {
				return false // text of that length is no number
			}
			y, ok := ParseTextDec(b.str())
			return ok && x.Cmp(y) == 0
		}
		return false
	}
	switch a.kind {
	case Null:
		return true
	case Bool:
		return a.flag == b.flag
	case Number:
		return equalNumbers(a, b)
	case Text:
		return a.str() == b.str()
	case List:
		return equalLists(a.Fields(), b.Fields())
	}
	return equalObjects(a, b)
}

func equalNumbers(a, b Value) bool {
	if !a.flag && !b.flag {
		return Dec{Coef: a.n, Exp: a.exp}.Cmp(Dec{Coef: b.n, Exp: b.exp}) == 0
	}
	x, ok := AsNum(a)
	if !ok {
		return a.flag == b.flag && a.str() == b.str()
	}
	y, ok := AsNum(b)
	return ok && x.Cmp(y) == 0
}

func equalLists(a, b []Field) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !Equal(a[i].Val, b[i].Val) {
			return false
		}
	}
	return true
}

func equalObjects(a, b Value) bool {
	x, y := a.Fields(), b.Fields()
	if len(x) != len(y) {
		return false
	}
	var index map[string]int // only where keys are many and in another order
	for i, f := range x {
		j := i
		if y[i].Key != f.Key {
			if index == nil {
				index = make(map[string]int, len(y))
				for k := range y {
					index[y[k].Key] = k
				}
			}
			k, ok := index[f.Key]
			if !ok {
				return false
			}
			j = k
		}
		if !Equal(f.Val, y[j].Val) {
			return false
		}
	}
	return true
}

// Compare orders two values that both are or hold numbers; ok is false for every other pair.
func Compare(a, b Value) (cmp int, ok bool) {
	x, ok := AsDec(a)
	if ok {
		if y, ok := AsDec(b); ok {
			return x.Cmp(y), true
		}
	}
	if !(a.kind == Number && a.flag || b.kind == Number && b.flag) {
		return 0, false
	}
	m, ok := AsNum(a)
	if !ok {
		return 0, false
	}
	n, ok := AsNum(b)
	if !ok {
		return 0, false
	}
	return m.Cmp(n), true
}

// Same reports whether the values are identical: kind, scale, order of keys. Tests and
// encodings want it; conditions use Equal.
func Same(a, b Value) bool {
	if a.kind != b.kind || a.flag != b.flag || a.exp != b.exp || a.n != b.n {
		return false
	}
	switch {
	case a.kind == Text || a.kind == Number && a.flag:
		return a.str() == b.str()
	case a.kind != List && a.kind != Object:
		return true
	}
	x, y := a.Fields(), b.Fields()
	for i := range x {
		if x[i].Key != y[i].Key || !Same(x[i].Val, y[i].Val) {
			return false
		}
	}
	return true
}

// TextOf is what the text operators see of a scalar: text as it is, a number as its canonical
// text (1.50 → 1.5), true and false. ok is false for null, lists and objects.
func TextOf(v Value) (s string, ok bool) {
	switch v.kind {
	case Text:
		return v.str(), true
	case Number:
		if v.flag {
			return v.str(), true
		}
		return Dec{Coef: v.n, Exp: v.exp}.String(), true
	case Bool:
		return boolText(v.flag), true
	}
	return "", false
}

func boolText(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

// AppendKey appends bytes that name a value among others, for grouping, distinct and value
// rules: scalars by TextOf (so 1, 1.0 and "1" are one), lists and objects by their JSON.
func AppendKey(dst []byte, v Value) []byte {
	if s, ok := TextOf(v); ok {
		return append(dst, s...)
	}
	return AppendJSON(dst, v)
}

// literalNum reads a numeral of the JSON grammar exactly, within the bounds of AsNum.
func literalNum(s string) (Num, bool) {
	mant, exp := s, 0
	if at := strings.IndexAny(s, "eE"); at >= 0 {
		e, end := scanExponent(s, at+1)
		if end != len(s) {
			return Num{}, false
		}
		mant, exp = s[:at], e
	}
	if len(mant) > MaxExp {
		return Num{}, false
	}
	if at := strings.IndexByte(mant, '.'); at >= 0 {
		exp -= len(mant) - at - 1
		mant = mant[:at] + mant[at+1:]
	}
	n, ok := parseBig(mant)
	if !ok || exp > MaxExp || exp < -2*MaxExp {
		return Num{}, false
	}
	return fromRat(scaled(n, int32(exp))), true
}
