package engine

import (
	"context"
	"slices"
	"sync"

	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/fault"
)

// task is one thing for a shard's goroutine: a part of a unit, or a call.
type task struct {
	at   int64 // instant of the unit; 0: the wall clock
	ins  []Input
	call func(sh *shard) error
	done func(Receipt, error) // after durability; never nil
}

func (e *Engine) shardOf(id customer.ID) *shard {
	return e.shards[int(id.Slot())%len(e.shards)]
}

// Submit takes one unit (a request, a callback, a chunk of a file): all its events, then one
// evaluation per customer. When it returns without error the unit is durable. It waits when the
// shards are behind. Errors: engine.closed, engine.not_live, engine.broken.
func (e *Engine) Submit(ctx context.Context, unit []Input) (Receipt, error) {
	type result struct {
		r   Receipt
		err error
	}
	ch := make(chan result, 1)
	e.SubmitAsync(unit, func(r Receipt, err error) { ch <- result{r, err} })
	select {
	case x := <-ch:
		return x.r, x.err
	case <-ctx.Done():
		return Receipt{}, ctx.Err()
	}
}

// SubmitAsync is Submit with done called once, on another goroutine, after durability. done must
// not block.
func (e *Engine) SubmitAsync(unit []Input, done func(Receipt, error)) {
	if !e.live.Load() {
		done(Receipt{}, fault.Conflict("engine.not_live"))
		return
	}
	e.submit(0, unit, done)
}

// StepAsync takes one step of an initial load: the clock moves to at (Unix milliseconds; never
// back: an earlier at is late and taken at the present instant), the deadlines before it are applied
// in order of time, then the unit.
func (e *Engine) StepAsync(at int64, unit []Input, done func(Receipt, error)) {
	if e.live.Load() {
		done(Receipt{}, fault.Conflict("engine.is_live"))
		return
	}
	e.submit(at, unit, done)
}

func (e *Engine) submit(at int64, unit []Input, done func(Receipt, error)) {
	if b := e.broken.Load(); b != nil {
		done(Receipt{}, *b)
		return
	}
	if len(unit) == 0 {
		done(Receipt{}, nil)
		return
	}
	first := e.shardOf(unit[0].Customer)
	same := !slices.ContainsFunc(unit[1:], func(in Input) bool { return e.shardOf(in.Customer) != first })
	if same {
		e.send(first, task{at: at, ins: unit, done: done})
		return
	}
	parts := make([][]Input, len(e.shards))
	for i := range unit {
		p := e.shardOf(unit[i].Customer).part
		parts[p] = append(parts[p], unit[i])
	}
	j := &join{done: done}
	for _, ins := range parts {
		if len(ins) > 0 {
			j.left++
		}
	}
	for p, ins := range parts {
		if len(ins) > 0 {
			e.send(e.shards[p], task{at: at, ins: ins, done: j.part})
		}
	}
}

// join calls done when all parts of a unit are durable.
type join struct {
	mu   sync.Mutex
	left int
	r    Receipt
	err  error
	done func(Receipt, error)
}

func (j *join) part(r Receipt, err error) {
	j.mu.Lock()
	j.r.add(r)
	if j.err == nil {
		j.err = err
	}
	j.left--
	last := j.left == 0
	j.mu.Unlock()
	if last {
		j.done(j.r, j.err)
	}
}

func (r *Receipt) add(o Receipt) {
	r.Accepted += o.Accepted
	r.Repeated += o.Repeated
	r.Conflicts += o.Conflicts
	r.Changes += o.Changes
	r.Marks = append(r.Marks, o.Marks...)
}

// AdvanceTo moves the event clock to at (Unix milliseconds) and applies every deadline up to and
// including it, each at its own instant. Only before going live.
func (e *Engine) AdvanceTo(ctx context.Context, at int64) error {
	if e.live.Load() {
		return fault.Conflict("engine.is_live")
	}
	return e.each(ctx, func(sh *shard) error {
		if err := sh.fireUntil(at, true); err != nil {
			return err
		}
		sh.moveTo(at)
		return nil
	})
}
