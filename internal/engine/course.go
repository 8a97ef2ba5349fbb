package engine

import (
	"slices"

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
	timer   int64 // stored
	live    int64 // instant of going live, never before
	mayFail bool  // evaluations may have failed: what a failure leaves no trace of is tried last
}

// turnover is when definitions reached the customer's slot, or when a failed evaluation was tried again.
type turnover struct {
	gen   uint32
	at    int64
	seq   uint64
	retry bool
}

// cursor is how far a replay has come: the next unit and turnover, and which of the moves that are
// possible there is tried.
type cursor struct {
	unit, turn int
	option     int
	late       bool // the stored timer is later than the next deadline that changes something
	place      fork
}

// move is one step of a replay.
type move uint8

const (
	fireAlone move = iota // the customer's deadline by itself
	takeUnit              // the next unit, with the deadlines that are due before it
	takeTurn              // the next definitions
	fireFails             // as above, and the evaluation fails
	unitFails
	turnFails
	finish
)

// maxRetries bounds the search, which only a wrong store makes long.
const maxRetries = 400

// run replays the course along a way that yields the stored rows, if there is one; rows are those of the
// way that got farthest.
func (v *verifier) run(c *course) (rows []change.Row, err error) {
	r := v.r
	var open []cursor
	var at cursor
	for retries := 0; ; {
		at.place = r.mark()
		moves := v.moves(c, &at)
		if at.option+1 < len(moves) {
			other := at
			other.option++
			open = append(open, other)
		}
		done := moves[at.option] == finish
		from := at.place.rows
		if err := v.move(c, &at, moves[at.option]); err != nil {
			return nil, err
		}
		at.option = 0
		fits := c.fits(r.mem, from)
		if fits && !done {
			continue
		}
		if fits && len(r.mem.rows) == len(c.rows) {
			return r.mem.rows, nil
		}
		if len(r.mem.rows) >= len(rows) {
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

// moves lists what may come next, the likeliest first.
func (v *verifier) moves(c *course, at *cursor) (moves []move) {
	due, unit, turn := v.r.mem.timer, int64(never), int64(never)
	if at.unit < len(c.units) {
		unit = c.units[at.unit][0].Received
	}
	if at.turn < len(c.turns) {
		turn = c.turns[at.turn].at
	}
	switch {
	case unit == never && turn == never:
		if due >= c.timer || at.late {
			return []move{finish}
		}
		moves = []move{fireAlone, fireFails}
	case turn < unit && due <= turn:
		moves = []move{fireAlone, fireFails}
	case turn < unit:
		moves = []move{takeTurn, turnFails}
	case due < unit:
		moves = []move{fireAlone, takeUnit, fireFails, unitFails}
	default:
		moves = []move{takeUnit, unitFails}
		if due == unit {
			moves = append(moves, fireAlone, fireFails)
		}
		if turn == unit {
			moves = append(moves, takeTurn, turnFails)
		}
	}
	if !c.mayFail {
		moves = slices.DeleteFunc(moves, func(m move) bool { return m == fireFails || m == unitFails || m == turnFails })
	}
	return moves
}

func (v *verifier) move(c *course, at *cursor, m move) error {
	r := v.r
	if m == fireFails || m == unitFails || m == turnFails {
		r.sh.e.inject = func(customer.ID) { panic("as it did before") }
		defer func() { r.sh.e.inject = nil }()
	}
	switch m {
	case fireAlone, fireFails:
		told := at.unit == len(c.units) && at.turn == len(c.turns) && at.place.rows == len(c.rows)
		if err := r.fire(c.id); err != nil || !told || len(r.mem.rows) == at.place.rows {
			return err
		}
		r.back(c.id, at.place)
		at.late = true
		return nil
	case takeUnit, unitFails:
		events := c.units[at.unit]
		at.unit++
		r.sh.live = events[0].Received >= c.live
		return r.unit(c.id, events)
	case takeTurn, turnFails:
		t := c.turns[at.turn]
		at.turn++
		r.sh.live = t.at >= c.live
		return v.turn(c, t)
	}
	return nil
}

// turn brings the next definitions into force, or tries a failed evaluation again.
func (v *verifier) turn(c *course, t turnover) error {
	r := v.r
	if !t.retry {
		return r.decide(c.id, v.programs[t.gen], t.at, change.ByPublish)
	}
	row := change.Row{Kind: change.Reached, Customer: c.id, Slot: c.id.Slot(), At: t.at, Since: t.at, Recorded: t.at, Gen: t.gen}
	if err := r.mem.Append(&row); err != nil {
		return err
	}
	return r.decide(c.id, r.sh.cur, t.at, change.ByEvent)
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
