package expr

// Refs lists what a condition refers to by name, in order of the tree; the places are those of
// the nodes that name it.
func Refs(n Node) []Ref {
	var out []Ref
	walkRefs(n, func(r Ref) { out = append(out, r) })
	return out
}

// RefsOfNum is Refs for a metric expression.
func RefsOfNum(n Num) []Ref {
	var out []Ref
	numRefs(n, func(r Ref) { out = append(out, r) })
	return out
}

func walkRefs(n Node, add func(Ref)) {
	at := func(kind RefKind, name string) { add(Ref{n.Position(), kind, name}) }
	switch n := n.(type) {
	case All:
		walkAllRefs(n.Kids, add)
	case Any:
		walkAllRefs(n.Kids, add)
	case None:
		walkAllRefs(n.Kids, add)
	case AtLeast:
		walkAllRefs(n.Kids, add)
	case Not:
		walkRefs(n.Kid, add)
	case Customers:
		at(RefIdentity, "")
	case Segment:
		at(RefSegment, n.Name)
	case Aggregate:
		windowRefs(n.Window, add)
	case Occurrence:
		windowRefs(n.Window, add)
	case Sequence:
		windowRefs(n.Window, add)
	case TagCond:
		kind := RefTag
		if n.Mode == "group" {
			kind = RefGroup
		}
		for _, name := range n.Names {
			at(kind, name)
		}
		windowRefs(orEver(n.Tagged), add)
	case FollowCond:
		windowRefs(orEver(n.Added), add)
		windowRefs(orEver(n.Replied), add)
	case MetricCond:
		if n.Expr == nil {
			at(RefMetric, n.Name)
		} else {
			numRefs(n.Expr, add)
		}
	case Quantile:
		if n.Expr == nil {
			at(RefMetric, n.Metric)
		} else {
			numRefs(n.Expr, add)
		}
		at(RefTable, n.Table)
	}
}

func walkAllRefs(kids []Node, add func(Ref)) {
	for _, k := range kids {
		walkRefs(k, add)
	}
}

func orEver(w *Window) Window {
	if w == nil {
		return Window{}
	}
	return *w
}

func windowRefs(w Window, add func(Ref)) {
	if w.SinceRef.Tag != "" {
		add(Ref{w.Pos, RefTag, w.SinceRef.Tag})
	}
}

func numRefs(n Num, add func(Ref)) {
	switch n := n.(type) {
	case NumMetric:
		add(Ref{n.Pos, RefMetric, n.Name})
	case NumAgg:
		windowRefs(n.Window, add)
	case NumOp:
		for _, a := range n.Args {
			numRefs(a, add)
		}
	}
}
