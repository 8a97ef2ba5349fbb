package ingest

import (
	"slices"

	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/event"
)

// Batch is what one unit says, in order: Events[i] is about the customer with the identities
// Keys[i]. Type of an event is the name that the source uses. An entry whose event has no Type
// only links its identities; if Previous has it, it is an alias.
type Batch struct {
	Keys     [][]customer.Key
	Events   []event.Event
	Previous map[int]string // old id by entry, for aliases
}

// Add appends an entry.
func (b *Batch) Add(keys []customer.Key, ev event.Event) {
	b.Keys = append(b.Keys, keys)
	b.Events = append(b.Events, ev)
}

// AddAlias appends an alias: who is known by keys was known by previous.
func (b *Batch) AddAlias(keys []customer.Key, previous, source string) {
	if b.Previous == nil {
		b.Previous = map[int]string{}
	}
	b.Previous[len(b.Keys)] = previous
	b.Add(keys, event.Event{Source: source})
}

// Len is the number of entries.
func (b *Batch) Len() int { return len(b.Keys) }

// Grow makes room for n entries more.
func (b *Batch) Grow(n int) {
	b.Keys = slices.Grow(b.Keys, n)
	b.Events = slices.Grow(b.Events, n)
}
