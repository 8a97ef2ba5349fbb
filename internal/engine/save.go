package engine

import (
	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/ledger"
	"github.com/earmarkhq/earmark/internal/rule"
	"github.com/earmarkhq/earmark/internal/tag"
	"github.com/earmarkhq/earmark/internal/value"
)

// decide evaluates one rule: the tag it gives (0 for none) and its next.
func (s *state) decide(r *rule.Compiled, at int64) (want tag.ID, next int64) {
	if !s.strong && !r.Anonymous {
		return 0, expr.Never
	}
	if r.Ladder != nil {
		step, next := r.Ladder.Eval(s.view, at)
		if step < 0 {
			return 0, next
		}
		return r.Keeps()[step], next
	}
	holds, next := r.Cond(s.view, at)
	if !holds {
		return 0, next
	}
	return r.Keeps()[0], next
}

// answer is decide compared with the tags held.
func (s *state) answer(r *rule.Compiled, at int64) (differs bool, next int64) {
	want, next := s.decide(r, at)
	for _, t := range r.Keeps() {
		if _, has := s.find(t); has != (t == want) {
			return true, next
		}
	}
	return false, next
}

// due is the earliest instant after the last evaluation at which something of the customer may change by
// time alone.
func (s *state) due() int64 {
	next := s.statedNext
	for _, i := range s.finite {
		next = min(next, s.nexts[i])
	}
	return next
}

// save stages the rows, the timer and the state.
func (sh *shard) save(wk *worker, r *Receipt) error {
	s, u := &wk.s, &wk.u
	for _, i := range u.touched {
		was := s.view.Partial[i]
		s.trim(wk.p.Streams[i], i, s.at)
		sh.grew = sh.grew || !was && s.view.Partial[i]
	}
	if s.partial() {
		sh.stage(s, u)
	}
	if err := sh.saveRows(wk, r); err != nil {
		return err
	}
	next := expr.Never
	if s.failed == "" {
		next = s.due()
	}
	if next != s.timer {
		if err := sh.w.PutTimer(s.id, next); err != nil {
			return err
		}
		s.timer = next
		sh.timers.set(s.id, next)
	}
	sh.e.stats.writes.Add(1)
	wk.blob = s.encode(wk.blob[:0])
	return sh.w.PutState(s.id, wk.blob, ledger.Meta{Arrivals: s.arrivals, Seq: s.seq})
}

// stage remembers the unit's events until they are committed, for reading a stream whole.
func (sh *shard) stage(s *state, u *unit) {
	list := sh.staged[s.id]
	for _, ev := range u.events {
		list = append(list, *ev)
	}
	sh.staged[s.id] = list
}

func (sh *shard) saveRows(wk *worker, r *Receipt) error {
	s, u := &wk.s, &wk.u
	slot := s.id.Slot()
	for i := range u.rows {
		row := &u.rows[i]
		row.Slot, row.Customer, row.Gen = slot, s.id, wk.p.Set.Gen
		if row.At == 0 {
			row.At, row.Since = u.at, u.at
		}
		row.Recorded = max(sh.now, u.at)
		if !sh.live {
			row.Recorded = row.At
		}
		if err := sh.w.Append(row); err != nil {
			return err
		}
		s.seq = row.Seq
		if row.Kind == change.TagAdded || row.Kind == change.TagRemoved {
			r.Changes++
		}
	}
	sh.e.stats.changes.Add(int64(len(u.rows)))
	if len(u.rows) > 0 {
		r.mark(slot, s.seq)
	}
	return nil
}

// mark notes the slot's position; inputs of one slot need not stand together, then it is noted again.
func (r *Receipt) mark(slot customer.Slot, seq uint64) {
	if n := len(r.Marks); n > 0 && r.Marks[n-1].Slot == slot {
		r.Marks[n-1].Seq = seq
		return
	}
	r.Marks = append(r.Marks, Mark{slot, seq})
}

// differs compares a repeated event with the stored one: type, properties and raw properties. Times are
// not compared, the correction of a client's clock may differ from delivery to delivery.
func (e *Engine) differs(id customer.ID, arrival uint32, at int64, ev *event.Event) bool {
	old, ok, err := e.opt.Ledger.Event(e.ctx, id, at, arrival)
	return err == nil && ok && (old.Type != ev.Type || !value.Same(old.Props, ev.Props))
}
