package engine

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/earmarkhq/earmark/internal/clock"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/ledger"
	"github.com/earmarkhq/earmark/internal/rule"
)

// Bounds of one turn of a shard: what it takes from the queue and fires before it commits, so that
// neither a wave of deadlines nor a burst of events makes the other wait long.
const (
	turnEvents    = 2048
	turnBytes     = 1 << 20
	turnDeadlines = 256
	queueTasks    = 1024
	// commitsUnderWay bounds the commits that wait for the disk; when it is reached the queue fills and
	// the next commit is larger: group commit without a timer.
	commitsUnderWay = 3
)

// shard is one goroutine's share of the slots. Everything in it but tasks, acks and seen belongs to
// that goroutine.
type shard struct {
	e     *Engine
	ctx   context.Context // the goroutine's lifetime
	part  int
	w     ledger.Writer
	tasks chan task
	acks  chan commit
	seen  atomic.Int64 // the shard's instant, for readers
	// waiting is the number of customers with a deadline, for readers.
	waiting atomic.Int64

	now    int64 // never goes back
	live   bool
	timers *timers
	cur    *worker   // the newest program
	bySlot []*worker // program in force for each of the shard's slots; other than cur while a walk is under way
	// reached is when that program reached the slot, 0 when the store had no customers then. Nothing of it is
	// dated before.
	reached []int64
	turn    turn
	groups  []Input // scratch of byCustomer
	staged  map[customer.ID][]event.Event
	grew    bool // a stream got too long for a state in this unit
}

// turn is what one commit will carry.
type turn struct {
	acks   []ack
	events int
}

type ack struct {
	done func(Receipt, error)
	r    Receipt
	err  error
}

// commit is a turn on its way to the disk.
type commit struct {
	pending ledger.Pending
	acks    []ack
}

// worker is a program with the reusable state of one customer under it.
type worker struct {
	p     *rule.Program
	s     state
	u     unit
	match map[string][]int32 // event type → streams, filled as types are seen
	hot   hot
	blob  []byte
}

func (sh *shard) newWorker(p *rule.Program) *worker {
	wk := &worker{p: p, match: map[string][]int32{}}
	wk.s.view = p.Compiler.NewState()
	wk.s.view.Load = func(stream int) []expr.Entry { return wk.u.visible(sh.entries(wk, stream)) }
	wk.u.init(p)
	return wk
}

// streams returns the streams that events of the type may enter.
func (wk *worker) streams(typ string) []int32 {
	if m, ok := wk.match[typ]; ok {
		return m
	}
	m := []int32{}
	for i, s := range wk.p.Streams {
		if s.Matches(typ) {
			m = append(m, int32(i))
		}
	}
	// Types come from outside: the cache is bounded, beyond it types are matched each time.
	if len(wk.match) < 4096 {
		wk.match[typ] = m
	}
	return m
}

func openShard(ctx context.Context, e *Engine, part int, f *inForce, start int64) (*shard, error) {
	w, err := e.opt.Ledger.Writer(part, e.opt.Shards)
	if err != nil {
		return nil, err
	}
	sh := &shard{
		e: e, ctx: ctx, part: part, w: w, now: start, live: e.live.Load(),
		tasks: make(chan task, queueTasks), acks: make(chan commit, commitsUnderWay),
		timers: newTimers(), staged: map[customer.ID][]event.Event{},
	}
	sh.startPrograms(f)
	err = w.Timers(func(id customer.ID, at int64) error {
		sh.timers.load(id, at)
		return nil
	})
	sh.timers.rebuild()
	sh.seen.Store(start)
	return sh, err
}

// workerOf is the program in force for a slot.
func (sh *shard) workerOf(slot customer.Slot) *worker {
	return sh.bySlot[int(slot)/sh.e.opt.Shards]
}

// moveTo moves the shard's instant; it never goes back.
func (sh *shard) moveTo(at int64) {
	if at > sh.now {
		sh.now = at
		sh.seen.Store(at)
	}
}

func (sh *shard) tick() {
	if sh.live = sh.e.live.Load(); sh.live {
		sh.moveTo(clock.Millis(sh.e.opt.Clock))
	}
}

// run takes tasks and fires deadlines until the queue is closed and empty.
func (sh *shard) run() {
	timer := sh.e.opt.Clock.NewTimer(time.Hour)
	defer timer.Stop()
	defer close(sh.acks)
	for open := true; open; {
		wait := sh.untilDeadline()
		if wait > 0 {
			timer.Reset(wait)
			select {
			case t, ok := <-sh.tasks:
				if open = ok; ok {
					sh.tick()
					sh.do(t)
				}
			case <-timer.C():
			}
			timer.Stop()
		}
		sh.tick()
		open = sh.drain() && open
		if sh.live {
			sh.guard(sh.fireDue(sh.now, turnDeadlines))
		}
		sh.commit()
	}
}

