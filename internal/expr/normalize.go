package expr

import (
	"slices"
	"strings"

	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/markup"
	"github.com/earmarkhq/earmark/internal/value"
)

// Normalize is the tree with one spelling for what can be written in several ways and means
// the same: connectives of one kid, all within all, not any, durations, numbers, order of
// operators, of property tests and of lists of names. It is idempotent, keeps places, and never
// changes the order of the conditions under all, any, none, at_least or of steps.
func Normalize(n Node) Node {
	switch n := n.(type) {
	case All:
		return joinAll(n.Pos, normalizeNodes(n.Kids))
	case Any:
		return joinAny(n.Pos, normalizeNodes(n.Kids))
	case None:
		return joinNone(n.Pos, normalizeNodes(n.Kids))
	case Not:
		return joinNone(n.Pos, []Node{Normalize(n.Kid)})
	case AtLeast:
		n.Kids = normalizeNodes(n.Kids)
		switch n.N {
		case len(n.Kids):
			return joinAll(n.Pos, n.Kids)
		case 1:
			return joinAny(n.Pos, n.Kids)
		}
		return n
	case Customers:
		n.Keys = slices.Clone(n.Keys)
		slices.SortFunc(n.Keys, func(a, b customer.Key) int {
			return strings.Compare(string(a.Kind)+"\x00"+a.Value, string(b.Kind)+"\x00"+b.Value)
		})
		n.Keys = slices.Compact(n.Keys)
		return n
	case Share:
		n.Percent = normalDec(n.Percent)
		return n
	case Attribute:
		n.Ops, n.Held = normalOps(n.Ops), normalHeld(n.Held)
		return n
	case Aggregate:
		n.Where, n.Window, n.Each = NormalizeProp(n.Where), NormalizeWindow(n.Window), normalEach(n.Each)
		n.Agg, n.Cmp = normalAgg(n.Agg), normalOps(n.Cmp)
		return n
	case Occurrence:
		n.Where, n.Has = NormalizeProp(n.Where), NormalizeProp(n.Has)
		n.Window, n.OlderThan = NormalizeWindow(n.Window), normalDuration(n.OlderThan)
		return n
	case Sequence:
		return normalSequence(n)
	case Regular:
		n.Where, n.Each, n.Every = NormalizeProp(n.Where), normalEach(n.Each), normalDuration(n.Every)
		n.Agg, n.Cmp = normalAgg(n.Agg), normalOps(n.Cmp)
		return n
	case TagCond:
		n.Names, n.Held = sortedNames(n.Names), normalHeld(n.Held)
		if n.Mode == "all" && len(n.Names) == 1 {
			n.Mode = "any"
		}
		n.Tagged = normalWindowRef(n.Tagged)
		return n
	case FollowCond:
		n.By, n.Added, n.Replied = sortedNames(n.By), normalWindowRef(n.Added), normalWindowRef(n.Replied)
		n.AddWay, n.State, n.Count = normalOps(n.AddWay), normalOps(n.State), normalOps(n.Count)
		return n
	case MetricCond:
		n.Expr, n.Cmp = NormalizeNum(n.Expr), normalOps(n.Cmp)
		if m, ok := n.Expr.(NumMetric); ok {
			n.Name, n.Expr = m.Name, nil
		}
		return n
	case Quantile:
		n.Expr, n.Cmp = NormalizeNum(n.Expr), normalOps(n.Cmp)
		if m, ok := n.Expr.(NumMetric); ok {
			n.Metric, n.Expr = m.Name, nil
		}
		return n
	}
	return n
}

func normalizeNodes(ns []Node) []Node {
	out := make([]Node, len(ns))
	for i, n := range ns {
		out[i] = Normalize(n)
	}
	return out
}

func joinAll(at Pos, kids []Node) Node {
	var flat []Node
	for _, k := range kids {
		if a, ok := k.(All); ok {
			flat = append(flat, a.Kids...)
		} else {
			flat = append(flat, k)
		}
	}
	if len(flat) == 1 {
		return flat[0]
	}
	return All{at, flat}
}

func joinAny(at Pos, kids []Node) Node {
	var flat []Node
	for _, k := range kids {
		if a, ok := k.(Any); ok {
			flat = append(flat, a.Kids...)
		} else {
			flat = append(flat, k)
		}
	}
	if len(flat) == 1 {
		return flat[0]
	}
	return Any{at, flat}
}

// joinNone writes one kid as not, and not of not as what it was.
func joinNone(at Pos, kids []Node) Node {
	var flat []Node
	for _, k := range kids {
		if a, ok := k.(Any); ok {
			flat = append(flat, a.Kids...)
		} else {
			flat = append(flat, k)
		}
	}
	if len(flat) > 1 {
		return None{at, flat}
	}
	switch k := flat[0].(type) {
	case Not:
		return k.Kid
	case None:
		return Any{at, k.Kids}
	}
	return Not{at, flat[0]}
}

func normalSequence(n Sequence) Node {
	n.Steps = slices.Clone(n.Steps)
	for i, s := range n.Steps {
		n.Steps[i].Where, n.Steps[i].MaxGap = NormalizeProp(s.Where), normalDuration(s.MaxGap)
	}
	n.Window = NormalizeWindow(n.Window)
	if n.ThenNot != nil {
		t := *n.ThenNot
		t.Where, t.Within = NormalizeProp(t.Where), *normalDuration(&t.Within)
		n.ThenNot = &t
	}
	return n
}

func sortedNames(names []string) []string {
	out := slices.Clone(names)
	slices.Sort(out)
	return slices.Compact(out)
}

func normalDuration(d *Duration) *Duration {
	if d == nil {
		return nil
	}
	out := *d
	out.Text = d.canonical()
	return &out
}

