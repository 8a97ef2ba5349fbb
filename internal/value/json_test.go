package value_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/earmarkhq/earmark/internal/value"
)

func TestParseJSONReadsExactly(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, out string }{
		{"whole numbers to 2^63", `[9223372036854775807,-9223372036854775808,0,-0]`, `[9223372036854775807,-9223372036854775808,0,0]`},
		{"beyond 2^63 as written", `[9223372036854775808,-9223372036854775809,12345678901234567890123]`, `[9223372036854775808,-9223372036854775809,12345678901234567890123]`},
		{"scale is kept", `[1.50,0.00,-0.010,100]`, `[1.50,0.00,-0.010,100]`},
		{"18 digits", `[123456789012345.678,0.123456789012345678]`, `[123456789012345.678,0.123456789012345678]`},
		{"19 digits as written", `[1.234567890123456789]`, `[1.234567890123456789]`},
		{"exponents", `[1e3,1.5E+3,25e-1,1e400,1e401,1E-99999999999999]`, `[1e3,15e2,2.5,1e400,1e401,1E-99999999999999]`},
		{"words", ` [ true , false , null ] `, `[true,false,null]`},
		{"texts", `["","a","é","\u00e9\n\"\\\/\b\f\r\t","\ud83d\ude00","母婴"]`, `["","a","é","é\n\"\\/\u0008\u000c\r\t","😀","母婴"]`},
		{"half surrogates become U+FFFD", `["\ud83d","\ude00x","\ud83d\u0041","\ud83d\ud83d\ude00"]`, `["` + "\ufffd\",\"\ufffdx\",\"\ufffdA\",\"\ufffd😀" + `"]`},
		{"last key wins at the first place", `{"a":1,"b":2,"a":{"c":3,"c":4}}`, `{"a":{"c":4},"b":2}`},
		{"empty containers", `{"":{},"l":[]}`, `{"":{},"l":[]}`},
		{"long texts", `["0123456789012345678901234567\"8901234567890123456789"]`, `["0123456789012345678901234567\"8901234567890123456789"]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v, err := value.ParseJSON([]byte(c.in))
			if err != nil {
				t.Fatal(err)
			}
			if got := v.String(); got != c.out {
				t.Errorf("got  %s\nwant %s", got, c.out)
			}
			again, err := value.ParseJSON([]byte(c.out))
			if err != nil || !value.Same(v, again) {
				t.Errorf("does not read back: %v, %v", again, err)
			}
		})
	}
}

func TestParseJSONRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in     string
		code   string
		offset int
	}{
		{"", "json_syntax", 0},
		{"  ", "json_syntax", 2},
		{"{", "json_syntax", 1},
		{`{"a"}`, "json_syntax", 4},
		{`{"a":}`, "json_syntax", 5},
		{`{"a":1,}`, "json_syntax", 7},
		{`{"a":1]`, "json_syntax", 6},
		{`[1,]`, "json_syntax", 3},
		{`[1}`, "json_syntax", 2},
		{`[1 2]`, "json_syntax", 3},
		{`{a:1}`, "json_syntax", 1},
		{`01`, "json_syntax", 0},
		{`-`, "json_syntax", 0},
		{`1.`, "json_syntax", 0},
		{`.5`, "json_syntax", 0},
		{`1e`, "json_syntax", 0},
		{`+1`, "json_syntax", 0},
		{`1x`, "json_syntax", 1},
		{`nul`, "json_syntax", 0},
		{`true false`, "json_syntax", 5},
		{`"abc`, "json_syntax", 4},
		{`"a\x"`, "json_syntax", 2},
		{`"a\u12g4"`, "json_syntax", 2},
		{`"a\`, "json_syntax", 2},
		{"\"a\nb\"", "json_syntax", 2},
		{"[\x001]", "json_syntax", 1},
		{"\"a\xff\"", "json_utf8", 2},
		{"\"\xed\xa0\x80\"", "json_utf8", 1},
		{strings.Repeat("[", 33) + strings.Repeat("]", 33), "json_depth", 32},
		{strings.Repeat(`{"a":`, 33) + "1" + strings.Repeat("}", 33), "json_depth", 160},
	} {
		v, err := value.ParseJSON([]byte(c.in))
		var fault *value.SyntaxError
		if !errors.As(err, &fault) {
			t.Errorf("%q: got %v, %v; want a SyntaxError", c.in, v, err)
			continue
		}
		if fault.Code != c.code || fault.Offset != c.offset || fault.Reason == "" {
			t.Errorf("%q: got %s at %d (%s), want %s at %d", c.in, fault.Code, fault.Offset, fault.Reason, c.code, c.offset)
		}
	}
	if _, err := value.ParseJSON([]byte(strings.Repeat("[", 32) + strings.Repeat("]", 32))); err != nil {
		t.Errorf("32 levels: %v", err)
	}
}

func TestParseJSONManyKeys(t *testing.T) {
	t.Parallel()
	var doc strings.Builder
	doc.WriteByte('{')
	for round := range 2 {
		for i := range 1000 {
			if doc.Len() > 1 {
				doc.WriteByte(',')
			}
			doc.WriteString(`"k` + value.Dec{Coef: int64(i)}.String() + `":` + value.Dec{Coef: int64(i + round)}.String())
		}
	}
	doc.WriteByte('}')
	v, err := value.ParseJSON([]byte(doc.String()))
	if err != nil || v.Len() != 1000 {
		t.Fatalf("%d members, %v", v.Len(), err)
	}
	for i, f := range v.Fields() {
		if n, _ := f.Val.Int(); f.Key != "k"+(value.Dec{Coef: int64(i)}).String() || n != int64(i+1) {
			t.Fatalf("member %d is %s: %v", i, f.Key, f.Val)
		}
	}
}
