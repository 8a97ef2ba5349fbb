package reference

import (
	"regexp"
	"strings"

	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/value"
)

// prop answers a property condition about one event or element; no condition is true.
func (w *World) prop(p expr.Prop, s subject, at int64) bool {
	switch p := p.(type) {
	case nil:
		return true
	case expr.PropAll:
		for _, k := range p.Kids {
			if !w.prop(k, s, at) {
				return false
			}
		}
		return true
	case expr.PropAny:
		for _, k := range p.Kids {
			if w.prop(k, s, at) {
				return true
			}
		}
		return false
	case expr.PropNone:
		for _, k := range p.Kids {
			if w.prop(k, s, at) {
				return false
			}
		}
		return true
	case expr.PropNot:
		return !w.prop(p.Kid, s, at)
	case expr.PropTest:
		return w.ops(p.Ops, s.at(p.Path), at)
	}
	panic("reference: unknown property condition")
}

// ops joins operators on one value by AND.
func (w *World) ops(ops []expr.Op, v value.Value, at int64) bool {
	for _, op := range ops {
		if w.op(op, v, at) == op.Neg {
			return false
		}
	}
	return true
}

// op answers the positive form of an operator. Nothing matches an absent value.
func (w *World) op(op expr.Op, v value.Value, at int64) bool {
	if v.Absent() {
		return false
	}
	switch op.Name {
	case expr.OpExists:
		return true
	case expr.OpEq:
		if op.Rel != nil {
			d, ok := w.date(v)
			return ok && d == w.relative(op.Rel, at)
		}
		return same(v, op.Args[0])
	case expr.OpIn:
		return anyOf(op.Args, func(a value.Value) bool { return same(v, a) })
	case expr.OpGt:
		return w.ordered(op, v, at, func(c int) bool { return c > 0 })
	case expr.OpGte:
		return w.ordered(op, v, at, func(c int) bool { return c >= 0 })
	case expr.OpLt:
		return w.ordered(op, v, at, func(c int) bool { return c < 0 })
	case expr.OpLte:
		return w.ordered(op, v, at, func(c int) bool { return c <= 0 })
	case expr.OpBetween:
		lo, ok := w.compare(v, op.Args[0])
		hi, ok2 := w.compare(v, op.Args[1])
		return ok && ok2 && lo >= 0 && hi <= 0
	case expr.OpIncludes:
		return v.Kind() == value.List && anyOf(op.Args, func(a value.Value) bool { return contains(v, a) })
	case expr.OpHasAll:
		return v.Kind() == value.List && !anyOf(op.Args, func(a value.Value) bool { return !contains(v, a) })
	case expr.OpAny:
		if v.Kind() != value.List {
			return false
		}
		for i := range v.Len() {
			if w.prop(op.Elem, ofElement(v.Index(i)), at) {
				return true
			}
		}
		return false
	case expr.OpBefore, expr.OpAfter, expr.OpOn, expr.OpAt, expr.OpInPeriod, expr.OpWithinLast, expr.OpOlderThan:
		d, ok := w.date(v)
		return ok && w.dateOp(op, d, at)
	}
	return v.Kind() == value.Text && textOp(op, v.Text())
}

func anyOf(args []value.Value, f func(value.Value) bool) bool {
	for _, a := range args {
		if f(a) {
			return true
		}
	}
	return false
}

func contains(list, v value.Value) bool {
	for i := range list.Len() {
		if e := list.Index(i); !e.Absent() && same(e, v) {
			return true
		}
	}
	return false
}

// ordered compares a value with a bound: as numbers when both are, as dates when the bound is
// a date or relative to now.
func (w *World) ordered(op expr.Op, v value.Value, at int64, want func(int) bool) bool {
	if op.Rel != nil {
		d, ok := w.date(v)
		return ok && want(compareInts(d, w.relative(op.Rel, at)))
	}
	c, ok := w.compare(v, op.Args[0])
	return ok && want(c)
}

func (w *World) compare(v, bound value.Value) (int, bool) {
	if b := number(bound); !b.absent() {
		n := number(v)
		return compareNums(n, b), !n.absent()
	}
	b, ok := w.date(bound)
	d, ok2 := w.date(v)
	return compareInts(d, b), ok && ok2
}

func compareNums(a, b num) int {
	if a.absent() || b.absent() {
		return 0
	}
	return a.cmp(b)
}

