package ledgertest

import (
	"errors"
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/ledger"
	"github.com/earmarkhq/earmark/internal/tag"
	"github.com/earmarkhq/earmark/internal/value"
)

func testAtomic(t *testing.T, b *bench) {
	w := b.writer(0, 1)
	const id = 42
	slot := customer.ID(id).Slot()
	see := func() int {
		_, timer := b.timerOf(id)
		_, known, err := b.Customer(t.Context(), id)
		b.ok(err)
		n := len(b.events(id, math.MinInt64, math.MaxInt64)) + len(b.history(id)) + len(b.log(slot, 0)) + len(b.counts()) +
			len(b.customers(slot, 0))
		if timer {
			n++
		}
		if known {
			n++
		}
		return n
	}
	if w.Staged() != 0 {
		t.Fatalf("a new writer has %d bytes staged", w.Staged())
	}
	w.put(id, evs(1, 2)...)
	w.row(created(id, 5))
	last := w.row(tagged(id, change.TagAdded, 3))
	w.timer(id, 99)
	w.state(id, "state", ledger.Meta{Arrivals: 2, Seq: last.Seq})
	if n := see(); n != 0 {
		t.Fatalf("%d things of a staged commit are visible", n)
	}
	if w.Staged() < 100 {
		t.Fatalf("two events, two rows and a timer are %d bytes staged", w.Staged())
	}
	w.commit()
	if n, want := see(), 2+2+2+1+1+1+1; n != want {
		t.Fatalf("%d things are visible after the commit, want %d", n, want)
	}
	if w.Staged() != 0 {
		t.Fatalf("after the commit %d bytes are staged", w.Staged())
	}
	if st := b.Stats(); st.Customers != 1 || st.Events != 2 {
		t.Fatalf("stats have %d customers and %d events, want 1 and 2", st.Customers, st.Events)
	}
	w.close()
}

func testLoadStaged(t *testing.T, b *bench) {
	w := b.writer(0, 1)
	l := w.load(1)
	if l.State != nil || l.Meta != (ledger.Meta{}) || len(l.Events)+len(l.Rows) > 0 {
		t.Fatalf("an unknown customer loads as %+v", l)
	}
	w.put(1, evs(1)...)
	w.state(1, "one", ledger.Meta{Arrivals: 1})
	w.complete(1, "one", ledger.Meta{Arrivals: 1})
	w.put(1, evs(2)...)
	w.state(1, "two", ledger.Meta{Arrivals: 2})
	w.complete(1, "two", ledger.Meta{Arrivals: 2})
	w.commit()
	w.complete(1, "two", ledger.Meta{Arrivals: 2})
	w.close()
	w = b.writer(0, 1)
	w.complete(1, "two", ledger.Meta{Arrivals: 2})
	w.close()
}

func testStates(t *testing.T, b *bench) {
	w := b.writer(0, 1)
	blob := func(n int) string { return strings.Repeat("x", n) }
	sizes := []int{0, 1, 400, 30, 450, 5000, 10, 70_000, 1 << 20, 3, 300_000, 299_999}
	for i, n := range sizes {
		w.state(7, blob(n), ledger.Meta{Arrivals: uint32(i)})
		w.complete(7, blob(n), ledger.Meta{Arrivals: uint32(i)})
		w.timer(7, int64(i)) // a commit needs something
		w.commit()
		w.complete(7, blob(n), ledger.Meta{Arrivals: uint32(i)})
	}
	// Many states: whatever the cache holds of them, they all come back.
	const many = 3000
	for round := range 2 {
		for id := customer.ID(100); id < 100+many; id++ {
			w.state(id, blob(int(id)%900+round), ledger.Meta{Arrivals: uint32(round), Seq: uint64(id)})
			if id%50 == 0 {
				w.commit()
			}
		}
		for id := customer.ID(100); id < 100+many; id++ {
			w.complete(id, blob(int(id)%900+round), ledger.Meta{Arrivals: uint32(round), Seq: uint64(id)})
		}
	}
	b.ok(b.Flush(t.Context()))
	if st := b.Stats(); st.DirtyStates != 0 {
		t.Fatalf("%d dirty states after a flush", st.DirtyStates)
	}
	got, m, ok, err := b.Snapshot(t.Context(), 101)
	b.ok(err)
	if !ok || string(got) != blob(102) || m != (ledger.Meta{Arrivals: 1, Seq: 101}) {
		t.Fatalf("the snapshot is %s, %+v, %v", short(got), m, ok)
	}
	if _, _, ok, err := b.Snapshot(t.Context(), 5); ok || err != nil {
		t.Fatalf("a snapshot of nobody: %v, %v", ok, err)
	}
	w.close()
}

