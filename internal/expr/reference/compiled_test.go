package reference_test

import (
	"fmt"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/expr/reference"
	"github.com/earmarkhq/earmark/internal/expr/reference/random"
	"github.com/earmarkhq/earmark/internal/tag"
	"github.com/earmarkhq/earmark/internal/value"
	"pgregory.net/rapid"
)

// bench is one customer, known both to the compiled evaluator and to the reference.
type bench struct {
	names    expr.Names
	docs     []string // the documents of segments and metrics, for failures
	compiler *expr.Compiler
	state    *expr.State
	world    *reference.World
	grid     random.Grid
	arrivals uint32
}

// newBench draws a customer without events.
func newBench(t *rapid.T, kinds []random.Kind) *bench {
	g := random.NewGrid(t)
	b := &bench{grid: g}
	b.drawNames(t, kinds)
	b.compiler = expr.NewCompiler(g.Zone, b.names)
	id, keys, strong := random.Customer(t)
	held := g.Tags(t)
	b.world = &reference.World{Zone: g.Zone, Names: b.names, Customer: id, Identities: keys, Held: func(_ int64, id tag.ID) (expr.HeldTag, bool) {
		for _, h := range held {
			if h.Tag == id {
				return h, true
			}
		}
		return expr.HeldTag{}, false
	}}
	b.world.Share = func(salt string, percent value.Dec) bool { return inShare(t, g.Zone, id, salt, percent) }
	b.state = &expr.State{Customer: id, Identities: keys, Strong: strong, Tags: held}
	return b
}

func (b *bench) drawNames(t *rapid.T, kinds []random.Kind) {
	leaves := []random.Kind{random.Everyone}
	for _, k := range kinds {
		if k != random.Segment && k != random.Metric && k != random.Quantile {
			leaves = append(leaves, k)
		}
	}
	segments, metrics := b.grid.NewNames(t, leaves)
	n := &random.Names{Segments: map[string]expr.Node{}, Metrics: map[string]expr.Num{}}
	for _, name := range random.SegmentNames {
		n.Segments[name] = parse(t, b.grid, segments[name])
		b.docs = append(b.docs, "segment "+name+": "+segments[name])
	}
	for _, name := range random.MetricNames {
		cond := parse(t, b.grid, `{"metric":`+metrics[name]+`,"gte":0}`)
		n.Metrics[name] = cond.(expr.MetricCond).Expr
		b.docs = append(b.docs, "metric "+name+": "+metrics[name])
	}
	b.names = n
}

// inShare asks the compiled share leaf alone: which customers a share takes is no one's to know
// but its own; what is tested is how the answer is used.
func inShare(t *rapid.T, zone *time.Location, id customer.ID, salt string, percent value.Dec) bool {
	c := expr.NewCompiler(zone, &random.Names{})
	cond, _, err := c.Condition(expr.Share{Salt: salt, Percent: percent})
	if err != nil {
		t.Fatal(err)
	}
	s := c.NewState()
	s.Customer = id
	holds, _ := cond(s, 0)
	return holds
}

func parse(t *rapid.T, g random.Grid, doc string) expr.Node {
	n, err := expr.Parse([]byte(doc), expr.ParseOptions{Zone: g.Zone})
	if err != nil {
		t.Fatalf("drew a condition that is refused: %s\n%v", doc, err)
	}
	return n
}

// compile adds a condition; no event may have been added yet.
func (b *bench) compile(t *rapid.T, doc string) (expr.Node, expr.Cond) {
	n := parse(t, b.grid, doc)
	cond, _, err := b.compiler.Condition(n)
	if err != nil {
		t.Fatalf("a condition that was read is not compiled: %s\n%v", doc, err)
	}
	return n, cond
}

// start makes the state once all conditions are compiled.
func (b *bench) start() {
	s := b.compiler.NewState()
	s.Customer, s.Identities, s.Strong, s.Tags = b.state.Customer, b.state.Identities, b.state.Strong, b.state.Tags
	b.state = s
}

// add gives an event to both.
func (b *bench) add(ev event.Event) {
	b.arrivals++
	ev.Arrival = b.arrivals
	b.state.First = min(b.state.First, ev.Time)
	for i, st := range b.compiler.Streams() {
		if st.Matches(ev.Type) {
			list := st.Append(b.state.Streams[i], &ev)
			sort.SliceStable(list, func(x, y int) bool { return list[x].T < list[y].T })
			b.state.Streams[i] = list
		}
	}
	b.state.Reset()
	b.world.Add(ev)
}

