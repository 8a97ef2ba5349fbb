package expr_test

import (
	"testing"

	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/value"
)

func TestMetrics(t *testing.T) {
	events := []string{
		`2024-01-01 08:00 | order.paid | {"amount": 100}`, `2024-01-05 08:00 | order.paid | {"amount": 50}`,
		`2024-01-06 | $identify | {"points": 30}`, `2024-01-10 08:00 | order.refunded | {"amount": 50}`,
	}
	price := `{div: [{event: order.paid, sum: {of: amount}}, {event: order.paid, count: {}}]}`
	play(t, []scene{
		{
			name: "money per order", events: events, cond: `{metric: ` + price + `, eq: 75}`,
			want: []answer{{"2024-01-01 08:00", false, "2024-01-05 08:00"}, {"2024-01-05 08:00", true, ""}},
		},
		{
			name: "division by zero is absent and matches nothing", cond: `{any: [{metric: ` + price + `, lt: 5}, {metric: ` + price + `, ne: 5}]}`,
			want: []answer{{"2024-01-01", false, ""}},
		},
		{
			name: "net, with a known later refund", events: events,
			cond: `{metric: {sub: [{event: order.paid, sum: {of: amount}}, {event: order.refunded, sum: {of: amount}}]}, gte: 150}`,
			want: []answer{{"2024-01-05 08:00", true, "2024-01-10 08:00"}, {"2024-01-10 08:00", false, ""}},
		},
		{
			name: "an absent operand, and coalesce", events: events,
			cond: `{all: [{not: {metric: {add: [{attribute: none}, 1]}, gte: 0}}, {metric: {add: [{coalesce: [{attribute: none}, {attribute: points}, 0]}, 1]}, eq: 31}]}`,
			want: []answer{{"2024-01-05", false, "2024-01-06"}, {"2024-01-06", true, ""}},
		},
		{
			name: "least and greatest", events: events,
			cond: `{all: [{metric: {min: [{attribute: points}, 5, 9]}, eq: 5}, {metric: {max: [{attribute: points}, 5]}, eq: 30}]}`,
			want: []answer{{"2024-01-06", true, ""}},
		},
		{
			name: "one aggregate is as exact as a condition of its own", events: events, cond: `{metric: {event: order.paid, within: 10d, sum: {of: amount}}, gte: 100}`,
			want: []answer{{"2024-01-05 08:00", true, "2024-01-11 08:00"}, {"2024-01-11 08:00", false, ""}},
		},
		{
			name: "calendar days since the last", events: events, cond: `{metric: {event: order.paid, days_since: last}, gte: 100}`,
			want: []answer{{"2024-01-05 08:00", false, "2024-04-14"}, {"2024-04-14", true, ""}},
		},
		{
			name: "elapsed days since the first", events: events, cond: `{metric: {event: order.paid, days_since: first, elapsed: true}, between: [2, 3]}`,
			want: []answer{{"2024-01-01 08:00", false, "2024-01-03 08:00"}, {"2024-01-03 08:00", true, "2024-01-05 08:00"}, {"2024-01-05 08:00", false, ""}},
		},
		{name: "days since nothing", cond: `{metric: {event: order.paid, days_since: last}, gte: 0}`, want: []answer{{"2024-01-01", false, ""}}},
		{
			name: "an expression over days", events: events, cond: `{metric: {sub: [100, {event: order.paid, days_since: last}]}, lt: 90}`,
			want: []answer{{"2024-01-05 08:00", false, "2024-01-16"}, {"2024-01-16", true, ""}},
		},
	})
}

func TestNamedMetricsAndBands(t *testing.T) {
	spend := expr.NumAgg{Events: on("order.paid"), Window: within(10 * day), Agg: expr.Agg{Fn: expr.Sum, Of: []string{"amount"}}}
	prepare := func(right bool) func(*stand) {
		return func(st *stand) {
			st.named.metrics = map[string]expr.Num{"消费": spend}
			st.named.cuts = map[string][]value.Dec{"五分": {{Coef: 100}, {Coef: 500}}}
			st.named.right = right
		}
	}
	events := []string{`2024-01-01 | order.paid | {"amount": 100}`, `2024-01-02 | order.paid | {"amount": 400}`}
	play(t, []scene{
		{name: "by name", events: events, cond: `{metric: 消费, gt: 400}`, want: []answer{{"2024-01-02", true, "2024-01-11"}}},
		{name: "a bound belongs to the upper band", events: events, cond: `{quantile: {metric: 消费, table: 五分}, eq: 3}`, want: []answer{{"2024-01-01", false, "2024-01-02"}, {"2024-01-02", true, "2024-01-11"}}},
		{name: "nothing is in the lowest band", cond: `{quantile: {metric: 消费, table: 五分}, eq: 1}`, want: []answer{{"2024-01-02", true, ""}}},
	}, prepare(false))
	play(t, []scene{
		{name: "closed on the right a bound belongs to the lower band", events: events, cond: `{quantile: {metric: 消费, table: 五分}, eq: 2}`, want: []answer{{"2024-01-02", true, "2024-01-12"}}},
	}, prepare(true))
}

func TestUnknownNamesAndLoops(t *testing.T) {
	st := newStand(t, "UTC")
	st.named.segments = map[string]expr.Node{}
	st.named.segments["a"] = expr.Not{Kid: expr.Segment{Name: "b"}}
	st.named.segments["b"] = expr.Any{Kids: []expr.Node{expr.Segment{Name: "a"}, expr.TagCond{Mode: "any", Names: []string{"无"}}}}
	_, _, err := st.c.Condition(expr.All{Kids: []expr.Node{expr.Segment{Name: "a"}, expr.MetricCond{Name: "m", Cmp: []expr.Op{num("gt", 1)}}}})
	if err == nil {
		t.Fatal("no error")
	}
	want := "segment a refers to itself\nthere is no tag 无\nthere is no metric m"
	if got := err.Error(); got != want {
		t.Errorf("error:\n%s\nwant:\n%s", got, want)
	}
}
