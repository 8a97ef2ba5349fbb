package value_test

import (
	"pgregory.net/rapid"

	"github.com/earmarkhq/earmark/internal/value"
)

// anyText draws texts of every form that the binary form treats apart, and near misses.
func anyText() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.String(),
		rapid.StringMatching(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`),
		rapid.StringMatching(`[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}`),
		rapid.StringMatching(`[0-9a-fA-F]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`),
		rapid.StringMatching(`[0-9a-f]{2,70}`),
		rapid.StringMatching(`-?[0-9]{1,20}`),
		rapid.StringMatching(`-?[0-9]{1,10}\.[0-9]{0,12}`),
		rapid.StringMatching(`-?[0-9]{1,3}[eE][+-]?[0-9]{1,3}`),
		rapid.StringMatching(`[0-9]{4}-[01][0-9]-[0-3][0-9]`),
		rapid.StringMatching(`[0-9]{4}-0[1-9]-[0-2][0-9][ Tt][0-2][0-9]:[0-5][0-9]:[0-5][0-9](\.[0-9]{1,4})?([Zz]|\+08:00)?`),
		rapid.SampledFrom([]string{"", "母婴", "Order Completed", "0001-01-01", "9999-12-31T23:59:59.999Z", "-0", "-0.00", "true"}),
	)
}

// anyNumber draws decimals and numerals beyond them.
func anyNumber() *rapid.Generator[value.Value] {
	return rapid.Custom(func(t *rapid.T) value.Value {
		if rapid.IntRange(0, 9).Draw(t, "how") == 0 {
			s := rapid.StringMatching(`-?[1-9][0-9]{19,40}(\.[0-9]{1,5})?([eE][+-]?[0-9]{1,4})?`).Draw(t, "numeral")
			v, err := value.ParseJSONText(s)
			if err != nil {
				t.Fatalf("%s: %v", s, err)
			}
			return v
		}
		return value.NewDec(anyDec().Draw(t, "dec"))
	})
}

// anyDec draws decimals that a document can hold.
func anyDec() *rapid.Generator[value.Dec] {
	return rapid.Custom(func(t *rapid.T) value.Dec {
		if rapid.Bool().Draw(t, "whole") {
			return value.Dec{Coef: rapid.Int64().Draw(t, "coef")}
		}
		return value.Dec{
			Coef: rapid.Int64Range(-999_999_999_999_999_999, 999_999_999_999_999_999).Draw(t, "coef"),
			Exp: rapid.OneOf(rapid.Int32Range(-20, 20), rapid.Int32Range(-value.MaxExp, value.MaxExp)).
				Draw(t, "exp"),
		}
	})
}

// anyValue draws trees of up to three levels with distinct keys.
func anyValue() *rapid.Generator[value.Value] { return valueOf(3) }

func valueOf(depth int) *rapid.Generator[value.Value] {
	return rapid.Custom(func(t *rapid.T) value.Value {
		most := 4
		if depth > 0 {
			most = 6
		}
		switch rapid.IntRange(0, most).Draw(t, "kind") {
		case 0:
			return value.Value{}
		case 1:
			return value.NewBool(rapid.Bool().Draw(t, "bool"))
		case 2:
			return anyNumber().Draw(t, "number")
		case 3, 4:
			return value.NewText(anyText().Draw(t, "text"))
		case 5:
			return value.NewList(rapid.SliceOfN(valueOf(depth-1), 0, 20).Draw(t, "list")...)
		}
		keys := rapid.SliceOfNDistinct(rapid.OneOf(rapid.StringMatching(`[a-z_]{1,6}`), rapid.String()), 0, 20, rapid.ID).Draw(t, "keys")
		fields := make([]value.Field, len(keys))
		for i, k := range keys {
			fields[i] = value.Field{Key: k, Val: valueOf(depth-1).Draw(t, "member")}
		}
		return value.NewObject(fields...)
	})
}