func compareInts(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// relative is a bound relative to now.
func (w *World) relative(r *expr.Rel, at int64) int64 {
	if r.Ago {
		return w.bound(at, r.D, -1)
	}
	return w.bound(at, r.D, 1)
}

// dateOp asks a date d.
func (w *World) dateOp(op expr.Op, d, at int64) bool {
	var bound int64
	if op.Rel != nil {
		bound = w.relative(op.Rel, at)
	} else if len(op.Args) > 0 {
		var ok bool
		if bound, ok = w.date(op.Args[0]); !ok {
			return false
		}
	}
	switch op.Name {
	case expr.OpBefore:
		return d < bound
	case expr.OpAfter:
		return d > bound
	case expr.OpOn:
		return w.day(d) == w.day(bound)
	case expr.OpAt:
		return second(d) == second(bound)
	case expr.OpInPeriod:
		return w.inPeriod(op.Period, d, at)
	case expr.OpWithinLast:
		if op.Days > 0 { // today and the days before it
			return w.day(d) > w.day(at)-op.Days && d <= at
		}
		return d > w.bound(at, *op.Dur, -1) && d <= at
	case expr.OpOlderThan:
		if op.Days > 0 {
			return w.day(d) <= w.day(at)-op.Days
		}
		return d <= w.bound(at, *op.Dur, -1)
	}
	panic("reference: unknown date operator")
}

// second is the second an instant lies in, also before 1970.
func second(t int64) int64 {
	s := t / 1000
	if t%1000 < 0 {
		s--
	}
	return s
}

func (w *World) inPeriod(p *expr.Period, d, at int64) bool {
	today := w.day(at)
	switch {
	case p.Birthday && p.Unit == expr.Month:
		return w.local(d).Month() == w.local(at).Month()
	case p.Birthday:
		for day := today + p.From; day <= today+p.To; day++ {
			if w.anniversary(d, day) {
				return true
			}
		}
		return false
	case p.Days:
		return w.day(d) >= today+p.From && w.day(d) <= today+p.To
	}
	return w.period(p.Unit, at, p.Shift).has(d)
}

// anniversary says whether a local day is the anniversary of a date; of a 29 February in a
// common year it is the 28th.
func (w *World) anniversary(d int64, day int) bool {
	_, bm, bd := w.local(d).Date()
	y, m, dd := civil(day)
	if bm == 2 && bd == 29 && m == 2 && dd == 28 {
		_, next, _ := civil(dayNumber(y, 2, 28) + 1)
		return next == 3
	}
	return bm == m && bd == dd
}

func textOp(op expr.Op, s string) bool {
	arg := ""
	if len(op.Args) > 0 {
		arg = op.Args[0].Text()
	}
	switch op.Name {
	case expr.OpContains:
		return strings.Contains(s, arg)
	case expr.OpIContains:
		return strings.Contains(strings.ToLower(s), strings.ToLower(arg))
	case expr.OpContainsAny:
		return anyOf(op.Args, func(a value.Value) bool { return strings.Contains(s, a.Text()) })
	case expr.OpStartsWith:
		return strings.HasPrefix(s, arg)
	case expr.OpEndsWith:
		return strings.HasSuffix(s, arg)
	case expr.OpLike:
		var re strings.Builder
		for _, r := range op.Re {
			switch r {
			case '%':
				re.WriteString(".*")
			case '_':
				re.WriteString(".")
			default:
				re.WriteString(regexp.QuoteMeta(string(r)))
			}
		}
		return regexp.MustCompile("(?is)^" + re.String() + "$").MatchString(s)
	case expr.OpRegex:
		return regexp.MustCompile(op.Re).MatchString(s)
	}
	panic("reference: unknown operator " + op.Name)
}

// passes compares a number that was computed. A missing one passes nothing but the question
// whether it is missing.
func passes(ops []expr.Op, n num) bool {
	for _, op := range ops {
		if op.Name == expr.OpExists {
			if n.absent() != op.Neg {
				return false
			}
			continue
		}
		if n.absent() || compares(op, n) == op.Neg {
			return false
		}
	}
	return true
}

func compares(op expr.Op, n num) bool {
	cmp := func(i int) int { return n.cmp(number(op.Args[i])) }
	switch op.Name {
	case expr.OpEq:
		return cmp(0) == 0
	case expr.OpIn:
		for i := range op.Args {
			if cmp(i) == 0 {
				return true
			}
		}
		return false
	case expr.OpGt:
		return cmp(0) > 0
	case expr.OpGte:
		return cmp(0) >= 0
	case expr.OpLt:
		return cmp(0) < 0
	case expr.OpLte:
		return cmp(0) <= 0
	case expr.OpBetween:
		return cmp(0) >= 0 && cmp(1) <= 0
	}
	panic("reference: operator " + op.Name + " does not compare numbers")
}
