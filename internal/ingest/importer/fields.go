package importer

import (
	"strings"

	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/value"
)

// object makes the members that a set asks for. What the mapping names goes before what comes
// from "*".
func (b *builder) object(set *FieldSet) value.Value {
	spread := b.spread(set)
	if set.Spread != nil && !set.Rest && len(set.Fields) == 0 {
		return spread
	}
	most := len(set.Fields) + spread.Len()
	if set.Rest {
		most += len(b.rest)
	}
	if cap(b.fields)-len(b.fields) < most {
		b.fields = make([]value.Field, 0, max(1024, most))
	}
	from := len(b.fields)
	for i := range set.Fields {
		f := &set.Fields[i]
		if v, ok := b.field(f); ok {
			b.fields = append(b.fields, value.Field{Key: f.Name, Val: v})
		}
	}
	b.others(set, spread.Fields(), from)
	if set.Rest {
		b.others(set, b.rest, from)
	}
	members := b.fields[from:len(b.fields):len(b.fields)]
	return value.NewObject(members...)
}

// spread is the object that "*" names, null where the row has none.
func (b *builder) spread(set *FieldSet) value.Value {
	if set.Spread == nil {
		return value.Value{}
	}
	v := set.Spread.get(b.vals)
	switch v.Kind() {
	case value.Object:
		return v
	case value.Null:
	default:
		b.problem(set.Spread.Name(), shown(v), fault.Invalid("row.not_object"))
	}
	return value.Value{}
}

// others appends members that are not among those from from on.
func (b *builder) others(set *FieldSet, fields []value.Field, from int) {
	for i := range fields {
		if len(set.Fields) > 0 || set.Spread != nil {
			if has(b.fields[from:], fields[i].Key) {
				continue
			}
		}
		b.fields = append(b.fields, fields[i])
	}
}

func has(fields []value.Field, key string) bool {
	for i := range fields {
		if fields[i].Key == key {
			return true
		}
	}
	return false
}

// field makes one member; ok is false where there is no value.
func (b *builder) field(f *FieldRule) (v value.Value, ok bool) {
	if f.From == nil {
		return f.Default, true
	}
	sent := f.From.get(b.vals)
	if v = sent; v.Absent() {
		return b.absent(f)
	}
	if f.Map != nil {
		s, _ := value.TextOf(v)
		to, mapped := f.Map[s]
		switch {
		case mapped:
			v = to
		case f.Default.Kind() != value.Null:
			v = f.Default
		}
	}
	v, ok = f.Conv.Apply(v)
	switch {
	case !ok:
		b.problem(f.From.Name(), shown(sent), fault.Invalid("row.convert", "type", string(f.Conv.Form)))
		return v, false
	case v.Absent(): // the characters that were stripped were all there was
		return b.absent(f)
	}
	return v, true
}

func (b *builder) absent(f *FieldRule) (value.Value, bool) {
	if f.Default.Kind() != value.Null {
		return f.Default, true
	}
	if f.Required {
		b.problem(f.From.Name(), "", fault.Invalid("row.required", "name", f.Name))
	}
	return value.Value{}, false
}

// holds asks the condition of a row. What is missing fulfils nothing but exists: false.
func (c *Condition) holds(vals []value.Value) bool {
	v := c.From.get(vals)
	if c.Exists != nil && *c.Exists == v.Absent() {
		return false
	}
	if len(c.Equals) > 0 && !equalsAny(v, c.Equals) {
		return false
	}
	if len(c.Prefix) > 0 {
		s, ok := value.TextOf(v)
		if !ok || !startsWithAny(s, c.Prefix) {
			return false
		}
	}
	if len(c.Bounds) == 0 {
		return true
	}
	d, ok := value.AsDec(v)
	if !ok {
		return false
	}
	for _, b := range c.Bounds {
		if !b.holds(d) {
			return false
		}
	}
	return true
}

func equalsAny(v value.Value, list []value.Value) bool {
	for _, x := range list {
		if value.Equal(v, x) {
			return true
		}
	}
	return false
}

func startsWithAny(s string, list []string) bool {
	for _, p := range list {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

func (b Bound) holds(d value.Dec) bool {
	c := d.Cmp(b.By)
	switch b.Op {
	case "gt":
		return c > 0
	case "gte":
		return c >= 0
	case "lt":
		return c < 0
	}
	return c <= 0
}

// shown is a value as a report shows it.
func shown(v value.Value) string {
	s, ok := value.TextOf(v)
	if !ok {
		s = v.String()
	}
	return s
}
