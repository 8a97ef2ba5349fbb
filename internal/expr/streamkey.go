package expr

import (
	"slices"
	"strconv"
	"strings"

	"github.com/earmarkhq/earmark/internal/value"
)

// keyText writes definitions as canonical text: equal texts mean the same. Children of all,
// any and none are sorted, because their order means nothing.
type keyText struct{ b []byte }

func (k *keyText) word(s string) *keyText {
	k.b = append(k.b, s...)
	return k
}

func (k *keyText) text(s string) *keyText {
	k.b = strconv.AppendQuote(k.b, s)
	return k
}

func (k *keyText) num(n int64) *keyText {
	k.b = strconv.AppendInt(k.b, n, 10)
	k.b = append(k.b, ' ')
	return k
}

func (k *keyText) path(p []string) *keyText {
	k.word("/")
	for _, s := range p {
		k.text(s)
	}
	return k
}

func (k *keyText) texts(ss []string) *keyText {
	k.word("[")
	for _, s := range ss {
		k.text(s)
	}
	return k.word("]")
}

func (k *keyText) values(vs []value.Value) *keyText {
	k.word("[")
	for _, v := range vs {
		k.b = value.AppendJSON(k.b, v)
		k.word(",")
	}
	return k.word("]")
}

func (k *keyText) selector(s Selector) *keyText {
	return k.word("on").texts(s.Types).texts(s.Prefixes)
}

func (k *keyText) duration(d *Duration) *keyText {
	if d == nil {
		return k.word("-")
	}
	return k.word("d").num(d.Ms).num(int64(d.Months))
}

func (k *keyText) prop(p Prop) *keyText { return k.word(propKey(p)) }

func propKey(p Prop) string {
	switch p := p.(type) {
	case nil:
		return "-"
	case PropAll:
		return propKeys("all", p.Kids)
	case PropAny:
		return propKeys("any", p.Kids)
	case PropNone:
		return propKeys("none", p.Kids)
	case PropNot:
		return "not(" + propKey(p.Kid) + ")"
	case PropTest:
		var k keyText
		return string(k.path(p.Path).ops(p.Ops).b)
	}
	return "?"
}

func propKeys(name string, kids []Prop) string {
	keys := make([]string, len(kids))
	for i, kid := range kids {
		keys[i] = propKey(kid)
	}
	slices.Sort(keys)
	return name + "(" + strings.Join(slices.Compact(keys), ",") + ")"
}

func (k *keyText) ops(ops []Op) *keyText {
	keys := make([]string, len(ops))
	for i, op := range ops {
		keys[i] = opKey(op)
	}
	slices.Sort(keys)
	return k.word("{" + strings.Join(keys, ",") + "}")
}

func opKey(op Op) string {
	var k keyText
	if op.Neg {
		k.word("!")
	}
	k.word(op.Name).values(op.Args)
	if op.Rel != nil {
		k.word("rel").word(strconv.FormatBool(op.Rel.Ago)).duration(&op.Rel.D)
	}
	if op.Dur != nil {
		k.duration(op.Dur)
	}
	if op.Days != 0 {
		k.word("days").num(int64(op.Days))
	}
	if p := op.Period; p != nil {
		k.word("in").word(string(p.Unit)).num(int64(p.Shift)).word(strconv.FormatBool(p.Days)).
			num(int64(p.From)).num(int64(p.To)).word(strconv.FormatBool(p.Birthday))
	}
	if op.Elem != nil {
		k.prop(op.Elem)
	}
	if op.Re != "" {
		k.text(op.Re)
	}
	return string(k.b)
}

func (k *keyText) each(e *Each) *keyText {
	if e == nil {
		return k.word("-")
	}
	return k.word("each").path(e.Path).prop(e.Where)
}

func (k *keyText) window(w *Window) *keyText {
	if w == nil {
		return k.word("-")
	}
	k.word("w").num(int64(w.Kind))
	switch w.Kind {
	case Within:
		k.duration(&w.D)
	case Ago:
		k.duration(&w.D).duration(&w.D2)
	case LocalDays:
		k.num(int64(w.From)).num(int64(w.To))
	case During:
		k.word(string(w.Unit)).num(int64(w.N))
	case Between:
		k.instant(w.Lo).instant(w.Hi)
	case Since:
		k.path(w.SinceRef.Attribute).text(w.SinceRef.Tag).word(strconv.FormatBool(w.SinceRef.FirstFollow))
	}
	return k
}

