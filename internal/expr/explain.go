package expr

// explainFn fills in what a leaf says about itself at an instant.
type explainFn func(s *State, at int64, x *Explanation)

// Explanation says why a condition holds or does not at an instant.
type Explanation struct{}

func explainPlain(string) explainFn { return nil }

func (a *aggregator) explain(NumAgg, *numTest) explainFn { return nil }
func (l *attrLeaf) explain(Attribute) explainFn          { return nil }
func (l *tagLeaf) explain(TagCond) explainFn             { return nil }
func (l *occurrence) explain(Occurrence) explainFn       { return nil }
func (l *sequence) explain(Sequence) explainFn           { return nil }
func (l *regular) explain(Regular) explainFn             { return nil }
func (l *followLeaf) explain(FollowCond) explainFn       { return nil }
func (l *daysSince) explain(NumDays, *numTest) explainFn { return nil }
func explainMetric(Metric, *numTest) explainFn           { return nil }
