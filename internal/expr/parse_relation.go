package expr

import (
	"github.com/earmarkhq/earmark/internal/markup"
	"github.com/earmarkhq/earmark/internal/value"
)

// Setters are who may have set a tag, as set_by names them.
var Setters = []string{"rule", "hand", "import", "platform"}

// tag reads a tag node: a name, {any: […]}, {all: […]} or {group: name}.
func (p *parser) tag(n, v *markup.Node, path, at string) Node {
	out := TagCond{Pos: pos(n, path), Mode: "any"}
	switch {
	case v.Kind == markup.List:
		p.bad(v, at, "expr.want_one_of", "allowed", "{any: […]}, {all: […]}")
	case v.Kind != markup.Map:
		out.Names = []string{p.ref(RefTag, v, at)}
	case p.fields(v, at, "any", "all", "group"):
		pair := p.exclusive(v, at, []string{"any", "all", "group"})
		if pair == nil {
			p.bad(v, at, "expr.empty")
			break
		}
		out.Mode = pair.Key
		if pair.Key == "group" {
			out.Names = []string{p.ref(RefGroup, pair.Value, join(at, "group"))}
		} else if p.list(pair.Value, join(at, pair.Key)) {
			for i, it := range pair.Value.Items {
				out.Names = append(out.Names, p.ref(RefTag, it, item(join(at, pair.Key), i)))
			}
		}
	}
	if h := n.Get("held"); h != nil {
		out.Held = p.held(h, join(path, "held"))
	}
	if s := n.Get("set_by"); s != nil {
		out.SetBy = p.oneOf(s, join(path, "set_by"), Setters...)
	}
	if t := n.Get("tagged"); t != nil {
		w := p.tagged(t, join(path, "tagged"))
		out.Tagged = &w
	}
	return out
}

// tagged reads a window, or before / after an instant (both strict).
func (p *parser) tagged(n *markup.Node, path string) Window {
	if !n.Has("before") && !n.Has("after") {
		return p.windowMap(n, path)
	}
	w := Window{Pos: pos(n, path), Kind: Between}
	if !p.fields(n, path, "before", "after") {
		return w
	}
	// No text is kept: as a bare date it would be read as the whole day.
	if b := n.Get("before"); b != nil {
		w.Hi = p.instant(b, join(path, "before"))
	}
	if a := n.Get("after"); a != nil {
		if w.Lo = p.instant(a, join(path, "after")); w.Lo != nil {
			*w.Lo++
		}
	}
	if w.Lo != nil && w.Hi != nil && *w.Lo >= *w.Hi {
		p.bad(n, path, "expr.never_range", "from", n.Get("after").Short(), "to", n.Get("before").Short())
	}
	return w
}

// instant reads a date as an instant; a bare date is the start of its day.
func (p *parser) instant(n *markup.Node, path string) *int64 {
	ms, _, ok := value.ParseTime(n.Value(), p.zone)
	if !ok {
		p.bad(n, path, "expr.want_date")
		return nil
	}
	return &ms
}

// Sides are who may have ended a follow.
var Sides = []string{"staff", "customer", "any"}

// follow reads a follow node; {} and true ask for any current follow.
func (p *parser) follow(n, v *markup.Node, path, at string) Node {
	out := FollowCond{Pos: pos(n, path)}
	if v.Kind == markup.Bool && v.Text == "true" {
		return out
	}
	if !p.fields(v, at, "by", "added", "way", "state", "lost", "replied", "count") {
		return out
	}
	if b := v.Get("by"); b != nil {
		out.By = p.nameList(b, join(at, "by"))
	}
	if a := v.Get("added"); a != nil {
		w := p.windowMap(a, join(at, "added"))
		out.Added = &w
	}
	out.AddWay = p.textOps(v, at, "way")
	out.State = p.textOps(v, at, "state")
	if l := v.Get("lost"); l != nil {
		out.Lost = p.oneOf(l, join(at, "lost"), Sides...)
	}
	if r := v.Get("replied"); r != nil {
		w := Window{Pos: pos(r, join(at, "replied"))}
		if r.Kind != markup.Bool {
			w = p.windowMap(r, join(at, "replied"))
		} else if r.Text != "true" {
			p.bad(r, join(at, "replied"), "expr.want_true")
		}
		out.Replied = &w
	}
	if c := v.Get("count"); c != nil {
		out.Count = p.countCmp(c, join(at, "count"), true)
	}
	return out
}

// textOps reads a scalar, a list or operators on a text.
func (p *parser) textOps(n *markup.Node, path, key string) []Op {
	v := n.Get(key)
	if v == nil {
		return nil
	}
	at := join(path, key)
	switch v.Kind {
	case markup.Map:
		if len(v.Pairs) == 0 {
			p.bad(v, at, "expr.empty")
		}
		for i := range v.Pairs {
			if !isOp(v.Pairs[i].Key, valueOps) {
				p.unknown(&v.Pairs[i], at, opNames(valueOps))
			}
		}
		return p.ops(v, at, valueOps)
	case markup.List:
		return p.oneOp(v, at, OpIn, valueOps)
	}
	return p.oneOp(v, at, OpEq, valueOps)
}
