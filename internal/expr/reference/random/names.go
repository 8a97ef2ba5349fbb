package random

import (
	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/tag"
	"github.com/earmarkhq/earmark/internal/value"
	"pgregory.net/rapid"
)

// What conditions may refer to by name.
var (
	SegmentNames = []string{"seg1", "seg2"}
	MetricNames  = []string{"m1", "m2"}
	TableNames   = []string{"right", "left"}
)

// Names are four tags in two groups, two segments, two metrics and two cut tables.
type Names struct {
	Segments map[string]expr.Node
	Metrics  map[string]expr.Num
}

var _ expr.Names = (*Names)(nil)

// NewNames draws the documents of the segments and metrics.
func (g Grid) NewNames(t *rapid.T, kinds []Kind) (segments, metrics map[string]string) {
	segments, metrics = map[string]string{}, map[string]string{}
	for _, n := range SegmentNames {
		segments[n] = g.Tree(t, 1, kinds, n)
	}
	for _, n := range MetricNames {
		metrics[n] = g.Num(t, 1, n)
	}
	return segments, metrics
}

// Tag knows t1 and t2 of group g1, t3 and t4 of g2.
func (n *Names) Tag(name string) (tag.ID, bool) {
	switch name {
	case "t1", "g1/t1", "1":
		return 1, true
	case "t2", "g1/t2", "2":
		return 2, true
	case "t3", "g2/t3", "3":
		return 3, true
	case "t4", "g2/t4", "4":
		return 4, true
	}
	return 0, false
}

// Group lists the tags of g1 and g2.
func (n *Names) Group(name string) ([]tag.ID, bool) {
	switch name {
	case "g1":
		return []tag.ID{1, 2}, true
	case "g2":
		return []tag.ID{3, 4}, true
	}
	return nil, false
}

// Segment, Metric and Cuts look the rest up.
func (n *Names) Segment(name string) (expr.Node, bool) { s, ok := n.Segments[name]; return s, ok }

// Metric finds a named metric.
func (n *Names) Metric(name string) (expr.Num, bool) { m, ok := n.Metrics[name]; return m, ok }

// Cuts are 1, 2 and 10, closed on the side that the table is called after.
func (n *Names) Cuts(name string) ([]value.Dec, bool, bool) {
	ok := name == "right" || name == "left"
	return []value.Dec{{Coef: 1}, {Coef: 2}, {Coef: 10}}, name == "right", ok
}

// Suggest has nothing to suggest.
func (n *Names) Suggest(string) []string { return nil }
