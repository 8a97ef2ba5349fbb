package markup_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/markup"
)

// show writes a tree with the places of its scalars.
func show(n *markup.Node) string {
	switch n.Kind {
	case markup.List:
		var parts []string
		for _, it := range n.Items {
			parts = append(parts, show(it))
		}
		return "[" + strings.Join(parts, " ") + "]"
	case markup.Map:
		var parts []string
		for _, p := range n.Pairs {
			parts = append(parts, fmt.Sprintf("%s@%d:%d=%s", p.Key, p.Line, p.Col, show(p.Value)))
		}
		return "{" + strings.Join(parts, " ") + "}"
	}
	return fmt.Sprintf("%s %q@%d:%d", n.Kind, n.Text, n.Line, n.Col)
}

func TestReadKnowsPlacesAndKinds(t *testing.T) {
	cases := map[string]struct {
		format   markup.Format
		in, want string
	}{
		"yaml scalars": {markup.YAML, "[1, -2.50, 1e3, 010, 1_000, 0x1F, .5, yes, true, TRUE, null, ~, '1', \"true\", 2024-01-01, !!str 5]",
			`[number "1"@1:2 number "-2.50"@1:5 number "1e3"@1:12 string "010"@1:17 string "1_000"@1:22 string "0x1F"@1:29 string ".5"@1:35 string "yes"@1:39 boolean "true"@1:44 boolean "true"@1:50 null ""@1:56 null ""@1:62 string "1"@1:65 string "true"@1:70 string "2024-01-01"@1:78 string "5"@1:90]`},
		"columns are characters": {markup.YAML, "城市: {名: 北京}\n  \n级: x", `{城市@1:1={名@1:6=string "北京"@1:9} 级@3:1=string "x"@3:4}`},
		"json":                   {markup.JSON, "{\"a\": [1,\n \"\\ud83d\\ude00\", null], \"b\":\n\ttrue}", `{a@1:2=[number "1"@1:8 string "😀"@2:2 null ""@2:18] b@2:25=boolean "true"@3:2}`},
		"numbers stay exact": {markup.Auto, `[123456789012345678901234567890, 0.10, 1E-7]`,
			`[number "123456789012345678901234567890"@1:2 number "0.10"@1:34 number "1E-7"@1:40]`},
		"flow yaml beginning like json":   {markup.Auto, `{a: 1, b: [x]}`, `{a@1:2=number "1"@1:5 b@1:8=[string "x"@1:12]}`},
		"an alias stands for its content": {markup.YAML, "a: &x {k: 1}\nb: *x\nc: [*x]", `{a@1:1={k@1:8=number "1"@1:11} b@2:1={k@1:8=number "1"@1:11} c@3:1=[{k@1:8=number "1"@1:11}]}`},
		"a byte order mark":               {markup.Auto, "\ufeffa: 1", `{a@1:1=number "1"@1:4}`},
		"a long key in json":              {markup.JSON, `{"` + strings.Repeat("k", 2000) + `"` + "\n:1}", `{` + strings.Repeat("k", 2000) + `@1:2=number "1"@2:2}`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			n, err := markup.Read([]byte(c.in), c.format)
			if err != nil {
				t.Fatal(err)
			}
			if got := show(n); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	deep := strings.Repeat("[", 200) + strings.Repeat("]", 200)
	bomb := "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
	for i := 'b'; i < 'k'; i++ {
		bomb += fmt.Sprintf("%c: &%c [*%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c]\n", i, i, i-1, i-1, i-1, i-1, i-1, i-1, i-1, i-1, i-1, i-1)
	}
	cases := map[string]struct {
		in, want string
	}{
		"nothing":             {"  \n", " markup.empty"},
		"only a comment":      {"# x\n", " markup.empty"},
		"too large":           {strings.Repeat("a", markup.MaxBytes+1), " markup.too_large"},
		"not utf-8":           {"a: 1\nb: \xff", "line 2, column 4 markup.utf8"},
		"repeated keys":       {"a: {x: 1, x: 2}\na: 3", "line 1, column 11, a markup.duplicate_key\nline 2, column 1 markup.duplicate_key"},
		"repeated json keys":  {`{"a": 1, "a": 2}`, "line 1, column 10 markup.duplicate_key"},
		"syntax of json":      {"{\"a\": 1,\n \"b\" 2}", "line 2, column 6 markup.syntax"},
		"cut json":            {`{"a": [1`, "line 1, column 9 markup.syntax"},
		"syntax of yaml":      {"a: [1\nb: 2", "line 1 markup.syntax"},
		"merge keys":          {"a: &a {x: 1}\nb: {<<: *a}", "line 2, column 5, b markup.merge"},
		"foreign tags":        {"a: !!binary aGk=", "line 1, column 4, a markup.tag"},
		"keys of structure":   {"{[a]: 1}", "line 1, column 2 markup.key"},
		"two documents":       {"a: 1\n---\nb: 2", "line 2, column 1 markup.documents"},
		"unknown alias":       {"a: *x", " markup.alias"},
		"alias inside itself": {"a: &a [1, *a]", "line 1, column 11, a[1] markup.cycle"},
		"deep yaml":           {"a: " + deep, "line 1, column 68, a" + strings.Repeat("[0]", 64) + " markup.too_deep"},
		"deep json":           {deep, "line 1, column 65 markup.too_deep"},
		"billion laughs":      {bomb, "markup.too_many"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := markup.Read([]byte(c.in), markup.Auto)
			var got []string
			for _, e := range fault.All(err) {
				got = append(got, e.Place(fault.EN)+" "+e.Code)
			}
			if text := strings.Join(got, "\n"); text != c.want && !(name == "billion laughs" && strings.HasSuffix(text, c.want) && len(got) == 1) {
				t.Errorf("faults:\n%s\nwant:\n%s", text, c.want)
			}
		})
	}
}

// tree draws a document.
func tree(t *rapid.T, depth int) *markup.Node {
	kind := rapid.IntRange(0, 5).Draw(t, "kind")
	if depth == 0 && kind > 3 {
		kind = 3
	}
	switch kind {
	case 0:
		return &markup.Node{}
	case 1:
		return markup.NewBool(rapid.Bool().Draw(t, "bool"))
	case 2:
		return markup.NewNumber(rapid.SampledFrom([]string{"0", "-1.50", "1e400", "99999999999999999999"}).Draw(t, "number"))
	case 3:
		return markup.NewText(text(t))
	case 4:
		n := markup.NewList()
		for range rapid.IntRange(0, 3).Draw(t, "items") {
			n.Items = append(n.Items, tree(t, depth-1))
		}
		return n
	}
	n := markup.NewMap()
	for range rapid.IntRange(0, 3).Draw(t, "pairs") {
		if k := text(t); !n.Has(k) {
			n.Pairs = append(n.Pairs, markup.P(k, tree(t, depth-1)))
		}
	}
	return n
}

func text(t *rapid.T) string {
	if rapid.Bool().Draw(t, "odd") {
		return rapid.SampledFrom([]string{"", "null", "~", "true", "1", "1e3", "<<", "*a", "&a", "- a", "a: b", "#", "? ", "!x", "%", "@", "`", "\n", " a ", "a\tb", "\u2028", "\ufeff", "😀", "---", "...", "=", "yes", "0o7", "|", ">-", "\x7f", "\u0085"}).Draw(t, "text")
	}
	return rapid.String().Draw(t, "text")
}

func same(a, b *markup.Node) bool {
	if a.Kind != b.Kind || a.Text != b.Text || len(a.Items) != len(b.Items) || len(a.Pairs) != len(b.Pairs) {
		return false
	}
	for i := range a.Items {
		if !same(a.Items[i], b.Items[i]) {
			return false
		}
	}
	for i := range a.Pairs {
		if a.Pairs[i].Key != b.Pairs[i].Key || !same(a.Pairs[i].Value, b.Pairs[i].Value) {
			return false
		}
	}
	return true
}

func TestWhatIsWrittenReadsBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := tree(rt, 3)
		json := markup.AppendJSON(nil, n)
		back, err := markup.Read(json, markup.JSON)
		if err != nil || !same(n, back) {
			rt.Fatalf("%s reads back as %v, %v", json, back, err)
		}
		yaml, err := markup.ToYAML(n)
		if err != nil {
			rt.Fatal(err)
		}
		back, err = markup.Read(yaml, markup.YAML)
		if err != nil || !same(n, back) {
			rt.Fatalf("%q reads back as %s, %v", yaml, markup.AppendJSON(nil, back), err)
		}
	})
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("a: [1, {b: &x c}, *x]"))
	f.Add([]byte(`{"a": [1.50, "\ud83d\ude00", null]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, format := range []markup.Format{markup.Auto, markup.YAML, markup.JSON} {
			n, err := markup.Read(data, format)
			if (n == nil) == (err == nil) {
				t.Fatalf("node %v with error %v", n, err)
			}
			if err != nil {
				continue
			}
			json := markup.AppendJSON(nil, n)
			back, err := markup.Read(json, markup.JSON)
			if err != nil && !fault.Is(err, "markup.too_large") || err == nil && !same(n, back) {
				t.Fatalf("%s reads back as another tree: %v", json, err)
			}
		}
	})
}
