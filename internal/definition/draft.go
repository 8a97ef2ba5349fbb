package definition

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/earmarkhq/earmark/internal/catalog"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/markup"
	"github.com/earmarkhq/earmark/internal/rule"
	"github.com/earmarkhq/earmark/internal/tag"
)

// Draft is one rule of a document.
type Draft struct {
	Rule    uint32 // 0 for one that Check found to be new
	Version uint32 // saved under; of Check the newest one there is
	Name    string
	Group   string
	Tags    []string
	Ladder  bool

	in   *rule.Document
	rule *rule.RuleDoc
}

// merged is a document over the stored definitions, checked.
type merged struct {
	pieces *pieces
	doc    *rule.Document // of the whole set
}

// Check reads a document over what is defined and compiles the whole, as publishing would. The
// error is a fault.List with every fault; those of existing rules which the document breaks are
// definition.existing.
func (s *Service) Check(ctx context.Context, data []byte) ([]Draft, error) {
	m, err := s.merge(ctx, data, false)
	if err != nil {
		return nil, err
	}
	return m.drafts(), nil
}

// merge lays a document over the drafts or, as the whole set, over nothing but the stated tags, and
// compiles the result.
func (s *Service) merge(ctx context.Context, data []byte, whole bool) (*merged, error) {
	p, err := s.drafts(ctx)
	if err != nil {
		return nil, err
	}
	if whole {
		p.past, p.rules = append(p.past, p.rules...), nil
		p.named = map[catalog.DocumentKind][]markup.Pair{}
	}
	have, err := s.parse(p)
	if err != nil {
		return nil, err
	}
	root, own, err := s.read(data, s.number(have, 0))
	if err != nil {
		return nil, err
	}
	p.lay(root, own)
	m := &merged{pieces: p}
	if m.doc, err = s.parse(p); err != nil {
		return nil, m.foreign(err)
	}
	if err := s.checkStated(m); err != nil {
		return nil, err
	}
	if _, err := rule.Build(m.set(s, 0)); err != nil {
		return nil, m.foreign(err)
	}
	return m, nil
}

// parse reads the whole set.
func (s *Service) parse(p *pieces) (*rule.Document, error) {
	return rule.ParseDocument(p.root(), "", rule.DocumentOptions{Zone: s.zone})
}

// number gives a set the ids of the catalog; what is not there yet gets the next ones.
func (s *Service) number(d *rule.Document, gen uint32) *rule.Set {
	lib := s.Library()
	return d.Set(gen, &rule.Set{Zone: s.zone, Groups: lib.Groups, Tags: lib.Tags})
}

func (m *merged) set(s *Service, gen uint32) *rule.Set {
	set := s.number(m.doc, gen)
	numberRules(set, m.pieces)
	order(set, s.Library().Groups, s.Library().Tags)
	return set
}

// order puts groups and tags in the order that the catalog gave them, so that a set does not depend on
// where its document names them.
func order(set *rule.Set, groups []tag.Group, tags []tag.Tag) {
	for i, g := range set.Groups {
		if at := slices.IndexFunc(groups, func(o tag.Group) bool { return o.ID == g.ID }); at >= 0 {
			set.Groups[i].Order = groups[at].Order
		}
	}
	for i, t := range set.Tags {
		if at := slices.IndexFunc(tags, func(o tag.Tag) bool { return o.ID == t.ID }); at >= 0 {
			set.Tags[i].Order = tags[at].Order
		}
	}
	slices.SortFunc(set.Groups, func(a, b tag.Group) int { return int(a.ID) - int(b.ID) })
	slices.SortFunc(set.Tags, func(a, b tag.Tag) int { return int(a.ID) - int(b.ID) })
}

// numberRules gives the rules of a set, which are in the order of the pieces, their ids; those not
// saved yet count on from the highest.
func numberRules(set *rule.Set, p *pieces) {
	var highest uint32
	for _, r := range slices.Concat(p.rules, p.past) {
		highest = max(highest, r.id)
	}
	for i := range set.Rules {
		r := p.rules[i]
		if r.id == 0 {
			highest++
			r.id, r.version = highest, 1
		}
		set.Rules[i].ID, set.Rules[i].Version, set.Rules[i].Name = r.id, max(r.version, 1), r.name
	}
}

// checkStated refuses rules for tags that hands state already.
func (s *Service) checkStated(m *merged) error {
	var faults fault.List
	for i := range m.pieces.over {
		p := m.pieces.rules[i]
		for _, name := range p.tags {
			t, ok := s.Library().Find(p.group + "/" + name)
			if ok && t.Origin == tag.Stated && t.State != tag.Draft {
				at := m.doc.Rules[i].Pos
				faults.Add(fault.Invalid("definition.tag_is_stated", "tag", p.group+"/"+name).At(at.Path, at.Line, at.Col))
			}
		}
	}
	return faults.Err()
}

