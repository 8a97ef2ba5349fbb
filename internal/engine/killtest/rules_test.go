package killtest

import (
	"fmt"
	"sync"

	"github.com/earmarkhq/earmark/internal/rule"
)

// definitions compiles generations: of each the same document in every process.
type definitions struct{}

// The windows are as short as the rounds, so that deadlines fire all the time. Each generation changes
// some of them, and every third one takes a rule away.
func document(gen uint32) string {
	doc := fmt.Sprintf(`
rules:
  - {tag: 活跃, when: {event: paid, within: %dms}}
  - {tag: 频繁, when: {event: [paid, viewed], within: 3s, count: {gte: %d}}}
  - {tag: 稀客, when: {not: {tag: 频繁}}}
  - {tag: 大额, when: {event: paid, within: 5s, sum: {of: number, gte: %d}}}
  - {tag: 看后未买, when: {sequence: [{event: viewed}, {then_not: {event: paid, within: %dms}}], within: 4s}}
  - ladder: 等级
    keep: 2s
    demote: {when: {not: {event: paid, within: 1s}}, to: previous, every: 500ms}
    steps:
      - {tag: 金, when: {event: paid, within: 2s, count: {gte: 4}}}
      - {tag: 银, when: {event: paid, count: {gte: 2}}}
`, 300+100*(gen%7), 3+gen%3, 100+50*(gen%4), 200+100*(gen%5))
	if gen%3 != 0 {
		doc += "  - {tag: 首单大, when: {event: paid, first: {has: {number: {gte: 50}}}}}\n"
	}
	return doc
}

var (
	compiling sync.Mutex
	sets      []*rule.Set
	compiled  = map[uint32]*rule.Program{}
)

func (definitions) program(gen uint32) (*rule.Program, error) {
	compiling.Lock()
	defer compiling.Unlock()
	for g := uint32(len(sets)) + 1; g <= gen; g++ {
		d, err := rule.ReadDocument([]byte(document(g)), rule.DocumentOptions{})
		if err != nil {
			return nil, err
		}
		var before *rule.Set
		if g > 1 {
			before = sets[g-2]
		}
		sets = append(sets, d.Set(g, before))
	}
	if compiled[gen] == nil {
		p, err := rule.Build(sets[gen-1])
		if err != nil {
			return nil, err
		}
		compiled[gen] = p
	}
	return compiled[gen], nil
}
