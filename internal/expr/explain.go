package expr

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/value"
)

// Explanation says why a condition holds or does not at an instant: the tree of the condition
// with what each part of it found. It is plain data.
type Explanation struct {
	Kind string `json:"kind"`           // key of the node in the language: all, event, attribute …
	Path string `json:"path,omitempty"` // place in the document
	// Holds is the answer; Decides says that the part is one of those that made the answer of
	// the whole.
	Holds   bool `json:"holds"`
	Decides bool `json:"decides"`
	// Next is the earliest later instant, in Unix milliseconds, at which the answer may differ
	// by time alone; absent for never.
	Next *int64 `json:"next,omitempty"`
	// Asks is what the part asks and Found what it found, in words. Leaves only.
	Asks  *Words `json:"asks,omitempty"`
	Found *Words `json:"found,omitempty"`
	// Actual is the value found, Need the comparison it must pass, and Gap what is missing to
	// pass it where that is a number.
	Actual string `json:"actual,omitempty"`
	Need   string `json:"need,omitempty"`
	Gap    string `json:"gap,omitempty"`
	// Closes are the kinds of events that may change the answer.
	Closes []string `json:"closes,omitempty"`
	// Evidence are the newest of the entries that were looked at, in order; at most maxEvidence.
	Evidence []Evidence     `json:"evidence,omitempty"`
	Kids     []*Explanation `json:"kids,omitempty"`
}

// Words is a text in both languages.
type Words struct {
	ZH string `json:"zh-CN"`
	EN string `json:"en"`
}

// In returns the text in a language.
func (w *Words) In(lang fault.Lang) string {
	if w == nil {
		return ""
	}
	if lang == fault.EN {
		return w.EN
	}
	return w.ZH
}

// Evidence names one event of the customer: its time and its arrival number.
type Evidence struct {
	Time    int64  `json:"time"`
	Arrival uint32 `json:"arrival"`
}

// maxEvidence bounds the events shown for one leaf.
const maxEvidence = 20

// explainFn fills in what a leaf found at an instant.
type explainFn func(s *State, at int64, x *Explanation)

// Explain says why a condition holds or does not at an instant. The condition must have been
// compiled by c; it only reads c, so it may run beside evaluation, with a State of its own.
func Explain(c *Compiler, n Node, s *State, at int64) *Explanation {
	x := c.explain(n, s, at, 0)
	x.decide()
	return x
}

// Because is one line for each part that decided the answer, in the order of the condition.
func (x *Explanation) Because(lang fault.Lang) []string {
	var lines []string
	x.because(lang, &lines)
	return lines
}

func (x *Explanation) because(lang fault.Lang, lines *[]string) {
	if x == nil || !x.Decides {
		return
	}
	if line := x.Found.In(lang); line != "" && !slices.Contains(*lines, line) {
		*lines = append(*lines, line)
	}
	for _, k := range x.Kids {
		k.because(lang, lines)
	}
}

// maxExplainDepth bounds nesting, segments included.
const maxExplainDepth = 64

func (c *Compiler) explain(n Node, s *State, at int64, depth int) *Explanation {
	x := &Explanation{Path: n.Position().Path}
	if depth > maxExplainDepth {
		return x
	}
	kids := func(nodes ...Node) []Cond {
		var conds []Cond
		for _, kid := range nodes {
			k := c.explain(kid, s, at, depth+1)
			x.Kids, conds = append(x.Kids, k), append(conds, k.cond())
		}
		return conds
	}
	var f Cond
	switch n := n.(type) {
	case All:
		x.Kind, f = "all", allOf(kids(n.Kids...))
	case Any:
		x.Kind, f = "any", anyOf(kids(n.Kids...))
	case None:
		x.Kind, f = "none", notOf(anyOf(kids(n.Kids...)))
	case Not:
		x.Kind, f = "not", notOf(kids(n.Kid)[0])
	case AtLeast:
		x.Kind, x.Need, f = "at_least", strconv.Itoa(n.N), atLeast(n.N, kids(n.Kids...))
	case Everyone:
		x.Kind, x.Found = "everyone", &Words{"所有客户", "everyone"}
		f = always
	case Segment:
		x.Kind, x.Actual = "segment", n.Name
		if kid, ok := c.segmentNode(n); ok {
			f = kids(kid)[0]
		}
	default:
		f = c.explainLeaf(n, s, at, x)
	}
	if f != nil {
		x.answer(f(s, at))
	}
	return x
}

