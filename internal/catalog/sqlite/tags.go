package sqlite

import (
	"context"

	"github.com/earmarkhq/earmark/internal/catalog"
	"github.com/earmarkhq/earmark/internal/tag"
)

const (
	selectGroups = `SELECT id, name, single, place FROM tag_group`
	selectTags   = `SELECT t.id, t.group_id, t.name, t.place, t.origin, t.state FROM tag t`
)

func scanGroup(r row) (g tag.Group, err error) {
	err = r.Scan(&g.ID, &g.Name, &g.Single, &g.Order)
	return g, err
}

func scanTag(r row) (t tag.Tag, err error) {
	err = r.Scan(&t.ID, &t.Group, &t.Name, &t.Order, &t.Origin, &t.State)
	return t, err
}

func (s *store) Groups(ctx context.Context) ([]tag.Group, error) {
	return list(ctx, s.r, scanGroup, selectGroups+` ORDER BY place, id`)
}

func (s *store) Tags(ctx context.Context) ([]tag.Tag, error) {
	return list(ctx, s.r, scanTag, selectTags+` JOIN tag_group g ON g.id = t.group_id ORDER BY g.place, g.id, t.place, t.id`)
}

func (s *store) CreateGroup(ctx context.Context, by catalog.By, g tag.Group) (tag.Group, error) {
	err := s.write(ctx, func(t tx) (err error) {
		g, err = t.createGroup(by, g)
		return err
	})
	return g, err
}

func (t tx) createGroup(by catalog.By, g tag.Group) (tag.Group, error) {
	if err := t.checkGroup(0, g.Name); err != nil {
		return g, err
	}
	id, err := t.next("tag_group", 1)
	if err != nil {
		return g, err
	}
	g.ID = tag.GroupID(id)
	_, err = t.exec(`INSERT INTO tag_group (id, name, single, place) VALUES ($1, $2, $3, $4)`, g.ID, g.Name, g.Single, g.Order)
	if err != nil {
		return g, err
	}
	return g, t.audit(by, "group.create", object("group", g.ID), g)
}

// checkGroup refuses a name that can not be or that another group has.
func (t tx) checkGroup(id tag.GroupID, name string) error {
	if err := checkName("group", name); err != nil {
		return err
	}
	taken, err := t.exists(`SELECT id FROM tag_group WHERE name = $1 AND id <> $2`, name, id)
	if err == nil && taken {
		err = catalog.NameTaken("group", name)
	}
	return err
}

func (s *store) UpdateGroup(ctx context.Context, by catalog.By, g tag.Group) error {
	return s.write(ctx, func(t tx) error {
		if err := t.checkGroup(g.ID, g.Name); err != nil {
			return err
		}
		n, err := t.exec(`UPDATE tag_group SET name = $2, single = $3, place = $4 WHERE id = $1`, g.ID, g.Name, g.Single, g.Order)
		if err != nil {
			return err
		}
		if n == 0 {
			return catalog.NotFound("group", g.ID)
		}
		return t.audit(by, "group.update", object("group", g.ID), g)
	})
}

func (s *store) CreateTag(ctx context.Context, by catalog.By, tg tag.Tag) (tag.Tag, error) {
	err := s.write(ctx, func(t tx) (err error) {
		ok, err := t.exists(`SELECT id FROM tag_group WHERE id = $1`, tg.Group)
		if err != nil {
			return err
		}
		if !ok {
			return catalog.NotFound("group", uint32(tg.Group))
		}
		tg, err = t.createTag(by, tg)
		return err
	})
	return tg, err
}

func (t tx) createTag(by catalog.By, tg tag.Tag) (tag.Tag, error) {
	tg.ID = 0 // no tag may keep its name to itself
	if err := t.checkTag(tg); err != nil {
		return tg, err
	}
	id, err := t.next("tag", 1)
	if err != nil {
		return tg, err
	}
	tg.ID = tag.ID(id)
	_, err = t.exec(`INSERT INTO tag (id, group_id, name, place, origin, state) VALUES ($1, $2, $3, $4, $5, $6)`,
		tg.ID, tg.Group, tg.Name, tg.Order, tg.Origin, tg.State)
	if err != nil {
		return tg, err
	}
	return tg, t.audit(by, "tag.create", object("tag", tg.ID), tg)
}

