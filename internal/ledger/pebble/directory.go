package pebble

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/earmarkhq/earmark/internal/fault"
)

// The store's own files beside Pebble's.
const (
	formatFile = "EARMARK-LEDGER"
	ownerFile  = "OWNER"
	lockFile   = "LOCK"
)

// format is the version of everything this package writes.
const format = "1"

// enter checks that dir is a ledger of a known format or free to become one, and locks it.
func enter(f vfs.FS, dir string) (*pebble.Lock, error) {
	if err := f.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make ledger directory: %w", err)
	}
	if err := checkFormat(f, dir); err != nil {
		return nil, err
	}
	lock, err := pebble.LockDirectory(dir, f)
	if err != nil {
		if errors.Is(err, fs.ErrPermission) {
			return nil, fmt.Errorf("lock ledger directory: %w", err)
		}
		owner, _ := readFile(f, f.PathJoin(dir, ownerFile))
		if owner == "" {
			owner = "?"
		}
		return nil, fault.Conflict("ledger.locked", "dir", dir, "owner", strings.TrimSpace(owner)).Wrap(err)
	}
	host, _ := os.Hostname()
	err = errors.Join(
		removeLeftOvers(f, dir),
		writeFile(f, dir, ownerFile, fmt.Sprintf("pid %d, %s\n", os.Getpid(), host)),
		writeFile(f, dir, formatFile, format+"\n"),
	)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("mark ledger directory: %w", err), lock.Close())
	}
	return lock, nil
}

// removeLeftOvers removes the files of a flush that a crash interrupted.
func removeLeftOvers(f vfs.FS, dir string) error {
	names, err := f.List(dir)
	if err != nil {
		return err
	}
	var paths []string
	for _, n := range names {
		if strings.HasPrefix(n, flushPrefix) {
			paths = append(paths, f.PathJoin(dir, n))
		}
	}
	return removeAll(f, paths)
}

func checkFormat(f vfs.FS, dir string) error {
	found, err := readFile(f, f.PathJoin(dir, formatFile))
	switch {
	case err == nil:
		if found = strings.TrimSpace(found); found != format {
			return fault.Conflict("ledger.format", "dir", dir, "found", found, "known", format)
		}
		return nil
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("read ledger format: %w", err)
	}
	names, err := f.List(dir)
	if err != nil {
		return fmt.Errorf("list ledger directory: %w", err)
	}
	if slices.ContainsFunc(names, func(n string) bool { return n != lockFile && n != ownerFile }) {
		return fault.Conflict("ledger.not_a_ledger", "dir", dir)
	}
	return nil
}

func readFile(f vfs.FS, path string) (string, error) {
	file, err := f.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	b, err := io.ReadAll(io.LimitReader(file, 1<<10))
	return string(b), err
}

// writeFile makes a small file durable, if it does not say the same already.
func writeFile(f vfs.FS, dir, name, text string) error {
	path := f.PathJoin(dir, name)
	if old, err := readFile(f, path); err == nil && old == text {
		return nil
	}
	file, err := f.Create(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = file.Write([]byte(text))
	err = errors.Join(err, file.Sync(), file.Close())
	if err != nil {
		return err
	}
	d, err := f.OpenDir(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
