package definition

import (
	"context"
	"slices"

	"github.com/earmarkhq/earmark/internal/catalog"
	"github.com/earmarkhq/earmark/internal/tag"
)

// Library is what is defined, drafts included, as of one moment. Read-only.
type Library struct {
	Groups []tag.Group    // in order
	Tags   []tag.Tag      // by group, in order
	Rules  []catalog.Rule // by id
	// Generation is the number of the newest publication, 0 for none; Published its instant.
	Generation uint32
	Published  int64

	groups map[tag.GroupID]int
	tags   map[tag.ID]int
	rules  map[uint32]int
}

// Library is the present one; it changes with Save, Publish and the methods of tags.go.
func (s *Service) Library() *Library { return s.lib.Load() }

func (s *Service) refresh(ctx context.Context) error {
	l := &Library{groups: map[tag.GroupID]int{}, tags: map[tag.ID]int{}, rules: map[uint32]int{}}
	var err error
	if l.Groups, err = s.store.Groups(ctx); err != nil {
		return err
	}
	if l.Tags, err = s.store.Tags(ctx); err != nil {
		return err
	}
	if l.Rules, err = s.store.Rules(ctx); err != nil {
		return err
	}
	gens, err := s.store.GenerationList(ctx)
	if err != nil {
		return err
	}
	if len(gens) > 0 {
		l.Generation, l.Published = gens[0].Number, gens[0].Published
	}
	for i, g := range l.Groups {
		l.groups[g.ID] = i
	}
	for i, t := range l.Tags {
		l.tags[t.ID] = i
	}
	for i, r := range l.Rules {
		l.rules[r.ID] = i
	}
	s.lib.Store(l)
	return nil
}

// Group returns a group by id.
func (l *Library) Group(id tag.GroupID) (tag.Group, bool) {
	i, ok := l.groups[id]
	if !ok {
		return tag.Group{}, false
	}
	return l.Groups[i], true
}

// Tag returns a tag by id.
func (l *Library) Tag(id tag.ID) (tag.Tag, bool) {
	i, ok := l.tags[id]
	if !ok {
		return tag.Tag{}, false
	}
	return l.Tags[i], true
}

// Rule returns a rule by id.
func (l *Library) Rule(id uint32) (catalog.Rule, bool) {
	i, ok := l.rules[id]
	if !ok {
		return catalog.Rule{}, false
	}
	return l.Rules[i], true
}

// Find returns the tag called name ("tag" or "group/tag"); ok is false when there is none or more
// than one.
func (l *Library) Find(name string) (tag.Tag, bool) {
	var found []tag.Tag
	for _, t := range l.Tags {
		if t.Name == name || l.FullName(t) == name {
			found = append(found, t)
		}
	}
	if len(found) != 1 {
		return tag.Tag{}, false
	}
	return found[0], true
}

// FullName is "group/tag".
func (l *Library) FullName(t tag.Tag) string {
	g, _ := l.Group(t.Group)
	return g.Name + "/" + t.Name
}

func (l *Library) groupNamed(name string) (tag.Group, bool) {
	i := slices.IndexFunc(l.Groups, func(g tag.Group) bool { return g.Name == name })
	if i < 0 {
		return tag.Group{}, false
	}
	return l.Groups[i], true
}

// members are the tags of a group, in order.
func (l *Library) members(id tag.GroupID) []tag.Tag {
	var out []tag.Tag
	for _, t := range l.Tags {
		if t.Group == id {
			out = append(out, t)
		}
	}
	return out
}
