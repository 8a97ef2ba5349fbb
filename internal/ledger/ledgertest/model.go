package ledgertest

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/ledger"
	"github.com/earmarkhq/earmark/internal/tag"
)

// The model: what each part committed, as a list of steps that can be applied again. A crash
// leaves a beginning of the list that is at least as long as what was waited for; a marker
// timer in every commit tells how long.

type model struct {
	slots map[customer.Slot]*modelSlot
	custs map[customer.ID]*modelCustomer
	count map[tag.ID]int64
}

type modelSlot struct {
	rows     []change.Row
	ordinals uint32
}

type modelCustomer struct {
	events []event.Event // by arrival
	rows   []change.Row
	timer  int64
	known  *ledger.Customer
}

func newModel() *model {
	return &model{slots: map[customer.Slot]*modelSlot{}, custs: map[customer.ID]*modelCustomer{}, count: map[tag.ID]int64{}}
}

func (m *model) cust(id customer.ID) *modelCustomer {
	c := m.custs[id]
	if c == nil {
		c = &modelCustomer{timer: math.MaxInt64}
		m.custs[id] = c
	}
	return c
}

func (m *model) row(r change.Row) {
	s := m.slots[r.Slot]
	if s == nil {
		s = &modelSlot{}
		m.slots[r.Slot] = s
	}
	s.rows = append(s.rows, r)
	c := m.cust(r.Customer)
	c.rows = append(c.rows, r)
	switch r.Kind {
	case change.Created:
		c.known = &ledger.Customer{ID: r.Customer, Ordinal: s.ordinals, Created: r.At}
		s.ordinals++
	case change.TagAdded:
		m.count[r.Tag]++
	case change.TagRemoved:
		m.count[r.Tag]--
	}
}

type step func(*model)

// machine drives a store and the model together.
type machine struct {
	*bench
	rt *rapid.T
	of int
	ws []*writer

	committed [][]step                       // per part
	staged    [][]step                       // per part
	waited    []int                          // commits of the part that are durable
	pending   []ledger.Pending               // of the part's newest commit
	now       *model                         // all steps, staged ones included
	links     map[customer.Key][]customer.ID // owners since the last one surely durable, oldest first
}

const modelCustomers = 6 // per part, the marker apart

func (m *machine) ids(part int) []customer.ID  { return inSlots(modelCustomers+1, part, m.of)[1:] }
func (m *machine) marker(part int) customer.ID { return inSlots(1, part, m.of)[0] }

func (m *machine) start(of int) {
	m.of = of
	m.ws, m.staged, m.committed = nil, make([][]step, of), make([][]step, of)
	m.waited, m.pending = make([]int, of), make([]ledger.Pending, of)
	for part := range of {
		m.ws = append(m.ws, m.writer(part, of))
	}
}

// blobOf is the state a customer has at some Meta: the same whenever it is asked for.
func blobOf(id customer.ID, meta ledger.Meta) string {
	n := (uint64(id)*7 + uint64(meta.Arrivals)*131 + meta.Seq*17) % 1500
	if n%97 == 0 {
		n *= 40
	}
	return fmt.Sprintf("%d/%d/%d:", id, meta.Arrivals, meta.Seq) + strings.Repeat("s", int(n))
}

func (m *machine) do(part int, s step) {
	m.staged[part] = append(m.staged[part], s)
	s(m.now)
}

// unit stages what one unit of a customer writes.
func (m *machine) unit(part int) {
	w := m.ws[part]
	id := rapid.SampledFrom(m.ids(part)).Draw(m.rt, "customer")
	c := m.now.cust(id)
	m.checkLoad(w, id)
	if c.known == nil && rapid.Bool().Draw(m.rt, "create") {
		m.append(part, created(id, 1))
	}
	for range rapid.IntRange(0, 4).Draw(m.rt, "events") {
		n := uint32(len(c.events) + 1)
		e := ev(n, rapid.Int64Range(-20, 20).Draw(m.rt, "time"))
		w.put(id, e)
		m.do(part, func(m *model) { c := m.cust(id); c.events = append(c.events, e) })
	}
	for range rapid.IntRange(0, 2).Draw(m.rt, "rows") {
		kind := rapid.SampledFrom([]change.Kind{change.TagAdded, change.TagRemoved}).Draw(m.rt, "kind")
		m.append(part, tagged(id, kind, tag.ID(rapid.IntRange(1, 3).Draw(m.rt, "tag"))))
	}
	if rapid.Bool().Draw(m.rt, "timer") {
		at := rapid.SampledFrom([]int64{-1, 5, 1 << 40, math.MaxInt64}).Draw(m.rt, "deadline")
		w.timer(id, at)
		m.do(part, func(m *model) { m.cust(id).timer = at })
	}
	if rapid.IntRange(0, 5).Draw(m.rt, "evaluates") > 0 {
		meta := ledger.Meta{Arrivals: uint32(len(c.events))}
		if n := len(c.rows); n > 0 {
			meta.Seq = c.rows[n-1].Seq
		}
		w.state(id, blobOf(id, meta), meta)
	}
}

