package sqlite

import (
	"context"

	"github.com/earmarkhq/earmark/internal/catalog"
)

func scanAlias(r row) (a catalog.Alias, err error) {
	err = r.Scan(&a.ID, &a.Source, &a.From, &a.To, &a.Document, &a.Author, &a.Updated)
	return a, err
}

func (s *store) Aliases(ctx context.Context) ([]catalog.Alias, error) {
	return list(ctx, s.r, scanAlias,
		`SELECT id, source, from_type, to_type, document, author, updated FROM alias ORDER BY source, from_type`)
}

func (s *store) PutAlias(ctx context.Context, by catalog.By, a catalog.Alias) (catalog.Alias, error) {
	a.Author, a.Updated = text(by.Actor), by.At
	a.Source, a.Document = text(a.Source), text(a.Document)
	err := s.write(ctx, func(t tx) error {
		if err := checkName("alias", a.From); err != nil {
			return err
		}
		if err := checkName("alias", a.To); err != nil {
			return err
		}
		id, ok, err := one(ctx, t, scalar[int64], `UPDATE alias SET to_type = $3, document = $4, author = $5, updated = $6
			WHERE source = $1 AND from_type = $2 RETURNING id`, a.Source, a.From, a.To, a.Document, a.Author, a.Updated)
		if err == nil && !ok {
			if id, err = t.next("alias", 1); err != nil {
				return err
			}
			_, err = t.exec(`INSERT INTO alias (id, source, from_type, to_type, document, author, updated) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
				id, a.Source, a.From, a.To, a.Document, a.Author, a.Updated)
		}
		if err != nil {
			return err
		}
		a.ID = uint32(id)
		return t.audit(by, "alias.put", object("alias", a.ID),
			fields{"source": a.Source, "from": a.From, "to": a.To, "document": a.Document})
	})
	if err != nil {
		return catalog.Alias{}, err
	}
	return a, nil
}

func (s *store) DeleteAlias(ctx context.Context, by catalog.By, id uint32) error {
	return s.write(ctx, func(t tx) error {
		n, err := t.exec(`DELETE FROM alias WHERE id = $1`, id)
		if err != nil {
			return err
		}
		if n == 0 {
			return catalog.NotFound("alias", id)
		}
		return t.audit(by, "alias.delete", object("alias", id), fields{})
	})
}
