package catalogtest

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/earmarkhq/earmark/internal/catalog"
	"github.com/earmarkhq/earmark/internal/customer"
)

func testFaults(t *testing.T, b *bench) {
	b.ok(b.AddFaults(b.ctx, nil))
	faults := []catalog.Fault{
		{At: 30, Source: "web", Code: "ingest.a", Text: "缺少", Place: "batch[0]", Sample: "{"},
		{At: 20, Source: "app", Code: "ingest.a"},
		{At: 40, Source: "web", Code: "ingest.b"},
		{At: 10, Source: "web", Code: "ingest.a"},
	}
	b.ok(b.AddFaults(b.ctx, faults[:3]))
	b.ok(b.AddFaults(b.ctx, faults[3:]))
	for i := range faults {
		faults[i].ID = int64(i + 1)
	}
	for _, c := range []struct {
		filter catalog.FaultFilter
		want   []int
	}{
		{catalog.FaultFilter{}, []int{3, 2, 1, 0}},
		{catalog.FaultFilter{Source: "web"}, []int{3, 2, 0}},
		{catalog.FaultFilter{Code: "ingest.a"}, []int{3, 1, 0}},
		{catalog.FaultFilter{Source: "web", Code: "ingest.a"}, []int{3, 0}},
		{catalog.FaultFilter{Source: "nobody"}, nil},
	} {
		var want []catalog.Fault
		for _, i := range c.want {
			want = append(want, faults[i])
		}
		b.equal("faults, newest first", must(b.Faults(b.ctx, c.filter, catalog.Page{}))(b), want)
	}
	b.equal("counts by source and code", must(b.FaultCounts(b.ctx))(b), []catalog.FaultCount{
		{Source: "app", Code: "ingest.a", Count: 1, Last: 20},
		{Source: "web", Code: "ingest.a", Count: 2, Last: 30},
		{Source: "web", Code: "ingest.b", Count: 1, Last: 40},
	})
}

func testFaultRing(t *testing.T, b *bench) {
	const more = 25
	batch := make([]catalog.Fault, catalog.MaxFaults+more) // more than there is room for at once
	for i := range batch {
		batch[i] = catalog.Fault{At: int64(i), Source: "web", Code: "ingest.a"}
	}
	expect := func(newest int64) {
		t.Helper()
		all := must(b.Faults(b.ctx, catalog.FaultFilter{}, catalog.Page{Limit: 2 * catalog.MaxFaults}))(b)
		if len(all) != catalog.MaxFaults || all[0].ID != newest || all[len(all)-1].ID != newest-catalog.MaxFaults+1 {
			t.Fatalf("%d faults, ids %d to %d; want %d up to %d", len(all), all[len(all)-1].ID, all[0].ID, catalog.MaxFaults, newest)
		}
		b.equal("counts", must(b.FaultCounts(b.ctx))(b)[0].Count, newest)
	}
	b.ok(b.AddFaults(b.ctx, batch))
	expect(catalog.MaxFaults + more)
	b.ok(b.AddFaults(b.ctx, batch[:more]))
	expect(catalog.MaxFaults + 2*more)
}

func testFaultCut(t *testing.T, b *bench) {
	long := strings.Repeat("x", catalog.MaxFaultBytes-1)
	b.ok(b.AddFaults(b.ctx, []catalog.Fault{
		{Sample: long + "xyz"}, {Sample: long + "界"}, {Sample: strings.Repeat("\xff", 3*catalog.MaxFaultBytes)},
	}))
	got := must(b.Faults(b.ctx, catalog.FaultFilter{}, catalog.Page{}))(b)
	b.equal("cut to the bound", got[2].Sample, long+"x")
	b.equal("cut at a character", got[1].Sample, long)
	if s := got[0].Sample; len(s) > catalog.MaxFaultBytes || !utf8.ValidString(s) || s == "" {
		t.Errorf("broken bytes are kept as %d bytes %q", len(s), s)
	}
}

func testConflicts(t *testing.T, b *bench) {
	b.ok(b.AddConflicts(b.ctx, nil))
	base := catalog.Conflict{
		Kind: catalog.IdentityConflict, Code: "identity.a", Source: "web", Key: "phone:1", Customer: 1<<63 + 12, Other: 7,
		Detail: "first", First: 100, Last: 100,
	}
	same := base
	same.Detail, same.Count, same.First, same.Last = "newest", 4, 50, 300
	older := base
	older.Detail, older.First, older.Last = "older", 200, 200
	b.ok(b.AddConflicts(b.ctx, []catalog.Conflict{base, same}))
	b.ok(b.AddConflicts(b.ctx, []catalog.Conflict{older}))
	want := base
	want.ID, want.Detail, want.Count, want.First, want.Last = 1, "newest", 6, 50, 300
	b.equal("equal ones", must(b.Conflicts(b.ctx, "", catalog.Page{}))(b), []catalog.Conflict{want})

	all := []catalog.Conflict{want}
	for i, change := range []func(*catalog.Conflict){
		func(c *catalog.Conflict) { c.Kind = catalog.RepeatConflict },
		func(c *catalog.Conflict) { c.Code = "identity.b" },
		func(c *catalog.Conflict) { c.Source = "app" },
		func(c *catalog.Conflict) { c.Key = "phone:2" },
		func(c *catalog.Conflict) { c.Customer = 12 },
		func(c *catalog.Conflict) { c.Other = 0 },
	} {
		other := base
		change(&other)
		b.ok(b.AddConflicts(b.ctx, []catalog.Conflict{other}))
		other.ID, other.Count = int64(i+2), 1
		all = append([]catalog.Conflict{other}, all...)
	}
	b.equal("others, newest first", must(b.Conflicts(b.ctx, "", catalog.Page{}))(b), all)
	b.equal("of one kind", must(b.Conflicts(b.ctx, catalog.RepeatConflict, catalog.Page{}))(b), all[len(all)-2:len(all)-1])
}

func testConflictBound(t *testing.T, b *bench) {
	const more = 25
	batch := make([]catalog.Conflict, catalog.MaxConflicts)
	for i := range batch {
		batch[i] = catalog.Conflict{Kind: catalog.RepeatConflict, Key: name("m", i), Customer: customer.ID(i), First: int64(i), Last: int64(i)}
	}
	b.ok(b.AddConflicts(b.ctx, batch))
	again := batch[0] // the oldest, met again
	again.Last = catalog.MaxConflicts
	later := []catalog.Conflict{again}
	for i := range more {
		later = append(later, catalog.Conflict{Kind: catalog.RepeatConflict, Key: name("later", i), First: 1 << 40, Last: 1 << 40})
	}
	b.ok(b.AddConflicts(b.ctx, later))

	all := must(b.Conflicts(b.ctx, "", catalog.Page{Limit: 2 * catalog.MaxConflicts}))(b)
	if len(all) != catalog.MaxConflicts {
		t.Fatalf("%d conflicts are kept", len(all))
	}
	kept := map[string]int64{}
	for _, c := range all {
		kept[c.Key] = c.Count
	}
	if kept[again.Key] != 2 {
		t.Errorf("the one met again counts %d", kept[again.Key])
	}
	for i := 1; i <= more+1; i++ {
		if _, ok := kept[name("m", i)]; ok != (i == more+1) {
			t.Errorf("conflict %d kept: %v", i, ok)
		}
	}
}
