package rule_test

import (
	"testing"

	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/rule"
)

// FuzzDocument: nothing makes the reader panic or hang, every refusal has a sentence, and what is
// taken has an order of all its rules, sentences, ids, and the same versions when read again.
func FuzzDocument(f *testing.F) {
	for _, file := range append(documents(f, "*.good.yaml"), documents(f, "*.bad.yaml")...) {
		f.Add(read(f, file))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := rule.ReadDocument(data, rule.DocumentOptions{})
		if err != nil {
			for _, e := range fault.All(err) {
				if _, known := fault.Lookup(e.Code); !known || e.Code == "fault.unexpected" {
					t.Fatalf("a fault without a sentence: %v", e)
				}
			}
			return
		}
		if len(d.Order) != len(d.Rules) {
			t.Fatalf("%d rules, %d in order", len(d.Rules), len(d.Order))
		}
		first := d.Set(1, nil)
		for i, r := range d.Set(2, first).Rules {
			if r.Version != 1 || r.ID != first.Rules[i].ID {
				t.Fatalf("rule %d is %d version %d after reading it again", first.Rules[i].ID, r.ID, r.Version)
			}
			if d.Rules[i].Sentence(expr.SentenceOptions{Lang: fault.ZH, Metric: d.Metric}) == "" {
				t.Fatalf("rule %d has no sentence", i)
			}
		}
	})
}
