package ledgertest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/ledger"
	"github.com/earmarkhq/earmark/internal/tag"
	"github.com/earmarkhq/earmark/internal/value"
)

// bench is a lab with its store open. Every fault of the store ends the test.
type bench struct {
	t    testing.TB
	make func(testing.TB) Lab
	lab  Lab
	ledger.Store
}

func newBench(t testing.TB, make func(testing.TB) Lab) *bench {
	b := &bench{t: t, make: make, lab: make(t)}
	b.open()
	return b
}

func (b *bench) open() {
	b.t.Helper()
	s, err := b.lab.Open()
	b.ok(err)
	b.Store = s
}

func (b *bench) close() {
	b.t.Helper()
	b.ok(b.Store.Close())
}

func (b *bench) reopen() {
	b.t.Helper()
	b.close()
	b.open()
}

func (b *bench) crash() {
	b.t.Helper()
	b.lab.Crash()
	b.open()
}

func (b *bench) ok(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) equal(what string, got, want any) {
	b.t.Helper()
	if d := cmp.Diff(want, got, cmp.Comparer(value.Same), cmpopts.EquateEmpty()); d != "" {
		b.t.Fatalf("%s (-want +got):\n%s", what, d)
	}
}

// writer is a ledger.Writer whose errors end the test.
type writer struct {
	b *bench
	ledger.Writer
}

func (b *bench) writer(part, of int) *writer {
	b.t.Helper()
	w, err := b.Writer(part, of)
	b.ok(err)
	return &writer{b: b, Writer: w}
}

func (w *writer) put(id customer.ID, evs ...event.Event) {
	w.b.t.Helper()
	for i := range evs {
		w.b.ok(w.PutEvent(id, &evs[i]))
	}
}

func (w *writer) row(r change.Row) change.Row {
	w.b.t.Helper()
	w.b.ok(w.Append(&r))
	return r
}

func (w *writer) state(id customer.ID, blob string, m ledger.Meta) {
	w.b.t.Helper()
	w.b.ok(w.PutState(id, []byte(blob), m))
}

func (w *writer) timer(id customer.ID, deadline int64) {
	w.b.t.Helper()
	w.b.ok(w.PutTimer(id, deadline))
}

func (w *writer) load(id customer.ID) ledger.Loaded {
	w.b.t.Helper()
	l, err := w.Load(id)
	w.b.ok(err)
	return l
}

func (w *writer) commit() {
	w.b.t.Helper()
	w.b.ok(w.start().Wait())
}

func (w *writer) start() ledger.Pending {
	w.b.t.Helper()
	p, err := w.Commit()
	w.b.ok(err)
	return p
}

func (w *writer) close() {
	w.b.t.Helper()
	w.b.ok(w.Close())
}

// complete asks that a state is loaded without a tail.
func (w *writer) complete(id customer.ID, blob string, m ledger.Meta) {
	w.b.t.Helper()
	l := w.load(id)
	if l.State == nil || string(l.State) != blob || l.Meta != m || len(l.Events)+len(l.Rows) > 0 {
		w.b.t.Fatalf("customer %s: state %s, %+v, tail of %d events and %d rows; want %s, %+v and no tail",
			id, short(l.State), l.Meta, len(l.Events), len(l.Rows), short([]byte(blob)), m)
	}
}

func short(b []byte) string {
	if b == nil {
		return "nil"
	}
	if len(b) > 20 {
		return fmt.Sprintf("%q… (%d bytes)", b[:20], len(b))
	}
	return fmt.Sprintf("%q", b)
}

func (b *bench) events(id customer.ID, from, to int64) []event.Event {
	b.t.Helper()
	var out []event.Event
	b.ok(b.Events(b.t.Context(), id, from, to, func(ev *event.Event) error {
		out = append(out, *ev)
		return nil
	}))
	return out
}

func arrivals(evs []event.Event) []uint32 {
	var out []uint32
	for _, ev := range evs {
		out = append(out, ev.Arrival)
	}
	return out
}

func (b *bench) history(id customer.ID) []change.Row {
	b.t.Helper()
	var out []change.Row
	b.ok(b.History(b.t.Context(), id, func(r change.Row) error {
		out = append(out, r)
		return nil
	}))
	return out
}

func (b *bench) log(slot customer.Slot, after uint64) []change.Row {
	b.t.Helper()
	var out []change.Row
	b.ok(b.Log(b.t.Context(), slot, after, func(r change.Row) error {
		out = append(out, r)
		return nil
	}))
	return out
}

func (b *bench) customers(slot customer.Slot, after customer.ID) []ledger.Customer {
	b.t.Helper()
	var out []ledger.Customer
	b.ok(b.Customers(b.t.Context(), slot, after, func(c ledger.Customer) error {
		out = append(out, c)
		return nil
	}))
	return out
}

func (b *bench) counts() map[tag.ID]int64 {
	b.t.Helper()
	m, err := b.Counts(b.t.Context())
	b.ok(err)
	return m
}

func (b *bench) timerOf(id customer.ID) (deadline int64, ok bool) {
	b.t.Helper()
	deadline, ok, err := b.Timer(b.t.Context(), id)
	b.ok(err)
	return deadline, ok
}

func (b *bench) owner(k customer.Key) ledger.Identity {
	b.t.Helper()
	ids, err := b.Lookup(b.t.Context(), []customer.Key{k})
	b.ok(err)
	return ids[0]
}

func (b *bench) link(k customer.Key, from, to customer.ID) (customer.ID, bool) {
	b.t.Helper()
	owner, ok, err := b.Link(b.t.Context(), k, from, to)
	b.ok(err)
	return owner, ok
}

// event number n of a customer, with id "m<n>" and a property to tell it by.
func ev(n uint32, time int64) event.Event {
	return event.Event{
		Type: "order.paid", Time: time, Received: time + 1, Source: "shop", ID: fmt.Sprintf("m%d", n), Arrival: n, Unit: n,
		Props: value.NewObject(value.Field{Key: "amount_fen", Val: value.NewInt(int64(n) * 100)}),
	}
}

func evs(n ...uint32) []event.Event {
	var out []event.Event
	for _, n := range n {
		out = append(out, ev(n, int64(n)*1000))
	}
	return out
}

// inSlots are n customers of the slots s with s % of == part, ascending.
func inSlots(n, part, of int) []customer.ID {
	var out []customer.ID
	for id := customer.ID(1); len(out) < n; id++ {
		if int(id.Slot())%of == part {
			out = append(out, id)
		}
	}
	return out
}

// inSlot are n customers of one slot.
func inSlot(n int, slot customer.Slot) []customer.ID { return inSlots(n, int(slot), customer.Slots) }

func created(id customer.ID, at int64) change.Row {
	return change.Row{Customer: id, Kind: change.Created, At: at, Recorded: at, Since: at}
}

func tagged(id customer.ID, kind change.Kind, t tag.ID) change.Row {
	return change.Row{Customer: id, Kind: kind, Tag: t, At: 7, Recorded: 9, Since: 7, Cause: change.Cause{Kind: change.ByEvent}}
}

func sortedEvents(in []event.Event) []event.Event {
	out := slices.Clone(in)
	slices.SortFunc(out, func(a, b event.Event) int {
		if a.Time != b.Time {
			if a.Time < b.Time {
				return -1
			}
			return 1
		}
		return int(a.Arrival) - int(b.Arrival)
	})
	return out
}
