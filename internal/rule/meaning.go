package rule

import (
	"strings"

	"github.com/earmarkhq/earmark/internal/expr"
)

// meaning is a text that is equal for rules that do the same: the conditions in their canonical
// spelling, and the segments, metrics and tables that they lead to.
func (s *Set) meaning(d *Def) string {
	m := meaning{set: s, seen: map[expr.Ref]bool{}}
	if d.Anonymous {
		m.put("anonymous")
	}
	if d.Ladder == nil {
		m.put("tag", d.Tag.String())
		m.condition(d.When)
		return m.text.String()
	}
	for _, step := range d.Ladder.Steps {
		m.put("step", step.Tag.String())
		m.condition(step.When)
	}
	m.put("keep", d.Ladder.Keep.Canonical())
	if d.Ladder.DemoteWhen != nil {
		m.put("demote", d.Ladder.DemoteEvery.Canonical())
		m.condition(d.Ladder.DemoteWhen)
	}
	return m.text.String()
}

type meaning struct {
	set  *Set
	seen map[expr.Ref]bool // without places
	text strings.Builder
}

func (m *meaning) put(parts ...string) {
	for _, p := range parts {
		m.text.WriteString(p)
		m.text.WriteByte('\n')
	}
}

func (m *meaning) condition(n expr.Node) {
	m.put(expr.Canonical(n))
	m.follow(expr.Refs(n))
}

// follow adds the definitions behind names, each once.
func (m *meaning) follow(refs []expr.Ref) {
	for _, r := range refs {
		r = expr.Ref{Kind: r.Kind, Name: r.Name}
		if m.seen[r] {
			continue
		}
		m.seen[r] = true
		switch r.Kind {
		case expr.RefSegment:
			if n, ok := m.set.Segments[r.Name]; ok {
				m.put("segment", r.Name)
				m.condition(n)
			}
		case expr.RefMetric:
			if n, ok := m.set.Metrics[r.Name]; ok {
				m.put("metric", r.Name, expr.CanonicalNum(n))
				m.follow(expr.RefsOfNum(n))
			}
		case expr.RefTable:
			t := m.set.Tables[r.Name]
			m.put("table", r.Name)
			for _, b := range t.Bounds {
				m.put(b.String())
			}
			if t.RightClosed {
				m.put("right")
			}
		}
	}
}
