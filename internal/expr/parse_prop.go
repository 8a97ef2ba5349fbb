package expr

import (
	"slices"
	"strings"

	"github.com/earmarkhq/earmark/internal/markup"
)

// connectives of property conditions. A property of such a name is written path: [any].
var connectives = []string{"all", "any", "none", "not"}

// prop reads a map of property tests, joined by AND.
func (p *parser) prop(n *markup.Node, path string) Prop {
	if n.Kind != markup.Map {
		p.bad(n, path, "expr.want_map")
		return nil
	}
	if len(n.Pairs) == 0 {
		p.bad(n, path, "expr.empty")
		return nil
	}
	if isPathForm(n) {
		return p.pathForm(n, path)
	}
	if len(n.Pairs) == 1 {
		return p.propEntry(&n.Pairs[0], path)
	}
	if !p.enter(n, path) {
		return nil
	}
	defer p.leave()
	kids := make([]Prop, 0, len(n.Pairs))
	for i := range n.Pairs {
		kids = append(kids, p.propEntry(&n.Pairs[i], path))
	}
	return PropAll{pos(n, path), kids}
}

// isPathForm recognises {path: [a.b, c], eq: 1}: a list under path and nothing but operators
// beside it, at least one. {path: [/a, /b]} alone asks the property called path.
func isPathForm(n *markup.Node) bool {
	list := n.Get("path")
	if list == nil || list.Kind != markup.List || len(n.Pairs) < 2 {
		return false
	}
	for i := range n.Pairs {
		if k := n.Pairs[i].Key; k != "path" && !isOp(k, valueOps) {
			return false
		}
	}
	return true
}

// pathForm reads {path: [...], ops}; an empty list is the list element itself.
func (p *parser) pathForm(n *markup.Node, path string) Prop {
	out := PropTest{Pos: pos(n, path)}
	if !p.enter(n, path) {
		return out
	}
	defer p.leave()
	if list := n.Get("path"); len(list.Items) > 0 {
		out.Path = p.path(list, join(path, "path"))
	}
	out.Ops = p.ops(n, path, valueOps)
	return out
}

// propEntry reads one key of a property map: a connective, or a path with its test.
func (p *parser) propEntry(pair *markup.Pair, path string) Prop {
	v, at := pair.Value, join(path, pair.Key)
	if !p.enter(v, at) {
		return nil
	}
	defer p.leave()
	if slices.Contains(connectives, pair.Key) && (v.Kind == markup.List || v.Kind == markup.Map) {
		where := Pos{Line: pair.Line, Col: pair.Col, Path: at}
		if pair.Key == "not" {
			return PropNot{where, p.prop(v, at)}
		}
		if !p.list(v, at) {
			return nil
		}
		kids := make([]Prop, 0, len(v.Items))
		for i, it := range v.Items {
			kids = append(kids, p.prop(it, item(at, i)))
		}
		switch pair.Key {
		case "all":
			return PropAll{where, kids}
		case "any":
			return PropAny{where, kids}
		}
		return PropNone{where, kids}
	}
	return p.propTest(pair, at)
}

// propTest reads the test of one property: a scalar is eq, a list is in, a map has operators.
func (p *parser) propTest(pair *markup.Pair, at string) Prop {
	keyNode := &markup.Node{Kind: markup.Text, Text: pair.Key, Line: pair.Line, Col: pair.Col}
	out := PropTest{Pos: Pos{Line: pair.Line, Col: pair.Col, Path: at}}
	out.Path = p.pathKeys(keyNode, at, strings.Split(pair.Key, "."))
	switch v := pair.Value; v.Kind {
	case markup.Map:
		if len(v.Pairs) == 0 {
			p.bad(v, at, "expr.empty")
			return out
		}
		for i := range v.Pairs {
			if !isOp(v.Pairs[i].Key, valueOps) {
				p.unknown(&v.Pairs[i], at, opNames(valueOps))
			}
		}
		out.Ops = p.ops(v, at, valueOps)
	case markup.List:
		out.Ops = p.oneOp(v, at, "in", valueOps)
	default:
		out.Ops = p.oneOp(v, at, "eq", valueOps)
	}
	return out
}

// elem reads the operand of the operator any: operators on the element itself, or property tests
// of the element, not both.
func (p *parser) elem(n *markup.Node, path string) Prop {
	if n.Kind == markup.Map {
		operators, properties := elementKeys(n)
		switch {
		case len(operators) == 0:
			return p.prop(n, path)
		case len(properties) > 0:
			p.bad(n, path, "expr.mixed_element", "operators", strings.Join(operators, ", "), "properties", strings.Join(properties, ", "))
			return nil
		}
	}
	if !p.enter(n, path) {
		return nil
	}
	defer p.leave()
	self := PropTest{Pos: pos(n, path)}
	switch n.Kind {
	case markup.List:
		self.Ops = p.oneOp(n, path, "in", valueOps)
	case markup.Map:
		self.Ops = p.ops(n, path, valueOps)
	default:
		self.Ops = p.oneOp(n, path, "eq", valueOps)
	}
	return self
}

// elementKeys tells the operators on an element from its properties and connectives; `any`
// with a list is the connective.
func elementKeys(n *markup.Node) (operators, properties []string) {
	if isPathForm(n) {
		return nil, nil
	}
	for i := range n.Pairs {
		pair := &n.Pairs[i]
		if isOp(pair.Key, valueOps) && !(pair.Key == OpAny && pair.Value.Kind == markup.List) {
			operators = append(operators, pair.Key)
		} else {
			properties = append(properties, pair.Key)
		}
	}
	return operators, properties
}
