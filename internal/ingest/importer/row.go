package importer

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/ingest"
	"github.com/earmarkhq/earmark/internal/value"
)

var _ = fault.Register(fault.Messages{
	"row.json":         {ZH: "不是有效的 JSON：第 {offset} 字节处{reason}", EN: "the line is no valid JSON: {reason} at byte {offset}"},
	"row.not_object":   {ZH: "不是 JSON 对象", EN: "it is no JSON object"},
	"row.no_identity":  {ZH: "没有任何身份标识", EN: "the row has no identity"},
	"row.no_id":        {ZH: "没有消息 id", EN: "the row has no message id"},
	"row.no_time":      {ZH: "没有时间", EN: "the row has no time"},
	"row.time":         {ZH: "时间不符合格式 {layout}", EN: "it is no time of the form {layout}"},
	"row.no_type":      {ZH: "没有事件名", EN: "the row has no event type"},
	"row.type_unknown": {ZH: "映射里没有这个事件名", EN: "the mapping does not have this event type"},
	"row.no_case":      {ZH: "映射里的条件都不成立", EN: "no case of the mapping holds"},
	"row.required":     {ZH: "{name} 必须有值", EN: "{name} must have a value"},
	"row.convert":      {ZH: "无法转换为 {type}", EN: "it can not be made into {type}"},
})

// problem is one thing wrong with a row.
type problem struct {
	column string
	value  string
	err    error // a *fault.Error
}

// builder makes events of records. Not safe for concurrent use.
type builder struct {
	p     *plan
	table *table // nil for JSON lines

	vals     []value.Value // by slot
	rest     []value.Field // what nothing takes, if it is needed
	key      []byte
	problems []problem

	json   value.Reader
	keys   []customer.Key // free ones; batches keep what is cut off
	fields []value.Field  // likewise
}

func newBuilder(p *plan, t *table) *builder {
	return &builder{p: p, table: t, vals: make([]value.Value, len(p.names))}
}

// verdict is what became of a record.
type verdict uint8

const (
	taken   verdict = iota
	skipped         // by a condition of the mapping, or it says nothing
	refused         // see problems
)

// add appends what a record says to out. After a refusal nothing was appended.
func (b *builder) add(rec record, out *ingest.Batch) verdict {
	b.problems = b.problems[:0]
	if rec.err == nil {
		rec.err = b.load(rec.text)
	}
	if rec.err != nil {
		b.problem("", rec.text, rec.err)
		return refused
	}
	id := b.id(rec.text)
	for i := range b.p.m.Skip {
		if b.p.m.Skip[i].holds(b.vals) {
			return skipped
		}
	}
	before := out.Len()
	said := b.build(id, out)
	if len(b.problems) > 0 {
		out.Keys, out.Events = out.Keys[:before], out.Events[:before]
		return refused
	}
	if !said {
		return skipped
	}
	return taken
}

func (b *builder) problem(column, val string, err error) {
	b.problems = append(b.problems, problem{column, val, err})
}

// load finds the values that the mapping refers to.
func (b *builder) load(text string) error {
	clear(b.vals)
	b.rest = b.rest[:0]
	if b.p.decoded && strings.ContainsRune(text, utf8.RuneError) {
		return errUTF8
	}
	if b.table != nil {
		return b.loadCells(text)
	}
	return b.loadObject(text)
}

func (b *builder) loadCells(text string) error {
	if !utf8.ValidString(text) {
		return errUTF8
	}
	cells := b.table.cells
	if len(cells) != len(b.p.header) {
		return fault.Invalid("row.cells", "got", len(cells), "want", len(b.p.header))
	}
	for i, slot := range b.p.cols {
		if slot >= 0 && !b.missing(cells[i]) {
			b.vals[slot] = value.NewText(cells[i])
		}
	}
	if b.p.needRest {
		for _, i := range b.p.rest {
			if !b.missing(cells[i]) {
				b.rest = append(b.rest, value.Field{Key: b.p.header[i], Val: value.NewText(cells[i])})
			}
		}
	}
	return nil
}

func (b *builder) missing(cell string) bool {
	return cell == "" || len(b.p.m.Table.Missing) > 0 && slices.Contains(b.p.m.Table.Missing, cell)
}

