package check_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/clock"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/engine"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/identity"
	"github.com/earmarkhq/earmark/internal/ingest"
	"github.com/earmarkhq/earmark/internal/ingest/importer"
	"github.com/earmarkhq/earmark/internal/ledger"
	"github.com/earmarkhq/earmark/internal/ledger/memory"
	"github.com/earmarkhq/earmark/internal/rule"
	"github.com/earmarkhq/earmark/internal/sample"
	"github.com/earmarkhq/earmark/internal/tag"
)

// The whole sample goes through importer, identity, engine and ledger at its own times; then the log,
// read as of ten instants, says of every tag and customer what the SQL over the file says.
func TestReplayEqualsTheOtherComputation(t *testing.T) {
	r := replay(t)
	compared := 0
	for _, local := range instants {
		at := parse(t, local)
		want, got := expected(t, at), r.held(t, at)
		for name := range want {
			if got[name] == nil {
				got[name] = map[string]bool{}
			}
			wrong := 0
			for _, c := range r.customers {
				compared++
				if want[name][c] != got[name][c] {
					if wrong++; wrong <= 3 {
						t.Errorf("%s, %s, customer %s: SQL says %v, the log %v", local, name, c, want[name][c], got[name][c])
					}
				}
			}
			if wrong > 0 {
				t.Errorf("%s, %s: %d customers differ", local, name, wrong)
			}
		}
		for name := range got {
			if want[name] == nil {
				t.Errorf("%s: tag %s has no query", local, name)
			}
		}
	}
	t.Logf("compared %d answers: %d instants, %d customers", compared, len(instants), len(r.customers))
	if len(r.customers) != 4372 {
		t.Errorf("%d customers, the source has 4,372", len(r.customers))
	}
}

// replayed is the sample in a store.
type replayed struct {
	store     *memory.Store
	set       *rule.Set
	customers map[customer.ID]string // id of the source
}

func replay(t *testing.T) *replayed {
	t.Helper()
	ctx := context.Background()
	zone, err := time.LoadLocation(sample.Zone)
	must(t, err)
	doc, err := rule.ReadDocument(sample.Rules(), rule.DocumentOptions{Zone: zone})
	must(t, err)
	set := doc.Set(1, nil)
	program, err := rule.Build(set)
	must(t, err)
	r := &replayed{store: memory.New(), set: set, customers: map[customer.ID]string{}}
	end := clock.NewManual(time.UnixMilli(parse(t, instants[len(instants)-1])))
	e, err := engine.Open(ctx, engine.Options{Ledger: r.store, Clock: end, Program: program, Shards: 2})
	must(t, err)
	mapping, err := importer.ParseMapping(sample.Mapping(), zone)
	must(t, err)
	file := filepath.Join(t.TempDir(), "orders.jsonl.gz")
	must(t, os.WriteFile(file, sample.Orders(), 0o600))
	taker := ingest.New(ingest.Options{
		Resolver: identity.New(identity.Options{Identities: r.store, Known: known{e}}), Engine: e, Clock: end,
	})
	report, err := importer.Run(ctx, importer.Options{
		File: file, Mapping: mapping, Mode: importer.Event, Taker: taker, Clock: end, Lang: fault.EN, TempDir: t.TempDir(),
	})
	must(t, err)
	if report.Accepted != sample.OrderCount {
		t.Fatalf("the import took %+v", report)
	}
	must(t, e.AdvanceTo(ctx, clock.Millis(end)))
	for slot := range customer.Slots {
		must(t, r.store.Customers(ctx, customer.Slot(slot), 0, func(c ledger.Customer) error {
			v, err := e.View(ctx, c.ID)
			if err == nil {
				r.customers[c.ID] = v.Identities[0].Value
			}
			return err
		}))
	}
	must(t, e.Close(ctx))
	return r
}

// held is what the log says as of an instant: "group/tag" → customer id of the source → true.
func (r *replayed) held(t *testing.T, at int64) population {
	t.Helper()
	groups := map[tag.GroupID]string{}
	for _, g := range r.set.Groups {
		groups[g.ID] = g.Name
	}
	names := map[tag.ID]string{}
	for _, x := range r.set.Tags {
		names[x.ID] = groups[x.Group] + "/" + x.Name
	}
	all := population{}
	for id, source := range r.customers {
		must(t, r.store.History(context.Background(), id, func(row change.Row) error {
			if row.At > at || row.Tag == 0 {
				return nil
			}
			name := names[row.Tag]
			if all[name] == nil {
				all[name] = map[string]bool{}
			}
			if row.Kind == change.TagAdded {
				all[name][source] = true
			} else {
				delete(all[name], source)
			}
			return nil
		}))
	}
	return all
}

// known tells identities apart by asking the engine, as the program does.
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

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
