package expr_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/value"
)

// conditions with streams that may be cut: every kind of leaf and window.
var cutConditions = []string{
	`{event: a, within: 3d, count: {gte: 2}}`, `{event: a, count: {gte: 3}}`, `{event: a, within: 3d, count: 2}`,
	`{event: a, within: 1mo, count: {lte: 3}}`, `{event: a, ago: [6d, 2d], count: {gte: 2}}`, `{event: a, days: [-3, -1], count: {gte: 2}}`,
	`{event: a, during: this_week, count: {gte: 2}}`, `{event: a, during: {last: {n: 2, unit: week}}, sum: {of: n, gte: 5}}`,
	`{event: a, within: 4d, sum: {of: n, between: [3, 8]}}`, `{event: a, within: 4d, min: {of: n, lte: 1}}`, `{event: a, within: 4d, max: {of: n, gte: 4}}`,
	`{event: a, within: 4d, distinct: {of: n, gte: 3}}`, `{event: a, within: 4d, days: {gte: 3}}`, `{event: a, within: 4d, avg: {of: n, gte: 2}}`,
	`{event: a, within: 4d, median: {of: n, gte: 2}}`, `{event: a, sum: {of: n}, per: {unit: week, n: 2, mean: {gte: 4}}}`,
	`{event: a, last: {older_than: 2d}}`, `{event: a, last: {n: 3, within: 4d}}`, `{event: a, last: {has: {n: {gte: 2}}}}`, `{event: a, first: {within: 5d}}`,
	`{event: [a, b], last: {key: n, older_than: 1d, has: {$type: a}}}`, `{event: a, last: {n: 2, key: n, within: 5d}}`,
	`{sequence: [{event: a}, {event: b, max_gap: 2d}], within: 5d}`, `{sequence: [{event: a}, {then_not: {event: b, within: 2d}}], within: 6d}`,
	`{event: a, regular: {per: 2d, each: {count: {gte: 1}}, in: 2, of: 3}}`, `{event: a, regular: {per: week, each: {count: {gte: 2}}, in: 1, of: 2}}`,
	`{attribute: n, gte: 2}`, `{attribute: n, gte: 2, held: {for: 2d}}`, `{event: a, since: {attribute: d}, count: {gte: 2}}`,
	`{metric: {event: a, days_since: last}, gte: 3}`, `{metric: {event: a, days_since: first}, gte: 3}`,
	`{metric: {div: [{event: a, within: 5d, sum: {of: n}}, {event: a, within: 5d, count: {}}]}, gte: 2}`,
	`{event: a, where: {d: {within_last: 3d}}, within: 6d, count: {gte: 1}}`, `{event: a, between: [2024-01-03, 2024-01-08], count: {gte: 2}}`,
	`{follow: {added: {within: 4d}}}`, `{follow: {lost: any}}`,
}

// What the horizon and the number of newest entries leave out must never be missed: neither now
// nor at any later instant, with Load for the rest.
func TestStreamsMayBeCut(t *testing.T) {
	st := newStand(t, "America/New_York")
	start := st.at("2024-03-05")
	rapid.Check(t, func(rt *rapid.T) {
		cond := rapid.SampledFrom(cutConditions).Draw(rt, "condition")
		st := newStand(t, "America/New_York")
		for i := range rapid.IntRange(0, 14).Draw(rt, "events") {
			name := func(s string) string { return fmt.Sprintf("event %d %s", i, s) }
			typ := rapid.SampledFrom([]string{"a", "a", "a", "b", "$identify", "follow.added", "follow.lost"}).Draw(rt, name("type"))
			at := start + rapid.Int64Range(0, 40).Draw(rt, name("time"))*6*hour
			due := start + rapid.Int64Range(0, 14).Draw(rt, name("due"))*day
			st.event(at, typ, whole("n", rapid.Int64Range(0, 5).Draw(rt, name("n"))), whole("d", due), text("staff", "s"))
		}
		for range rapid.IntRange(0, 2).Draw(rt, "others") { // leaves that share the streams
			st.compile(st.parse(rapid.SampledFrom(cutConditions).Draw(rt, "other")))
		}
		f := st.compile(st.parse(cond))
		now := start + rapid.Int64Range(0, 44).Draw(rt, "now")*6*hour
		cut := st.cut(now)
		if rapid.Bool().Draw(rt, "trim") {
			cut = st.trimmed(now, rapid.IntRange(1, 20).Draw(rt, "most"))
		}
		at := now
		for range 12 {
			h, n := f(st.s, at)
			if ch, cn := f(cut, at); ch != h || cn != n {
				rt.Fatalf("%s at %s, cut at %s: %v, %d; whole %v, %d", cond, st.stamp(at), st.stamp(now), ch, cn, h, n)
			}
			if h2, n2 := f(st.s, max(n-1, at)); n != expr.Never && (h2 != h || n2 != n) {
				rt.Fatalf("%s: one millisecond before %s it is %v until %d", cond, st.stamp(n), h2, n2)
			}
			if n == expr.Never || rapid.Bool().Draw(rt, "jump") {
				n = at + rapid.Int64Range(1, 20).Draw(rt, "by")*6*hour
			}
			at = n
		}
	})
}

