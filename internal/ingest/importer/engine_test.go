package importer_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/earmarkhq/earmark/internal/clock"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/engine"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/identity"
	"github.com/earmarkhq/earmark/internal/ingest"
	"github.com/earmarkhq/earmark/internal/ingest/importer"
	"github.com/earmarkhq/earmark/internal/ledger"
	"github.com/earmarkhq/earmark/internal/ledger/memory"
	"github.com/earmarkhq/earmark/internal/rule"
	"github.com/earmarkhq/earmark/internal/tag"
)

// known answers the resolver from the engine.
type known struct{ e *engine.Engine }

func (k known) Known(ctx context.Context, ids []customer.ID) ([][]customer.Key, error) {
	out := make([][]customer.Key, len(ids))
	for i, id := range ids {
		v, err := k.e.View(ctx, id)
		if err != nil {
			return nil, err
		}
		out[i] = v.Identities
	}
	return out, nil
}

// A file goes through the engine itself: replayed, replayed again, and once more when live.
func TestThroughTheEngine(t *testing.T) {
	ctx := context.Background()
	when, err := expr.Parse([]byte(`{event: order.paid, within: 7d, count: {gte: 20}}`), expr.ParseOptions{Zone: shanghai})
	if err != nil {
		t.Fatal(err)
	}
	program, err := rule.Build(&rule.Set{
		Gen: 1, Zone: shanghai, Groups: []tag.Group{{ID: 1, Name: "g"}},
		Tags:  []tag.Tag{{ID: 1, Group: 1, Name: "busy", Origin: tag.Derived}},
		Rules: []rule.Def{{ID: 1, Version: 1, Tag: 1, When: when}},
	})
	if err != nil {
		t.Fatal(err)
	}
	store, now := memory.New(), clock.NewManual(start)
	e, err := engine.Open(ctx, engine.Options{Ledger: store, Clock: now, Program: program, Shards: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := e.Close(ctx); err != nil {
			t.Error(err)
		}
	}()
	b := setup(t)
	taker := ingest.New(ingest.Options{
		Resolver: identity.New(identity.Options{Identities: store, Known: known{e}}), Engine: e, Clock: now,
	})
	file := b.write("orders.csv", ordersFile(3000))
	load := func(mode importer.Mode) importer.Report {
		o := b.options(file, orders)
		o.Mode, o.Live, o.Taker, o.Imports, o.Clock = mode, mode == importer.Wall, taker, nil, now
		return b.run(o)
	}
	first := load(importer.Event)
	if first.Accepted != 3000 || first.Changes == 0 {
		t.Fatalf("first %+v", first)
	}
	if again := load(importer.Event); again.Accepted != 0 || again.Repeated != 3000 || again.Conflicts != 0 || again.Changes != 0 {
		t.Errorf("again %+v", again)
	}
	if err := e.GoLive(ctx); err != nil {
		t.Fatal(err)
	}
	before := contents(t, store)
	if live := load(importer.Wall); live.Accepted != 0 || live.Repeated != 3000 || live.Conflicts != 0 || live.Changes != 0 {
		t.Errorf("live %+v", live)
	}
	if after := contents(t, store); after != before {
		t.Error("importing again changed the ledger")
	}
}

// contents counts all events, with a sum over what they say.
func contents(t *testing.T, store *memory.Store) string {
	t.Helper()
	ctx := context.Background()
	n, sum := 0, int64(0)
	for slot := range customer.Slots {
		for id := customer.ID(0); ; {
			last := id
			err := store.Customers(ctx, customer.Slot(slot), id, func(c ledger.Customer) error {
				last = c.ID
				return store.Events(ctx, c.ID, 0, 1<<62, func(ev *event.Event) error {
					n++
					amount, _ := ev.Props.Get("amount_fen").Int()
					sum += ev.Time + amount + int64(ev.Arrival)
					return nil
				})
			})
			if err != nil {
				t.Fatal(err)
			}
			if last == id {
				break
			}
			id = last
		}
	}
	return fmt.Sprint(n, sum)
}
