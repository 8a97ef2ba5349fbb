package engine_test

import (
	"os"
	"path/filepath"
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

// crashed is the store as a kill would have left it: what is on disk now. The engine must be idle.
func (d *disk) crashed(t testing.TB) *disk {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "after")
	if err := os.CopyFS(dir, os.DirFS(d.dir)); err != nil {
		t.Fatal(err)
	}
	return openPebble(t, dir)
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
	s.store = old.crashed(s.t)
	s.close()
	s.must(old.Close())
	s.open()
}

var _ ledger.Store = (*disk)(nil)
