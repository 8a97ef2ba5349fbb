package reference

import (
	"sort"
	"time"

	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/tag"
	"github.com/earmarkhq/earmark/internal/value"
)

// World is all that is known of one customer: what Eval reads. Add events with Add only.
type World struct {
	Zone  *time.Location
	Names expr.Names
	// Customer and Identities name the customer.
	Customer   customer.ID
	Identities []customer.Key
	// Held says whether the customer holds a tag at an instant, and since when. nil: no tags.
	Held func(at int64, id tag.ID) (expr.HeldTag, bool)
	// Share says whether the customer belongs to a share. nil: to none below 100 %.
	Share func(salt string, percent value.Dec) bool

	events []event.Event // by time, then arrival
	days   map[int]int64 // local day number → its first instant
}

// Add gives the world the events received so far, in order of arrival; repeats of one message
// are the caller's to leave out.
func (w *World) Add(events ...event.Event) {
	w.events = append(w.events, events...)
	sort.SliceStable(w.events, func(i, j int) bool { return w.events[i].Time < w.events[j].Time })
}

// Events are the events of the world by time, then arrival.
func (w *World) Events() []event.Event { return w.events }

// known are the events whose own time is not after at.
func (w *World) known(at int64) []event.Event {
	n := sort.Search(len(w.events), func(i int) bool { return w.events[i].Time > at })
	return w.events[:n]
}

// matching are the events of a selection that satisfy where and whose time is not after at,
// by time and arrival.
func (w *World) matching(sel expr.Selector, where expr.Prop, at int64) []event.Event {
	var out []event.Event
	for _, ev := range w.known(at) {
		if selects(sel, ev.Type) && w.prop(where, ofEvent(ev), at) {
			out = append(out, ev)
		}
	}
	return out
}

// selects says whether a selection takes an event type: a name given exactly, or a prefix,
// which never takes the product's own types.
func selects(sel expr.Selector, typ string) bool {
	for _, t := range sel.Types {
		if t == typ {
			return true
		}
	}
	for _, p := range sel.Prefixes {
		if len(typ) >= len(p) && typ[:len(p)] == p && typ[0] != '$' {
			return true
		}
	}
	return false
}

// subject is what property paths are relative to: an event or one element of a list.
type subject struct {
	ev   *event.Event
	elem value.Value
}

func ofEvent(ev event.Event) subject  { return subject{ev: &ev} }
func ofElement(v value.Value) subject { return subject{elem: v} }
func (s subject) at(path []string) value.Value {
	if s.ev == nil {
		return s.elem.At(path)
	}
	if len(path) == 0 {
		return s.ev.Props
	}
	switch path[0] {
	case "$type":
		return value.NewText(s.ev.Type)
	case "$source":
		return value.NewText(s.ev.Source)
	case "$time":
		return value.NewInt(s.ev.Time)
	case "context":
		return s.ev.Context.At(path[1:])
	}
	return s.ev.Props.At(path)
}

// run is one value of an attribute and the instant from which it held.
type run struct {
	from int64
	val  value.Value
}

// attribute is the history of an attribute up to at: one run per change of the value at the
// path. An update replaces its whole top-level key; of two updates of one instant the later
// arrival counts. No update: no run.
func (w *World) attribute(path []string, at int64) []run {
	var steps []run
	for _, ev := range w.known(at) {
		if ev.Type != event.Identify {
			continue
		}
		given := false
		for _, f := range ev.Props.Fields() {
			given = given || f.Key == path[0]
		}
		if !given {
			continue
		}
		s := run{from: ev.Time, val: ev.Props.At(path)}
		if n := len(steps); n > 0 && steps[n-1].from == ev.Time {
			steps[n-1] = s
		} else {
			steps = append(steps, s)
		}
	}
	var runs []run
	for _, s := range steps {
		if n := len(runs); n > 0 && same(runs[n-1].val, s.val) {
			runs[n-1].val = s.val // equal, but perhaps a text where it was a number
			continue
		}
		runs = append(runs, s)
	}
	return runs
}

// current is the value of an attribute at an instant, Null when it was never given.
func (w *World) current(path []string, at int64) value.Value {
	runs := w.attribute(path, at)
	if len(runs) == 0 {
		return value.Value{}
	}
	return runs[len(runs)-1].val
}
