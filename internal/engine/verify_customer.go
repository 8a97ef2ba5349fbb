package engine

import (
	"cmp"
	"math"
	"slices"
	"sort"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/ledger"
)

const never = expr.Never

// customer replays one customer and compares.
func (v *verifier) customer(c ledger.Customer, l *slotLog) {
	id := c.ID
	rows := l.rows[id]
	if len(rows) == 0 || rows[0].Kind != change.Created {
		v.find(findCustomer, l.slot, id, "the log does not begin with the row that made the customer")
		return
	}
	if c.Created != rows[0].At || c.Ordinal != l.born[id] {
		v.find(findCustomer, l.slot, id, "it is number %d of %s, by the log number %d of %s", c.Ordinal, instant(c.Created), l.born[id], instant(rows[0].At))
	}
	v.history(id, rows)
	timer := v.timer(id)
	way := &course{id: id, rows: rows, turns: l.turnsOf(rows), live: v.live, timer: timer}
	events, ok := v.events(id)
	if !ok {
		return
	}
	way.units = unitsOf(events)
	if len(way.units) == 0 {
		v.find(findEvent, l.slot, id, "the customer has no events")
		return
	}
	if !v.follow(way) {
		return
	}
	if v.r.mem.timer != timer {
		v.find(findTimer, l.slot, id, "its timer is %s, recomputed %s", instant(timer), instant(v.r.mem.timer))
	}
	v.state(id)
}

// follow replays the course; false when what comes out differs from the log.
func (v *verifier) follow(way *course) bool {
	var first []change.Row
	for _, way.mayFail = range []bool{false, true} {
		v.r.begin(v.programs[way.rows[0].Gen])
		rows, err := v.run(way)
		if err != nil {
			v.find(findEvent, way.id.Slot(), way.id, "the events can not be replayed: %v", err)
			return false
		}
		if rows = slices.Clone(rows); way.matches(rows) {
			return true
		}
		if !way.mayFail {
			first = rows
		}
	}
	v.rows(way, first)
	return false
}

// rows reports the first row that differs.
func (v *verifier) rows(way *course, got []change.Row) {
	slot := way.id.Slot()
	for i := range max(len(way.rows), len(got)) {
		switch {
		case i >= len(way.rows):
			v.find(findLog, slot, way.id, "a row is missing: %s", rowText(&got[i]))
		case i >= len(got):
			v.find(findLog, slot, way.id, "row %d is not explained by the events: %s", way.rows[i].Seq, rowText(&way.rows[i]))
		case !way.same(&got[i], true, &way.rows[i]):
			v.find(findLog, slot, way.id, "row %d is %s, recomputed %s", way.rows[i].Seq, rowText(&way.rows[i]), rowText(&got[i]))
		default:
			continue
		}
		return
	}
	v.find(findLog, slot, way.id, "the times at which its rows were recorded do not agree with its events")
}

// history compares the index of a customer's rows with the log.
func (v *verifier) history(id customer.ID, rows []change.Row) {
	var listed []change.Row
	err := v.o.Ledger.History(v.ctx, id, func(r change.Row) error {
		listed = append(listed, r)
		return nil
	})
	if err != nil {
		v.find(findHistory, id.Slot(), id, "the history can not be read: %v", err)
		return
	}
	if !slices.Equal(listed, rows) {
		v.find(findHistory, id.Slot(), id, "the history lists %d rows, the log has %d", len(listed), len(rows))
	}
}

func (v *verifier) timer(id customer.ID) int64 {
	at, ok, err := v.o.Ledger.Timer(v.ctx, id)
	if err != nil {
		v.find(findTimer, id.Slot(), id, "the timer can not be read: %v", err)
	}
	if !ok {
		return never
	}
	v.report.Timers++
	return at
}

