package expr

import "github.com/earmarkhq/earmark/internal/value"

// course is how a metric moves while no event enters or leaves any of its aggregates.
type course uint8

const (
	constant0 course = iota // stays
	rising                  // never falls, by the days that pass
	falling                 // never rises
	monotone                // one of these
	unknownCourse
)

// course of a metric between the edges of its aggregates. Only the days since an event move
// there, so that a comparison can be solved by search in place of asking every midnight.
func (c *Compiler) course(n Num) course {
	switch n := n.(type) {
	case NumConst, NumAgg, NumAttr:
		return constant0
	case NumDays:
		return rising
	case NumMetric:
		out := unknownCourse
		if c.names != nil {
			if def, ok := c.names.Metric(n.Name); ok {
				c.refer("metric "+n.Name, n.Pos, func() { out = c.course(def) })
			}
		}
		return out
	case NumOp:
		return c.opCourse(n)
	}
	return unknownCourse
}

func (c *Compiler) opCourse(n NumOp) course {
	out := constant0
	for i, a := range n.Args {
		next := c.course(a)
		if i == 0 {
			out = next
			continue
		}
		switch n.Op {
		case "add", "min", "max", "coalesce":
			out = joint(out, next)
		case "sub":
			out = joint(out, next.flip())
		case "mul":
			out = scaled(out, next)
		case "div":
			if _, days := a.(NumDays); days && out == constant0 {
				out = monotone // a positive number of days, or none
			} else if next == constant0 {
				out = scaled(out, next)
			} else {
				out = unknownCourse
			}
		default:
			out = unknownCourse
		}
	}
	return out
}

func (a course) flip() course {
	switch a {
	case rising:
		return falling
	case falling:
		return rising
	}
	return a
}

// joint is the course of a sum, or of the smaller or greater of two.
func joint(a, b course) course {
	switch {
	case a == constant0:
		return b
	case b == constant0 || a == b && a != monotone:
		return a
	}
	return unknownCourse
}

// scaled is the course of a product, of which one factor must stay.
func scaled(a, b course) course {
	if a == constant0 {
		a, b = b, a
	}
	switch {
	case b != constant0 || a == unknownCourse:
		return unknownCourse
	case a == constant0:
		return constant0
	}
	return monotone
}

// endOfTime bounds searches, far beyond every date of the language.
const endOfTime = int64(1) << 48

// compareSmooth compiles the comparison of a metric that is monotone between its edges: it
// finds the first instant at which the metric meets or crosses a bound.
func compareSmooth(daily, still Metric, test *numTest) Cond {
	bounds := test.bounds()
	once := func(s *State, at int64) (bool, int64) {
		v, ok, edge := still(s, at)
		holds := test.passes(v, ok)
		if !ok {
			_, _, edge = daily(s, at)
			return holds, edge
		}
		for _, b := range bounds {
			edge = min(edge, crossing(s, still, test, b, test.cmp(v, b), at, edge))
		}
		return holds, edge
	}
	return func(s *State, at int64) (bool, int64) {
		return settle(at, settleSteps, func(at int64) (bool, int64) { return once(s, at) })
	}
}

// crossing is the first instant between at and edge at which the metric is on another side of a
// bound than was; Never if it stays.
func crossing(s *State, m Metric, test *numTest, bound value.Num, was int, at, edge int64) int64 {
	other := func(t int64) bool {
		v, ok, _ := m(s, t)
		return !ok || test.cmp(v, bound) != was
	}
	lo, hi := at, min(edge-1, max(at, endOfTime))
	if hi <= lo || !other(hi) {
		return Never
	}
	for hi-lo > 1 {
		if mid := lo + (hi-lo)/2; other(mid) {
			hi = mid
		} else {
			lo = mid
		}
	}
	return hi
}
