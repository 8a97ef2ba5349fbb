package rule

import (
	"strings"

	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/markup"
)

func (p *documentParser) rules(n *markup.Node, path string) {
	if !p.list(n, path, MaxRules) {
		return
	}
	for i, it := range n.Items {
		p.rule(it, item(path, i))
	}
}

// shorthand reads one condition as the rule of the tag "rule".
func (p *documentParser) shorthand(n *markup.Node, path string) {
	r := RuleDoc{Pos: place(n, path), Group: Ungrouped, Tag: "rule"}
	r.When = p.condition(&r, n, path)
	p.keep(&r, r.Group, r.Tag, r.Pos)
	p.doc.Rules = append(p.doc.Rules, r)
}

func (p *documentParser) rule(n *markup.Node, path string) {
	if n.Kind != markup.Map {
		p.bad(n, path, "rule.want_map")
		return
	}
	r := RuleDoc{Pos: place(n, path)}
	common := []string{"id", "name", "description", "include_anonymous"}
	tag, ladder := n.Get("tag"), n.Get("ladder")
	switch {
	case tag != nil && ladder != nil:
		p.bad(n, path, "rule.tag_and_ladder")
		return
	case ladder != nil:
		p.fields(n, path, append([]string{"ladder", "steps", "keep", "demote"}, common...)...)
	case tag != nil:
		p.fields(n, path, append([]string{"tag", "group", "when"}, common...)...)
	default:
		p.fields(n, path, append([]string{"tag", "group", "when", "ladder", "steps", "keep", "demote"}, common...)...)
		p.bad(n, path, "rule.missing", "missing", "tag / ladder")
		return
	}
	if v := n.Get("id"); v != nil {
		r.ID = p.name(v, join(path, "id"))
	}
	r.Name = p.text(n.Get("name"), join(path, "name"), expr.MaxName)
	r.Description = p.text(n.Get("description"), join(path, "description"), MaxDescription)
	r.Anonymous = p.flag(n.Get("include_anonymous"), join(path, "include_anonymous"))
	if ladder != nil {
		p.ladder(&r, n, ladder, path)
	} else {
		p.stateRule(&r, n, tag, path)
	}
	p.doc.Rules = append(p.doc.Rules, r)
}

// condition reads a condition of a rule and notes what it refers to.
func (p *documentParser) condition(r *RuleDoc, n *markup.Node, path string) expr.Node {
	c, err := expr.ParseWithRefs(n, path, p.parse)
	if err != nil {
		p.faults.Add(err)
		return nil
	}
	r.refs = append(r.refs, c.Refs...)
	return c.Node
}

func (p *documentParser) stateRule(r *RuleDoc, n, tag *markup.Node, path string) {
	at := join(path, "tag")
	r.Group, r.Tag = p.tagName(tag, at)
	if g := n.Get("group"); g != nil {
		group := p.name(g, join(path, "group"))
		if r.Group != "" && group != "" && r.Group != group {
			p.bad(g, join(path, "group"), "rule.two_groups", "tag", tag.Text)
		}
		r.Group = group
	}
	if r.Group == "" {
		r.Group = p.groupOf(r.Tag)
	}
	if when := n.Get("when"); when == nil {
		p.bad(n, path, "rule.missing", "missing", "when")
	} else {
		r.When = p.condition(r, when, join(path, "when"))
	}
	if r.Tag != "" && r.Group != "" {
		p.keep(r, r.Group, r.Tag, place(tag, at))
	}
}

// tagName reads "tag" or "group/tag".
func (p *documentParser) tagName(n *markup.Node, path string) (group, tag string) {
	if n.Kind != markup.Text || strings.Count(n.Text, "/") != 1 {
		return "", p.name(n, path)
	}
	left, right, _ := strings.Cut(n.Text, "/")
	half := func(s string) string {
		return p.name(&markup.Node{Kind: markup.Text, Text: s, Line: n.Line, Col: n.Col}, path)
	}
	group, tag = half(left), half(right)
	if group == "" {
		tag = ""
	}
	return group, tag
}

// groupOf is the group of a rule's tag that names none: the only declared one that lists it,
// else Ungrouped.
func (p *documentParser) groupOf(tag string) string {
	found := ""
	for i := range p.doc.Groups {
		g := &p.doc.Groups[i]
		if t := g.tag(tag); g.declared && t != nil {
			if found != "" {
				return Ungrouped
			}
			found = g.Name
		}
	}
	if found == "" {
		return Ungrouped
	}
	return found
}