// events reads the customer's events by arrival and checks what the engine set in them.
func (v *verifier) events(id customer.ID) (events []event.Event, ok bool) {
	slot := id.Slot()
	err := v.o.Ledger.Events(v.ctx, id, math.MinInt64, math.MaxInt64, func(ev *event.Event) error {
		events = append(events, *cloneEvent(ev))
		return nil
	})
	if err != nil {
		v.find(findEvent, slot, id, "an event can not be read: %v", err)
		return nil, false
	}
	v.report.Events += int64(len(events))
	slices.SortFunc(events, func(a, b event.Event) int { return int(a.Arrival) - int(b.Arrival) })
	unit, received := uint32(0), int64(math.MinInt64)
	for i := range events {
		ev := &events[i]
		if ev.Arrival != uint32(i+1) {
			v.find(findEvent, slot, id, "event %d stands where %d is due", ev.Arrival, i+1)
			return nil, false
		}
		same := ev.Unit == unit && ev.Received == received
		next := ev.Unit == unit+1 && ev.Received >= received
		if !same && !next {
			v.find(findEvent, slot, id, "event %d is of unit %d at %s, after unit %d at %s", ev.Arrival, ev.Unit, instant(ev.Received), unit, instant(received))
			return nil, false
		}
		unit, received = ev.Unit, ev.Received
		v.findable(id, ev)
	}
	return events, true
}

// findable checks that the event's dedupe key leads to it.
func (v *verifier) findable(id customer.ID, ev *event.Event) {
	arrival, _, ok, err := v.w.Seen(id, ev.Source, ev.ID)
	switch {
	case err != nil:
		v.find(findDedupe, id.Slot(), id, "the message id of event %d can not be read: %v", ev.Arrival, err)
	case !ok:
		v.find(findDedupe, id.Slot(), id, "the message id of event %d is not known: a repeat would be taken again", ev.Arrival)
	case arrival != ev.Arrival:
		v.find(findDedupe, id.Slot(), id, "the message id of event %d is that of event %d, too", ev.Arrival, arrival)
	}
}

// unitsOf splits events by unit.
func unitsOf(events []event.Event) (units [][]event.Event) {
	for len(events) > 0 {
		n := 1
		for n < len(events) && events[n].Unit == events[0].Unit {
			n++
		}
		units = append(units, events[:n:n])
		events = events[n:]
	}
	return units
}

func sortedByTime(events []event.Event) []event.Event {
	sorted := slices.Clone(events)
	sort.SliceStable(sorted, func(i, j int) bool {
		a, b := &sorted[i], &sorted[j]
		return a.Time < b.Time || a.Time == b.Time && a.Arrival < b.Arrival
	})
	return sorted
}

// state compares the stored state with the replayed one.
func (v *verifier) state(id customer.ID) {
	wk := v.r.sh.cur
	if err := v.r.sh.load(wk, id); err != nil {
		v.find(findState, id.Slot(), id, "the replayed state can not be read: %v", err)
		return
	}
	want := wk.s.copy()
	for _, h := range want.held {
		v.counts[h.tag]++
		v.report.Tags++
	}
	l, err := v.w.Load(id)
	if err != nil {
		v.find(findState, id.Slot(), id, "the state can not be read: %v", err)
		return
	}
	if len(l.State) > 0 {
		v.report.States++
	}
	stored, whole, err := storedState(wk, id, l)
	if err != nil {
		v.find(findState, id.Slot(), id, "the state can not be read: %v", err)
		return
	}
	if want.failed != "" {
		v.report.Unevaluated++
	}
	diff := stored.diffTags(want)
	if diff == "" && whole {
		at := max(stored.at, want.at)
		stored, want = stored.normal(wk.p, at), want.normal(wk.p, at)
		diff = cmp.Or(stored.diff(want), stored.diffNexts(want, v.r.mem.fired))
	}
	if diff != "" {
		v.find(findState, id.Slot(), id, "%s", diff)
	}
}

// storedState is the snapshot and the tags of the rows after it. whole is false when an engine would make
// the rest anew from the events when it loads the customer.
func storedState(wk *worker, id customer.ID, l ledger.Loaded) (s *state, whole bool, err error) {
	wk.s.reset(id, wk.p)
	if l.State != nil {
		if whole, err = wk.s.decode(id, wk.p, l.State); err != nil {
			return nil, false, err
		}
	}
	for i := range l.Rows {
		wk.s.replay(&l.Rows[i])
	}
	return wk.s.copy(), whole && len(l.Events) == 0 && len(l.Rows) == 0, nil
}
