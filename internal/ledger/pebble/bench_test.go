package pebble

import (
	"encoding/binary"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/clock"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/ledger"
	"github.com/earmarkhq/earmark/internal/value"
)

var (
	benchCustomers = flag.Int("customers", 1_000_000, "customers that exist before BenchmarkLedger")
	benchCache     = flag.Int64("cache", 0, "bytes of state cache; 0 is the default")
	benchMemTable  = flag.Uint64("memtable", 0, "bytes of a memory table; 0 is the default")
	benchDir       = flag.String("benchdir", "", "where to put the store; empty is the temporary directory")
)

const (
	perCommit = 1000
	stateSize = 400
	writers   = 2
)

// BenchmarkLedger measures durable commits of 1,000 events each, by two writers: load the state
// of a random one of the customers, put the event (400 bytes as JSON, its id known to be new, as
// the engine's prints tell), a state of 400 bytes, a timer for each fifth and a tag change for
// each tenth event.
// The floor is a log that gets the same bytes with one fsync per commit.
//
//	go test ./internal/ledger/pebble -bench Ledger -benchtime 3000000x -run '^$' -v
func BenchmarkLedger(b *testing.B) {
	if b.N < perCommit*writers {
		return // the first run of a benchmark, which only finds out how many to do
	}
	dir := *benchDir
	if dir == "" {
		dir = b.TempDir()
	}
	var clk clock.System
	path := filepath.Join(dir, fmt.Sprint("ledger", b.N))
	s, err := Open(path, Options{CacheBytes: *benchCache, memTable: *benchMemTable})
	if err != nil {
		b.Fatal(err)
	}
	start := clk.Now()
	benchFill(b, s)
	b.Logf("%d customers made in %v", *benchCustomers, clock.Since(clk, start).Round(time.Millisecond))
	before := s.Stats()
	ws := [writers]*benchWriter{}
	for part := range ws {
		ws[part] = newBenchWriter(b, s, part)
	}
	start = clk.Now()
	for _, w := range ws {
		w.warm()
	}
	b.Logf("states loaded in %v", clock.Since(clk, start).Round(time.Millisecond))
	cpu := cpuTime()
	b.ResetTimer()
	start = clk.Now()
	var wg sync.WaitGroup
	for _, w := range ws {
		wg.Go(func() { w.run(b.N / writers) })
	}
	wg.Wait()
	took := clock.Since(clk, start)
	b.StopTimer()
	b.ReportMetric(float64(cpuTime()-cpu)/float64(b.N)/1000, "cpu-µs/event")
	bytes, commits := 0, 0
	for _, w := range ws {
		bytes += w.bytes
		commits += w.commits
	}
	rate := float64(b.N) / took.Seconds()
	b.ReportMetric(rate, "events/s")
	st := s.Stats()
	b.ReportMetric(float64(st.WrittenBytes-before.WrittenBytes)/float64(b.N), "written-B/event")
	b.ReportMetric(float64(bytes)/float64(b.N), "staged-B/event")
	b.Logf("cache %d MB, %d states, %d dirty, hits %d, misses %d", st.CacheBytes>>20, st.CacheStates, st.DirtyStates, st.CacheHits, st.CacheMisses)
	b.Logf("disk %d MB before, %d MB after\n%s", before.DiskBytes>>20, st.DiskBytes>>20, s.db.Metrics())
	benchCrash(b, s, filepath.Join(dir, fmt.Sprint("crashed", b.N)))
	start, cpu = clk.Now(), cpuTime()
	if err := s.Flush(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.Logf("flushed in %v, %v of processor time", clock.Since(clk, start).Round(time.Millisecond), (cpuTime() - cpu).Round(time.Millisecond))
	start, cpu = clk.Now(), cpuTime()
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	b.Logf("closed in %v, %v of processor time", clock.Since(clk, start).Round(time.Millisecond), (cpuTime() - cpu).Round(time.Millisecond))
	start = clk.Now()
	if s, err = Open(path, Options{}); err != nil {
		b.Fatal(err)
	}
	timers := 0
	for part := range ws {
		w, err := s.Writer(part, writers)
		if err == nil {
			err = w.Timers(func(customer.ID, int64) error { timers++; return nil })
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	b.Logf("opened, %d timers read, in %v", timers, clock.Since(clk, start).Round(time.Millisecond))
	benchDisk(b, s)
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}

	bare := benchBare(b, dir, bytes/commits, commits)
	b.ReportMetric(bare, "bare-events/s")
	b.ReportMetric(rate/bare*100, "%of-bare")
}

// benchCrash opens a copy, which looks like the store after a crash with all states dirty, and
// loads every tenth customer with its tail.
func benchCrash(b *testing.B, s *Store, dir string) {
	if err := s.Checkpoint(dir); err != nil {
		b.Fatal(err)
	}
	var clk clock.System
	start := clk.Now()
	c, err := Open(dir, Options{})
	if err != nil {
		b.Fatal(err)
	}
	opened := clock.Since(clk, start)
	w, err := c.Writer(0, 1)
	if err != nil {
		b.Fatal(err)
	}
	cpu, n, tails := cpuTime(), 0, 0
	for id := customer.ID(1); id <= customer.ID(*benchCustomers); id += 10 {
		l, err := w.Load(id)
		if err != nil {
			b.Fatal(err)
		}
		n++
		tails += len(l.Events)
	}
	b.Logf("after a crash: opened in %v, %.1f µs of processor time to load one customer with %.1f events of tail",
		opened.Round(time.Millisecond), float64((cpuTime()-cpu).Microseconds())/float64(n), float64(tails)/float64(n))
	if err := c.Close(); err != nil {
		b.Fatal(err)
	}
}

// benchDisk compacts everything and tells what each table takes.
func benchDisk(b *testing.B, s *Store) {
	if err := s.db.Compact(b.Context(), []byte{0}, []byte{0xff}, true); err != nil {
		b.Fatal(err)
	}
	for _, table := range []byte{tabCustomer, tabDedupe, tabEvent, tabHistory, tabLog, tabState, tabTimer} {
		n, err := s.db.EstimateDiskUsage([]byte{table}, []byte{table + 1})
		if err != nil {
			b.Fatal(err)
		}
		b.Logf("table %c: %.1f MB, %.1f bytes an event", table, float64(n)/1e6, float64(n)/float64(b.N))
		if table == tabEvent {
			b.ReportMetric(float64(n)/float64(b.N), "disk-B/event")
		}
	}
}

// cpuTime is the processor time of the process, which other processes disturb less than the
// time that passes.
func cpuTime() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		panic(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// benchBare is the rate of events of a log that gets the same bytes in the same commits.
func benchBare(b *testing.B, dir string, size, commits int) float64 {
	f, err := os.Create(filepath.Join(dir, "bare"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	var clk clock.System
	buf := make([]byte, size)
	for i := range buf {
		buf[i] = byte(rand.Uint32())
	}
	start := clk.Now()
	for range commits {
		if _, err := f.Write(buf); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
	}
	return float64(commits*perCommit) / clock.Since(clk, start).Seconds()
}

func benchFill(b *testing.B, s *Store) {
	var wg sync.WaitGroup
	for part := range writers {
		wg.Go(func() {
			w, err := s.Writer(part, writers)
			if err != nil {
				b.Error(err)
				return
			}
			blob := make([]byte, stateSize)
			for i := range blob {
				blob[i] = byte(rand.Uint32N(64))
			}
			n := 0
			for id := customer.ID(1); id <= customer.ID(*benchCustomers); id++ {
				if int(id.Slot())%writers != part {
					continue
				}
				row := change.Row{Customer: id, Kind: change.Created, At: 1700000000000, Recorded: 1700000000000, Since: 1700000000000}
				err := w.Append(&row)
				binary.LittleEndian.PutUint64(blob, uint64(id))
				if err == nil {
					err = w.PutState(id, blob, ledger.Meta{Seq: row.Seq})
				}
				if err == nil {
					err = w.PutTimer(id, 1700000000000+int64(id))
				}
				if n++; n%10000 == 0 && err == nil {
					var p ledger.Pending
					if p, err = w.Commit(); err == nil {
						err = p.Wait()
					}
				}
				if err != nil {
					b.Error(err)
					return
				}
			}
			if _, err := w.Commit(); err != nil {
				b.Error(err)
			}
			if err := w.Close(); err != nil {
				b.Error(err)
			}
		})
	}
	wg.Wait()
}

// benchWriter keeps up to three commits under way, as the engine does.
type benchWriter struct {
	b        *testing.B
	w        ledger.Writer
	part     int
	rng      *rand.Rand
	ids      []customer.ID
	arrivals []uint32
	bytes    int
	commits  int
	ev       event.Event
}

func newBenchWriter(b *testing.B, s *Store, part int) *benchWriter {
	w, err := s.Writer(part, writers)
	if err != nil {
		b.Fatal(err)
	}
	bw := &benchWriter{b: b, w: w, part: part, rng: rand.New(rand.NewPCG(1, uint64(part)))}
	for id := customer.ID(1); id <= customer.ID(*benchCustomers); id++ {
		if int(id.Slot())%writers == part {
			bw.ids = append(bw.ids, id)
		}
	}
	bw.arrivals = make([]uint32, len(bw.ids))
	return bw
}

// warm loads every state once: measured is the steady state, not the first hour of a process.
func (w *benchWriter) warm() {
	for _, id := range w.ids {
		if _, err := w.w.Load(id); err != nil {
			w.b.Fatal(err)
		}
	}
}

func benchProps(rng *rand.Rand) value.Value {
	v, err := value.ParseJSON(fmt.Appendf(nil, `{"order_id":"o%d","amount_fen":%d,"currency":"CNY","items":[{"sku":"A%d",`+
		`"category":"母婴","quantity":%d,"price_fen":%d},{"sku":"B%d","category":"服饰","quantity":1,"price_fen":%d}],`+
		`"coupon":"SPRING","channel":"mini-program","paid":true}`,
		rng.Uint32(), rng.IntN(100000), rng.IntN(5000), 1+rng.IntN(4), rng.IntN(50000), rng.IntN(5000), rng.IntN(9000)))
	if err != nil {
		panic(err)
	}
	return v
}

func (w *benchWriter) run(n int) {
	props := make([]value.Value, 4096)
	for i := range props {
		props[i] = benchProps(w.rng)
	}
	under := make(chan ledger.Pending, 3)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for p := range under {
			if err := p.Wait(); err != nil {
				w.b.Error(err)
			}
		}
	}()
	blob := make([]byte, stateSize)
	for i := range n {
		if err := w.event(i, props[i%len(props)], blob); err != nil {
			w.b.Error(err)
			return
		}
		if (i+1)%perCommit == 0 {
			w.bytes += w.w.Staged()
			w.commits++
			p, err := w.w.Commit()
			if err != nil {
				w.b.Error(err)
				return
			}
			under <- p
		}
	}
	close(under)
	<-done
}

func (w *benchWriter) event(i int, props value.Value, blob []byte) error {
	k := w.rng.IntN(len(w.ids))
	id := w.ids[k]
	msg := fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", w.rng.Uint32(), w.rng.Uint32()&0xffff, w.rng.Uint32()&0xfff, w.rng.Uint32()&0xfff, w.rng.Uint64()&(1<<48-1))
	l, err := w.w.Load(id)
	if err != nil {
		return err
	}
	copy(blob, l.State)
	w.arrivals[k]++
	at := 1700000000000 + int64(i)*7
	w.ev = event.Event{Type: "order.paid", Time: at, Received: at + 120, Source: "shop", ID: msg, Arrival: w.arrivals[k], Unit: w.arrivals[k], Props: props}
	if err := w.w.PutUnseen(id, &w.ev); err != nil {
		return err
	}
	m := l.Meta
	m.Arrivals = w.arrivals[k]
	if i%10 == 0 {
		row := change.Row{Customer: id, Kind: change.TagAdded, Tag: 1, At: at, Recorded: at + 120, Since: at, Cause: change.Cause{Kind: change.ByEvent, Rule: 3, Version: 1, Arrival: w.arrivals[k]}}
		if err := w.w.Append(&row); err != nil {
			return err
		}
		m.Seq = row.Seq
	}
	if i%5 == 0 {
		if err := w.w.PutTimer(id, at+86400000); err != nil {
			return err
		}
	}
	blob[i%len(blob)] ^= byte(i)
	return w.w.PutState(id, blob, m)
}

// BenchmarkLookup is one identity of a million known ones, from memory and from the store.
func BenchmarkLookup(b *testing.B) {
	const n = 1_000_000
	s, err := Open(b.TempDir(), Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	key := func(i int) customer.Key { return customer.Key{Kind: customer.UserID, Value: fmt.Sprintf("u%012d", i)} }
	for i := range n {
		if _, _, err := s.Link(b.Context(), key(i), 0, customer.ID(i+1)); err != nil {
			b.Fatal(err)
		}
	}
	keys := make([]customer.Key, 4096)
	rng := rand.New(rand.NewPCG(1, 1))
	run := func(b *testing.B, shift int) {
		for i := range keys {
			keys[i] = key(rng.IntN(n) + shift)
		}
		for i := 0; b.Loop(); i++ {
			if _, err := s.Lookup(b.Context(), keys[i%len(keys):][:1]); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Run("memory", func(b *testing.B) { run(b, 0) })
	b.Run("unknown", func(b *testing.B) { run(b, n) })
	held := 0
	for i := range s.ids.cache.shards {
		held += len(s.ids.cache.shards[i].buckets) * 8 * 24
	}
	b.Logf("%.1f bytes an identity", float64(held)/n)
	s.ids.cache = newIDCache(1)
	b.Run("store", func(b *testing.B) { run(b, 0) })
}
