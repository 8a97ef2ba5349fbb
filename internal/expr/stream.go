package expr

import (
	"math"
	"slices"
	"time"

	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/value"
)

// streamState is how a stream selects, what it projects and how much of it is needed.
type streamState struct {
	attr   string   // a stream of $identify: the top-level key that an event must have
	where  propFn   // nil: every event
	list   []string // path of the list whose elements are the entries; nil: the events are
	elem   propFn   // asked of each element
	fields []field

	needs []need
}

// field is a projected value: of the element where elem is set, else of the event.
type field struct {
	path []string
	elem bool
}

// subject is what a property condition looks at: an event, an element of a list in it, or the
// projected values of an entry.
type subject struct {
	root value.Value
	ev   *event.Event
	vals []value.Value
}

// Matches reports whether the stream selects events of a type.
func (s *Stream) Matches(typ string) bool { return s.Sel.Matches(typ) }

// Append adds the entries that an event makes in this stream: none, one or (with each) more.
// They are in order among themselves; see Insert for their place in a list. The values share
// memory with the event.
func (s *Stream) Append(dst []Entry, ev *event.Event) []Entry {
	if !s.Sel.Matches(ev.Type) || s.attr != "" && !hasKey(ev.Props, s.attr) {
		return dst
	}
	x := subject{root: ev.Props, ev: ev}
	if s.where != nil {
		if ok, _ := s.where(x, ev.Time); !ok {
			return dst
		}
	}
	if s.list == nil {
		return append(dst, Entry{T: ev.Time, Seq: ev.Arrival, Vals: s.project(x, x)})
	}
	list := ev.Props.At(s.list)
	if list.Kind() != value.List {
		return dst
	}
	for _, f := range list.Fields() {
		el := subject{root: f.Val}
		if s.elem != nil {
			if ok, _ := s.elem(el, ev.Time); !ok {
				continue
			}
		}
		dst = append(dst, Entry{T: ev.Time, Seq: ev.Arrival, Vals: s.project(x, el)})
	}
	return dst
}

func (s *Stream) project(ev, el subject) []value.Value {
	if len(s.fields) == 0 {
		return nil
	}
	vals := make([]value.Value, len(s.fields))
	for i, f := range s.fields {
		if f.elem {
			vals[i] = el.root.At(f.path)
		} else {
			vals[i] = eventValue(ev, f.path)
		}
	}
	return vals
}

// eventValue is the value at a path of an event, pseudo paths among them.
func eventValue(x subject, path []string) value.Value {
	if len(path) > 0 && x.ev != nil {
		switch path[0] {
		case "$type":
			return value.NewText(x.ev.Type)
		case "$source":
			return value.NewText(x.ev.Source)
		case "$time":
			return timeValue(x.ev.Time)
		case "context":
			return x.ev.Context.At(path[1:])
		}
	}
	return x.root.At(path)
}

// timeValue is an instant as a value that reads back as that instant: epochs near 1970 would
// be taken for seconds.
func timeValue(t int64) value.Value {
	if math.Abs(float64(t)) >= 1e11 {
		return value.NewInt(t)
	}
	return value.NewText(time.UnixMilli(t).UTC().Format("2006-01-02T15:04:05.000Z07:00"))
}

func hasKey(props value.Value, key string) bool {
	for _, f := range props.Fields() {
		if f.Key == key {
			return true
		}
	}
	return false
}

// Fields returns the projected paths, for encodings and tests.
func (s *Stream) Fields() [][]string {
	out := make([][]string, len(s.fields))
	for i, f := range s.fields {
		out[i] = f.path
	}
	return out
}

// slot is the number of a projected value, added where it is new.
func (s *Stream) slot(path []string, elem bool) int {
	for i, f := range s.fields {
		if f.elem == elem && slices.Equal(f.path, path) {
			return i
		}
	}
	s.fields = append(s.fields, field{path: path, elem: elem})
	return len(s.fields) - 1
}
