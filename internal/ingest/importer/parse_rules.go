package importer

import (
	"slices"
	"strings"

	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/ingest"
	"github.com/earmarkhq/earmark/internal/markup"
	"github.com/earmarkhq/earmark/internal/value"
)

// event reads a type, {column, map, default} or {when, default}.
func (p *parser) event(root node) {
	n := root.child("event")
	if n.Node == nil {
		return
	}
	if !p.is(n, "event", markup.Text, markup.Map) {
		p.m.Event = &EventRule{}
		return
	}
	if n.Kind == markup.Text {
		p.m.Event = &EventRule{Type: p.eventType(n)}
		return
	}
	p.keys(n, "column", "map", "when", "default")
	e := &EventRule{Map: map[string]string{}}
	p.m.Event = e
	if def := n.child("default"); def.Node != nil {
		e.Default = p.eventType(def)
	}
	column, when := n.child("column"), n.child("when")
	switch {
	case column.Node != nil && when.Node != nil:
		p.add(when, fault.Invalid("mapping.together", "first", "column", "second", "when"))
	case column.Node == nil && when.Node == nil:
		p.add(n, fault.Invalid("mapping.one_of", "choices", "column, when"))
	}
	e.From = p.ref(column, "column")
	p.typeMap(n.child("map"), e)
	p.cases(when, e)
}

func (p *parser) typeMap(n node, e *EventRule) {
	if n.Node == nil || !p.is(n, "map", markup.Map) {
		return
	}
	if e.From == nil {
		p.add(n, fault.Invalid("mapping.needs", "key", "map", "what", "column"))
	}
	for _, pair := range n.Pairs {
		e.Map[pair.Key] = p.eventType(n.child(pair.Key))
	}
}

func (p *parser) cases(n node, e *EventRule) {
	if n.Node == nil || !p.is(n, "when", markup.List) {
		return
	}
	if len(n.Items) == 0 {
		p.add(n, fault.Invalid("mapping.empty", "key", "when"))
	}
	for _, it := range n.Items {
		c := node{it, n.path}
		if !p.is(c, "when", markup.Map) {
			continue
		}
		p.keys(c, "if", "type")
		for _, key := range []string{"if", "type"} {
			if !c.Has(key) {
				p.add(c, fault.Invalid("mapping.missing_key", "key", key))
			}
		}
		e.When = append(e.When, Case{If: p.conditions(c.child("if")), Type: p.eventType(c.child("type"))})
	}
}

// conditions reads one condition or a list of them.
func (p *parser) conditions(n node) []Condition {
	if n.Node == nil || !p.is(n, lastKey(n.path), markup.Map, markup.List) {
		return nil
	}
	if n.Kind == markup.Map {
		return []Condition{p.condition(n)}
	}
	if len(n.Items) == 0 {
		p.add(n, fault.Invalid("mapping.empty", "key", lastKey(n.path)))
	}
	var out []Condition
	for _, it := range n.Items {
		if c := (node{it, n.path}); p.is(c, lastKey(n.path), markup.Map) {
			out = append(out, p.condition(c))
		}
	}
	return out
}

var conditionOps = []string{"equals", "in", "starts_with", "exists", "gt", "gte", "lt", "lte"}

func (p *parser) condition(n node) Condition {
	p.keys(n, append([]string{"column"}, conditionOps...)...)
	c := Condition{From: p.ref(n.child("column"), "column")}
	if c.From != nil {
		c.From.asked = true
	}
	if !n.Has("column") {
		p.add(n, fault.Invalid("mapping.missing_key", "key", "column"))
	}
	if !slices.ContainsFunc(conditionOps, n.Has) {
		p.add(n, fault.Invalid("mapping.one_of", "choices", strings.Join(conditionOps, ", ")))
	}
	if eq := n.child("equals"); eq.Node != nil && p.is(eq, "equals", markup.Text, markup.Number, markup.Bool) {
		c.Equals = []value.Value{eq.Value()}
	}
	if in := n.child("in"); in.Node != nil && p.is(in, "in", markup.List) {
		for _, it := range in.Items {
			c.Equals = append(c.Equals, it.Value())
		}
		if len(in.Items) == 0 {
			p.add(in, fault.Invalid("mapping.empty", "key", "in"))
		}
	}
	c.Prefix = p.texts(n.child("starts_with"), "starts_with")
	if ex := n.child("exists"); ex.Node != nil {
		yes := p.flag(ex)
		c.Exists = &yes
	}
	for _, op := range conditionOps[4:] {
		if b := n.child(op); b.Node != nil {
			d, ok := value.AsDec(b.Value())
			if !ok {
				p.add(b, fault.Invalid("mapping.number", "value", b.Short()))
			}
			c.Bounds = append(c.Bounds, Bound{Op: op, By: d})
		}
	}
	return c
}

