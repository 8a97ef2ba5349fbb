package engine

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sort"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/ledger"
	"github.com/earmarkhq/earmark/internal/rule"
	"github.com/earmarkhq/earmark/internal/tag"
)

// VerifyOptions of Verify. No engine may be open on the ledger.
type VerifyOptions struct {
	Ledger ledger.Store
	// Programs returns the compiled definitions of a generation.
	Programs func(gen uint32) (*rule.Program, error)
	// Progress may be nil; it gets slots done and slots in all.
	Progress func(done, total int64)
	// Limit bounds the findings listed (0: 100); all are counted.
	Limit int
}

// Report is what Verify found. The store is clean when Wrong is 0.
type Report struct {
	Customers, Events, Rows, States, Timers, Tags int64
	Wrong                                         int64
	Findings                                      []Finding
}

// Finding is one thing that is not as recomputed.
type Finding struct {
	Code     string        `json:"code"` // log.hole, log.row, state.tags, state.streams, state.next, timer, event, tag.count
	Slot     customer.Slot `json:"slot"`
	Customer customer.ID   `json:"customer"`
	Text     string        `json:"text"`
}

type verifier struct {
	o        VerifyOptions
	ctx      context.Context
	w        ledger.Writer
	gens     []Generation
	programs map[uint32]*worker
	r        *replayer
	report   Report
	counts   map[tag.ID]int64
}

// Verify recomputes every customer from its events and compares tags, states, timers and the change
// log with what is stored. It only reads. An error means that it could not be carried out; what is
// wrong with the data is in the Report.
func Verify(ctx context.Context, o VerifyOptions) (Report, error) {
	gens, err := ReadGenerations(ctx, o.Ledger)
	if err != nil {
		return Report{}, err
	}
	v := &verifier{o: o, ctx: ctx, gens: gens, programs: map[uint32]*worker{}, counts: map[tag.ID]int64{}}
	if v.o.Limit == 0 {
		v.o.Limit = 100
	}
	empty, err := rule.Build(&rule.Set{Zone: defaultZone})
	if err != nil {
		return Report{}, err
	}
	v.r = newReplayer(ctx, empty)
	v.programs[0] = v.r.sh.cur
	for _, g := range gens {
		p, err := o.Programs(g.Gen)
		if err != nil {
			return Report{}, fmt.Errorf("definitions of generation %d: %w", g.Gen, err)
		}
		v.programs[g.Gen] = v.r.sh.newWorker(p)
	}
	if v.w, err = o.Ledger.Writer(0, 1); err != nil {
		return Report{}, err
	}
	defer v.w.Close()
	for slot := range customer.Slots {
		if err := ctx.Err(); err != nil {
			return v.report, err
		}
		if err := v.slot(customer.Slot(slot)); err != nil {
			return v.report, err
		}
		if o.Progress != nil {
			o.Progress(int64(slot)+1, customer.Slots)
		}
	}
	return v.report, v.tagCounts()
}

func (v *verifier) find(code string, slot customer.Slot, id customer.ID, format string, args ...any) {
	v.report.Wrong++
	if len(v.report.Findings) < v.o.Limit {
		v.report.Findings = append(v.report.Findings, Finding{code, slot, id, fmt.Sprintf(format, args...)})
	}
}

// switchover is when a slot got a generation.
type switchover struct {
	gen uint32
	at  int64
}

// slot reads the slot's log, checks its density and hands each customer its rows.
func (v *verifier) slot(slot customer.Slot) error {
	rows := map[customer.ID][]change.Row{}
	var reached []switchover
	for _, g := range v.gens {
		if g.Empty {
			reached = append(reached, switchover{g.Gen, g.At})
		}
	}
	seq := uint64(0)
	err := v.o.Ledger.Log(v.ctx, slot, 0, func(row change.Row) error {
		if seq++; row.Seq != seq {
			v.find("log.hole", slot, row.Customer, "row %d stands where %d is due", row.Seq, seq)
			seq = row.Seq
		}
		v.report.Rows++
		if row.Kind == change.Reached {
			reached = append(reached, switchover{row.Gen, row.At})
			return nil
		}
		rows[row.Customer] = append(rows[row.Customer], row)
		return nil
	})
	if err != nil {
		v.find("log.row", slot, 0, "the log can not be read: %v", err)
	}
	slices.SortStableFunc(reached, func(a, b switchover) int { return int(a.gen) - int(b.gen) })
	err = v.o.Ledger.Customers(v.ctx, slot, 0, func(c ledger.Customer) error {
		v.report.Customers++
		err := v.customer(c.ID, rows[c.ID], reached)
		delete(rows, c.ID)
		return err
	})
	for id := range rows {
		v.find("log.row", slot, id, "the log has rows of a customer that does not exist")
	}
	return err
}