func testEventLossless(t *testing.T, b *bench) {
	w := b.writer(0, 1)
	props, err := value.ParseJSON([]byte(`{"b":[1,2.50,{"c":"","a":null}],"a":1e400,"空":"格","t":true,"n":-9007199254740993}`))
	b.ok(err)
	full := event.Event{
		Type: "order.paid", RawType: "Order Completed", Time: -5, Received: 12, Source: "商城", ID: "8a7b-1", Arrival: 1, Unit: 4,
		Props: props, Context: value.NewObject(value.Field{Key: "ip", Val: value.NewText("::1")}), Raw: value.NewObject(),
	}
	bare := event.Event{Type: "x", Time: -5, Received: -5, ID: "1", Arrival: 2, Unit: 4}
	w.put(3, full, bare)
	w.commit()
	b.equal("events", b.events(3, math.MinInt64, math.MaxInt64), []event.Event{full, bare})
	for _, want := range []event.Event{full, bare} {
		got, ok, err := b.Event(t.Context(), 3, -5, want.Arrival)
		b.ok(err)
		if !ok {
			t.Fatalf("event %d is not found", want.Arrival)
		}
		b.equal("one event", got, want)
	}
	for _, none := range []struct {
		id      customer.ID
		time    int64
		arrival uint32
	}{{3, -5, 3}, {3, -4, 1}, {4, -5, 1}} {
		if _, ok, err := b.Event(t.Context(), none.id, none.time, none.arrival); ok || err != nil {
			t.Fatalf("an event that is not there, %+v: %v, %v", none, ok, err)
		}
	}
	w.close()
}

func testEventOrder(t *testing.T, b *bench) {
	w := b.writer(0, 1)
	const id = 9
	w.put(id, ev(1, 50), ev(2, -50), ev(3, 0), ev(4, 50), ev(5, math.MinInt64), ev(6, math.MaxInt64-1), ev(7, -1))
	w.put(id+1, ev(1, 50))
	w.commit()
	for _, c := range []struct {
		from, to int64
		want     []uint32
	}{
		{math.MinInt64, math.MaxInt64, []uint32{5, 2, 7, 3, 1, 4, 6}},
		{0, 50, []uint32{3}},
		{0, 51, []uint32{3, 1, 4}},
		{-50, 0, []uint32{2, 7}},
		{50, 50, nil},
		{51, 50, nil},
		{51, math.MaxInt64 - 1, nil},
	} {
		b.equal("arrivals", arrivals(b.events(id, c.from, c.to)), c.want)
	}
	if n := len(b.events(id+2, math.MinInt64, math.MaxInt64)); n != 0 {
		t.Fatalf("a customer without events has %d", n)
	}
	w.close()
}

func testRowLossless(t *testing.T, b *bench) {
	w := b.writer(0, 1)
	const id = 77
	slot := customer.ID(id).Slot()
	rows := []change.Row{
		created(id, -3),
		{Customer: id, Kind: change.TagAdded, Tag: math.MaxUint32, At: math.MinInt64 / 2, Recorded: math.MaxInt64 / 2, Since: 0,
			LateBy: 1 << 40, Gen: 9, Cause: change.Cause{Kind: change.ByStatement, Rule: 1, Version: math.MaxUint32,
				Arrival: 12, Tag: 4, Actor: "导入 a.csv:12"}},
		{Customer: id, Kind: change.TagRemoved, Tag: 1, At: 1, Recorded: 1, Since: 1, Cause: change.Cause{Kind: change.ByDeadline, Rule: 2}},
		{Slot: slot, Kind: change.Reached, At: 5, Recorded: 6, Since: 5, Gen: 3, Cause: change.Cause{Kind: change.ByPublish}},
	}
	for i := range rows {
		rows[i] = w.row(rows[i])
		if rows[i].Slot != slot || rows[i].Seq != uint64(i+1) {
			t.Fatalf("row %d got slot %d seq %d", i, rows[i].Slot, rows[i].Seq)
		}
	}
	w.commit()
	b.equal("log", b.log(slot, 0), rows)
	b.equal("log after 2", b.log(slot, 2), rows[2:])
	b.equal("log after all", b.log(slot, math.MaxUint64), []change.Row(nil))
	b.equal("history", b.history(id), rows[:3])
	w.close()
}

