package ingest_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/earmarkhq/earmark/internal/catalog"
	"github.com/earmarkhq/earmark/internal/clock"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/engine"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/identity"
	"github.com/earmarkhq/earmark/internal/ingest"
	"github.com/earmarkhq/earmark/internal/ingest/catalogue"
	"github.com/earmarkhq/earmark/internal/ledger/memory"
	"github.com/earmarkhq/earmark/internal/value"
)

// start is the instant at which tests begin.
var start = time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)

// fakeEngine records units and acknowledges them; repeated ids are counted as the engine does.
type fakeEngine struct {
	mu    sync.Mutex
	units []fakeUnit
	keys  map[customer.ID][]customer.Key
	ids   map[string]bool
	err   error
	hold  chan struct{} // acknowledgements wait for it when it is not nil
}

type fakeUnit struct {
	at int64 // 0: submitted
	in []engine.Input
}

func (e *fakeEngine) SubmitAsync(unit []engine.Input, done func(engine.Receipt, error)) {
	e.StepAsync(0, unit, done)
}

func (e *fakeEngine) StepAsync(at int64, unit []engine.Input, done func(engine.Receipt, error)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	var r engine.Receipt
	for i := range unit {
		in := &unit[i]
		for _, k := range in.Keys {
			if !slices.Contains(e.keys[in.Customer], k) {
				e.keys[in.Customer] = append(e.keys[in.Customer], k)
			}
		}
		for j := range in.Events {
			key := in.Events[j].Source + "\x00" + in.Events[j].ID
			if e.ids[key] {
				r.Repeated++
				r.Conflicts++
				continue
			}
			e.ids[key] = true
			r.Accepted++
		}
	}
	e.units = append(e.units, fakeUnit{at, unit})
	err, hold := e.err, e.hold
	go func() {
		if hold != nil {
			<-hold
		}
		done(r, err)
	}()
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

// fakeCatalog records what is written to it.
type fakeCatalog struct {
	mu        sync.Mutex
	seen      map[string]int64
	faults    []catalog.Fault
	conflicts []catalog.Conflict
	writes    int
	err       error
}

func (c *fakeCatalog) Observe(_ context.Context, types []catalog.SeenType) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range types {
		c.seen[t.Type] += t.Count
	}
	return c.err
}

func (c *fakeCatalog) AddFaults(_ context.Context, faults []catalog.Fault) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writes++
	c.faults = append(c.faults, faults...)
	return c.err
}

func (c *fakeCatalog) AddConflicts(_ context.Context, conflicts []catalog.Conflict) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conflicts = append(c.conflicts, conflicts...)
	return c.err
}

// bench is a Taker over fakes.
type bench struct {
	taker   *ingest.Taker
	engine  *fakeEngine
	catalog *fakeCatalog
	notices *ingest.Notices
	seen    *catalogue.Catalogue
	clock   *clock.Manual
}

// flush writes what was gathered.
func (b *bench) flush(t *testing.T) {
	t.Helper()
	if err := errors.Join(b.seen.Flush(context.Background()), b.notices.Flush(context.Background())); err != nil {
		t.Fatal(err)
	}
}

func setup(tb testing.TB) *bench {
	tb.Helper()
	b := &bench{
		engine:  &fakeEngine{keys: map[customer.ID][]customer.Key{}, ids: map[string]bool{}},
		catalog: &fakeCatalog{seen: map[string]int64{}},
		clock:   clock.NewManual(start),
	}
	b.notices = ingest.NewNotices(b.catalog, fault.EN, slog.New(slog.DiscardHandler))
	b.seen = catalogue.New(b.catalog)
	b.taker = ingest.New(ingest.Options{
		Resolver: identity.New(identity.Options{Identities: memory.New(), Known: b.engine, CacheEntries: 1 << 17}),
		Engine:   b.engine, Clock: b.clock, Aliases: ingest.NewAliases(ingest.Ecommerce()),
		Seen: b.seen, Notices: b.notices,
	})
	return b
}

func key(kind customer.Kind, val string) customer.Key { return customer.Key{Kind: kind, Value: val} }

func track(id, typ string, props ...value.Value) event.Event {
	ev := event.Event{Type: typ, Time: start.UnixMilli(), Source: "shop", ID: id}
	if len(props) > 0 {
		ev.Props = props[0]
	}
	return ev
}
