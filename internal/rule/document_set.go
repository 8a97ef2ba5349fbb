package rule

import (
	"time"

	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/tag"
)

// Set gives the document its ids: the set of generation gen. Groups, tags and rules that prev
// has under the same name keep their ids and tags keep their state; new ones get the next free
// ids. A rule keeps its version while it means the same, the segments, metrics and tables that it
// names included; any other gets the next one. Tags of prev that the document does not name are
// left out. prev may be nil; to never give an id twice it must list all that ever had one.
func (d *Document) Set(gen uint32, prev *Set) *Set {
	if prev == nil {
		prev = &Set{}
	}
	b := newSetBuilder(prev)
	out := &Set{
		Gen: gen, Zone: d.Zone,
		Metrics: map[string]expr.Num{}, Segments: map[string]expr.Node{}, Tables: map[string]Table{},
	}
	if out.Zone == nil {
		out.Zone = prev.Zone
	}
	if out.Zone == nil {
		out.Zone = time.UTC
	}
	for i := range d.Groups {
		b.group(out, &d.Groups[i], i)
	}
	for _, m := range d.Metrics {
		out.Metrics[m.Name] = m.Num
	}
	for _, s := range d.Segments {
		out.Segments[s.Name] = s.When
	}
	for _, t := range d.Tables {
		out.Tables[t.Name] = Table{Bounds: t.Bounds, RightClosed: t.RightClosed}
	}
	for i := range d.Rules {
		out.Rules = append(out.Rules, b.rule(&d.Rules[i], out))
	}
	return out
}

// setBuilder hands out ids, the old ones where a name is known.
type setBuilder struct {
	prev      *Set
	groups    map[string]tag.Group
	tags      map[string]tag.Tag // by "group/tag"
	rules     map[string]Def     // by the first tag id, or the group id of a ladder
	nextGroup tag.GroupID
	nextTag   tag.ID
	nextRule  uint32
	groupIDs  map[string]tag.GroupID
	tagIDs    map[string]tag.ID
}

func newSetBuilder(prev *Set) *setBuilder {
	b := &setBuilder{
		prev: prev, groups: map[string]tag.Group{}, tags: map[string]tag.Tag{}, rules: map[string]Def{},
		groupIDs: map[string]tag.GroupID{}, tagIDs: map[string]tag.ID{},
	}
	names := map[tag.GroupID]string{}
	for _, g := range prev.Groups {
		b.groups[g.Name], names[g.ID] = g, g.Name
		b.nextGroup = max(b.nextGroup, g.ID)
	}
	for _, t := range prev.Tags {
		b.tags[names[t.Group]+"/"+t.Name] = t
		b.nextTag = max(b.nextTag, t.ID)
	}
	for _, r := range prev.Rules {
		b.rules[ruleKey(&r)] = r
		b.nextRule = max(b.nextRule, r.ID)
	}
	return b
}

// ruleKey tells rules apart: a tag has one state rule, a group one ladder.
func ruleKey(d *Def) string {
	if d.Ladder != nil {
		return "group " + tag.ID(d.Ladder.Group).String()
	}
	return "tag " + d.Tag.String()
}

func (b *setBuilder) group(out *Set, g *GroupDoc, order int) {
	old, known := b.groups[g.Name]
	if !known {
		b.nextGroup++
		old.ID = b.nextGroup
	}
	b.groupIDs[g.Name] = old.ID
	out.Groups = append(out.Groups, tag.Group{ID: old.ID, Name: g.Name, Single: g.Single, Order: order})
	for i, t := range g.Tags {
		full := g.Name + "/" + t.Name
		now, known := b.tags[full]
		if !known {
			b.nextTag++
			now.ID, now.State = b.nextTag, tag.Active
		}
		now.Group, now.Name, now.Order, now.Origin = old.ID, t.Name, i, tag.Stated
		if t.Rule >= 0 {
			now.Origin = tag.Derived
		}
		b.tagIDs[full] = now.ID
		out.Tags = append(out.Tags, now)
	}
}

func (b *setBuilder) rule(r *RuleDoc, now *Set) Def {
	d := Def{Name: r.Name, Anonymous: r.Anonymous}
	if d.Name == "" {
		d.Name = r.Label()
	}
	if r.Ladder == nil {
		d.Tag, d.When = b.tagIDs[r.Group+"/"+r.Tag], r.When
	} else {
		d.Ladder = b.ladder(r)
	}
	old, known := b.rules[ruleKey(&d)]
	switch {
	case !known:
		b.nextRule++
		d.ID, d.Version = b.nextRule, 1
	case b.prev.meaning(&old) == now.meaning(&d):
		d.ID, d.Version = old.ID, old.Version
	default:
		d.ID, d.Version = old.ID, old.Version+1
	}
	return d
}

func (b *setBuilder) ladder(r *RuleDoc) *Ladder {
	l := &Ladder{Group: b.groupIDs[r.Group], Keep: r.Ladder.Keep}
	for _, s := range r.Ladder.Steps {
		l.Steps = append(l.Steps, Step{Tag: b.tagIDs[r.Group+"/"+s.Tag], When: s.When})
	}
	if dm := r.Ladder.Demote; dm != nil {
		l.DemoteWhen, l.DemoteEvery = dm.When, dm.Every
	}
	return l
}