func testUnevaluated(t *testing.T, b *bench) {
	w := b.writer(0, 1)
	const id = 5
	// No state at all.
	w.put(id, ev(1, 900), ev(2, 100))
	r := w.row(created(id, 1))
	check := func(when, state string, events []uint32, rows []change.Row) {
		t.Helper()
		l := w.load(id)
		b.equal(when+": state", string(l.State), state)
		b.equal(when+": events", arrivals(l.Events), events)
		b.equal(when+": rows", l.Rows, rows)
	}
	check("staged", "", []uint32{1, 2}, []change.Row{r})
	w.put(6, evs(1)...)
	check("after another customer", "", []uint32{1, 2}, []change.Row{r})
	w.commit()
	check("committed", "", []uint32{1, 2}, []change.Row{r})
	// A state, then events without one.
	w.state(id, "s", ledger.Meta{Arrivals: 2, Seq: r.Seq})
	w.complete(id, "s", ledger.Meta{Arrivals: 2, Seq: r.Seq})
	w.put(id, ev(3, 50))
	w.commit()
	w.put(id, ev(4, 20))
	r2 := w.row(tagged(id, change.TagAdded, 1))
	check("behind", "s", []uint32{3, 4}, []change.Row{r2})
	w.commit()
	b.ok(b.Flush(t.Context()))
	check("flushed", "s", []uint32{3, 4}, []change.Row{r2})
	// A state that includes the events but not the row.
	w.state(id, "s2", ledger.Meta{Arrivals: 4, Seq: r.Seq})
	check("a row behind", "s2", nil, []change.Row{r2})
	w.close()
	w = b.writer(0, 1)
	check("next writer", "s2", nil, []change.Row{r2})
	w.state(id, "s3", ledger.Meta{Arrivals: 4, Seq: r2.Seq})
	w.complete(id, "s3", ledger.Meta{Arrivals: 4, Seq: r2.Seq})
	w.close()
}

func testCustomers(t *testing.T, b *bench) {
	w := b.writer(0, 1)
	ids := inSlot(5, 100)
	order := []int{3, 0, 4, 1, 2}
	want := make([]ledger.Customer, len(ids))
	for ordinal, i := range order {
		w.row(created(ids[i], int64(1000+i)))
		want[i] = ledger.Customer{ID: ids[i], Ordinal: uint32(ordinal), Created: int64(1000 + i)}
	}
	w.row(created(inSlot(1, 101)[0], 5))
	w.commit()
	b.equal("customers", b.customers(100, 0), want)
	b.equal("customers after the second", b.customers(100, ids[1]), want[2:])
	b.equal("customers of an empty slot", b.customers(102, 0), []ledger.Customer(nil))
	c, ok, err := b.Customer(t.Context(), ids[2])
	b.ok(err)
	if !ok || c != want[2] {
		t.Fatalf("customer %+v, %v", c, ok)
	}
	if _, ok, err := b.Customer(t.Context(), 1<<50); ok || err != nil {
		t.Fatalf("unknown customer: %v, %v", ok, err)
	}
	w.close()
}

func testTimers(t *testing.T, b *bench) {
	ids := inSlots(4, 1, 3)
	w := b.writer(1, 3)
	for i, id := range ids {
		w.timer(id, int64(100+i))
	}
	w.timer(ids[0], -7)            // moved in the same commit
	w.timer(ids[1], math.MaxInt64) // deleted in the same commit
	w.commit()
	w.timer(ids[2], math.MaxInt64)
	w.timer(inSlots(5, 1, 3)[4], math.MaxInt64) // none there
	w.commit()
	other := b.writer(0, 3)
	far := inSlots(1, 0, 3)[0]
	other.timer(far, 1)
	other.commit()

	got := map[customer.ID]int64{}
	b.ok(w.Timers(func(id customer.ID, deadline int64) error {
		got[id] = deadline
		return nil
	}))
	b.equal("timers", got, map[customer.ID]int64{ids[0]: -7, ids[3]: 103})
	if d, ok := b.timerOf(ids[0]); !ok || d != -7 {
		t.Fatalf("timer %d, %v", d, ok)
	}
	if _, ok := b.timerOf(ids[2]); ok {
		t.Fatal("a deleted timer is there")
	}
	w.close()
	other.close()
}

func testDiscard(t *testing.T, b *bench) {
	w := b.writer(0, 1)
	const id = 11
	w.put(id, evs(1)...)
	kept := w.row(created(id, 1))
	kept2 := w.row(tagged(id, change.TagAdded, 1))
	w.state(id, "one", ledger.Meta{Arrivals: 1, Seq: kept2.Seq})
	w.commit()
	w.put(id, evs(2)...)
	w.row(tagged(id, change.TagAdded, 2))
	w.row(created(inSlot(30, customer.ID(id).Slot())[29], 1))
	w.timer(id, 5)
	w.state(id, "two", ledger.Meta{Arrivals: 2, Seq: 9})
	w.close()

	w = b.writer(0, 1)
	l := w.load(id)
	if string(l.State) == "two" || l.Meta.Arrivals > 1 {
		t.Fatalf("a state of what was discarded is loaded: %s, %+v", short(l.State), l.Meta)
	}
	if l.State == nil {
		b.equal("tail", arrivals(l.Events), []uint32{1})
		b.equal("tail", l.Rows, []change.Row{kept, kept2})
	}
	if _, _, ok, _ := w.Seen(id, "shop", "m2"); ok {
		t.Fatal("a discarded event was seen")
	}
	b.equal("counts", b.counts(), map[tag.ID]int64{1: 1})
	next := w.row(tagged(id, change.TagAdded, 3))
	if next.Seq != 3 {
		t.Fatalf("the row after two gets seq %d", next.Seq)
	}
	w.commit()
	b.equal("counts", b.counts(), map[tag.ID]int64{1: 1, 3: 1})
	w.close()
}

