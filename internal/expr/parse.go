package expr

import (
	"strconv"
	"time"

	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/markup"
)

// Bounds of a condition, checked when it is read, so that evaluation can not run away.
const (
	MaxNodes   = 500    // conditions, steps, property tests and metric nodes of one tree
	MaxDepth   = 16     // of these nested in one another
	MaxPattern = 1_000  // bytes of a regex or like pattern
	MaxList    = 10_000 // entries of an in-list or of a customers list
	MaxPath    = 16     // keys of a property path
	MaxName    = 255    // bytes of an event type, tag, segment, metric, table or staff name
	MaxText    = 4_096  // bytes of any other text operand
	MaxSteps   = 20     // steps of a sequence
	MaxNewest  = 1_024  // n of first and last
	MaxPeriods = 366    // periods of per, buckets of regular
	// MaxWindowDays and MaxWindowMonths bound every window that is counted back from now (within,
	// ago, days, during, per, regular, max_gap, then_not, held): ten years. ever, between and
	// since are not bounded.
	MaxWindowDays   = 3_660
	MaxWindowMonths = 120
	// MaxRelDays bounds dates relative to now in property tests ({ago: 60y}): 200 years.
	MaxRelDays   = 73_200
	MaxRelMonths = 2_400
)

// ParseOptions say how a condition is read. The zero value reads YAML or JSON in UTC.
type ParseOptions struct {
	// Zone is the tenant's zone: bare dates of `between` are days there. nil is UTC.
	Zone *time.Location
	// Format of the text; Auto looks at its first character.
	Format markup.Format
}

// Parse reads one condition. The error is a fault.List with every fault of the document, each
// with its place; the tree is then nil.
func Parse(data []byte, opts ParseOptions) (Node, error) {
	root, err := markup.Read(data, opts.Format)
	if err != nil {
		return nil, err
	}
	return ParseNode(root, "", opts)
}

// ParseNode reads the condition at a node of a larger document; path is the node's place in
// it ("rules[0].when"). Each call has the bounds of one tree.
func ParseNode(n *markup.Node, path string, opts ParseOptions) (Node, error) {
	p := newParser(opts)
	tree := p.condition(n, path)
	if err := p.faults.Err(); err != nil {
		return nil, err
	}
	return tree, nil
}

// ParseNum reads a metric expression at a node of a larger document.
func ParseNum(n *markup.Node, path string, opts ParseOptions) (Num, error) {
	p := newParser(opts)
	num := p.num(n, path)
	if err := p.faults.Err(); err != nil {
		return nil, err
	}
	return num, nil
}

// ParseDuration reads a duration such as 90s, 2h, 10d or 3mo; it is not negative.
func ParseDuration(s string) (Duration, bool) {
	d, ok := durationOf(s)
	return d, ok
}

// parser reads one tree and collects its faults. A method that reads a part returns its zero
// value after it reported a fault; the tree is then not handed out.
type parser struct {
	zone   *time.Location
	faults fault.List
	nodes  int
	depth  int
	refs   []Ref
}

func newParser(opts ParseOptions) *parser {
	p := &parser{zone: opts.Zone}
	if p.zone == nil {
		p.zone = time.UTC
	}
	return p
}

// pos is the place of a node.
func pos(n *markup.Node, path string) Pos { return Pos{Line: n.Line, Col: n.Col, Path: path} }

// bad reports a fault of the value at n; it is the argument "value" of the sentence.
func (p *parser) bad(n *markup.Node, path, code string, args ...any) *fault.Error {
	e := fault.Invalid(code, append([]any{"key", lastKey(path), "value", n.Short()}, args...)...).At(path, n.Line, n.Col)
	p.faults.Add(e)
	return e
}

// badKey reports a fault of a key.
func (p *parser) badKey(pair *markup.Pair, path, code string, args ...any) *fault.Error {
	e := fault.Invalid(code, append([]any{"key", pair.Key}, args...)...).At(path, pair.Line, pair.Col)
	p.faults.Add(e)
	return e
}

// enter counts a node of the tree; leave must follow when it returns true.
func (p *parser) enter(n *markup.Node, path string) bool {
	if p.nodes++; p.nodes > MaxNodes {
		if p.nodes == MaxNodes+1 {
			p.bad(n, path, "expr.too_many_nodes", "limit", MaxNodes)
		}
		return false
	}
	if p.depth >= MaxDepth {
		p.bad(n, path, "expr.too_deep", "limit", MaxDepth)
		return false
	}
	p.depth++
	return true
}

func (p *parser) leave() { p.depth-- }

// join is the path of a key below path; keys that are no plain words are quoted.
func join(path, key string) string {
	if key == "" {
		key = `""`
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

// item is the path of element i of the list at path.
func item(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// lastKey is the last key of a path: what a sentence calls the value.
func lastKey(path string) string {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '.' {
			return path[i+1:]
		}
	}
	return path
}
