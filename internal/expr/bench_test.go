package expr_test

import (
	"testing"

	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/value"
)

// fourConditions is the rule of the language's first page.
func fourConditions() expr.Node {
	mother := expr.PropTest{Path: []string{"items"}, Ops: []expr.Op{{Name: expr.OpAny, Elem: expr.PropAll{Kids: []expr.Prop{
		expr.PropTest{Path: []string{"category"}, Ops: []expr.Op{eq("母婴")}},
		expr.PropTest{Path: []string{"quantity"}, Ops: []expr.Op{num(expr.OpGte, 3)}},
	}}}}}
	return expr.All{Kids: []expr.Node{
		expr.Aggregate{Events: on("order.paid"), Where: mother, Window: within(365 * day), Agg: expr.Agg{Fn: expr.Count}, Cmp: []expr.Op{num(expr.OpGte, 10)}},
		expr.Occurrence{N: 1, Events: on("order.paid"), Window: within(7 * day)},
		expr.Not{Kid: expr.TagCond{Mode: "any", Names: []string{"强力拒绝"}}},
		expr.Attribute{Path: []string{"city"}, Ops: []expr.Op{{Name: expr.OpIn, Args: []value.Value{value.NewText("北京"), value.NewText("上海")}}}},
	}}
}

func BenchmarkFourConditions(b *testing.B) {
	st := newStand(b, "Asia/Shanghai")
	st.named.tags = map[string]uint32{"强力拒绝": 7, "复购": 3}
	item := value.NewObject(prop("category", value.NewText("母婴")), prop("quantity", value.NewInt(4)))
	for i := int64(0); i < 40; i++ {
		st.event(i*5*day, "order.paid", prop("items", value.NewList(item)))
	}
	st.event(100*day, "$identify", prop("city", value.NewText("上海")))
	f := st.compile(fourConditions())
	st.s.Tags = []expr.HeldTag{{Tag: 3}, {Tag: 9}}
	at := 200 * day
	if h, next := f(st.s, at); !h || next != 202*day {
		b.Fatalf("holds %v, next %d", h, next/day)
	}
	b.ReportAllocs()
	for b.Loop() {
		st.s.Reset()
		f(st.s, at)
	}
}

func BenchmarkAppend(b *testing.B) {
	st := newStand(b, "Asia/Shanghai")
	st.named.tags = map[string]uint32{"强力拒绝": 7}
	item := value.NewObject(prop("category", value.NewText("母婴")), prop("quantity", value.NewInt(4)))
	st.event(1, "order.paid", prop("items", value.NewList(item)))
	st.compile(fourConditions())
	ev := st.queue[0]
	var buf []expr.Entry
	b.ReportAllocs()
	for b.Loop() {
		for _, s := range st.c.Streams() {
			buf = s.Append(buf[:0], ev)
		}
	}
}

func BenchmarkSumWithin(b *testing.B) {
	st := newStand(b, "Asia/Shanghai")
	for i := int64(0); i < 100; i++ {
		st.event(i*day, "order.paid", prop("amount_fen", value.NewInt(1000)))
	}
	f := st.compile(expr.Aggregate{Events: on("order.paid"), Window: within(365 * day), Agg: expr.Agg{Fn: expr.Sum, Of: []string{"amount_fen"}}, Cmp: []expr.Op{num(expr.OpGte, 50000)}})
	b.ReportAllocs()
	for b.Loop() {
		f(st.s, 100*day)
	}
}

// BenchmarkLadderWalk walks a year of 250 orders.
func BenchmarkLadderWalk(b *testing.B) {
	st := newStand(b, "Asia/Shanghai")
	for i := int64(0); i < 250; i++ {
		st.event(i*35*hour, "order.paid", prop("amount_fen", value.NewInt(1000+i)))
	}
	keep, every := months(12), months(3)
	spec := expr.LadderSpec{
		Steps: st.steps(
			`{event: order.paid, within: 365d, sum: {of: amount_fen, gte: 250000}}`,
			`{event: order.paid, within: 365d, sum: {of: amount_fen, gte: 120000}}`, `{event: order.paid, within: 365d}`,
		),
		Keep: &keep, DemoteWhen: st.parse(`{event: order.paid, last: {older_than: 3mo}}`), DemoteEvery: &every,
	}
	l, _, err := st.c.CompileLadder(spec)
	if err != nil {
		b.Fatal(err)
	}
	st.fill()
	at := 250 * 35 * hour
	b.ReportAllocs()
	for b.Loop() {
		st.s.Reset()
		l.Eval(st.s, at)
	}
}
