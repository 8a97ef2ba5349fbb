package sqlite_test

import (
	"bytes"
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/earmarkhq/earmark/internal/catalog"
	"github.com/earmarkhq/earmark/internal/catalog/sqlite"
	"github.com/earmarkhq/earmark/internal/fault"
)

var by = catalog.By{Actor: "cli", At: 1_700_000_000_000}

func open(t *testing.T, path string) catalog.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), path)
	ok(t, err)
	return s
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// run changes a file as another program would.
func run(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	ok(t, err)
	_, err = db.ExecContext(t.Context(), statement)
	ok(t, err)
	ok(t, db.Close())
}

func TestFilesOfOthersAreRefusedAndLeftAlone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		code string
		kind fault.Kind
		make func(t *testing.T, path string)
	}{
		"a catalog of a newer program": {"catalog.newer", fault.KindConflict, func(t *testing.T, path string) {
			ok(t, open(t, path).Close())
			run(t, path, `INSERT INTO schema_version (number, name) VALUES (9999, 'later')`)
		}},
		"a backup by a newer program": {"catalog.newer", fault.KindConflict, func(t *testing.T, path string) {
			s := open(t, path+".original")
			ok(t, s.Backup(t.Context(), path))
			ok(t, s.Close())
			run(t, path, `INSERT INTO schema_version (number, name) VALUES (9999, 'later')`)
		}},
		"a database of another program": {"catalog.not_a_catalog", fault.KindInvalid, func(t *testing.T, path string) {
			run(t, path, `CREATE TABLE tag (id INTEGER)`)
		}},
		"a text": {"catalog.not_a_catalog", fault.KindInvalid, func(t *testing.T, path string) {
			ok(t, os.WriteFile(path, bytes.Repeat([]byte("id,name\n"), 1000), 0o600))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "catalog.db")
			c.make(t, path)
			before, err := os.ReadFile(path)
			ok(t, err)
			_, err = sqlite.Open(t.Context(), path)
			if !fault.Is(err, c.code) || fault.KindOf(err) != c.kind {
				t.Fatalf("error %v, want %s", err, c.code)
			}
			after, err := os.ReadFile(path)
			ok(t, err)
			if !bytes.Equal(before, after) {
				t.Error("the file was changed")
			}
		})
	}
}

func TestOpenSaysWhatItCanNotOpen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, path := range []string{dir, filepath.Join(dir, "no", "such"), ""} {
		s, err := sqlite.Open(t.Context(), path)
		if !fault.Is(err, "catalog.open") || s != nil {
			t.Errorf("%q: %v, %v", path, s, err)
		}
	}
}

func TestAnyPathIsAFile(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a b?c=d&e#f%20g", "定义库.db", "file:x", ":memory:", "-", "a'b\"c"} {
		path := filepath.Join(t.TempDir(), name)
		s := open(t, path)
		ok(t, s.PutSetting(t.Context(), by, "zone", "UTC"))
		ok(t, s.Backup(t.Context(), path+" copy"))
		ok(t, s.Close())
		for _, p := range []string{path, path + " copy"} {
			info, err := os.Stat(p)
			ok(t, err)
			if info.Size() == 0 {
				t.Errorf("%s is empty: the catalog went elsewhere", p)
			}
			if info.Mode().Perm() != 0o600 {
				t.Errorf("%s has permissions %v: it holds what keys are checked against", p, info.Mode())
			}
		}
	}
}

func TestARelativePathIsAFile(t *testing.T) {
	t.Chdir(t.TempDir())
	ok(t, open(t, "catalog.db").Close())
	if _, err := os.Stat("catalog.db"); err != nil {
		t.Error(err)
	}
}

// What a kill leaves is the files as they are at that moment; what was acknowledged is in them.
func TestWhatIsAcknowledgedSurvivesAKill(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "catalog.db")
	s := open(t, path)
	defer func() { ok(t, s.Close()) }()
	for i, zone := range []string{"UTC", "Asia/Shanghai", "Europe/Paris"} {
		ok(t, s.PutSetting(t.Context(), by, "zone", zone))
		left := filepath.Join(t.TempDir(), "catalog.db")
		for _, suffix := range []string{"", "-wal"} {
			b, err := os.ReadFile(path + suffix)
			ok(t, err)
			ok(t, os.WriteFile(left+suffix, b, 0o600))
		}
		again := open(t, left)
		got, _, err := again.Setting(t.Context(), "zone")
		ok(t, err)
		log, err := again.AuditLog(t.Context(), catalog.Page{})
		ok(t, err)
		if got != zone || len(log) != i+1 {
			t.Errorf("after the kill: zone %q, %d audit entries", got, len(log))
		}
		ok(t, again.Close())
	}
}

// The command line may look at a store that is being served.
func TestTwoProcessesMayShareAFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "catalog.db")
	var stores [2]catalog.Store
	var opening sync.WaitGroup
	for i := range stores {
		opening.Go(func() {
			var err error
			if stores[i], err = sqlite.Open(t.Context(), path); err != nil {
				t.Error(err)
			}
		})
	}
	opening.Wait()
	if t.Failed() {
		return
	}
	var writing sync.WaitGroup
	for i, s := range stores {
		writing.Go(func() {
			for j := range 20 {
				if _, err := s.CreateRule(t.Context(), by, string(rune('a'+i))+string(rune('a'+j)), "x", ""); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writing.Wait()
	for _, s := range stores {
		rules, err := s.Rules(t.Context())
		ok(t, err)
		if len(rules) != 40 || rules[39].ID != 40 {
			t.Errorf("%d rules", len(rules))
		}
		ok(t, s.Close())
	}
}

func TestAClosedStoreIsUnavailable(t *testing.T) {
	t.Parallel()
	s := open(t, filepath.Join(t.TempDir(), "catalog.db"))
	ok(t, s.Close())
	_, err := s.Rules(context.WithoutCancel(t.Context()))
	for _, err := range []error{err, s.PutSetting(t.Context(), by, "zone", "UTC")} {
		if fault.KindOf(err) != fault.KindUnavailable {
			t.Errorf("%v is %s", err, fault.KindOf(err))
		}
	}
	ok(t, s.Close())
}
