package sqlite_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/earmarkhq/earmark/internal/catalog"
	"github.com/earmarkhq/earmark/internal/catalog/catalogtest"
	"github.com/earmarkhq/earmark/internal/catalog/sqlite"
)

func TestSuite(t *testing.T) {
	t.Parallel()
	catalogtest.Run(t, func(t testing.TB) catalogtest.Lab {
		path := filepath.Join(t.TempDir(), "catalog.db")
		return catalogtest.Lab{
			Open:    func(ctx context.Context) (catalog.Store, error) { return sqlite.Open(ctx, path) },
			Restore: sqlite.Open,
		}
	})
}
