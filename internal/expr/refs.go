package expr

import (
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/markup"
)

// RefKind is what a condition refers to by name.
type RefKind string

// What conditions refer to. RefIdentity is not a name: the condition reads the customer's
// identities (a customers list).
const (
	RefTag      RefKind = "tag"
	RefGroup    RefKind = "group"
	RefSegment  RefKind = "segment"
	RefMetric   RefKind = "metric"
	RefTable    RefKind = "table"
	RefIdentity RefKind = "identity"
)

// Ref is one reference with the place of the name.
type Ref struct {
	Pos
	Kind RefKind
	Name string // as written: "tag", "group/tag" or a decimal id
}

var _ = fault.Register(fault.Messages{
	"expr.unknown_tag":     {ZH: "没有名为 {name} 的标签", EN: "there is no tag named {name}"},
	"expr.unknown_group":   {ZH: "没有名为 {name} 的标签组", EN: "there is no tag group named {name}"},
	"expr.unknown_segment": {ZH: "没有名为 {name} 的人群", EN: "there is no segment named {name}"},
	"expr.unknown_metric":  {ZH: "没有名为 {name} 的指标", EN: "there is no metric named {name}"},
	"expr.unknown_table":   {ZH: "没有名为 {name} 的分位表", EN: "there is no cut table named {name}"},
})

// Parsed is a condition with everything that it refers to by name, in document order.
type Parsed struct {
	Node Node
	Refs []Ref
}

// ParsedNum is Parsed for a metric expression.
type ParsedNum struct {
	Num  Num
	Refs []Ref
}

// ParseWithRefs is ParseNode with the references, for callers that resolve names.
func ParseWithRefs(n *markup.Node, path string, opts ParseOptions) (Parsed, error) {
	p := newParser(opts)
	tree := p.condition(n, path)
	if err := p.faults.Err(); err != nil {
		return Parsed{}, err
	}
	return Parsed{tree, p.refs}, nil
}

// ParseNumWithRefs is ParseNum with the references.
func ParseNumWithRefs(n *markup.Node, path string, opts ParseOptions) (ParsedNum, error) {
	p := newParser(opts)
	num := p.num(n, path)
	if err := p.faults.Err(); err != nil {
		return ParsedNum{}, err
	}
	return ParsedNum{num, p.refs}, nil
}

// CheckRefs reports the references that names does not know, with the nearest name known.
func CheckRefs(refs []Ref, names Names) error {
	var faults fault.List
	for _, r := range refs {
		if !r.known(names) {
			faults.Add(r.Unknown(names.Suggest(string(r.Kind))))
		}
	}
	return faults.Err()
}

func (r Ref) known(names Names) bool {
	ok := true
	switch r.Kind {
	case RefTag:
		_, ok = names.Tag(r.Name)
	case RefGroup:
		_, ok = names.Group(r.Name)
	case RefSegment:
		_, ok = names.Segment(r.Name)
	case RefMetric:
		_, ok = names.Metric(r.Name)
	case RefTable:
		_, _, ok = names.Cuts(r.Name)
	}
	return ok
}

// Unknown is the fault of a reference to nothing.
func (r Ref) Unknown(known []string) *fault.Error {
	code := "expr.unknown_" + string(r.Kind)
	return fault.Invalid(code, "name", r.Name).At(r.Path, r.Line, r.Col).WithSuggestion(suggest(r.Name, known))
}

// ref reads a name and notes what it refers to.
func (p *parser) ref(kind RefKind, n *markup.Node, path string) string {
	name := p.name(n, path)
	if name != "" {
		p.refs = append(p.refs, Ref{pos(n, path), kind, name})
	}
	return name
}