// keep makes the rule that is being read the one writer of a tag. It comes before the rule is
// appended to the document.
func (p *documentParser) keep(r *RuleDoc, group, tag string, at expr.Pos) {
	index := len(p.doc.Rules)
	g := p.group(group)
	if g == nil {
		p.doc.Groups = append(p.doc.Groups, GroupDoc{Pos: at, Name: group})
		g = &p.doc.Groups[len(p.doc.Groups)-1]
	}
	t := g.tag(tag)
	switch {
	case t == nil && g.closed:
		var names []string
		for _, k := range g.Tags {
			names = append(names, k.Name)
		}
		p.badAt(at, "rule.tag_not_in_group", "name", tag, "group", group).WithSuggestion(nearest(tag, names))
	case t == nil:
		g.Tags = append(g.Tags, TagDoc{Pos: at, Name: tag, Rule: index})
	case t.Rule >= 0:
		first := r.Line
		if t.Rule < index {
			first = p.doc.Rules[t.Rule].Line
		}
		p.badAt(at, "rule.two_writers", "name", tag, "first", first)
	default:
		t.Rule = index
	}
}

// ladder reads {ladder: group, steps: […], keep, demote}.
func (p *documentParser) ladder(r *RuleDoc, n, name *markup.Node, path string) {
	r.Ladder = &LadderDoc{}
	if r.Group = p.name(name, join(path, "ladder")); r.Group != "" {
		p.ladderGroup(r, name, join(path, "ladder"))
	}
	if steps := n.Get("steps"); steps == nil {
		p.bad(n, path, "rule.missing", "missing", "steps")
	} else if p.list(steps, join(path, "steps"), MaxSteps) {
		for i, it := range steps.Items {
			p.step(r, it, item(join(path, "steps"), i))
		}
	}
	if k := n.Get("keep"); k != nil {
		r.Ladder.Keep = p.duration(k, join(path, "keep"))
	}
	if d := n.Get("demote"); d != nil {
		p.demote(r, d, join(path, "demote"))
	}
}

// ladderGroup makes the ladder's group single-choice.
func (p *documentParser) ladderGroup(r *RuleDoc, n *markup.Node, path string) {
	g := p.group(r.Group)
	if g == nil {
		p.doc.Groups = append(p.doc.Groups, GroupDoc{Pos: place(n, path), Name: r.Group, Single: true, ladder: r.Line})
		return
	}
	if g.ladder > 0 {
		p.bad(n, path, "rule.two_ladders", "group", r.Group, "first", g.ladder)
	}
	g.ladder = max(r.Line, 1)
	if g.single != nil && !g.Single {
		p.bad(n, path, "rule.ladder_not_single", "group", r.Group)
	}
	g.Single = true
}

func (p *documentParser) step(r *RuleDoc, n *markup.Node, path string) {
	if !p.fields(n, path, "tag", "when") {
		return
	}
	s := StepDoc{Pos: place(n, path)}
	if v := n.Get("tag"); v == nil {
		p.bad(n, path, "rule.missing", "missing", "tag")
	} else {
		group, tag := p.tagName(v, join(path, "tag"))
		if group != "" && group != r.Group {
			p.bad(v, join(path, "tag"), "rule.two_groups", "tag", v.Text)
		} else if s.Tag = tag; tag != "" && r.Group != "" {
			p.keep(r, r.Group, tag, place(v, join(path, "tag")))
		}
	}
	if v := n.Get("when"); v == nil {
		p.bad(n, path, "rule.missing", "missing", "when")
	} else {
		s.When = p.condition(r, v, join(path, "when"))
	}
	r.Ladder.Steps = append(r.Ladder.Steps, s)
}

// duration reads a duration above zero and within ten years.
func (p *documentParser) duration(n *markup.Node, path string) *expr.Duration {
	d, ok := expr.ParseDuration(n.Text)
	switch {
	case n.Kind != markup.Text || !ok || d.Ms == 0 && d.Months == 0:
		p.bad(n, path, "rule.want_duration")
		return nil
	case d.Ms > expr.MaxWindowDays*86_400_000 || d.Months > expr.MaxWindowMonths:
		p.bad(n, path, "rule.duration_too_long", "days", expr.MaxWindowDays)
	}
	return &d
}

func (p *documentParser) demote(r *RuleDoc, n *markup.Node, path string) {
	if !p.fields(n, path, "when", "to", "every") {
		return
	}
	d := &DemoteDoc{}
	if v := n.Get("when"); v == nil {
		p.bad(n, path, "rule.missing", "missing", "when")
	} else {
		d.When = p.condition(r, v, join(path, "when"))
	}
	if v := n.Get("to"); v != nil && (v.Kind != markup.Text || v.Text != "previous") {
		p.bad(v, join(path, "to"), "rule.demote_to")
	}
	if v := n.Get("every"); v != nil {
		d.Every = p.duration(v, join(path, "every"))
	}
	r.Ladder.Demote = d
}
