package bench_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/earmarkhq/earmark/internal/bench"
	"github.com/earmarkhq/earmark/internal/clock"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/engine"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/ledger/pebble"
	"github.com/earmarkhq/earmark/internal/rule"
	"github.com/earmarkhq/earmark/internal/tag"
	"github.com/earmarkhq/earmark/internal/value"
)

// latencies collects durations from several goroutines.
type latencies struct {
	mu  sync.Mutex
	all []time.Duration
}

func (l *latencies) add(d time.Duration) {
	l.mu.Lock()
	l.all = append(l.all, d)
	l.mu.Unlock()
}

// at is a percentile in milliseconds.
func (l *latencies) at(p float64) float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.all) == 0 {
		return 0
	}
	slices.Sort(l.all)
	return float64(l.all[int(p*float64(len(l.all)-1))].Microseconds()) / 1000
}

func openRules(b testing.TB, docs map[string]string, shards int) *store {
	zone, err := time.LoadLocation("Asia/Shanghai")
	must(b, err)
	set := &rule.Set{Gen: 1, Zone: zone, Groups: []tag.Group{{ID: 1, Name: "bench"}}}
	for name, doc := range docs {
		id := tag.ID(len(set.Rules) + 1)
		when, err := expr.Parse([]byte(doc), expr.ParseOptions{Zone: zone})
		must(b, err)
		set.Tags = append(set.Tags, tag.Tag{ID: id, Group: 1, Name: name})
		set.Rules = append(set.Rules, rule.Def{ID: uint32(id), Version: 1, Tag: id, When: when})
	}
	p, err := rule.Build(set)
	must(b, err)
	l, err := pebble.Open(directory(b), pebble.Options{})
	must(b, err)
	e, err := engine.Open(context.Background(), engine.Options{Ledger: l, Clock: clock.System{}, Program: p, Shards: shards})
	must(b, err)
	must(b, e.GoLive(context.Background()))
	return &store{ledger: l, e: e, src: bench.NewSource(*seed), zone: zone}
}

// newPeople hands out ids of customers not yet known.
func (s *store) newPeople(b testing.TB, n int) {
	for range n {
		id, err := s.ledger.NewCustomer(context.Background())
		must(b, err)
		s.ids = append(s.ids, id)
	}
}

func input(id customer.ID, typ, msg string, at int64) engine.Input {
	return engine.Input{
		Customer: id, Keys: []customer.Key{{Kind: customer.UserID, Value: id.String()}},
		Events: []event.Event{{Type: typ, Time: at, Source: "bench", ID: msg, Props: value.NewObject(value.Field{Key: "n", Val: value.NewInt(1)})}},
	}
}

// paced sends single events at a steady rate for a time and waits for all; ack gets each one's latency and,
// after it, seen how long until a view shows the tag that the event earns.
func (s *store) paced(b testing.TB, perSecond int, d time.Duration, typ string, ack, seen *latencies) {
	ctx := context.Background()
	const tick = 10 * time.Millisecond
	per := perSecond / 100
	var wg sync.WaitGroup
	rounds := int(d / tick)
	start := clock.System{}.Now()
	for round := range rounds {
		for i := range per {
			n := round*per + i
			wg.Add(1)
			go func() {
				defer wg.Done()
				id := s.ids[n%len(s.ids)]
				from := clock.System{}.Now()
				_, err := s.e.Submit(ctx, []engine.Input{input(id, typ, fmt.Sprint(typ, n), clock.Millis(clock.System{}))})
				if err != nil {
					b.Error(err)
					return
				}
				ack.add(clock.Since(clock.System{}, from))
				if seen == nil || n%20 != 0 {
					return
				}
				from = clock.System{}.Now()
				v, err := s.e.View(ctx, id)
				if err != nil || len(v.Tags) == 0 {
					b.Errorf("acknowledged and not visible: %v %v", v.Tags, err)
				}
				seen.add(clock.Since(clock.System{}, from))
			}()
		}
		next := start.Add(time.Duration(round+1) * tick)
		must(b, clock.Sleep(ctx, clock.System{}, next.Sub(clock.System{}.Now())))
	}
	wg.Wait()
}

