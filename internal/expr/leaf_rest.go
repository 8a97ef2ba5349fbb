package expr

import "github.com/earmarkhq/earmark/internal/value"

type stretch struct{ from, until int64 }

func (c *Compiler) occurrence(Occurrence) (Cond, explainFn) { return nowhere, nil }
func (c *Compiler) sequence(Sequence) (Cond, explainFn)     { return nowhere, nil }
func (c *Compiler) regular(Regular) (Cond, explainFn)       { return nowhere, nil }
func (c *Compiler) follow(FollowCond) (Cond, explainFn)     { return nowhere, nil }
func (c *Compiler) metricCond(MetricCond) (Cond, explainFn) { return nowhere, nil }
func (c *Compiler) quantile(Quantile) (Cond, explainFn)     { return nowhere, nil }
func (c *Compiler) metric(Num) Metric {
	return func(*State, int64) (value.Num, bool, int64) { return value.Num{}, false, Never }
}
