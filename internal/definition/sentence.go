package definition

import (
	"strings"

	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/rule"
)

// Sentence is the rule in words of lang; see Sentence.
func (d Draft) Sentence(lang fault.Lang) string { return Sentence(d.in, d.rule, lang) }

// Sentence puts a rule of a document into words: its condition, or a ladder's conditions from the
// best step down.
func Sentence(d *rule.Document, r *rule.RuleDoc, lang fault.Lang) string {
	opts := expr.SentenceOptions{Lang: lang, Zone: d.Zone, Metric: func(name string) (expr.Num, bool) {
		for _, m := range d.Metrics {
			if m.Name == name {
				return m.Num, true
			}
		}
		return nil, false
	}}
	if r.Ladder == nil {
		return expr.SentenceWith(r.When, opts)
	}
	steps := make([]string, len(r.Ladder.Steps))
	for i, s := range r.Ladder.Steps {
		steps[i] = s.Tag + ": " + expr.SentenceWith(s.When, opts)
	}
	if lang == fault.EN {
		return strings.Join(steps, "; else ")
	}
	return strings.Join(steps, "；否则 ")
}
