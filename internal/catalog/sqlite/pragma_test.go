package sqlite

import (
	"database/sql"
	"path/filepath"
	"testing"
)

// Durability and the keys between tables hang on settings of each connection.
func TestConnectionsHaveTheirPragmas(t *testing.T) {
	t.Parallel()
	opened, err := Open(t.Context(), filepath.Join(t.TempDir(), "catalog.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	s := opened.(*store)
	const full = "2"
	for _, c := range []struct {
		who          string
		db           *sql.DB
		pragma, want string
	}{
		{"writer", s.w, "synchronous", full},
		{"writer", s.w, "journal_mode", "wal"},
		{"writer", s.w, "foreign_keys", "1"},
		{"writer", s.w, "busy_timeout", "10000"},
		{"reader", s.r, "query_only", "1"},
		{"reader", s.r, "busy_timeout", "10000"},
	} {
		var got string
		if err := c.db.QueryRowContext(t.Context(), "PRAGMA "+c.pragma).Scan(&got); err != nil || got != c.want {
			t.Errorf("%s of the %s is %s, want %s; %v", c.pragma, c.who, got, c.want, err)
		}
	}
	if n := s.w.Stats().MaxOpenConnections; n != 1 {
		t.Errorf("%d writers", n)
	}
}
