package definition

import (
	"context"
	"slices"

	"github.com/earmarkhq/earmark/internal/catalog"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/tag"
)

// CreateGroup makes an empty group.
func (s *Service) CreateGroup(ctx context.Context, by catalog.By, g tag.Group) (tag.Group, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := catalog.CheckName("group", g.Name); err != nil {
		return g, err
	}
	g, err := s.store.CreateGroup(ctx, by, g)
	if err != nil {
		return g, err
	}
	return g, s.refresh(ctx)
}

// CreateTag makes a stated tag, as a draft: it takes statements once it is published. A group kept
// by a ladder refuses it.
func (s *Service) CreateTag(ctx context.Context, by catalog.By, t tag.Tag) (tag.Tag, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := catalog.CheckName("tag", t.Name); err != nil {
		return t, err
	}
	lib := s.Library()
	g, ok := lib.Group(t.Group)
	if !ok {
		return t, catalog.NotFound("group", t.Group)
	}
	if slices.ContainsFunc(lib.members(t.Group), func(o tag.Tag) bool { return o.Name == t.Name }) {
		return t, catalog.NameTaken("tag", t.Name)
	}
	t.Origin, t.State = tag.Stated, tag.Draft
	if err := s.try(ctx, lib.Groups, append(slices.Clone(lib.Tags), t)); err != nil {
		return t, fault.Conflict("definition.group_refused", "group", g.Name, "problem", sentence(err))
	}
	t, err := s.store.CreateTag(ctx, by, t)
	if err != nil {
		return t, err
	}
	return t, s.refresh(ctx)
}

// UpdateGroup changes name, order or choice of a group. The name of one that rules keep tags in
// changes by publishing.
func (s *Service) UpdateGroup(ctx context.Context, by catalog.By, g tag.Group) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	lib := s.Library()
	old, ok := lib.Group(g.ID)
	if !ok {
		return catalog.NotFound("group", g.ID)
	}
	if err := catalog.CheckName("group", g.Name); err != nil {
		return err
	}
	if g.Name != old.Name && slices.ContainsFunc(lib.members(g.ID), derived) {
		return fault.Conflict("definition.derived_name", "name", old.Name)
	}
	if other, taken := lib.groupNamed(g.Name); taken && other.ID != g.ID {
		return catalog.NameTaken("group", g.Name)
	}
	groups := slices.Clone(lib.Groups)
	groups[lib.groups[g.ID]] = g
	if err := s.try(ctx, groups, lib.Tags); err != nil {
		return s.refused(old.Name, g.Name != old.Name, err)
	}
	if err := s.store.UpdateGroup(ctx, by, g); err != nil {
		return err
	}
	return s.refresh(ctx)
}

// UpdateTag changes name, order or state of a tag. Name and state of a derived one follow its rule;
// a stated one may be retired (from the next publication on it takes no statements), and made a
// draft again.
func (s *Service) UpdateTag(ctx context.Context, by catalog.By, t tag.Tag) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	lib := s.Library()
	old, ok := lib.Tag(t.ID)
	if !ok {
		return catalog.NotFound("tag", t.ID)
	}
	if err := catalog.CheckName("tag", t.Name); err != nil {
		return err
	}
	t.Group, t.Origin = old.Group, old.Origin
	switch {
	case t.Name != old.Name && derived(old):
		return fault.Conflict("definition.derived_name", "name", old.Name)
	case t.State != old.State && derived(old):
		return fault.Conflict("definition.derived_state", "name", old.Name)
	case t.State != old.State && t.State != tag.Retired && t.State != tag.Draft:
		return catalog.Invalid("tag", "state", t.State)
	}
	if slices.ContainsFunc(lib.members(t.Group), func(o tag.Tag) bool { return o.Name == t.Name && o.ID != t.ID }) {
		return catalog.NameTaken("tag", t.Name)
	}
	tags := slices.Clone(lib.Tags)
	tags[lib.tags[t.ID]] = t
	if err := s.try(ctx, lib.Groups, tags); err != nil {
		return s.refused(old.Name, true, err)
	}
	if err := s.store.UpdateTag(ctx, by, t); err != nil {
		return err
	}
	return s.refresh(ctx)
}

func derived(t tag.Tag) bool { return t.Origin == tag.Derived }

// try asks whether the drafts still fit groups and tags changed like that.
func (s *Service) try(ctx context.Context, groups []tag.Group, tags []tag.Tag) error {
	p, err := s.drafts(ctx)
	if err != nil {
		return err
	}
	changed, err := stored(groups, tags, nil, nil)
	if err != nil {
		return err
	}
	p.groups = changed.groups
	_, err = s.parse(p)
	return (&merged{pieces: p}).foreign(err)
}

func (s *Service) refused(name string, renamed bool, err error) error {
	if renamed {
		return fault.Conflict("definition.name_in_use", "name", name, "problem", sentence(err))
	}
	return fault.Conflict("definition.group_refused", "group", name, "problem", sentence(err))
}

// sentence is the first fault as a text with its place, for messages that quote it.
func sentence(err error) string {
	e, ok := fault.As(err)
	if !ok {
		return err.Error()
	}
	return e.Path + ": " + e.Text(fault.ZH)
}
