package identity

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/ledger"
)

// Options of a Resolver.
type Options struct {
	Identities ledger.Identities
	Known      Known
	// CacheEntries is how many identities are remembered, 24 bytes each; 0 is 2,097,152 (48 MB,
	// taken as it fills).
	CacheEntries int
}

// Resolver resolves identity keys. Safe for concurrent use.
type Resolver struct {
	ids   ledger.Identities
	known Known
	cache *cache

	// mu is held while links change: decisions are made one after the other. Calls whose
	// identities are all known and agree do not take it.
	mu      sync.Mutex
	holders *holders

	stats counters
}

// Resolution is the answer to one call.
type Resolution struct {
	Customer customer.ID
	// Former are earlier owners of the call's identities, each once, never Customer: a repeated
	// delivery may have been taken there.
	Former []customer.ID
	// Keys are the identities of the call that belong to Customer. It may be the call's own slice.
	Keys []customer.Key
	// Lost are the identities that this call took from others.
	Lost      []Loss
	Conflicts []Conflict
}

// Loss is what one customer lost.
type Loss struct {
	Customer customer.ID
	Keys     []customer.Key
}

// Stats are counters since the start.
type Stats struct {
	Calls     int64 // resolved
	Decided   int64 // of those, the ones that were not simply known
	Created   int64 // customers made
	Linked    int64 // identities linked or moved
	Moved     int64 // of those, the ones taken from another customer
	Conflicts int64
}

type counters struct {
	calls, decided, created, linked, moved, conflicts atomic.Int64
}

// New makes a Resolver.
func New(o Options) *Resolver {
	if o.CacheEntries == 0 {
		o.CacheEntries = 1 << 21
	}
	return &Resolver{ids: o.Identities, known: o.Known, cache: newCache(o.CacheEntries), holders: newHolders(1 << 14)}
}

// Stats returns the counters.
func (r *Resolver) Stats() Stats {
	c := &r.stats
	return Stats{
		Calls: c.calls.Load(), Decided: c.decided.Load(), Created: c.created.Load(),
		Linked: c.linked.Load(), Moved: c.moved.Load(), Conflicts: c.conflicts.Load(),
	}
}

// Resolve is ResolveAll for one call.
func (r *Resolver) Resolve(ctx context.Context, keys []customer.Key) (Resolution, error) {
	var out [1]Resolution
	err := r.ResolveAll(ctx, [][]customer.Key{keys}, out[:])
	return out[0], err
}

// ResolveAll resolves the calls of one request in their order and makes what is missing:
// customers, links. out has the length of calls and is overwritten. Keys must have a kind and
// 1 to 255 bytes of value.
//
// Links made are durable no later than any event submitted after it returns. After an error
// nothing is certain but that repeating the request is safe. Errors: identity.missing for a
// call without keys; identity.contended (unavailable) when others keep changing the same
// identities; those of the store.
func (r *Resolver) ResolveAll(ctx context.Context, calls [][]customer.Key, out []Resolution) error {
	r.stats.calls.Add(int64(len(calls)))
	slow := -1
	for i, keys := range calls {
		if !r.simple(keys, &out[i]) {
			slow = i
			break
		}
	}
	if slow < 0 {
		return nil
	}
	found, err := r.prefetch(ctx, calls[slow:])
	if err != nil {
		return err
	}
	at := 0
	for i := slow; i < len(calls); i++ {
		of := found[at : at+len(calls[i])]
		at += len(calls[i])
		if r.simple(calls[i], &out[i]) {
			continue
		}
		if out[i], err = r.settle(ctx, calls[i], of); err != nil {
			return err
		}
	}
	return nil
}

// simple answers a call whose identities are all in the cache and one customer's.
func (r *Resolver) simple(keys []customer.Key, res *Resolution) bool {
	var owner customer.ID
	var former []customer.ID
	for i := range keys {
		id, before, ok := r.cache.get(r.cache.print(keys[i]))
		if !ok || i > 0 && id != owner {
			return false
		}
		owner = id
		former = join(former, before, id)
	}
	*res = Resolution{Customer: owner, Former: former, Keys: keys}
	return owner != 0
}

