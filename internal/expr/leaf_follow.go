package expr

import (
	"slices"

	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/value"
)

// followLeaf counts follows: one per staff member, as the newest adding or loss says.
type followLeaf struct {
	stream                        int
	staff, kind, way, channel, by int // numbers of the projected values
	messages, sender              int // stream of the customer's messages, and its staff member
	want                          FollowCond
	added, replied                *frame
	wayOps, channelOps            opFn
	test                          *numTest
}

// relation is what is known of one staff member and the customer: the newest adding or loss and
// the newest adding, as numbers of entries, −1 for none.
type relation struct {
	staff       string
	last, added int
}

func (c *Compiler) follow(n FollowCond) (Cond, explainFn) {
	st := c.stream(Selector{Types: []string{event.FollowAdded, event.FollowLost}}, nil, nil)
	st.need(need{})
	at := func(key string) int { return st.slot([]string{key}, false) }
	l := &followLeaf{
		stream: st.Number, staff: at("staff"), kind: at("$type"), way: at("add_way"), channel: at("state"), by: at("by"),
		want: n,
	}
	if n.Added != nil {
		f := c.frame(*n.Added)
		l.added = &f
	}
	if n.Replied != nil {
		f := c.frame(*n.Replied)
		l.replied = &f
		m := c.stream(Selector{Types: []string{event.MessageReceived}}, nil, nil)
		c.need(m, l.replied, 0)
		l.messages, l.sender = m.Number, m.slot([]string{"staff"}, false)
	}
	if len(n.AddWay) > 0 {
		l.wayOps = c.ops(n.AddWay)
	}
	if len(n.State) > 0 {
		l.channelOps = c.ops(n.State)
	}
	count := n.Count
	if len(count) == 0 {
		count = []Op{{Name: OpGte, Args: []value.Value{value.NewInt(1)}}}
	}
	l.test = newNumTest(count, false)
	return func(s *State, at int64) (bool, int64) {
		return settle(at, s.budget(l.stream), func(at int64) (bool, int64) {
			n, next := l.count(s, at)
			return l.test.passes(value.FromInt(int64(n)), true), next
		})
	}, l.explain(c, n)
}

// count is the number of matching follows at an instant, and the next edge of any.
func (l *followLeaf) count(s *State, at int64) (int, int64) {
	es := s.all(l.stream)
	n, next := known(es, at), Never
	if n < len(es) {
		next = es[n].T
	}
	found := 0
	for _, r := range l.relations(es[:n]) {
		h, edge := l.matches(s, es, r, at)
		next = min(next, edge)
		if h {
			found++
		}
	}
	return found, next
}

func (l *followLeaf) relations(es []Entry) []relation {
	var list []relation
	index := map[string]int{}
	for i, e := range es {
		name, _ := value.TextOf(e.Vals[l.staff])
		if len(l.want.By) > 0 && !slices.Contains(l.want.By, name) {
			continue
		}
		k, ok := index[name]
		if !ok {
			k = len(list)
			index[name] = k
			list = append(list, relation{staff: name, added: -1})
		}
		list[k].last = i
		if e.Vals[l.kind].Text() == event.FollowAdded {
			list[k].added = i
		}
	}
	return list
}

func (l *followLeaf) matches(s *State, es []Entry, r relation, at int64) (bool, int64) {
	current := r.last == r.added
	if (l.want.Lost == "") != current {
		return false, Never
	}
	if side := l.want.Lost; side != "" && side != "any" && es[r.last].Vals[l.by].Text() != side {
		return false, Never
	}
	holds, next := true, Never
	and := func(h bool, n int64) { holds, next = holds && h, min(next, n) }
	var way, channel value.Value // absent where the adding is not known
	if r.added >= 0 {
		way, channel = es[r.added].Vals[l.way], es[r.added].Vals[l.channel]
	} else if l.added != nil || l.replied != nil {
		return false, Never
	}
	if l.wayOps != nil {
		and(l.wayOps(way, at))
	}
	if l.channelOps != nil {
		and(l.channelOps(channel, at))
	}
	if l.added != nil {
		w, until := l.added.fixed(s, at)
		and(w.covers(es[r.added].T, at))
		next = min(next, until)
	}
	if l.replied != nil {
		and(l.answered(s, r.staff, es[r.added].T, at))
	}
	return holds, next
}

// answered asks for a message to the staff member after the adding, inside the window.
func (l *followLeaf) answered(s *State, staff string, added, at int64) (bool, int64) {
	w, until := l.replied.fixed(s, at)
	lo, _ := w.bounds(at)
	es := s.after(l.messages, max(lo, added))
	list := s.scratch.spans[:0]
	for _, e := range es[first(es, max(lo, added+1)):] {
		if name, _ := value.TextOf(e.Vals[l.sender]); name == staff {
			list = append(list, stretch{from: max(e.T, w.enter(e.T)), until: w.leave(e.T)})
		}
	}
	s.scratch.spans = list
	h, n := union(list, at)
	return h, min(n, until)
}
