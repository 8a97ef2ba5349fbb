package reference

import (
	"reflect"
	"sort"

	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/value"
)

// Edges are instants t, from < t ≤ to, that include every one at which the answer of any of
// the conditions may differ from the instant before: a superset made by moving every instant
// that is known by every duration that is written. In doubt there are more.
func Edges(nodes []expr.Node, w *World, from, to int64) []int64 {
	c := collector{w: w, seen: map[uintptr]bool{}, dates: map[int64]bool{}, marks: map[int64]bool{}, from: from, to: to}
	for _, n := range nodes {
		c.tree(reflect.ValueOf(n))
	}
	c.world()
	for t := range c.dates {
		c.around(t)
	}
	if c.calendar {
		for day := w.day(from); day <= w.day(to)+1; day++ {
			c.mark(w.start(day))
		}
	}
	out := make([]int64, 0, len(c.marks))
	for t := range c.marks {
		out = append(out, t)
	}
	sort.Slice(out, func(i, j int) bool { return out[i] < out[j] })
	return out
}

// farthest is how far from 1970 a date may lie to be near enough for any duration to matter.
const farthest = int64(100_000_000_000_000) // in the year 5138

type collector struct {
	w         *World
	from, to  int64
	seen      map[uintptr]bool
	durations []expr.Duration
	calendar  bool           // midnights matter
	months    bool           // calendar durations are used
	elapsed   bool           // every whole 24 hours after an event matter
	seconds   bool           // whole seconds matter
	dates     map[int64]bool // instants that are known
	marks     map[int64]bool
}

func (c *collector) mark(t int64) {
	if t > c.from && t <= c.to {
		c.marks[t] = true
	}
}

// tree looks at every field of a condition.
func (c *collector) tree(v reflect.Value) {
	switch v.Kind() {
	case reflect.Interface:
		c.tree(v.Elem())
	case reflect.Pointer:
		if v.IsNil() || c.seen[v.Pointer()] {
			return
		}
		c.seen[v.Pointer()] = true
		c.tree(v.Elem())
	case reflect.Slice:
		for i := range v.Len() {
			c.tree(v.Index(i))
		}
	case reflect.Struct:
		if c.node(v.Interface()) {
			for i := range v.NumField() {
				c.tree(v.Field(i))
			}
		}
	}
}

// node notes what one part of a condition brings; it says whether to look inside.
func (c *collector) node(part any) bool {
	switch p := part.(type) {
	case expr.Duration:
		c.durations = append(c.durations, p)
		c.months = c.months || p.Months != 0
		return false
	case value.Value:
		c.value(p)
		return false
	case expr.Window:
		c.calendar = c.calendar || p.Kind == expr.LocalDays || p.Kind == expr.During
		if p.Lo != nil {
			c.dates[*p.Lo] = true
		}
		if p.Hi != nil {
			c.dates[*p.Hi] = true
		}
		if p.Kind == expr.Since && p.SinceRef.Tag != "" {
			c.tag(p.SinceRef.Tag)
		}
	case expr.Per:
		c.calendar = true
	case expr.Op:
		c.calendar = c.calendar || p.Days > 0 || p.Period != nil || p.Name == expr.OpOn
		c.seconds = c.seconds || p.Name == expr.OpAt
	case expr.Agg:
		c.calendar = c.calendar || p.Fn == expr.Days
	case expr.NumDays:
		c.calendar = c.calendar || !p.Elapsed
		c.elapsed = c.elapsed || p.Elapsed
	case expr.Regular:
		c.calendar = c.calendar || p.Every == nil
		for i := 2; p.Every != nil && i <= p.Of; i++ {
			c.durations = append(c.durations, expr.Duration{Ms: p.Every.Ms * int64(i), Months: p.Every.Months * i})
		}
	case expr.TagCond:
		for _, name := range p.Names {
			c.tag(name)
		}
	case expr.Segment:
		if n, ok := c.w.Names.Segment(p.Name); ok {
			c.tree(reflect.ValueOf(n))
		}
	case expr.NumMetric:
		c.metric(p.Name)
	case expr.MetricCond:
		c.metric(p.Name)
	case expr.Quantile:
		c.metric(p.Metric)
	}
	return true
}

func (c *collector) metric(name string) {
	if name == "" {
		return
	}
	if m, ok := c.w.Names.Metric(name); ok {
		c.tree(reflect.ValueOf(m))
	}
}

// tag notes since when the customer holds a tag, or the tags of a group.
func (c *collector) tag(name string) {
	ids, _ := c.w.Names.Group(name)
	if id, ok := c.w.Names.Tag(name); ok {
		ids = append(ids[:len(ids):len(ids)], id)
	}
	for _, id := range ids {
		if c.w.Held == nil {
			continue
		}
		if h, ok := c.w.Held(c.to, id); ok {
			c.dates[h.At] = true
			c.dates[h.Since] = true
		}
	}
}

// world notes the times of the events and every date that they hold.
func (c *collector) world() {
	for _, ev := range c.w.events {
		c.dates[ev.Time] = true
		c.value(ev.Props)
		c.value(ev.Context)
	}
}

func (c *collector) value(v value.Value) {
	if d, ok := c.w.date(v); ok && d > -farthest && d < farthest {
		c.dates[d] = true
		if c.calendar {
			c.dates[c.w.start(c.w.day(d))] = true
			c.dates[c.w.start(c.w.day(d)+1)] = true
		}
	}
	for _, f := range v.Fields() {
		c.value(f.Val)
	}
}

// around marks an instant and what lies one duration before and after it; one millisecond more
// is for bounds that are excluded.
func (c *collector) around(t int64) {
	c.point(t)
	for _, d := range c.durations {
		for _, n := range []int{-1, 1} {
			moved := c.w.shift(t, d, n)
			c.point(moved)
			if d.Months != 0 {
				c.clamped(moved)
			}
		}
	}
	if c.elapsed {
		for k := max(1, (c.from-t)/dayMs); t+k*dayMs <= c.to; k++ {
			c.mark(t + k*dayMs)
		}
	}
}

func (c *collector) point(t int64) {
	c.mark(t)
	c.mark(t + 1)
	if c.seconds {
		c.mark(second(t) * 1000)
		c.mark(second(t)*1000 + 1000)
	}
}

// clamped marks the same time of day, and the midnights, of the days around an instant that
// was moved by months: at the end of a month several days share one counterpart. Where the
// clock is put forward or back the time of day is an hour off.
func (c *collector) clamped(t int64) {
	if t < c.from-8*dayMs || t > c.to+8*dayMs {
		return
	}
	lt := c.w.local(t)
	for k := -4; k <= 4; k++ {
		same := lt.AddDate(0, 0, k).UnixMilli()
		for _, h := range []int64{-3600_000, 0, 3600_000} {
			c.mark(same + h)
			c.mark(same + h + 1)
		}
		day := c.w.day(t) + k
		c.mark(c.w.start(day))
		for h := int64(0); h <= 4; h++ { // the clock is changed on a whole hour
			c.mark(c.w.start(day) + h*3600_000)
		}
	}
}
