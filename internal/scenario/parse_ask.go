package scenario

import (
	"slices"

	"github.com/earmarkhq/earmark/internal/markup"
	"github.com/earmarkhq/earmark/internal/value"
)

// showable are the answers a step can show.
var showable = []string{"members", "tags", "count", "entered", "left", "next", "because", "metric"}

// ask reads what a step expects and shows.
func (p *parser) ask(n *markup.Node, path string) *Ask {
	a := &Ask{}
	p.log(a, n, path)
	if v := n.Get("expect"); v != nil {
		p.expect(a, v, join(path, "expect"))
	}
	if v := n.Get("members"); v != nil {
		p.members(a, v, join(path, "members"))
	}
	if v := n.Get("count"); v != nil {
		p.counts(a, v, join(path, "count"))
	}
	if v := n.Get("entered"); v != nil {
		a.Entered = p.moves(v, join(path, "entered"))
	}
	if v := n.Get("left"); v != nil {
		a.Left = p.moves(v, join(path, "left"))
	}
	if v := n.Get("because"); v != nil {
		p.because(a, v, join(path, "because"))
	}
	if v := n.Get("metric"); v != nil {
		p.metric(a, v, join(path, "metric"))
	}
	if v := n.Get("next"); v != nil {
		p.next(a, v, join(path, "next"))
	}
	for _, key := range []string{"accepted", "repeated", "conflicts", "rejected"} {
		if v := n.Get(key); v != nil {
			at := join(path, key)
			a.Receipts = append(a.Receipts, ExpectReceipt{place(v, at), key, int(p.whole(v, at, 0, maxTimes))})
		}
	}
	if v := n.Get("show"); v != nil {
		a.Show = p.texts(v, join(path, "show"))
		for i, s := range a.Show {
			if s != "" && !slices.Contains(showable, s) {
				where := v
				if v.Kind == markup.List {
					where = v.Items[i]
				}
				p.oneOf(where, join(path, "show"), showable...)
			}
		}
	}
	return a
}

func place(n *markup.Node, path string) Place { return Place{Line: n.Line, Path: path} }

// log reads as_of and known_at.
func (p *parser) log(a *Ask, n *markup.Node, path string) {
	asOf, known := n.Get("as_of"), n.Get("known_at")
	if asOf != nil {
		at := p.instant(asOf, join(path, "as_of"))
		a.AsOf = &at
		for _, key := range []string{"entered", "left", "because", "metric", "next", "show"} {
			if v := n.Get(key); v != nil {
				p.bad(v, join(path, key), "scenario.as_of")
			}
		}
	}
	if known != nil {
		at := p.instant(known, join(path, "known_at"))
		a.KnownAt = &at
		if asOf == nil {
			p.bad(known, join(path, "known_at"), "scenario.alone", "with", "as_of")
		}
	}
}

// needTag reports the short form where there are several rules.
func (p *parser) needTag(n *markup.Node, path string) {
	if !p.one {
		p.bad(n, path, "scenario.single")
	}
}

func (p *parser) expect(a *Ask, n *markup.Node, path string) {
	if !p.mapping(n, path) {
		return
	}
	for _, pair := range n.Pairs {
		v, at := pair.Value, join(path, pair.Key)
		e := ExpectTags{Place: place(v, at), Customer: pair.Key, Tags: map[string]bool{}}
		switch v.Kind {
		case markup.Bool:
			p.needTag(v, at)
			e.Single, e.Tags[""] = true, v.Text == "true"
		case markup.List:
			e.Exact = true
			for _, t := range p.texts(v, at) {
				e.Tags[t] = true
			}
		case markup.Map:
			for _, t := range v.Pairs {
				e.Tags[t.Key] = p.bool(t.Value, join(at, t.Key))
			}
		default:
			p.bad(v, at, "scenario.want_tags")
		}
		a.Expect = append(a.Expect, e)
	}
}

