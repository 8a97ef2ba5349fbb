package expr

import (
	"maps"
	"slices"
	"time"

	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/tag"
)

var _ = fault.Register(fault.Messages{
	"expr.unresolved":     {ZH: "找不到{kind} {name}", EN: "there is no {kind} {name}"},
	"expr.reference_loop": {ZH: "{name} 引用了自己", EN: "{name} refers to itself"},
	"expr.bad_pattern":    {ZH: "模式 {pattern} 不合法", EN: "the pattern {pattern} is not valid"},
	"expr.bad_node":       {ZH: "这里不能用 {kind}", EN: "{kind} can not stand here"},
})

type compilerState struct {
	cal     *calendar
	streams []*Stream
	byKey   map[string]*Stream
	leaves  []*leaf
	byLeaf  map[string]*leaf
	// refs are the names being resolved, to find loops.
	refs   []string
	faults fault.List
	in     *inputs
	// walking says that what is compiled is asked about many instants at once.
	walking bool
	// smooth makes metrics leave out of their next what only the passing of days changes.
	smooth bool
}

// inputs collects what the leaf or condition being compiled reads.
type inputs struct {
	streams  map[int]bool
	tags     map[tag.ID]bool
	identity bool
}

func newInputs() *inputs { return &inputs{streams: map[int]bool{}, tags: map[tag.ID]bool{}} }

func (in *inputs) join(o *inputs) {
	maps.Copy(in.streams, o.streams)
	maps.Copy(in.tags, o.tags)
	in.identity = in.identity || o.identity
}

func (in *inputs) list() Inputs {
	return Inputs{
		Streams:  slices.Sorted(maps.Keys(in.streams)),
		Tags:     slices.Sorted(maps.Keys(in.tags)),
		Identity: in.identity,
	}
}

// leaf is one compiled leaf; equal leaves are one.
type leaf struct {
	node Node
	eval Cond
	in   *inputs
	slot int
	// shared is set once a second condition uses the leaf, or one that is walked: only then its
	// answer is kept.
	shared bool
	detail explainFn
}

// NewCompiler returns a compiler for one tenant's zone (nil: UTC) and names.
func NewCompiler(zone *time.Location, names Names) *Compiler {
	if zone == nil {
		zone = time.UTC
	}
	return &Compiler{zone: zone, names: names, compilerState: compilerState{
		cal: calendarOf(zone), byKey: map[string]*Stream{}, byLeaf: map[string]*leaf{},
	}}
}

// Streams returns the streams compiled so far, by number.
func (c *Compiler) Streams() []*Stream { return c.streams }

// Condition compiles a checked tree. The error is a [fault.List] of what could not be resolved.
func (c *Compiler) Condition(n Node) (Cond, Inputs, error) {
	c.begin()
	f := c.node(n)
	return f, c.in.list(), c.faults.Err()
}

// ConditionWalked is Condition for one that is also asked about the past: the streams it reads
// keep all their entries.
func (c *Compiler) ConditionWalked(n Node) (Cond, Inputs, error) {
	c.walking = true
	defer func() { c.walking = false }()
	f, in, err := c.Condition(n)
	c.keepAll(in)
	return f, in, err
}

// MetricOf compiles a metric expression.
func (c *Compiler) MetricOf(n Num) (Metric, Inputs, error) {
	c.begin()
	m := c.metric(n)
	return m, c.in.list(), c.faults.Err()
}

func (c *Compiler) begin() {
	c.in, c.faults, c.refs = newInputs(), nil, nil
}

func (c *Compiler) keepAll(in Inputs) {
	for _, i := range in.Streams {
		c.streams[i].need(need{})
	}
}

func (c *Compiler) fault(code string, at Pos, args ...any) {
	c.faults.Add(fault.Invalid(code, args...).At(at.Path, at.Line, at.Col))
}

func (c *Compiler) unresolved(kind, name string, at Pos) {
	e := fault.Invalid("expr.unresolved", "kind", kind, "name", name).At(at.Path, at.Line, at.Col)
	if c.names != nil {
		e = e.WithSuggestion(fault.Nearest(name, c.names.Suggest(kind)))
	}
	c.faults.Add(e)
}

