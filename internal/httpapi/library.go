package httpapi

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/earmarkhq/earmark/internal/catalog"
	"github.com/earmarkhq/earmark/internal/tag"
)

// Group is a dimension of tags.
type Group struct {
	ID     string `json:"id"`
	Name   string `json:"name" example:"会员等级"`
	Single bool   `json:"single" doc:"A customer holds at most one of its tags"`
	Order  int    `json:"order"`
}

// Tag is a named statement about customers.
type Tag struct {
	TagRef
	Order     int    `json:"order"`
	Origin    string `json:"origin" enum:"derived,stated" doc:"derived: kept by exactly one rule; stated: set by hands, imports and events"`
	State     string `json:"state" enum:"draft,trial,active,retired"`
	Rule      string `json:"rule,omitempty" doc:"Id of the rule that keeps it"`
	Customers int64  `json:"customers" doc:"How many have it now"`
}

func (s *server) library(r *routes) {
	add(r, reader, http.MethodGet, "/tag-groups", "list-tag-groups", "All tag groups, in order", s.listGroups)
	add(r, editor, http.MethodPost, "/tag-groups", "create-tag-group", "Make a tag group", s.createGroup, status(http.StatusCreated))
	add(r, reader, http.MethodGet, "/tag-groups/{id}", "get-tag-group", "One tag group", s.getGroup)
	add(r, editor, http.MethodPatch, "/tag-groups/{id}", "update-tag-group", "Change a tag group", s.updateGroup)
	add(r, reader, http.MethodGet, "/tags", "list-tags", "Tags, by group and order", s.listTags)
	add(r, editor, http.MethodPost, "/tags", "create-tag", "Make a stated tag", s.createTag, status(http.StatusCreated),
		about("It is a draft until the next publication. Tags kept by rules are made by saving the rule."))
	add(r, reader, http.MethodGet, "/tags/{id}", "get-tag", "One tag", s.getTag)
	add(r, editor, http.MethodPatch, "/tags/{id}", "update-tag", "Change a tag", s.updateTag,
		about("Name and state of a tag kept by a rule change by publishing. Retiring a stated tag takes effect with the next publication."))
	add(r, reader, http.MethodGet, "/tag-counts", "count-tags", "How many customers have each tag now", s.countTags)
}

func groupOf(g tag.Group) Group {
	return Group{ID: wireID(g.ID), Name: g.Name, Single: g.Single, Order: g.Order}
}

func (s *server) tagOf(v *vocabulary, t tag.Tag, counts map[tag.ID]int64) Tag {
	out := Tag{TagRef: v.tagRef(t.ID), Order: t.Order, Origin: string(t.Origin), State: string(t.State), Customers: counts[t.ID]}
	p := s.Engine.Program()
	if i, ok := p.Owner(t.ID); ok {
		out.Rule = wireID(p.Rules[i].ID)
	}
	return out
}

type groupOut struct{ Body Group }

type groupsOut struct{ Body Page[Group] }

func (s *server) listGroups(context.Context, *struct{}) (*groupsOut, error) {
	out := &groupsOut{Page[Group]{Items: []Group{}}}
	for _, g := range s.Definitions.Library().Groups {
		out.Body.Items = append(out.Body.Items, groupOf(g))
	}
	return out, nil
}

// GroupPath is the part of a request that names a tag group.
type GroupPath struct {
	ID string `path:"id" doc:"Id of the group"`
}

func (in *GroupPath) find(s *server) (tag.Group, error) {
	id, err := readID[tag.GroupID](in.ID, "path.id")
	if err != nil {
		return tag.Group{}, err
	}
	g, ok := s.Definitions.Library().Group(id)
	if !ok {
		return g, catalog.NotFound("group", in.ID)
	}
	return g, nil
}

func (s *server) getGroup(_ context.Context, in *GroupPath) (*groupOut, error) {
	g, err := in.find(s)
	return &groupOut{groupOf(g)}, err
}

type createGroupIn struct {
	Body struct {
		Name   string `json:"name" minLength:"1" maxLength:"255"`
		Single bool   `json:"single,omitempty"`
		Order  int    `json:"order,omitempty"`
	}
}

func (s *server) createGroup(ctx context.Context, in *createGroupIn) (*groupOut, error) {
	g, err := s.Definitions.CreateGroup(ctx, s.by(ctx), tag.Group{Name: in.Body.Name, Single: in.Body.Single, Order: in.Body.Order})
	return &groupOut{groupOf(g)}, err
}

type updateGroupIn struct {
	GroupPath
	Body struct {
		Name   *string `json:"name,omitempty" minLength:"1" maxLength:"255"`
		Single *bool   `json:"single,omitempty"`
		Order  *int    `json:"order,omitempty"`
	}
}

func (s *server) updateGroup(ctx context.Context, in *updateGroupIn) (*groupOut, error) {
	g, err := in.find(s)
	if err != nil {
		return nil, err
	}
	set(&g.Name, in.Body.Name)
	set(&g.Single, in.Body.Single)
	set(&g.Order, in.Body.Order)
	return &groupOut{groupOf(g)}, s.Definitions.UpdateGroup(ctx, s.by(ctx), g)
}