func sortedByTime(events []event.Event) []event.Event {
	sorted := slices.Clone(events)
	sort.SliceStable(sorted, func(i, j int) bool {
		a, b := &sorted[i], &sorted[j]
		return a.Time < b.Time || a.Time == b.Time && a.Arrival < b.Arrival
	})
	return sorted
}

// customer replays one customer and compares.
func (v *verifier) customer(id customer.ID, rows []change.Row, reached []switchover) error {
	slot := id.Slot()
	var events []event.Event
	err := v.o.Ledger.Events(v.ctx, id, math.MinInt64, math.MaxInt64, func(ev *event.Event) error {
		events = append(events, *cloneEvent(ev))
		return nil
	})
	if err != nil {
		v.find("event", slot, id, "an event can not be read: %v", err)
		return nil
	}
	v.report.Events += int64(len(events))
	slices.SortFunc(events, func(a, b event.Event) int { return int(a.Arrival) - int(b.Arrival) })
	for i := range events {
		if events[i].Arrival != uint32(i+1) {
			v.find("event", slot, id, "event %d stands where %d is due", events[i].Arrival, i+1)
			return nil
		}
		if err := v.findable(id, &events[i]); err != nil {
			return err
		}
	}
	timer, ok, err := v.o.Ledger.Timer(v.ctx, id)
	if err != nil {
		v.find("timer", slot, id, "the timer can not be read: %v", err)
		return nil
	}
	if !ok {
		timer = expr.Never
	} else {
		v.report.Timers++
	}
	if err := v.replay(id, events, rows, reached, timer); err != nil {
		v.find("event", slot, id, "the events can not be replayed: %v", err)
		return nil
	}
	v.compareRows(id, rows, v.r.mem.rows)
	if v.r.mem.timer != timer {
		v.find("timer", slot, id, "timer is %s, recomputed %s", instant(timer), instant(v.r.mem.timer))
	}
	return v.compareState(id)
}

// findable checks that the event's dedupe key leads to it.
func (v *verifier) findable(id customer.ID, ev *event.Event) error {
	if ev.Type == event.Identity {
		return nil
	}
	arrival, _, ok, err := v.w.Seen(id, ev.Source, ev.ID)
	if err != nil || !ok || arrival != ev.Arrival {
		v.find("event", id.Slot(), id, "the dedupe key of event %d leads to %d (found %v, %v)", ev.Arrival, arrival, ok, err)
	}
	return nil
}

// replay runs the customer's units in order with the definitions that were in force. Deadlines between
// two units were either applied alone or, after the process had been down, together with the later unit;
// both are right, and the log tells which it was.
func (v *verifier) replay(id customer.ID, events []event.Event, rows []change.Row, reached []switchover, timer int64) error {
	r := v.r
	r.begin(v.programs[0])
	next := 0
	for len(events) > 0 {
		n := 1
		for n < len(events) && events[n].Unit == events[0].Unit {
			n++
		}
		at := events[0].Received
		// At equal instants the row's generation tells whether the walk came first.
		for ; next < len(reached) && (reached[next].at < at || reached[next].at == at && v.walkedFirst(rows, reached[next])); next++ {
			if err := r.change(id, v.programs[reached[next].gen], reached[next].at); err != nil {
				return err
			}
		}
		f := r.mark()
		if err := r.fireBefore(id, at); err != nil {
			return err
		}
		if err := r.unit(id, events[:n]); err != nil {
			return err
		}
		if !prefix(r.mem.rows, rows) {
			r.back(f)
			if err := r.unit(id, events[:n]); err != nil {
				return err
			}
		}
		events = events[n:]
	}
	for ; next < len(reached); next++ {
		if err := r.change(id, v.programs[reached[next].gen], reached[next].at); err != nil {
			return err
		}
	}
	return r.fireBefore(id, timer)
}

