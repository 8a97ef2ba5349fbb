package fault_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"testing"

	"github.com/earmarkhq/earmark/internal/fault"
)

var _ = fault.Register(fault.Messages{
	"test.unknown_key": {ZH: "不认识的写法 {key}", EN: "unknown key {key}"},
	"test.broken":      {ZH: "{ 没有收尾", EN: "{ without end"},
})

func TestTextFillsTheSentence(t *testing.T) {
	cases := map[string]struct {
		err    *fault.Error
		zh, en string
	}{
		"argument": {
			fault.Invalid("test.unknown_key", "key", "cuont"),
			"不认识的写法 cuont", "unknown key cuont",
		},
		"arguments as a map": {
			fault.New(fault.KindInvalid, "test.unknown_key", fault.Args{"key": 3}),
			"不认识的写法 3", "unknown key 3",
		},
		"suggestion": {
			fault.Invalid("test.unknown_key", "key", "cuont").WithSuggestion("count"),
			"不认识的写法 cuont（是不是想写“count”？）", `unknown key cuont (did you mean "count"?)`,
		},
		"argument not given": {
			fault.Invalid("test.unknown_key"),
			"不认识的写法 {key}", "unknown key {key}",
		},
		"brace that never closes": {
			fault.Invalid("test.broken", "x", 1),
			"{ 没有收尾", "{ without end",
		},
		"code without a sentence": {
			fault.Invalid("test.nobody", "b", 2, "a", 1),
			"test.nobody (a=1, b=2)", "test.nobody (a=1, b=2)",
		},
		"name without a value": {
			fault.Invalid("test.nobody", "key"),
			"test.nobody (!missing=key)", "test.nobody (!missing=key)",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := c.err.Text(fault.ZH); got != c.zh {
				t.Errorf("zh = %q, want %q", got, c.zh)
			}
			if got := c.err.Text(fault.EN); got != c.en {
				t.Errorf("en = %q, want %q", got, c.en)
			}
		})
	}
}

func TestErrorShowsPlaceSentenceAndCause(t *testing.T) {
	err := fault.Invalid("test.unknown_key", "key", "x").At("all[0]", 3, 5).Wrap(fs.ErrNotExist)
	if got, want := err.Error(), "line 3, column 5, all[0]: unknown key x: file does not exist"; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
	if got, want := err.Place(fault.ZH), "第 3 行，第 5 列，all[0]"; got != want {
		t.Errorf("Place = %q, want %q", got, want)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		t.Error("errors.Is does not see the cause")
	}
}

func TestAsKindAndCodeLookThroughWrapping(t *testing.T) {
	inner := fault.Conflict("test.unknown_key", "key", "x")
	wrapped := fmt.Errorf("save rule: %w", inner)
	if e, ok := fault.As(wrapped); !ok || e != inner {
		t.Fatalf("As = %v, %v", e, ok)
	}
	if !fault.Is(wrapped, "test.unknown_key") || fault.Is(wrapped, "test.broken") || fault.Is(nil, "") {
		t.Error("Is does not go by code")
	}
	kinds := map[fault.Kind]error{
		fault.KindConflict: wrapped,
		fault.KindInternal: fs.ErrNotExist,
		"":                 nil,
	}
	for want, err := range kinds {
		if got := fault.KindOf(err); got != want {
			t.Errorf("KindOf(%v) = %q, want %q", err, got, want)
		}
	}
}

func TestKindValid(t *testing.T) {
	for _, k := range []fault.Kind{
		fault.KindInvalid, fault.KindNotFound, fault.KindConflict, fault.KindForbidden,
		fault.KindRateLimited, fault.KindUnavailable, fault.KindInternal,
	} {
		if !k.Valid() {
			t.Errorf("%q is not valid", k)
		}
	}
	if fault.Kind("").Valid() || fault.Kind("odd").Valid() {
		t.Error("an unknown kind is valid")
	}
}

func TestListSortsByPlace(t *testing.T) {
	at := func(path string, line, col int) *fault.Error {
		return fault.Invalid("test.broken").At(path, line, col)
	}
	var l fault.List
	l.Add(at("rules[10]", 0, 0), at("rules[2].b", 0, 0), at("z", 9, 1), at("rules[2].a", 0, 0), at("y", 3, 8), at("x", 3, 2))
	err := l.Err()
	var got []string
	for _, e := range fault.All(err) {
		got = append(got, e.Path)
	}
	want := []string{"x", "y", "z", "rules[2].a", "rules[2].b", "rules[10]"}
	if !slices.Equal(got, want) {
		t.Errorf("order = %v, want %v", got, want)
	}
}

func TestListCollectsWhatItIsGiven(t *testing.T) {
	var none fault.List
	none.Add(nil, fault.List{}.Err())
	if none.Err() != nil {
		t.Errorf("an empty list is an error: %v", none.Err())
	}
	var l fault.List
	l.Add(
		fmt.Errorf("rule a: %w", fault.List{fault.NotFound("test.broken"), fault.Invalid("test.broken")}),
		fs.ErrClosed,
	)
	if len(l) != 3 || l[2].Code != "fault.unexpected" || !errors.Is(l.Err(), fs.ErrClosed) {
		t.Errorf("list = %v", l)
	}
	if e, ok := fault.As(l); !ok || e.Kind != fault.KindNotFound {
		t.Errorf("As of a list = %v, %v, want its first", e, ok)
	}
}

func TestJSONLeavesTheCauseOut(t *testing.T) {
	raw, err := json.Marshal(fault.Invalid("test.broken", "n", 1).At("a", 2, 3).WithSuggestion("s").Wrap(fs.ErrClosed))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"kind":"invalid","code":"test.broken","args":{"n":1},"path":"a","line":2,"column":3,"suggest":"s"}`
	if string(raw) != want {
		t.Errorf("json = %s, want %s", raw, want)
	}
}

func TestNearest(t *testing.T) {
	keys := []string{"count", "within", "where", "order.paid", "会员等级", "复购", "in", "gt"}
	cases := map[string]string{
		"cuont":      "count",
		"wthin":      "within",
		"order.payd": "order.paid",
		"会员等極":       "会员等级",
		"复够":         "复购",
		"zzz":        "",
		"":           "",
		"count":      "",
		"x":          "",
	}
	for name, want := range cases {
		if got := fault.Nearest(name, keys); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestParseLang(t *testing.T) {
	cases := map[string]struct {
		lang fault.Lang
		ok   bool
	}{
		"zh": {fault.ZH, true}, "zh-CN": {fault.ZH, true}, "zh_CN.UTF-8": {fault.ZH, true},
		"EN": {fault.EN, true}, "en-US,en;q=0.9": {fault.EN, true},
		"": {fault.ZH, false}, "de": {fault.ZH, false},
	}
	for in, want := range cases {
		if lang, ok := fault.ParseLang(in); lang != want.lang || ok != want.ok {
			t.Errorf("ParseLang(%q) = %v %v, want %v %v", in, lang, ok, want.lang, want.ok)
		}
	}
}

func TestRegisterRefusesASecondMeaning(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a second message for one code was taken")
		}
	}()
	fault.Register(fault.Messages{"test.broken": {ZH: "另一句", EN: "another"}})
}

func TestRegisteredCodesHaveBothLanguages(t *testing.T) {
	for _, code := range fault.Codes() {
		if m, _ := fault.Lookup(code); m.ZH == "" || m.EN == "" {
			t.Errorf("%s lacks a language: %+v", code, m)
		}
	}
}