// loadObject reads a JSON object. Unless all of it is wanted, what the mapping does not refer to
// is passed over without being built.
func (b *builder) loadObject(text string) error {
	if b.p.needRest {
		return b.loadWhole(text)
	}
	r := &b.json
	r.Reset(text, value.MaxDepth)
	if r.Peek() != value.Object {
		r.Skip()
		if err := r.End(); err != nil {
			return notJSON(err)
		}
		return errNotObject
	}
	i := 0
	for ok := r.Object(); ok; ok = r.More() {
		if slot := b.p.slotAt(i, r.Key()); slot >= 0 {
			b.vals[slot] = r.Value() // of a key given twice the last value counts
		} else {
			r.Skip()
		}
		i++
	}
	if err := r.End(); err != nil {
		return notJSON(err)
	}
	return nil
}

func (b *builder) loadWhole(text string) error {
	obj, err := value.ParseJSONText(text)
	if err != nil {
		return notJSON(err)
	}
	if obj.Kind() != value.Object {
		return errNotObject
	}
	for i, f := range obj.Fields() {
		slot := b.p.slotAt(i, f.Key)
		if slot >= 0 {
			b.vals[slot] = f.Val
		}
		if slot < 0 || !b.p.takes[slot] {
			b.rest = append(b.rest, f)
		}
	}
	return nil
}

func notJSON(err error) error {
	var s *value.SyntaxError
	if !errors.As(err, &s) {
		s = &value.SyntaxError{Reason: err.Error()}
	}
	return fault.Invalid("row.json", "offset", s.Offset, "reason", s.Reason)
}

// slotAt is the slot of the i-th key of an object, -1 where nothing refers to it.
func (p *plan) slotAt(i int, key string) int {
	if i < len(p.shape) && p.shape[i].key == key {
		return p.shape[i].slot
	}
	return p.learn(i, key)
}

// learn finds the slot of a key and expects it at that place of the next row.
func (p *plan) learn(i int, key string) int {
	slot, ok := p.slots[key]
	if !ok {
		slot = -1
	}
	switch {
	case i < len(p.shape):
		p.shape[i] = shapeKey{strings.Clone(key), slot}
	case i < 256:
		p.shape = append(p.shape[:i:i], shapeKey{strings.Clone(key), slot})
	}
	return slot
}

// id makes the message id, "" where the row has none. Every row that can be read counts, so
// that numbers of equal rows do not depend on what else the mapping says.
func (b *builder) id(text string) string {
	rule := &b.p.m.ID
	if rule.From != nil {
		s, _ := value.TextOf(rule.From.get(b.vals))
		if s == "" {
			b.problem(rule.From.Name(), "", fault.Invalid("row.no_id"))
			return ""
		}
		return rule.Prefix + s
	}
	b.key = b.key[:0]
	if len(rule.Natural) > 0 {
		for i, r := range rule.Natural {
			b.key = appendNatural(b.key, r.get(b.vals), i == 0)
		}
		if len(b.key) == len(rule.Natural)-1 {
			b.problem(rule.Natural[0].Name(), "", fault.Invalid("row.no_id"))
		}
		return idOf(b.key, b.p.seen.next(b.key))
	}
	if b.table == nil {
		b.key = append(b.key, strings.TrimSpace(text)...)
	} else {
		for _, c := range b.table.cells {
			b.key = append(append(b.key, c...), '\x1f')
		}
	}
	return idOf([]byte(hashID(b.key)), b.p.seen.next(b.key))
}

