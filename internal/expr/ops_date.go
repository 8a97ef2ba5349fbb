package expr

import "github.com/earmarkhq/earmark/internal/value"

// period of validity: a date operator with a bound relative to now holds for a value exactly
// while from ≤ at < until. from ≥ until never holds.
type validity func(t int64) (from, until int64)

// dateOp compiles the operators that read the value as a date; nil for every other operator.
func (c *Compiler) dateOp(op Op) opFn {
	if p := op.Period; op.Name == OpInPeriod && p != nil && p.Birthday {
		return c.birthday(p)
	}
	valid := c.validity(op)
	if valid == nil {
		return nil
	}
	return func(v value.Value, at int64) (bool, int64) {
		t, _, ok := value.ParseTime(v, c.zone)
		if !ok {
			return false, Never
		}
		from, until := valid(t)
		switch {
		case from >= until || at >= until:
			return false, Never
		case at < from:
			return false, from
		}
		return true, until
	}
}

func (c *Compiler) validity(op Op) validity {
	cal := c.cal
	switch op.Name {
	case OpWithinLast:
		if op.Days > 0 {
			n := int64(op.Days)
			return func(t int64) (int64, int64) { return t, cal.dayStart(cal.day(t) + n) }
		}
		if op.Dur != nil {
			d := *op.Dur
			return func(t int64) (int64, int64) { return t, cal.leaves(t, d) }
		}
	case OpOlderThan:
		if op.Days > 0 {
			n := int64(op.Days)
			return func(t int64) (int64, int64) { return cal.dayStart(cal.day(t) + n), Never }
		}
		if op.Dur != nil {
			d := *op.Dur
			return func(t int64) (int64, int64) { return cal.leaves(t, d), Never }
		}
	case OpInPeriod:
		if op.Period != nil {
			return c.inPeriod(op.Period)
		}
	case OpBefore, OpAfter, OpOn, OpAt:
		if op.Rel == nil {
			return c.fixedDate(op)
		}
	}
	if op.Rel != nil {
		return c.relative(op)
	}
	return nil
}

func (c *Compiler) inPeriod(p *Period) validity {
	cal, u, shift := c.cal, p.Unit, int64(p.Shift)
	if p.Days {
		from, to := int64(p.From), int64(p.To)
		return func(t int64) (int64, int64) {
			d := cal.day(t)
			return cal.dayStart(d - to), cal.dayStart(d - from + 1)
		}
	}
	return func(t int64) (int64, int64) {
		i := cal.period(u, t) - shift
		return cal.periodStart(u, i), cal.periodStart(u, i+1)
	}
}

// fixedDate compiles before, after, on and at with a written date: they hold always or never.
func (c *Compiler) fixedDate(op Op) validity {
	bound, _, ok := value.ParseTime(arg(op, 0), c.zone)
	cal, name := c.cal, op.Name
	return func(t int64) (int64, int64) {
		var holds bool
		switch name {
		case OpBefore:
			holds = t < bound
		case OpAfter:
			holds = t > bound
		case OpOn:
			holds = cal.day(t) == cal.day(bound)
		case OpAt:
			holds = floorDiv(t, 1000) == floorDiv(bound, 1000)
		}
		if holds && ok {
			return minInstant, Never
		}
		return Never, minInstant
	}
}

// relative compiles a comparison with now − d or now + d.
func (c *Compiler) relative(op Op) validity {
	cal, d, sign := c.cal, op.Rel.D, int64(1)
	if op.Rel.Ago {
		sign = -1
	}
	reach := func(t int64) int64 { return cal.movedReaches(t, d, sign) }
	switch op.Name {
	case OpBefore, OpLt:
		return func(t int64) (int64, int64) { return reach(t + 1), Never }
	case OpLte:
		return func(t int64) (int64, int64) { return reach(t), Never }
	case OpAfter, OpGt:
		return func(t int64) (int64, int64) { return minInstant, reach(t) }
	case OpGte:
		return func(t int64) (int64, int64) { return minInstant, reach(t + 1) }
	case OpEq:
		return func(t int64) (int64, int64) { return reach(t), reach(t + 1) }
	case OpOn:
		return func(t int64) (int64, int64) {
			n := cal.day(t)
			return reach(cal.dayStart(n)), reach(cal.dayStart(n + 1))
		}
	case OpAt:
		return func(t int64) (int64, int64) {
			sec := floorDiv(t, 1000) * 1000
			return reach(sec), reach(sec + 1000)
		}
	}
	return nil
}

// birthday compiles the operators on the anniversary of a date. That of 29 February is the
// 28th in common years.
func (c *Compiler) birthday(p *Period) opFn {
	cal := c.cal
	ask := func(t, at int64) (bool, int64) { return cal.birthMonth(t, at) }
	if p.Unit != Month {
		from, to := int64(p.From), int64(p.To)
		ask = func(t, at int64) (bool, int64) { return cal.birthDays(t, at, from, to) }
	}
	return func(v value.Value, at int64) (bool, int64) {
		t, _, ok := value.ParseTime(v, c.zone)
		if !ok {
			return false, Never
		}
		return ask(t, at)
	}
}

func (c *calendar) birthMonth(t, at int64) (bool, int64) {
	_, month, _ := civil(c.day(t))
	y, m, _ := civil(c.day(at))
	if m == month {
		return true, c.dayStart(dayNumber(y, m+1, 1))
	}
	if month < m {
		y++
	}
	return false, c.dayStart(dayNumber(y, month, 1))
}

// birthDays asks whether an anniversary of t lies in the local days today + from .. today + to.
func (c *calendar) birthDays(t, at, from, to int64) (bool, int64) {
	_, month, dom := civil(c.day(t))
	today := c.day(at)
	year, _, _ := civil(today)
	// Years whose anniversary can matter: those near the days asked for, and the next one.
	lo, hi := year+floorDiv(from, 365)-1, year+floorDiv(to, 365)+2
	covered, end, next := false, today, Never
	for y := lo; y <= hi; y++ {
		day := dayNumber(y, month, min(dom, monthLength(y, month)))
		first, last := day-to, day-from
		switch {
		case first <= end && last >= end:
			covered, end = true, last+1
		case first > today && !covered:
			next = min(next, first)
		}
	}
	if !covered {
		if next == Never {
			return false, Never
		}
		return false, c.dayStart(next)
	}
	if to-from >= 366 {
		return true, Never
	}
	return true, c.dayStart(end)
}

// moves reports whether the answer of a property condition may change by time alone.
func moves(p Prop) bool {
	switch p := p.(type) {
	case PropAll:
		return anyMoves(p.Kids)
	case PropAny:
		return anyMoves(p.Kids)
	case PropNone:
		return anyMoves(p.Kids)
	case PropNot:
		return moves(p.Kid)
	case PropTest:
		return opsMove(p.Ops)
	}
	return false
}

func anyMoves(kids []Prop) bool {
	for _, k := range kids {
		if moves(k) {
			return true
		}
	}
	return false
}

func opsMove(ops []Op) bool {
	for _, op := range ops {
		switch op.Name {
		case OpWithinLast, OpOlderThan, OpInPeriod:
			return true
		}
		if op.Rel != nil || op.Elem != nil && moves(op.Elem) {
			return true
		}
	}
	return false
}
