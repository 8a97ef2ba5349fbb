package rule

import (
	"slices"
	"strings"

	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/fault"
)

// graph knows what the parts of a document refer to.
type graph struct {
	doc      *Document
	refs     map[expr.RefKind]map[string][]expr.Ref // of segments and metrics, by name
	at       map[expr.RefKind]map[string]expr.Pos
	keeps    map[string][]int // tag "group/tag" or bare name → rules that keep one so named
	inGroups map[string][]string
}

func newGraph(d *Document) *graph {
	g := &graph{
		doc:   d,
		refs:  map[expr.RefKind]map[string][]expr.Ref{expr.RefSegment: {}, expr.RefMetric: {}},
		at:    map[expr.RefKind]map[string]expr.Pos{expr.RefSegment: {}, expr.RefMetric: {}},
		keeps: map[string][]int{}, inGroups: map[string][]string{},
	}
	for _, s := range d.Segments {
		g.refs[expr.RefSegment][s.Name], g.at[expr.RefSegment][s.Name] = s.refs, s.Pos
	}
	for _, m := range d.Metrics {
		g.refs[expr.RefMetric][m.Name], g.at[expr.RefMetric][m.Name] = m.refs, m.Pos
	}
	for _, gr := range d.Groups {
		for _, t := range gr.Tags {
			full := gr.Name + "/" + t.Name
			g.inGroups[gr.Name] = append(g.inGroups[gr.Name], full)
			if t.Rule >= 0 {
				g.keeps[full] = append(g.keeps[full], t.Rule)
				g.keeps[t.Name] = append(g.keeps[t.Name], t.Rule)
			}
		}
	}
	return g
}

// loops reports each circle of segments or of metrics once, at the name that closes it.
func (g *graph) loops(kind expr.RefKind, code string) error {
	var faults fault.List
	done := map[string]bool{}
	var path []string
	var visit func(name string)
	visit = func(name string) {
		if i := slices.Index(path, name); i >= 0 {
			at := g.at[kind][path[i]]
			faults.Add(fault.Invalid(code, "path", strings.Join(append(slices.Clone(path[i:]), name), " → ")).
				At(at.Path, at.Line, at.Col))
			return
		}
		if done[name] {
			return
		}
		path = append(path, name)
		for _, r := range g.refs[kind][name] {
			if r.Kind == kind {
				visit(r.Name)
			}
		}
		path = path[:len(path)-1]
		done[name] = true
	}
	for _, name := range g.namesInOrder(kind) {
		visit(name)
	}
	return faults.Err()
}

func (g *graph) namesInOrder(kind expr.RefKind) []string {
	var out []string
	if kind == expr.RefMetric {
		for _, m := range g.doc.Metrics {
			out = append(out, m.Name)
		}
		return out
	}
	for _, s := range g.doc.Segments {
		out = append(out, s.Name)
	}
	return out
}

// edge is a tag that a rule reads, and the rule of this document that keeps it.
type edge struct {
	tag  string
	rule int
}

// reads lists the tags kept by rules that the references lead to, through segments and metrics.
func (g *graph) reads(refs []expr.Ref) []edge {
	var out []edge
	seen := map[string]bool{}
	var walk func(refs []expr.Ref)
	walk = func(refs []expr.Ref) {
		for _, r := range refs {
			if key := string(r.Kind) + "\x00" + r.Name; seen[key] {
				continue
			} else {
				seen[key] = true
			}
			switch r.Kind {
			case expr.RefTag:
				for _, rule := range g.keeps[r.Name] {
					out = append(out, edge{r.Name, rule})
				}
			case expr.RefGroup:
				for _, full := range g.inGroups[r.Name] {
					for _, rule := range g.keeps[full] {
						out = append(out, edge{full, rule})
					}
				}
			case expr.RefSegment, expr.RefMetric:
				walk(g.refs[r.Kind][r.Name])
			}
		}
	}
	walk(refs)
	return out
}

// order sorts the rules so that writers come before readers; ties keep the order written. Each
// circle is a fault that names the tags along it.
func (g *graph) order() ([]int, error) {
	const (
		unseen = iota
		open
		done
	)
	var faults fault.List
	rules := g.doc.Rules
	state := make([]int, len(rules))
	order := make([]int, 0, len(rules))
	var path []int
	var visit func(i int)
	visit = func(i int) {
		state[i] = open
		path = append(path, i)
		for _, e := range g.reads(rules[i].refs) {
			switch state[e.rule] {
			case unseen:
				visit(e.rule)
			case open:
				faults.Add(g.cycle(path[slices.Index(path, e.rule):]))
			}
		}
		path = path[:len(path)-1]
		state[i] = done
		order = append(order, i)
	}
	for i := range rules {
		if state[i] == unseen {
			visit(i)
		}
	}
	return order, faults.Err()
}

// cycle is the fault of rules each of which reads the next, the last one the first.
func (g *graph) cycle(rules []int) *fault.Error {
	names := make([]string, 0, len(rules)+1)
	for _, i := range rules {
		names = append(names, g.doc.Rules[i].Label())
	}
	names = append(names, names[0])
	at := g.doc.Rules[rules[0]].Pos
	return fault.Invalid("rule.cycle", "path", strings.Join(names, " → ")).At(at.Path, at.Line, at.Col)
}

// Label is what people call the rule: its tag, or its ladder's group.
func (r *RuleDoc) Label() string {
	if r.Ladder != nil {
		return r.Group
	}
	return r.Tag
}

// stored is the path of names from a reference to something that events alone do not tell (a
// tag, a group, an identity), or nil. Segments and metrics in seen were walked before.
func (g *graph) stored(r expr.Ref, above []string, seen map[string]bool) []string {
	path := append(slices.Clone(above), r.Name)
	switch r.Kind {
	case expr.RefTag, expr.RefGroup:
		return path
	case expr.RefIdentity:
		return append(slices.Clone(above), "customers")
	case expr.RefSegment, expr.RefMetric:
		if key := string(r.Kind) + "\x00" + r.Name; seen[key] {
			return nil
		} else {
			seen[key] = true
		}
		for _, next := range g.refs[r.Kind][r.Name] {
			if found := g.stored(next, path, seen); found != nil {
				return found
			}
		}
	}
	return nil
}
