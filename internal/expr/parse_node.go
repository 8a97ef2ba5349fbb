package expr

import (
	"slices"
	"strings"

	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/markup"
	"github.com/earmarkhq/earmark/internal/value"
)

// condition reads one node of the tree.
func (p *parser) condition(n *markup.Node, path string) Node {
	if n.Kind != markup.Map {
		p.bad(n, path, "expr.want_condition")
		return nil
	}
	if !p.enter(n, path) {
		return nil
	}
	defer p.leave()
	spec := p.kindOf(n, path)
	if spec == nil {
		return nil
	}
	p.keysOf(n, path, spec)
	v, at := n.Get(spec.kind), join(path, spec.kind)
	switch spec.kind {
	case "all":
		return All{pos(n, path), p.conditions(v, at)}
	case "any":
		return Any{pos(n, path), p.conditions(v, at)}
	case "none":
		return None{pos(n, path), p.conditions(v, at)}
	case "not":
		return Not{pos(n, path), p.condition(v, at)}
	case "at_least":
		return p.atLeast(n, v, path, at)
	case "everyone":
		if !(v.Kind == markup.Bool && v.Text == "true") && !(v.Kind == markup.Map && len(v.Pairs) == 0) {
			p.bad(v, at, "expr.want_true")
		}
		return Everyone{pos(n, path)}
	case "customers":
		return Customers{pos(n, path), p.customers(v, at)}
	case "segment":
		return Segment{pos(n, path), p.ref(RefSegment, v, at)}
	case "share":
		return p.share(n, v, path, at)
	case "attribute":
		return p.attribute(n, v, path, at)
	case "event":
		return p.event(n, path)
	case "sequence":
		return p.sequence(n, v, path, at)
	case "tag":
		return p.tag(n, v, path, at)
	case "follow":
		return p.follow(n, v, path, at)
	case "metric":
		return p.metric(n, v, path, at)
	}
	return p.quantile(n, v, path, at)
}

// kindOf finds the one key that says what kind of condition n is. `any` beside `attribute` is
// the operator.
func (p *parser) kindOf(n *markup.Node, path string) *nodeSpec {
	var found []*nodeSpec
	var second *markup.Pair
	for i := range n.Pairs {
		spec := specOf(n.Pairs[i].Key)
		if spec == nil || spec.kind == OpAny && n.Has("attribute") {
			continue
		}
		if found = append(found, spec); len(found) == 2 {
			second = &n.Pairs[i]
		}
	}
	switch len(found) {
	case 1:
		return found[0]
	case 0:
		e := p.bad(n, path, "expr.kind_missing", "allowed", strings.Join(kinds(), ", "))
		for i := range n.Pairs {
			if near := suggest(n.Pairs[i].Key, kinds()); near != "" {
				e.At(join(path, n.Pairs[i].Key), n.Pairs[i].Line, n.Pairs[i].Col).WithSuggestion(near)
				break
			}
		}
		return nil
	}
	kinds := make([]string, len(found))
	for i, s := range found {
		kinds[i] = s.kind
	}
	p.badKey(second, join(path, second.Key), "expr.kinds_conflict", "keys", strings.Join(kinds, ", "))
	return nil
}

// keysOf reports the keys that a condition of this kind does not take.
func (p *parser) keysOf(n *markup.Node, path string, spec *nodeSpec) {
	allowed := spec.allowed()
	for i := range n.Pairs {
		k := n.Pairs[i].Key
		if slices.Contains(allowed, k) || spec.ops != noOps && isOp(k, spec.ops) || spec.aggs && isPercentileKey(k) {
			continue
		}
		p.unknown(&n.Pairs[i], path, append(allowed, opNames(spec.ops)...))
	}
}

// conditions reads a list of at least one condition.
func (p *parser) conditions(n *markup.Node, path string) []Node {
	if !p.list(n, path) {
		return nil
	}
	out := make([]Node, 0, len(n.Items))
	for i, it := range n.Items {
		out = append(out, p.condition(it, item(path, i)))
	}
	return out
}

// list checks that n is a list that is not empty and not longer than MaxList.
func (p *parser) list(n *markup.Node, path string) bool {
	switch {
	case n.Kind != markup.List:
		p.bad(n, path, "expr.want_list")
	case len(n.Items) == 0:
		p.bad(n, path, "expr.empty")
	case len(n.Items) > MaxList:
		p.bad(n, path, "expr.list_too_long", "size", len(n.Items), "limit", MaxList)
	default:
		return true
	}
	return false
}

func (p *parser) atLeast(n, v *markup.Node, path, at string) Node {
	out := AtLeast{Pos: pos(n, path)}
	if !p.fields(v, at, "n", "of") || !p.require(v, at, "n", "of") {
		return out
	}
	out.N = p.whole(v.Get("n"), join(at, "n"), 1, MaxNodes)
	out.Kids = p.conditions(v.Get("of"), join(at, "of"))
	if of := len(v.Get("of").Items); of > 0 && out.N > of {
		p.bad(v.Get("n"), join(at, "n"), "expr.at_least", "n", out.N, "of", of)
	}
	return out
}

func (p *parser) customers(n *markup.Node, path string) []customer.Key {
	p.refs = append(p.refs, Ref{Pos: pos(n, path), Kind: RefIdentity})
	if !p.list(n, path) {
		return nil
	}
	keys := make([]customer.Key, 0, len(n.Items))
	for i, it := range n.Items {
		at := item(path, i)
		switch {
		case it.Kind == markup.Map:
			if p.fields(it, at, "kind", "value") && p.require(it, at, "value") {
				k := customer.Key{Value: p.name(it.Get("value"), join(at, "value"))}
				if it.Has("kind") {
					k.Kind = customer.Kind(p.name(it.Get("kind"), join(at, "kind")))
				}
				keys = append(keys, k)
			}
		case it.Kind == markup.Text && it.Text != "" || it.Kind == markup.Number:
			keys = append(keys, customer.Key{Value: p.name(it, at)})
		default:
			p.bad(it, at, "expr.want_customer")
		}
	}
	return keys
}

func (p *parser) share(n, v *markup.Node, path, at string) Node {
	out := Share{Pos: pos(n, path)}
	if !p.fields(v, at, "salt", "percent") || !p.require(v, at, "salt", "percent") {
		return out
	}
	out.Salt = p.name(v.Get("salt"), join(at, "salt"))
	pc, at := v.Get("percent"), join(at, "percent")
	d, ok := value.ParseDec(pc.Text)
	if pc.Kind != markup.Number || !ok || d.Sign() <= 0 || d.Cmp(value.Dec{Coef: 100}) > 0 || d.Reduce().Exp < -2 {
		p.bad(pc, at, "expr.want_percent")
		return out
	}
	out.Percent = d
	return out
}

func (p *parser) attribute(n, v *markup.Node, path, at string) Node {
	out := Attribute{Pos: pos(n, path), Path: p.path(v, at)}
	out.Ops = p.ops(n, path, valueOps)
	if h := n.Get("held"); h != nil {
		out.Held = p.held(h, join(path, "held"))
	}
	return out
}

// held reads {for: 3d} or {less_than: 3d}.
func (p *parser) held(n *markup.Node, path string) *Held {
	if !p.fields(n, path, "for", "less_than") {
		return nil
	}
	pair := p.exclusive(n, path, []string{"for", "less_than"})
	if pair == nil {
		p.bad(n, path, "expr.missing_key", "missing", "for / less_than")
		return nil
	}
	d := p.window0(pair.Value, join(path, pair.Key))
	if pair.Key == "for" {
		return &Held{For: &d}
	}
	return &Held{LessThan: &d}
}