// BenchmarkSteady is 5,000 events/s one by one: latency of acknowledgement, from there to visible, and the
// lateness of the deadlines that lapse meanwhile (each event's tag lives three seconds).
func BenchmarkSteady(b *testing.B) {
	for range b.N {
		s := openRules(b, map[string]string{"short": `{event: steady, within: 3s}`}, 0)
		s.newPeople(b, 100_000)
		s.e.Stats()
		var ack, seen latencies
		s.paced(b, 5000, 15*time.Second, "steady", &ack, &seen)
		st := s.e.Stats()
		b.ReportMetric(ack.at(0.5), "ack-p50-ms")
		b.ReportMetric(ack.at(0.99), "ack-p99-ms")
		b.ReportMetric(seen.at(0.99), "visible-p99-ms")
		b.ReportMetric(float64(st.MaxLag), "deadline-max-ms")
		b.ReportMetric(float64(st.Deadlines), "deadlines")
		b.ReportMetric(0, "ns/op")
		s.close(b)
	}
}

// BenchmarkWave lets the tag of 100,000 customers lapse at one instant while 2,000 events/s go on.
func BenchmarkWave(b *testing.B) {
	for range b.N {
		const people, life = 100_000, 60_000
		s := openRules(b, map[string]string{
			"wave": fmt.Sprintf(`{event: wave, within: %dms}`, life), "other": `{event: steady, within: 1h}`,
		}, 0)
		s.newPeople(b, people)
		ctx := context.Background()
		// All events happened at one instant, such that the tags lapse some seconds from now.
		instant := clock.Millis(clock.System{}) - life + 12_000
		var wg sync.WaitGroup
		for i := 0; i < people; i += 500 {
			unit := make([]engine.Input, 0, 500)
			for _, id := range s.ids[i : i+500] {
				unit = append(unit, input(id, "wave", "wave"+id.String(), instant))
			}
			wg.Add(1)
			s.e.SubmitAsync(unit, func(_ engine.Receipt, err error) { must(b, err); wg.Done() })
		}
		wg.Wait()
		late := clock.Millis(clock.System{}) - (instant + life)
		if late > 0 {
			b.Fatalf("the customers were made %d ms too slowly for the wave", late)
		}
		must(b, clock.Sleep(ctx, clock.System{}, time.Duration(-late-500)*time.Millisecond))
		var ack latencies
		s.paced(b, 2000, 8*time.Second, "steady", &ack, nil)
		st := s.e.Stats()
		counts, err := s.ledger.Counts(ctx)
		must(b, err)
		if st.Deadlines < people {
			b.Errorf("%d deadlines of %d in 7.5 s, counts %v", st.Deadlines, people, counts)
		}
		b.ReportMetric(float64(st.MaxLag)/1000, "drain-s")
		b.ReportMetric(ack.at(0.5), "ack-p50-ms")
		b.ReportMetric(ack.at(0.99), "ack-p99-ms")
		b.ReportMetric(0, "ns/op")
		s.close(b)
	}
}

// BenchmarkStart opens a store of many customers: time to ready, memory beside the caches, disk per event.
func BenchmarkStart(b *testing.B) {
	for range b.N {
		dir := directory(b)
		s := openStore(b, dir)
		s.seedCustomers(b, *customers)
		s.close(b)
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := clock.System{}.Now()
		s = openStore(b, dir)
		took := clock.Since(clock.System{}, start)
		runtime.GC()
		runtime.ReadMemStats(&after)
		st := s.ledger.Stats()
		b.ReportMetric(took.Seconds(), "open-s")
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(*customers), "heap-B/customer")
		b.ReportMetric(float64(st.DiskBytes)/float64(2**customers), "disk-B/event")
		b.ReportMetric(0, "ns/op")
		s.close(b)
	}
}
