package engine

import (
	"context"
	"log/slog"

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
	timer  int64
}

func (m *memory) Load(customer.ID) (ledger.Loaded, error) { return ledger.Loaded{State: m.blob}, nil }
func (m *memory) PutEvent(_ customer.ID, ev *event.Event) error {
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
	m.rows = append(m.rows, *row)
	return nil
}
func (m *memory) Staged() int { return 0 }

// memoryStore is the reading side of memory.
type memoryStore struct {
	ledger.Store
	m *memory
}

func (s memoryStore) Timer(context.Context, customer.ID) (int64, bool, error) {
	return s.m.timer, s.m.timer != expr.Never, nil
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

func newReplayer(ctx context.Context, p *rule.Program) *replayer {
	m := &memory{}
	e := &Engine{opt: Options{Ledger: memoryStore{m: m}, Shards: 1}, log: slog.New(slog.DiscardHandler), ctx: ctx}
	sh := &shard{e: e, ctx: ctx, w: m, timers: newTimers(), staged: map[customer.ID][]event.Event{}}
	sh.cur = sh.newWorker(p)
	e.shards = []*shard{sh}
	return &replayer{sh: sh, mem: m}
}

// begin forgets the customer before.
func (r *replayer) begin(wk *worker) {
	*r.mem = memory{timer: expr.Never}
	r.sh.timers = newTimers()
	r.sh.now = 0
	r.sh.cur = wk
	wk.hot = hot{}
}

// fork is a place to come back to.
type fork struct {
	blob           []byte
	rows, arrivals int
	timer, now     int64
}

func (r *replayer) mark() fork {
	return fork{r.mem.blob, len(r.mem.rows), len(r.mem.events), r.mem.timer, r.sh.now}
}

func (r *replayer) back(f fork) {
	r.mem.blob, r.mem.timer, r.sh.now = f.blob, f.timer, f.now
	r.mem.rows, r.mem.events = r.mem.rows[:f.rows], r.mem.events[:f.arrivals]
	r.sh.cur.hot = hot{}
}

// fireBefore applies the customer's deadlines before an instant, each alone.
func (r *replayer) fireBefore(id customer.ID, at int64) error {
	for r.mem.timer < at {
		r.sh.moveTo(r.mem.timer)
		if err := r.sh.deadline(id); err != nil {
			return err
		}
	}
	return nil
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
	var receipt Receipt
	return r.sh.save(wk, &receipt)
}

// change brings the next definitions into force for the customer at an instant.
func (r *replayer) change(id customer.ID, next *worker, at int64) error {
	if err := r.fireBefore(id, at+1); err != nil {
		return err
	}
	r.sh.moveTo(at)
	r.sh.cur = next
	if err := r.sh.load(next, id); err != nil {
		return err
	}
	r.sh.reevaluate(next, change.ByPublish)
	var receipt Receipt
	return r.sh.save(next, &receipt)
}
