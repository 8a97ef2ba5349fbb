package engine

import (
	"context"
	"encoding/json"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/rule"
)

// metaReached says when the newest settled generation reached each slot. While a walk is under way
// the log says it: a slot with customers has a Reached row, and its rows carry their generation.
const metaReached = "engine.reached"

type reachedRow struct {
	Gen uint32  `json:"gen"`
	At  []int64 `json:"at"` // by slot
}

// inForce are the programs that the slots of a store have when it is opened.
type inForce struct {
	newest  *rule.Program
	settled bool            // all slots have the newest
	bySlot  []*rule.Program // nil when settled
	reached []int64         // by slot
}

// startPrograms finds out how far definitions have come in the store. A walk that was interrupted left
// slots of different generations behind.
func (e *Engine) startPrograms(ctx context.Context) (*inForce, error) {
	f := &inForce{settled: true, reached: make([]int64, customer.Slots)}
	gens, err := e.Generations(ctx)
	if err != nil {
		return nil, err
	}
	if len(gens) == 0 {
		f.newest, err = rule.Build(&rule.Set{Zone: e.opt.Program.Set.Zone})
		return f, err
	}
	last := gens[len(gens)-1]
	if f.newest, err = e.program(last.Gen); err != nil {
		return nil, err
	}
	if last.Settled {
		return f, e.readReached(ctx, last.Gen, f.reached)
	}
	f.settled, f.bySlot = false, make([]*rule.Program, customer.Slots)
	known := map[uint32]*rule.Program{last.Gen: f.newest}
	for slot := range f.bySlot {
		if err := e.startSlot(ctx, f, customer.Slot(slot), known); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// startSlot finds a slot's generation: the highest among its rows, for those that a walk writes for what was
// due before it are of the generation before. A slot without rows takes any.
func (e *Engine) startSlot(ctx context.Context, f *inForce, slot customer.Slot, known map[uint32]*rule.Program) error {
	gen, rows := uint32(0), false
	err := e.opt.Ledger.Log(ctx, slot, 0, func(row change.Row) error {
		gen, rows = max(gen, row.Gen), true
		if row.Kind == change.Reached {
			f.reached[slot] = row.At
		}
		return nil
	})
	if err != nil {
		return err
	}
	if !rows {
		gen = f.newest.Set.Gen
	}
	if known[gen] == nil {
		if known[gen], err = e.program(gen); err != nil {
			return err
		}
	}
	f.bySlot[slot] = known[gen]
	return nil
}

// program is a generation's compiled definitions.
func (e *Engine) program(gen uint32) (*rule.Program, error) {
	switch {
	case gen == 0:
		return rule.Build(&rule.Set{Zone: e.opt.Program.Set.Zone})
	case gen == e.opt.Program.Set.Gen:
		return e.opt.Program, nil
	case e.opt.Programs == nil:
		return nil, fault.Internal("engine.generation_unknown", "gen", gen)
	}
	return e.opt.Programs(gen)
}

func (e *Engine) readReached(ctx context.Context, gen uint32, at []int64) error {
	b, ok, err := e.opt.Ledger.GetMeta(ctx, metaReached)
	if err != nil || !ok {
		return err
	}
	var row reachedRow
	if err := json.Unmarshal(b, &row); err != nil {
		return err
	}
	if row.Gen == gen {
		copy(at, row.At)
	}
	return nil
}

// putReached stores what the shards know; it comes before the generation is called settled.
func (e *Engine) putReached(ctx context.Context, gen uint32) error {
	row := reachedRow{Gen: gen, At: make([]int64, customer.Slots)}
	err := e.each(ctx, func(sh *shard) error {
		for i, at := range sh.reached {
			row.At[i*len(sh.e.shards)+sh.part] = at
		}
		return nil
	})
	if err != nil {
		return err
	}
	return e.putMeta(ctx, metaReached, row)
}

// startPrograms gives each slot of the shard its program.
func (sh *shard) startPrograms(f *inForce) {
	sh.cur = sh.newWorker(f.newest)
	workers := map[*rule.Program]*worker{f.newest: sh.cur}
	for slot := sh.part; slot < customer.Slots; slot += sh.e.opt.Shards {
		wk := sh.cur
		if !f.settled {
			p := f.bySlot[slot]
			if wk = workers[p]; wk == nil {
				wk = sh.newWorker(p)
				workers[p] = wk
			}
		}
		sh.bySlot, sh.reached = append(sh.bySlot, wk), append(sh.reached, f.reached[slot])
	}
}

func (sh *shard) reachedAt(slot customer.Slot) int64 {
	return sh.reached[int(slot)/sh.e.opt.Shards]
}

// takes notes that a slot has a program from an instant on.
func (sh *shard) takes(slot customer.Slot, wk *worker, at int64) {
	i := int(slot) / sh.e.opt.Shards
	sh.bySlot[i], sh.reached[i] = wk, at
}

// takeOver gives all slots the newest program if they have no customers, and reports whether.
func (sh *shard) takeOver() (bool, error) {
	sh.commitStaged() // so that the listing sees the customers of this turn
	for slot := sh.part; slot < customer.Slots; slot += sh.e.opt.Shards {
		if empty, err := sh.e.emptySlot(sh.ctx, customer.Slot(slot)); !empty || err != nil {
			return false, err
		}
	}
	for i := range sh.bySlot {
		sh.bySlot[i], sh.reached[i] = sh.cur, 0
	}
	return true, nil
}
