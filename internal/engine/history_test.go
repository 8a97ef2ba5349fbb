package engine_test

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/clock"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/engine"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/expr/reference"
	"github.com/earmarkhq/earmark/internal/expr/reference/random"
	"github.com/earmarkhq/earmark/internal/ledger"
	"github.com/earmarkhq/earmark/internal/ledger/memory"
	"github.com/earmarkhq/earmark/internal/rule"
	"github.com/earmarkhq/earmark/internal/tag"
	"github.com/earmarkhq/earmark/internal/value"
	"pgregory.net/rapid"
)

// TestIncrementalEqualsRecomputed is the gate of the engine: random definitions, histories, orders of
// arrival, repeats, late and future-dated events, clocks, restarts and publishes; at every instant at
// which an answer may change, one millisecond before and one after, the log's membership is that of the
// reference over the events received by then.
func TestIncrementalEqualsRecomputed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := newHistory(t, memory.New())
		defer h.close()
		for i := range rapid.IntRange(1, 12).Draw(t, "steps") {
			h.step(fmt.Sprint("step ", i))
		}
	})
}

// history is one random run: the engine, and a reference world per customer.
type history struct {
	t       *rapid.T
	ctx     context.Context
	grid    random.Grid
	store   ledger.Store
	clock   *clock.Manual
	e       *engine.Engine
	set     *rule.Set
	docs    []string
	people  []*person
	sent    []engine.Input
	counter int
	now     int64
	gens    map[uint32]*rule.Program
	loading bool // event clock: not gone live yet
}

type person struct {
	id    customer.ID
	world *reference.World
	keys  []customer.Key
	known bool
	rows  []change.Row
}

func newHistory(t *rapid.T, store ledger.Store) *history {
	h := &history{t: t, ctx: context.Background(), grid: random.NewGrid(t), store: store, gens: map[uint32]*rule.Program{}}
	h.now = h.grid.Anchor.AddDate(0, 0, -4).UnixMilli()
	h.clock = clock.NewManual(time.UnixMilli(h.now))
	h.draw(1)
	for i := range rapid.IntRange(1, 3).Draw(t, "customers") {
		id, err := store.NewCustomer(h.ctx)
		h.must(err)
		h.people = append(h.people, &person{id: id})
		h.newWorld(h.people[i])
	}
	h.loading = rapid.IntRange(0, 3).Draw(t, "initial load") == 0
	h.open()
	if !h.loading {
		h.must(h.e.GoLive(h.ctx))
	}
	return h
}

func (h *history) must(err error) {
	if err != nil {
		h.t.Fatalf("%v\n%s", err, strings.Join(h.docs, "\n"))
	}
}

func (h *history) open() {
	e, err := engine.Open(h.ctx, engine.Options{
		Ledger: h.store, Clock: h.clock, Program: h.gens[h.set.Gen], Shards: 2,
		Programs: func(gen uint32) (*rule.Program, error) { return h.gens[gen], nil },
	})
	h.must(err)
	h.e = e
}

func (h *history) close() { _ = h.e.Close(h.ctx) }

func (h *history) newWorld(p *person) {
	var kept []event.Event
	if p.world != nil {
		kept = p.world.Events()
		slices.SortStableFunc(kept, func(a, b event.Event) int { return int(a.Arrival) - int(b.Arrival) })
	}
	p.world = &reference.World{
		Zone: h.grid.Zone, Names: h.set.Names(), Customer: p.id, Identities: p.keys,
		Held:  func(at int64, id tag.ID) (expr.HeldTag, bool) { return p.held(at, id) },
		Share: func(salt string, percent value.Dec) bool { return h.inShare(p.id, salt, percent) },
	}
	p.world.Add(kept...)
}

func (h *history) inShare(id customer.ID, salt string, percent value.Dec) bool {
	c := expr.NewCompiler(h.grid.Zone, h.set.Names())
	cond, _, err := c.Condition(expr.Share{Salt: salt, Percent: percent})
	h.must(err)
	s := c.NewState()
	s.Customer = id
	holds, _ := cond(s, 0)
	return holds
}

