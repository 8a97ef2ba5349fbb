package expr

import (
	"github.com/earmarkhq/earmark/internal/tag"
	"github.com/earmarkhq/earmark/internal/value"
	"strconv"
	"strings"

	"github.com/earmarkhq/earmark/internal/event"
)

// tagID resolves a tag and notes that the condition reads it.
func (c *Compiler) tagID(name string, pos Pos) (tag.ID, bool) {
	if c.names != nil {
		if id, ok := c.names.Tag(name); ok {
			c.in.tags[id] = true
			return id, true
		}
	}
	c.unresolved("tag", name, pos)
	return 0, false
}

func (c *Compiler) tagIDs(n TagCond) []tag.ID {
	if n.Mode == "group" {
		var all []tag.ID
		for _, name := range n.Names {
			ids, ok := c.groupTags(name)
			if !ok {
				c.unresolved("group", name, n.Pos)
			}
			for _, id := range ids {
				c.in.tags[id] = true
			}
			all = append(all, ids...)
		}
		return all
	}
	var ids []tag.ID
	for _, name := range n.Names {
		if id, ok := c.tagID(name, n.Pos); ok {
			ids = append(ids, id)
		}
	}
	return ids
}

func (c *Compiler) groupTags(name string) ([]tag.ID, bool) {
	if c.names == nil {
		return nil, false
	}
	return c.names.Group(name)
}

// tagLeaf asks the tags held now.
type tagLeaf struct {
	ids   []tag.ID
	all   bool
	held  *Held
	setBy string
	made  *frame // window of the instant at which the assignment was made
	cal   *calendar
}

func (c *Compiler) tag(n TagCond) (Cond, explainFn) {
	l := &tagLeaf{ids: c.tagIDs(n), all: n.Mode == "all", held: n.Held, setBy: n.SetBy, cal: c.cal}
	if n.Tagged != nil {
		f := c.frame(*n.Tagged)
		l.made = &f
	}
	explain := l.explain(c, n)
	if l.held == nil && l.made == nil && l.setBy == "" {
		if len(l.ids) == 1 {
			id := l.ids[0]
			return func(s *State, _ int64) (bool, int64) { return hasTag(s.Tags, id), Never }, explain
		}
		return l.plain, explain
	}
	return func(s *State, at int64) (bool, int64) {
		return settle(at, settleSteps, func(at int64) (bool, int64) { return l.once(s, at) })
	}, explain
}

// hasTag searches few tags one by one: most customers hold a handful.
func hasTag(tags []HeldTag, id tag.ID) bool {
	if len(tags) > 16 {
		s := State{Tags: tags}
		_, ok := s.held(id)
		return ok
	}
	for i := range tags {
		if tags[i].Tag >= id {
			return tags[i].Tag == id
		}
	}
	return false
}

func (l *tagLeaf) plain(s *State, _ int64) (bool, int64) {
	for _, id := range l.ids {
		if hasTag(s.Tags, id) != l.all {
			return !l.all, Never
		}
	}
	return l.all && len(l.ids) > 0, Never
}

// once asks each tag with its conditions at one instant; next is the first edge of any.
func (l *tagLeaf) once(s *State, at int64) (bool, int64) {
	n, next := 0, Never
	for _, id := range l.ids {
		h, ok := s.held(id)
		if !ok || l.setBy != "" && h.SetBy != l.setBy {
			continue
		}
		holds, edge := l.asked(s, h, at)
		next = min(next, edge)
		if holds {
			n++
		}
	}
	if l.all {
		return n == len(l.ids) && n > 0, next
	}
	return n > 0, next
}

func (l *tagLeaf) asked(s *State, h HeldTag, at int64) (bool, int64) {
	holds, next := true, Never
	if l.held != nil {
		holds, next = l.cal.lasted(l.held, h.At, at)
	}
	if l.made != nil {
		w, until := l.made.fixed(s, at)
		in, edge := w.covers(h.At, at)
		holds, next = holds && in, min(next, edge, until)
	}
	return holds, next
}

// covers reports whether the window covers an event time at an instant, and the next instant at
// which that changes.
func (w *span) covers(t, at int64) (bool, int64) {
	enter, leave := w.enter(t), w.leave(t)
	switch {
	case enter >= leave || at >= leave:
		return false, Never
	case at < enter:
		return false, enter
	}
	return true, leave
}

// statedTag is the leaf of a tag kept by statements.
type statedTag struct {
	Pos
	tag tag.ID
}

// StatedRegister is the condition that the newest statement about a tag says it is present and
// has not run out.
func StatedRegister(c *Compiler, t tag.ID) Cond {
	outer := c.in
	c.in = newInputs()
	f := c.leaf(statedTag{tag: t})
	if outer != nil {
		outer.join(c.in)
	}
	c.in = outer
	return f
}

func (c *Compiler) stated(n statedTag) (Cond, explainFn) {
	test := PropTest{Path: []string{"tag"}, Ops: []Op{{Name: OpEq, Args: []value.Value{value.NewText(n.tag.String())}}}}
	st := c.stream(Selector{Types: []string{event.Statement}}, test, nil)
	st.need(need{newest: 1})
	stream, present, until := st.Number, st.slot([]string{"present"}, false), st.slot([]string{"until"}, false)
	once := func(s *State, at int64) (bool, int64) {
		es, i := current(s, stream, at)
		next := Never
		if i+1 < len(es) {
			next = es[i+1].T
		}
		if i < 0 || !isTrue(es[i].Vals[present]) {
			return false, next
		}
		end, ok := millis(es[i].Vals[until])
		switch {
		case !ok:
			return true, next
		case at < end:
			return true, min(next, end)
		}
		return false, next
	}
	return func(s *State, at int64) (bool, int64) {
		return settle(at, settleSteps, func(at int64) (bool, int64) { return once(s, at) })
	}, nil
}

func isTrue(v value.Value) bool {
	return v.Bool() || strings.EqualFold(v.Text(), "true")
}

// millis reads epoch milliseconds.
func millis(v value.Value) (int64, bool) {
	if n, ok := v.Int(); ok {
		return n, true
	}
	n, err := strconv.ParseInt(v.Text(), 10, 64)
	return n, err == nil
}
