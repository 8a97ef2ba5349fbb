package ingest

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/earmarkhq/earmark/internal/clock"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/engine"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/identity"
	"github.com/earmarkhq/earmark/internal/ingest/catalogue"
	"github.com/earmarkhq/earmark/internal/ingest/segment"
)

// Engine is what is needed of the engine. done is called once, maybe on another goroutine or
// before the method returns, and must not block.
type Engine interface {
	SubmitAsync(unit []engine.Input, done func(engine.Receipt, error))
	StepAsync(at int64, unit []engine.Input, done func(engine.Receipt, error))
}

// Options of a Taker. Seen and Notices may be nil.
type Options struct {
	Resolver *identity.Resolver
	Engine   Engine
	Clock    clock.Clock
	Aliases  *Aliases // nil: none
	Seen     *catalogue.Catalogue
	Notices  *Notices
}

// Taker takes units of calls to the engine. Safe for concurrent use.
type Taker struct {
	o       Options
	aliases atomic.Pointer[Aliases]
	stats   struct{ units, events, accepted, repeated, conflicts atomic.Int64 }
}

// Stats are counters since the start.
type Stats struct {
	Units     int64
	Events    int64 // handed to the engine
	Accepted  int64
	Repeated  int64
	Conflicts int64 // repeated ids with other content
}

// New makes a Taker.
func New(o Options) *Taker {
	t := &Taker{o: o}
	t.SetAliases(o.Aliases)
	return t
}

// SetAliases replaces the aliases for what is taken from now on.
func (t *Taker) SetAliases(a *Aliases) {
	if a == nil {
		a = &Aliases{}
	}
	t.aliases.Store(a)
}

// Stats returns the counters.
func (t *Taker) Stats() Stats {
	s := &t.stats
	return Stats{s.units.Load(), s.events.Load(), s.accepted.Load(), s.repeated.Load(), s.conflicts.Load()}
}

// Submit implements segment.Sink.
func (t *Taker) Submit(ctx context.Context, source string, calls []segment.Call) error {
	b := Batch{Keys: make([][]customer.Key, 0, len(calls)), Events: make([]event.Event, 0, len(calls))}
	for i := range calls {
		c := &calls[i]
		if ev, ok := c.Event(source); ok {
			b.Add(c.Keys(), ev)
		} else {
			b.AddAlias(c.Keys(), c.PreviousID, source)
		}
	}
	result := make(chan error, 1)
	err := t.Take(ctx, &b, func(_ engine.Receipt, err error) { result <- err })
	if err != nil {
		return err
	}
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Take submits a batch as one unit at the engine's present instant. It returns an error, and
// done is not called, when the customers can not be found; b must not be changed until done.
func (t *Taker) Take(ctx context.Context, b *Batch, done func(engine.Receipt, error)) error {
	unit, err := t.Prepare(ctx, b)
	if err != nil {
		return err
	}
	t.o.Engine.SubmitAsync(unit, t.receive(b, done))
	return nil
}

// Step submits a batch as one step of an initial load at the instant at (Unix milliseconds),
// otherwise like Take.
func (t *Taker) Step(ctx context.Context, at int64, b *Batch, done func(engine.Receipt, error)) error {
	unit, err := t.Prepare(ctx, b)
	if err != nil {
		return err
	}
	t.StepUnit(at, unit, b, done)
	return nil
}

// StepUnit submits a part of what Prepare made of b as one step.
func (t *Taker) StepUnit(at int64, unit []engine.Input, b *Batch, done func(engine.Receipt, error)) {
	t.o.Engine.StepAsync(at, unit, t.receive(b, done))
}

// receive counts what became of a unit.
func (t *Taker) receive(b *Batch, done func(engine.Receipt, error)) func(engine.Receipt, error) {
	t.stats.units.Add(1)
	return func(r engine.Receipt, err error) {
		t.stats.accepted.Add(int64(r.Accepted))
		t.stats.repeated.Add(int64(r.Repeated))
		if r.Conflicts > 0 {
			t.stats.conflicts.Add(int64(r.Conflicts))
			if t.o.Notices != nil && b.Len() > 0 {
				t.o.Notices.repeats(clock.Millis(t.o.Clock), b.Events[0].Source, r.Conflicts)
			}
		}
		done(r, err)
	}
}

// Prepare makes the events of b canonical, in place, and resolves the customers: the unit to
// submit. Its inputs share the memory of b.
func (t *Taker) Prepare(ctx context.Context, b *Batch) ([]engine.Input, error) {
	aliases := t.aliases.Load()
	for i := range b.Events {
		aliases.Apply(&b.Events[i])
	}
	res := make([]identity.Resolution, b.Len())
	if err := t.resolve(ctx, b, res); err != nil {
		return nil, fmt.Errorf("resolve customers: %w", err)
	}
	t.stats.events.Add(int64(b.Len()))
	now := clock.Millis(t.o.Clock)
	if t.o.Seen != nil {
		t.o.Seen.Observe(now, b.Events)
	}
	unit := make([]engine.Input, 0, b.Len())
	for i := range res {
		unit = join(unit, &res[i], b, i)
		if t.o.Notices != nil && len(res[i].Conflicts) > 0 {
			t.o.Notices.identities(now, b.Events[i].Source, res[i].Conflicts)
		}
	}
	return unit, nil
}

// resolve finds the customers, in order; aliases are resolved one by one.
func (t *Taker) resolve(ctx context.Context, b *Batch, res []identity.Resolution) error {
	from := 0
	for from < b.Len() {
		to := from
		for to < b.Len() && !b.isAlias(to) {
			to++
		}
		if err := t.o.Resolver.ResolveAll(ctx, b.Keys[from:to], res[from:to]); err != nil {
			return err
		}
		if from = to; to == b.Len() {
			return nil
		}
		var err error
		if res[to], err = t.alias(ctx, b.Keys[to], b.Previous[to]); err != nil {
			return err
		}
		from++
	}
	return nil
}

func (b *Batch) isAlias(i int) bool {
	if b.Previous == nil {
		return false
	}
	_, ok := b.Previous[i]
	return ok
}

func (t *Taker) alias(ctx context.Context, keys []customer.Key, previous string) (identity.Resolution, error) {
	if len(keys) == 0 {
		return identity.Resolution{}, fault.Invalid("ingest.no_identity")
	}
	old, err := t.o.Resolver.Previous(ctx, previous)
	if err != nil {
		return identity.Resolution{}, err
	}
	return t.o.Resolver.Alias(ctx, old, keys...)
}

// join appends entry i as an input, or to the last one if that is about the same customer by
// the same identities. What others lost goes before it.
func join(unit []engine.Input, res *identity.Resolution, b *Batch, i int) []engine.Input {
	for _, l := range res.Lost {
		unit = append(unit, engine.Input{Customer: l.Customer, Lost: l.Keys})
	}
	events := b.Events[i : i+1 : i+1]
	if b.Events[i].Type == "" {
		events = nil
	}
	if n := len(unit); n > 0 && len(res.Lost) == 0 && events != nil && i > 0 {
		last := &unit[n-1]
		if last.Customer == res.Customer && len(last.Events) > 0 && slices.Equal(last.Keys, res.Keys) &&
			slices.Equal(last.Former, res.Former) {
			first := i - len(last.Events)
			last.Events = b.Events[first : i+1 : i+1]
			return unit
		}
	}
	return append(unit, engine.Input{Customer: res.Customer, Former: res.Former, Keys: res.Keys, Events: events})
}
