package expr_test

import (
	"cmp"
	"strings"
	"testing"
	"time"

	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/tag"
	"github.com/earmarkhq/earmark/internal/value"
)

const (
	second = int64(1000)
	minute = 60 * second
	hour   = 60 * minute
	day    = 24 * hour
)

// stand is one customer: events are taken in, conditions asked.
type stand struct {
	testing.TB
	loc   *time.Location
	named names
	c     *expr.Compiler
	s     *expr.State
	queue []*event.Event
}

func newStand(t testing.TB, zone string) *stand {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	st := &stand{TB: t, loc: loc}
	st.c = expr.NewCompiler(loc, &st.named)
	return st
}

// names resolves the names of tests.
type names struct {
	tags     map[string]uint32
	groups   map[string][]tag.ID
	segments map[string]expr.Node
	metrics  map[string]expr.Num
	cuts     map[string][]value.Dec
	right    bool
}

func (n *names) Tag(name string) (tag.ID, bool) {
	id, ok := n.tags[name]
	return tag.ID(id), ok
}
func (n *names) Group(name string) ([]tag.ID, bool) { g, ok := n.groups[name]; return g, ok }
func (n *names) Segment(name string) (expr.Node, bool) {
	s, ok := n.segments[name]
	return s, ok
}
func (n *names) Metric(name string) (expr.Num, bool) { m, ok := n.metrics[name]; return m, ok }
func (n *names) Cuts(name string) ([]value.Dec, bool, bool) {
	c, ok := n.cuts[name]
	return c, n.right, ok
}
func (n *names) Suggest(string) []string { return nil }

// event keeps an event for the questions that follow.
func (st *stand) event(at int64, typ string, props ...value.Field) {
	st.queue = append(st.queue, &event.Event{
		Type: typ, Time: at, Arrival: uint32(len(st.queue) + 1), Props: value.NewObject(props...),
	})
}

// at reads a local date or date and time.
func (st *stand) at(text string) int64 {
	st.Helper()
	ms, _, ok := value.ParseTimeText(text, st.loc)
	if !ok {
		st.Fatalf("no date: %s", text)
	}
	return ms
}

// compile makes the condition and a state of all events so far.
func (st *stand) compile(n expr.Node) expr.Cond {
	st.Helper()
	f, _, err := st.c.Condition(n)
	if err != nil {
		st.Fatal(err)
	}
	st.fill()
	return f
}

func (st *stand) fill() {
	tags := []expr.HeldTag(nil)
	if st.s != nil {
		tags = st.s.Tags
	}
	st.s = st.c.NewState()
	st.s.Tags = tags
	for _, ev := range st.queue {
		st.s.First = min(st.s.First, ev.Time)
		for _, s := range st.c.Streams() {
			st.s.Streams[s.Number] = expr.Insert(st.s.Streams[s.Number], s.Append(nil, ev)...)
		}
	}
}

// scene is one customer's history, a condition, and what it answers. Events are written
// "time | type | properties as JSON".
type scene struct {
	name   string
	zone   string // Asia/Shanghai where empty
	events []string
	cond   string
	want   []answer
}

func play(t *testing.T, scenes []scene, prepare ...func(*stand)) {
	t.Helper()
	for _, sc := range scenes {
		t.Run(sc.name, func(t *testing.T) {
			st := newStand(t, cmp.Or(sc.zone, "Asia/Shanghai"))
			st.tell(sc.events...)
			for _, f := range prepare {
				f(st)
			}
			st.asks(st.parse(sc.cond), sc.want...)
		})
	}
}

func (st *stand) tell(events ...string) {
	st.Helper()
	for _, e := range events {
		part := strings.SplitN(e, "|", 3)
		props := value.NewObject()
		if len(part) == 3 {
			v, err := value.ParseJSONText(strings.TrimSpace(part[2]))
			if err != nil {
				st.Fatalf("%s: %v", e, err)
			}
			props = v
		}
		st.event(st.at(strings.TrimSpace(part[0])), strings.TrimSpace(part[1]), props.Fields()...)
	}
}

func (st *stand) parse(cond string) expr.Node {
	st.Helper()
	n, err := expr.Parse([]byte(cond), expr.ParseOptions{Zone: st.loc})
	if err != nil {
		st.Fatalf("%s: %v", cond, err)
	}
	return n
}

// answer is what is expected at an instant.
type answer struct {
	at    string
	holds bool
	next  string // "" for never
}

// asks compares answers at written instants.
func (st *stand) asks(n expr.Node, want ...answer) {
	st.Helper()
	f := st.compile(n)
	for _, w := range want {
		holds, next := f(st.s, st.at(w.at))
		got := ""
		if next != expr.Never {
			got = time.UnixMilli(next).In(st.loc).Format("2006-01-02 15:04:05.000Z07:00")
		}
		wantNext := ""
		if w.next != "" {
			wantNext = time.UnixMilli(st.at(w.next)).In(st.loc).Format("2006-01-02 15:04:05.000Z07:00")
		}
		if holds != w.holds || got != wantNext {
			st.Errorf("at %s: %v, next %q; want %v, %q", w.at, holds, got, w.holds, wantNext)
		}
	}
}

func prop(key string, v value.Value) value.Field { return value.Field{Key: key, Val: v} }
func text(key, s string) value.Field             { return prop(key, value.NewText(s)) }
func whole(key string, n int64) value.Field      { return prop(key, value.NewInt(n)) }

func num(name string, n int64) expr.Op {
	return expr.Op{Name: name, Args: []value.Value{value.NewInt(n)}}
}

func eq(s string) expr.Op { return expr.Op{Name: expr.OpEq, Args: []value.Value{value.NewText(s)}} }

func on(types ...string) expr.Selector { return expr.Selector{Types: types} }

func ms(d int64) expr.Duration   { return expr.Duration{Ms: d} }
func months(n int) expr.Duration { return expr.Duration{Months: n} }
func within(d int64) expr.Window { return expr.Window{Kind: expr.Within, D: ms(d)} }

// orders is a count of order.paid in a window.
func orders(w expr.Window, ops ...expr.Op) expr.Aggregate {
	return expr.Aggregate{Events: on("order.paid"), Window: w, Agg: expr.Agg{Fn: expr.Count}, Cmp: ops}
}
