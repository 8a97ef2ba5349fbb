package value_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

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

func TestJSONIsLossless(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		v := anyValue().Draw(t, "value")
		doc := value.AppendJSON(nil, v)
		got, err := value.ParseJSON(doc)
		if err != nil || !value.Same(v, got) {
			t.Fatalf("%s: %v, %v", doc, got, err)
		}
		var indented bytes.Buffer
		if err := json.Indent(&indented, doc, "", "\t"); err != nil {
			t.Fatalf("%s: %v", doc, err)
		}
		if got, err = value.ParseJSON(indented.Bytes()); err != nil || !value.Same(v, got) {
			t.Fatalf("%s: %v, %v", indented.Bytes(), got, err)
		}
	})
}

// FuzzParseJSON holds the parser against encoding/json: both take or refuse the same documents
// (but for depth, and for bytes that are no UTF-8) and read the same content.
func FuzzParseJSON(f *testing.F) {
	for _, doc := range []string{`{"a":[1,2.50,-3e4,"x\n\u00e9\ud83d\ude00",true,null],"a":{}}`, `[]`, `0`, `"`, `{"a":1,"b":{"c":[[]]}}`, "\t\r\n 1 "} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		v, err := value.ParseJSON(doc)
		var fault *value.SyntaxError
		if errors.As(err, &fault) && fault.Code != "json_syntax" {
			return
		}
		if (err == nil) != json.Valid(doc) {
			t.Fatalf("%q: %v, but valid is %v", doc, err, json.Valid(doc))
		}
		if err != nil {
			return
		}
		decoder := json.NewDecoder(bytes.NewReader(doc))
		decoder.UseNumber()
		var want, got any
		if err := decoder.Decode(&want); err != nil {
			t.Fatal(err)
		}
		decoder = json.NewDecoder(bytes.NewReader(value.AppendJSON(nil, v)))
		decoder.UseNumber()
		if err := decoder.Decode(&got); err != nil {
			t.Fatal(err)
		}
		if !sameTree(want, got) {
			t.Fatalf("%q: want %v, got %v", doc, want, got)
		}
		again, err := value.ParseJSON(value.AppendJSON(nil, v))
		if err != nil || !value.Same(v, again) {
			t.Fatalf("%q: %v does not survive: %v, %v", doc, v, again, err)
		}
	})
}

// sameTree compares what encoding/json made, numbers as exact rationals where they are small.
func sameTree(a, b any) bool {
	switch x := a.(type) {
	case json.Number:
		y, ok := b.(json.Number)
		if !ok || x == y {
			return ok
		}
		p, okP := value.ParseDec(string(x))
		q, okQ := value.ParseDec(string(y))
		return okP && okQ && p.Equal(q)
	case []any:
		y, ok := b.([]any)
		return ok && slices.EqualFunc(x, y, sameTree)
	case map[string]any:
		y, ok := b.(map[string]any)
		return ok && maps.EqualFunc(x, y, sameTree)
	}
	return a == b
}
