package scenario_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/expr/reference"
	"github.com/earmarkhq/earmark/internal/identity"
	"github.com/earmarkhq/earmark/internal/ledger/memory"
	"github.com/earmarkhq/earmark/internal/rule"
	"github.com/earmarkhq/earmark/internal/scenario"
	"github.com/earmarkhq/earmark/internal/tag"
	"github.com/earmarkhq/earmark/internal/value"
)

// brute plays scenarios with the reference evaluator alone: every rule of every customer is
// worked out again from all events at every instant at which anything could change.
type brute struct {
	ids    *identity.Resolver
	store  *memory.Store
	prog   *rule.Program
	nodes  []expr.Node
	people map[customer.ID]*person
	order  []customer.ID
	count  int
}

type person struct {
	id     customer.ID
	keys   []customer.Key
	events []event.Event
	seen   map[string]event.Event
	world  *reference.World
	held   map[tag.ID]expr.HeldTag
	log    []scenario.Move
	at     int64
}

func newBrute(*scenario.Scenario) scenario.Target {
	b := &brute{store: memory.New(), people: map[customer.ID]*person{}}
	b.ids = identity.New(identity.Options{Identities: b.store, Known: b, CacheEntries: 1})
	return b
}

func (b *brute) Known(_ context.Context, ids []customer.ID) ([][]customer.Key, error) {
	out := make([][]customer.Key, len(ids))
	for i, id := range ids {
		if p := b.people[id]; p != nil {
			out[i] = p.keys
		}
	}
	return out, nil
}

func (b *brute) Publish(ctx context.Context, at int64, p *rule.Program) error {
	if b.prog != nil {
		if err := b.Advance(ctx, at); err != nil {
			return err
		}
	}
	b.prog, b.nodes = p, nil
	for _, r := range p.Set.Rules {
		if r.When != nil {
			b.nodes = append(b.nodes, r.When)
		}
		if l := r.Ladder; l != nil {
			for _, s := range l.Steps {
				b.nodes = append(b.nodes, s.When)
			}
			if l.DemoteWhen != nil {
				b.nodes = append(b.nodes, l.DemoteWhen)
			}
		}
	}
	for _, id := range b.order {
		q := b.people[id]
		q.renew(b)
		for t := range q.held {
			if !slices.ContainsFunc(p.Set.Tags, func(x tag.Tag) bool { return x.ID == t }) {
				q.move(t, false, at, at, "")
			}
		}
		q.evaluate(b, at)
	}
	return nil
}

// renew makes the world that the evaluator reads from what was received.
func (p *person) renew(b *brute) {
	p.world = &reference.World{
		Zone: b.prog.Set.Zone, Names: b.prog.Set.Names(), Customer: p.id, Identities: p.keys,
		Held:  func(_ int64, t tag.ID) (expr.HeldTag, bool) { h, ok := p.held[t]; return h, ok },
		Share: func(salt string, percent value.Dec) bool { return inShare(b, p.id, salt, percent) },
	}
	p.world.Add(p.events...)
}

// inShare asks the compiled share: no one else knows whom it takes.
func inShare(b *brute, id customer.ID, salt string, percent value.Dec) bool {
	c := expr.NewCompiler(b.prog.Set.Zone, b.prog.Set.Names())
	cond, _, err := c.Condition(expr.Share{Salt: salt, Percent: percent})
	if err != nil {
		panic(err)
	}
	s := c.NewState()
	s.Customer = id
	in, _ := cond(s, 0)
	return in
}

func (b *brute) Apply(ctx context.Context, at int64, unit []scenario.Act) (scenario.Receipt, error) {
	var r scenario.Receipt
	if err := b.Advance(ctx, at-1); err != nil {
		return r, err
	}
	var touched []*person
	for i := range unit {
		a := &unit[i]
		res, err := b.ids.Resolve(ctx, slices.Clone(a.Keys))
		if err != nil {
			return r, err
		}
		for _, loss := range res.Lost {
			q := b.of(loss.Customer, at)
			q.keys = slices.DeleteFunc(q.keys, func(k customer.Key) bool { return slices.Contains(loss.Keys, k) })
			touched = append(touched, q)
		}
		p := b.of(res.Customer, at)
		for _, k := range res.Keys {
			if !slices.Contains(p.keys, k) {
				p.keys = append(p.keys, k)
			}
		}
		touched = append(touched, p)
		if a.Kind != scenario.ActSeen {
			b.take(p, a, res.Former, &r)
		}
	}
	for _, p := range touched {
		p.renew(b)
	}
	for _, p := range touched {
		p.evaluate(b, at)
	}
	return r, nil
}

