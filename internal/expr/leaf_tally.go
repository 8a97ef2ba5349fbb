package expr

import (
	"slices"

	"github.com/earmarkhq/earmark/internal/value"
)

// tally is an aggregate over the entries from..to of a list, to which entries are added at the
// new end and from which they are taken at the old one.
type tally struct {
	a        *aggregator
	s        *State
	es       []Entry
	from, to int
	in, out  int64 // when entry to enters and entry from leaves, Never for none; set by edge

	n    int // entries inside
	nums int // those with a number
	sum  value.Sum
	days int64 // distinct local days
	// queue holds, oldest first, the entries that are or may become the minimum (or maximum), and
	// for percentiles all that have a number.
	queue []int32
	head  int
	last  int // newest entry pushed, -1 for none
}

// reset empties the tally.
func (t *tally) reset(es []Entry) {
	*t = tally{a: t.a, s: t.s, es: es, from: t.from, to: t.to, last: -1, queue: t.s.scratch.deque[:0]}
	if t.a.fn == Distinct {
		if t.s.scratch.keys == nil {
			t.s.scratch.keys = map[string]int32{}
		}
		clear(t.s.scratch.keys)
	}
}

// open fills the tally with what the window covers at an instant.
func (t *tally) open(w *span, at int64) {
	lo, hi := w.bounds(at)
	es := t.candidates(lo, hi)
	t.reset(es)
	t.from, t.to = first(es, lo), first(es, hi)
	t.to = max(t.from, t.to)
	if t.a.fn == Count {
		t.n = t.to - t.from
		return
	}
	for i := t.from; i < t.to; i++ {
		t.push(i)
	}
}

// candidates are the entries of the stream, as many as decide the answer.
func (t *tally) candidates(lo, hi int64) []Entry {
	if t.a.enough > 0 && t.a.stream < len(t.s.Streams) {
		if es := t.s.Streams[t.a.stream]; first(es, hi) >= t.a.enough {
			return es
		}
	}
	return t.s.after(t.a.stream, lo)
}

// edge is the next instant at which an entry enters or leaves.
func (t *tally) edge(w *span) int64 {
	for t.from == t.to && t.to < len(t.es) && w.leave(t.es[t.to].T) <= w.enter(t.es[t.to].T) {
		t.from, t.to = t.from+1, t.to+1 // never inside
	}
	t.in, t.out = Never, Never
	if t.to < len(t.es) {
		t.in = w.enter(t.es[t.to].T)
	}
	if t.from < t.to {
		t.out = w.leave(t.es[t.from].T)
	}
	return min(t.in, t.out)
}

// advance lets in and out what enters and leaves at an edge.
func (t *tally) advance(w *span, at int64) {
	for t.in <= at {
		t.push(t.to)
		t.to++
		if t.in = Never; t.to < len(t.es) {
			t.in = w.enter(t.es[t.to].T)
		}
	}
	if t.from < t.to && t.out == Never {
		t.out = w.leave(t.es[t.from].T)
	}
	for t.out <= at {
		t.pop(t.from)
		t.from++
		if t.out = Never; t.from < t.to {
			t.out = w.leave(t.es[t.from].T)
		}
	}
}

func (t *tally) number(i int) (value.Dec, bool) { return value.AsDec(t.es[i].Vals[t.a.of]) }

func (t *tally) push(i int) {
	t.n++
	switch t.a.fn {
	case Sum, Avg:
		if d, ok := t.number(i); ok {
			t.sum.Add(d)
			t.nums++
		}
	case Min, Max, Median, Percentile:
		t.enqueue(i)
	case Distinct:
		if v := t.es[i].Vals[t.a.of]; !v.Absent() {
			t.s.scratch.words = value.AppendKey(t.s.scratch.words[:0], v)
			t.s.scratch.keys[string(t.s.scratch.words)]++
		}
	case Days:
		if t.last < 0 || t.a.cal.day(t.es[t.last].T) != t.a.cal.day(t.es[i].T) {
			t.days++
		}
	}
	t.last = i
}

func (t *tally) enqueue(i int) {
	d, ok := t.number(i)
	if !ok {
		return
	}
	for (t.a.fn == Min || t.a.fn == Max) && len(t.queue) > t.head {
		o, _ := t.number(int(t.queue[len(t.queue)-1]))
		if r := o.Cmp(d); t.a.fn == Min && r < 0 || t.a.fn == Max && r > 0 {
			break
		}
		t.queue = t.queue[:len(t.queue)-1]
	}
	t.queue = append(t.queue, int32(i))
	t.s.scratch.deque = t.queue[:0]
}

func (t *tally) pop(i int) {
	t.n--
	switch t.a.fn {
	case Sum, Avg:
		if d, ok := t.number(i); ok {
			t.sum.Sub(d)
			t.nums--
		}
	case Min, Max, Median, Percentile:
		if len(t.queue) > t.head && t.queue[t.head] == int32(i) {
			t.head++
		}
	case Distinct:
		t.forget(i)
	case Days:
		if i == t.last || t.a.cal.day(t.es[i].T) != t.a.cal.day(t.es[i+1].T) {
			t.days--
		}
	}
	if i == t.last {
		t.last = -1
	}
}

func (t *tally) forget(i int) {
	v := t.es[i].Vals[t.a.of]
	if v.Absent() {
		return
	}
	sc := &t.s.scratch
	sc.words = value.AppendKey(sc.words[:0], v)
	if n := sc.keys[string(sc.words)]; n > 1 {
		sc.keys[string(sc.words)] = n - 1
	} else {
		delete(sc.keys, string(sc.words))
	}
}

// value is the aggregate; ok is false where it has none.
func (t *tally) value() (value.Num, bool) {
	switch t.a.fn {
	case Count:
		return value.FromInt(int64(t.n)), true
	case Sum:
		return t.sum.Num(), true
	case Avg:
		return t.sum.Num().Div(value.FromInt(int64(t.nums)))
	case Min, Max:
		if t.head == len(t.queue) {
			return value.Num{}, false
		}
		d, _ := t.number(int(t.queue[t.head]))
		return value.FromDec(d), true
	case Distinct:
		return value.FromInt(int64(len(t.s.scratch.keys))), true
	case Days:
		return value.FromInt(t.days), true
	}
	return t.percentile()
}

// percentile is linear interpolation between the closest ranks (type 7).
func (t *tally) percentile() (value.Num, bool) {
	if t.head == len(t.queue) {
		return value.Num{}, false
	}
	nums := t.s.scratch.decs[:0]
	for _, i := range t.queue[t.head:] {
		d, _ := t.number(int(i))
		nums = append(nums, d)
	}
	t.s.scratch.decs = nums
	slices.SortFunc(nums, func(a, b value.Dec) int { return a.Cmp(b) })
	rank := t.a.p.Mul(value.FromInt(int64(len(nums) - 1)))
	i, whole := floorNum(rank)
	i = min(max(i, 0), int64(len(nums)-1))
	v := value.FromDec(nums[i])
	if whole || int(i)+1 >= len(nums) {
		return v, true
	}
	part := rank.Sub(value.FromInt(i))
	return v.Add(value.FromDec(nums[i+1]).Sub(v).Mul(part)), true
}
