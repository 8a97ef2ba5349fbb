package engine_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/clock"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/engine"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/ledger"
	"github.com/earmarkhq/earmark/internal/ledger/memory"
	"github.com/earmarkhq/earmark/internal/rule"
	"github.com/earmarkhq/earmark/internal/tag"
	"github.com/earmarkhq/earmark/internal/value"
)

// shop is one store with its engine, and a clock that stands still until it is moved. Instants are
// written as 03-01 10:00:00.000 (year 2024, the zone of the definitions; UTC when they name none).
type shop struct {
	t      testing.TB
	ctx    context.Context
	store  ledger.Store
	clock  *clock.Manual
	e      *engine.Engine
	set    *rule.Set
	gens   map[uint32]*rule.Program
	shards int
	people map[string]customer.ID
	sent   int
}

// newShop makes an empty store that has not gone live yet; the clock stands at 03-01 00:00.
func newShop(t testing.TB, store ledger.Store, doc string) *shop {
	s := &shop{t: t, ctx: t.Context(), store: store, shards: 2, gens: map[uint32]*rule.Program{}, people: map[string]customer.ID{}}
	s.define(doc)
	s.clock = clock.NewManual(time.UnixMilli(s.ms("03-01 00:00")))
	s.open()
	t.Cleanup(s.close)
	return s
}

// live is a shop in memory that takes live traffic.
func live(t testing.TB, doc string) *shop {
	s := newShop(t, memory.New(), doc)
	s.must(s.e.GoLive(s.ctx))
	return s
}

func (s *shop) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// define compiles the next generation of definitions.
func (s *shop) define(doc string) *rule.Program {
	s.t.Helper()
	d, err := rule.ReadDocument([]byte(doc), rule.DocumentOptions{})
	s.must(err)
	s.set = d.Set(uint32(len(s.gens)+1), s.set)
	p, err := rule.Build(s.set)
	s.must(err)
	s.gens[s.set.Gen] = p
	return p
}

func (s *shop) open() {
	s.t.Helper()
	e, err := engine.Open(s.ctx, s.options())
	s.must(err)
	s.e = e
}

func (s *shop) options() engine.Options {
	return engine.Options{Ledger: s.store, Clock: s.clock, Program: s.gens[s.set.Gen], Shards: s.shards, Programs: s.program}
}

func (s *shop) program(gen uint32) (*rule.Program, error) {
	if p, ok := s.gens[gen]; ok {
		return p, nil
	}
	return nil, fmt.Errorf("no generation %d", gen)
}

func (s *shop) close() {
	if s.e == nil {
		return
	}
	if err := s.e.Close(context.Background()); err != nil {
		s.t.Error(err)
	}
	s.e = nil
}

// publish brings another document into force.
func (s *shop) publish(doc string) {
	s.t.Helper()
	s.must(s.e.Publish(s.ctx, s.define(doc), nil))
}

// ms reads an instant.
func (s *shop) ms(text string) int64 {
	s.t.Helper()
	for _, layout := range []string{"01-02 15:04", "01-02 15:04:05", "01-02 15:04:05.000", "2006-01-02 15:04:05.000"} {
		if t, err := time.ParseInLocation(layout, text, s.set.Zone); err == nil {
			if t.Year() == 0 {
				t = time.Date(2024, t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), s.set.Zone)
			}
			return t.UnixMilli()
		}
	}
	s.t.Fatalf("%q is no instant", text)
	return 0
}

func (s *shop) text(ms int64) string {
	return time.UnixMilli(ms).In(s.set.Zone).Format("01-02 15:04:05.000")
}

// move sets the clock and waits until everything that is due has been applied.
func (s *shop) move(to string) {
	s.t.Helper()
	s.moveTo(s.ms(to))
}

func (s *shop) moveTo(at int64) {
	s.t.Helper()
	s.clock.Set(time.UnixMilli(at))
	if !s.e.Live() {
		s.must(s.e.AdvanceTo(s.ctx, at))
		return
	}
	s.settle()
}

func (s *shop) settle() {
	s.t.Helper()
	for {
		due, err := s.e.Upcoming(s.ctx, 1)
		s.must(err)
		if len(due) == 0 || due[0].At > clock.Millis(s.clock) {
			return
		}
	}
}

// customer is the id behind a name, made at its first use.
func (s *shop) customer(name string) customer.ID {
	s.t.Helper()
	if id, ok := s.people[name]; ok {
		return id
	}
	id, err := s.store.NewCustomer(s.ctx)
	s.must(err)
	s.people[name] = id
	return id
}

func user(name string) customer.Key { return customer.Key{Kind: customer.UserID, Value: name} }

// of is the input of a call about a customer known by a user id. Events without a time happen now,
// those without an id get one.
func (s *shop) of(name string, events ...event.Event) engine.Input {
	s.t.Helper()
	in := engine.Input{Customer: s.customer(name), Keys: []customer.Key{user(name)}, Events: slices.Clone(events)}
	for i := range in.Events {
		ev := &in.Events[i]
		if ev.Time == 0 {
			ev.Time = clock.Millis(s.clock)
		}
		if ev.ID == "" {
			s.sent++
			ev.ID = fmt.Sprint("m", s.sent)
		}
		ev.Source = "test"
	}
	return in
}

// send submits one unit about one customer.
func (s *shop) send(name string, events ...event.Event) engine.Receipt {
	s.t.Helper()
	r, err := s.e.Submit(s.ctx, []engine.Input{s.of(name, events...)})
	s.must(err)
	return r
}

