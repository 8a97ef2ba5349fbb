package expr

import (
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/value"
)

// frame compiles a window.
func (c *Compiler) frame(w Window) frame {
	f := frame{span: newSpan(w, c.cal)}
	if w.Kind != Since {
		return f
	}
	switch ref := w.SinceRef; {
	case len(ref.Attribute) > 0:
		f.since = c.sinceAttribute(ref.Attribute)
	case ref.FirstFollow:
		f.since = c.sinceFollow()
	default:
		f.since = c.sinceTag(ref.Tag, w.Pos)
	}
	return f
}

// sinceAttribute starts at the date that an attribute holds.
func (c *Compiler) sinceAttribute(path []string) since {
	stream, slot := c.currentOf(path)
	zone := c.zone
	return func(s *State, at int64) (int64, bool, int64) {
		es, i := current(s, stream, at)
		next := Never
		if i+1 < len(es) {
			next = es[i+1].T
		}
		if i < 0 {
			return 0, false, next
		}
		start, _, ok := value.ParseTime(es[i].Vals[slot], zone)
		return start, ok, next
	}
}

// sinceFollow starts when a staff member first added the customer.
func (c *Compiler) sinceFollow() since {
	st := c.stream(Selector{Types: []string{event.FollowAdded}}, nil, nil)
	st.need(need{})
	stream := st.Number
	return func(s *State, at int64) (int64, bool, int64) {
		es := s.all(stream)
		switch {
		case len(es) == 0:
			return 0, false, Never
		case es[0].T > at:
			return 0, false, es[0].T
		}
		return es[0].T, true, Never
	}
}

// sinceTag starts when the condition of a tag that is held came to hold.
func (c *Compiler) sinceTag(name string, pos Pos) since {
	id, ok := c.tagID(name, pos)
	if !ok {
		return func(*State, int64) (int64, bool, int64) { return 0, false, Never }
	}
	return func(s *State, _ int64) (int64, bool, int64) {
		h, ok := s.held(id)
		return h.Since, ok, Never
	}
}
