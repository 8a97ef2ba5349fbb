package rule

import (
	"slices"
	"strings"

	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/fault"
)

// check asks what only the whole document can answer. It also runs on what is left of a document
// with faults, so that its author sees them all.
func (p *documentParser) check() {
	p.checkSingle()
	p.checkIDs()
	p.addStated()
	p.checkNames()
	g := newGraph(&p.doc)
	p.faults.Add(g.loops(expr.RefSegment, "rule.segment_loop"), g.loops(expr.RefMetric, "rule.metric_loop"))
	order, err := g.order()
	p.faults.Add(err)
	p.doc.Order = order
	for i := range p.doc.Rules {
		p.checkHistory(g, &p.doc.Rules[i])
	}
}

func (p *documentParser) checkIDs() {
	first := map[string]int{}
	for i := range p.doc.Rules {
		r := &p.doc.Rules[i]
		if r.ID == "" {
			continue
		}
		if line, dup := first[r.ID]; dup {
			p.badAt(r.Pos, "rule.duplicate_id", "name", r.ID, "first", line)
			continue
		}
		first[r.ID] = r.Line
	}
}

// checkSingle refuses state rules in single-choice groups, and stated tags beside a ladder's
// unless a fault may be why a step is missing.
func (p *documentParser) checkSingle() {
	clean := len(p.faults) == 0
	for _, g := range p.doc.Groups {
		if !g.Single {
			continue
		}
		laddered := slices.ContainsFunc(g.Tags, func(t TagDoc) bool {
			return t.Rule >= 0 && p.doc.Rules[t.Rule].Ladder != nil
		})
		for _, t := range g.Tags {
			switch {
			case t.Rule >= 0 && p.doc.Rules[t.Rule].Ladder == nil:
				p.badAt(p.doc.Rules[t.Rule].Pos, "rule.single_state_rule", "name", t.Name, "group", g.Name)
			case t.Rule < 0 && laddered && clean:
				p.badAt(t.Pos, "rule.group_mixed", "name", t.Name, "group", g.Name)
			}
		}
	}
}

// addStated adds the tags that the caller knows to exist.
func (p *documentParser) addStated() {
	for _, name := range p.opts.Stated {
		group, tag, full := strings.Cut(name, "/")
		if !full {
			tag, group = name, Ungrouped
			if p.hasTag(tag) {
				continue
			}
		}
		g := p.group(group)
		if g == nil {
			p.doc.Groups = append(p.doc.Groups, GroupDoc{Name: group})
			g = &p.doc.Groups[len(p.doc.Groups)-1]
		}
		if g.tag(tag) == nil {
			g.Tags = append(g.Tags, TagDoc{Name: tag, Rule: -1})
		}
	}
}

// checkNames reports the references that lead nowhere or to several tags.
func (p *documentParser) checkNames() {
	known := p.knownNames()
	see := func(refs []expr.Ref) {
		for _, r := range refs {
			p.checkRef(r, known[r.Kind])
		}
	}
	for _, m := range p.doc.Metrics {
		see(m.refs)
	}
	for _, s := range p.doc.Segments {
		see(s.refs)
	}
	for _, r := range p.doc.Rules {
		see(r.refs)
	}
}

func (p *documentParser) hasTag(name string) bool {
	return slices.ContainsFunc(p.doc.Groups, func(g GroupDoc) bool { return g.tag(name) != nil })
}

// maxSuggestions is the number of faults after which none are searched for any more.
const maxSuggestions = 200

// defined are the names of one kind that the document defines, in order, and for bare names of
// tags the groups that have one.
type defined struct {
	names  []string
	groups map[string][]string
}

func (d *defined) add(name, group string) {
	if _, dup := d.groups[name]; !dup {
		d.names = append(d.names, name)
	}
	d.groups[name] = append(d.groups[name], group)
}

// knownNames lists what the document defines, by kind.
func (p *documentParser) knownNames() map[expr.RefKind]*defined {
	known := map[expr.RefKind]*defined{}
	for _, k := range []expr.RefKind{expr.RefTag, expr.RefGroup, expr.RefMetric, expr.RefSegment, expr.RefTable, expr.RefIdentity} {
		known[k] = &defined{groups: map[string][]string{}}
	}
	for _, g := range p.doc.Groups {
		known[expr.RefGroup].add(g.Name, "")
		for _, t := range g.Tags {
			known[expr.RefTag].add(t.Name, g.Name)
			known[expr.RefTag].add(g.Name+"/"+t.Name, g.Name)
		}
	}
	for _, m := range p.doc.Metrics {
		known[expr.RefMetric].add(m.Name, "")
	}
	for _, s := range p.doc.Segments {
		known[expr.RefSegment].add(s.Name, "")
	}
	for _, t := range p.doc.Tables {
		known[expr.RefTable].add(t.Name, "")
	}
	return known
}

func (p *documentParser) checkRef(r expr.Ref, known *defined) {
	if r.Kind == expr.RefIdentity || p.broken[r.Kind][r.Name] {
		return
	}
	if in, ok := known.groups[r.Name]; ok {
		if len(in) > 1 {
			p.badAt(r.Pos, "rule.ambiguous_tag", "name", r.Name, "groups", strings.Join(in, ", ")).
				WithSuggestion(in[0] + "/" + r.Name)
		}
		return
	}
	names := known.names
	if p.opts.Known != nil {
		if expr.CheckRefs([]expr.Ref{r}, p.opts.Known) == nil {
			return
		}
		names = append(slices.Clone(names), p.opts.Known.Suggest(string(r.Kind))...)
	}
	if len(p.faults) > maxSuggestions { // a search through all names each
		names = nil
	}
	p.faults.Add(r.Unknown(names))
}

// checkHistory refuses tags and identities under a ladder with keep or demote.
func (p *documentParser) checkHistory(g *graph, r *RuleDoc) {
	if r.Ladder == nil || r.Ladder.Keep == nil && r.Ladder.Demote == nil {
		return
	}
	seen := map[string]bool{}
	for _, ref := range r.refs {
		if path := g.stored(ref, nil, seen); path != nil {
			p.faults.Add(fault.Invalid("ladder.history_reads_tag", "path", strings.Join(path, " → ")).At(ref.Path, ref.Line, ref.Col))
		}
	}
}
