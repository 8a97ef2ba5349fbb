package engine_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/earmarkhq/earmark/internal/ledger"
	"github.com/earmarkhq/earmark/internal/ledger/pebble"
)

// disk is a store on disk that can be thrown back to what had been written when the process died.
type disk struct {
	*pebble.Store
	dir string
}

func openPebble(t testing.TB, dir string) *disk {
	t.Helper()
	s, err := pebble.Open(dir, pebble.Options{CacheBytes: 1 << 20, BlockBytes: 1 << 20, Identities: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return &disk{s, dir}
}

// crashed is the store as a kill would have left it: what is on disk now. The engine must be idle; the
// store may still tidy up its files, then the copy is made again. dir is made.
func (d *disk) crashed(t testing.TB, dir string) *disk {
	t.Helper()
	var err error
	for range 100 {
		before := d.files(t)
		if err = os.CopyFS(dir, os.DirFS(d.dir)); err == nil && before == d.files(t) {
			return openPebble(t, dir)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatalf("no copy of the store: %v", err)
	return nil
}

// files lists names and sizes.
func (d *disk) files(t testing.TB) string {
	t.Helper()
	entries, err := os.ReadDir(d.dir)
	if err != nil {
		t.Fatal(err)
	}
	var list strings.Builder
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			fmt.Fprintln(&list, e.Name(), info.Size())
		}
	}
	return list.String()
}

// restart closes everything and opens it again.
func (s *shop) restart() {
	s.t.Helper()
	s.close()
	if d, ok := s.store.(*disk); ok {
		s.must(d.Close())
		s.store = openPebble(s.t, d.dir)
	}
	s.open()
}

// crash goes on with what a kill leaves of the store.
func (s *shop) crash() {
	s.t.Helper()
	old := s.store.(*disk)
	s.store = old.crashed(s.t, filepath.Join(s.t.TempDir(), "after"))
	s.close()
	s.must(old.Close())
	s.open()
}

var _ ledger.Store = (*disk)(nil)
