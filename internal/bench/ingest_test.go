package bench_test

import (
	"context"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/earmarkhq/earmark/internal/bench"
	"github.com/earmarkhq/earmark/internal/clock"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/engine"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/ledger/pebble"
)

var (
	customers = flag.Int("customers", 1_000_000, "known customers")
	events    = flag.Int("events", 1_000_000, "events measured")
	seed      = flag.Uint64("seed", 20261121, "seed of the data")
	shards    = flag.Int("shards", 0, "shards of the engine (0: its default)")
	keep      = flag.String("dir", "", "directory of the stores (default: temporary)")
)

// store is a live engine over Pebble with known customers.
type store struct {
	dir    string
	ledger *pebble.Store
	e      *engine.Engine
	ids    []customer.ID
	src    *bench.Source
	zone   *time.Location
}

func must(b testing.TB, err error) {
	if err != nil {
		b.Helper()
		b.Fatal(err)
	}
}

func directory(b testing.TB) string {
	if *keep != "" {
		must(b, os.MkdirAll(*keep, 0o755))
		dir, err := os.MkdirTemp(*keep, "bench")
		must(b, err)
		b.Cleanup(func() { _ = os.RemoveAll(dir) })
		return dir
	}
	return b.TempDir()
}

func openStore(b testing.TB, dir string) *store {
	zone, err := time.LoadLocation("Asia/Shanghai")
	must(b, err)
	l, err := pebble.Open(dir, pebble.Options{})
	must(b, err)
	p, err := bench.Rules(zone)
	must(b, err)
	ctx := context.Background()
	e, err := engine.Open(ctx, engine.Options{Ledger: l, Clock: clock.System{}, Program: p, Shards: *shards})
	must(b, err)
	must(b, e.GoLive(ctx))
	return &store{dir: dir, ledger: l, e: e, src: bench.NewSource(*seed), zone: zone}
}

func (s *store) close(b testing.TB) {
	must(b, s.e.Close(context.Background()))
	must(b, s.ledger.Close())
}

// seedCustomers makes n customers with one event each.
func (s *store) seedCustomers(b testing.TB, n int) {
	ctx := context.Background()
	rng := rand.New(rand.NewPCG(*seed, 2))
	now := clock.Millis(clock.System{})
	var unit []engine.Input
	var wg sync.WaitGroup
	for i := range n {
		id, err := s.ledger.NewCustomer(ctx)
		must(b, err)
		s.ids = append(s.ids, id)
		ev, err := s.src.Event(now - rng.Int64N(300*86_400_000))
		must(b, err)
		unit = append(unit, engine.Input{Customer: id, Keys: []customer.Key{{Kind: customer.UserID, Value: id.String()}}, Events: []event.Event{ev}})
		if len(unit) == 500 || i == n-1 {
			wg.Add(1)
			s.e.SubmitAsync(unit, func(_ engine.Receipt, err error) { must(b, err); wg.Done() })
			unit = nil
		}
	}
	wg.Wait()
}

// BenchmarkIngest is durable ingest, evaluation and changes from decoded input, against a bare log with
// one fsync per commit of the same bytes.
func BenchmarkIngest(b *testing.B) {
	for range b.N {
		s := openStore(b, directory(b))
		s.seedCustomers(b, *customers)
		units := decoded(b, s, *events)
		before, eb := s.ledger.Stats(), s.e.Stats()
		start := clock.System{}.Now()
		var wg sync.WaitGroup
		for _, u := range units {
			wg.Add(1)
			s.e.SubmitAsync(u, func(_ engine.Receipt, err error) { must(b, err); wg.Done() })
		}
		wg.Wait()
		took := clock.Since(clock.System{}, start)
		after, ea := s.ledger.Stats(), s.e.Stats()
		rate := float64(*events) / took.Seconds()
		commits, bytes := ea.Commits-eb.Commits, ea.Bytes-eb.Bytes
		floor := bareLog(b, filepath.Join(s.dir, "floor.log"), *events, int(commits), bytes)
		b.ReportMetric(rate, "events/s")
		b.ReportMetric(rate/floor, "of-bare-log")
		b.ReportMetric(floor, "bare-log/s")
		b.ReportMetric(float64(bytes)/float64(*events), "B-logged/event")
		b.ReportMetric(float64(after.WrittenBytes-before.WrittenBytes)/float64(*events), "B-written/event")
		b.ReportMetric(float64(ea.Evaluations-eb.Evaluations)/float64(*events), "evals/event")
		b.ReportMetric(float64(ea.Changes-eb.Changes)/float64(*events), "changes/event")
		b.ReportMetric(float64(commits), "commits")
		b.ReportMetric(0, "ns/op")
		s.close(b)
	}
}

// decoded draws units of 100 events of known customers, as a batch request decodes to.
func decoded(b testing.TB, s *store, n int) [][]engine.Input {
	now := clock.Millis(clock.System{})
	var units [][]engine.Input
	for n > 0 {
		unit := make([]engine.Input, 0, 100)
		for range min(n, 100) {
			id := s.ids[s.src.Customer(len(s.ids))]
			ev, err := s.src.Event(now)
			must(b, err)
			unit = append(unit, engine.Input{Customer: id, Keys: []customer.Key{{Kind: customer.UserID, Value: id.String()}}, Events: []event.Event{ev}})
		}
		units = append(units, unit)
		n -= len(unit)
	}
	return units
}

// bareLog appends the same bytes to a file in as many commits, one fsync each: the floor.
func bareLog(b testing.TB, path string, n, commits int, size int64) (perSecond float64) {
	f, err := os.Create(path)
	must(b, err)
	defer os.Remove(path)
	defer f.Close()
	buf := make([]byte, size/int64(max(commits, 1)))
	rng := rand.New(rand.NewPCG(*seed, 3))
	for i := range buf {
		buf[i] = byte(rng.Uint32())
	}
	start := clock.System{}.Now()
	for range commits {
		_, err := f.Write(buf)
		must(b, err)
		must(b, f.Sync())
	}
	return float64(n) / clock.Since(clock.System{}, start).Seconds()
}