// held is what the log says of one tag at an instant.
func (p *person) held(at int64, id tag.ID) (expr.HeldTag, bool) {
	var found expr.HeldTag
	ok := false
	for i := range p.rows {
		r := &p.rows[i]
		if r.Tag != id || r.At > at {
			continue
		}
		if ok = r.Kind == change.TagAdded; ok {
			found = expr.HeldTag{Tag: id, At: r.At, Since: r.Since, SetBy: "rule"}
			if r.Cause.Kind == change.ByStatement {
				found.SetBy = "hand"
			}
		}
	}
	return found, ok
}

var plain = slices.DeleteFunc(slices.Clone(random.Kinds), func(k random.Kind) bool {
	return k == random.Tag || k == random.Segment || k == random.Customers
})

func (h *history) parse(doc string) expr.Node {
	n, err := expr.Parse([]byte(doc), expr.ParseOptions{Zone: h.grid.Zone})
	h.must(err)
	return n
}

var sinceTag = regexp.MustCompile(`"since":\{"tag":"[^"]*"\}`)

// draw makes the definitions of a generation: t1 over anything but tags, t2 that may read t1, a ladder
// t3 > t4, and the stated tag s1.
func (h *history) draw(gen uint32) {
	t, g := h.t, h.grid
	l := fmt.Sprint("gen ", gen, " ")
	set := &rule.Set{
		Gen: gen, Zone: g.Zone, Groups: []tag.Group{{ID: 1, Name: "g1"}, {ID: 2, Name: "g2", Single: true}},
		Tags: []tag.Tag{
			{ID: 1, Group: 1, Name: "t1"}, {ID: 2, Group: 1, Name: "t2", Order: 1}, {ID: 5, Group: 1, Name: "s1", Order: 2},
			{ID: 3, Group: 2, Name: "t3"}, {ID: 4, Group: 2, Name: "t4", Order: 1},
		},
		Metrics: map[string]expr.Num{}, Segments: map[string]expr.Node{},
		Tables: map[string]rule.Table{
			"right": {Bounds: []value.Dec{{Coef: 1}, {Coef: 2}, {Coef: 10}}, RightClosed: true},
			"left":  {Bounds: []value.Dec{{Coef: 1}, {Coef: 2}, {Coef: 10}}},
		},
	}
	h.set = set
	simple := slices.DeleteFunc(slices.Clone(plain), func(k random.Kind) bool { return k == random.Metric || k == random.Quantile })
	segments, metrics := g.NewNames(t, simple)
	for name, doc := range segments {
		doc = sinceTag.ReplaceAllString(doc, `"since":"first_follow"`)
		set.Segments[name] = h.parse(doc)
		h.docs = append(h.docs, l+"segment "+name+": "+doc)
	}
	for name, doc := range metrics {
		doc = sinceTag.ReplaceAllString(doc, `"since":"first_follow"`)
		set.Metrics[name] = h.parse(`{"metric":` + doc + `,"gte":0}`).(expr.MetricCond).Expr
		h.docs = append(h.docs, l+"metric "+name+": "+doc)
	}
	tree := func(label string, kinds []random.Kind) expr.Node {
		doc := g.Tree(t, 2, kinds, l+label)
		if !slices.Contains(kinds, random.Tag) {
			doc = sinceTag.ReplaceAllString(doc, `"since":"first_follow"`) // a tag is read through windows, too
		}
		h.docs = append(h.docs, l+label+": "+doc)
		return h.parse(doc)
	}
	withTags := append(slices.Clone(plain), random.Tag, random.Segment, random.Customers)
	set.Rules = []rule.Def{
		{ID: 2, Version: gen, Tag: 2, When: tree("t2", withTags), Anonymous: rapid.Bool().Draw(t, l+"anonymous")},
		{ID: 1, Version: gen, Tag: 1, When: tree("t1", append(slices.Clone(plain), random.Segment, random.Customers))},
		{ID: 3, Version: gen, Ladder: h.drawLadder(l, tree)},
	}
	p, err := rule.Build(set)
	if err != nil { // t2 reads itself or a tag that is not there: let it read t1
		set.Rules[0].When = h.parse(`{"tag":"t1"}`)
		h.docs = append(h.docs, l+"t2 is instead: tag t1")
		p, err = rule.Build(set)
		h.must(err)
	}
	h.gens[gen] = p
}

