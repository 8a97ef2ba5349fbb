package catalogue

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/earmarkhq/earmark/internal/catalog"
	"github.com/earmarkhq/earmark/internal/event"
)

// Store takes what was gathered; catalog.Seen.
type Store interface {
	Observe(ctx context.Context, types []catalog.SeenType) error
}

// Catalogue gathers. Safe for concurrent use.
type Catalogue struct {
	store  Store
	next   atomic.Uint32
	shards []*gatherer

	flushing sync.Mutex
	pending  []catalog.SeenType // what could not be written the last time
}

// New makes a Catalogue that writes to store.
func New(store Store) *Catalogue {
	c := &Catalogue{store: store}
	for range runtime.GOMAXPROCS(0) {
		c.shards = append(c.shards, newGatherer())
	}
	return c
}

// Observe gathers events that arrived at now (Unix milliseconds). Events without a type are left
// out. Nothing of them is kept that shares their memory.
func (c *Catalogue) Observe(now int64, events []event.Event) {
	if len(events) == 0 {
		return
	}
	first := c.next.Add(1)
	g := c.shards[int(first)%len(c.shards)]
	for i := range c.shards { // the first that is free, else wait for one
		if s := c.shards[(int(first)+i)%len(c.shards)]; s.mu.TryLock() {
			s.observe(now, events)
			s.mu.Unlock()
			return
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.observe(now, events)
}

// Flush writes what was gathered since the last time. After an error it is kept for the next
// Flush.
func (c *Catalogue) Flush(ctx context.Context) error {
	c.flushing.Lock()
	defer c.flushing.Unlock()
	types := c.pending
	for _, g := range c.shards {
		g.mu.Lock()
		types = append(types, g.take()...)
		g.mu.Unlock()
	}
	c.pending = nil
	if len(types) == 0 {
		return nil
	}
	if err := c.store.Observe(ctx, types); err != nil {
		if len(types) <= catalog.MaxSeenTypes {
			c.pending = types
		}
		return fmt.Errorf("write seen events: %w", err)
	}
	return nil
}