func (c *Compiler) explainLeaf(n Node, s *State, at int64, x *Explanation) Cond {
	x.Kind = leafKind(n)
	l, ok := c.byLeaf[leafKey(n)]
	if !ok {
		return nil
	}
	if _, stated := n.(statedTag); !stated {
		x.Asks = &Words{Sentence(n, fault.ZH), Sentence(n, fault.EN)}
	}
	x.answer(l.eval(s, at))
	if l.detail != nil {
		l.detail(s, at, x)
	}
	return l.eval
}

func (x *Explanation) answer(holds bool, next int64) {
	x.Holds, x.Next = holds, nil
	if next != Never {
		x.Next = &next
	}
}

// cond is the answer found as a condition.
func (x *Explanation) cond() Cond {
	next := Never
	if x.Next != nil {
		next = *x.Next
	}
	return func(*State, int64) (bool, int64) { return x.Holds, next }
}

// decide marks the parts that made the answer.
func (x *Explanation) decide() {
	x.Decides = true
	for _, k := range x.Kids {
		switch x.Kind {
		case "all", "any", "at_least":
			if k.Holds != x.Holds {
				continue
			}
		case "none":
			if k.Holds == x.Holds {
				continue
			}
		}
		k.decide()
	}
}

func leafKind(n Node) string {
	switch n.(type) {
	case Customers:
		return "customers"
	case Share:
		return "share"
	case Attribute:
		return "attribute"
	case Aggregate:
		return "event"
	case Occurrence:
		return "occurrence"
	case Sequence:
		return "sequence"
	case Regular:
		return "regular"
	case TagCond:
		return "tag"
	case FollowCond:
		return "follow"
	case MetricCond:
		return "metric"
	case Quantile:
		return "quantile"
	case statedTag:
		return "statement"
	}
	return ""
}

func (x *Explanation) found(zh, en string) { x.Found = &Words{zh, en} }

// entries shows the newest of some entries as evidence.
func (x *Explanation) entries(es []Entry) {
	if len(es) > maxEvidence {
		es = es[len(es)-maxEvidence:]
	}
	for _, e := range es {
		ev := Evidence{Time: e.T, Arrival: e.Seq}
		if !slices.Contains(x.Evidence, ev) {
			x.Evidence = append(x.Evidence, ev)
		}
	}
}

// names are the event types of a selector as written.
func (s Selector) names() []string {
	list := slices.Clone(s.Types)
	for _, p := range s.Prefixes {
		list = append(list, p+"*")
	}
	return list
}

func (s Selector) label() string { return strings.Join(s.names(), ", ") }

// stamp is an instant for people, in the tenant's zone.
func (c *Compiler) stamp(t int64) string {
	return time.UnixMilli(t).In(c.zone).Format(time.RFC3339)
}

// needOf writes comparisons: ">= 3", "in [a, b]".
func needOf(ops []Op) string {
	parts := make([]string, 0, len(ops))
	for _, op := range ops {
		parts = append(parts, needOp(op))
	}
	return strings.Join(parts, ", ")
}

var opSigns = map[string]string{OpEq: "=", OpGt: ">", OpGte: ">=", OpLt: "<", OpLte: "<="}

func needOp(op Op) string {
	name, ok := opSigns[op.Name]
	if !ok {
		name = op.Name
	}
	if op.Neg {
		name = "not " + name
	}
	texts := make([]string, 0, len(op.Args))
	for _, a := range op.Args {
		texts = append(texts, plainValue(a))
	}
	switch {
	case len(texts) == 1 && op.Name != OpIn:
		return name + " " + texts[0]
	case len(texts) > 0:
		return name + " [" + strings.Join(texts, ", ") + "]"
	}
	return name
}

// plain is a value for people.
func plainValue(v value.Value) string {
	if s, ok := value.TextOf(v); ok {
		return s
	}
	return v.String()
}

// gap is what is missing to pass a comparison with one bound; "" where that is no number.
func (t *numTest) gap(v value.Num, ok bool) string {
	if t.passes(v, ok) || len(t.ops) != 1 || t.bands != nil || t.ops[0].neg || len(t.ops[0].args) != 1 {
		return ""
	}
	bound := t.ops[0].args[0]
	var d value.Num
	switch t.ops[0].name {
	case OpGt, OpGte:
		d = bound.Sub(v)
	case OpLt, OpLte:
		d = v.Sub(bound)
	default:
		return ""
	}
	if d.Sign() == 0 { // the bound itself is not enough
		d = value.FromInt(1)
	}
	return d.String()
}

// number fills in what a comparison of a number found.
func (x *Explanation) number(t *numTest, v value.Num, ok bool) {
	x.Gap = t.gap(v, ok)
	if ok {
		x.Actual = v.String()
	}
}
