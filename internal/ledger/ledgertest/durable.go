package ledgertest

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/ledger"
)

func testCleanReopen(t *testing.T, b *bench) {
	for round := uint32(1); round <= 3; round++ {
		w := b.writer(0, 1)
		for id := customer.ID(1); id <= 40; id++ {
			if round > 1 {
				w.complete(id, id.String(), ledger.Meta{Arrivals: round - 1, Seq: b.history(id)[round-2].Seq})
			}
			w.put(id, ev(round, int64(round)))
			r := w.row(tagged(id, change.TagAdded, 1))
			w.state(id, id.String(), ledger.Meta{Arrivals: round, Seq: r.Seq})
			w.seen("reopened", uint64(id), "shop", "m1", 1, 1)
		}
		w.commit()
		if round == 2 {
			w.close()
		}
		b.reopen()
	}
}

func testTail(t *testing.T, b *bench) {
	const id, quiet = 21, 22
	w := b.writer(0, 1)
	w.put(id, ev(1, 900), ev(2, 100))
	r1 := w.row(created(id, 1))
	w.state(id, "never flushed", ledger.Meta{Arrivals: 2, Seq: r1.Seq})
	w.put(quiet, evs(1)...)
	w.state(quiet, "quiet", ledger.Meta{Arrivals: 1})
	w.commit()
	b.crash()

	// Whatever snapshot there is, together with its tail it is all that was committed.
	w = b.writer(0, 1)
	whole := func(id customer.ID, arrived uint32, rows []change.Row) ledger.Loaded {
		t.Helper()
		l := w.load(id)
		for i, e := range l.Events {
			if e.Arrival != l.Meta.Arrivals+uint32(i)+1 {
				t.Fatalf("after %+v the tail has arrivals %v", l.Meta, arrivals(l.Events))
			}
		}
		if l.Meta.Arrivals+uint32(len(l.Events)) != arrived {
			t.Fatalf("%d arrivals in the state and a tail of %v; want %d in all", l.Meta.Arrivals, arrivals(l.Events), arrived)
		}
		for len(rows) > 0 && rows[0].Seq <= l.Meta.Seq {
			rows = rows[1:]
		}
		b.equal("tail rows", l.Rows, append([]change.Row(nil), rows...))
		return l
	}
	whole(id, 2, []change.Row{r1})
	whole(quiet, 1, nil)
	w.state(id, "flushed", ledger.Meta{Arrivals: 2, Seq: r1.Seq})
	w.state(quiet, "quiet", ledger.Meta{Arrivals: 1})
	w.timer(id, 1)
	w.commit()
	b.ok(b.Flush(t.Context()))
	w.put(id, ev(3, -5), ev(4, 0))
	r2 := w.row(tagged(id, change.TagAdded, 1))
	r3 := w.row(tagged(id, change.TagAdded, 2))
	w.state(id, "not flushed", ledger.Meta{Arrivals: 4, Seq: r3.Seq})
	w.commit()
	b.crash()

	w = b.writer(0, 1)
	whole(id, 4, []change.Row{r1, r2, r3})
	whole(quiet, 1, nil)
	w.seen("after a crash", id, "shop", "m3", 3, -5)
	// Replaying gives a complete state again, also over another clean reopening.
	w.state(id, "replayed", ledger.Meta{Arrivals: 4, Seq: r3.Seq})
	w.complete(id, "replayed", ledger.Meta{Arrivals: 4, Seq: r3.Seq})
	b.reopen()
	w = b.writer(0, 1)
	w.complete(id, "replayed", ledger.Meta{Arrivals: 4, Seq: r3.Seq})
	whole(quiet, 1, nil)
	w.close()
}

func testBehindReopen(t *testing.T, b *bench) {
	w := b.writer(0, 1)
	for id := customer.ID(1); id <= 3; id++ {
		w.put(id, evs(1)...)
		w.state(id, "s", ledger.Meta{Arrivals: 1})
	}
	w.commit()
	b.reopen()
	w = b.writer(0, 1)
	w.put(1, evs(2)...) // never loaded
	w.load(2)
	w.put(2, evs(2)...)
	w.commit()
	for range 2 {
		b.reopen()
		w = b.writer(0, 1)
		for id := customer.ID(1); id <= 2; id++ {
			l := w.load(id)
			b.equal("state", string(l.State), "s")
			b.equal("tail", arrivals(l.Events), []uint32{2})
		}
		w.complete(3, "s", ledger.Meta{Arrivals: 1})
	}
	b.crash()
	w = b.writer(0, 1)
	b.equal("tail", arrivals(w.load(2).Events), []uint32{2})
	w.close()
}

