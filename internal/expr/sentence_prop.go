package expr

import (
	"strconv"
	"strings"

	"github.com/earmarkhq/earmark/internal/value"
)

// property names a property.
func (s *speaker) property(path []string) string {
	switch strings.Join(path, ".") {
	case "":
		return ""
	case "$type", "$time", "$source":
		return s.say("prop." + path[0])
	}
	return user(s.rename("property", strings.Join(path, ".")))
}

func (s *speaker) prop(p Prop) string {
	switch p := p.(type) {
	case PropTest:
		name := s.property(p.Path)
		if len(p.Path) == 0 {
			name = s.say("prop.self")
		}
		return s.tests(name, p.Ops, isFen(p.Path))
	case PropAll:
		return s.joinedProps("and", p.Kids)
	case PropAny:
		return s.joinedProps("or", p.Kids)
	case PropNone:
		return s.say("none", "kids", s.joinedProps("list", p.Kids))
	case PropNot:
		return s.say("not", "x", s.prop(p.Kid))
	}
	return ""
}

func (s *speaker) joinedProps(word string, kids []Prop) string {
	parts := make([]string, len(kids))
	for i, k := range kids {
		parts[i] = s.prop(k)
	}
	return s.join(word, parts)
}

// tests joins the operators on one value.
func (s *speaker) tests(name string, ops []Op, money bool) string {
	u := plain
	if money {
		u = fen
	}
	parts := make([]string, len(ops))
	for i, op := range ops {
		parts[i] = s.test(name, op, u)
	}
	return strings.Join(parts, s.say("and"))
}

// test words one operator. The complement also matches where there is no value, and says so.
func (s *speaker) test(name string, op Op, u unit) string {
	key := "op." + op.Name
	if op.Neg {
		key = "op.not." + op.Name
	}
	if op.Rel != nil {
		key += ".rel"
	}
	arg := ""
	switch {
	case op.Rel != nil:
		arg = s.relative(*op.Rel)
	case op.Name == OpBetween && len(op.Args) == 2:
		return s.say(key, "name", name, "a", s.value(op.Args[0], u), "b", s.value(op.Args[1], u))
	case op.Elem != nil:
		arg = s.prop(op.Elem)
	case op.Period != nil:
		arg = s.period(*op.Period)
		if op.Period.Birthday {
			name = s.say("anniversary", "name", name)
		}
	case op.Dur != nil:
		arg = s.duration(*op.Dur)
	case op.Days > 0:
		key += ".days"
		arg = strconv.Itoa(op.Days)
	case op.Re != "":
		arg = user(op.Re)
	case op.Name == OpContainsAny:
		arg = s.quotedList(textsOf(op.Args), "or.word")
	case len(op.Args) > 0:
		arg = s.values(op.Args, u)
	}
	return s.say(key, "name", name, "x", arg)
}

func textsOf(vs []value.Value) []string {
	out := make([]string, len(vs))
	for i, v := range vs {
		out[i], _ = value.TextOf(v)
	}
	return out
}

func (s *speaker) relative(r Rel) string {
	switch {
	case r.D.Ms == 0 && r.D.Months == 0:
		return s.say("now")
	case r.Ago:
		return s.say("ago", "d", s.duration(r.D))
	}
	return s.say("ahead", "d", s.duration(r.D))
}

// values lists operands, the first ten of many.
func (s *speaker) values(vs []value.Value, u unit) string {
	const shown = 10
	var parts []string
	for i, v := range vs {
		if i == shown {
			parts = append(parts, s.say("more", "n", strconv.Itoa(len(vs))))
			break
		}
		parts = append(parts, s.value(v, u))
	}
	return strings.Join(parts, s.say("comma"))
}

// value shows an operand; text that could be taken for words of the sentence is quoted.
func (s *speaker) value(v value.Value, u unit) string {
	if v.Kind() == value.Text && strings.ContainsAny(v.Text(), " ,，、；;（）()\"") {
		return s.say("quoted", "x", user(v.Text()))
	}
	return shown(v, u)
}

// compare words the comparison of a number.
func (s *speaker) compare(ops []Op, u unit) string {
	parts := make([]string, len(ops))
	for i, op := range ops {
		key := "cmp." + op.Name
		if op.Neg {
			key = "cmp.not." + op.Name
		}
		if op.Name == OpBetween && len(op.Args) == 2 {
			parts[i] = s.say(key, "a", shown(op.Args[0], u), "b", shown(op.Args[1], u))
			continue
		}
		parts[i] = s.say(key, "x", s.values(op.Args, u))
	}
	return strings.Join(parts, s.say("and.word"))
}
