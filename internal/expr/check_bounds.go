package expr

import (
	"github.com/earmarkhq/earmark/internal/value"
)

// interval is what the positive comparisons of a list of operators leave of the number line.
type interval struct {
	lo, hi         *value.Num
	openLo, openHi bool
}

func (v *interval) atLeast(n value.Num, open bool) {
	if v.lo == nil || n.Cmp(*v.lo) > 0 {
		v.lo, v.openLo = &n, open
	} else if n.Cmp(*v.lo) == 0 {
		v.openLo = v.openLo || open
	}
}

func (v *interval) atMost(n value.Num, open bool) {
	if v.hi == nil || n.Cmp(*v.hi) < 0 {
		v.hi, v.openHi = &n, open
	} else if n.Cmp(*v.hi) == 0 {
		v.openHi = v.openHi || open
	}
}

// empty reports whether no number is left.
func (v *interval) empty() bool {
	if v.lo == nil || v.hi == nil {
		return false
	}
	c := v.lo.Cmp(*v.hi)
	return c > 0 || c == 0 && (v.openLo || v.openHi)
}

// narrow adds one operator; those that compare no numbers, or are negated, narrow nothing.
func (v *interval) narrow(op Op) {
	if op.Neg || len(op.Args) == 0 {
		return
	}
	n, ok := value.AsNum(op.Args[0])
	if !ok {
		return
	}
	switch op.Name {
	case OpGt, OpGte:
		v.atLeast(n, op.Name == OpGt)
	case OpLt, OpLte:
		v.atMost(n, op.Name == OpLt)
	case OpEq:
		v.atLeast(n, false)
		v.atMost(n, false)
	case OpBetween:
		if hi, ok := value.AsNum(op.Args[1]); ok {
			v.atLeast(n, false)
			v.atMost(hi, false)
		}
	}
}

// contradict reports whether the bounds of one value leave nothing: {gt: 5, lt: 3}.
func contradict(ops []Op) bool {
	var v interval
	for _, op := range ops {
		v.narrow(op)
	}
	return v.empty()
}

// neverCount reports whether the operators leave none of 0, 1, 2 …: {lt: 0}, {eq: 2.5}.
func neverCount(ops []Op) bool {
	var v interval
	v.atLeast(value.Num{}, false)
	for _, op := range ops {
		v.narrow(op)
		if op.Name == OpEq && !op.Neg && len(op.Args) == 1 {
			if d, ok := value.AsDec(op.Args[0]); ok && !d.IsInt() {
				return true
			}
		}
	}
	return v.empty()
}