// build appends the entries of a row, the attribute update first. said is false when there is
// nothing to say.
func (b *builder) build(id string, out *ingest.Batch) (said bool) {
	m := b.p.m
	keys := b.identities()
	at := b.time()
	typ := b.eventType()
	ev := event.Event{Time: at, Source: m.Source, ID: id}
	if m.Attributes != nil {
		if attrs := b.object(m.Attributes); attrs.Len() > 0 {
			update := ev
			update.Type, update.Props = event.Identify, attrs
			if typ != "" && typ != NoEvent {
				update.ID = id + "~a"
			}
			b.check(keys, &update)
			out.Add(keys, update)
			said = true
		}
	}
	if typ == "" || typ == NoEvent {
		return said
	}
	ev.Type = typ
	if m.Properties != nil {
		ev.Props = b.object(m.Properties)
	}
	if m.Context != nil {
		if ctx := b.object(m.Context); ctx.Len() > 0 {
			ev.Context = ctx
		}
	}
	if ev.Props.Kind() == value.Null {
		ev.Props = value.NewObject()
	}
	b.check(keys, &ev)
	out.Add(keys, ev)
	return true
}

// check holds an event against the limits of ingest, unless something is wrong already.
func (b *builder) check(keys []customer.Key, ev *event.Event) {
	if len(b.problems) > 0 {
		return
	}
	if err := ingest.Check(ev, keys, b.p.now); err != nil {
		b.problem("", "", err)
	} else if err := ingest.CheckProps(ev.Props); err != nil {
		b.problem("", "", err)
	}
}

// identities makes the keys of a row, in the mapping's order.
func (b *builder) identities() []customer.Key {
	rules := b.p.m.Identities
	if cap(b.keys)-len(b.keys) < len(rules) {
		b.keys = make([]customer.Key, 0, max(512, len(rules)))
	}
	from := len(b.keys)
	for i := range rules {
		r := &rules[i]
		s, _ := value.TextOf(r.From.get(b.vals))
		if s == "" {
			continue
		}
		if r.Prefix != "" {
			s = r.Prefix + s
		}
		b.keys = append(b.keys, customer.Key{Kind: r.Kind, Value: s})
	}
	keys := b.keys[from:len(b.keys):len(b.keys)]
	if len(keys) == 0 {
		b.problem(rules[0].From.Name(), "", fault.Invalid("row.no_identity"))
	}
	return keys
}

// time finds when it happened, Unix milliseconds.
func (b *builder) time() int64 {
	t := &b.p.m.Time
	switch {
	case t.Now:
		return b.p.now
	case t.At != 0:
		return t.At
	}
	v := t.From[0].get(b.vals)
	if len(t.From) > 1 || t.Prefix != "" {
		parts := make([]string, 0, len(t.From))
		for _, r := range t.From {
			if s, _ := value.TextOf(r.get(b.vals)); s != "" {
				parts = append(parts, s)
			}
		}
		if v = (value.Value{}); len(parts) == len(t.From) {
			v = value.NewText(t.Prefix + strings.Join(parts, t.Join))
		}
	}
	if v.Absent() {
		b.problem(t.From[0].Name(), "", fault.Invalid("row.no_time"))
		return 0
	}
	ms, _, ok := t.Form.Millis(v)
	if !ok {
		b.problem(t.From[0].Name(), shown(v), fault.Invalid("row.time", "layout", t.Form.Layout))
	}
	return ms
}

// eventType finds the type, NoEvent for none, "" where something is wrong or the mapping has none.
func (b *builder) eventType() string {
	e := b.p.m.Event
	switch {
	case e == nil || e.Type != "":
		if e == nil {
			return ""
		}
		return e.Type
	case e.From != nil:
		return b.typeOf(e)
	}
	for i := range e.When {
		holds := true
		for j := range e.When[i].If {
			holds = holds && e.When[i].If[j].holds(b.vals)
		}
		if holds {
			return e.When[i].Type
		}
	}
	if e.Default == "" {
		b.problem(e.When[0].If[0].From.Name(), shown(e.When[0].If[0].From.get(b.vals)), fault.Invalid("row.no_case"))
	}
	return e.Default
}

func (b *builder) typeOf(e *EventRule) string {
	s, _ := value.TextOf(e.From.get(b.vals))
	if len(e.Map) > 0 {
		if typ, ok := e.Map[s]; ok {
			return typ
		}
	} else if s != "" {
		return s
	}
	switch {
	case e.Default != "":
	case s == "":
		b.problem(e.From.Name(), "", fault.Invalid("row.no_type"))
	default:
		b.problem(e.From.Name(), s, fault.Invalid("row.type_unknown"))
	}
	return e.Default
}