// prefetch asks the store in one go for the identities of the calls that the cache does not
// have, and the engine for the customers that deciding may need. The answer has an entry for
// every key of every call, one after the other: what the store said, with Customer 0 where
// nobody has the key or the cache knew who.
func (r *Resolver) prefetch(ctx context.Context, calls [][]customer.Key) ([]ledger.Identity, error) {
	keys := 0
	for i := range calls {
		keys += len(calls[i])
	}
	found := make([]ledger.Identity, 0, keys)
	ask := make([]customer.Key, 0, keys)
	places := make([]int32, 0, keys)
	for _, call := range calls {
		for _, k := range call {
			if _, _, ok := r.cache.get(r.cache.print(k)); !ok {
				ask = append(ask, k)
				places = append(places, int32(len(found)))
			}
			found = append(found, ledger.Identity{})
		}
	}
	got, err := r.lookup(ctx, ask)
	if err != nil {
		return nil, err
	}
	for i := range got {
		found[places[i]] = got[i]
	}
	return found, r.prelearn(ctx, calls, found)
}

// lookup asks the store and remembers what it knows.
func (r *Resolver) lookup(ctx context.Context, ask []customer.Key) ([]ledger.Identity, error) {
	if len(ask) == 0 {
		return nil, nil
	}
	got, err := r.ids.Lookup(ctx, ask)
	if err != nil {
		return nil, fmt.Errorf("look up identities: %w", err)
	}
	for i, k := range ask {
		if got[i].Customer != 0 {
			r.cache.put(r.cache.print(k), got[i].Customer, got[i].Former)
		}
	}
	return got, nil
}

// prelearn asks about the customers that deciding the calls will need, without the lock. It
// looks at the owners before any decision; what a decision needs beyond, it asks for itself.
func (r *Resolver) prelearn(ctx context.Context, calls [][]customer.Key, found []ledger.Identity) error {
	var ids []customer.ID
	var scratch Resolution
	for _, keys := range calls {
		of := found[:len(keys)]
		found = found[len(keys):]
		if len(keys) > 1 && !r.simple(keys, &scratch) {
			strong, weak := r.owners(keys, of)
			all := append(strong, weak...)
			ids = append(ids, asks(len(all), len(strong), func(i int) customer.ID { return all[i] })...)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	r.mu.Lock()
	ask := r.holders.incomplete(ids)
	r.mu.Unlock()
	return r.learn(ctx, ask)
}

// owners of the identities of one call, 0 where nobody.
func (r *Resolver) owners(keys []customer.Key, found []ledger.Identity) (strong, weak []customer.ID) {
	for i, k := range keys {
		id, _, ok := r.cache.get(r.cache.print(k))
		if !ok {
			id = found[i].Customer
		}
		if k.Kind.Strong() {
			strong = append(strong, id)
		} else {
			weak = append(weak, id)
		}
	}
	return strong, weak
}

// learn asks the engine about customers; the lock must not be held.
func (r *Resolver) learn(ctx context.Context, ask []customer.ID) error {
	if len(ask) == 0 {
		return nil
	}
	keys, err := r.known.Known(ctx, ask)
	if err != nil {
		return fmt.Errorf("ask for identities of customers: %w", err)
	}
	r.mu.Lock()
	r.holders.tell(ask, keys)
	r.mu.Unlock()
	return nil
}

// join appends the ids that are not in list yet and are not owner.
func join(list, more []customer.ID, owner customer.ID) []customer.ID {
next:
	for _, id := range more {
		if id == owner {
			continue
		}
		for _, have := range list {
			if have == id {
				continue next
			}
		}
		list = append(list[:len(list):len(list)], id)
	}
	return list
}

func missing() error { return fault.Invalid(codeMissing) }
