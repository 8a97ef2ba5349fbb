package rule

import (
	"time"

	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/markup"
	"github.com/earmarkhq/earmark/internal/value"
)

// Ungrouped is the group of tags whose rule names none.
const Ungrouped = "未分组"

// Bounds of a rule document.
const (
	MaxDocumentBytes = 4 << 20
	MaxRules         = 10_000
	MaxGroups        = 10_000
	MaxSteps         = 100    // of a ladder
	MaxBounds        = 10_000 // of a cut table
	MaxDescription   = 4_096  // bytes
)

// Document is a rule document as read and checked: names instead of ids, places for messages.
// [Document.Set] gives it ids.
type Document struct {
	Zone     *time.Location // nil when the document names none
	Groups   []GroupDoc     // declared ones first, then those that rules bring
	Metrics  []MetricDoc
	Segments []SegmentDoc
	Tables   []TableDoc
	Rules    []RuleDoc // as written
	Order    []int     // indices of Rules: a rule comes after every rule whose tags it reads
}

// GroupDoc is a tag group with its tags in order: those declared, then those that rules bring.
type GroupDoc struct {
	expr.Pos
	Name   string
	Single bool
	Tags   []TagDoc

	declared bool // under groups
	closed   bool // its declaration lists its tags
	ladder   int  // line of the ladder that keeps it, 0 without one
	single   *markup.Node
}

// TagDoc is one tag of a group. Rule is the index of the rule that keeps it, -1 for a stated tag.
type TagDoc struct {
	expr.Pos
	Name string
	Rule int
}

// MetricDoc is a named metric.
type MetricDoc struct {
	expr.Pos
	Name string
	Num  expr.Num
	refs []expr.Ref
}

// SegmentDoc is a named condition.
type SegmentDoc struct {
	expr.Pos
	Name string
	When expr.Node
	refs []expr.Ref
}

// TableDoc is a cut table given by hand.
type TableDoc struct {
	expr.Pos
	Name        string
	Bounds      []value.Dec // ascending
	RightClosed bool
}

// RuleDoc is a state rule (Tag and When) or a ladder.
type RuleDoc struct {
	expr.Pos
	ID          string // the author's, "" without one
	Name        string
	Description string
	Group       string // of the tag or the ladder
	Tag         string
	When        expr.Node
	Ladder      *LadderDoc
	Anonymous   bool
	refs        []expr.Ref
}

// LadderDoc is the body of a ladder.
type LadderDoc struct {
	Steps  []StepDoc
	Keep   *expr.Duration
	Demote *DemoteDoc
}

// StepDoc is one step, best first.
type StepDoc struct {
	expr.Pos
	Tag  string
	When expr.Node
}

// DemoteDoc lowers the level while When holds, by one step and by another with each Every.
type DemoteDoc struct {
	When  expr.Node
	Every *expr.Duration
}

// DocumentOptions say how a document is read. The zero value reads YAML or JSON in UTC, and
// every name must be defined in the document.
type DocumentOptions struct {
	// Zone of the store. A document that names another is refused; one that names none gets it.
	Zone *time.Location
	// Format of the text for ReadDocument.
	Format markup.Format
	// Known resolves names that the document does not define; nil knows none.
	Known expr.Names
	// Stated are tags ("tag" or "group/tag") that exist besides those of the document, because
	// a scenario sets them by hand.
	Stated []string
	// Ignore are keys of the surrounding document.
	Ignore []string
	// Shorthand takes `rule: condition` for one state rule with the tag "rule".
	Shorthand bool
}

// ReadDocument reads and checks a rule document. The error is a fault.List with every fault of
// the document.
func ReadDocument(data []byte, opts DocumentOptions) (*Document, error) {
	root, err := markup.ReadWithin(data, opts.Format, markup.Limits{Bytes: MaxDocumentBytes, Nodes: 1_000_000})
	if err != nil {
		return nil, err
	}
	return ParseDocument(root, "", opts)
}

// ParseDocument is ReadDocument for a node of a larger document, at path.
func ParseDocument(n *markup.Node, path string, opts DocumentOptions) (*Document, error) {
	p := newDocumentParser(opts)
	p.document(n, path)
	p.check()
	if err := p.faults.Err(); err != nil {
		return nil, err
	}
	return &p.doc, nil
}

// Metric is the definition of a named metric, in the form that sentences ask for it.
func (d *Document) Metric(name string) (expr.Num, bool) {
	for _, m := range d.Metrics {
		if m.Name == name {
			return m.Num, true
		}
	}
	return nil, false
}
