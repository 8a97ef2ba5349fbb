package expr

import (
	"slices"

	"github.com/earmarkhq/earmark/internal/value"
)

func absentMetric(*State, int64) (value.Num, bool, int64) { return value.Num{}, false, Never }

// metric compiles a metric expression.
func (c *Compiler) metric(n Num) Metric {
	switch n := n.(type) {
	case NumConst:
		v := value.FromDec(n.Val)
		return func(*State, int64) (value.Num, bool, int64) { return v, true, Never }
	case NumAgg:
		return c.metricAgg(n)
	case NumAttr:
		return c.metricAttr(n)
	case NumMetric:
		m := Metric(absentMetric)
		c.named(n, func(def Num) { m = c.metric(def) })
		return m
	case NumOp:
		args := make([]Metric, len(n.Args))
		for i, a := range n.Args {
			args[i] = c.metric(a)
		}
		if n.Op == "coalesce" {
			return coalesce(args)
		}
		return fold(n.Op, args)
	case NumDays:
		l := c.daysSince(n)
		l.quiet = c.smooth
		return l.metric
	}
	return absentMetric
}

// named resolves a metric by name and hands its definition to f.
func (c *Compiler) named(n NumMetric, f func(Num)) {
	var def Num
	ok := false
	if c.names != nil {
		def, ok = c.names.Metric(n.Name)
	}
	if !ok {
		c.unresolved("metric", n.Name, n.Pos)
		return
	}
	c.refer("metric "+n.Name, n.Pos, func() { f(def) })
}

func (c *Compiler) metricAgg(n NumAgg) Metric {
	a, st := c.aggregator(n)
	c.need(st, &a.win, 0)
	return func(s *State, at int64) (value.Num, bool, int64) {
		w, until := a.win.fixed(s, at)
		v, ok, next := a.measure(s, w, at)
		return v, ok, min(next, until)
	}
}

func (c *Compiler) metricAttr(n NumAttr) Metric {
	stream, slot := c.currentOf(n.Path)
	return func(s *State, at int64) (value.Num, bool, int64) {
		es, i := current(s, stream, at)
		next := Never
		if i+1 < len(es) {
			next = es[i+1].T
		}
		if i < 0 {
			return value.Num{}, false, next
		}
		v, ok := value.AsNum(es[i].Vals[slot])
		return v, ok, next
	}
}

func coalesce(args []Metric) Metric {
	return func(s *State, at int64) (v value.Num, ok bool, next int64) {
		next = Never
		for _, m := range args {
			x, have, n := m(s, at)
			next = min(next, n)
			if have && !ok {
				v, ok = x, true
			}
		}
		return v, ok, next
	}
}

// fold applies an operator from left to right; the result is absent where an operand is.
func fold(op string, args []Metric) Metric {
	return func(s *State, at int64) (v value.Num, ok bool, next int64) {
		ok, next = true, Never
		for i, m := range args {
			x, have, n := m(s, at)
			next = min(next, n)
			switch {
			case !have || !ok:
				ok = false
			case i == 0:
				v = x
			default:
				v, ok = apply(op, v, x)
			}
		}
		return v, ok, next
	}
}

func apply(op string, a, b value.Num) (value.Num, bool) {
	switch op {
	case "add":
		return a.Add(b), true
	case "sub":
		return a.Sub(b), true
	case "mul":
		return a.Mul(b), true
	case "div":
		return a.Div(b)
	case "min":
		return a.Min(b), true
	case "max":
		return a.Max(b), true
	}
	return value.Num{}, false
}

func (c *Compiler) metricCond(n MetricCond) (Cond, explainFn) {
	return c.compareNum(orNamed(n.Expr, n.Name, n.Pos), newNumTest(n.Cmp, false), n.Name, needOf(n.Cmp))
}

func (c *Compiler) quantile(n Quantile) (Cond, explainFn) {
	test := newNumTest(n.Cmp, false)
	test.bands = &bands{}
	var ok bool
	if c.names != nil {
		test.bands.bounds, test.bands.right, ok = c.names.Cuts(n.Table)
	}
	if !ok {
		c.unresolved("table", n.Table, n.Pos)
	}
	f, x := c.compareNum(orNamed(n.Expr, n.Metric, n.Pos), test, n.Metric, needOf(n.Cmp))
	return f, withBand(x, test)
}

func orNamed(expr Num, name string, pos Pos) Num {
	if expr != nil {
		return expr
	}
	return NumMetric{Pos: pos, Name: name}
}

// compareNum compiles the comparison of a metric; the common shapes have leaves of their own,
// which know exactly when they change.
func (c *Compiler) compareNum(n Num, test *numTest, name, need string) (f Cond, x explainFn) {
	switch n := n.(type) {
	case NumMetric:
		f = nowhere
		c.named(n, func(def Num) { f, x = c.compareNum(def, test, wordsOf(name, n.Name), need) })
		return f, x
	case NumAgg:
		test.rounded = rounds(n) && test.bands == nil
		f, x = c.compareAgg(n, test, need)
		return f, titled(x, name)
	case NumDays:
		l := c.daysSince(n)
		return l.compare(test), l.explain(c, n, test, name, need)
	}
	test.rounded = c.rounds(n) && test.bands == nil
	m := c.metric(n)
	x = c.explainMetric(m, n, test, name, need)
	if way := c.course(n); way != constant0 && way != unknownCourse {
		c.smooth = true
		still := c.metric(n)
		c.smooth = false
		return compareSmooth(m, still, test), x
	}
	return func(s *State, at int64) (bool, int64) {
		return settle(at, settleSteps, func(at int64) (bool, int64) {
			v, ok, next := m(s, at)
			return test.passes(v, ok), next
		})
	}, x
}

// rounds reports whether a metric has an average or percentile in it, names resolved.
func (c *Compiler) rounds(n Num) bool {
	switch n := n.(type) {
	case NumMetric:
		if c.names == nil || slices.Contains(c.refs, "metric "+n.Name) {
			return false
		}
		def, ok := c.names.Metric(n.Name)
		if !ok {
			return false
		}
		c.refs = append(c.refs, "metric "+n.Name)
		defer func() { c.refs = c.refs[:len(c.refs)-1] }()
		return c.rounds(def)
	case NumOp:
		return slices.ContainsFunc(n.Args, c.rounds)
	}
	return rounds(n)
}
