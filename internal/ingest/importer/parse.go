package importer

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/ingest"
	"github.com/earmarkhq/earmark/internal/markup"
)

var _ = fault.Register(fault.Messages{
	"mapping.kind":         {ZH: "{key} 应当是 {want}，写的是 {got}", EN: "{key} must be {want}, not {got}"},
	"mapping.unknown_key":  {ZH: "不认识的写法 {key}", EN: "unknown key {key}"},
	"mapping.missing_key":  {ZH: "缺少 {key}", EN: "{key} is missing"},
	"mapping.choice":       {ZH: "{key} 不能是 {value}，可用：{choices}", EN: "{key} can not be {value}; choose from {choices}"},
	"mapping.zone":         {ZH: "不认识的时区 {value}", EN: "unknown time zone {value}"},
	"mapping.layout":       {ZH: "时间格式 {value} 里没有年", EN: "the time layout {value} names no year"},
	"mapping.time":         {ZH: "{value} 不是时间", EN: "{value} is no time"},
	"mapping.one_of":       {ZH: "这里要写 {choices} 中的一个", EN: "give one of {choices} here"},
	"mapping.together":     {ZH: "{first} 和 {second} 不能同时写", EN: "{first} and {second} exclude each other"},
	"mapping.not_in_csv":   {ZH: "CSV 的列名是一段文字，不能写成路径", EN: "a column of CSV is one name, not a path"},
	"mapping.type_none":    {ZH: "类型 none 表示没有事件，需要写 attributes", EN: "the type none means no event and needs attributes"},
	"mapping.needs":        {ZH: "{key} 只用于 {what}", EN: "{key} is for {what} only"},
	"mapping.reserved":     {ZH: "以 $ 开头的事件名留给系统：{value}", EN: "event types that begin with $ are reserved: {value}"},
	"mapping.no_event":     {ZH: "既没有 event 也没有 attributes", EN: "there is neither event nor attributes"},
	"mapping.empty":        {ZH: "{key} 是空的", EN: "{key} is empty"},
	"mapping.character":    {ZH: "{key} 应当是一个 ASCII 字符，写的是 {value}", EN: "{key} must be one ASCII character, not {value}"},
	"mapping.number":       {ZH: "{value} 不是数字", EN: "{value} is no number"},
	"mapping.column":       {ZH: "文件里没有列 {column}", EN: "the file has no column {column}"},
	"mapping.column_twice": {ZH: "文件里有两列都叫 {column}", EN: "the file has two columns named {column}"},
})

// ParseMapping reads a mapping from YAML or JSON. zone is the tenant's, for times without one.
// The error is a fault.List of all faults, with places.
func ParseMapping(text []byte, zone *time.Location) (*Mapping, error) {
	root, err := markup.Read(text, markup.Auto)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	p := &parser{m: &Mapping{Hash: hex.EncodeToString(sum[:16])}, zone: zone}
	p.mapping(root)
	if err := p.faults.Err(); err != nil {
		return nil, err
	}
	return p.m, nil
}

// parser reads the tree of a mapping and collects what is wrong with it.
type parser struct {
	m      *Mapping
	zone   *time.Location
	faults fault.List
}

// node is a value of the document with the path that leads to it.
type node struct {
	*markup.Node
	path string
}

func (n node) child(key string) node {
	path := key
	if n.path != "" {
		path = n.path + "." + key
	}
	return node{n.Get(key), path}
}

func (p *parser) add(n node, e *fault.Error) { p.faults.Add(e.At(n.path, n.Line, n.Col)) }

