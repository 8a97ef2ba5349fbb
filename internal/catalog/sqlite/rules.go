package sqlite

import (
	"context"
	"fmt"

	"github.com/earmarkhq/earmark/internal/catalog"
	"github.com/earmarkhq/earmark/internal/fault"
)

const (
	selectRules    = `SELECT id, name, state, newest, live, created, updated FROM rule`
	selectVersions = `SELECT rule_id, version, document, author, note, created FROM rule_version`
)

func scanRule(r row) (x catalog.Rule, err error) {
	err = r.Scan(&x.ID, &x.Name, &x.State, &x.Newest, &x.Live, &x.Created, &x.Updated)
	return x, err
}

func scanVersion(r row) (v catalog.RuleVersion, err error) {
	err = r.Scan(&v.Rule, &v.Version, &v.Document, &v.Author, &v.Note, &v.Created)
	return v, err
}

func (s *store) Rules(ctx context.Context) ([]catalog.Rule, error) {
	return list(ctx, s.r, scanRule, selectRules+` ORDER BY id`)
}

func (s *store) Rule(ctx context.Context, id uint32) (catalog.Rule, error) {
	return oneRule(ctx, s.r, id)
}

func oneRule(ctx context.Context, s session, id uint32) (catalog.Rule, error) {
	x, ok, err := one(ctx, s, scanRule, selectRules+` WHERE id = $1`, id)
	if err == nil && !ok {
		err = catalog.NotFound("rule", id)
	}
	return x, err
}

func (s *store) RuleByName(ctx context.Context, name string) (catalog.Rule, error) {
	x, ok, err := one(ctx, s.r, scanRule, selectRules+` WHERE name = $1`, name)
	if err == nil && !ok {
		err = catalog.NotFound("rule", name)
	}
	return x, err
}

func (s *store) Versions(ctx context.Context, rule uint32) ([]catalog.RuleVersion, error) {
	vs, err := list(ctx, s.r, scanVersion, selectVersions+` WHERE rule_id = $1 ORDER BY version DESC`, rule)
	if err == nil && len(vs) == 0 {
		err = catalog.NotFound("rule", rule)
	}
	return vs, err
}

func (s *store) Version(ctx context.Context, rule, version uint32) (catalog.RuleVersion, error) {
	return oneVersion(ctx, s.r, rule, version)
}

func oneVersion(ctx context.Context, s session, rule, version uint32) (catalog.RuleVersion, error) {
	v, ok, err := one(ctx, s, scanVersion, selectVersions+` WHERE rule_id = $1 AND version = $2`, rule, version)
	if err == nil && !ok {
		err = catalog.NotFound("rule version", fmt.Sprintf("%d/%d", rule, version))
	}
	return v, err
}

func (s *store) CreateRule(ctx context.Context, by catalog.By, name, document, note string) (catalog.Rule, error) {
	x := catalog.Rule{Name: name, State: catalog.RuleDraft, Newest: 1, Created: by.At, Updated: by.At}
	err := s.write(ctx, func(t tx) error {
		if err := t.checkRuleName(0, name); err != nil {
			return err
		}
		id, err := t.next("rule", 1)
		if err != nil {
			return err
		}
		x.ID = uint32(id)
		_, err = t.exec(`INSERT INTO rule (id, name, state, newest, live, created, updated) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			x.ID, x.Name, x.State, x.Newest, x.Live, x.Created, x.Updated)
		if err != nil {
			return err
		}
		if _, err := t.addVersion(by, x.ID, 1, document, note); err != nil {
			return err
		}
		return t.audit(by, "rule.create", object("rule", x.ID), fields{"name": name, "version": 1, "note": note})
	})
	if err != nil {
		return catalog.Rule{}, err
	}
	return x, nil
}

func (t tx) checkRuleName(id uint32, name string) error {
	if err := checkName("rule", name); err != nil {
		return err
	}
	taken, err := t.exists(`SELECT id FROM rule WHERE name = $1 AND id <> $2`, name, id)
	if err == nil && taken {
		err = catalog.NameTaken("rule", name)
	}
	return err
}

func (t tx) addVersion(by catalog.By, rule, version uint32, document, note string) (catalog.RuleVersion, error) {
	v := catalog.RuleVersion{
		Rule: rule, Version: version, Document: text(document), Author: text(by.Actor), Note: text(note), Created: by.At,
	}
	_, err := t.exec(`INSERT INTO rule_version (rule_id, version, document, author, note, created) VALUES ($1, $2, $3, $4, $5, $6)`,
		v.Rule, v.Version, v.Document, v.Author, v.Note, v.Created)
	return v, err
}

func (s *store) SaveRule(ctx context.Context, by catalog.By, rule, seen uint32, document, note string) (v catalog.RuleVersion, err error) {
	err = s.write(ctx, func(t tx) error {
		x, err := oneRule(ctx, t, rule)
		if err != nil {
			return err
		}
		if x.Newest != seen {
			return fault.Conflict(catalog.CodeVersionConflict, "rule", x.Name, "newest", x.Newest, "seen", seen)
		}
		if v, err = oneVersion(ctx, t, rule, x.Newest); err != nil || v.Document == text(document) {
			return err
		}
		if v, err = t.addVersion(by, rule, x.Newest+1, document, note); err != nil {
			return err
		}
		if _, err := t.exec(`UPDATE rule SET newest = $2, updated = $3 WHERE id = $1`, rule, v.Version, by.At); err != nil {
			return err
		}
		return t.audit(by, "rule.save", object("rule", rule), fields{"version": v.Version, "note": note})
	})
	if err != nil {
		return catalog.RuleVersion{}, err
	}
	return v, nil
}

func (s *store) RenameRule(ctx context.Context, by catalog.By, rule uint32, name string) error {
	return s.write(ctx, func(t tx) error {
		if err := t.checkRuleName(rule, name); err != nil {
			return err
		}
		n, err := t.exec(`UPDATE rule SET name = $2, updated = $3 WHERE id = $1`, rule, name, by.At)
		if err != nil {
			return err
		}
		if n == 0 {
			return catalog.NotFound("rule", rule)
		}
		return t.audit(by, "rule.rename", object("rule", rule), fields{"name": name})
	})
}