// walkedFirst reports whether rows of the generation stand at the instant of its walk, or none tell.
func (v *verifier) walkedFirst(rows []change.Row, s switchover) bool {
	for i := range rows {
		if rows[i].At == s.at && rows[i].Gen < s.gen {
			return false
		}
	}
	return true
}

func sameRow(a, b *change.Row) bool {
	return a.Kind == b.Kind && a.Tag == b.Tag && a.At == b.At && a.Since == b.Since && a.LateBy == b.LateBy && a.Gen == b.Gen && a.Cause == b.Cause
}

func prefix(got, want []change.Row) bool {
	if len(got) > len(want) {
		return false
	}
	for i := range got {
		if !sameRow(&got[i], &want[i]) {
			return false
		}
	}
	return true
}

func (v *verifier) compareRows(id customer.ID, stored, replayed []change.Row) {
	for i := range max(len(stored), len(replayed)) {
		switch {
		case i >= len(stored):
			v.find("log.row", id.Slot(), id, "row missing: %s", rowText(&replayed[i]))
		case i >= len(replayed):
			v.find("log.row", id.Slot(), id, "row %d is not explained by the events: %s", stored[i].Seq, rowText(&stored[i]))
		case !sameRow(&stored[i], &replayed[i]):
			v.find("log.row", id.Slot(), id, "row %d is %s, recomputed %s", stored[i].Seq, rowText(&stored[i]), rowText(&replayed[i]))
		default:
			continue
		}
		return
	}
}

// compareState compares the state as the engine would load it with the replayed one.
func (v *verifier) compareState(id customer.ID) error {
	wk := v.r.sh.cur
	if err := v.r.sh.load(wk, id); err != nil {
		return err
	}
	want := wk.s.copy()
	l, err := v.w.Load(id)
	if err != nil {
		v.find("state.tags", id.Slot(), id, "the state can not be read: %v", err)
		return nil
	}
	if len(l.State) > 0 {
		v.report.States++
	}
	stored, err := v.storedState(wk, id, l)
	if err != nil {
		v.find("state.tags", id.Slot(), id, "the state can not be read: %v", err)
		return nil
	}
	for _, h := range want.held {
		v.counts[h.tag]++
		v.report.Tags++
	}
	if diff := stored.diff(want, len(l.Events) == 0 && len(l.Rows) == 0); diff != "" {
		v.find("state.tags", id.Slot(), id, "%s", diff)
	}
	return nil
}

// storedState is what an engine would work on after loading: the snapshot and its tail.
func (v *verifier) storedState(wk *worker, id customer.ID, l ledger.Loaded) (*state, error) {
	s := &wk.s
	ok, err := false, error(nil)
	if l.State != nil {
		if ok, err = s.decode(id, wk.p, l.State); err != nil {
			return nil, err
		}
	} else {
		s.reset(id, wk.p)
	}
	if !ok {
		for i := range l.Rows {
			s.replay(&l.Rows[i])
		}
		c := s.copy()
		c.view = nil
		return c, nil
	}
	for i := range l.Rows {
		s.replay(&l.Rows[i])
	}
	return s.copy(), nil
}

func (v *verifier) tagCounts() error {
	counts, err := v.o.Ledger.Counts(v.ctx)
	if err != nil {
		return err
	}
	for t, n := range counts {
		if v.counts[t] != n {
			v.find("tag.count", 0, 0, "tag %s is counted %d times, recomputed %d", t, n, v.counts[t])
		}
	}
	for t, n := range v.counts {
		if _, ok := counts[t]; !ok {
			v.find("tag.count", 0, 0, "tag %s is counted 0 times, recomputed %d", t, n)
		}
	}
	return nil
}