func testEmptyCommit(t *testing.T, b *bench) {
	w := b.writer(0, 1)
	b.ok(w.start().Wait())
	for i := uint32(1); i <= 15; i++ {
		w.put(1, ev(i, int64(i)))
		w.start()
		b.ok(w.start().Wait())
		b.crash()
		w = b.writer(0, 1)
		if n := len(b.events(1, 0, 100)); n != int(i) {
			t.Fatalf("%d events of %d are there", n, i)
		}
	}
}

// Commits are made faster than they are waited for; a crash may take the last ones, but only
// whole commits from the end, and none that was waited for.
func testCrashPrefix(t *testing.T, b *bench) {
	const seed = 1
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, seed))
	const parts = 2
	made, waited := [parts]uint32{}, [parts]uint32{}
	for range 25 {
		for part := range parts {
			w := b.writer(part, parts)
			a, z := inSlots(2, part, parts)[0], inSlots(2, part, parts)[1]
			for range rng.IntN(30) {
				made[part]++
				n := made[part]
				for _, id := range []customer.ID{a, z} { // two customers in every commit
					w.put(id, event.Event{Type: "x", ID: ev(n, 0).ID, Time: int64(n), Arrival: n})
					row := w.row(tagged(id, change.TagAdded, 1))
					w.state(id, "s", ledger.Meta{Arrivals: n, Seq: row.Seq})
					w.timer(id, int64(n))
				}
				p := w.start()
				if rng.IntN(6) == 0 {
					b.ok(p.Wait())
					waited[part] = n
				}
			}
		}
		b.crash()
		for part := range parts {
			var got [2]int
			for i, id := range inSlots(2, part, parts) {
				evs := b.events(id, math.MinInt64, math.MaxInt64)
				got[i] = len(evs)
				for k, e := range evs {
					if e.Arrival != uint32(k+1) {
						t.Fatalf("arrivals %v have a hole", arrivals(evs))
					}
				}
				rows := b.history(id)
				timer, _ := b.timerOf(id)
				if len(rows) != got[i] || int(timer) != got[i] {
					t.Fatalf("%d events, %d rows, timer %d are not one commit", got[i], len(rows), timer)
				}
			}
			if got[0] != got[1] || got[0] < int(waited[part]) || got[0] > int(made[part]) {
				t.Fatalf("%v commits are there; %d were made, %d waited for", got, made[part], waited[part])
			}
			made[part], waited[part] = uint32(got[0]), uint32(got[0])
		}
	}
}

func testBigCustomer(t *testing.T, b *bench) {
	const seed, n, id = 3, 5000, 17
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, seed))
	w := b.writer(0, 1)
	var all []event.Event
	for i := uint32(1); i <= n; i++ {
		e := ev(i, rng.Int64N(2000)-1000)
		all = append(all, e)
		w.put(id, e)
		w.put(id+1, e)
		w.state(id, "s", ledger.Meta{Arrivals: i})
		if i%700 == 0 {
			w.commit()
		}
		if i == 3000 {
			w.commit()
			b.ok(b.Flush(t.Context()))
		}
	}
	w.commit()
	want := sortedEvents(all)
	b.equal("events", b.events(id, math.MinInt64, math.MaxInt64), want)
	for range 20 {
		from, to := rng.Int64N(2000)-1000, rng.Int64N(2000)-1000
		var part []uint32
		for _, e := range want {
			if from <= e.Time && e.Time < to {
				part = append(part, e.Arrival)
			}
		}
		b.equal("range", arrivals(b.events(id, from, to)), part)
	}
	b.crash()
	w = b.writer(0, 1)
	l := w.load(id)
	if l.Meta.Arrivals < 3000 {
		t.Fatalf("the flushed state includes %d", l.Meta.Arrivals)
	}
	b.equal("tail", l.Events, append([]event.Event(nil), all[l.Meta.Arrivals:]...))
	b.equal("neighbour", w.load(id+1).Events, all)
	w.close()
}