// time reads a column, now, or {column | columns | at, layout, zone, prefix, join}.
func (p *parser) time(root node) {
	n := root.child("time")
	t := &p.m.Time
	t.Form.Zone, t.Join = p.zone, " "
	if n.Node == nil {
		p.add(root, fault.Invalid("mapping.missing_key", "key", "time"))
		return
	}
	if !p.is(n, "time", markup.Text, markup.Map) {
		return
	}
	if n.Kind == markup.Text {
		if n.Text == "now" {
			t.Now = true
			return
		}
		t.From = p.refs(n, "time")
		return
	}
	p.keys(n, "column", "columns", "at", "layout", "zone", "prefix", "join")
	given := 0
	for _, key := range []string{"column", "columns", "at"} {
		if n.Has(key) {
			given++
		}
	}
	if given != 1 {
		p.add(n, fault.Invalid("mapping.one_of", "choices", "column, columns, at"))
	}
	if c := n.child("column"); c.Node != nil {
		if r := p.ref(c, "column"); r != nil {
			t.From = []*Ref{r}
		}
	}
	if c := n.child("columns"); c.Node != nil {
		t.From = p.refs(c, "columns")
	}
	t.Prefix = p.text(n.child("prefix"), "prefix")
	if j := n.child("join"); j.Node != nil && p.is(j, "join", markup.Text) {
		t.Join = j.Text
	}
	t.Form = p.timeForm(n)
	if at := n.child("at"); at.Node != nil {
		ms, _, ok := t.Form.Millis(at.Value())
		if !ok || ms <= 0 {
			p.add(at, fault.Invalid("mapping.time", "value", at.Short()))
		}
		t.At = ms
	}
}

func (p *parser) timeForm(n node) ingest.TimeForm {
	form := ingest.TimeForm{Layout: ingest.Auto, Zone: p.zone}
	if z := n.child("zone"); z.Node != nil {
		form.Zone = p.readZone(z)
	}
	l := n.child("layout")
	if l.Node == nil {
		return form
	}
	switch form.Layout = p.text(l, "layout"); form.Layout {
	case ingest.Auto, ingest.Unix, ingest.UnixMilli:
	default:
		form.Layout = goLayout(form.Layout)
		if !strings.Contains(form.Layout, "06") {
			p.add(l, fault.Invalid("mapping.layout", "value", l.Text).WithSuggestion(fault.Nearest(l.Text, []string{ingest.Auto, ingest.Unix, ingest.UnixMilli})))
		}
	}
	return form
}

// goLayout turns YYYY-MM-DD hh:mm:ss into the reference time of Go; a layout without YYYY is
// one already.
func goLayout(s string) string {
	if !strings.Contains(s, "YYYY") {
		return s
	}
	return strings.NewReplacer(
		"YYYY", "2006", "MM", "01", "M", "1", "DD", "02", "D", "2",
		"HH", "15", "hh", "15", "mm", "04", "ss", "05", "fff", "000",
	).Replace(s)
}

// fields reads all, or a map of names to columns or {column, type, …}; "*" stands for all that
// nothing else takes, or for the members of an object.
func (p *parser) fields(n node) *FieldSet {
	if n.Node == nil || !p.is(n, n.path, markup.Map, markup.Text) {
		return nil
	}
	set := &FieldSet{}
	if n.Kind == markup.Text {
		set.Rest = p.choice(n, "all", "all") == "all"
		return set
	}
	if len(n.Pairs) == 0 {
		p.add(n, fault.Invalid("mapping.empty", "key", n.path))
	}
	for _, pair := range n.Pairs {
		c := n.child(pair.Key)
		switch {
		case pair.Key == "*":
			p.star(c, set)
		case pair.Key == "":
			p.add(c, fault.Invalid("mapping.empty", "key", n.path))
		case c.Kind == markup.Map:
			set.Fields = append(set.Fields, p.field(c, pair.Key))
		default:
			set.Fields = append(set.Fields, FieldRule{Name: pair.Key, From: p.ref(c, pair.Key)})
		}
	}
	return set
}

func (p *parser) star(n node, set *FieldSet) {
	if n.Kind == markup.Text && n.Text == "all" || p.m.tabular() {
		set.Rest = p.choice(n, "all", "all") == "all"
		return
	}
	set.Spread = p.ref(n, "*")
}

var fieldKeys = []string{"column", "value", "type", "map", "default", "required", "strip", "round", "separator", "layout", "zone", "true", "false"}

