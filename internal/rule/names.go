package rule

import (
	"sort"
	"strings"

	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/tag"
	"github.com/earmarkhq/earmark/internal/value"
)

// names resolves what conditions refer to within one set; it implements expr.Names.
type names struct {
	set    *Set
	tags   map[string][]tag.ID // "name" and "group/name"
	groups map[string]tag.GroupID
	ids    map[tag.ID]bool
}

// Names returns the resolver of the set. A bare tag name that stands in several groups is
// ambiguous and resolves to nothing.
func (s *Set) Names() expr.Names {
	n := &names{set: s, tags: map[string][]tag.ID{}, groups: map[string]tag.GroupID{}, ids: map[tag.ID]bool{}}
	byID := map[tag.GroupID]string{}
	for _, g := range s.Groups {
		n.groups[g.Name] = g.ID
		byID[g.ID] = g.Name
	}
	for _, t := range s.Tags {
		n.ids[t.ID] = true
		n.tags[t.Name] = append(n.tags[t.Name], t.ID)
		full := byID[t.Group] + "/" + t.Name
		n.tags[full] = append(n.tags[full], t.ID)
	}
	return n
}

func (n *names) Tag(name string) (tag.ID, bool) {
	if ids := n.tags[name]; len(ids) == 1 {
		return ids[0], true
	}
	if id, ok := tag.ParseID(name); ok && n.ids[id] {
		return id, true
	}
	return 0, false
}

func (n *names) Group(name string) ([]tag.ID, bool) {
	g, ok := n.groups[name]
	if !ok {
		return nil, false
	}
	var ids []tag.ID
	for _, t := range n.set.Tags {
		if t.Group == g {
			ids = append(ids, t.ID)
		}
	}
	return ids, true
}

func (n *names) Segment(name string) (expr.Node, bool) {
	node, ok := n.set.Segments[name]
	return node, ok
}

func (n *names) Metric(name string) (expr.Num, bool) {
	m, ok := n.set.Metrics[name]
	return m, ok
}

func (n *names) Cuts(name string) ([]value.Dec, bool, bool) {
	t, ok := n.set.Tables[name]
	return t.Bounds, t.RightClosed, ok
}

func (n *names) Suggest(kind string) []string {
	var out []string
	switch kind {
	case "tag":
		for name := range n.tags {
			if !strings.HasPrefix(name, "/") {
				out = append(out, name)
			}
		}
	case "group":
		for name := range n.groups {
			out = append(out, name)
		}
	case "segment":
		for name := range n.set.Segments {
			out = append(out, name)
		}
	case "metric":
		for name := range n.set.Metrics {
			out = append(out, name)
		}
	case "table":
		for name := range n.set.Tables {
			out = append(out, name)
		}
	}
	sort.Strings(out)
	return out
}
