package rule

import (
	"sort"
	"strings"

	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/tag"
)

// Program is a compiled set: what the engine runs. Read-only after Build and safe for
// concurrent use; each shard makes its own expr.State.
type Program struct {
	Set      *Set
	Compiler *expr.Compiler
	Streams  []*expr.Stream
	// Rules in dependency order: a rule comes after every rule whose tags it reads.
	Rules   []Compiled
	metrics map[string]expr.Metric
	// byStream and byTag say which rules an input wakes; byIdentity those that read identities.
	byStream   [][]int32
	byTag      map[tag.ID][]int32
	byIdentity []int32
	walked     []int32
	owner      map[tag.ID]int32 // rule that keeps the tag
	groups     map[tag.ID]*stated
}

// Compiled is one rule of a program.
type Compiled struct {
	Def
	Cond   expr.Cond    // state rule
	Ladder *expr.Ladder // ladder
	Reads  expr.Inputs
	tags   []tag.ID
}

// Keeps returns the tags that the rule keeps, for a ladder in the order of its steps. Do not modify.
func (c *Compiled) Keeps() []tag.ID { return c.tags }

// stated is what the engine must know of a stated tag: its siblings where the group is single-choice.
type stated struct {
	siblings []tag.ID // in group order, itself included; nil for a plain tag
}

// Build compiles a set in stages: conditions to closures over shared streams, then the order of
// rules, then the wake-up index. All faults come together as a fault.List.
func Build(s *Set) (*Program, error) {
	p := &Program{
		Set: s, Compiler: expr.NewCompiler(s.Zone, s.Names()),
		metrics: map[string]expr.Metric{}, byTag: map[tag.ID][]int32{},
		owner: map[tag.ID]int32{}, groups: map[tag.ID]*stated{},
	}
	var faults fault.List
	compiled := make([]Compiled, 0, len(s.Rules))
	for i := range s.Rules {
		c, err := p.compile(s.Rules[i])
		if err != nil {
			faults.Add(err)
			continue
		}
		compiled = append(compiled, c)
	}
	for name, m := range s.Metrics {
		fn, _, err := p.Compiler.MetricOf(m)
		if err != nil {
			faults.Add(err)
			continue
		}
		p.metrics[name] = fn
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	order, err := dependencyOrder(compiled, s)
	if err != nil {
		return nil, err
	}
	for _, i := range order {
		p.Rules = append(p.Rules, compiled[i])
	}
	p.Streams = p.Compiler.Streams()
	p.index()
	return p, nil
}

func (p *Program) compile(d Def) (Compiled, error) {
	c := Compiled{Def: d, tags: d.Tags()}
	if d.Ladder == nil {
		cond, in, err := p.Compiler.Condition(d.When)
		c.Cond, c.Reads = cond, in
		return c, err
	}
	ladder, in, err := p.Compiler.CompileLadder(d.Ladder.Spec())
	c.Ladder, c.Reads = ladder, in
	return c, err
}

// Spec is the ladder as the compiler takes it.
func (l *Ladder) Spec() expr.LadderSpec {
	spec := expr.LadderSpec{Keep: l.Keep, DemoteWhen: l.DemoteWhen, DemoteEvery: l.DemoteEvery}
	for _, s := range l.Steps {
		spec.Steps = append(spec.Steps, s.When)
	}
	return spec
}

func (p *Program) index() {
	p.byStream = make([][]int32, len(p.Streams))
	for i := range p.Rules {
		r := &p.Rules[i]
		for _, t := range r.tags {
			p.owner[t] = int32(i)
		}
		for _, s := range r.Reads.Streams {
			p.byStream[s] = append(p.byStream[s], int32(i))
		}
		for _, t := range r.Reads.Tags {
			p.byTag[t] = append(p.byTag[t], int32(i))
		}
		if r.Ladder != nil && (r.Def.Ladder.Keep != nil || r.Def.Ladder.DemoteWhen != nil) {
			p.walked = append(p.walked, int32(i))
		}
		if r.Reads.Identity {
			p.byIdentity = append(p.byIdentity, int32(i))
		}
	}
	members := map[tag.GroupID][]tag.Tag{}
	for _, t := range p.Set.Tags {
		members[t.Group] = append(members[t.Group], t)
	}
	for _, g := range p.Set.Groups {
		ts := members[g.ID]
		sort.SliceStable(ts, func(a, b int) bool { return ts[a].Order < ts[b].Order })
		var ids []tag.ID
		for _, t := range ts {
			if _, derived := p.owner[t.ID]; !derived {
				ids = append(ids, t.ID)
			}
		}
		for _, id := range ids {
			st := &stated{}
			if g.Single {
				st.siblings = ids
			}
			p.groups[id] = st
		}
	}
}

// StreamRules returns the rules that read a stream, TagRules those that read a tag, both by
// index into Rules, ascending. Do not modify.
func (p *Program) StreamRules(stream int) []int32 { return p.byStream[stream] }

// TagRules returns the rules that read the tag.
func (p *Program) TagRules(t tag.ID) []int32 { return p.byTag[t] }

// IdentityRules returns the rules that read the customer's identities.
func (p *Program) IdentityRules() []int32 { return p.byIdentity }

// WalkedRules returns the ladders that are walked from the customer's first event: they also read its time.
func (p *Program) WalkedRules() []int32 { return p.walked }

// Owner returns the index of the rule that keeps the tag; ok is false for a stated or unknown tag.
func (p *Program) Owner(t tag.ID) (rule int, ok bool) {
	i, ok := p.owner[t]
	return int(i), ok
}

// Stated reports whether the tag takes statements, and the stated tags of its single-choice
// group in group order (nil in a group where tags do not exclude each other).
func (p *Program) Stated(t tag.ID) (siblings []tag.ID, ok bool) {
	s, ok := p.groups[t]
	if !ok {
		return nil, false
	}
	return s.siblings, true
}

// Metric returns a named metric.
func (p *Program) Metric(name string) (expr.Metric, bool) {
	m, ok := p.metrics[name]
	return m, ok
}

// dependencyOrder sorts rules so that writers of a tag come before its readers; ties keep the order of
// the set. A cycle is refused with the path of tags that closes it.
func dependencyOrder(rules []Compiled, s *Set) ([]int, error) {
	writer := map[tag.ID]int{}
	for i := range rules {
		for _, t := range rules[i].tags {
			writer[t] = i
		}
	}
	name := map[tag.ID]string{}
	for _, t := range s.Tags {
		name[t.ID] = t.Name
	}
	const (
		unseen = iota
		open
		done
	)
	state := make([]int, len(rules))
	order := make([]int, 0, len(rules))
	var path []string
	var visit func(i int) error
	visit = func(i int) error {
		state[i] = open
		for _, t := range rules[i].Reads.Tags {
			w, derived := writer[t]
			if !derived || state[w] == done {
				continue
			}
			path = append(path, name[t])
			if state[w] == open {
				return fault.Invalid("rule.cycle", "path", strings.Join(path, " → "))
			}
			if err := visit(w); err != nil {
				return err
			}
			path = path[:len(path)-1]
		}
		state[i] = done
		order = append(order, i)
		return nil
	}
	for i := range rules {
		if state[i] != unseen {
			continue
		}
		path = append(path[:0], name[rules[i].tags[0]])
		if err := visit(i); err != nil {
			return nil, err
		}
	}
	return order, nil
}
