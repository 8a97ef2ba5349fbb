package sqlite

import (
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

func TestMigrationsAreNumberedWithoutGaps(t *testing.T) {
	t.Parallel()
	if steps, err := migrations(embedded); err != nil || len(steps) == 0 {
		t.Fatal(steps, err)
	}
	for _, names := range [][]string{{"0002_b.sql"}, {"0001_a.sql", "0003_c.sql"}, {"0001_a.sql", "0001_b.sql"}, {"first.sql"}} {
		files := fstest.MapFS{}
		for _, n := range names {
			files["migrations/"+n] = &fstest.MapFile{}
		}
		if _, err := migrations(files); err == nil {
			t.Errorf("%v are taken", names)
		}
	}
}

func TestAMigrationIsAppliedWholeAndOnce(t *testing.T) {
	t.Parallel()
	opened, err := Open(t.Context(), filepath.Join(t.TempDir(), "catalog.db"))
	if err != nil {
		t.Fatal(err)
	}
	s := opened.(*store)
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	steps, err := migrations(embedded)
	if err != nil {
		t.Fatal(err)
	}
	last := len(steps)
	expect := func(want int) {
		t.Helper()
		if got, err := schemaVersion(t.Context(), s.r); got != want || err != nil {
			t.Fatalf("version %d %v, want %d", got, err, want)
		}
	}
	expect(last)
	broken := migration{last + 1, "broken.sql", `CREATE TABLE half (a BIGINT); CREATE TABL whole (a BIGINT)`}
	if err := apply(t.Context(), s.w, broken); err == nil {
		t.Fatal("a broken migration is applied")
	}
	expect(last)
	good := migration{last + 1, "good.sql", `CREATE TABLE half (a BIGINT); INSERT INTO half (a) VALUES (1)`}
	for range 2 { // the second time another process has done it
		if err := apply(t.Context(), s.w, good); err != nil {
			t.Fatal(err)
		}
	}
	expect(last + 1)
}

func TestReadersCanNotWrite(t *testing.T) {
	t.Parallel()
	opened, err := Open(t.Context(), filepath.Join(t.TempDir(), "catalog.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	_, err = opened.(*store).r.ExecContext(t.Context(), `DELETE FROM audit`)
	if err == nil || !strings.Contains(err.Error(), "readonly") {
		t.Errorf("error %v", err)
	}
}
