package sqlite

import (
	"context"

	"github.com/earmarkhq/earmark/internal/catalog"
)

func (s *store) AuditLog(ctx context.Context, p catalog.Page) ([]catalog.AuditEntry, error) {
	before, limit := bounds(p)
	return list(ctx, s.r, func(r row) (e catalog.AuditEntry, err error) {
		err = r.Scan(&e.ID, &e.At, &e.Actor, &e.Action, &e.Object, &e.Detail)
		return e, err
	}, `SELECT id, at, actor, action, object, detail FROM audit WHERE id < $1 ORDER BY id DESC LIMIT $2`, before, limit)
}

func (s *store) Record(ctx context.Context, by catalog.By, action, object, detail string) error {
	return s.write(ctx, func(t tx) error { return t.record(by, action, object, detail) })
}