func (p *parser) members(a *Ask, n *markup.Node, path string) {
	if n.Kind == markup.List {
		p.needTag(n, path)
		a.Members = append(a.Members, ExpectMembers{place(n, path), "", p.texts(n, path)})
		return
	}
	if !p.mapping(n, path) {
		return
	}
	for _, pair := range n.Pairs {
		at := join(path, pair.Key)
		if p.list(pair.Value, at) {
			a.Members = append(a.Members, ExpectMembers{place(pair.Value, at), pair.Key, p.texts(pair.Value, at)})
		}
	}
}

func (p *parser) counts(a *Ask, n *markup.Node, path string) {
	if n.Kind == markup.Number {
		p.needTag(n, path)
		a.Counts = append(a.Counts, ExpectCount{place(n, path), "", p.whole(n, path, 0, maxTimes)})
		return
	}
	if !p.mapping(n, path) {
		return
	}
	for _, pair := range n.Pairs {
		at := join(path, pair.Key)
		a.Counts = append(a.Counts, ExpectCount{place(pair.Value, at), pair.Key, p.whole(pair.Value, at, 0, maxTimes)})
	}
}

// moves reads {tag: {customer: times}}, with a single rule also {customer: times}.
func (p *parser) moves(n *markup.Node, path string) []ExpectMoves {
	if !p.mapping(n, path) {
		return nil
	}
	var out []ExpectMoves
	for _, pair := range n.Pairs {
		at := join(path, pair.Key)
		if pair.Value.Kind != markup.Map {
			p.needTag(pair.Value, at)
			out = append(out, ExpectMoves{place(pair.Value, at), "", pair.Key, int(p.whole(pair.Value, at, 0, maxTimes))})
			continue
		}
		for _, c := range pair.Value.Pairs {
			in := join(at, c.Key)
			out = append(out, ExpectMoves{place(c.Value, in), pair.Key, c.Key, int(p.whole(c.Value, in, 0, maxTimes))})
		}
	}
	return out
}

// because reads [texts], {customer: [texts]} or {customer: {tag: [texts]}}.
func (p *parser) because(a *Ask, n *markup.Node, path string) {
	if n.Kind != markup.Map {
		p.needTag(n, path)
		a.Because = append(a.Because, ExpectBecause{Place: place(n, path), Texts: p.texts(n, path)})
		return
	}
	for _, pair := range n.Pairs {
		v, at := pair.Value, join(path, pair.Key)
		if v.Kind != markup.Map {
			p.needTag(v, at)
			a.Because = append(a.Because, ExpectBecause{place(v, at), pair.Key, "", p.texts(v, at)})
			continue
		}
		for _, t := range v.Pairs {
			in := join(at, t.Key)
			a.Because = append(a.Because, ExpectBecause{place(t.Value, in), pair.Key, t.Key, p.texts(t.Value, in)})
		}
	}
}

func (p *parser) metric(a *Ask, n *markup.Node, path string) {
	if !p.mapping(n, path) {
		return
	}
	for _, pair := range n.Pairs {
		at := join(path, pair.Key)
		if !p.mapping(pair.Value, at) {
			continue
		}
		for _, c := range pair.Value.Pairs {
			in := join(at, c.Key)
			e := ExpectMetric{Place: place(c.Value, in), Name: pair.Key, Customer: c.Key}
			if c.Value.Kind != markup.Null {
				d, ok := value.AsDec(c.Value.Value())
				if !ok {
					p.bad(c.Value, in, "scenario.want_number")
				}
				e.Value = &d
			}
			a.Metrics = append(a.Metrics, e)
		}
	}
}

func (p *parser) next(a *Ask, n *markup.Node, path string) {
	if !p.mapping(n, path) {
		return
	}
	for _, pair := range n.Pairs {
		v, at := pair.Value, join(path, pair.Key)
		e := ExpectNext{Place: place(v, at), Customer: pair.Key}
		if v.Kind != markup.Null && !(v.Kind == markup.Text && v.Text == "never") {
			t := p.instant(v, at)
			e.At = &t
		}
		a.Next = append(a.Next, e)
	}
}
