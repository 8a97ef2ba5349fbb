package reference

import (
	"math/big"

	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/value"
)

// Eval says whether a condition holds for the customer of a world at an instant (Unix
// milliseconds), by brute force over every event whose own time is not after it.
func Eval(n expr.Node, w *World, at int64) bool {
	switch n := n.(type) {
	case expr.All:
		return count(n.Kids, w, at) == len(n.Kids)
	case expr.Any:
		return count(n.Kids, w, at) > 0
	case expr.None:
		return count(n.Kids, w, at) == 0
	case expr.Not:
		return !Eval(n.Kid, w, at)
	case expr.AtLeast:
		return count(n.Kids, w, at) >= n.N
	case expr.Everyone:
		return true
	case expr.Customers:
		return w.customers(n.Keys)
	case expr.Segment:
		cond, ok := w.Names.Segment(n.Name)
		return ok && Eval(cond, w, at)
	case expr.Share:
		if ratOf(n.Percent).Cmp(big.NewRat(100, 1)) >= 0 {
			return true
		}
		return w.Share != nil && w.Share(n.Salt, n.Percent)
	case expr.Attribute:
		return w.attributeHolds(n, at)
	case expr.Aggregate:
		return passes(n.Cmp, w.measure(n.Events, n.Where, n.Window, n.Each, n.Agg, n.Per, at))
	case expr.Occurrence:
		return w.occurrence(n, at)
	case expr.Sequence:
		return w.sequence(n, at)
	case expr.Regular:
		return w.regular(n, at)
	case expr.TagCond:
		return w.tags(n, at)
	case expr.FollowCond:
		return w.followHolds(n, at)
	case expr.MetricCond:
		return passes(n.Cmp, w.named(n.Name, n.Expr, at))
	case expr.Quantile:
		return w.quantile(n, at)
	}
	panic("reference: unknown node")
}

func count(kids []expr.Node, w *World, at int64) int {
	n := 0
	for _, k := range kids {
		if Eval(k, w, at) {
			n++
		}
	}
	return n
}

// Metric works out a metric expression at an instant; ok is false when it is absent.
func Metric(n expr.Num, w *World, at int64) (r *big.Rat, ok bool) {
	v := w.metric(n, at)
	return v.Rat, !v.absent()
}

// Attribute is the current value of an attribute at an instant, Null when there is none.
func Attribute(path []string, w *World, at int64) value.Value { return w.current(path, at) }
