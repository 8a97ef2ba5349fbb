package expr_test

import (
	"testing"
	"time"

	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/value"
)

const (
	second = int64(1000)
	hour   = 3600 * second
	day    = 24 * hour
)

// bench is one customer: events are taken in, conditions asked.
type stand struct {
	t     *testing.T
	c     *expr.Compiler
	s     *expr.State
	seq   uint32
	queue []*event.Event
}

func newStand(t *testing.T, zone string) *stand {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	return &stand{t: t, c: expr.NewCompiler(loc, nil)}
}

// event keeps an event for the questions that follow.
func (st *stand) event(at int64, typ string, props ...value.Field) {
	st.seq++
	st.queue = append(st.queue, &event.Event{Type: typ, Time: at, Arrival: st.seq, Props: value.NewObject(props...)})
	st.s = nil
}

func (st *stand) compile(n expr.Node) expr.Cond {
	st.t.Helper()
	f, _, err := st.c.Condition(n)
	if err != nil {
		st.t.Fatal(err)
	}
	st.s = st.c.NewState()
	for _, ev := range st.queue {
		for _, s := range st.c.Streams() {
			st.s.Streams[s.Number] = expr.Insert(st.s.Streams[s.Number], s.Append(nil, ev)...)
		}
	}
	return f
}

func prop(key string, v value.Value) value.Field { return value.Field{Key: key, Val: v} }

func num(name string, n int64) expr.Op {
	return expr.Op{Name: name, Args: []value.Value{value.NewInt(n)}}
}

func on(types ...string) expr.Selector { return expr.Selector{Types: types} }

func within(ms int64) expr.Window {
	return expr.Window{Kind: expr.Within, D: expr.Duration{Ms: ms}}
}

func TestCountWithin(t *testing.T) {
	st := newStand(t, "UTC")
	f := st.compile(expr.Aggregate{Events: on("order.paid"), Window: within(30 * day), Agg: expr.Agg{Fn: expr.Count}, Cmp: []expr.Op{num(expr.OpGte, 2)}})
	_ = f
	st.event(0, "order.paid")
	st.event(10*day, "order.paid")
	st.event(20*day, "order.paid")
	f = st.compile(expr.Aggregate{Events: on("order.paid"), Window: within(30 * day), Agg: expr.Agg{Fn: expr.Count}, Cmp: []expr.Op{num(expr.OpGte, 2)}})
	for _, c := range []struct {
		at    int64
		holds bool
		next  int64
	}{
		{-1, false, 10 * day},
		{0, false, 10 * day},
		{10*day - 1, false, 10 * day},
		{10 * day, true, 40 * day},
		{40*day - 1, true, 40 * day},
		{40 * day, false, expr.Never},
	} {
		if h, n := f(st.s, c.at); h != c.holds || n != c.next {
			t.Errorf("at %d: %v, %d; want %v, %d", c.at, h, n, c.holds, c.next)
		}
	}
}