// cut is the state that an engine keeps at an instant.
func (st *stand) cut(now int64) *expr.State {
	s := st.c.NewState()
	s.First = st.s.First
	whole := st.s.Streams
	s.Load = func(i int) []expr.Entry { return whole[i] }
	for i, stream := range st.c.Streams() {
		es := whole[i]
		h := stream.Horizon(now)
		for len(es) > 0 && es[0].T < h {
			es = es[1:]
		}
		if k := stream.Keep(); k > 0 && len(es) > k {
			es, s.Partial[i] = es[len(es)-k:], true
		}
		s.Streams[i] = es
	}
	return s
}

// trimmed is the state that is left by Trim, applied at an earlier instant and again.
func (st *stand) trimmed(now int64, most int) *expr.State {
	s := st.c.NewState()
	s.First = st.s.First
	whole := st.s.Streams
	s.Load = func(i int) []expr.Entry { return whole[i] }
	for i, stream := range st.c.Streams() {
		s.Streams[i] = whole[i]
		for _, at := range []int64{now - 2*day, now} {
			drop, partial := stream.Trim(s.Streams[i], at, most)
			s.Streams[i] = s.Streams[i][drop:]
			s.Partial[i] = s.Partial[i] || partial
		}
	}
	return s
}

func (st *stand) stamp(ms int64) string {
	return string(value.AppendJSON(nil, value.NewInt(ms/hour))) + "h"
}

func TestEqualDefinitionsShareStreamsAndLeaves(t *testing.T) {
	st := newStand(t, "UTC")
	for _, cond := range []string{
		`{event: a, where: {x: 1, y: 2}, within: 3d, count: {gte: 2}}`,
		`{event: a, where: {y: 2, x: 1}, within: 9d, sum: {of: n, gte: 1}}`,
		`{event: a, where: {all: [{y: 2}, {x: 1}]}, last: {within: 1d, has: {m: 1}}}`,
		`{attribute: p.q}`, `{attribute: p.r, eq: 1}`,
	} {
		if _, _, err := st.c.Condition(st.parse(cond)); err != nil {
			t.Fatal(err)
		}
	}
	streams := st.c.Streams()
	if len(streams) != 2 {
		t.Fatalf("%d streams", len(streams))
	}
	if got := fmt.Sprint(streams[0].Fields(), streams[1].Fields()); got != "[[n] [m]] [[p q] [p r]]" {
		t.Errorf("fields %s", got)
	}
	_, in, _ := st.c.Condition(st.parse(`{all: [{attribute: p.q}, {event: b}, {customers: [u]}]}`))
	if got := fmt.Sprint(in); got != "{[1 2] [] true}" {
		t.Errorf("inputs %s", got)
	}
}

func TestAppendProjectsPseudoPaths(t *testing.T) {
	st := newStand(t, "UTC")
	st.compile(st.parse(`{event: a, last: {has: {$type: a, $source: web, context.page: home, $time: {before: 2024-01-01}}}}`))
	ev := &event.Event{Type: "a", Source: "web", Time: 5, Arrival: 3, Context: value.NewObject(text("page", "home"))}
	es := st.c.Streams()[0].Append(nil, ev)
	if len(es) != 1 || es[0].T != 5 || es[0].Seq != 3 {
		t.Fatalf("entries %v", es)
	}
	f := st.compile(st.parse(`{event: a, last: {has: {$type: a, $source: web, context.page: home, $time: {before: 2024-01-01}}}}`))
	st.s.Streams[0] = es
	if h, _ := f(st.s, 10); !h {
		t.Error("does not hold")
	}
}
