package importer_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/earmarkhq/earmark/internal/catalog"
	"github.com/earmarkhq/earmark/internal/clock"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/engine"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/identity"
	"github.com/earmarkhq/earmark/internal/ingest"
	"github.com/earmarkhq/earmark/internal/ingest/importer"
	"github.com/earmarkhq/earmark/internal/ledger/memory"
)

var (
	start    = time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC)
	shanghai = mustZone("Asia/Shanghai")
)

func mustZone(name string) *time.Location {
	z, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return z
}

// fakeEngine takes each event once and remembers the units.
type fakeEngine struct {
	mu    sync.Mutex
	units []unit
	taken map[string]bool
	keys  map[customer.ID][]customer.Key
	// fail, if set, is asked before each unit; after the first error all units fail.
	fail   func(n int) error
	broken error
}

type unit struct {
	at int64
	in []engine.Input
}

var errKilled = errors.New("killed")

func newEngine() *fakeEngine {
	return &fakeEngine{taken: map[string]bool{}, keys: map[customer.ID][]customer.Key{}}
}

func (e *fakeEngine) SubmitAsync(in []engine.Input, done func(engine.Receipt, error)) {
	e.StepAsync(0, in, done)
}

func (e *fakeEngine) StepAsync(at int64, in []engine.Input, done func(engine.Receipt, error)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.broken == nil && e.fail != nil {
		e.broken = e.fail(len(e.units))
	}
	if err := e.broken; err != nil {
		go done(engine.Receipt{}, err)
		return
	}
	var r engine.Receipt
	for _, x := range in {
		e.keys[x.Customer] = append(e.keys[x.Customer], x.Keys...)
		for i := range x.Events {
			id := fmt.Sprint(x.Customer, " ", x.Events[i].Source, " ", x.Events[i].ID)
			if e.taken[id] {
				r.Repeated++
				continue
			}
			e.taken[id] = true
			r.Accepted++
		}
	}
	e.units = append(e.units, unit{at, in})
	go done(r, nil)
}

func (e *fakeEngine) Known(_ context.Context, ids []customer.ID) ([][]customer.Key, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := make([][]customer.Key, len(ids))
	for i, id := range ids {
		out[i] = slices.Clone(e.keys[id])
	}
	return out, nil
}

// events are all events taken, one a line: at, time, keys, type, id, properties.
func (e *fakeEngine) events() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var out []string
	for _, u := range e.units {
		for _, in := range u.in {
			var ks []string
			for _, k := range in.Keys {
				ks = append(ks, string(k.Kind)+":"+k.Value)
			}
			for i := range in.Events {
				ev := &in.Events[i]
				out = append(out, fmt.Sprintf("%s %s %s#%s %s", time.UnixMilli(ev.Time).UTC().Format("2006-01-02T15:04:05.000Z"),
					strings.Join(ks, ","), ev.Type, ev.ID, ev.Props))
			}
		}
	}
	return out
}

// fakeImports keeps imports like the catalog.
type fakeImports struct {
	mu   sync.Mutex
	list []catalog.Import
}

func (f *fakeImports) BeginImport(_ context.Context, _ catalog.By, im catalog.Import) (catalog.Import, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, x := range f.list {
		if x.Content == im.Content && x.Mapping == im.Mapping && x.Source == im.Source {
			return x, true, nil
		}
	}
	im.ID = int64(len(f.list) + 1)
	f.list = append(f.list, im)
	return im, false, nil
}

func (f *fakeImports) SaveImport(_ context.Context, im catalog.Import) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list[im.ID-1] = im
	return nil
}

func (f *fakeImports) Import(_ context.Context, id int64) (catalog.Import, error) {
	return f.list[id-1], nil
}

func (f *fakeImports) Imports(context.Context, catalog.Page) ([]catalog.Import, error) {
	return f.list, nil
}

// bench is an import over fakes.
type bench struct {
	t       testing.TB
	dir     string
	engine  *fakeEngine
	imports *fakeImports
	clock   *clock.Manual
	taker   *ingest.Taker
}

func setup(t testing.TB) *bench {
	b := &bench{t: t, dir: t.TempDir(), engine: newEngine(), imports: &fakeImports{}, clock: clock.NewManual(start)}
	b.taker = ingest.New(ingest.Options{
		Resolver: identity.New(identity.Options{Identities: memory.New(), Known: b.engine, CacheEntries: 1 << 12}),
		Engine:   b.engine, Clock: b.clock, Aliases: ingest.NewAliases(ingest.Ecommerce()),
	})
	return b
}

// write makes a file; a name that ends in .gz is packed.
func (b *bench) write(name, content string) string {
	b.t.Helper()
	data := []byte(content)
	if strings.HasSuffix(name, ".gz") {
		data = gz(b.t, data)
	}
	path := filepath.Join(b.dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		b.t.Fatal(err)
	}
	return path
}

func gz(t testing.TB, data []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func mapping(t testing.TB, text string) *importer.Mapping {
	t.Helper()
	m, err := importer.ParseMapping([]byte(text), shanghai)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// options of an import of a file by the wall clock.
func (b *bench) options(file, text string) importer.Options {
	return importer.Options{
		File: file, Mapping: mapping(b.t, text), Mode: importer.Wall, Live: true,
		Taker: b.taker, Imports: b.imports, Clock: b.clock, Lang: fault.EN,
	}
}

func (b *bench) run(o importer.Options) importer.Report {
	b.t.Helper()
	r, err := importer.Run(context.Background(), o)
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

const orders = `
source: shop-a
identities: {user_id: customer}
event: order.paid
time: {column: time, layout: "2006-01-02 15:04:05"}
natural_key: [order, line]
properties:
  amount_fen: {column: amount, type: fen_from_yuan}
  sku: sku
`