// foreign gives faults of stored definitions, which have no line in the document, their names as
// the place.
func (m *merged) foreign(err error) error {
	if err == nil {
		return nil
	}
	var out fault.List
	for _, e := range fault.All(err) {
		if name := m.owner(e.Path); e.Line == 0 && name != "" {
			there := *e
			e = there.At(name, 0, 0)
		}
		out.Add(e)
	}
	return out.Err()
}

// owner names the stored definition that a path of the whole set leads into: "rule 会员等级".
func (m *merged) owner(path string) string {
	if rest, ok := strings.CutPrefix(path, "rules["); ok {
		digits, _, _ := strings.Cut(rest, "]")
		if i, err := strconv.Atoi(digits); err == nil && i < len(m.pieces.rules) {
			return "rule " + m.pieces.rules[i].name
		}
	}
	for _, s := range sections {
		if rest, ok := strings.CutPrefix(path, s.key+"."); ok {
			for _, p := range m.pieces.named[s.kind] {
				if rest == p.Key || strings.HasPrefix(rest, p.Key+".") {
					return string(s.kind) + " " + p.Key
				}
			}
		}
	}
	return ""
}

func (m *merged) drafts() []Draft {
	out := make([]Draft, m.pieces.over)
	for i := range out {
		p := m.pieces.rules[i]
		out[i] = Draft{Rule: p.id, Version: p.version, Name: p.name, Group: p.group, Tags: p.tags, Ladder: p.ladder, in: m.doc, rule: &m.doc.Rules[i]}
	}
	return out
}

// Save checks a document and keeps it: groups and tags that are missing are made as drafts,
// metrics, segments and tables replace those of the same name, each rule becomes a new version of
// the one that keeps the same tag or group, or a new rule. What says the same as before stays.
// Nothing takes effect before Publish.
func (s *Service) Save(ctx context.Context, by catalog.By, data []byte, note string) ([]Draft, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.merge(ctx, data, false)
	if err != nil {
		return nil, err
	}
	if err := s.keep(ctx, by, m, note); err != nil {
		return nil, err
	}
	return m.drafts(), nil
}

// keep writes what the document of m says.
func (s *Service) keep(ctx context.Context, by catalog.By, m *merged, note string) error {
	if err := s.saveTags(ctx, by, m); err != nil {
		return err
	}
	for _, sec := range sections {
		for _, p := range m.pieces.named[sec.kind] {
			if p.Line == 0 && p.Value.Line == 0 {
				continue // stored before
			}
			text, err := markup.ToYAML(p.Value)
			if err == nil {
				err = s.store.PutDocument(ctx, by, catalog.Document{Kind: sec.kind, Name: p.Key, Text: string(text)})
			}
			if err != nil {
				return err
			}
		}
	}
	for i := range m.pieces.over {
		if err := s.saveRule(ctx, by, &m.pieces.rules[i], note); err != nil {
			return err
		}
	}
	return s.refresh(ctx)
}

// saveTags makes the groups and tags of the set that the catalog does not have.
func (s *Service) saveTags(ctx context.Context, by catalog.By, m *merged) error {
	specs := make([]catalog.GroupSpec, len(m.doc.Groups))
	for i, g := range m.doc.Groups {
		specs[i] = catalog.GroupSpec{Name: g.Name, Single: g.Single}
		for _, t := range g.Tags {
			origin := tag.Stated
			if t.Rule >= 0 {
				origin = tag.Derived
			}
			specs[i].Tags = append(specs[i].Tags, catalog.TagSpec{Name: t.Name, Origin: origin, State: tag.Draft})
		}
	}
	groups, _, err := s.store.EnsureTags(ctx, by, specs)
	if err != nil {
		return err
	}
	for i, g := range groups {
		if g.Single != specs[i].Single {
			g.Single = specs[i].Single
			if err := s.store.UpdateGroup(ctx, by, g); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) saveRule(ctx context.Context, by catalog.By, p *piece, note string) error {
	text, err := markup.ToYAML(p.node)
	if err != nil {
		return err
	}
	if p.id == 0 {
		r, err := s.store.CreateRule(ctx, by, p.name, string(text), note)
		p.id, p.version = r.ID, r.Newest
		return err
	}
	if old, ok := s.Library().Rule(p.id); ok && old.Name != p.name {
		if err := s.store.RenameRule(ctx, by, p.id, p.name); err != nil {
			return err
		}
	}
	v, err := s.store.SaveRule(ctx, by, p.id, p.version, string(text), note)
	p.version = v.Version
	return err
}