// set changes a field that a request names.
func set[T any](field *T, v *T) {
	if v != nil {
		*field = *v
	}
}

type listTagsIn struct {
	Paging
	Group string `query:"group" doc:"Only tags of this group"`
	State string `query:"state" enum:"draft,trial,active,retired"`
	Q     string `query:"q" maxLength:"255" doc:"Part of the name"`
}

func (s *server) listTags(ctx context.Context, in *listTagsIn) (*pageOut[Tag], error) {
	counts, err := s.Ledger.Counts(ctx)
	if err != nil {
		return nil, err
	}
	var after tag.ID
	if err := readCursor(in.Cursor, "tags", &after); err != nil {
		return nil, err
	}
	v := s.vocabulary(ctx)
	var found []tag.Tag
	for _, t := range v.lib.Tags {
		if in.Group != "" && wireID(t.Group) != in.Group || in.State != "" && string(t.State) != in.State ||
			!strings.Contains(strings.ToLower(t.Name), strings.ToLower(in.Q)) {
			continue
		}
		found = append(found, t)
	}
	found = found[1+slices.IndexFunc(found, func(t tag.Tag) bool { return t.ID == after }):]
	page := pageOf(found, in.Limit, func(last tag.Tag) string { return cursorOf("tags", last.ID) })
	out := &pageOut[Tag]{Page[Tag]{Items: []Tag{}, NextCursor: page.NextCursor}}
	for _, t := range page.Items {
		out.Body.Items = append(out.Body.Items, s.tagOf(v, t, counts))
	}
	return out, nil
}

// TagPath is the part of a request that names a tag.
type TagPath struct {
	ID string `path:"id" doc:"Id of the tag"`
}

type tagOut struct{ Body Tag }

func (in *TagPath) find(s *server) (tag.Tag, error) {
	id, err := tagID(in.ID, "path.id")
	if err != nil {
		return tag.Tag{}, err
	}
	t, ok := s.Definitions.Library().Tag(id)
	if !ok {
		return t, catalog.NotFound("tag", in.ID)
	}
	return t, nil
}

func (s *server) oneTag(ctx context.Context, t tag.Tag) (*tagOut, error) {
	counts, err := s.Ledger.Counts(ctx)
	return &tagOut{s.tagOf(s.vocabulary(ctx), t, counts)}, err
}

func (s *server) getTag(ctx context.Context, in *TagPath) (*tagOut, error) {
	t, err := in.find(s)
	if err != nil {
		return nil, err
	}
	return s.oneTag(ctx, t)
}

type createTagIn struct {
	Body struct {
		Group string `json:"group" doc:"Id of the group"`
		Name  string `json:"name" minLength:"1" maxLength:"255"`
		Order int    `json:"order,omitempty"`
	}
}

func (s *server) createTag(ctx context.Context, in *createTagIn) (*tagOut, error) {
	group, err := readID[tag.GroupID](in.Body.Group, "body.group")
	if err != nil {
		return nil, err
	}
	t, err := s.Definitions.CreateTag(ctx, s.by(ctx), tag.Tag{Group: group, Name: in.Body.Name, Order: in.Body.Order})
	if err != nil {
		return nil, err
	}
	return s.oneTag(ctx, t)
}

type updateTagIn struct {
	TagPath
	Body struct {
		Name  *string `json:"name,omitempty" minLength:"1" maxLength:"255"`
		Order *int    `json:"order,omitempty"`
		State *string `json:"state,omitempty" enum:"draft,retired"`
	}
}

func (s *server) updateTag(ctx context.Context, in *updateTagIn) (*tagOut, error) {
	t, err := in.find(s)
	if err != nil {
		return nil, err
	}
	set(&t.Name, in.Body.Name)
	set(&t.Order, in.Body.Order)
	if in.Body.State != nil {
		t.State = tag.State(*in.Body.State)
	}
	if err := s.Definitions.UpdateTag(ctx, s.by(ctx), t); err != nil {
		return nil, err
	}
	return s.oneTag(ctx, t)
}

// TagCount is the number of customers that have a tag.
type TagCount struct {
	TagRef
	Customers int64 `json:"customers"`
}

type countsOut struct {
	Body struct {
		AsOf       Time       `json:"as_of"`
		Population int64      `json:"population" doc:"All customers"`
		Tags       []TagCount `json:"tags" nullable:"false" doc:"Tags in force, by group and order"`
	}
}

func (s *server) countTags(ctx context.Context, _ *struct{}) (*countsOut, error) {
	counts, err := s.Ledger.Counts(ctx)
	if err != nil {
		return nil, err
	}
	out := &countsOut{}
	out.Body.AsOf, out.Body.Population, out.Body.Tags = timeOf(s.Engine.Now()), s.Ledger.Stats().Customers, []TagCount{}
	v := s.vocabulary(ctx)
	inForce := s.Engine.Program().Set.Tags
	for _, t := range v.lib.Tags {
		if slices.ContainsFunc(inForce, func(f tag.Tag) bool { return f.ID == t.ID }) {
			out.Body.Tags = append(out.Body.Tags, TagCount{v.tagRef(t.ID), counts[t.ID]})
		}
	}
	return out, nil
}
