package engine

import (
	"fmt"
	"sync"

	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/rule"
	"github.com/earmarkhq/earmark/internal/value"
)

// Hold stops all shards between two turns until release is called: what is submitted meanwhile, and
// what the clock makes due, is taken in one turn.
func (e *Engine) Hold() (release func()) {
	var held, done sync.WaitGroup
	free := make(chan struct{})
	for _, sh := range e.shards {
		held.Add(1)
		done.Add(1)
		e.send(sh, task{
			call: func(*shard) error { held.Done(); <-free; return nil },
			done: func(Receipt, error) { done.Done() },
		})
	}
	held.Wait()
	return func() { close(free); done.Wait() }
}

// Inject has fn called with the customer of every evaluation; nil ends it. An fn that panics makes the
// evaluation fail.
func (e *Engine) Inject(fn func(customer.ID)) {
	release := e.Hold()
	e.inject = fn
	release()
}

// StateDamage are ways in which a stored state can be wrong while it is well-formed.
var StateDamage = map[string]func(s *state){
	"a tag is missing":              func(s *state) { s.held = s.held[1:] },
	"a tag is held since earlier":   func(s *state) { s.held[0].since--; s.held[0].at-- },
	"a tag has another cause":       func(s *state) { s.held[0].cause.Arrival++ },
	"a tag was set by another":      func(s *state) { s.held[0].by = "import" },
	"a rule is due later":           func(s *state) { s.nexts[soonest(s.nexts)]++ },
	"a rule is never due":           func(s *state) { s.nexts[soonest(s.nexts)] = expr.Never },
	"a rule is due earlier":         func(s *state) { s.nexts[soonest(s.nexts)]-- },
	"a statement ends later":        func(s *state) { s.statements[0].until++ },
	"statements are due later":      func(s *state) { s.statedNext++ },
	"an entry is missing":           func(s *state) { i := fullest(s); s.view.Streams[i] = s.view.Streams[i][1:] },
	"an entry is there twice":       func(s *state) { i := fullest(s); s.view.Streams[i] = append(s.view.Streams[i], s.view.Streams[i][0]) },
	"an entry is of another time":   func(s *state) { s.view.Streams[fullest(s)][0].T++ },
	"an entry has another value":    func(s *state) { s.view.Streams[fullest(s)][0].Vals[0] = value.NewInt(7) },
	"a stream is said to be cut":    func(s *state) { s.view.Partial[fullest(s)] = true },
	"an identity is missing":        func(s *state) { s.identities = s.identities[1:] },
	"an identity is another's":      func(s *state) { s.identities[0].Value += "x" },
	"it is of an anonymous one":     func(s *state) { s.strong = false },
	"an event is said to be absent": func(s *state) { s.arrivals-- },
	"a unit is said to be absent":   func(s *state) { s.units-- },
	"its first event was earlier":   func(s *state) { s.view.First-- },
	"a print is another":            func(s *state) { s.prints[0] ^= 1 },
	"it is said to have failed":     func(s *state) { s.failed = "so it says" },
}

func soonest(nexts []int64) (best int) {
	for i := range nexts {
		if nexts[i] < nexts[best] {
			best = i
		}
	}
	return best
}

func fullest(s *state) int {
	for i, es := range s.view.Streams {
		if len(es) > 0 && len(es[0].Vals) > 0 {
			return i
		}
	}
	panic("no stream has entries")
}

// DamageState applies one of StateDamage to an encoded state.
func DamageState(how string, p *rule.Program, id customer.ID, blob []byte) []byte {
	s := &state{view: p.Compiler.NewState()}
	if ok, err := s.decode(id, p, blob); !ok || err != nil {
		panic(fmt.Sprint("the state can not be read: ", err))
	}
	StateDamage[how](s)
	return s.encode(nil)
}
