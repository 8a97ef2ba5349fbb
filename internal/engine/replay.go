package engine

import (
	"context"
	"log/slog"
	"strings"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/ledger"
	"github.com/earmarkhq/earmark/internal/rule"
)

// replayer runs one customer's units again in memory, by the engine's own code, to compare what comes
// out with what is stored.
type replayer struct {
	sh  *shard
	mem *memory
}

// memory stands in for the store while one customer is replayed.
type memory struct {
	ledger.Writer
	events []event.Event // let in so far, by arrival
	blob   []byte
	rows   []change.Row
	alone  []bool // per row: of a deadline that fired by itself, so that it was recorded any time after
	timer  int64
	firing bool
	fired  []int64 // instants of deadlines that fired by themselves
}

func (m *memory) Load(customer.ID) (ledger.Loaded, error) { return ledger.Loaded{State: m.blob}, nil }
func (m *memory) PutEvent(_ customer.ID, ev *event.Event) error {
	m.events = append(m.events, *ev)
	return nil
}
func (m *memory) PutUnseen(_ customer.ID, ev *event.Event) error {
	m.events = append(m.events, *ev)
	return nil
}
func (m *memory) PutState(_ customer.ID, blob []byte, _ ledger.Meta) error {
	m.blob = append([]byte(nil), blob...)
	return nil
}
func (m *memory) PutTimer(_ customer.ID, at int64) error { m.timer = at; return nil }
func (m *memory) Append(row *change.Row) error {
	row.Seq = uint64(len(m.rows) + 1)
	row.Cause.Actor = strings.Clone(row.Cause.Actor) // it may point into the state's buffer
	m.rows, m.alone = append(m.rows, *row), append(m.alone, m.firing)
	return nil
}
func (m *memory) Staged() int { return 0 }

// memoryStore is the reading side of memory.
type memoryStore struct {
	ledger.Store
	m *memory
}

// Events lists by (time, arrival), as the store does.
func (s memoryStore) Events(_ context.Context, _ customer.ID, from, to int64, fn func(*event.Event) error) error {
	sorted := sortedByTime(s.m.events)
	for i := range sorted {
		if t := sorted[i].Time; t >= from && t < to {
			if err := fn(&sorted[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func newReplayer(ctx context.Context) *replayer {
	m := &memory{}
	e := &Engine{opt: Options{Ledger: memoryStore{m: m}, Shards: customer.Slots}, log: slog.New(slog.DiscardHandler), ctx: ctx}
	sh := &shard{e: e, ctx: ctx, w: m, bySlot: make([]*worker, 1), reached: make([]int64, 1)}
	e.shards = []*shard{sh}
	return &replayer{sh: sh, mem: m}
}

func (r *replayer) worker(p *rule.Program) *worker { return r.sh.newWorker(p) }

// begin forgets the customer before.
func (r *replayer) begin(wk *worker) {
	*r.mem = memory{timer: expr.Never}
	r.sh.timers, r.sh.staged = newTimers(), map[customer.ID][]event.Event{}
	r.sh.now, r.sh.live = 0, false
	r.use(wk)
}

// use brings definitions into force.
func (r *replayer) use(wk *worker) {
	r.sh.cur, r.sh.bySlot[0] = wk, wk
	wk.hot = hot{}
}

// fork is a place to come back to.
type fork struct {
	wk           *worker
	blob         []byte
	rows, events int
	timer, now   int64
}

func (r *replayer) mark() fork {
	return fork{r.sh.cur, r.mem.blob, len(r.mem.rows), len(r.mem.events), r.mem.timer, r.sh.now}
}

func (r *replayer) back(id customer.ID, f fork) {
	r.mem.blob, r.mem.timer, r.sh.now = f.blob, f.timer, f.now
	r.mem.rows, r.mem.alone, r.mem.events = r.mem.rows[:f.rows], r.mem.alone[:f.rows], r.mem.events[:f.events]
	r.sh.timers.set(id, f.timer)
	clear(r.sh.staged)
	r.use(f.wk)
}

// fire applies the customer's next deadline by itself.
func (r *replayer) fire(id customer.ID) error {
	r.mem.firing = true
	defer func() { r.mem.firing = false }()
	r.mem.fired = append(r.mem.fired, r.mem.timer)
	r.sh.moveTo(r.mem.timer)
	return r.sh.deadline(id)
}

// unit lets one unit's stored events in and evaluates.
func (r *replayer) unit(id customer.ID, events []event.Event) error {
	wk := r.sh.cur
	r.sh.moveTo(events[0].Received)
	if err := r.sh.load(wk, id); err != nil {
		return err
	}
	wk.u.begin(events[0].Received, &wk.s)
	for i := range events {
		ev := events[i]
		if err := r.sh.put(wk, &ev); err != nil {
			return err
		}
	}
	r.sh.evaluate(wk)
	return r.save(wk)
}

// decide evaluates the customer anew at an instant, with other definitions or after a failure.
func (r *replayer) decide(id customer.ID, wk *worker, at int64, cause change.CauseKind) error {
	r.sh.moveTo(at)
	r.use(wk)
	if err := r.sh.load(wk, id); err != nil {
		return err
	}
	r.sh.reevaluate(wk, cause)
	return r.save(wk)
}

func (r *replayer) save(wk *worker) error {
	var receipt Receipt
	return r.sh.save(wk, &receipt)
}
