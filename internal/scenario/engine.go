package scenario

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/clock"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/engine"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/identity"
	"github.com/earmarkhq/earmark/internal/ledger/memory"
	"github.com/earmarkhq/earmark/internal/rule"
	"github.com/earmarkhq/earmark/internal/tag"
	"github.com/earmarkhq/earmark/internal/value"
)

// engineTarget is the real engine on a ledger in memory, on the event clock.
type engineTarget struct {
	store *memory.Store
	ids   *identity.Resolver
	eng   *engine.Engine
	keys  map[customer.ID][]customer.Key
	order []customer.ID
	tags  func(string) (tag.ID, bool)
	count int // events without an id, to make ids
}

// NewEngine is a Target that runs the product's own engine; nothing outlives Close.
func NewEngine() Target {
	t := &engineTarget{store: memory.New(), keys: map[customer.ID][]customer.Key{}}
	t.ids = identity.New(identity.Options{Identities: t.store, Known: t, CacheEntries: 1})
	return t
}

// Known implements identity.Known.
func (t *engineTarget) Known(_ context.Context, ids []customer.ID) ([][]customer.Key, error) {
	out := make([][]customer.Key, len(ids))
	for i, id := range ids {
		out[i] = t.keys[id]
	}
	return out, nil
}

func (t *engineTarget) Publish(ctx context.Context, at int64, p *rule.Program) error {
	t.tags = p.Set.Names().Tag
	if t.eng != nil {
		if err := t.eng.AdvanceTo(ctx, at); err != nil {
			return err
		}
		return t.eng.Publish(ctx, p, nil)
	}
	var err error
	t.eng, err = engine.Open(ctx, engine.Options{
		Ledger: t.store, Clock: clock.NewManual(time.UnixMilli(at)), Program: p, Shards: 1,
	})
	if err != nil {
		return err
	}
	return t.eng.AdvanceTo(ctx, at)
}

func (t *engineTarget) Apply(ctx context.Context, at int64, unit []Act) (Receipt, error) {
	calls := make([][]customer.Key, len(unit))
	for i := range unit {
		calls[i] = slices.Clone(unit[i].Keys)
	}
	found := make([]identity.Resolution, len(unit))
	if err := t.ids.ResolveAll(ctx, calls, found); err != nil {
		return Receipt{}, err
	}
	var inputs []engine.Input
	for i, res := range found {
		for _, loss := range res.Lost {
			t.forget(loss.Customer, loss.Keys)
			inputs = append(inputs, engine.Input{Customer: loss.Customer, Lost: loss.Keys})
		}
		t.learn(res.Customer, res.Keys)
		in := engine.Input{Customer: res.Customer, Former: res.Former, Keys: res.Keys}
		if unit[i].Kind != ActSeen {
			ev, err := t.event(&unit[i])
			if err != nil {
				return Receipt{}, err
			}
			in.Events = []event.Event{ev}
		}
		inputs = append(inputs, in)
	}
	return t.step(ctx, at, inputs)
}

func (t *engineTarget) step(ctx context.Context, at int64, inputs []engine.Input) (Receipt, error) {
	type result struct {
		r   engine.Receipt
		err error
	}
	done := make(chan result, 1)
	t.eng.StepAsync(at, inputs, func(r engine.Receipt, err error) { done <- result{r, err} })
	select {
	case x := <-done:
		return Receipt{x.r.Accepted, x.r.Repeated, x.r.Conflicts}, x.err
	case <-ctx.Done():
		return Receipt{}, ctx.Err()
	}
}

// event makes the event of an act. Events without an id are all different.
func (t *engineTarget) event(a *Act) (event.Event, error) {
	ev := event.Event{Type: a.Type, Time: a.Time, Source: a.Source, ID: a.ID, Props: a.Props, Context: a.Context}
	if a.Kind == ActStatement {
		id, ok := t.tags(a.Tag)
		if !ok {
			return ev, unknownTag(a.Tag)
		}
		until := expr.Never
		if a.Until != nil {
			until = *a.Until
		}
		ev = engine.StatementEvent(id, a.Present, a.Time, until, a.By, a.Actor)
		ev.Source, ev.ID, ev.Context = a.Source, a.ID, a.Context
	}
	if ev.Source == "" {
		ev.Source = "scenario"
	}
	if ev.ID == "" {
		t.count++
		ev.ID = fmt.Sprintf("#%d", t.count) // "#" can not begin the id of a document: it begins a comment
	}
	return ev, nil
}

func (t *engineTarget) learn(id customer.ID, keys []customer.Key) {
	if _, ok := t.keys[id]; !ok {
		t.order = append(t.order, id)
	}
	for _, k := range keys {
		if !slices.Contains(t.keys[id], k) {
			t.keys[id] = append(t.keys[id], k)
		}
	}
}

func (t *engineTarget) forget(id customer.ID, keys []customer.Key) {
	t.keys[id] = slices.DeleteFunc(t.keys[id], func(k customer.Key) bool { return slices.Contains(keys, k) })
}

func (t *engineTarget) Advance(ctx context.Context, at int64) error { return t.eng.AdvanceTo(ctx, at) }

func (t *engineTarget) Find(ctx context.Context, key customer.Key) (customer.ID, bool, error) {
	got, err := t.store.Lookup(ctx, []customer.Key{key})
	if err != nil {
		return 0, false, err
	}
	return got[0].Customer, got[0].Customer != 0, nil
}

func (t *engineTarget) Customers(context.Context) ([]Person, error) {
	out := make([]Person, len(t.order))
	for i, id := range t.order {
		out[i] = Person{id, t.keys[id]}
	}
	return out, nil
}

func (t *engineTarget) Tags(ctx context.Context, id customer.ID) ([]tag.ID, error) {
	v, err := t.eng.View(ctx, id)
	if err != nil {
		return nil, err
	}
	if v.Error != "" {
		return nil, fmt.Errorf("customer %s can not be evaluated: %s", id, v.Error)
	}
	out := make([]tag.ID, len(v.Tags))
	for i, h := range v.Tags {
		out[i] = h.Tag
	}
	return out, nil
}

func (t *engineTarget) Log(ctx context.Context, id customer.ID) ([]Move, error) {
	var out []Move
	err := t.store.History(ctx, id, func(r change.Row) error {
		if r.Kind == change.TagAdded || r.Kind == change.TagRemoved {
			out = append(out, Move{r.Tag, r.Kind == change.TagAdded, r.At, r.Recorded})
		}
		return nil
	})
	return out, err
}

func (t *engineTarget) Next(ctx context.Context, id customer.ID) (int64, error) {
	v, err := t.eng.View(ctx, id)
	return v.Deadline, err
}

func (t *engineTarget) Metric(ctx context.Context, id customer.ID, name string) (value.Num, bool, error) {
	return t.eng.Metric(ctx, id, name)
}

func (t *engineTarget) Why(ctx context.Context, id customer.ID, tg tag.ID) ([]expr.Words, error) {
	x, err := t.eng.Explain(ctx, id, tg)
	if err != nil {
		return nil, err
	}
	zh, en := x.Because(fault.ZH), x.Because(fault.EN)
	out := make([]expr.Words, min(len(zh), len(en)))
	for i := range out {
		out[i] = expr.Words{ZH: zh[i], EN: en[i]}
	}
	return out, nil
}

func (t *engineTarget) Close(ctx context.Context) error {
	if t.eng == nil {
		return nil
	}
	return t.eng.Close(ctx)
}