func testCallbackError(t *testing.T, b *bench) {
	w := b.writer(0, 1)
	const id = 4
	w.put(id, evs(1, 2)...)
	w.row(created(id, 1))
	w.row(tagged(id, change.TagAdded, 1))
	w.timer(id, 4)
	w.timer(id+1, 4)
	w.commit()
	b.link(customer.Key{Kind: customer.UserID, Value: "a"}, 0, id)
	b.link(customer.Key{Kind: customer.UserID, Value: "ab"}, 0, id)
	stop := errors.New("stop")
	ctx := t.Context()
	for name, list := range map[string]func(func() error) error{
		"Events": func(f func() error) error {
			return b.Events(ctx, id, 0, 1e6, func(*event.Event) error { return f() })
		},
		"History": func(f func() error) error { return b.History(ctx, id, func(change.Row) error { return f() }) },
		"Log": func(f func() error) error {
			return b.Log(ctx, customer.ID(id).Slot(), 0, func(change.Row) error { return f() })
		},
		"Customers": func(f func() error) error {
			return b.Customers(ctx, customer.ID(id).Slot(), 0, func(ledger.Customer) error { return f() })
		},
		"Timers": func(f func() error) error { return w.Timers(func(customer.ID, int64) error { return f() }) },
		"SearchIdentities": func(f func() error) error {
			return b.SearchIdentities(ctx, "a", 5, func(customer.Key, customer.ID) error { return f() })
		},
	} {
		calls := 0
		err := list(func() error { calls++; return stop })
		if !errors.Is(err, stop) || calls != 1 {
			t.Errorf("%s: %d calls, %v", name, calls, err)
		}
	}
	w.close()
}

func testConcurrent(t *testing.T, b *bench) {
	const parts, units = 3, 60
	var writers, readers sync.WaitGroup
	done := make(chan struct{})
	fail := func(err error) {
		if err != nil {
			t.Error(err)
		}
	}
	for part := range parts {
		w := b.writer(part, parts)
		ids := inSlots(8, part, parts)
		writers.Go(func() {
			for n := uint32(1); n <= units; n++ {
				for _, id := range ids {
					_, err := w.Load(id)
					fail(err)
					e := ev(n, int64(n))
					fail(w.PutEvent(id, &e))
					row := tagged(id, change.TagAdded, tag.ID(n))
					fail(w.Append(&row))
					fail(w.PutState(id, []byte("s"), ledger.Meta{Arrivals: n, Seq: row.Seq}))
					fail(w.PutTimer(id, int64(n)))
				}
				p, err := w.Commit()
				fail(err)
				if n%7 == 0 {
					fail(p.Wait())
				}
			}
			fail(w.Close())
		})
	}
	for range 2 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				for _, id := range inSlots(8, 0, parts) {
					var n uint32
					fail(b.Events(t.Context(), id, 0, units+1, func(ev *event.Event) error {
						n++
						if ev.Arrival != n {
							return fault.Internal("ledgertest.hole")
						}
						return nil
					}))
					var seq uint64
					fail(b.Log(t.Context(), id.Slot(), 0, func(r change.Row) error {
						seq++
						if r.Seq != seq {
							return fault.Internal("ledgertest.hole")
						}
						return nil
					}))
					// The row of an event is in its commit: a later look finds at least as many.
					var rows uint32
					fail(b.History(t.Context(), id, func(change.Row) error { rows++; return nil }))
					if rows < n {
						t.Errorf("%d rows of %d events", rows, n)
					}
					b.Stats()
				}
			}
		})
	}
	writers.Wait()
	close(done)
	readers.Wait()
	for n := tag.ID(1); n <= units; n++ {
		if got := b.counts()[n]; got != parts*8 {
			t.Fatalf("tag %d is counted %d times", n, got)
		}
	}
}

var _ = fault.Register(fault.Messages{"ledgertest.hole": {ZH: "编号有空缺", EN: "the numbers have a hole"}})
