package reference

import (
	"slices"

	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/tag"
	"github.com/earmarkhq/earmark/internal/value"
)

// tag is what the customer holds under a tag's name at an instant.
func (w *World) tag(at int64, name string) (expr.HeldTag, bool) {
	id, ok := w.Names.Tag(name)
	if !ok || w.Held == nil {
		return expr.HeldTag{}, false
	}
	return w.Held(at, id)
}

func (w *World) tags(n expr.TagCond, at int64) bool {
	test := func(id tag.ID) bool {
		if w.Held == nil {
			return false
		}
		held, ok := w.Held(at, id)
		return ok && (n.SetBy == "" || held.SetBy == n.SetBy) &&
			w.held(n.Held, held.At, at) &&
			(n.Tagged == nil || w.window(*n.Tagged, at).has(held.At))
	}
	if n.Mode == "group" {
		ids, _ := w.Names.Group(n.Names[0])
		return slices.ContainsFunc(ids, test)
	}
	var ids []tag.ID
	for _, name := range n.Names {
		id, _ := w.Names.Tag(name)
		ids = append(ids, id)
	}
	if n.Mode == "all" {
		return !slices.ContainsFunc(ids, func(id tag.ID) bool { return !test(id) })
	}
	return slices.ContainsFunc(ids, test)
}

// held asks how long something that began at from has lasted.
func (w *World) held(h *expr.Held, from, at int64) bool {
	if h == nil {
		return true
	}
	if h.For != nil && at < w.shift(from, *h.For, 1) {
		return false
	}
	if h.LessThan != nil && at >= w.shift(from, *h.LessThan, 1) {
		return false
	}
	return true
}

// attributeHolds asks the current value and, with held, the run of equal values it ends.
func (w *World) attributeHolds(n expr.Attribute, at int64) bool {
	runs := w.attribute(n.Path, at)
	var now run
	if len(runs) > 0 {
		now = runs[len(runs)-1]
	}
	ok := !now.val.Absent()
	if len(n.Ops) > 0 {
		ok = w.ops(n.Ops, now.val, at)
	}
	if n.Held != nil {
		ok = ok && len(runs) > 0 && w.held(n.Held, now.from, at)
	}
	return ok
}

func (w *World) customers(keys []customer.Key) bool {
	for _, k := range keys {
		for _, id := range w.Identities {
			if id.Value == k.Value && (k.Kind == "" || id.Kind == k.Kind) {
				return true
			}
		}
	}
	return false
}

// follow is the relation of one staff member and the customer as their newest event left it.
type follow struct {
	staff string
	added *event.Event // newest; nil if only a loss is known
	lost  *event.Event // nil while it stands
}

func (w *World) follows(at int64) []follow {
	var out []follow
	find := func(ev event.Event) *follow {
		staff := canonical(ev.Props.Get("staff"))
		for i := range out {
			if out[i].staff == staff {
				return &out[i]
			}
		}
		out = append(out, follow{staff: staff})
		return &out[len(out)-1]
	}
	for _, ev := range w.known(at) {
		if ev.Props.Get("staff").Absent() {
			continue
		}
		switch ev.Type {
		case event.FollowAdded:
			f := find(ev)
			f.added, f.lost = &ev, nil
		case event.FollowLost:
			find(ev).lost = &ev
		}
	}
	return out
}

func (w *World) followHolds(n expr.FollowCond, at int64) bool {
	matching := 0
	for _, f := range w.follows(at) {
		if w.followMatches(n, f, at) {
			matching++
		}
	}
	if n.Count != nil {
		return passes(n.Count, whole(matching))
	}
	return matching > 0
}

func (w *World) followMatches(n expr.FollowCond, f follow, at int64) bool {
	if len(n.By) > 0 && !slices.ContainsFunc(n.By, func(s string) bool { return canonical(value.NewText(s)) == f.staff }) {
		return false
	}
	switch n.Lost {
	case "":
		if f.lost != nil {
			return false
		}
	case "any":
		if f.lost == nil {
			return false
		}
	default:
		if f.lost == nil || f.lost.Props.Get("by").Text() != n.Lost {
			return false
		}
	}
	var way, state value.Value
	if f.added != nil {
		way, state = f.added.Props.Get("add_way"), f.added.Props.Get("state")
	}
	if !w.ops(n.AddWay, way, at) || !w.ops(n.State, state, at) {
		return false
	}
	if n.Added != nil && (f.added == nil || !w.window(*n.Added, at).has(f.added.Time)) {
		return false
	}
	return n.Replied == nil || w.replied(n.Replied, f, at)
}

// replied says whether the customer wrote to the staff member after the follow was added.
func (w *World) replied(win *expr.Window, f follow, at int64) bool {
	if f.added == nil {
		return false
	}
	for _, ev := range w.known(at) {
		if ev.Type == event.MessageReceived && canonical(ev.Props.Get("staff")) == f.staff &&
			ev.Time > f.added.Time && w.window(*win, at).has(ev.Time) {
			return true
		}
	}
	return false
}