func (p *parser) field(n node, name string) FieldRule {
	p.keys(n, fieldKeys...)
	f := FieldRule{Name: name}
	if n.Has("column") == n.Has("value") {
		p.add(n, fault.Invalid("mapping.one_of", "choices", "column, value"))
	}
	f.From = p.ref(n.child("column"), "column")
	if v := n.child("value"); v.Node != nil {
		f.Default = v.Value()
	}
	forms := make([]string, len(ingest.Forms))
	for i, form := range ingest.Forms {
		forms[i] = string(form)
	}
	f.Conv.Form = ingest.Form(p.choice(n.child("type"), "", forms...))
	if d := n.child("default"); d.Node != nil {
		f.Default = d.Value()
	}
	f.Required = p.flag(n.child("required"))
	f.Conv.Strip = p.text(n.child("strip"), "strip")
	p.fieldMap(n.child("map"), &f)
	p.formOptions(n, &f.Conv)
	return f
}

func (p *parser) fieldMap(n node, f *FieldRule) {
	if n.Node == nil || !p.is(n, "map", markup.Map) {
		return
	}
	f.Map = map[string]value.Value{}
	for _, pair := range n.Pairs {
		f.Map[pair.Key] = pair.Value.Value()
	}
}

// formOptions reads the keys that belong to one type only.
func (p *parser) formOptions(n node, c *ingest.Conversion) {
	only := func(key string, form ingest.Form) node {
		k := n.child(key)
		if k.Node != nil && c.Form != form {
			p.add(k, fault.Invalid("mapping.needs", "key", key, "what", "type: "+string(form)))
		}
		return k
	}
	c.Cut = p.text(only("separator", ingest.AsList), "separator")
	round := only("round", ingest.AsFen)
	if c.Form == ingest.AsFen {
		c.Round = ingest.Rounding(p.choice(round, string(ingest.Refuse), string(ingest.Refuse), string(ingest.HalfUp), string(ingest.HalfEven), "exact"))
		if c.Round == "exact" {
			c.Round = ingest.Exact
		}
	}
	only("layout", ingest.AsTime)
	only("zone", ingest.AsTime)
	if c.Form == ingest.AsTime {
		c.Time = p.timeForm(n)
	}
	yes, no := p.texts(only("true", ingest.AsBool), "true"), p.texts(only("false", ingest.AsBool), "false")
	if yes != nil || no != nil {
		c.BoolWords(yes, no)
	}
}

// table reads how the cells of CSV are written.
func (p *parser) table(n node) {
	if n.Node == nil || !p.is(n, "csv", markup.Map) {
		return
	}
	if p.m.Format == JSONLines {
		p.add(n, fault.Invalid("mapping.needs", "key", "csv", "what", "format: csv"))
	}
	p.keys(n, "separator", "quote", "encoding", "columns", "skip_lines", "missing", "trim")
	t := &p.m.Table
	t.Separator = p.character(n.child("separator"), "separator", map[string]byte{"tab": '\t', `\t`: '\t'})
	t.Quote = p.character(n.child("quote"), "quote", map[string]byte{"none": NoQuote})
	t.Encoding = Encoding(p.choice(n.child("encoding"), "", string(UTF8), string(GB18030), string(UTF16)))
	t.Columns = p.texts(n.child("columns"), "columns")
	t.Missing = p.missing(n.child("missing"))
	t.KeepBlanks = p.choice(n.child("trim"), "true", "true", "false") == "false"
	if s := n.child("skip_lines"); s.Node != nil {
		d, ok := value.AsDec(s.Value())
		lines, whole := d.Int()
		if !ok || !whole || lines < 0 || lines > 1000 {
			p.add(s, fault.Invalid("mapping.number", "value", s.Short()))
		}
		t.SkipLines = int(lines)
	}
}

// missing reads the texts that stand for no value. null without quotes is all its spellings.
func (p *parser) missing(n node) []string {
	if n.Node == nil || n.Kind == markup.Null {
		return nil
	}
	var out []string
	plain := *n.Node
	plain.Items = nil
	for _, it := range n.Items {
		if it.Kind == markup.Null {
			out = append(out, "null", "Null", "NULL", "~")
		} else {
			plain.Items = append(plain.Items, it)
		}
	}
	if n.Kind == markup.List && len(plain.Items) == 0 && len(out) > 0 {
		return out
	}
	return append(out, p.texts(node{&plain, n.path}, "missing")...)
}

func (p *parser) character(n node, key string, words map[string]byte) byte {
	s := p.text(n, key)
	if s == "" {
		return 0
	}
	if c, ok := words[s]; ok {
		return c
	}
	if len(s) != 1 || s[0] >= 0x80 || s[0] < ' ' && s[0] != '\t' {
		p.add(n, fault.Invalid("mapping.character", "key", key, "value", s))
		return 0
	}
	return s[0]
}
