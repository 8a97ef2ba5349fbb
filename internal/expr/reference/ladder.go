package reference

import (
	"sort"

	"github.com/earmarkhq/earmark/internal/expr"
)

// Stair is the definition of a ladder: steps from the best to the least, and what it declares.
type Stair struct {
	Steps []expr.Node
	// Keep is how long a level that was reached is held; nil: not beyond its condition.
	Keep *expr.Duration
	// Demote lowers the level while its condition lasts: by one step at once, and by one more
	// after every Every.
	Demote *Demotion
}

// Demotion is the demote part of a Stair; without Every it lowers by one step in all.
type Demotion struct {
	When  expr.Node
	Every *expr.Duration
}

// Ladder is the step (0 the best) that the customer is shown on at an instant; −1 is below the
// last. The whole history is walked from the customer's first event, instant by instant.
func Ladder(l Stair, w *World, at int64) int {
	level, lowered := walk(l, w, at)
	if level += lowered; level >= len(l.Steps) {
		return -1
	}
	return level
}

// walk is the level that was reached or kept (len(Steps): none) and by how many steps the
// demotion lowers it, at an instant.
func walk(l Stair, w *World, at int64) (level, lowered int) {
	none := len(l.Steps)
	level = none
	var until int64         // while a level is kept: to this instant
	var demoted bool        // the demotion's condition is true,
	var since int64         // without break since this instant
	step := func(t int64) { // what happens at t
		now := raw(l.Steps, w, t)
		if now < level || now > level && t >= until {
			level, until = now, t
			if l.Keep != nil && now < none {
				until = w.shift(t, *l.Keep, 1)
			}
		}
		if l.Demote != nil {
			was := demoted
			if demoted = Eval(l.Demote.When, w, t); demoted && !was {
				since = t
			}
		}
	}
	if len(w.events) == 0 || w.events[0].Time > at {
		return raw(l.Steps, w, at), 0
	}
	for _, t := range instants(l, w, at) {
		for level < none && until < t && raw(l.Steps, w, until) > level {
			step(until)
		}
		step(t)
	}
	for level < none && until <= at && raw(l.Steps, w, until) > level {
		step(until)
	}
	if demoted {
		lowered = 1
		if every := l.Demote.Every; every != nil {
			for w.shift(since, *every, lowered) <= at {
				lowered++
			}
		}
	}
	return level, lowered
}

// raw is the first step whose condition holds, len(steps) for none.
func raw(steps []expr.Node, w *World, at int64) int {
	for i, s := range steps {
		if Eval(s, w, at) {
			return i
		}
	}
	return len(steps)
}

// instants are all instants from the customer's first event to at at which an answer of the
// ladder's conditions may change.
func instants(l Stair, w *World, at int64) []int64 {
	if len(w.events) == 0 || w.events[0].Time > at {
		return []int64{at}
	}
	first := w.events[0].Time
	nodes := append([]expr.Node{}, l.Steps...)
	if l.Demote != nil {
		nodes = append(nodes, l.Demote.When)
	}
	out := append(Edges(nodes, w, first-1, at), first)
	sort.Slice(out, func(i, j int) bool { return out[i] < out[j] })
	return out
}
