package sqlite

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/earmarkhq/earmark/internal/fault"
)

// Backup copies what is committed when it starts; writers go on meanwhile. A copy that was not
// finished is removed.
func (s *store) Backup(ctx context.Context, path string) error {
	// Taken before anything is written, so that two backups never share a file. SQLite accepts an
	// empty one.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fault.Conflict("catalog.file_exists", "path", path)
	}
	if err != nil {
		return fault.Unavailable("catalog.backup", "path", path).Wrap(err)
	}
	if err = s.copyTo(ctx, path); err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	if err == nil {
		return nil
	}
	err = errors.Join(err, os.Remove(path))
	if ctx.Err() != nil {
		return broken(ctx, "VACUUM INTO", err)
	}
	return fault.Unavailable("catalog.backup", "path", path).Wrap(err)
}

func (s *store) copyTo(ctx context.Context, path string) error {
	db, err := pool(s.path, 1, backupPragmas)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, `VACUUM INTO $1`, path)
	return errors.Join(err, db.Close())
}

// syncDir makes the name of a new file durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
