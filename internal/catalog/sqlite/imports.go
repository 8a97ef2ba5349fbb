package sqlite

import (
	"context"

	"github.com/earmarkhq/earmark/internal/catalog"
)

const selectImports = `SELECT id, file, content, mapping, source, state, position, rows_read, accepted, repeated, refused,
	error, started, updated FROM import_run`

func scanImport(r row) (im catalog.Import, err error) {
	err = r.Scan(&im.ID, &im.File, &im.Content, &im.Mapping, &im.Source, &im.State, &im.Position, &im.Row,
		&im.Accepted, &im.Repeated, &im.Refused, &im.Error, &im.Started, &im.Updated)
	return im, err
}

func (s *store) BeginImport(ctx context.Context, by catalog.By, im catalog.Import) (begun catalog.Import, resumed bool, err error) {
	im.Content, im.Mapping, im.Source = text(im.Content), text(im.Mapping), text(im.Source)
	err = s.write(ctx, func(t tx) error {
		begun, resumed, err = one(ctx, t, scanImport, selectImports+` WHERE content = $1 AND mapping = $2 AND source = $3`,
			im.Content, im.Mapping, im.Source)
		if resumed || err != nil {
			return err
		}
		id, err := t.next("import_run", 1)
		if err != nil {
			return err
		}
		begun = im
		begun.ID, begun.File, begun.Error = id, text(im.File), text(im.Error)
		begun.Started, begun.Updated = by.At, by.At
		if begun.State == "" {
			begun.State = catalog.ImportRunning
		}
		if err := checkImportState(begun.State); err != nil {
			return err
		}
		if err := t.insertImport(begun); err != nil {
			return err
		}
		return t.audit(by, "import.begin", object("import", id), fields{"file": begun.File, "source": begun.Source})
	})
	if err != nil {
		return catalog.Import{}, false, err
	}
	return begun, resumed, nil
}

func checkImportState(s catalog.ImportState) error {
	switch s {
	case catalog.ImportRunning, catalog.ImportDone, catalog.ImportFailed, catalog.ImportStopped:
		return nil
	}
	return catalog.Invalid("import", "state", s)
}

func (t tx) insertImport(im catalog.Import) error {
	_, err := t.exec(`INSERT INTO import_run (id, file, content, mapping, source, state, position, rows_read, accepted, repeated,
		refused, error, started, updated) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		im.ID, im.File, im.Content, im.Mapping, im.Source, im.State, im.Position, im.Row, im.Accepted, im.Repeated,
		im.Refused, im.Error, im.Started, im.Updated)
	return err
}

func (s *store) SaveImport(ctx context.Context, im catalog.Import) error {
	if err := checkImportState(im.State); err != nil {
		return err
	}
	return s.write(ctx, func(t tx) error {
		n, err := t.exec(`UPDATE import_run SET state = $2, position = $3, rows_read = $4, accepted = $5, repeated = $6,
			refused = $7, error = $8, updated = $9 WHERE id = $1`,
			im.ID, im.State, im.Position, im.Row, im.Accepted, im.Repeated, im.Refused, text(im.Error), im.Updated)
		if err == nil && n == 0 {
			err = catalog.NotFound("import", im.ID)
		}
		return err
	})
}

func (s *store) Import(ctx context.Context, id int64) (catalog.Import, error) {
	im, ok, err := one(ctx, s.r, scanImport, selectImports+` WHERE id = $1`, id)
	if err == nil && !ok {
		err = catalog.NotFound("import", id)
	}
	return im, err
}

func (s *store) Imports(ctx context.Context, p catalog.Page) ([]catalog.Import, error) {
	before, limit := bounds(p)
	return list(ctx, s.r, scanImport, selectImports+` WHERE id < $1 ORDER BY id DESC LIMIT $2`, before, limit)
}
