package engine

import (
	"sync"

	"github.com/earmarkhq/earmark/internal/customer"
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