// checkTag refuses a tag that can not be, or whose name another tag of its group has.
func (t tx) checkTag(tg tag.Tag) error {
	if err := checkName("tag", tg.Name); err != nil {
		return err
	}
	switch tg.Origin {
	case tag.Derived, tag.Stated:
	default:
		return catalog.Invalid("tag", "origin", tg.Origin)
	}
	switch tg.State {
	case tag.Draft, tag.Trial, tag.Active, tag.Retired:
	default:
		return catalog.Invalid("tag", "state", tg.State)
	}
	taken, err := t.exists(`SELECT id FROM tag WHERE group_id = $1 AND name = $2 AND id <> $3`, tg.Group, tg.Name, tg.ID)
	if err == nil && taken {
		err = catalog.NameTaken("tag", tg.Name)
	}
	return err
}

func (s *store) UpdateTag(ctx context.Context, by catalog.By, tg tag.Tag) error {
	return s.write(ctx, func(t tx) error {
		old, ok, err := one(ctx, t, scanTag, selectTags+` WHERE t.id = $1`, tg.ID)
		switch {
		case err != nil:
			return err
		case !ok:
			return catalog.NotFound("tag", tg.ID)
		case tg.Group != old.Group:
			return catalog.Invalid("tag", "group", uint32(tg.Group))
		}
		if err := t.checkTag(tg); err != nil {
			return err
		}
		_, err = t.exec(`UPDATE tag SET name = $2, place = $3, origin = $4, state = $5 WHERE id = $1`,
			tg.ID, tg.Name, tg.Order, tg.Origin, tg.State)
		if err != nil {
			return err
		}
		return t.audit(by, "tag.update", object("tag", tg.ID), tg)
	})
}

func (s *store) EnsureTags(ctx context.Context, by catalog.By, specs []catalog.GroupSpec) (groups []tag.Group, tags []tag.Tag, err error) {
	err = s.write(ctx, func(t tx) error {
		for _, spec := range specs {
			g, err := t.ensureGroup(by, spec)
			if err != nil {
				return err
			}
			groups = append(groups, g)
			for _, ts := range spec.Tags {
				tg, err := t.ensureTag(by, g.ID, ts)
				if err != nil {
					return err
				}
				tags = append(tags, tg)
			}
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	return groups, tags, nil
}

func (t tx) ensureGroup(by catalog.By, spec catalog.GroupSpec) (tag.Group, error) {
	g, ok, err := one(t.ctx, t, scanGroup, selectGroups+` WHERE name = $1`, spec.Name)
	if ok || err != nil {
		return g, err
	}
	highest, _, err := one(t.ctx, t, scalar[int], `SELECT coalesce(max(place), 0) FROM tag_group`)
	if err != nil {
		return g, err
	}
	return t.createGroup(by, tag.Group{Name: spec.Name, Single: spec.Single, Order: highest + 1})
}

func (t tx) ensureTag(by catalog.By, group tag.GroupID, spec catalog.TagSpec) (tag.Tag, error) {
	tg, ok, err := one(t.ctx, t, scanTag, selectTags+` WHERE t.group_id = $1 AND t.name = $2`, group, spec.Name)
	if ok || err != nil {
		return tg, err
	}
	highest, _, err := one(t.ctx, t, scalar[int], `SELECT coalesce(max(place), 0) FROM tag WHERE group_id = $1`, group)
	if err != nil {
		return tg, err
	}
	if spec.State == "" {
		spec.State = tag.Active
	}
	return t.createTag(by, tag.Tag{Group: group, Name: spec.Name, Order: highest + 1, Origin: spec.Origin, State: spec.State})
}
