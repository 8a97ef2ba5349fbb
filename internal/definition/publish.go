package definition

import (
	"context"
	"slices"
	"time"

	"github.com/earmarkhq/earmark/internal/catalog"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/rule"
	"github.com/earmarkhq/earmark/internal/tag"
)

// Publication asks for the drafts to become the next generation.
type Publication struct {
	// Previous is the newest generation that the publisher has seen; nil does not ask. If another
	// was published since, nothing happens and the error is catalog.generation_conflict.
	Previous *uint32
	// Retire are rules to leave out; their tags go. Restore are retired ones to take in again.
	Retire, Restore []uint32
	Note            string
}

// Publish makes the drafts the next generation and returns its program, which has still to be given
// to the engine. Tags of the generation become active, derived ones that no rule keeps any more
// retire.
func (s *Service) Publish(ctx context.Context, by catalog.By, pub Publication) (catalog.Generation, *rule.Program, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.drafts(ctx)
	if err != nil {
		return catalog.Generation{}, nil, err
	}
	if err := p.choose(s.Library(), pub.Retire, pub.Restore); err != nil {
		return catalog.Generation{}, nil, err
	}
	return s.publish(ctx, by, p, pub)
}

// PublishWhole saves a document and publishes it as the whole set: rules, metrics, segments and
// tables that it does not name are left out. Stated tags stay. Publishing what is in force already
// changes nothing and returns the generation there is.
func (s *Service) PublishWhole(ctx context.Context, by catalog.By, data []byte, note string) (catalog.Generation, *rule.Program, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	none := func(err error) (catalog.Generation, *rule.Program, error) { return catalog.Generation{}, nil, err }
	m, err := s.merge(ctx, data, true)
	if err != nil {
		return none(err)
	}
	if err := s.keep(ctx, by, m, note); err != nil {
		return none(err)
	}
	docs, err := s.store.Documents(ctx)
	if err != nil {
		return none(err)
	}
	for _, d := range docs {
		if !slices.ContainsFunc(m.pieces.named[d.Kind], named(d.Name)) {
			if err := s.store.DeleteDocument(ctx, by, d.Kind, d.Name); err != nil {
				return none(err)
			}
		}
	}
	return s.publish(ctx, by, m.pieces, Publication{Note: note})
}

// choose moves rules between the set and the past.
func (p *pieces) choose(lib *Library, retire, restore []uint32) error {
	move := func(ids []uint32, from, to *[]piece) error {
		for _, id := range ids {
			i := slices.IndexFunc(*from, func(r piece) bool { return r.id == id })
			if i < 0 {
				if _, ok := lib.Rule(id); !ok {
					return catalog.NotFound("rule", id)
				}
				continue
			}
			*to = append(*to, (*from)[i])
			*from = slices.Delete(*from, i, i+1)
		}
		return nil
	}
	if err := move(restore, &p.past, &p.rules); err != nil {
		return err
	}
	return move(retire, &p.rules, &p.past)
}

func (s *Service) publish(ctx context.Context, by catalog.By, p *pieces, pub Publication) (catalog.Generation, *rule.Program, error) {
	lib := s.Library()
	previous := lib.Generation
	if pub.Previous != nil {
		previous = *pub.Previous
	}
	m := &merged{pieces: p}
	fail := func(err error) (catalog.Generation, *rule.Program, error) {
		return catalog.Generation{}, nil, m.foreign(err)
	}
	var err error
	if m.doc, err = s.parse(p); err != nil {
		return fail(err)
	}
	set := m.set(s, previous+1)
	program, err := rule.Build(set)
	if err != nil {
		return fail(err)
	}
	g := catalog.Generation{Note: pub.Note, Zone: s.zone.String(), Groups: set.Groups}
	g.Tags, err = s.activate(ctx, by, set)
	if err != nil {
		return catalog.Generation{}, nil, err
	}
	for _, r := range p.rules {
		g.Rules = append(g.Rules, catalog.RuleRef{Rule: r.id, Version: r.version})
	}
	if g.Documents, err = s.store.Documents(ctx); err != nil {
		return catalog.Generation{}, nil, err
	}
	same, err := s.inForce(ctx, g)
	if err != nil {
		return catalog.Generation{}, nil, err
	}
	if same != nil {
		if pub.Previous != nil && *pub.Previous != same.Number {
			return catalog.Generation{}, nil, fault.Conflict(catalog.CodeGenerationConflict, "newest", same.Number, "seen", *pub.Previous)
		}
		set.Gen = same.Number
		return *same, program, s.refresh(ctx)
	}
	if g, err = s.store.Publish(ctx, by, previous, g); err != nil {
		return catalog.Generation{}, nil, err
	}
	return g, program, s.refresh(ctx)
}

// activate moves tags on in their life: those of the set are active, derived ones that no rule of it
// keeps are retired. It returns the set's tags as they then are.
func (s *Service) activate(ctx context.Context, by catalog.By, set *rule.Set) ([]tag.Tag, error) {
	for _, old := range s.Library().Tags {
		now := old
		i := slices.IndexFunc(set.Tags, func(t tag.Tag) bool { return t.ID == old.ID })
		switch {
		case i >= 0:
			now.Origin, now.State = set.Tags[i].Origin, tag.Active
			set.Tags[i].State = tag.Active
		case old.Origin == tag.Derived && old.State != tag.Draft:
			now.State = tag.Retired
		}
		if now == old {
			continue
		}
		if err := s.store.UpdateTag(ctx, by, now); err != nil {
			return nil, err
		}
	}
	return set.Tags, nil
}

// inForce returns the newest generation if g says the same.
func (s *Service) inForce(ctx context.Context, g catalog.Generation) (*catalog.Generation, error) {
	last, err := s.store.Generation(ctx, 0)
	if err != nil || last.Number == 0 {
		return nil, err
	}
	refs := func(rs []catalog.RuleRef) []catalog.RuleRef {
		rs = slices.Clone(rs)
		slices.SortFunc(rs, func(a, b catalog.RuleRef) int { return int(a.Rule) - int(b.Rule) })
		return rs
	}
	if last.Zone == g.Zone && slices.Equal(refs(last.Rules), refs(g.Rules)) && slices.Equal(last.Groups, g.Groups) &&
		slices.Equal(last.Tags, g.Tags) && slices.Equal(last.Documents, g.Documents) {
		return &last, nil
	}
	return nil, nil
}

// Program compiles a generation as it was published; number 0 is the newest. Where nothing was
// published it is the empty program of generation 0.
func (s *Service) Program(ctx context.Context, number uint32) (*rule.Program, error) {
	g, err := s.store.Generation(ctx, number)
	if err != nil {
		return nil, err
	}
	if g.Number == 0 {
		return rule.Build(&rule.Set{Zone: s.zone})
	}
	texts, err := s.store.GenerationRules(ctx, g.Number)
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(g.Zone)
	if err != nil {
		return nil, err
	}
	p, err := stored(g.Groups, g.Tags, g.Documents, texts)
	if err != nil {
		return nil, err
	}
	doc, err := rule.ParseDocument(p.root(), "", rule.DocumentOptions{Zone: zone})
	if err != nil {
		return nil, err
	}
	set := doc.Set(g.Number, &rule.Set{Zone: zone, Groups: g.Groups, Tags: g.Tags})
	numberRules(set, p)
	order(set, g.Groups, g.Tags)
	return rule.Build(set)
}
