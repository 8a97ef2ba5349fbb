package scenario

import (
	"slices"

	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/markup"
	"github.com/earmarkhq/earmark/internal/rule"
	"github.com/earmarkhq/earmark/internal/tag"
)

// definer turns the definitions of a scenario and its steps into sets with lasting ids. A step
// gives some parts of a rule document; the others stay as they were.
type definer struct {
	opts   rule.DocumentOptions
	now    Definitions
	prog   *rule.Program
	known  rule.Set // all that ever had an id
	single bool     // the rules in force are one condition
	label  map[tag.ID]string
}

func newDefiner(s *Scenario) *definer {
	return &definer{opts: rule.DocumentOptions{Zone: s.Zone, Shorthand: true, Stated: statedTags(s)}}
}

// statedTags are the tags that the scenario sets and removes by hand. Which of them rules keep
// is seen when a step does it.
func statedTags(s *Scenario) []string {
	var out []string
	seen := map[string]bool{}
	for _, st := range s.Steps {
		for _, a := range st.Unit {
			if a.Kind == ActStatement && !seen[a.Tag] {
				seen[a.Tag] = true
				out = append(out, a.Tag)
			}
		}
	}
	return out
}

// define reads definitions on top of those in force. They come into force only if all is well.
func (d *definer) define(given Definitions) error {
	next := d.now
	next.Path = given.Path
	if given.Rule != nil || given.Rules != nil {
		next.Rule, next.Rules, next.Anonymous = given.Rule, given.Rules, given.Anonymous
	}
	for _, part := range []struct{ to, from **markup.Node }{
		{&next.Groups, &given.Groups}, {&next.Metrics, &given.Metrics}, {&next.Segments, &given.Segments}, {&next.Tables, &given.Tables},
	} {
		if *part.from != nil {
			*part.to = *part.from
		}
	}
	doc, err := rule.ParseDocument(next.node(), next.Path, d.opts)
	if err != nil {
		return err
	}
	if next.Rule != nil && next.Anonymous {
		for i := range doc.Rules {
			doc.Rules[i].Anonymous = true
		}
	}
	set := doc.Set(d.known.Gen+1, &d.known)
	prog, err := rule.Build(set)
	if err != nil {
		return err
	}
	d.now, d.prog, d.single = next, prog, next.Rule != nil
	d.remember(set)
	return nil
}

// remember keeps the ids of what is defined now beside those of what no longer is, so that no id
// is given twice.
func (d *definer) remember(set *rule.Set) {
	old := d.known
	d.known = *set
	for _, g := range old.Groups {
		if !slices.ContainsFunc(set.Groups, func(n tag.Group) bool { return n.ID == g.ID }) {
			d.known.Groups = append(d.known.Groups, g)
		}
	}
	for _, t := range old.Tags {
		if !slices.ContainsFunc(set.Tags, func(n tag.Tag) bool { return n.ID == t.ID }) {
			d.known.Tags = append(d.known.Tags, t)
		}
	}
	for _, r := range old.Rules {
		if !slices.ContainsFunc(set.Rules, func(n rule.Def) bool { return n.ID == r.ID }) {
			d.known.Rules = append(d.known.Rules, r)
		}
	}
	d.label = map[tag.ID]string{}
	names := map[string]int{}
	for _, t := range d.known.Tags {
		names[t.Name]++
	}
	for _, t := range d.known.Tags {
		d.label[t.ID] = t.Name
		for _, g := range d.known.Groups {
			if g.ID == t.Group && names[t.Name] > 1 {
				d.label[t.ID] = g.Name + "/" + t.Name
			}
		}
	}
}

// tag is the id of a tag in force; "" is that of the single rule.
func (d *definer) tag(name string) (tag.ID, bool) {
	if name == "" {
		name = single
	}
	return d.prog.Set.Names().Tag(name)
}

// node is the definitions as one rule document.
func (d *Definitions) node() *markup.Node {
	n := markup.NewMap()
	for _, part := range []struct {
		key string
		v   *markup.Node
	}{{"groups", d.Groups}, {"metrics", d.Metrics}, {"segments", d.Segments}, {"tables", d.Tables}, {"rules", d.Rules}, {"rule", d.Rule}} {
		if part.v != nil {
			n.Pairs = append(n.Pairs, markup.Pair{Key: part.key, Value: part.v, Line: part.v.Line, Col: part.v.Col})
		}
	}
	return n
}

func unknownTag(name string) error { return fault.NotFound("scenario.tag", "name", name) }
