package value_test

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/earmarkhq/earmark/internal/value"
)

func parse(t testing.TB, doc string) value.Value {
	t.Helper()
	v, err := value.ParseJSON([]byte(doc))
	if err != nil {
		t.Fatalf("%s: %v", doc, err)
	}
	return v
}

func TestEqualAndCompare(t *testing.T) {
	t.Parallel()
	const none = 9 // not comparable
	for _, c := range []struct {
		a, b  string
		equal bool
		cmp   int
	}{
		{`1`, `1.0`, true, 0}, {`1`, `2`, false, -1}, {`-0.5`, `-0.25`, false, -1},
		{`128.5`, `"128.50"`, true, 0}, {`7`, `"007"`, true, 0}, {`100`, `"1e2"`, false, none},
		{`123456789012345678`, `"123456789012345678"`, true, 0},
		{`1234567890123456789`, `"1234567890123456789"`, false, none},
		{`12345678901234567890`, `12345678901234567890.0`, true, 0},
		{`12345678901234567890`, `5`, false, 1}, {`"5"`, `12345678901234567890`, false, -1},
		{`1e500`, `1e500`, true, none}, {`1e500`, `1`, false, none},
		{`"1.0"`, `"1"`, false, 0}, {`"a"`, `"a"`, true, none}, {`"a"`, `"A"`, false, none},
		{`true`, `"true"`, true, none}, {`false`, `"false"`, true, none}, {`true`, `"TRUE"`, false, none},
		{`true`, `1`, false, none}, {`true`, `true`, true, none}, {`true`, `false`, false, none},
		{`null`, `null`, true, none}, {`null`, `""`, false, none}, {`null`, `0`, false, none},
		{`[1,"2"]`, `["1",2]`, true, none}, {`[1,2]`, `[2,1]`, false, none}, {`[1]`, `[1,2]`, false, none}, {`[]`, `{}`, false, none},
		{`{"a":1,"b":[2]}`, `{"b":["2"],"a":"1.0"}`, true, none}, {`{"a":1}`, `{"a":1,"b":null}`, false, none},
		{`{"a":1}`, `{"b":1}`, false, none}, {`[1]`, `1`, false, none},
	} {
		a, b := parse(t, c.a), parse(t, c.b)
		if value.Equal(a, b) != c.equal || value.Equal(b, a) != c.equal {
			t.Errorf("%s equal %s: want %v", c.a, c.b, c.equal)
		}
		got, ok := value.Compare(a, b)
		if ok != (c.cmp != none) || ok && got != c.cmp {
			t.Errorf("%s compare %s: %d, %v; want %d", c.a, c.b, got, ok, c.cmp)
		}
		if back, ok := value.Compare(b, a); ok && back != -c.cmp {
			t.Errorf("%s compare %s: %d, want %d", c.b, c.a, back, -c.cmp)
		}
	}
}

func TestTextOf(t *testing.T) {
	t.Parallel()
	for doc, want := range map[string]string{
		`1.50`: "1.5", `1e3`: "1000", `-0.0`: "0", `true`: "true", `"x"`: "x", `12345678901234567890123`: "12345678901234567890123",
	} {
		if got, ok := value.TextOf(parse(t, doc)); !ok || got != want {
			t.Errorf("%s: %q, %v", doc, got, ok)
		}
	}
	for _, doc := range []string{`null`, `[]`, `{}`} {
		if _, ok := value.TextOf(parse(t, doc)); ok {
			t.Errorf("%s has a text", doc)
		}
	}
}

func TestAbsent(t *testing.T) {
	t.Parallel()
	for doc, want := range map[string]bool{`null`: true, `""`: true, `[]`: true, `{}`: false, `0`: false, `false`: false, `" "`: false, `[null]`: false} {
		if got := parse(t, doc).Absent(); got != want {
			t.Errorf("%s: %v", doc, got)
		}
	}
}

func TestAtDoesNotCrossLists(t *testing.T) {
	t.Parallel()
	v := parse(t, `{"a":{"b.c":[{"d":1}],"e":2}}`)
	if got := v.At([]string{"a", "e"}).String(); got != "2" {
		t.Errorf("got %s", got)
	}
	for _, path := range [][]string{{"a", "b.c", "d"}, {"x"}, {"a", "e", "f"}} {
		if got := v.At(path); got.Kind() != value.Null {
			t.Errorf("%v: got %v", path, got)
		}
	}
}

func TestCloneSharesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		v := anyValue().Draw(t, "value")
		if c := v.Clone(); !value.Same(v, c) || !value.Equal(v, c) {
			t.Fatalf("%v became %v", v, c)
		}
	})
}

func TestLike(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true}, {"", "a", false}, {"%", "", true}, {"%", "anything", true}, {"_", "", false}, {"_", "母", true}, {"__", "母", false},
		{"abc", "ABC", true}, {"abc", "abcd", false}, {"a%c", "aBBc", true}, {"a%c", "ac", true}, {"a%c", "acb", false},
		{"%母婴%", "爱母婴店", true}, {"%母婴%", "母 婴", false}, {"a_c%", "aXcde", true}, {"%ab%ab%", "ab", false}, {"%ab%ab", "abab", true},
		{"%ab%ab", "abXab", true}, {"a%a", "a", false}, {"100\\%", "100%", true}, {"100\\%", "1000", false}, {"a\\_b", "axb", false},
		{"a\\\\b", `a\b`, true}, {`a\b`, `a\b`, true}, {"%é_", "CAFÉs", true}, {"straße", "STRASSE", false}, {"ſ", "S", true},
		{"%\uffff%", "x", false}, {"%%a%%", "bab", true}, {"_%_", "a", false}, {"_%_", "ab", true},
	} {
		if got := value.CompileLike(c.pattern).Match(c.text); got != c.want {
			t.Errorf("%q like %q: %v", c.text, c.pattern, got)
		}
	}
}

func TestLikeAgreesWithRegexp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringMatching(`[abK%_]{0,8}`).Draw(t, "pattern")
		text := rapid.StringMatching(`[aBk]{0,12}`).Draw(t, "text")
		re := regexp.MustCompile(`(?is)\A` + strings.NewReplacer("%", ".*", "_", ".").Replace(pattern) + `\z`)
		if got := value.CompileLike(pattern).Match(text); got != re.MatchString(text) {
			t.Fatalf("%q like %q: %v", text, pattern, got)
		}
	})
}

func TestFoldAgreesWithEqualFold(t *testing.T) {
	t.Parallel()
	letter := rapid.OneOf(rapid.Rune(), rapid.SampledFrom([]rune("aAkKKsSſßẞθϑΘµμΜǅǆǄİıi母ァ")))
	rapid.Check(t, func(t *rapid.T) {
		a, b := string(letter.Draw(t, "a")), string(letter.Draw(t, "b"))
		if (value.Fold(a) == value.Fold(b)) != strings.EqualFold(a, b) {
			t.Fatalf("%q and %q fold to %q and %q", a, b, value.Fold(a), value.Fold(b))
		}
	})
}
