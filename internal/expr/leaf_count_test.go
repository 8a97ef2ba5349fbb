package expr_test

import (
	"testing"

	"github.com/earmarkhq/earmark/internal/expr"
)

func TestCounts(t *testing.T) {
	three := []string{"2024-01-01 | order.paid", "2024-01-03 | order.paid", "2024-01-05 | order.paid"}
	play(t, []scene{
		{
			name: "n or more lasts until the n-th newest leaves", events: three,
			cond: `{event: order.paid, within: 10d, count: {gte: 2}}`,
			want: []answer{
				{"2024-01-01", false, "2024-01-03"}, {"2024-01-03", true, "2024-01-13"},
				{"2024-01-06", true, "2024-01-13"}, {"2024-01-12 23:59:59.999", true, "2024-01-13"}, {"2024-01-13", false, ""},
			},
		},
		{
			name: "more than", events: three, cond: `{event: order.paid, within: 10d, count: {gt: 1.5}}`,
			want: []answer{{"2024-01-03", true, "2024-01-13"}},
		},
		{
			name: "exactly two comes twice", events: three, cond: `{event: order.paid, within: 10d, count: 2}`,
			want: []answer{
				{"2024-01-03", true, "2024-01-05"}, {"2024-01-05", false, "2024-01-11"},
				{"2024-01-11", true, "2024-01-13"}, {"2024-01-13", false, ""},
			},
		},
		{
			name: "fewer than", events: three, cond: `{event: order.paid, within: 10d, count: {lt: 2}}`,
			want: []answer{{"2023-12-01", true, "2024-01-03"}, {"2024-01-03", false, "2024-01-13"}, {"2024-01-13", true, ""}},
		},
		{
			name: "at most, negated", events: three, cond: `{event: order.paid, within: 10d, count: {not_lte: 1}}`,
			want: []answer{{"2024-01-02", false, "2024-01-03"}, {"2024-01-03", true, "2024-01-13"}},
		},
		{
			name: "none at all", cond: `{event: order.paid, within: 10d, count: 0}`,
			want: []answer{{"2024-01-01", true, ""}},
		},
		{
			name: "none in the window, after one", events: three[:1], cond: `{event: order.paid, within: 10d, count: 0}`,
			want: []answer{{"2023-12-31", true, "2024-01-01"}, {"2024-01-01", false, "2024-01-11"}, {"2024-01-11", true, ""}},
		},
		{
			name: "between, several operators", events: three, cond: `{event: order.paid, within: 10d, count: {gte: 2, lte: 2}}`,
			want: []answer{{"2024-01-03", true, "2024-01-05"}, {"2024-01-05", false, "2024-01-11"}},
		},
		{
			name:   "a known later event that comes too late is no edge",
			events: []string{"2024-01-01 | order.paid", "2024-01-05 | order.paid"},
			cond:   `{event: order.paid, within: 1d, count: {gte: 2}}`,
			want:   []answer{{"2024-01-01", false, ""}},
		},
		{
			name:   "a known later event that renews moves the end",
			events: []string{"2024-01-01 | order.paid", "2024-01-05 | order.paid"},
			cond:   `{event: order.paid, within: 5d}`,
			want:   []answer{{"2024-01-01", true, "2024-01-10"}},
		},
		{
			name: "always true needs no deadline", events: three, cond: `{event: order.paid, within: 10d, count: {gte: 0}}`,
			want: []answer{{"2024-01-01", true, ""}, {"2030-01-01", true, ""}},
		},
		{
			name:   "prefix and list",
			events: []string{"2024-01-01 | order.paid", "2024-01-01 | order.closed", "2024-01-01 | cart.open", "2024-01-01 | visit"},
			cond:   `{all: [{event: "order.*", count: 2}, {event: [cart.open, visit], count: 2}]}`,
			want:   []answer{{"2024-01-01", true, ""}},
		},
		{
			name: "where, elements and their own where",
			events: []string{
				`2024-01-01 | order.paid | {"amount": 5, "items": [{"c": "母婴", "n": 3}, {"c": "母婴", "n": 1}, {"c": "食品", "n": 9}]}`,
				`2024-01-02 | order.paid | {"amount": 50, "items": [{"c": "母婴", "n": 4}]}`,
			},
			cond: `{all: [
				{event: order.paid, where: {amount: {gte: 10}}, count: 1},
				{event: order.paid, each: items, count: 4},
				{event: order.paid, each: {list: items, where: {c: 母婴, n: {gte: 3}}}, count: 2},
				{event: order.paid, where: {items: {any: {c: 食品, n: {gte: 9}}}}, count: 1},
				{event: order.paid, where: {items.c: {exists: true}}, count: 0}]}`,
			want: []answer{{"2024-01-03", true, ""}},
		},
	})
}

// Only the newest entries are kept, and others are loaded where they do not decide.
func TestCountOfNewestEntries(t *testing.T) {
	st := newStand(t, "UTC")
	for i := range int64(20) {
		st.event(i*day, "order.paid")
	}
	f := st.compile(orders(within(30*day), num(expr.OpGte, 3)))
	stream := st.c.Streams()[0]
	if got := stream.Keep(); got != 3 {
		t.Fatalf("Keep = %d, want 3", got)
	}
	all := st.s.Streams[0]
	st.s.Streams[0], st.s.Partial[0] = all[17:], true
	loads := 0
	st.s.Load = func(int) []expr.Entry { loads++; return all }
	for _, c := range []struct {
		at    int64
		holds bool
		next  int64
		loads int
	}{
		{19 * day, true, 47 * day, 0},
		{46 * day, true, 47 * day, 0},
		{47 * day, false, expr.Never, 0},
		{18 * day, true, 47 * day, 1},
		{1 * day, false, 2 * day, 1},
	} {
		loads = 0
		if h, n := f(st.s, c.at); h != c.holds || n != c.next || loads != c.loads {
			t.Errorf("at day %d: %v, day %d, %d loads; want %v, day %d, %d", c.at/day, h, n/day, loads, c.holds, c.next/day, c.loads)
		}
	}
}
