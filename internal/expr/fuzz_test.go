package expr_test

import (
	"os"
	"testing"

	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/markup"
)

// FuzzParse: nothing makes the parser panic or hang, every refusal says why, and what is taken
// reads back from its canonical text and from its YAML.
func FuzzParse(f *testing.F) {
	for _, file := range []string{"testdata/conditions.good.yaml", "testdata/conditions.bad.yaml"} {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		root, err := markup.Read(data, markup.YAML)
		if err != nil {
			f.Fatal(err)
		}
		for i, c := range root.Items {
			text := markup.AppendJSON(nil, c)
			if i%2 == 0 {
				if text, err = markup.ToYAML(c); err != nil {
					f.Fatal(err)
				}
			}
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		n, err := expr.Parse(data, expr.ParseOptions{Zone: shanghai})
		if err != nil {
			for _, e := range fault.All(err) {
				if _, known := fault.Lookup(e.Code); !known || e.Code == "fault.unexpected" {
					t.Fatalf("a fault without a sentence: %v", e)
				}
			}
			return
		}
		text := expr.Canonical(n)
		back, err := expr.Parse([]byte(text), expr.ParseOptions{})
		if err != nil {
			if fault.Is(err, "markup.too_large") {
				return
			}
			t.Fatalf("%s does not parse: %v", text, err)
		}
		if again := expr.Canonical(back); again != text {
			t.Fatalf("canonical of\n%s is\n%s", text, again)
		}
		yaml, err := expr.ToYAML(n)
		if err != nil {
			t.Fatal(err)
		}
		if back, err = expr.Parse(yaml, expr.ParseOptions{Zone: shanghai}); err != nil && !fault.Is(err, "markup.too_large") {
			t.Fatalf("%s does not parse: %v", yaml, err)
		} else if err == nil && !equalTrees(back, n) {
			t.Fatalf("%s reads back as another tree", yaml)
		}
		for _, lang := range []fault.Lang{fault.ZH, fault.EN} {
			if expr.Sentence(n, lang) == "" {
				t.Fatalf("no sentence for %s", text)
			}
		}
	})
}