func (m *machine) append(part int, r change.Row) {
	r = m.ws[part].row(r)
	if s := m.now.slots[r.Slot]; s != nil && r.Seq != uint64(len(s.rows)+1) || s == nil && r.Seq != 1 {
		m.t.Fatalf("slot %d: a row got seq %d", r.Slot, r.Seq)
	}
	m.do(part, func(m *model) { m.row(r) })
}

func (m *machine) commit(part int) {
	n := int64(len(m.committed[part]) + 1)
	id := m.marker(part)
	m.ws[part].timer(id, n)
	m.do(part, func(m *model) { m.cust(id).timer = n })
	m.pending[part] = m.ws[part].start()
	steps := m.staged[part]
	m.committed[part] = append(m.committed[part], func(m *model) {
		for _, s := range steps {
			s(m)
		}
	})
	m.staged[part] = nil
}

func (m *machine) wait(part int) {
	if m.pending[part] == nil {
		return
	}
	m.ok(m.pending[part].Wait())
	m.waited[part] = len(m.committed[part])
	for k, owners := range m.links {
		m.links[k] = owners[len(owners)-1:]
	}
}

// link changes an identity; it is surely durable once a commit made later is, for which the
// machine takes the next one waited for.
func (m *machine) link(part int) {
	k := user(fmt.Sprint(rapid.IntRange(0, 3).Draw(m.rt, "key")))
	to := rapid.SampledFrom(m.ids(part)).Draw(m.rt, "to")
	owners := m.links[k]
	from := owners[len(owners)-1]
	if got, ok := m.bench.link(k, from, to); !ok || got != to {
		m.t.Fatalf("Link(%s, %d, %d) = %d, %v", k, from, to, got, ok)
	}
	m.links[k] = append(owners, to)
	m.commit(part)
	if rapid.Bool().Draw(m.rt, "wait") {
		m.wait(part)
	}
}

func (m *machine) crashes() {
	m.crash()
	fresh := newModel()
	for part := range m.of {
		n, ok := m.timerOf(m.marker(part))
		if !ok {
			n = 0
		}
		if int(n) < m.waited[part] || int(n) > len(m.committed[part]) {
			m.t.Fatalf("part %d: %d commits are left; %d were made, %d waited for", part, n, len(m.committed[part]), m.waited[part])
		}
		m.committed[part] = m.committed[part][:n]
	}
	m.rebase(fresh)
	for k, owners := range m.links {
		now := m.owner(k).Customer
		if !slices.Contains(owners, now) {
			m.t.Fatalf("after the crash %s belongs to %d; its owners since it was durable: %v", k, now, owners)
		}
		m.links[k] = []customer.ID{now}
	}
}

func (m *machine) reopens() {
	for part := range m.of {
		m.commit(part) // what is staged would be discarded
	}
	m.reopen()
	for k, owners := range m.links {
		m.links[k] = owners[len(owners)-1:]
	}
	m.rebase(newModel())
}

// rebase makes the model anew from what is committed, and opens the writers; the number of
// parts stays, because the marker of a part counts its commits.
func (m *machine) rebase(fresh *model) {
	committed := m.committed
	for _, steps := range committed {
		for _, s := range steps {
			s(fresh)
		}
	}
	m.now = fresh
	m.start(m.of)
	m.committed = committed
	for part := range m.of {
		m.waited[part] = len(committed[part])
	}
}

