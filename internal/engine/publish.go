package engine

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/ledger"
	"github.com/earmarkhq/earmark/internal/rule"
)

// Publish brings a generation of definitions into force. An empty store just takes it. Otherwise a
// walk re-evaluates every customer, slot by slot: a slot changes over in one commit at one instant,
// ingest goes on between slots, and only differences are written, with cause publish. An
// interrupted walk is finished at the next Open; slots that it had reached are not walked again.
// progress may be nil; it gets slots done and slots in all. Publishing the generation in force again
// does nothing.
func (e *Engine) Publish(ctx context.Context, p *rule.Program, progress func(done, total int64)) error {
	e.publishing.Lock()
	defer e.publishing.Unlock()
	gens, err := e.Generations(ctx)
	if err != nil {
		return err
	}
	if n := len(gens); n > 0 && gens[n-1].Gen == p.Set.Gen && gens[n-1].Settled {
		e.prog.Store(p)
		return nil
	}
	empty, err := e.empty(ctx)
	if err != nil {
		return err
	}
	g := Generation{Gen: p.Set.Gen, At: e.Now(), Empty: empty}
	if n := len(gens); n > 0 && gens[n-1].Gen == g.Gen {
		gens = gens[:n-1]
	}
	gens = append(gens, g)
	if err := e.putMeta(ctx, metaGenerations, gens); err != nil {
		return err
	}
	var left atomic.Bool // a shard has slots to walk
	err = e.each(ctx, func(sh *shard) error {
		if sh.cur.p.Set.Gen != p.Set.Gen {
			sh.cur = sh.newWorker(p)
		}
		took := false
		if empty { // the first customer may have come since
			var err error
			if took, err = sh.takeOver(); err != nil {
				return err
			}
		}
		if !took {
			left.Store(true)
		}
		return nil
	})
	if err != nil {
		return err
	}
	e.prog.Store(p)
	if left.Load() {
		if err := e.walkAll(ctx, progress); err != nil {
			return err
		}
		if err := e.putReached(ctx, p.Set.Gen); err != nil {
			return err
		}
	}
	gens[len(gens)-1].Settled = true
	return e.putMeta(ctx, metaGenerations, gens)
}

var errFound = errors.New("found")

// empty reports whether no customer is known.
func (e *Engine) empty(ctx context.Context) (bool, error) {
	for slot := range customer.Slots {
		if empty, err := e.emptySlot(ctx, customer.Slot(slot)); !empty || err != nil {
			return false, err
		}
	}
	return true, nil
}

func (e *Engine) emptySlot(ctx context.Context, slot customer.Slot) (bool, error) {
	err := e.opt.Ledger.Customers(ctx, slot, 0, func(ledger.Customer) error { return errFound })
	if errors.Is(err, errFound) {
		return false, nil
	}
	return err == nil, err
}

// walkAll walks the shards side by side.
func (e *Engine) walkAll(ctx context.Context, progress func(done, total int64)) error {
	var done atomic.Int64
	var wg sync.WaitGroup
	errs := make([]error, len(e.shards))
	for i, sh := range e.shards {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for slot := sh.part; slot < customer.Slots && errs[i] == nil; slot += len(e.shards) {
				errs[i] = e.on(ctx, sh, func(sh *shard) error { return sh.walkSlot(customer.Slot(slot)) })
				if n := done.Add(1); progress != nil {
					progress(n, customer.Slots)
				}
			}
		}()
	}
	wg.Wait()
	return errors.Join(errs...)
}

// walkSlot changes one slot over to the new definitions.
func (sh *shard) walkSlot(slot customer.Slot) error {
	old := sh.workerOf(slot)
	if old == sh.cur {
		return nil // before an interruption
	}
	sh.tick()
	// Customers made in this turn must be seen by the listing below.
	sh.commitStaged()
	var ids []customer.ID
	err := sh.e.opt.Ledger.Customers(sh.ctx, slot, 0, func(c ledger.Customer) error {
		ids = append(ids, c.ID)
		return nil
	})
	if err != nil {
		return err
	}
	row := change.Row{Slot: slot, Kind: change.Reached, At: sh.now, Since: sh.now, Recorded: sh.now, Gen: sh.cur.p.Set.Gen}
	if len(ids) > 0 {
		// The row names the slot by one of its customers' slot; it belongs to none of them.
		if err := sh.w.Append(&row); err != nil {
			return err
		}
	}
	for _, id := range ids {
		if err := sh.walkCustomer(old, id); err != nil {
			return err
		}
	}
	sh.takes(slot, sh.cur, row.At)
	return nil
}

// walkCustomer applies what was due under the old definitions, then evaluates under the new ones.
func (sh *shard) walkCustomer(old *worker, id customer.ID) error {
	if err := sh.load(old, id); err != nil {
		return err
	}
	var r Receipt
	if old.s.failed == "" && old.s.due() <= sh.now {
		old.u.begin(sh.now, &old.s)
		sh.evaluate(old)
		if err := sh.save(old, &r); err != nil {
			return err
		}
	}
	if err := sh.load(sh.cur, id); err != nil {
		return err
	}
	sh.reevaluate(sh.cur, change.ByPublish)
	return sh.save(sh.cur, &r)
}

// reevaluate decides everything anew at the shard's instant; nothing is dated before it.
func (sh *shard) reevaluate(wk *worker, cause change.CauseKind) {
	s, u := &wk.s, &wk.u
	u.begin(sh.now, s)
	u.kind = cause
	s.stale, s.at, s.gen = true, sh.now, wk.p.Set.Gen
	sh.dropOrphans(wk, cause)
	sh.refresh(wk)
	sh.evaluate(wk)
}

// dropOrphans removes tags that no rule keeps any more.
func (sh *shard) dropOrphans(wk *worker, cause change.CauseKind) {
	s, u := &wk.s, &wk.u
	for i := len(s.held) - 1; i >= 0; i-- {
		h := s.held[i]
		_, derived := wk.p.Owner(h.tag)
		if _, stated := wk.p.Stated(h.tag); derived || stated && h.by != "rule" {
			continue
		}
		u.rows = append(u.rows, change.Row{
			Kind: change.TagRemoved, Tag: h.tag, At: u.at, Since: u.at,
			Cause: change.Cause{Kind: cause, Rule: h.cause.Rule, Version: h.cause.Version},
		})
		s.drop(h.tag)
	}
	s.syncTags()
}