// step is send on the event clock.
func (s *shop) step(at, name string, events ...event.Event) engine.Receipt {
	s.t.Helper()
	s.clock.Set(time.UnixMilli(s.ms(at)))
	r, err := s.stepAsync(s.ms(at), s.of(name, events...))
	s.must(err)
	return r
}

func (s *shop) stepAsync(at int64, unit ...engine.Input) (r engine.Receipt, err error) {
	done := make(chan struct{})
	s.e.StepAsync(at, unit, func(got engine.Receipt, e error) { r, err = got, e; close(done) })
	<-done
	return r, err
}

// paid is an order of an amount.
func paid(amount int64) event.Event {
	return event.Event{Type: "order.paid", Props: value.NewObject(value.Field{Key: "amount", Val: value.NewInt(amount)})}
}

func identify(key string, v value.Value) event.Event {
	return event.Event{Type: event.Identify, Props: value.NewObject(value.Field{Key: key, Val: v})}
}

func (s *shop) at(when string, ev event.Event) event.Event {
	ev.Time = s.ms(when)
	return ev
}

func withID(id string, ev event.Event) event.Event {
	ev.ID = id
	return ev
}

func (s *shop) tag(name string) tag.ID {
	s.t.Helper()
	id, ok := s.set.Names().Tag(name)
	if !ok {
		s.t.Fatalf("no tag %s", name)
	}
	return id
}

func (s *shop) name(id tag.ID) string {
	for gen := s.set.Gen; gen > 0; gen-- {
		for _, t := range s.gens[gen].Set.Tags {
			if t.ID == id {
				return t.Name
			}
		}
	}
	return id.String()
}

func (s *shop) view(name string) engine.View {
	s.t.Helper()
	v, err := s.e.View(s.ctx, s.customer(name))
	s.must(err)
	return v
}

// tags are those the customer holds now, by name in order of their ids.
func (s *shop) tags(name string) string {
	s.t.Helper()
	var names []string
	for _, h := range s.view(name).Tags {
		names = append(names, s.name(h.Tag))
	}
	return strings.Join(names, " ")
}

func (s *shop) wantTags(name, want string) {
	s.t.Helper()
	if got := s.tags(name); got != want {
		s.t.Errorf("%s at %s holds %q, want %q", name, s.text(clock.Millis(s.clock)), got, want)
	}
}

func (s *shop) rows(name string) []change.Row {
	s.t.Helper()
	var rows []change.Row
	s.must(s.store.History(s.ctx, s.customer(name), func(r change.Row) error {
		rows = append(rows, r)
		return nil
	}))
	return rows
}

// wantLog compares the tag rows of a customer's log, in order. A row reads
//
//	+tag 03-01 10:00:00.000 event 1, recorded 03-02 00:00:00.000, late 1h0m0s
//
// where recorded and late stand only when they say something.
func (s *shop) wantLog(name string, want ...string) {
	s.t.Helper()
	var got []string
	for _, r := range s.rows(name) {
		if r.Kind == change.TagAdded || r.Kind == change.TagRemoved {
			got = append(got, s.row(r))
		}
	}
	if !slices.Equal(got, want) {
		s.t.Errorf("log of %s:\n%s\nwant:\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func (s *shop) row(r change.Row) string {
	var b strings.Builder
	sign := "+"
	if r.Kind == change.TagRemoved {
		sign = "-"
	}
	fmt.Fprintf(&b, "%s%s %s %s", sign, s.name(r.Tag), s.text(r.At), s.cause(r.Cause))
	if r.Recorded != r.At {
		fmt.Fprintf(&b, ", recorded %s", s.text(r.Recorded))
	}
	if r.LateBy != 0 {
		fmt.Fprintf(&b, ", late %v", time.Duration(r.LateBy)*time.Millisecond)
	}
	return b.String()
}

func (s *shop) cause(c change.Cause) string {
	switch c.Kind {
	case change.ByEvent:
		return fmt.Sprint("event ", c.Arrival)
	case change.ByDeadline:
		return "deadline"
	case change.ByPublish:
		return fmt.Sprint("publish v", c.Version)
	case change.ByStatement:
		return fmt.Sprint("statement ", c.Arrival, " of ", c.Actor)
	case change.ByTag:
		return "tag " + s.name(c.Tag)
	case change.ByIdentity:
		return "identity"
	}
	return fmt.Sprint("cause ", c.Kind)
}

// clean fails when Verify finds anything; the engine is closed for it and opened again.
func (s *shop) clean() {
	s.t.Helper()
	s.close()
	r, err := engine.Verify(s.ctx, engine.VerifyOptions{Ledger: s.store, Programs: s.program})
	s.must(err)
	for _, f := range r.Findings {
		s.t.Errorf("verify: %s slot %d customer %s: %s", f.Code, f.Slot, f.Customer, f.Text)
	}
	s.open()
}

const day = 24 * time.Hour

// awaitSleep returns when all shards wait for their timers.
func (s *shop) awaitSleep() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, 20*time.Second)
	defer cancel()
	s.must(s.clock.AwaitTimers(ctx, s.shards))
}

// logRows is the number of rows in all logs.
func (s *shop) logRows() (n int) {
	for slot := range customer.Slots {
		s.must(s.store.Log(s.ctx, customer.Slot(slot), 0, func(change.Row) error { n++; return nil }))
	}
	return n
}
