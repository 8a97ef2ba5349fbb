package expr

import "github.com/earmarkhq/earmark/internal/markup"

// sequence reads the steps, with then_not as the last one.
func (p *parser) sequence(n, v *markup.Node, path, at string) Node {
	out := Sequence{Pos: pos(n, path), Window: p.window(n, path)}
	var gap *Duration
	if g := n.Get("max_gap"); g != nil {
		d := p.window0(g, join(path, "max_gap"))
		gap = &d
	}
	if !p.list(v, at) {
		return out
	}
	if len(v.Items) > MaxSteps {
		p.bad(v, at, "expr.list_too_long", "size", len(v.Items), "limit", MaxSteps)
		return out
	}
	for i, it := range v.Items {
		p.step(&out, it, item(at, i), i, i == len(v.Items)-1, gap)
	}
	return out
}

func (p *parser) step(out *Sequence, n *markup.Node, path string, i int, last bool, gap *Duration) {
	if n.Kind != markup.Map {
		p.bad(n, path, "expr.want_step")
		return
	}
	if !p.enter(n, path) {
		return
	}
	defer p.leave()
	if tn := n.Get("then_not"); tn != nil {
		p.fields(n, path, "then_not")
		if !last || i == 0 {
			p.bad(tn, join(path, "then_not"), "expr.then_not_last")
		}
		out.ThenNot = p.thenNot(tn, join(path, "then_not"))
		return
	}
	if !p.fields(n, path, "event", "where", "max_gap", "then_not") || !p.require(n, path, "event") {
		return
	}
	s := Step{Events: p.selector(n.Get("event"), join(path, "event")), Where: p.where(n, path), MaxGap: gap}
	if g := n.Get("max_gap"); g != nil {
		if i == 0 {
			p.bad(g, join(path, "max_gap"), "expr.gap_on_first")
		}
		d := p.window0(g, join(path, "max_gap"))
		s.MaxGap = &d
	}
	if i == 0 {
		s.MaxGap = nil
	}
	out.Steps = append(out.Steps, s)
}

func (p *parser) thenNot(n *markup.Node, path string) *ThenNot {
	if !p.fields(n, path, "event", "where", "within") || !p.require(n, path, "event", "within") {
		return nil
	}
	return &ThenNot{
		Events: p.selector(n.Get("event"), join(path, "event")),
		Where:  p.where(n, path),
		Within: p.window0(n.Get("within"), join(path, "within")),
	}
}