func (h *history) drawLadder(l string, tree func(string, []random.Kind) expr.Node) *rule.Ladder {
	t := h.t
	ladder := &rule.Ladder{Group: 2, Steps: []rule.Step{{Tag: 3, When: tree("t3", plain)}, {Tag: 4, When: tree("t4", plain)}}}
	duration := func(label string) *expr.Duration {
		d := []expr.Duration{{Ms: 86_400_000, Text: "1d"}, {Ms: 3_600_000, Text: "1h"}, {Months: 1, Text: "1mo"}, {Ms: 3 * 86_400_000, Text: "3d"}}
		return &d[rapid.IntRange(0, len(d)-1).Draw(t, label)]
	}
	if rapid.Bool().Draw(t, l+"keeps") {
		ladder.Keep = duration(l + "keep")
	}
	if rapid.Bool().Draw(t, l+"demotes") {
		ladder.DemoteWhen = tree("demote", plain)
		if rapid.Bool().Draw(t, l+"again") {
			ladder.DemoteEvery = duration(l + "every")
		}
	}
	h.docs = append(h.docs, fmt.Sprintf("%sladder keep %v every %v", l, ladder.Keep, ladder.DemoteEvery))
	return ladder
}

// step moves the clock and checks all that happened by time alone, then does one thing and checks.
func (h *history) step(label string) {
	before := h.now
	h.move(label)
	h.check(label+" time", before)
	h.act(label)
	h.check(label, h.now-1)
}

func (h *history) act(label string) {
	switch rapid.IntRange(0, 13).Draw(h.t, label+" does") {
	case 0:
		h.close()
		h.open()
	case 1:
		if h.set.Gen < 3 {
			h.draw(h.set.Gen + 1)
			h.must(h.e.Publish(h.ctx, h.gens[h.set.Gen], nil))
			for _, p := range h.people {
				h.newWorld(p)
			}
		}
	case 2:
		if h.loading {
			h.must(h.e.GoLive(h.ctx))
			h.loading = false
		}
	default:
		h.unit(label)
	}
}

// move sets the clock to a drawn instant: often a deadline, one before or one after.
func (h *history) move(label string) {
	deltas := []int64{0, 1, 1000, 3_600_000, 43_200_000, 86_400_000, 3 * 86_400_000, 40 * 86_400_000}
	d := rapid.SampledFrom(deltas).Draw(h.t, label+" delta")
	to := h.now + d
	if rapid.Bool().Draw(h.t, label+" to deadline") {
		due, err := h.e.Upcoming(h.ctx, 1)
		h.must(err)
		if len(due) > 0 && due[0].At < h.now+400*86_400_000 {
			to = max(h.now, due[0].At+rapid.Int64Range(-1, 1).Draw(h.t, label+" off"))
		}
	}
	h.now = to
	h.clock.Set(time.UnixMilli(to))
	if h.loading {
		h.must(h.e.AdvanceTo(h.ctx, to))
	}
}

