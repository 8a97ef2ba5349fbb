package definition

import (
	"context"
	"slices"

	"github.com/earmarkhq/earmark/internal/catalog"
	"github.com/earmarkhq/earmark/internal/markup"
	"github.com/earmarkhq/earmark/internal/rule"
	"github.com/earmarkhq/earmark/internal/tag"
)

// piece is one rule as the catalog keeps it: a document of its own.
type piece struct {
	id, version uint32 // 0 for one that is not saved yet
	name        string
	node        *markup.Node // of the rule itself, with a full tag name
	group       string
	tags        []string // that it keeps
	ladder      bool
}

// key tells rules apart: a tag has one state rule, a group one ladder.
func (p *piece) key() string {
	if p.ladder {
		return "ladder " + p.group
	}
	return "tag " + p.group + "/" + p.tags[0]
}

// pieces is a whole set of definitions as nodes: what is stored, with or without a document over it.
type pieces struct {
	groups []groupPiece
	named  map[catalog.DocumentKind][]markup.Pair // metrics, segments, tables; in order
	rules  []piece                                // those of the document over it first, as written
	over   int                                    // how many those are
	past   []piece                                // retired rules, for their ids
}

type groupPiece struct {
	name   string
	single *markup.Node // nil: not said
	listed []*markup.Node
	place  *markup.Node
}

// sections are the keys of a document that define by name, and what the catalog calls them.
var sections = []struct {
	key  string
	kind catalog.DocumentKind
}{{"metrics", catalog.MetricDocument}, {"segments", catalog.SegmentDocument}, {"tables", catalog.TableDocument}}

// stored reads what the catalog has: groups and tags as given, documents and rules as texts.
func stored(groups []tag.Group, tags []tag.Tag, docs []catalog.Document, texts []catalog.RuleText) (*pieces, error) {
	p := &pieces{named: map[catalog.DocumentKind][]markup.Pair{}}
	for _, g := range groups {
		gp := groupPiece{name: g.Name}
		if g.Single {
			gp.single = &markup.Node{Kind: markup.Bool, Text: "true"}
		}
		for _, t := range tags {
			if t.Group == g.ID && t.Origin == tag.Stated && t.State != tag.Retired {
				gp.listed = append(gp.listed, textNode(t.Name))
			}
		}
		p.groups = append(p.groups, gp)
	}
	for _, d := range docs {
		n, err := parseStored(d.Text)
		if err != nil {
			return nil, err
		}
		p.named[d.Kind] = append(p.named[d.Kind], markup.Pair{Key: d.Name, Value: n})
	}
	for _, t := range texts {
		n, err := parseStored(t.Document)
		if err != nil {
			return nil, err
		}
		rp := pieceOf(n)
		rp.id, rp.version, rp.name = t.Rule, t.Version, t.Name
		p.rules = append(p.rules, rp)
	}
	return p, nil
}

// parseStored reads a text of the catalog; its lines mean nothing to the author of another document.
func parseStored(text string) (*markup.Node, error) {
	n, err := markup.ReadWithin([]byte(text), markup.Auto, markup.Limits{Bytes: rule.MaxDocumentBytes})
	if err != nil {
		return nil, err
	}
	unplace(n)
	return n, nil
}

func unplace(n *markup.Node) {
	n.Line, n.Col = 0, 0
	for _, it := range n.Items {
		unplace(it)
	}
	for i := range n.Pairs {
		n.Pairs[i].Line, n.Pairs[i].Col = 0, 0
		unplace(n.Pairs[i].Value)
	}
}

// pieceOf reads who a stored rule is from its node: written by save, with "group/tag" names.
func pieceOf(n *markup.Node) piece {
	p := piece{node: n}
	if l := n.Get("ladder"); l != nil {
		p.ladder, p.group = true, l.Text
		if steps := n.Get("steps"); steps != nil {
			for _, s := range steps.Items {
				if t := s.Get("tag"); t != nil {
					_, name := splitTag(t.Text)
					p.tags = append(p.tags, name)
				}
			}
		}
		return p
	}
	if t := n.Get("tag"); t != nil {
		group, name := splitTag(t.Text)
		p.group, p.tags = group, []string{name}
	}
	return p
}

// lay puts a document over the pieces: what it defines replaces what has the same name or, of
// rules, keeps the same tag or group.
func (p *pieces) lay(root *markup.Node, doc *rule.Document) {
	p.layGroups(root.Get("groups"))
	for _, s := range sections {
		n := root.Get(s.key)
		if n == nil {
			continue
		}
		for _, pair := range n.Pairs {
			p.named[s.kind] = slices.DeleteFunc(p.named[s.kind], named(pair.Key))
		}
		p.named[s.kind] = append(slices.Clone(n.Pairs), p.named[s.kind]...)
	}
	var laid []piece
	for i := range doc.Rules {
		r := &doc.Rules[i]
		np := piece{node: fullyNamed(root.Get("rules").Items[i], r), name: nameOf(r), group: r.Group, ladder: r.Ladder != nil}
		if np.ladder {
			for _, s := range r.Ladder.Steps {
				np.tags = append(np.tags, s.Tag)
			}
		} else {
			np.tags = []string{r.Tag}
		}
		for _, from := range []*[]piece{&p.rules, &p.past} {
			if old := slices.IndexFunc(*from, func(o piece) bool { return o.key() == np.key() }); old >= 0 && np.id == 0 {
				np.id, np.version = (*from)[old].id, (*from)[old].version
				*from = slices.Delete(*from, old, old+1)
			}
		}
		laid = append(laid, np)
	}
	p.rules, p.over = append(laid, p.rules...), len(laid)
}