func (b *bench) when(at int64) string {
	return time.UnixMilli(at).In(b.grid.Zone).Format("2006-01-02T15:04:05.000Z07:00")
}

// describe is everything a failure needs to be seen again.
func (b *bench) describe(docs ...string) string {
	var s strings.Builder
	fmt.Fprintf(&s, "zone %s\n", b.grid.Zone)
	for _, d := range docs {
		fmt.Fprintf(&s, "condition %s\n", d)
		if strings.Contains(d, `"segment"`) || strings.Contains(d, `"metric":"`) {
			fmt.Fprintln(&s, strings.Join(b.docs, "\n"))
		}
	}
	for _, ev := range b.world.Events() {
		fmt.Fprintf(&s, "event %s %s %s (arrival %d, source %s, context %s)\n", b.when(ev.Time), ev.Type, ev.Props, ev.Arrival, ev.Source, ev.Context)
	}
	for _, h := range b.state.Tags {
		fmt.Fprintf(&s, "tag t%d tagged %s since %s by %s\n", h.Tag, b.when(h.At), b.when(h.Since), h.SetBy)
	}
	fmt.Fprintf(&s, "identities %v\n", b.world.Identities)
	return s.String()
}

// early are the leaves whose deadline may come too early; every other must change its answer.
func early(k random.Kind, doc string) bool {
	switch k {
	case random.Sequence, random.Regular, random.Segment:
		return true
	}
	if strings.Contains(doc, `"metric":"`) { // named: any of these may be inside
		return true
	}
	for _, fn := range []string{`"avg"`, `"median"`, `"percentile"`, `"p75"`, `"distinct"`, `"days_since"`} {
		if strings.Contains(doc, fn) {
			return true
		}
	}
	return false
}

// walk follows the deadlines of a condition from an instant on: at each, the compiled answer is
// the reference's; between two of them the reference does not change; a deadline that must be
// exact changes the answer.
func (b *bench) walk(t *rapid.T, doc string, n expr.Node, cond expr.Cond, at int64, exact bool) {
	end := b.grid.Anchor.AddDate(1, 2, 0).UnixMilli()
	for range 60 {
		holds, next := cond(b.state, at)
		if want := reference.Eval(n, b.world, at); holds != want {
			t.Fatalf("at %s (%d) compiled %v, reference %v\n%s", b.when(at), at, holds, want, b.describe(doc))
		}
		if next <= at {
			t.Fatalf("at %s the deadline %s is not later\n%s", b.when(at), b.when(next), b.describe(doc))
		}
		until := min(next-1, end)
		for _, p := range b.probes(t, n, at, until) {
			if reference.Eval(n, b.world, p) != holds {
				t.Fatalf("at %s the answer is %v with deadline %s, but it changes at or before %s\n%s",
					b.when(at), holds, b.deadline(next), b.when(p), b.describe(doc))
			}
		}
		if next == expr.Never || next > end {
			return
		}
		if exact && reference.Eval(n, b.world, next) == holds {
			t.Fatalf("at %s the answer is %v with deadline %s, where nothing changes\n%s", b.when(at), holds, b.when(next), b.describe(doc))
		}
		at = next
	}
}

func (b *bench) deadline(next int64) string {
	if next == expr.Never {
		return "never"
	}
	return b.when(next)
}

// probes are the instants in (at, until] at which the reference is asked: every edge, and the
// millisecond before it; of very many a sample.
func (b *bench) probes(t *rapid.T, n expr.Node, at, until int64) []int64 {
	if until <= at {
		return nil
	}
	edges := reference.Edges([]expr.Node{n}, b.world, at, until)
	const most = 120
	step, first := 1, 0
	if len(edges) > most {
		step = len(edges)/most + 1
		first = rapid.IntRange(0, step-1).Draw(t, "probe offset")
	}
	out := []int64{until}
	for i := first; i < len(edges); i += step {
		if edges[i]-1 > at {
			out = append(out, edges[i]-1)
		}
		out = append(out, edges[i])
	}
	return out
}

// check draws a history and holds the condition to the reference while it arrives and after.
func (b *bench) check(t *rapid.T, doc string, exact bool) {
	n, cond := b.compile(t, doc)
	b.start()
	history := b.grid.History(t, 8)
	for i, ev := range history {
		b.add(ev)
		at := b.grid.Instant(t, fmt.Sprint("asked ", i))
		holds, _ := cond(b.state, at)
		if want := reference.Eval(n, b.world, at); holds != want {
			t.Fatalf("at %s (%d) compiled %v, reference %v\n%s", b.when(at), at, holds, want, b.describe(doc))
		}
	}
	b.walk(t, doc, n, cond, b.grid.Instant(t, "walk from"), exact)
}

