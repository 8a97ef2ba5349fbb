package catalogtest

import (
	"testing"

	"github.com/earmarkhq/earmark/internal/catalog"
)

func testImports(t *testing.T, b *bench) {
	asked := catalog.Import{ID: 77, File: "订单.csv", Content: "c1", Mapping: "m1", Source: "shop", State: catalog.ImportRunning}
	im, resumed, err := b.BeginImport(b.ctx, at(10), asked)
	b.ok(err)
	want := asked
	want.ID, want.Started, want.Updated = 1, 10, 10
	if resumed {
		t.Error("a new import is resumed")
	}
	b.equal("the import made", im, want)

	im.State, im.Position, im.Row, im.Error = catalog.ImportFailed, 1<<40, 7, "断开"
	im.Accepted, im.Repeated, im.Refused, im.Updated = 4, 2, 1, 99
	changed := im
	changed.File, changed.Content, changed.Mapping, changed.Source, changed.Started = "x", "x", "x", "x", 0
	b.ok(b.SaveImport(b.ctx, changed)) // what names it stays
	b.equal("the import saved", must(b.Import(b.ctx, im.ID))(b), im)

	b.reopen()
	asked.File = "renamed.csv"
	again, resumed, err := b.BeginImport(b.ctx, at(200), asked)
	b.ok(err)
	if !resumed {
		t.Error("the same file is not resumed")
	}
	b.equal("the import to go on with", again, im)

	im.State = "lost"
	b.refused(b.SaveImport(b.ctx, im), catalog.CodeInvalid)
	im.State, im.ID = catalog.ImportDone, 9
	b.refused(b.SaveImport(b.ctx, im), catalog.CodeNotFound)
	b.refused(errOf(b.Import(b.ctx, 9)), catalog.CodeNotFound)
}

func testImportKeys(t *testing.T, b *bench) {
	asked := catalog.Import{Content: "c", Mapping: "m", Source: "s"}
	first, _, err := b.BeginImport(b.ctx, by, asked)
	b.ok(err)
	b.equal("without a state it runs", first.State, catalog.ImportRunning)
	want := []int64{first.ID}
	for _, change := range []func(*catalog.Import){
		func(im *catalog.Import) { im.Content = "c2" },
		func(im *catalog.Import) { im.Mapping = "m2" },
		func(im *catalog.Import) { im.Source = "s2" },
	} {
		other := asked
		change(&other)
		im, resumed, err := b.BeginImport(b.ctx, by, other)
		b.ok(err)
		if resumed {
			t.Errorf("%+v goes on with %+v", other, im)
		}
		want = append([]int64{im.ID}, want...)
	}
	var got []int64
	for _, im := range must(b.Imports(b.ctx, catalog.Page{}))(b) {
		got = append(got, im.ID)
	}
	b.equal("imports, newest first", got, want)
}
