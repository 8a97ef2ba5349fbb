package ingest

import (
	"slices"

	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/value"
)

// Alias says that an event that a source calls From is the canonical type To, and how its
// properties become canonical ones. Properties no entry names stay as they are.
type Alias struct {
	// Source is the one source it is for; "" is for all. The one of a source goes first.
	Source string          `json:"source,omitempty"`
	From   string          `json:"from"`
	To     string          `json:"to"`
	Props  []PropertyAlias `json:"properties,omitempty"`
}

// PropertyAlias makes the first of the properties From that is there into To. It does nothing
// where To is there already or the value can not be made into the form.
type PropertyAlias struct {
	From []string `json:"from"`
	To   string   `json:"to"`
	Form Form     `json:"form,omitempty"`
	// Items are applied to each object of a list; From and To then name the list.
	Items []PropertyAlias `json:"items,omitempty"`
}

// Aliases is a set of aliases, compiled; immutable. The zero Aliases has none.
type Aliases struct {
	bySource map[string]map[string]*compiledAlias
}

type compiledAlias struct {
	to    string
	props *propMap
}

// propMap has the entries that read a property, by its name.
type propMap struct {
	rules map[string][]propRule
	most  int // members that entries may add: one each
}

// propRule is one name in From of one entry.
type propRule struct {
	to     string
	before []string // names in From that go first
	conv   Conversion
	items  *propMap
}

// NewAliases compiles a set. Of two aliases for the same source and name the later counts, so
// that one's own can follow the defaults.
func NewAliases(sets ...[]Alias) *Aliases {
	out := &Aliases{bySource: map[string]map[string]*compiledAlias{}}
	for _, set := range sets {
		for _, a := range set {
			if out.bySource[a.Source] == nil {
				out.bySource[a.Source] = map[string]*compiledAlias{}
			}
			out.bySource[a.Source][a.From] = &compiledAlias{to: a.To, props: compileProps(a.Props)}
		}
	}
	return out
}

func compileProps(list []PropertyAlias) *propMap {
	if len(list) == 0 {
		return nil
	}
	m := &propMap{rules: map[string][]propRule{}, most: len(list)}
	for _, p := range list {
		for i, from := range p.From {
			m.rules[from] = append(m.rules[from], propRule{
				to: p.To, before: p.From[:i], conv: Conversion{Form: p.Form}, items: compileProps(p.Items),
			})
		}
	}
	return m
}

// Apply makes an event canonical if there is an alias for it: Type and Props change, RawType
// has the name as sent, Raw the properties that were replaced, as sent. The properties as sent
// are those of Props that no alias made, and Raw.
func (a *Aliases) Apply(ev *event.Event) {
	if a == nil || len(a.bySource) == 0 {
		return
	}
	c := a.bySource[ev.Source][ev.Type]
	if c == nil {
		if c = a.bySource[""][ev.Type]; c == nil {
			return
		}
	}
	if c.to != ev.Type {
		ev.RawType, ev.Type = ev.Type, c.to
	}
	if c.props != nil {
		var replaced []value.Field
		ev.Props, replaced = c.props.apply(ev.Props)
		if len(replaced) > 0 {
			ev.Raw = value.NewObject(replaced...)
		}
	}
}

// apply returns the object with its properties made canonical, and the members it replaced.
func (m *propMap) apply(props value.Value) (out value.Value, replaced []value.Field) {
	if props.Kind() != value.Object {
		return props, nil
	}
	fields := props.Fields()
	var kept []value.Field // nil while nothing was taken
	for i := range fields {
		f := &fields[i]
		took, same := false, false
		for j := range m.rules[f.Key] {
			r := &m.rules[f.Key][j]
			val, ok := r.take(f, fields)
			if !ok {
				continue
			}
			if kept == nil {
				kept = append(make([]value.Field, 0, len(fields)+m.most), fields[:i]...)
			}
			kept = append(kept, value.Field{Key: r.to, Val: val})
			took = true
			same = same || r.to == f.Key && value.Same(val, f.Val)
		}
		switch {
		case took && !same:
			replaced = append(replaced, *f)
		case !took && kept != nil:
			kept = append(kept, *f)
		}
	}
	if kept == nil {
		return props, nil
	}
	return value.NewObject(kept...), replaced
}

// take is the value of the entry, if this member is the one it takes.
func (r *propRule) take(f *value.Field, fields []value.Field) (value.Value, bool) {
	if f.Val.Absent() {
		return f.Val, false
	}
	for i := range fields {
		switch {
		case fields[i].Key == r.to && r.to != f.Key:
			return f.Val, false
		case len(r.before) > 0 && !fields[i].Val.Absent() && slices.Contains(r.before, fields[i].Key):
			if _, ok := r.convert(fields[i].Val); ok {
				return f.Val, false
			}
		}
	}
	return r.convert(f.Val)
}

func (r *propRule) convert(v value.Value) (value.Value, bool) {
	if r.items == nil {
		return r.conv.Apply(v)
	}
	if v.Kind() != value.List {
		return v, false
	}
	items := make([]value.Value, v.Len())
	for i := range items {
		items[i], _ = r.items.apply(v.Index(i))
	}
	return value.NewList(items...), true
}