func TestEachKindOfLeafAgreesWithTheReference(t *testing.T) {
	for _, kind := range random.Kinds {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				b := newBench(t, random.Kinds)
				doc := b.grid.Leaf(t, kind, "leaf")
				b.check(t, doc, !early(kind, doc))
			})
		})
	}
}

func TestTreesAgreeWithTheReference(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := newBench(t, random.Kinds)
		b.check(t, b.grid.Tree(t, 3, random.Kinds, "tree"), false)
	})
}

// Laws that hold whatever the leaves are: NOT is the complement, De Morgan, and any, all and none
// are cases of at_least.
func TestLawsOfStructure(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := newBench(t, random.Kinds)
		x, y := b.grid.Tree(t, 1, random.Kinds, "x"), b.grid.Tree(t, 1, random.Kinds, "y")
		pairs := [][2]string{
			{`{"not":{"not":` + x + `}}`, x},
			{`{"not":{"all":[` + x + `,` + y + `]}}`, `{"any":[{"not":` + x + `},{"not":` + y + `}]}`},
			{`{"not":{"any":[` + x + `,` + y + `]}}`, `{"all":[{"not":` + x + `},{"not":` + y + `}]}`},
			{`{"none":[` + x + `,` + y + `]}`, `{"not":{"any":[` + x + `,` + y + `]}}`},
			{`{"at_least":{"n":2,"of":[` + x + `,` + y + `]}}`, `{"all":[` + x + `,` + y + `]}`},
			{`{"at_least":{"n":1,"of":[` + x + `,` + y + `]}}`, `{"any":[` + x + `,` + y + `]}`},
		}
		var conds [][2]expr.Cond
		for _, p := range pairs {
			_, l := b.compile(t, p[0])
			_, r := b.compile(t, p[1])
			conds = append(conds, [2]expr.Cond{l, r})
		}
		_, cx := b.compile(t, x)
		_, notX := b.compile(t, `{"not":`+x+`}`)
		b.start()
		for _, ev := range b.grid.History(t, 6) {
			b.add(ev)
		}
		for i := range 6 {
			at := b.grid.Instant(t, fmt.Sprint("asked ", i))
			for k, c := range conds {
				l, ln := c[0](b.state, at)
				r, rn := c[1](b.state, at)
				if l != r || ln != rn {
					t.Fatalf("at %s: %v until %s and %v until %s\n%s", b.when(at), l, b.deadline(ln), r, b.deadline(rn), b.describe(pairs[k][:]...))
				}
			}
			h, hn := cx(b.state, at)
			if nh, nn := notX(b.state, at); nh == h || nn != hn {
				t.Fatalf("at %s: not is no complement\n%s", b.when(at), b.describe(x))
			}
		}
	})
}

// The order in which events arrive does not matter, but among events of one instant.
func TestOrderOfArrivalDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := newBench(t, random.Kinds)
		doc := b.grid.Tree(t, 2, random.Kinds, "tree")
		_, cond := b.compile(t, doc)
		b.start()
		history := b.grid.History(t, 8)
		for _, ev := range history {
			b.add(ev)
		}
		first := b.state
		b.start()
		b.world = &reference.World{Zone: b.world.Zone, Names: b.world.Names}
		order := rapid.Permutation(history).Draw(t, "another order")
		for _, ev := range keepTies(order) {
			b.add(ev)
		}
		for i := range 5 {
			at := b.grid.Instant(t, fmt.Sprint("asked ", i))
			l, ln := cond(first, at)
			r, rn := cond(b.state, at)
			if l != r || ln != rn {
				t.Fatalf("at %s: %v until %s in one order, %v until %s in another\n%s", b.when(at), l, b.deadline(ln), r, b.deadline(rn), b.describe(doc))
			}
		}
	})
}

// keepTies puts events of one instant into the order in which they first arrived.
func keepTies(events []event.Event) []event.Event {
	places := map[int64][]int{}
	for i, ev := range events {
		places[ev.Time] = append(places[ev.Time], i)
	}
	out := make([]event.Event, len(events))
	for _, at := range places {
		group := make([]event.Event, len(at))
		for k, i := range at {
			group[k] = events[i]
		}
		sort.Slice(group, func(x, y int) bool { return group[x].Arrival < group[y].Arrival })
		for k, i := range at {
			out[i] = group[k]
		}
	}
	return out
}
