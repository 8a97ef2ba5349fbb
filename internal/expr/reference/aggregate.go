package reference

import (
	"math/big"
	"sort"

	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/value"
)

// row is one thing an aggregate runs over: an event, or with each an element of its list.
type row struct {
	t int64
	s subject
}

// rows are the matching events inside a span, or their list elements.
func (w *World) rows(sel expr.Selector, where expr.Prop, each *expr.Each, in span, at int64) []row {
	var out []row
	for _, ev := range w.matching(sel, where, at) {
		if in.has(ev.Time) {
			out = append(out, w.elements(ev, each, at)...)
		}
	}
	return out
}

func (w *World) elements(ev event.Event, each *expr.Each, at int64) []row {
	s := ofEvent(ev)
	if each == nil {
		return []row{{ev.Time, s}}
	}
	list := s.at(each.Path)
	if list.Kind() != value.List {
		return nil
	}
	var out []row
	for i := range list.Len() {
		if e := ofElement(list.Index(i)); w.prop(each.Where, e, at) {
			out = append(out, row{ev.Time, e})
		}
	}
	return out
}

// aggregate works a function out over rows. Over none, count, sum, distinct and days are 0 and
// the others absent.
func (w *World) aggregate(agg expr.Agg, rows []row) num {
	switch agg.Fn {
	case expr.Count:
		return whole(len(rows))
	case expr.Days:
		days := map[int]bool{}
		for _, r := range rows {
			days[w.day(r.t)] = true
		}
		return whole(len(days))
	case expr.Distinct:
		seen := map[string]bool{}
		for _, r := range rows {
			if v := r.s.at(agg.Of); !v.Absent() {
				seen[canonical(v)] = true
			}
		}
		return whole(len(seen))
	}
	var nums []*big.Rat
	for _, r := range rows {
		if n := number(r.s.at(agg.Of)); !n.absent() {
			nums = append(nums, n.Rat)
		}
	}
	if agg.Fn == expr.Sum {
		return exact(total(nums))
	}
	if len(nums) == 0 {
		return num{}
	}
	sort.Slice(nums, func(i, j int) bool { return nums[i].Cmp(nums[j]) < 0 })
	switch agg.Fn {
	case expr.Avg:
		return mean(nums)
	case expr.Min:
		return exact(nums[0])
	case expr.Max:
		return exact(nums[len(nums)-1])
	case expr.Median:
		return percentile(nums, big.NewRat(50, 1))
	case expr.Percentile:
		return percentile(nums, ratOf(agg.P))
	}
	panic("reference: unknown aggregate " + string(agg.Fn))
}

func total(nums []*big.Rat) *big.Rat {
	sum := new(big.Rat)
	for _, n := range nums {
		sum.Add(sum, n)
	}
	return sum
}

func mean(nums []*big.Rat) num {
	return num{Rat: new(big.Rat).Quo(total(nums), big.NewRat(int64(len(nums)), 1)), rough: true}
}

// percentile is linear between the two nearest ranks (type 7) of sorted numbers.
func percentile(nums []*big.Rat, p *big.Rat) num {
	h := new(big.Rat).Mul(big.NewRat(int64(len(nums)-1), 100), p)
	i := int(new(big.Int).Div(h.Num(), h.Denom()).Int64())
	if i >= len(nums)-1 {
		return num{Rat: nums[len(nums)-1], rough: true}
	}
	part := h.Sub(h, big.NewRat(int64(i), 1))
	step := new(big.Rat).Sub(nums[i+1], nums[i])
	return num{Rat: step.Add(nums[i], step.Mul(step, part)), rough: true}
}

// measure is an aggregate over a window, or with per combined over calendar periods: empty
// periods are 0 for count, sum, distinct and days and are left out for the others.
func (w *World) measure(sel expr.Selector, where expr.Prop, win expr.Window, each *expr.Each, agg expr.Agg, per *expr.Per, at int64) num {
	in := w.window(win, at)
	if per == nil {
		return w.aggregate(agg, w.rows(sel, where, each, in, at))
	}
	var nums []*big.Rat
	rough := false
	for i := range per.N {
		n := -i
		if per.Past {
			n--
		}
		p := w.period(per.Unit, at, n)
		v := w.aggregate(agg, w.rows(sel, where, each, overlap(in, p), at))
		if !v.absent() {
			nums = append(nums, v.Rat)
			rough = rough || v.rough
		}
	}
	if len(nums) == 0 {
		return num{}
	}
	sort.Slice(nums, func(i, j int) bool { return nums[i].Cmp(nums[j]) < 0 })
	switch per.Fn {
	case expr.Avg:
		return mean(nums)
	case expr.Min:
		return num{Rat: nums[0], rough: rough}
	case expr.Max:
		return num{Rat: nums[len(nums)-1], rough: rough}
	}
	panic("reference: unknown combination of periods")
}

func overlap(a, b span) span { return span{max(a.from, b.from), min(a.to, b.to)} }

// regular counts the buckets in which the aggregate passes.
func (w *World) regular(n expr.Regular, at int64) bool {
	in := 0
	for i := range n.Of {
		var b span
		if n.Every != nil { // (at − (i+1)p, at − ip]
			b = span{w.bound(at, *n.Every, -i-1) + 1, w.bound(at, *n.Every, -i) + 1}
		} else {
			b = overlap(w.period(n.Unit, at, -i), span{always, at + 1})
		}
		if passes(n.Cmp, w.aggregate(n.Agg, w.rows(n.Events, n.Where, n.Each, b, at))) {
			in++
		}
	}
	return in >= n.In
}
