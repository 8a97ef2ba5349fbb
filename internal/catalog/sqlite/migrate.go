package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/earmarkhq/earmark/internal/fault"
)

//go:embed migrations/*.sql
var embedded embed.FS

// migration is one step of the schema; numbers are dense from 1.
type migration struct {
	number int
	name   string // of the file
	text   string
}

// migrations reads the steps in their order.
func migrations(from fs.FS) ([]migration, error) {
	names, err := fs.Glob(from, "migrations/*.sql") // sorted
	if err != nil {
		return nil, err
	}
	var out []migration
	for i, path := range names {
		name := strings.TrimPrefix(path, "migrations/")
		digits, _, _ := strings.Cut(name, "_")
		number, err := strconv.Atoi(digits)
		if err != nil || number != i+1 {
			return nil, fmt.Errorf("migration %s: expected number %d", name, i+1)
		}
		text, err := fs.ReadFile(from, path)
		if err != nil {
			return nil, err
		}
		out = append(out, migration{number, name, string(text)})
	}
	return out, nil
}

// migrate brings the schema up to date, each step in its own transaction. The writer is not used
// before a reader has seen that the file is ours: its pragmas alone would change another one.
func migrate(ctx context.Context, r, w *sql.DB, path string) error {
	steps, err := migrations(embedded)
	if err != nil {
		return err
	}
	found, err := schemaVersion(ctx, r)
	switch {
	case err != nil:
		return err
	case found == foreignFile:
		return fault.Invalid("catalog.not_a_catalog", "path", path)
	case found > len(steps):
		return fault.Conflict("catalog.newer", "path", path, "found", found, "known", len(steps))
	}
	for _, m := range steps[found:] {
		if err := apply(ctx, w, m); err != nil {
			return fmt.Errorf("migration %s: %w", m.name, err)
		}
	}
	return nil
}

// foreignFile is the version of a file with tables of somebody else.
const foreignFile = -1

// schemaVersion is the number of the last step applied, 0 for an empty file.
func schemaVersion(ctx context.Context, db *sql.DB) (int, error) {
	var tables, ours int
	err := db.QueryRowContext(ctx,
		`SELECT count(*), count(*) FILTER (WHERE name = 'schema_version') FROM sqlite_master WHERE type = 'table'`,
	).Scan(&tables, &ours)
	switch {
	case err != nil || tables == 0:
		return 0, err
	case ours == 0:
		return foreignFile, nil
	}
	var found int
	err = db.QueryRowContext(ctx, `SELECT coalesce(max(number), 0) FROM schema_version`).Scan(&found)
	return found, err
}

// apply does one step, unless another process did it in the meantime.
func apply(ctx context.Context, db *sql.DB, m migration) (err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, tx.Rollback())
		}
	}()
	_, err = tx.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS schema_version (number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL)`)
	if err != nil {
		return err
	}
	res, err := tx.ExecContext(ctx, `INSERT INTO schema_version (number, name) VALUES ($1, $2) ON CONFLICT (number) DO NOTHING`, m.number, m.name)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, tx.Rollback())
	}
	if _, err = tx.ExecContext(ctx, m.text); err != nil {
		return err
	}
	return tx.Commit()
}