// mapping reads the document. The order of the parts is that of the documentation.
func (p *parser) mapping(doc *markup.Node) {
	root := node{doc, ""}
	if !p.is(root, "mapping", markup.Map) {
		return
	}
	p.keys(root, "source", "format", "csv", "zone", "identities", "event", "time", "id", "natural_key", "properties", "context", "attributes", "skip")
	if zone := root.child("zone"); zone.Node != nil {
		p.zone = p.readZone(zone)
	}
	p.m.Source = p.required(root, "source")
	if len(p.m.Source) > 100 {
		p.add(root.child("source"), fault.Invalid("mapping.kind", "key", "source", "want", "≤ 100 bytes", "got", root.child("source").Short()))
	}
	p.m.Format = Format(p.choice(root.child("format"), "", string(CSV), string(TSV), string(JSONLines)))
	p.table(root.child("csv"))
	p.identities(root)
	p.event(root)
	p.time(root)
	p.id(root)
	p.m.Properties = p.fields(root.child("properties"))
	p.m.Context = p.fields(root.child("context"))
	p.m.Attributes = p.fields(root.child("attributes"))
	p.m.Skip = p.conditions(root.child("skip"))
	if p.m.Event == nil && p.m.Attributes == nil {
		p.add(root, fault.Invalid("mapping.no_event"))
	}
	if p.m.Event == nil && p.m.Properties != nil {
		p.add(root.child("properties"), fault.Invalid("mapping.needs", "key", "properties", "what", "event"))
	}
}

// is asks for a kind of value.
func (p *parser) is(n node, key string, kinds ...markup.Kind) bool {
	if n.Node == nil {
		return false
	}
	if slices.Contains(kinds, n.Kind) {
		return true
	}
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.String()
	}
	p.add(n, fault.Invalid("mapping.kind", "key", key, "want", strings.Join(names, " / "), "got", n.Short()))
	return false
}

// keys refuses every key of the map that is not listed.
func (p *parser) keys(n node, known ...string) {
	for _, pair := range n.Pairs {
		if !slices.Contains(known, pair.Key) {
			p.faults.Add(fault.Invalid("mapping.unknown_key", "key", pair.Key).
				At(n.path, pair.Line, pair.Col).WithSuggestion(fault.Nearest(pair.Key, known)))
		}
	}
}

// text reads an optional text; a number is taken as it is written.
func (p *parser) text(n node, key string) string {
	if n.Node == nil || !p.is(n, key, markup.Text, markup.Number) {
		return ""
	}
	if n.Text == "" {
		p.add(n, fault.Invalid("mapping.empty", "key", key))
	}
	return n.Text
}

func (p *parser) required(n node, key string) string {
	c := n.child(key)
	if c.Node == nil {
		p.add(n, fault.Invalid("mapping.missing_key", "key", key))
		return ""
	}
	return p.text(c, key)
}

// texts reads a text or a list of texts; booleans and numbers are taken as they are written.
func (p *parser) texts(n node, key string) []string {
	if n.Node == nil || !p.is(n, key, markup.Text, markup.Number, markup.Bool, markup.List) {
		return nil
	}
	if n.Kind != markup.List {
		return []string{n.Text}
	}
	out := make([]string, 0, len(n.Items))
	for _, it := range n.Items {
		if p.is(node{it, n.path}, key, markup.Text, markup.Number, markup.Bool) {
			out = append(out, it.Text)
		}
	}
	if len(n.Items) == 0 {
		p.add(n, fault.Invalid("mapping.empty", "key", key))
	}
	return out
}

// choice reads one of a few words; def where there is none.
func (p *parser) choice(n node, def string, of ...string) string {
	if n.Node == nil {
		return def
	}
	if !n.Scalar() || !slices.Contains(of, n.Text) {
		p.add(n, fault.Invalid("mapping.choice", "key", lastKey(n.path), "value", n.Short(), "choices", strings.Join(of, ", ")).
			WithSuggestion(fault.Nearest(n.Text, of)))
		return def
	}
	return n.Text
}

func (p *parser) flag(n node) bool { return p.choice(n, "false", "true", "false") == "true" }

