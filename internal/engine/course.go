package engine

import (
	"math"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/event"
)

// course is what happened to one customer as the store has it, to be replayed. Two things are not
// stored: whether a deadline was applied by itself or, after the process had been down, together with
// the unit that came next; and which of two things of one millisecond came first. Both orders are
// right, the log tells which it was, and run tries them.
type course struct {
	id      customer.ID
	units   [][]event.Event
	turns   []turnover
	rows    []change.Row
	timer   int64
	live    int64 // instant of going live, math.MaxInt64 before
	mayFail bool  // evaluations may have failed: what a failure leaves no trace of is tried last
}

// turnover is when definitions reached the customer's slot, or when a failed evaluation was tried again.
type turnover struct {
	gen   uint32
	at    int64
	seq   uint64
	retry bool
}

// cursor is how far a replay has come: the next unit and turnover, and what to try there.
type cursor struct {
	unit, turn int
	option     int
	place      fork
}

// maxRetries bounds the search, which only a wrong store makes long.
const maxRetries = 400

// run replays the course along a way that yields the stored rows, if there is one. It ends behind the
// last step, or where the way that got farthest leaves the stored rows; rows are those replayed.
func (v *verifier) run(c *course) (rows []change.Row, err error) {
	r := v.r
	var open []cursor
	var at cursor
	for retries := 0; ; {
		at.place = r.mark()
		here := at
		possible, more, err := v.step(c, &at)
		if err != nil {
			return nil, err
		}
		if more {
			here.option++
			open = append(open, here)
		}
		fits := possible && c.fits(r.mem, here.place.rows)
		switch {
		case fits && at.unit <= len(c.units):
			at.option = 0
			continue
		case fits && len(r.mem.rows) == len(c.rows):
			return r.mem.rows, nil
		case possible && len(r.mem.rows) >= len(rows):
			rows = append(rows[:0], r.mem.rows...)
		}
		if len(open) == 0 || retries == maxRetries {
			return rows, nil
		}
		retries++
		at = open[len(open)-1]
		open = open[:len(open)-1]
		r.back(c.id, at.place)
	}
}

// What a step may try, in this order; those that do not apply are passed over.
const (
	aloneBefore  = iota // deadlines before the unit by themselves, one at its instant with it
	aloneAt             // also one at its instant
	turnFirst           // definitions of the same instant come first
	unitFails           // its evaluation fails
	togetherFrom        // the deadlines from the n-th on together with the unit, n from 0
)

// step does the next thing of the course. It reports whether the cursor's option was possible and whether
// another one is worth a try.
func (v *verifier) step(c *course, at *cursor) (possible, more bool, err error) {
	r := v.r
	switch {
	case at.unit == len(c.units) && at.turn == len(c.turns):
		at.unit++
		_, err = r.fire(c.id, c.timer, math.MaxInt)
		return true, false, err
	case at.unit == len(c.units) || at.turn < len(c.turns) && c.turns[at.turn].at < c.units[at.unit][0].Received:
		return v.turn(c, at, at.option == 1)
	}
	events := c.units[at.unit]
	now := events[0].Received
	tie := at.turn < len(c.turns) && c.turns[at.turn].at == now
	r.sh.live = now >= c.live
	switch at.option {
	case aloneBefore, unitFails:
		fired, err := r.fire(c.id, now, math.MaxInt)
		if err != nil {
			return false, false, err
		}
		more = fired > 0 || r.mem.timer == now || tie || c.mayFail
		if at.option == unitFails && !c.mayFail {
			return false, fired > 0, nil
		}
	case aloneAt:
		if _, err := r.fire(c.id, now, math.MaxInt); err != nil || r.mem.timer != now {
			return false, true, err
		}
		if _, err := r.fire(c.id, now+1, math.MaxInt); err != nil {
			return false, false, err
		}
		more = true
	case turnFirst:
		if tie {
			_, _, err = v.turn(c, at, false)
		}
		return tie, true, err
	default:
		if _, err := r.fire(c.id, now, at.option-togetherFrom); err != nil || r.mem.timer >= now {
			return false, false, err
		}
		more = true
	}
	at.unit++
	err = r.failing(at.option == unitFails, func() error { return r.unit(c.id, events) })
	return true, more, err
}

// turn brings the next definitions into force, or tries a failed evaluation again.
func (v *verifier) turn(c *course, at *cursor, fails bool) (possible, more bool, err error) {
	r, t := v.r, c.turns[at.turn]
	at.turn++
	r.sh.live = t.at >= c.live
	if _, err := r.fire(c.id, t.at+1, math.MaxInt); err != nil {
		return false, false, err
	}
	wk, cause := v.programs[t.gen], change.ByPublish
	if t.retry {
		row := change.Row{Kind: change.Reached, Customer: c.id, Slot: c.id.Slot(), At: t.at, Since: t.at, Recorded: t.at, Gen: t.gen}
		if err := r.mem.Append(&row); err != nil {
			return false, false, err
		}
		wk, cause = r.sh.cur, change.ByEvent
	}
	err = r.failing(fails, func() error { return r.decide(c.id, wk, t.at, cause) })
	return true, c.mayFail && !fails, err
}

// fits compares the rows replayed from one on with the stored ones.
func (c *course) fits(m *memory, from int) bool {
	if len(m.rows) > len(c.rows) {
		return false
	}
	for i := from; i < len(m.rows); i++ {
		if !c.same(&m.rows[i], m.alone[i], &c.rows[i]) {
			return false
		}
	}
	return true
}

// same compares a replayed row with a stored one. A deadline that fired by itself was recorded when the
// process got to it; at the instant of going live rows of the initial load and later ones meet.
func (c *course) same(got *change.Row, alone bool, want *change.Row) bool {
	switch {
	case got.Kind != want.Kind, got.Tag != want.Tag, got.At != want.At, got.Since != want.Since,
		got.LateBy != want.LateBy, got.Gen != want.Gen, got.Cause != want.Cause, got.Customer != want.Customer:
		return false
	case alone && want.At > c.live || want.Recorded == c.live:
		return want.Recorded >= want.At
	}
	return got.Recorded == want.Recorded
}

// matches reports whether all stored rows came out.
func (c *course) matches(rows []change.Row) bool {
	if len(rows) != len(c.rows) {
		return false
	}
	for i := range rows {
		if !c.same(&rows[i], true, &c.rows[i]) {
			return false
		}
	}
	return true
}
