package reference

import (
	"slices"

	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/expr"
)

// occurrence takes the N earliest or newest of all matching events and asks each of them; with
// a key it does so among the events of each value of that property, and one value is enough.
func (w *World) occurrence(n expr.Occurrence, at int64) bool {
	events := w.matching(n.Events, n.Where, at)
	if n.Key == nil {
		return w.chosen(n, events, at)
	}
	groups := map[string][]event.Event{}
	for _, ev := range events {
		if v := ofEvent(ev).at(n.Key); !v.Absent() {
			groups[canonical(v)] = append(groups[canonical(v)], ev)
		}
	}
	for _, g := range groups {
		if w.chosen(n, g, at) {
			return true
		}
	}
	return false
}

func (w *World) chosen(n expr.Occurrence, events []event.Event, at int64) bool {
	if len(events) < n.N {
		return false
	}
	if n.First {
		events = events[:n.N]
	} else {
		events = events[len(events)-n.N:]
	}
	in := w.window(n.Window, at)
	for _, ev := range events {
		if !in.has(ev.Time) || !w.prop(n.Has, ofEvent(ev), at) {
			return false
		}
		if n.OlderThan != nil && ev.Time > w.bound(at, *n.OlderThan, -1) {
			return false
		}
	}
	return true
}

// sequence tries every choice of one event per step.
func (w *World) sequence(n expr.Sequence, at int64) bool {
	in := w.window(n.Window, at)
	lists := make([][]event.Event, len(n.Steps))
	for i, s := range n.Steps {
		for _, ev := range w.matching(s.Events, s.Where, at) {
			if in.has(ev.Time) {
				lists[i] = append(lists[i], ev)
			}
		}
	}
	return w.choose(n, lists, 0, 0, at)
}

// choose tries the events of step i, the step before having happened at before.
func (w *World) choose(n expr.Sequence, lists [][]event.Event, i int, before, at int64) bool {
	if i == len(n.Steps) {
		return n.ThenNot == nil || w.nothingAfter(n.ThenNot, before, at)
	}
	return slices.ContainsFunc(lists[i], func(ev event.Event) bool {
		if i > 0 && ev.Time <= before {
			return false
		}
		if gap := n.Steps[i].MaxGap; i > 0 && gap != nil && ev.Time > w.shift(before, *gap, 1) {
			return false
		}
		return w.choose(n, lists, i+1, ev.Time, at)
	})
}

// nothingAfter says that the time for the forbidden step is over and it did not come.
func (w *World) nothingAfter(not *expr.ThenNot, last, at int64) bool {
	end := w.shift(last, not.Within, 1)
	if at < end {
		return false
	}
	for _, ev := range w.matching(not.Events, not.Where, at) {
		if ev.Time > last && ev.Time <= end {
			return false
		}
	}
	return true
}