func (k *keyText) instant(t *int64) *keyText {
	if t == nil {
		return k.word("-")
	}
	return k.num(*t)
}

func (k *keyText) agg(a Agg) *keyText {
	return k.word(string(a.Fn)).path(a.Of).word(a.P.Reduce().String())
}

func (k *keyText) per(p *Per) *keyText {
	if p == nil {
		return k.word("-")
	}
	return k.word("per").word(string(p.Unit)).num(int64(p.N)).word(strconv.FormatBool(p.Past)).word(string(p.Fn))
}

func (k *keyText) held(h *Held) *keyText {
	if h == nil {
		return k.word("-")
	}
	return k.word("held").duration(h.For).duration(h.LessThan)
}

// leafKey is the canonical text of a leaf; "" for nodes that are no leaves.
func leafKey(n Node) string {
	var k keyText
	switch n := n.(type) {
	case Everyone:
		k.word("everyone")
	case Customers:
		k.word("customers")
		for _, key := range n.Keys {
			k.text(string(key.Kind)).text(key.Value)
		}
	case Share:
		k.word("share").text(n.Salt).word(n.Percent.Reduce().String())
	case Attribute:
		k.word("attribute").path(n.Path).ops(n.Ops).held(n.Held)
	case Aggregate:
		k.word("aggregate").selector(n.Events).prop(n.Where).window(&n.Window).each(n.Each).agg(n.Agg).per(n.Per).ops(n.Cmp)
	case Occurrence:
		k.word("occurrence").word(strconv.FormatBool(n.First)).num(int64(n.N)).selector(n.Events).prop(n.Where).
			path(n.Key).window(&n.Window).duration(n.OlderThan).prop(n.Has)
	case Sequence:
		k.word("sequence")
		for _, st := range n.Steps {
			k.selector(st.Events).prop(st.Where).duration(st.MaxGap)
		}
		k.window(&n.Window)
		if t := n.ThenNot; t != nil {
			k.word("not").selector(t.Events).prop(t.Where).duration(&t.Within)
		}
	case Regular:
		k.word("regular").selector(n.Events).prop(n.Where).each(n.Each).agg(n.Agg).ops(n.Cmp).
			duration(n.Every).word(string(n.Unit)).num(int64(n.In)).num(int64(n.Of))
	case TagCond:
		k.word("tag").word(n.Mode).texts(n.Names).held(n.Held).word(n.SetBy).window(n.Tagged)
	case FollowCond:
		k.word("follow").texts(n.By).window(n.Added).ops(n.AddWay).ops(n.State).word(n.Lost).window(n.Replied).ops(n.Count)
	case MetricCond:
		k.word("metric").text(n.Name).metric(n.Expr).ops(n.Cmp)
	case statedTag:
		k.word("stated").num(int64(n.tag))
	case Quantile:
		k.word("quantile").text(n.Metric).metric(n.Expr).text(n.Table).ops(n.Cmp)
	}
	return string(k.b)
}

func (k *keyText) metric(n Num) *keyText {
	switch n := n.(type) {
	case nil:
		k.word("-")
	case NumConst:
		k.word("const").word(n.Val.Reduce().String())
	case NumAgg:
		k.word("agg").selector(n.Events).prop(n.Where).window(&n.Window).each(n.Each).agg(n.Agg).per(n.Per)
	case NumAttr:
		k.word("attr").path(n.Path)
	case NumMetric:
		k.word("named").text(n.Name)
	case NumOp:
		k.word(n.Op).word("(")
		for _, a := range n.Args {
			k.metric(a).word(",")
		}
		k.word(")")
	case NumDays:
		k.word("days").selector(n.Events).prop(n.Where).word(strconv.FormatBool(n.First)).word(strconv.FormatBool(n.Elapsed))
	}
	return k
}
