package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"

	"github.com/earmarkhq/earmark/internal/catalog"
	"github.com/earmarkhq/earmark/internal/fault"
)

// readers is how many connections read at once.
const readers = 4

// store is a catalog in one file.
type store struct {
	w *sql.DB // one connection, every write
	r *sql.DB // readers connections, which can not write
	// path is for connections of their own; see Backup.
	path string
}

// Open opens the catalog in a file, which is made if it is missing, and brings its schema up to
// date. Close must be called. The errors are catalog.newer for a file of a newer program,
// catalog.not_a_catalog for another file and catalog.open.
func Open(ctx context.Context, path string) (catalog.Store, error) {
	fail := func(err error) (catalog.Store, error) {
		if _, ok := fault.As(err); ok {
			return nil, err
		}
		if notADatabase(err) {
			return nil, fault.Invalid("catalog.not_a_catalog", "path", path).Wrap(err)
		}
		return nil, fault.Unavailable("catalog.open", "path", path).Wrap(err)
	}
	// SQLite gives its other files the permissions of this one.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return fail(err)
	}
	s := &store{path: path}
	if s.r, err = pool(path, readers, readerPragmas); err != nil {
		return fail(err)
	}
	if s.w, err = pool(path, 1, writerPragmas); err == nil {
		err = migrate(ctx, s.r, s.w, path)
	}
	if err != nil {
		_ = s.Close()
		return fail(err)
	}
	return s, nil
}

// Pragmas stand in the address, so that each connection of a pool has them. busy_timeout is first:
// the others may have to wait already. A commit returns when it is on the disk (synchronous).
var (
	writerPragmas = url.Values{
		"_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "trusted_schema(0)"},
		"_txlock": {"immediate"},
	}
	// VACUUM INTO counts as writing, though it writes only the copy.
	backupPragmas = url.Values{"_pragma": {"busy_timeout(10000)", "trusted_schema(0)"}}
	readerPragmas = url.Values{
		"_pragma": {"busy_timeout(10000)", "query_only(1)", "foreign_keys(1)", "trusted_schema(0)"},
	}
)

func pool(path string, size int, pragmas url.Values) (*sql.DB, error) {
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+pragmas.Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	return db, nil
}

// Close waits for what is running.
func (s *store) Close() error {
	err := s.r.Close()
	if s.w != nil { // last, because who closes last moves the log into the file and removes it
		err = errors.Join(err, s.w.Close())
	}
	if err != nil {
		return fault.Unavailable("catalog.unavailable").Wrap(err)
	}
	return nil
}