func lastKey(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

func (p *parser) readZone(n node) *time.Location {
	name := p.text(n, "zone")
	if name == "" {
		return p.zone
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		p.add(n, fault.Invalid("mapping.zone", "value", name))
		return p.zone
	}
	return zone
}

// ref reads a column: a text, whose dots lead into objects in JSON lines, or a list of keys.
func (p *parser) ref(n node, key string) *Ref {
	if n.Node == nil || !p.is(n, key, markup.Text, markup.Number, markup.List) {
		return nil
	}
	r := &Ref{Text: n.Text, line: n.Line, col: n.Col, at: n.path}
	switch {
	case n.Kind == markup.List && p.m.tabular():
		p.add(n, fault.Invalid("mapping.not_in_csv"))
	case n.Kind == markup.List:
		r.Keys = p.texts(n, key)
	case n.Text == "":
		p.add(n, fault.Invalid("mapping.empty", "key", key))
	}
	p.m.refs = append(p.m.refs, r)
	return r
}

func (m *Mapping) tabular() bool { return m.Format == CSV || m.Format == TSV }

func (p *parser) refs(n node, key string) []*Ref {
	if n.Node == nil || !p.is(n, key, markup.Text, markup.Number, markup.List) {
		return nil
	}
	if n.Kind != markup.List {
		r := p.ref(n, key)
		return []*Ref{r}
	}
	if len(n.Items) == 0 {
		p.add(n, fault.Invalid("mapping.empty", "key", key))
	}
	var out []*Ref
	for _, it := range n.Items {
		if r := p.ref(node{it, n.path}, key); r != nil {
			out = append(out, r)
		}
	}
	return out
}

// identities reads kind: column, or kind: {column, prefix, kind}.
func (p *parser) identities(root node) {
	n := root.child("identities")
	if n.Node == nil {
		p.add(root, fault.Invalid("mapping.missing_key", "key", "identities"))
		return
	}
	if !p.is(n, "identities", markup.Map) {
		return
	}
	if len(n.Pairs) == 0 {
		p.add(n, fault.Invalid("mapping.empty", "key", "identities"))
	}
	for _, pair := range n.Pairs {
		c := n.child(pair.Key)
		rule := IdentityRule{Kind: customer.Kind(pair.Key)}
		if c.Kind == markup.Map {
			p.keys(c, "column", "prefix", "kind")
			rule.From = p.ref(c.child("column"), "column")
			if !c.Has("column") {
				p.add(c, fault.Invalid("mapping.missing_key", "key", "column"))
			}
			rule.Prefix = p.text(c.child("prefix"), "prefix")
			if kind := p.text(c.child("kind"), "kind"); kind != "" {
				rule.Kind = customer.Kind(kind)
			}
		} else {
			rule.From = p.ref(c, pair.Key)
		}
		p.m.Identities = append(p.m.Identities, rule)
	}
}

// id reads id: column, id: {column, prefix} or natural_key: [column, …].
func (p *parser) id(root node) {
	n, natural := root.child("id"), root.child("natural_key")
	if n.Node != nil && natural.Node != nil {
		p.add(natural, fault.Invalid("mapping.together", "first", "id", "second", "natural_key"))
	}
	if natural.Node != nil {
		p.m.ID.Natural = p.refs(natural, "natural_key")
		for _, r := range p.m.ID.Natural {
			r.asked = true
		}
	}
	if n.Node == nil {
		return
	}
	if n.Kind == markup.Map {
		p.keys(n, "column", "prefix")
		if !n.Has("column") {
			p.add(n, fault.Invalid("mapping.missing_key", "key", "column"))
		}
		p.m.ID.From = p.ref(n.child("column"), "column")
		p.m.ID.Prefix = p.text(n.child("prefix"), "prefix")
		return
	}
	p.m.ID.From = p.ref(n, "id")
}

func (p *parser) eventType(n node) string {
	if n.Node == nil {
		return ""
	}
	name := p.text(n, lastKey(n.path))
	if strings.HasPrefix(name, "$") {
		p.add(n, fault.Invalid("mapping.reserved", "value", name))
	}
	if len(name) > ingest.MaxNameBytes {
		p.add(n, fault.Invalid("mapping.kind", "key", "event", "want", "≤ 200 bytes", "got", n.Short()))
	}
	return name
}