// refer runs f while a name is being resolved, unless that is already so.
func (c *Compiler) refer(name string, at Pos, f func()) {
	if slices.Contains(c.refs, name) {
		c.fault("expr.reference_loop", at, "name", name)
		return
	}
	c.refs = append(c.refs, name)
	f()
	c.refs = c.refs[:len(c.refs)-1]
}

func (c *Compiler) node(n Node) Cond {
	switch n := n.(type) {
	case All:
		return allOf(c.nodes(n.Kids))
	case Any:
		return anyOf(c.nodes(n.Kids))
	case None:
		return notOf(anyOf(c.nodes(n.Kids)))
	case Not:
		return notOf(c.node(n.Kid))
	case AtLeast:
		return atLeast(n.N, c.nodes(n.Kids))
	case Everyone:
		return always
	case Segment:
		return c.segment(n)
	}
	return c.leaf(n)
}

func (c *Compiler) nodes(kids []Node) []Cond {
	fns := make([]Cond, len(kids))
	for i, k := range kids {
		fns[i] = c.node(k)
	}
	return fns
}

func (c *Compiler) segment(n Segment) Cond {
	kid, ok := c.segmentNode(n)
	if !ok {
		c.unresolved("segment", n.Name, n.Pos)
		return nowhere
	}
	f := Cond(nowhere)
	c.refer("segment "+n.Name, n.Pos, func() { f = c.node(kid) })
	return f
}

func (c *Compiler) segmentNode(n Segment) (Node, bool) {
	if c.names == nil {
		return nil, false
	}
	return c.names.Segment(n.Name)
}

// leaf returns the leaf of a node, compiled once for all equal nodes.
func (c *Compiler) leaf(n Node) Cond {
	key := leafKey(n)
	l, ok := c.byLeaf[key]
	if ok {
		l.shared = true
	} else {
		outer := c.in
		c.in = newInputs()
		l = &leaf{node: n, slot: len(c.leaves)}
		l.eval, l.detail = c.compileLeaf(n)
		l.in, c.in = c.in, outer
		c.leaves = append(c.leaves, l)
		c.byLeaf[key] = l
	}
	l.shared = l.shared || c.walking
	c.in.join(l.in)
	return l.ask
}

// ask evaluates the leaf; the answer of a shared one is kept for other conditions. It stays
// good up to its next.
func (l *leaf) ask(s *State, at int64) (bool, int64) {
	if !l.shared || l.slot >= len(s.memo) {
		return l.eval(s, at)
	}
	m := &s.memo[l.slot]
	if m.gen == s.memoGen && m.at <= at && at < m.next {
		return m.holds, m.next
	}
	h, n := l.eval(s, at)
	m.gen, m.at, m.holds, m.next = s.memoGen, at, h, n
	return h, n
}

func (c *Compiler) compileLeaf(n Node) (Cond, explainFn) {
	switch n := n.(type) {
	case Customers:
		return c.customers(n)
	case Share:
		return c.share(n)
	case Attribute:
		return c.attribute(n)
	case Aggregate:
		return c.aggregate(n)
	case Occurrence:
		return c.occurrence(n)
	case Sequence:
		return c.sequence(n)
	case Regular:
		return c.regular(n)
	case TagCond:
		return c.tag(n)
	case FollowCond:
		return c.follow(n)
	case MetricCond:
		return c.metricCond(n)
	case Quantile:
		return c.quantile(n)
	case statedTag:
		return c.stated(n)
	}
	c.fault("expr.bad_node", n.Position(), "kind", "")
	return nowhere, nil
}

// stream returns the stream of a definition, made where no equal one exists, and notes that
// the condition being compiled reads it.
func (c *Compiler) stream(sel Selector, where Prop, each *Each) *Stream {
	var k keyText
	return c.streamOf(string(k.selector(sel).prop(where).each(each).b), func(s *Stream) {
		s.Sel = sel
		if where != nil {
			s.where = c.prop(where, fromEvent)
		}
		if each != nil {
			s.list = each.Path
			if each.Where != nil {
				s.elem = c.prop(each.Where, fromElement)
			}
		}
	})
}

func (c *Compiler) streamOf(key string, define func(*Stream)) *Stream {
	s, ok := c.byKey[key]
	if !ok {
		s = &Stream{Number: len(c.streams), Key: key}
		define(s)
		c.streams = append(c.streams, s)
		c.byKey[key] = s
	}
	c.in.streams[s.Number] = true
	return s
}
