package sqlite

import (
	"context"

	"github.com/earmarkhq/earmark/internal/catalog"
)

func scanDocument(r row) (d catalog.Document, err error) {
	err = r.Scan(&d.Kind, &d.Name, &d.Text)
	return d, err
}

func (s *store) Documents(ctx context.Context) ([]catalog.Document, error) {
	return list(ctx, s.r, scanDocument, `SELECT kind, name, body FROM document ORDER BY kind, name`)
}

func (s *store) PutDocument(ctx context.Context, by catalog.By, d catalog.Document) error {
	return s.write(ctx, func(t tx) error {
		switch d.Kind {
		case catalog.MetricDocument, catalog.SegmentDocument, catalog.TableDocument:
		default:
			return catalog.Invalid("document", "kind", d.Kind)
		}
		if err := checkName(string(d.Kind), d.Name); err != nil {
			return err
		}
		n, err := t.exec(`INSERT INTO document (kind, name, body) VALUES ($1, $2, $3)
			ON CONFLICT (kind, name) DO UPDATE SET body = excluded.body WHERE document.body <> excluded.body`,
			d.Kind, d.Name, text(d.Text))
		if err != nil || n == 0 {
			return err
		}
		return t.audit(by, "document.put", object(string(d.Kind), d.Name), fields{"text": d.Text})
	})
}

func (s *store) DeleteDocument(ctx context.Context, by catalog.By, kind catalog.DocumentKind, name string) error {
	return s.write(ctx, func(t tx) error {
		n, err := t.exec(`DELETE FROM document WHERE kind = $1 AND name = $2`, kind, name)
		if err != nil {
			return err
		}
		if n == 0 {
			return catalog.NotFound(string(kind), name)
		}
		return t.audit(by, "document.delete", object(string(kind), name), fields{})
	})
}