func (p *pieces) layGroups(n *markup.Node) {
	if n == nil {
		return
	}
	var laid []groupPiece
	for _, it := range n.Items {
		gp := groupPiece{name: it.Get("name").Text, single: it.Get("single"), place: it}
		if tags := it.Get("tags"); tags != nil {
			gp.listed = slices.Clone(tags.Items)
		}
		if old := slices.IndexFunc(p.groups, func(o groupPiece) bool { return o.name == gp.name }); old >= 0 {
			if gp.single == nil {
				gp.single = p.groups[old].single
			}
			for _, t := range p.groups[old].listed {
				if !lists(gp.listed, t.Text) {
					gp.listed = append(gp.listed, t)
				}
			}
			p.groups = slices.Delete(p.groups, old, old+1)
		}
		laid = append(laid, gp)
	}
	p.groups = append(laid, p.groups...)
}

func lists(tags []*markup.Node, name string) bool {
	return slices.ContainsFunc(tags, func(t *markup.Node) bool { return t.Text == name })
}

// root is the whole set as one document. Groups list their tags where any of them is stated, and
// then those kept by rules too.
func (p *pieces) root() *markup.Node {
	groups := &markup.Node{Kind: markup.List}
	for _, g := range p.groups {
		n := &markup.Node{Kind: markup.Map}
		if g.place != nil {
			n.Line, n.Col = g.place.Line, g.place.Col
		}
		n.Pairs = append(n.Pairs, pair("name", textNode(g.name)))
		if g.single != nil {
			n.Pairs = append(n.Pairs, pair("single", g.single))
		}
		if tags := p.listed(g); len(tags) > 0 {
			n.Pairs = append(n.Pairs, pair("tags", &markup.Node{Kind: markup.List, Items: tags}))
		}
		groups.Items = append(groups.Items, n)
	}
	out := &markup.Node{Kind: markup.Map}
	if len(groups.Items) > 0 {
		out.Pairs = append(out.Pairs, pair("groups", groups))
	}
	for _, s := range sections {
		if pairs := p.named[s.kind]; len(pairs) > 0 {
			out.Pairs = append(out.Pairs, pair(s.key, &markup.Node{Kind: markup.Map, Pairs: pairs}))
		}
	}
	rules := &markup.Node{Kind: markup.List}
	for _, r := range p.rules {
		rules.Items = append(rules.Items, r.node)
	}
	if len(rules.Items) > 0 {
		out.Pairs = append(out.Pairs, pair("rules", rules))
	}
	return out
}

func (p *pieces) listed(g groupPiece) []*markup.Node {
	if len(g.listed) == 0 {
		return nil
	}
	tags := slices.Clone(g.listed)
	for _, r := range p.rules {
		if r.group != g.name {
			continue
		}
		for _, t := range r.tags {
			if !lists(tags, t) {
				tags = append(tags, textNode(t))
			}
		}
	}
	return tags
}

// drafts is what is defined now: the newest version of each rule. Retired rules are past, unless a
// version was saved since the last publication.
func (s *Service) drafts(ctx context.Context) (*pieces, error) {
	lib := s.Library()
	var texts []catalog.RuleText
	past := map[uint32]bool{}
	for _, r := range lib.Rules {
		v, err := s.store.Version(ctx, r.ID, r.Newest)
		if err != nil {
			return nil, err
		}
		past[r.ID] = r.State == catalog.RuleRetired && v.Created <= lib.Published
		texts = append(texts, catalog.RuleText{Rule: r.ID, Version: r.Newest, Name: r.Name, Document: v.Document})
	}
	docs, err := s.store.Documents(ctx)
	if err != nil {
		return nil, err
	}
	p, err := stored(lib.Groups, lib.Tags, docs, texts)
	if err != nil {
		return nil, err
	}
	all := p.rules
	p.rules = nil
	for _, r := range all {
		if past[r.id] {
			p.past = append(p.past, r)
		} else {
			p.rules = append(p.rules, r)
		}
	}
	return p, nil
}

func pair(key string, v *markup.Node) markup.Pair {
	return markup.Pair{Key: key, Value: v, Line: v.Line, Col: v.Col}
}

func named(key string) func(markup.Pair) bool {
	return func(p markup.Pair) bool { return p.Key == key }
}

func textNode(s string) *markup.Node { return &markup.Node{Kind: markup.Text, Text: s} }
