package reference

import (
	"math/big"

	"github.com/earmarkhq/earmark/internal/expr"
)

// metric works out a metric expression. Division by zero and an absent operand make it absent,
// except that coalesce takes its first operand that is present.
func (w *World) metric(n expr.Num, at int64) num {
	switch n := n.(type) {
	case expr.NumConst:
		return exact(ratOf(n.Val))
	case expr.NumAgg:
		return w.measure(n.Events, n.Where, n.Window, n.Each, n.Agg, n.Per, at)
	case expr.NumAttr:
		return number(w.current(n.Path, at))
	case expr.NumMetric:
		m, ok := w.Names.Metric(n.Name)
		if !ok {
			return num{}
		}
		return w.metric(m, at)
	case expr.NumOp:
		return w.combine(n, at)
	case expr.NumDays:
		return w.daysSince(n, at)
	}
	panic("reference: unknown metric expression")
}

func (w *World) combine(n expr.NumOp, at int64) num {
	var out num
	for i, arg := range n.Args {
		v := w.metric(arg, at)
		if n.Op == "coalesce" {
			if !v.absent() {
				return v
			}
			continue
		}
		if v.absent() {
			return num{}
		}
		if i == 0 {
			out = v
			continue
		}
		if n.Op == "div" && v.Sign() == 0 {
			return num{}
		}
		out = num{Rat: arithmetic(n.Op, out.Rat, v.Rat), rough: out.rough || v.rough || n.Op == "div"}
	}
	return out
}

func arithmetic(op string, a, b *big.Rat) *big.Rat {
	switch op {
	case "add":
		return new(big.Rat).Add(a, b)
	case "sub":
		return new(big.Rat).Sub(a, b)
	case "mul":
		return new(big.Rat).Mul(a, b)
	case "div":
		return new(big.Rat).Quo(a, b)
	case "min":
		if b.Cmp(a) < 0 {
			return b
		}
		return a
	case "max":
		if b.Cmp(a) > 0 {
			return b
		}
		return a
	}
	panic("reference: unknown arithmetic " + op)
}

func (w *World) daysSince(n expr.NumDays, at int64) num {
	events := w.matching(n.Events, n.Where, at)
	if len(events) == 0 {
		return num{}
	}
	t := events[len(events)-1].Time
	if n.First {
		t = events[0].Time
	}
	if n.Elapsed {
		return whole(int((at - t) / dayMs))
	}
	return whole(w.day(at) - w.day(t))
}

func (w *World) named(name string, inline expr.Num, at int64) num {
	if inline != nil {
		return w.metric(inline, at)
	}
	m, ok := w.Names.Metric(name)
	if !ok {
		return num{}
	}
	return w.metric(m, at)
}

// quantile compares the band of a metric in a cut table: band 1 lies below the first bound.
func (w *World) quantile(n expr.Quantile, at int64) bool {
	v := w.named(n.Metric, n.Expr, at)
	bounds, rightClosed, ok := w.Names.Cuts(n.Table)
	if v.absent() || !ok {
		return passes(n.Cmp, num{})
	}
	band := 1
	for _, b := range bounds {
		if c := v.cmp(exact(ratOf(b))); c > 0 || c == 0 && !rightClosed {
			band++
		}
	}
	return passes(n.Cmp, whole(band))
}