func (b *brute) of(id customer.ID, at int64) *person {
	p := b.people[id]
	if p == nil {
		p = &person{id: id, seen: map[string]event.Event{}, held: map[tag.ID]expr.HeldTag{}, at: at}
		b.people[id] = p
		b.order = append(b.order, id)
		p.renew(b)
	}
	return p
}

// take accepts an event, each (source, id) once.
func (b *brute) take(p *person, a *scenario.Act, former []customer.ID, r *scenario.Receipt) {
	ev := event.Event{Type: a.Type, Time: a.Time, Source: a.Source, ID: a.ID, Props: a.Props, Context: a.Context}
	if a.Kind == scenario.ActStatement {
		id, ok := b.prog.Set.Names().Tag(a.Tag)
		if !ok {
			panic("unknown tag " + a.Tag)
		}
		ev.Type = event.Statement
		fields := []value.Field{{Key: "tag", Val: value.NewText(id.String())}, {Key: "present", Val: value.NewBool(a.Present)}, {Key: "by", Val: value.NewText(a.By)}}
		if a.Until != nil {
			fields = append(fields, value.Field{Key: "until", Val: value.NewInt(*a.Until)})
		}
		ev.Props = value.NewObject(fields...)
	}
	if ev.ID == "" {
		b.count++
		ev.ID = fmt.Sprint("no id ", b.count)
	}
	if ev.Source == "" {
		ev.Source = "scenario"
	}
	key := ev.Source + "\x00" + ev.ID
	for _, id := range append([]customer.ID{p.id}, former...) {
		q := b.people[id]
		if q == nil {
			continue
		}
		if old, ok := q.seen[key]; ok {
			r.Repeated++
			if old.Type != ev.Type || old.Time != ev.Time || !value.Same(old.Props, ev.Props) {
				r.Conflicts++
			}
			return
		}
	}
	r.Accepted++
	p.seen[key] = ev
	ev.Arrival = uint32(len(p.events) + 1)
	p.events = append(p.events, ev)
}

func (b *brute) Advance(_ context.Context, at int64) error {
	for _, id := range b.order {
		b.people[id].walk(b, at)
	}
	return nil
}

// walk evaluates at every instant up to at at which something could change.
func (p *person) walk(b *brute, at int64) {
	for p.at < at {
		edges := p.edges(b, p.at, at)
		moved := false
		for _, e := range edges {
			if moved = p.evaluate(b, e); moved {
				break
			}
		}
		if !moved {
			p.at = at
		}
	}
}

// edges are those of the conditions, of statements that end, and of what ladders add to them.
func (p *person) edges(b *brute, from, to int64) []int64 {
	out := reference.Edges(b.nodes, p.world, from, to)
	for _, ev := range p.events {
		if ev.Type == event.Statement {
			if until, ok := ev.Props.Get("until").Int(); ok {
				out = append(out, until)
			}
		}
	}
	for _, r := range b.prog.Set.Rules {
		if r.Ladder == nil || r.Ladder.Keep == nil && r.Ladder.DemoteEvery == nil {
			continue
		}
		for _, e := range reference.Edges(b.nodes, p.world, math.MinInt64/2, to) {
			for _, d := range []*expr.Duration{r.Ladder.Keep, r.Ladder.DemoteEvery} {
				for k := 1; d != nil && k <= 60; k++ {
					t := move(e, *d, k, b.prog.Set)
					if t > to {
						break
					}
					out = append(out, t)
					_, jump := time.UnixMilli(t - 24*3600*1000).In(b.prog.Set.Zone).ZoneBounds()
					out = append(out, jump.UnixMilli()) // where the local time is skipped
				}
			}
		}
	}
	slices.Sort(out)
	out = slices.Compact(out)
	return slices.DeleteFunc(out, func(e int64) bool { return e <= from || e > to })
}

// evaluate works out every tag at an instant, those that others read first; it says whether a
// tag was entered or left.
func (p *person) evaluate(b *brute, at int64) (moved bool) {
	p.at = max(p.at, at)
	for _, t := range b.prog.Set.Tags {
		if _, stated := b.prog.Stated(t.ID); stated {
			moved = p.state(b, t.ID, at) || moved
		}
	}
	strong := slices.ContainsFunc(p.keys, func(k customer.Key) bool { return k.Kind.Strong() })
	for _, r := range b.prog.Rules {
		var want tag.ID
		switch {
		case !strong && !r.Anonymous:
		case r.Def.Ladder != nil:
			if i := reference.Ladder(stair(r.Def.Ladder), p.world, at); i >= 0 {
				want = r.Def.Ladder.Steps[i].Tag
			}
		case reference.Eval(r.When, p.world, at):
			want = r.Tag
		}
		for _, t := range r.Keeps() {
			if t != want {
				moved = p.move(t, false, at, at, "rule") || moved
			}
		}
		if want != 0 {
			moved = p.move(want, true, at, at, "rule") || moved
		}
	}
	return moved
}