func normalHeld(h *Held) *Held {
	if h == nil {
		return nil
	}
	return &Held{For: normalDuration(h.For), LessThan: normalDuration(h.LessThan)}
}

// NormalizeWindow drops the texts as written and writes durations in their one form.
func NormalizeWindow(w Window) Window {
	w.D, w.D2 = *normalDuration(&w.D), *normalDuration(&w.D2)
	if w.Kind != Within && w.Kind != Ago {
		w.D.Text = ""
	}
	if w.Kind != Ago {
		w.D2.Text = ""
	}
	w.LoText, w.HiText = "", ""
	return w
}

func normalWindowRef(w *Window) *Window {
	if w == nil {
		return nil
	}
	out := NormalizeWindow(*w)
	return &out
}

func normalEach(e *Each) *Each {
	if e == nil {
		return nil
	}
	return &Each{Path: e.Path, Where: NormalizeProp(e.Where)}
}

func normalAgg(a Agg) Agg {
	a.P = normalDec(a.P)
	return a
}

// normalDec is the number without superfluous digits; whole numbers are written out.
func normalDec(d value.Dec) value.Dec {
	d = d.Reduce()
	if i, ok := d.Int(); ok {
		return value.Dec{Coef: i}
	}
	return d
}

// NormalizeNum is Normalize for metric expressions; the order of operands stays.
func NormalizeNum(n Num) Num {
	switch n := n.(type) {
	case NumConst:
		n.Val = normalDec(n.Val)
		return n
	case NumAgg:
		n.Where, n.Window, n.Each = NormalizeProp(n.Where), NormalizeWindow(n.Window), normalEach(n.Each)
		n.Agg = normalAgg(n.Agg)
		return n
	case NumOp:
		args := make([]Num, len(n.Args))
		for i, a := range n.Args {
			args[i] = NormalizeNum(a)
		}
		n.Args = args
		return n
	case NumDays:
		n.Where = NormalizeProp(n.Where)
		return n
	}
	return n
}

// NormalizeProp is Normalize for property conditions; tests joined by AND or OR are sorted and
// repeated ones dropped.
func NormalizeProp(p Prop) Prop {
	switch p := p.(type) {
	case PropTest:
		p.Ops = normalOps(p.Ops)
		return p
	case PropAll:
		var flat []Prop
		for _, k := range p.Kids {
			if n := NormalizeProp(k); isAll(n) {
				flat = append(flat, n.(PropAll).Kids...)
			} else {
				flat = append(flat, n)
			}
		}
		if flat = sortProps(flat); len(flat) == 1 {
			return flat[0]
		}
		return PropAll{p.Pos, flat}
	case PropAny:
		flat := flatAny(p.Kids)
		if len(flat) == 1 {
			return flat[0]
		}
		return PropAny{p.Pos, flat}
	case PropNone:
		return propNone(p.Pos, flatAny(p.Kids))
	case PropNot:
		return propNone(p.Pos, flatAny([]Prop{p.Kid}))
	}
	return nil
}

func isAll(p Prop) bool {
	_, ok := p.(PropAll)
	return ok
}

// flatAny normalises kids joined by OR.
func flatAny(kids []Prop) []Prop {
	var flat []Prop
	for _, k := range kids {
		n := NormalizeProp(k)
		if a, ok := n.(PropAny); ok {
			flat = append(flat, a.Kids...)
		} else {
			flat = append(flat, n)
		}
	}
	return sortProps(flat)
}

func propNone(at Pos, kids []Prop) Prop {
	if len(kids) > 1 {
		return PropNone{at, kids}
	}
	switch k := kids[0].(type) {
	case PropNot:
		return k.Kid
	case PropNone:
		return PropAny{at, k.Kids}
	}
	return PropNot{at, kids[0]}
}

func sortProps(ps []Prop) []Prop {
	return sortBy(ps, func(p Prop) string { return canonicalText(encodeProp(p)) })
}

// sortBy sorts by a key and drops repeated keys.
func sortBy[T any](list []T, key func(T) string) []T {
	type keyed struct {
		key string
		val T
	}
	ks := make([]keyed, len(list))
	for i, v := range list {
		ks[i] = keyed{key(v), v}
	}
	slices.SortStableFunc(ks, func(a, b keyed) int { return strings.Compare(a.key, b.key) })
	out := make([]T, 0, len(ks))
	for i, k := range ks {
		if i == 0 || k.key != ks[i-1].key {
			out = append(out, k.val)
		}
	}
	return out
}

// normalOps sorts operators and their lists, and writes operands in their one form.
func normalOps(ops []Op) []Op {
	if ops == nil {
		return nil
	}
	out := make([]Op, len(ops))
	for i, op := range ops {
		out[i] = normalOp(op)
	}
	return sortBy(out, func(op Op) string {
		key, v := encodeOp(op)
		return key + canonicalText(v)
	})
}

func normalOp(op Op) Op {
	args := make([]value.Value, len(op.Args))
	for i, a := range op.Args {
		if d, ok := a.Dec(); ok {
			a = value.NewDec(normalDec(d))
		}
		args[i] = a
	}
	if op.Args != nil {
		op.Args = args
	}
	switch op.Name {
	case OpIn, OpContainsAny, OpIncludes, OpHasAll:
		op.Args = sortBy(args, func(v value.Value) string { return canonicalText(encodeValue(v)) })
	}
	if op.Rel != nil {
		op.Rel = &Rel{Ago: op.Rel.Ago, D: *normalDuration(&op.Rel.D)}
	}
	op.Dur, op.Elem = normalDuration(op.Dur), NormalizeProp(op.Elem)
	return op
}

func canonicalText(n *markup.Node) string { return string(markup.AppendJSON(nil, n)) }