// untilDeadline is how long the shard may wait for a task.
func (sh *shard) untilDeadline() time.Duration {
	const idle = time.Hour
	sh.live = sh.e.live.Load()
	next := sh.timers.next()
	if !sh.live || next == expr.Never {
		return idle
	}
	// In milliseconds first: a deadline of the year 9999 has no Duration from now.
	return time.Duration(min(idle.Milliseconds(), next-clock.Millis(sh.e.opt.Clock))) * time.Millisecond
}

// drain takes what waits in the queue up to the bounds of a turn; false when the queue is closed.
func (sh *shard) drain() bool {
	for sh.turn.events < turnEvents && sh.w.Staged() < turnBytes {
		select {
		case t, ok := <-sh.tasks:
			if !ok {
				return false
			}
			sh.do(t)
		default:
			return true
		}
	}
	return true
}

// do runs one task; its acknowledgement goes with the turn.
func (sh *shard) do(t task) {
	a := ack{done: t.done}
	if b := sh.e.broken.Load(); b != nil {
		a.err = *b
	} else if t.call != nil {
		a.err = t.call(sh)
	} else {
		a.err = sh.take(t, &a.r)
	}
	sh.turn.acks = append(sh.turn.acks, a)
}

// take applies one unit's part: deadlines before its instant first, then each customer once.
func (sh *shard) take(t task, r *Receipt) error {
	if t.at != 0 {
		if err := sh.fireUntil(t.at, false); err != nil {
			return err
		}
		sh.moveTo(t.at)
	}
	ins := t.ins
	for len(ins) > 0 {
		var group []Input
		group, ins = sh.byCustomer(ins)
		sh.turn.events += len(group)
		if err := sh.unit(group[0].Customer, group, r); err != nil {
			sh.e.fail(err)
			return *sh.e.broken.Load()
		}
	}
	return nil
}

// byCustomer splits off the inputs of the first customer, in order. The common unit, one input a
// customer, costs one pass and no allocation.
func (sh *shard) byCustomer(ins []Input) (group, rest []Input) {
	id := ins[0].Customer
	n := 1
	for n < len(ins) && ins[n].Customer == id {
		n++
	}
	group, rest = ins[:n], ins[n:]
	again := -1
	for i := range rest {
		if rest[i].Customer == id {
			again = i
			break
		}
	}
	if again < 0 {
		return group, rest
	}
	sh.groups = append(sh.groups[:0], group...)
	others := append([]Input(nil), rest[:again]...)
	for _, in := range rest[again:] {
		if in.Customer == id {
			sh.groups = append(sh.groups, in)
		} else {
			others = append(others, in)
		}
	}
	return sh.groups, others
}

// fireUntil applies the deadlines before at (or up to it) in order of time, on the event clock.
func (sh *shard) fireUntil(at int64, inclusive bool) error {
	for {
		next := sh.timers.next()
		if next == expr.Never || next > at || next == at && !inclusive {
			return nil
		}
		sh.moveTo(next)
		if err := sh.fire(next); err != nil {
			return err
		}
		if sh.w.Staged() > turnBytes {
			sh.commitStaged()
		}
	}
}

// fireDue applies up to n deadlines that are due at now.
func (sh *shard) fireDue(now int64, n int) error {
	for ; n > 0; n-- {
		next := sh.timers.next()
		if next > now {
			return nil
		}
		if err := sh.fire(next); err != nil {
			return err
		}
		sh.e.stats.lag(now - next)
	}
	return nil
}

// fire applies the due deadlines of the customer whose timer is the earliest.
func (sh *shard) fire(at int64) error {
	id, _ := sh.timers.pop()
	sh.e.stats.deadlines.Add(1)
	return sh.deadline(id)
}

func (sh *shard) guard(err error) {
	if err != nil {
		sh.e.fail(err)
	}
}

// commit ends a turn: what is staged becomes one durable commit, and its acknowledgements follow it.
func (sh *shard) commit() {
	if len(sh.turn.acks) == 0 && sh.w.Staged() == 0 {
		return
	}
	sh.commitStaged()
}

func (sh *shard) commitStaged() {
	if n := sh.w.Staged(); n > 0 {
		sh.e.stats.commits.Add(1)
		sh.e.stats.bytes.Add(int64(n))
	}
	p, err := sh.w.Commit()
	if err != nil {
		sh.guard(err)
		p = failed{err}
	}
	sh.waiting.Store(int64(len(sh.timers.of)))
	sh.acks <- commit{p, sh.turn.acks}
	sh.turn = turn{}
	clear(sh.staged)
}

type failed struct{ err error }

func (f failed) Wait() error { return f.err }

// acknowledge calls back what has become durable, in order.
func (sh *shard) acknowledge() {
	for c := range sh.acks {
		if err := c.pending.Wait(); err != nil {
			sh.e.fail(err)
		}
		b := sh.e.broken.Load()
		for _, a := range c.acks {
			err := a.err
			if err == nil && b != nil {
				err = *b
			}
			a.done(a.r, err)
		}
	}
}