// unit sends events of one or two customers, some of them repeats.
func (h *history) unit(label string) {
	var unit []engine.Input
	for i := range rapid.IntRange(1, 2).Draw(h.t, label+" inputs") {
		l := fmt.Sprint(label, " input ", i)
		if len(h.sent) > 0 && rapid.IntRange(0, 5).Draw(h.t, l+" repeat") == 0 {
			unit = append(unit, clone(rapid.SampledFrom(h.sent).Draw(h.t, l+" which")))
			continue
		}
		p := rapid.SampledFrom(h.people).Draw(h.t, l+" customer")
		in := engine.Input{Customer: p.id, Keys: []customer.Key{{Kind: customer.AnonymousID, Value: fmt.Sprint("a", p.id)}}}
		if rapid.IntRange(0, 2).Draw(h.t, l+" strong") > 0 {
			in.Keys = append(in.Keys, customer.Key{Kind: customer.UserID, Value: fmt.Sprint("u", p.id)})
		}
		in.Events = h.grid.History(h.t, 3)
		if rapid.IntRange(0, 5).Draw(h.t, l+" states") == 0 {
			until := expr.Never
			if rapid.Bool().Draw(h.t, l+" ends") {
				until = h.grid.Instant(h.t, l+" until")
			}
			in.Events = append(in.Events, engine.StatementEvent(5, rapid.Bool().Draw(h.t, l+" present"), h.grid.Instant(h.t, l+" stated"), until, "hand", "x"))
		}
		for j := range in.Events {
			h.counter++
			in.Events[j].ID = fmt.Sprint("m", h.counter)
			in.Events[j].Source = "test"
		}
		unit = append(unit, in)
		h.sent = append(h.sent, clone(in))
		p.receive(clone(in))
	}
	if h.loading {
		done := make(chan error, 1)
		h.e.StepAsync(h.now, unit, func(_ engine.Receipt, err error) { done <- err })
		h.must(<-done)
		return
	}
	_, err := h.e.Submit(h.ctx, unit)
	h.must(err)
}

func clone(in engine.Input) engine.Input {
	in.Events = slices.Clone(in.Events)
	return in
}

func (p *person) receive(in engine.Input) {
	if len(in.Events) == 0 && len(in.Keys) == 0 {
		return
	}
	p.known = true
	for _, k := range in.Keys {
		if !slices.Contains(p.keys, k) {
			p.keys = append(p.keys, k)
		}
	}
	p.world.Identities = p.keys
	for _, ev := range in.Events {
		ev.Arrival = uint32(len(p.world.Events()) + 1)
		p.world.Add(ev)
	}
}

func (p *person) strong() bool {
	return slices.ContainsFunc(p.keys, func(k customer.Key) bool { return k.Kind.Strong() })
}

// check compares log and reference at every candidate instant after `after` up to now.
func (h *history) check(label string, after int64) {
	for _, p := range h.people {
		if !p.known {
			continue
		}
		v, err := h.e.View(h.ctx, p.id)
		h.must(err)
		if v.Error != "" {
			h.t.Fatalf("%s: evaluation failed: %s\n%s", label, v.Error, h.describe(p))
		}
		p.rows = p.rows[:0]
		h.must(h.store.History(h.ctx, p.id, func(r change.Row) error { p.rows = append(p.rows, r); return nil }))
		for i := range p.rows {
			if p.rows[i].At > h.now || p.rows[i].At < 0 {
				h.t.Fatalf("%s: customer %d: a row is dated %d, now is %d\n%s", label, p.id, p.rows[i].At, h.now, h.describe(p))
			}
		}
		for _, at := range h.candidates(p, after) {
			h.compare(label, p, at)
		}
		for id := tag.ID(1); id <= 5; id++ {
			_, logged := p.held(h.now, id)
			viewed := slices.ContainsFunc(v.Tags, func(x engine.Held) bool { return x.Tag == id })
			if logged != viewed {
				h.t.Fatalf("%s: customer %d tag %d: log says %v, state says %v\n%s", label, p.id, id, logged, viewed, h.describe(p))
			}
		}
	}
}

func (h *history) nodes() []expr.Node {
	var nodes []expr.Node
	for i := range h.set.Rules {
		r := &h.set.Rules[i]
		if r.Ladder == nil {
			nodes = append(nodes, r.When)
			continue
		}
		for _, s := range r.Ladder.Steps {
			nodes = append(nodes, s.When)
		}
		if r.Ladder.DemoteWhen != nil {
			nodes = append(nodes, r.Ladder.DemoteWhen)
		}
	}
	return nodes
}