func stair(l *rule.Ladder) reference.Stair {
	s := reference.Stair{Keep: l.Keep}
	for _, st := range l.Steps {
		s.Steps = append(s.Steps, st.When)
	}
	if l.DemoteWhen != nil {
		s.Demote = &reference.Demotion{When: l.DemoteWhen, Every: l.DemoteEvery}
	}
	return s
}

// state keeps a stated tag: the newest statement holds; in a single-choice group the newest that
// says present wins, ties by arrival.
func (p *person) state(b *brute, t tag.ID, at int64) bool {
	newest := func(t tag.ID) *event.Event {
		var found *event.Event
		for i := range p.world.Events() {
			ev := &p.world.Events()[i]
			if ev.Type == event.Statement && ev.Time <= at && ev.Props.Get("tag").Text() == t.String() {
				found = ev
			}
		}
		return found
	}
	mine := newest(t)
	want := mine != nil && mine.Props.Get("present").Bool()
	if want {
		if until, ok := mine.Props.Get("until").Int(); ok && at >= until {
			want = false
		}
	}
	siblings, _ := b.prog.Stated(t)
	for _, s := range siblings {
		if o := newest(s); want && s != t && o != nil && o.Props.Get("present").Bool() &&
			(o.Time > mine.Time || o.Time == mine.Time && o.Arrival > mine.Arrival) {
			want = false
		}
	}
	if !want {
		return p.move(t, false, at, at, "")
	}
	return p.move(t, true, at, min(at, mine.Time), mine.Props.Get("by").Text())
}

// move moves an instant by n durations.
func move(at int64, d expr.Duration, n int, set *rule.Set) int64 {
	return time.UnixMilli(at+int64(n)*d.Ms).In(set.Zone).AddDate(0, n*d.Months, 0).UnixMilli()
}

func (p *person) move(t tag.ID, in bool, at, since int64, by string) bool {
	if _, has := p.held[t]; has == in {
		return false
	}
	if in {
		p.held[t] = expr.HeldTag{Tag: t, At: at, Since: since, SetBy: by}
	} else {
		delete(p.held, t)
	}
	p.log = append(p.log, scenario.Move{Tag: t, Entered: in, At: at, Recorded: at})
	return true
}

func (b *brute) Find(ctx context.Context, key customer.Key) (customer.ID, bool, error) {
	got, err := b.store.Lookup(ctx, []customer.Key{key})
	return got[0].Customer, got[0].Customer != 0, err
}

func (b *brute) Customers(context.Context) ([]scenario.Person, error) {
	var out []scenario.Person
	for _, id := range b.order {
		out = append(out, scenario.Person{ID: id, Keys: b.people[id].keys})
	}
	return out, nil
}

func (b *brute) Tags(_ context.Context, id customer.ID) ([]tag.ID, error) {
	var out []tag.ID
	for t := range b.people[id].held {
		out = append(out, t)
	}
	return out, nil
}

func (b *brute) Log(_ context.Context, id customer.ID) ([]scenario.Move, error) {
	return b.people[id].log, nil
}

// Next is the first instant at which a rule answers otherwise than now.
func (b *brute) Next(_ context.Context, id customer.ID) (int64, error) {
	p := b.people[id]
	answers := func(at int64) string {
		s := ""
		for _, r := range b.prog.Rules {
			if r.Def.Ladder != nil {
				s += fmt.Sprint(reference.Ladder(stair(r.Def.Ladder), p.world, at), " ")
			} else {
				s += fmt.Sprint(reference.Eval(r.When, p.world, at), " ")
			}
		}
		return s
	}
	now := answers(p.at)
	for _, e := range p.edges(b, p.at, p.at+800*24*3600*1000) {
		if answers(e) != now {
			return e, nil
		}
	}
	return expr.Never, nil
}

func (b *brute) Metric(_ context.Context, id customer.ID, name string) (value.Num, bool, error) {
	p := b.people[id]
	r, ok := reference.Metric(b.prog.Set.Metrics[name], p.world, p.at)
	if !ok {
		return value.Num{}, false, nil
	}
	n, _ := value.FromInt(r.Num().Int64()).Div(value.FromInt(r.Denom().Int64()))
	return n, true, nil
}

func (b *brute) Why(context.Context, customer.ID, tag.ID) ([]expr.Words, error) { return nil, nil }

func (b *brute) Close(context.Context) error { return nil }
