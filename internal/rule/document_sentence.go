package rule

import (
	"strings"

	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/fault"
)

// Sentence is the rule in words: the condition of a state rule, the steps of a ladder.
func (r *RuleDoc) Sentence(opts expr.SentenceOptions) string {
	if r.Ladder == nil {
		return expr.SentenceWith(r.When, opts)
	}
	words := ladderWords[opts.Lang]
	if opts.Lang != fault.EN {
		words = ladderWords[fault.ZH]
	}
	steps := make([]string, len(r.Ladder.Steps))
	for i, s := range r.Ladder.Steps {
		steps[i] = fill(words.step, "tag", s.Tag, "x", expr.SentenceWith(s.When, opts))
	}
	text := fill(words.ladder, "group", r.Group, "steps", strings.Join(steps, words.list))
	if k := r.Ladder.Keep; k != nil {
		text += fill(words.keep, "d", expr.SentenceDuration(*k, opts.Lang))
	}
	if d := r.Ladder.Demote; d != nil {
		text += fill(words.demote, "x", expr.SentenceWith(d.When, opts))
		if d.Every != nil {
			text += fill(words.every, "d", expr.SentenceDuration(*d.Every, opts.Lang))
		}
	}
	return text
}

// ladderText are the words of ladders in one language.
type ladderText struct{ ladder, step, list, keep, demote, every string }

var ladderWords = map[fault.Lang]ladderText{
	fault.ZH: {
		ladder: "「{group}」取第一个满足的：{steps}", step: "「{tag}」：{x}", list: "；",
		keep: "。达到后保持 {d}", demote: "。在“{x}”期间降一级", every: "，此后每满 {d}再降一级",
	},
	fault.EN: {
		ladder: "the first that holds of “{group}”: {steps}", step: "“{tag}”: {x}", list: "; ",
		keep: ". A level reached is kept for {d}", demote: ". While “{x}” it is lowered by one step", every: ", and by another with each {d}",
	},
}

func fill(template string, pairs ...string) string {
	for i := 0; i+1 < len(pairs); i += 2 {
		pairs[i] = "{" + pairs[i] + "}"
	}
	return strings.NewReplacer(pairs...).Replace(template)
}