// candidates are the instants to look at: the log's own, the reference's edges (at most 48, spread), each
// with its neighbours, and now.
func (h *history) candidates(p *person, after int64) []int64 {
	edges := reference.Edges(h.nodes(), p.world, after, h.now)
	for stride := 1 + len(edges)/24; stride > 1; {
		kept := edges[:0]
		for i := range edges {
			if i%stride == 0 {
				kept = append(kept, edges[i])
			}
		}
		edges, stride = kept, 1
	}
	for i := range p.rows {
		edges = append(edges, p.rows[i].At)
	}
	out := []int64{h.now}
	for _, e := range edges {
		for at := e - 1; at <= e+1; at++ {
			if at > after && at <= h.now {
				out = append(out, at)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (h *history) compare(label string, p *person, at int64) {
	for i := range h.set.Rules {
		r := &h.set.Rules[i]
		if r.Ladder != nil && at != h.now && at%5 > 1 {
			continue // the reference walks a ladder's whole history for each instant: two of five will do
		}
		want := tag.ID(0)
		if p.strong() || r.Anonymous {
			want = h.reference(p, r, at)
		}
		for _, t := range r.Tags() {
			if _, got := p.held(at, t); got != (t == want) {
				h.t.Fatalf("%s: customer %d, tag %d at %s (%d): log says %v, reference %v; now %s\n%s", label, p.id, t, h.when(at), at, got, t == want, h.when(h.now), h.describe(p))
			}
		}
	}
	if _, got := p.held(at, 5); got != h.stated(p, at) && (p.known) {
		h.t.Fatalf("%s: customer %d, stated tag at %s: log says %v\n%s", label, p.id, h.when(at), got, h.describe(p))
	}
}

func (h *history) reference(p *person, r *rule.Def, at int64) tag.ID {
	if r.Ladder == nil {
		if reference.Eval(r.When, p.world, at) {
			return r.Tag
		}
		return 0
	}
	stair := reference.Stair{Keep: r.Ladder.Keep}
	for _, s := range r.Ladder.Steps {
		stair.Steps = append(stair.Steps, s.When)
	}
	if r.Ladder.DemoteWhen != nil {
		stair.Demote = &reference.Demotion{When: r.Ladder.DemoteWhen, Every: r.Ladder.DemoteEvery}
	}
	if step := reference.Ladder(stair, p.world, at); step >= 0 {
		return r.Ladder.Steps[step].Tag
	}
	return 0
}

// stated is the register of the stated tag: the newest statement by time, ties by arrival.
func (h *history) stated(p *person, at int64) bool {
	holds := false
	for _, ev := range p.world.Events() {
		if ev.Type != event.Statement || ev.Time > at {
			continue
		}
		until, ends := ev.Props.Get("until").Int()
		holds = ev.Props.Get("present").Bool() && (!ends || at < until)
	}
	return holds
}

func (h *history) when(at int64) string {
	if at == math.MaxInt64 {
		return "never"
	}
	return time.UnixMilli(at).In(h.grid.Zone).Format("2006-01-02T15:04:05.000Z07:00")
}

func (h *history) describe(p *person) string {
	var b strings.Builder
	fmt.Fprintf(&b, "zone %s, strong %v\n%s\n", h.grid.Zone, p.strong(), strings.Join(h.docs, "\n"))
	for _, ev := range p.world.Events() {
		fmt.Fprintf(&b, "event %d %s at %s %s\n", ev.Arrival, ev.Type, h.when(ev.Time), ev.Props)
	}
	for _, r := range p.rows {
		fmt.Fprintf(&b, "row %d kind %d tag %d at %s recorded %s cause %+v\n", r.Seq, r.Kind, r.Tag, h.when(r.At), h.when(r.Recorded), r.Cause)
	}
	return b.String()
}