// checkLoad compares state and tail with everything the customer has, staged or not.
func (m *machine) checkLoad(w *writer, id customer.ID) {
	c := m.now.cust(id)
	l := w.load(id)
	if l.State == nil && l.Meta != (ledger.Meta{}) {
		m.t.Fatalf("customer %s: no state, but %+v", id, l.Meta)
	}
	if l.State != nil && string(l.State) != blobOf(id, l.Meta) {
		m.t.Fatalf("customer %s: state of %+v is %s", id, l.Meta, short(l.State))
	}
	m.equal(fmt.Sprintf("tail of customer %s after %+v", id, l.Meta), l.Events,
		slices.Clone(c.events[min(int(l.Meta.Arrivals), len(c.events)):]))
	var rows []change.Row
	for _, r := range c.rows {
		if r.Seq > l.Meta.Seq {
			rows = append(rows, r)
		}
	}
	m.equal(fmt.Sprintf("tail rows of customer %s after %+v", id, l.Meta), l.Rows, rows)
	for i := range c.events {
		e := &c.events[i]
		w.seen("of the model", uint64(id), e.Source, e.ID, e.Arrival, e.Time)
	}
	w.seen("of the model", uint64(id), "shop", fmt.Sprintf("m%d", len(c.events)+1), 0, 0)
}

// check compares all that readers see; nothing may be staged.
func (m *machine) check() {
	for part := range m.of {
		m.commit(part)
	}
	counts := map[tag.ID]int64{}
	for t, n := range m.now.count {
		if n != 0 {
			counts[t] = n
		}
	}
	m.equal("counts", m.counts(), counts)
	for slot, s := range m.now.slots {
		m.equal("log", m.log(slot, 0), s.rows)
		if n := len(s.rows); n > 0 {
			m.equal("end of the log", m.log(slot, uint64(n-1)), s.rows[n-1:])
		}
	}
	for part, w := range m.ws {
		timers := map[customer.ID]int64{}
		for id, c := range m.now.custs {
			if int(id.Slot())%m.of == part && c.timer != math.MaxInt64 {
				timers[id] = c.timer
			}
		}
		got := map[customer.ID]int64{}
		m.ok(w.Timers(func(id customer.ID, at int64) error { got[id] = at; return nil }))
		m.equal("timers", got, timers)
		for _, id := range m.ids(part) {
			c := m.now.cust(id)
			m.checkLoad(w, id)
			m.equal("events", m.events(id, math.MinInt64, math.MaxInt64), sortedEvents(c.events))
			m.equal("events from 0", m.events(id, 0, 21), slices.DeleteFunc(sortedEvents(c.events), func(e event.Event) bool { return e.Time < 0 }))
			m.equal("history", m.history(id), c.rows)
			known, ok, err := m.Customer(m.t.Context(), id)
			m.ok(err)
			if ok != (c.known != nil) || ok && known != *c.known {
				m.t.Fatalf("customer row of %s is %+v, %v; want %+v", id, known, ok, c.known)
			}
		}
	}
	for k, owners := range m.links {
		if now := m.owner(k).Customer; now != owners[len(owners)-1] {
			m.t.Fatalf("%s belongs to %d, want %v", k, now, owners)
		}
	}
}

// failer lets rapid see the failures of a bench, so that it can shrink what led to them.
type failer struct {
	testing.TB
	rt *rapid.T
}

func (f failer) Helper()                         {}
func (f failer) Fatal(args ...any)               { f.rt.Fatal(args...) }
func (f failer) Fatalf(form string, args ...any) { f.rt.Fatalf(form, args...) }
func (f failer) Errorf(form string, args ...any) { f.rt.Errorf(form, args...) }

func testModel(t *testing.T, outer *bench) {
	outer.close()
	rapid.Check(t, func(rt *rapid.T) {
		m := &machine{bench: newBench(failer{t, rt}, outer.make), rt: rt, now: newModel(), links: map[customer.Key][]customer.ID{}}
		for i := range 4 {
			m.links[user(fmt.Sprint(i))] = []customer.ID{0}
		}
		m.start(rapid.IntRange(1, 3).Draw(rt, "parts"))
		part := func() int { return rapid.IntRange(0, m.of-1).Draw(rt, "part") }
		rt.Repeat(map[string]func(*rapid.T){
			"unit":   func(*rapid.T) { m.unit(part()) },
			"unit2":  func(*rapid.T) { m.unit(part()) },
			"unit3":  func(*rapid.T) { m.unit(part()) },
			"commit": func(*rapid.T) { m.commit(part()) },
			"wait":   func(*rapid.T) { p := part(); m.commit(p); m.wait(p) },
			"link":   func(*rapid.T) { m.link(part()) },
			"flush":  func(*rapid.T) { m.check(); m.ok(m.Flush(t.Context())) },
			"crash":  func(*rapid.T) { m.crashes() },
			"reopen": func(*rapid.T) { m.reopens() },
			"check":  func(*rapid.T) { m.check() },
		})
		m.check()
		m.close()
	})
	outer.open()
}
