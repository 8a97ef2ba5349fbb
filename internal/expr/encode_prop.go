package expr

import (
	"slices"

	"github.com/earmarkhq/earmark/internal/markup"
	"github.com/earmarkhq/earmark/internal/value"
)

// encodeProp writes a property tree; tests of different properties joined by AND share a map.
func encodeProp(p Prop) *markup.Node {
	switch p := p.(type) {
	case PropTest:
		if key, ok := plainKey(p.Path); ok {
			return single(key, shortOps(p.Ops))
		}
		out := single("path", texts(p.Path))
		putOps(out, p.Ops)
		return out
	case PropAll:
		if m := flatProps(p.Kids); m != nil {
			return m
		}
		return single("all", encodeProps(p.Kids))
	case PropAny:
		return single("any", encodeProps(p.Kids))
	case PropNone:
		return single("none", encodeProps(p.Kids))
	case PropNot:
		return single("not", encodeProp(p.Kid))
	}
	return object()
}

func encodeProps(ps []Prop) *markup.Node {
	out := markup.NewList()
	for _, p := range ps {
		out.Items = append(out.Items, encodeProp(p))
	}
	return out
}

// plainKey is the key of a property map for a path; ok is false where the key would be read as
// something else.
func plainKey(path []string) (string, bool) {
	key, ok := dottedPath(path)
	return key, ok && key != "path" && !slices.Contains(connectives, key)
}

// flatProps writes two or more tests as one map, nil where a key would repeat.
func flatProps(kids []Prop) *markup.Node {
	if len(kids) < 2 {
		return nil
	}
	out := object()
	for _, k := range kids {
		t, ok := k.(PropTest)
		if !ok {
			return nil
		}
		key, ok := plainKey(t.Path)
		if !ok || out.Has(key) {
			return nil
		}
		put(out, key, shortOps(t.Ops))
	}
	return out
}

// encodeElem writes the operand of any so that properties named like operators are not taken
// for operators on the element.
func encodeElem(p Prop) *markup.Node {
	if t, ok := p.(PropTest); ok && len(t.Path) == 0 {
		return encodeOps(t.Ops)
	}
	m := encodeProp(p)
	if operators, _ := elementKeys(m); len(operators) == 0 {
		return m
	}
	list := markup.NewList()
	for _, t := range testsOf(p) {
		one := single("path", texts(t.Path))
		putOps(one, t.Ops)
		list.Items = append(list.Items, one)
	}
	if len(list.Items) == 1 {
		return list.Items[0]
	}
	return single("all", list)
}

// testsOf are the tests of a single test or of several joined by AND.
func testsOf(p Prop) []PropTest {
	switch p := p.(type) {
	case PropTest:
		return []PropTest{p}
	case PropAll:
		var out []PropTest
		for _, k := range p.Kids {
			out = append(out, testsOf(k)...)
		}
		return out
	}
	return nil
}

// shortOps writes one eq as its scalar and one in as its list, anything else as a map.
func shortOps(ops []Op) *markup.Node {
	if len(ops) == 1 && !ops[0].Neg && ops[0].Rel == nil {
		switch ops[0].Name {
		case OpEq:
			return encodeValue(ops[0].Args[0])
		case OpIn:
			return encodeValues(ops[0].Args)
		}
	}
	return encodeOps(ops)
}

func encodeOps(ops []Op) *markup.Node {
	out := object()
	putOps(out, ops)
	return out
}

func putOps(out *markup.Node, ops []Op) {
	for _, op := range ops {
		key, v := encodeOp(op)
		if out.Has(key) { // the second spelling of a negation
			switch key {
			case "ne":
				key = "not_eq"
			case OpExists:
				key, v = "not_exists", markup.NewBool(op.Neg)
			}
		}
		put(out, key, v)
	}
}

func encodeOp(op Op) (string, *markup.Node) {
	key := op.Name
	switch {
	case op.Name == OpExists:
		return key, markup.NewBool(!op.Neg)
	case op.Neg && op.Name == OpEq:
		key = "ne"
	case op.Neg:
		key = "not_" + op.Name
	}
	switch {
	case op.Rel != nil:
		if op.Rel.Ago {
			return key, single("ago", encodeDuration(op.Rel.D))
		}
		return key, single("ahead", encodeDuration(op.Rel.D))
	case op.Elem != nil:
		return key, encodeElem(op.Elem)
	case op.Period != nil:
		return key, encodePeriod(*op.Period)
	case op.Dur != nil:
		return key, encodeDuration(*op.Dur)
	case op.Days > 0:
		return key, single("days", whole(op.Days))
	case op.Re != "":
		return key, text(op.Re)
	}
	switch op.Name {
	case OpIn, OpContainsAny, OpIncludes, OpHasAll, OpBetween:
		return key, encodeValues(op.Args)
	}
	if len(op.Args) == 1 {
		return key, encodeValue(op.Args[0])
	}
	return key, &markup.Node{}
}

func encodePeriod(p Period) *markup.Node {
	days := func() *markup.Node {
		if p.From == -p.To {
			return whole(p.To)
		}
		return markup.NewList(whole(p.From), whole(p.To))
	}
	switch {
	case p.Birthday && p.Unit == Month:
		return single("birthday", text("month"))
	case p.Birthday:
		return single("birthday", days())
	case p.Days:
		return single("days", days())
	case p.Unit == Day:
		return text([]string{"yesterday", "today", "tomorrow"}[p.Shift+1])
	}
	return text([]string{"last_", "this_", "next_"}[p.Shift+1] + string(p.Unit))
}

func encodeValues(vs []value.Value) *markup.Node {
	out := markup.NewList()
	for _, v := range vs {
		out.Items = append(out.Items, encodeValue(v))
	}
	return out
}

// encodeValue writes a scalar; the language has no other operands.
func encodeValue(v value.Value) *markup.Node {
	switch v.Kind() {
	case value.Bool:
		return markup.NewBool(v.Bool())
	case value.Number:
		return markup.NewNumber(string(value.AppendJSON(nil, v)))
	case value.Text:
		return text(v.Text())
	}
	return &markup.Node{}
}
