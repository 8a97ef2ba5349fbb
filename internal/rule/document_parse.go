package rule

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/markup"
	"github.com/earmarkhq/earmark/internal/value"
)

// documentParser reads one document and collects its faults.
type documentParser struct {
	opts   DocumentOptions
	parse  expr.ParseOptions
	doc    Document
	faults fault.List
	broken map[expr.RefKind]map[string]bool // names whose definition is at fault
}

func newDocumentParser(opts DocumentOptions) *documentParser {
	return &documentParser{
		opts: opts, parse: expr.ParseOptions{Zone: opts.Zone},
		broken: map[expr.RefKind]map[string]bool{},
	}
}

func place(n *markup.Node, path string) expr.Pos {
	return expr.Pos{Line: n.Line, Col: n.Col, Path: path}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func item(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

func (p *documentParser) bad(n *markup.Node, path, code string, args ...any) *fault.Error {
	return p.badAt(place(n, path), code, append([]any{"value", n.Short()}, args...)...)
}

func (p *documentParser) badAt(at expr.Pos, code string, args ...any) *fault.Error {
	key := at.Path[strings.LastIndexByte(at.Path, '.')+1:]
	e := fault.Invalid(code, append([]any{"key", key}, args...)...).At(at.Path, at.Line, at.Col)
	p.faults.Add(e)
	return e
}

// fields checks that n is a map with the allowed keys.
func (p *documentParser) fields(n *markup.Node, path string, allowed ...string) bool {
	if n.Kind != markup.Map {
		p.bad(n, path, "rule.want_map")
		return false
	}
	for _, pair := range n.Pairs {
		if !slices.Contains(allowed, pair.Key) {
			p.badAt(expr.Pos{Line: pair.Line, Col: pair.Col, Path: join(path, pair.Key)}, "rule.unknown_key",
				"allowed", strings.Join(allowed, ", ")).WithSuggestion(nearest(pair.Key, allowed))
		}
	}
	return true
}

// nearest is fault.Nearest with the words that other systems use for ours.
func nearest(name string, known []string) string {
	words := map[string]string{
		"single_choice": "single", "condition": "when", "if": "when", "levels": "steps", "group_name": "group",
		"anonymous": "include_anonymous", "rule": "rules",
	}
	if w := words[name]; w != "" && slices.Contains(known, w) {
		return w
	}
	return fault.Nearest(name, known)
}

// document reads the parts in an order in which later ones may refer to earlier ones.
func (p *documentParser) document(n *markup.Node, path string) {
	allowed := []string{"zone", "groups", "metrics", "segments", "tables", "rules"}
	if p.opts.Shorthand {
		allowed = append(allowed, "rule")
	}
	if n.Kind != markup.Map {
		p.bad(n, path, "rule.want_document", "allowed", strings.Join(allowed, ", "))
		return
	}
	p.fields(n, path, append(allowed, p.opts.Ignore...)...)
	p.zone(n.Get("zone"), join(path, "zone"))
	p.groups(n.Get("groups"), join(path, "groups"))
	p.metrics(n.Get("metrics"), join(path, "metrics"))
	p.segments(n.Get("segments"), join(path, "segments"))
	p.tables(n.Get("tables"), join(path, "tables"))
	if v := n.Get("rules"); v != nil {
		p.rules(v, join(path, "rules"))
	}
	if v := n.Get("rule"); v != nil && p.opts.Shorthand {
		p.shorthand(v, join(path, "rule"))
	}
}

func (p *documentParser) zone(n *markup.Node, path string) {
	p.doc.Zone = p.opts.Zone
	if n == nil {
		return
	}
	zone, err := time.LoadLocation(n.Text)
	switch {
	case n.Kind != markup.Text || n.Text == "" || n.Text == "Local" || err != nil:
		p.bad(n, path, "rule.zone")
	case p.opts.Zone != nil && p.opts.Zone.String() != zone.String():
		p.bad(n, path, "rule.other_zone", "zone", p.opts.Zone.String())
	default:
		p.doc.Zone, p.parse.Zone = zone, zone
	}
}

// list checks that n is a list within a bound.
func (p *documentParser) list(n *markup.Node, path string, most int) bool {
	switch {
	case n.Kind != markup.List:
		p.bad(n, path, "rule.want_list")
	case len(n.Items) == 0:
		p.bad(n, path, "rule.empty")
	case len(n.Items) > most:
		p.bad(n, path, "rule.too_many", "size", len(n.Items), "limit", most)
	default:
		return true
	}
	return false
}

// name reads a name: text, or a number taken as text; "/" separates group and tag and can not
// be inside one.
func (p *documentParser) name(n *markup.Node, path string) string {
	switch {
	case n.Kind != markup.Text && n.Kind != markup.Number, n.Text == "", strings.TrimSpace(n.Text) != n.Text:
		p.bad(n, path, "rule.want_name")
	case len(n.Text) > expr.MaxName:
		p.bad(n, path, "rule.name_too_long", "size", len(n.Text), "limit", expr.MaxName)
	case strings.Contains(n.Text, "/"):
		p.bad(n, path, "rule.slash")
	default:
		return n.Text
	}
	return ""
}

// text reads free text.
func (p *documentParser) text(n *markup.Node, path string, most int) string {
	if n == nil {
		return ""
	}
	if n.Kind != markup.Text && n.Kind != markup.Number || len(n.Text) > most {
		p.bad(n, path, "rule.want_text", "limit", most)
	}
	return n.Text
}

func (p *documentParser) flag(n *markup.Node, path string) bool {
	if n == nil {
		return false
	}
	if n.Kind != markup.Bool {
		p.bad(n, path, "rule.want_bool")
	}
	return n.Text == "true"
}

func (p *documentParser) groups(n *markup.Node, path string) {
	if n == nil || !p.list(n, path, MaxGroups) {
		return
	}
	for i, it := range n.Items {
		at := item(path, i)
		if !p.fields(it, at, "name", "single", "tags") {
			continue
		}
		g := GroupDoc{Pos: place(it, at), declared: true, single: it.Get("single")}
		g.Single = p.flag(g.single, join(at, "single"))
		if v := it.Get("name"); v == nil {
			p.bad(it, at, "rule.missing", "missing", "name")
		} else {
			g.Name = p.name(v, join(at, "name"))
		}
		if v := it.Get("tags"); v != nil && p.list(v, join(at, "tags"), MaxRules) {
			g.closed = true
			p.groupTags(&g, v, join(at, "tags"))
		}
		if old := p.group(g.Name); g.Name != "" && old != nil {
			p.badAt(g.Pos, "rule.duplicate_group", "name", g.Name, "first", old.Line)
			continue
		}
		p.doc.Groups = append(p.doc.Groups, g)
	}
}

func (p *documentParser) groupTags(g *GroupDoc, n *markup.Node, path string) {
	for i, it := range n.Items {
		at := item(path, i)
		name := p.name(it, at)
		if name == "" {
			continue
		}
		if old := g.tag(name); old != nil {
			p.bad(it, at, "rule.duplicate_tag", "name", name, "group", g.Name, "first", old.Line)
			continue
		}
		g.Tags = append(g.Tags, TagDoc{Pos: place(it, at), Name: name, Rule: -1})
	}
}

// group is the group of a name, or nil. The pointer is good until a group is added.
func (p *documentParser) group(name string) *GroupDoc {
	for i := range p.doc.Groups {
		if p.doc.Groups[i].Name == name {
			return &p.doc.Groups[i]
		}
	}
	return nil
}

func (g *GroupDoc) tag(name string) *TagDoc {
	for i := range g.Tags {
		if g.Tags[i].Name == name {
			return &g.Tags[i]
		}
	}
	return nil
}

// named walks a map of names.
func (p *documentParser) named(n *markup.Node, path string, read func(name string, v *markup.Node, at string)) {
	switch {
	case n == nil:
	case n.Kind != markup.Map:
		p.bad(n, path, "rule.want_map")
	case len(n.Pairs) == 0:
		p.bad(n, path, "rule.empty")
	default:
		for i := range n.Pairs {
			pair := &n.Pairs[i]
			key := &markup.Node{Kind: markup.Text, Text: pair.Key, Line: pair.Line, Col: pair.Col}
			if name := p.name(key, join(path, pair.Key)); name != "" {
				read(name, pair.Value, join(path, pair.Key))
			}
		}
	}
}

// spoil notes that the definition of a name is at fault, so that it is not called unknown too.
func (p *documentParser) spoil(kind expr.RefKind, name string) {
	if p.broken[kind] == nil {
		p.broken[kind] = map[string]bool{}
	}
	p.broken[kind][name] = true
}

func (p *documentParser) metrics(n *markup.Node, path string) {
	p.named(n, path, func(name string, v *markup.Node, at string) {
		m, err := expr.ParseNumWithRefs(v, at, p.parse)
		if err != nil {
			p.faults.Add(err)
			p.spoil(expr.RefMetric, name)
			return
		}
		p.doc.Metrics = append(p.doc.Metrics, MetricDoc{place(v, at), name, m.Num, m.Refs})
	})
}

func (p *documentParser) segments(n *markup.Node, path string) {
	p.named(n, path, func(name string, v *markup.Node, at string) {
		c, err := expr.ParseWithRefs(v, at, p.parse)
		if err != nil {
			p.faults.Add(err)
			p.spoil(expr.RefSegment, name)
			return
		}
		p.doc.Segments = append(p.doc.Segments, SegmentDoc{place(v, at), name, c.Node, c.Refs})
	})
}

func (p *documentParser) tables(n *markup.Node, path string) {
	p.named(n, path, func(name string, v *markup.Node, at string) {
		before := len(p.faults)
		t := TableDoc{Pos: place(v, at), Name: name, RightClosed: true}
		if p.fields(v, at, "bounds", "closed") {
			if c := v.Get("closed"); c != nil {
				if c.Kind != markup.Text || c.Text != "left" && c.Text != "right" {
					p.bad(c, join(at, "closed"), "rule.want_closed")
				}
				t.RightClosed = c.Text == "right"
			}
			if b := v.Get("bounds"); b == nil {
				p.bad(v, at, "rule.missing", "missing", "bounds")
			} else if p.list(b, join(at, "bounds"), MaxBounds) {
				t.Bounds = p.bounds(b, join(at, "bounds"))
			}
		}
		if len(p.faults) > before {
			p.spoil(expr.RefTable, name)
			return
		}
		p.doc.Tables = append(p.doc.Tables, t)
	})
}

// bounds reads ascending numbers.
func (p *documentParser) bounds(n *markup.Node, path string) []value.Dec {
	out := make([]value.Dec, 0, len(n.Items))
	for i, it := range n.Items {
		d, ok := value.ParseDec(it.Text)
		if it.Kind != markup.Number || !ok {
			p.bad(it, item(path, i), "rule.want_number")
			return nil
		}
		if i > 0 && d.Cmp(out[i-1]) <= 0 {
			p.bad(it, item(path, i), "rule.bounds_order", "before", out[i-1].String())
			return nil
		}
		out = append(out, d)
	}
	return out
}
