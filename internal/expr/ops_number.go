package expr

import (
	"math"

	"github.com/earmarkhq/earmark/internal/value"
)

// numTest is a comparison of a computed number. An absent number passes no comparison but
// "exists: false".
type numTest struct {
	ops []numOp
	// rounded compares after rounding to 1e-9 relative: averages, medians, percentiles.
	rounded bool
	// bands, where set, puts the number of its band (from 1) in place of the number.
	bands *bands
}

type numOp struct {
	name string
	neg  bool
	args []value.Num
	// never is set for an argument that is no number: the positive form can not hold.
	never bool
	// sides is set for an operator with one bound: where it holds, see sides.
	sides uint8
}

// bands are the ranges between ascending bounds; right says that a bound belongs to the lower.
type bands struct {
	bounds []value.Dec
	right  bool
}

func newNumTest(ops []Op, rounded bool) *numTest {
	t := &numTest{rounded: rounded}
	for _, op := range ops {
		n := numOp{name: op.Name, neg: op.Neg}
		for _, a := range op.Args {
			num, ok := value.AsNum(a)
			if !ok && op.Name != OpIn {
				n.never = true
			}
			if ok {
				n.args = append(n.args, num)
			}
		}
		if len(n.args) == 1 {
			n.sides = sides(n.name)
		}
		t.ops = append(t.ops, n)
	}
	return t
}

func (t *numTest) passes(n value.Num, ok bool) bool {
	if !ok {
		return t.absent()
	}
	if t.bands != nil {
		n = value.FromInt(t.bands.of(n))
	}
	for i := range t.ops {
		if !t.ops[i].passes(n, t.rounded) {
			return false
		}
	}
	return true
}

func (t *numTest) absent() bool {
	for _, op := range t.ops {
		if op.name != OpExists || !op.neg {
			return false
		}
	}
	return len(t.ops) > 0
}

func (o *numOp) passes(n value.Num, rounded bool) bool {
	return (!o.never && o.positive(n, rounded)) != o.neg
}

func (o *numOp) positive(n value.Num, rounded bool) bool {
	if o.sides != 0 {
		return o.sides>>(compareNums(n, o.args[0], rounded)+1)&1 != 0
	}
	cmp := func(a value.Num) int { return compareNums(n, a, rounded) }
	switch o.name {
	case OpExists:
		return true
	case OpIn:
		for _, a := range o.args {
			if cmp(a) == 0 {
				return true
			}
		}
		return false
	case OpBetween:
		return len(o.args) == 2 && cmp(o.args[0]) >= 0 && cmp(o.args[1]) <= 0
	}
	return false
}

// sides says on which sides of its bound an operator with one holds: bit 0 below, 1 at, 2 above.
func sides(name string) uint8 {
	switch name {
	case OpEq:
		return 1 << 1
	case OpGt:
		return 1 << 2
	case OpGte:
		return 1<<1 | 1<<2
	case OpLt:
		return 1 << 0
	case OpLte:
		return 1<<0 | 1<<1
	}
	return 0
}

func compareNums(a, b value.Num, rounded bool) int {
	if rounded {
		return value.CmpRounded(a, b)
	}
	return a.Cmp(b)
}

// cmp compares as the test does, and bounds are the numbers it compares with.
func (t *numTest) cmp(a, b value.Num) int { return compareNums(a, b, t.rounded) }

func (t *numTest) bounds() (list []value.Num) {
	if t.bands != nil {
		for _, b := range t.bands.bounds {
			list = append(list, value.FromDec(b))
		}
		return list
	}
	for _, o := range t.ops {
		list = append(list, o.args...)
	}
	return list
}

// of is the band of a number, from 1.
func (b *bands) of(n value.Num) int64 {
	i := 0
	for i < len(b.bounds) {
		r := n.Cmp(value.FromDec(b.bounds[i]))
		if r < 0 || r == 0 && b.right {
			break
		}
		i++
	}
	return int64(i) + 1
}

// atLeast writes the test, for whole numbers from 0 on, as "n or more" or with neg as "less than
// n"; ok is false where it is of another shape.
func (t *numTest) atLeast() (n int64, neg, ok bool) {
	if len(t.ops) != 1 || t.bands != nil {
		return 0, false, false
	}
	o := t.ops[0]
	if o.never || len(o.args) != 1 {
		return 0, false, false
	}
	floor, whole := floorNum(o.args[0])
	switch o.name {
	case OpGte, OpLt:
		n = floor
		if !whole {
			n = floor + 1
		}
	case OpGt, OpLte:
		n = floor + 1
	case OpEq: // not 0 is 1 or more
		if !whole || floor != 0 {
			return 0, false, false
		}
		n = 1
	default:
		return 0, false, false
	}
	neg = o.neg != (o.name == OpLt || o.name == OpLte || o.name == OpEq)
	return n, neg, true
}

// enough is a number of entries beyond which a count decides nothing new; 0 if there is none
// within reason.
func (t *numTest) enough() int {
	if t.bands != nil {
		return 0
	}
	if n, _, ok := t.atLeast(); ok && n <= maxKept {
		return int(max(n, 1))
	}
	most := int64(1)
	for _, o := range t.ops {
		for _, a := range o.args {
			f, _ := floorNum(a)
			most = max(most, f+1)
		}
	}
	if most > maxKept {
		return 0
	}
	return int(most)
}

// maxKept bounds how many newest entries a leaf asks to be kept in place of a horizon.
const maxKept = 512

// breaks are the whole numbers at which the test may change its mind, in no order.
func (t *numTest) breaks(dst []int64) []int64 {
	add := func(n value.Num) {
		f, _ := floorNum(n)
		if f > math.MinInt64/4 && f < math.MaxInt64/4 {
			dst = append(dst, f, f+1)
		}
	}
	for _, b := range t.bounds() {
		add(b)
	}
	return dst
}

// floorNum is the greatest whole number not above n, saturated; whole says that it is n.
func floorNum(n value.Num) (floor int64, whole bool) {
	if d, ok := n.Dec(); ok {
		if i, ok := d.Int(); ok {
			return i, true
		}
	}
	f := n.Float()
	if math.Abs(f) > 1e15 {
		if f > 0 {
			return math.MaxInt64 / 2, false
		}
		return math.MinInt64 / 2, false
	}
	i := int64(math.Floor(f))
	for value.FromInt(i).Cmp(n) > 0 {
		i--
	}
	for value.FromInt(i+1).Cmp(n) <= 0 {
		i++
	}
	return i, value.FromInt(i).Cmp(n) == 0
}
