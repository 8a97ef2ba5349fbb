package identity_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/identity"
	"github.com/earmarkhq/earmark/internal/ledger"
)

// memory is a ledger's identities and an engine's knowledge of customers, in memory.
type memory struct {
	mu       sync.Mutex
	rows     map[customer.Key]ledger.Identity
	recorded map[customer.ID][]customer.Key
	last     customer.ID
	lookups  int // calls of Lookup
	asked    int // customers asked about with Known
	// before runs before each link, outside the lock: the place to be faster than the caller.
	before func(k customer.Key)
}

func newMemory() *memory {
	return &memory{rows: map[customer.Key]ledger.Identity{}, recorded: map[customer.ID][]customer.Key{}}
}

func (m *memory) resolver() *identity.Resolver {
	return identity.New(identity.Options{Identities: m, Known: m, CacheEntries: 1 << 12})
}

func (m *memory) Lookup(_ context.Context, keys []customer.Key) ([]ledger.Identity, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lookups++
	out := make([]ledger.Identity, len(keys))
	for i, k := range keys {
		out[i] = m.rows[k]
	}
	return out, nil
}

func (m *memory) Link(_ context.Context, k customer.Key, from, to customer.ID) (customer.ID, bool, error) {
	if m.before != nil {
		m.before(k)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	row := m.rows[k]
	if row.Customer != from {
		return row.Customer, false, nil
	}
	if from != 0 {
		row.Former = append([]customer.ID{from}, row.Former...)
	}
	row.Customer = to
	m.rows[k] = row
	return to, true, nil
}

func (m *memory) NewCustomer(context.Context) (customer.ID, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.last++
	return m.last, nil
}

func (m *memory) SearchIdentities(context.Context, string, int, func(customer.Key, customer.ID) error) error {
	return nil
}

func (m *memory) Known(_ context.Context, ids []customer.ID) ([][]customer.Key, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make([][]customer.Key, len(ids))
	for i, id := range ids {
		m.asked++
		out[i] = slices.Clone(m.recorded[id])
	}
	return out, nil
}

// record is what the engine does with a resolution.
func (m *memory) record(res identity.Resolution) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, k := range res.Keys {
		if !slices.Contains(m.recorded[res.Customer], k) {
			m.recorded[res.Customer] = append(m.recorded[res.Customer], k)
		}
	}
	for _, l := range res.Lost {
		m.recorded[l.Customer] = slices.DeleteFunc(m.recorded[l.Customer], func(k customer.Key) bool { return slices.Contains(l.Keys, k) })
	}
}

// keys reads "user_id:u1 anonymous_id:a1"; u, x, p, a, c, d stand for the usual kinds.
func keys(s string) []customer.Key {
	short := map[string]customer.Kind{
		"u": customer.UserID, "x": customer.UnionID, "p": customer.PhoneHash,
		"a": customer.AnonymousID, "c": customer.Cookie, "d": customer.Device,
	}
	var out []customer.Key
	for _, f := range strings.Fields(s) {
		kind, val, ok := strings.Cut(f, ":")
		if !ok {
			panic(fmt.Sprintf("key %q", f))
		}
		if k, ok := short[kind]; ok {
			kind = string(k)
		}
		out = append(out, customer.Key{Kind: customer.Kind(kind), Value: val})
	}
	return out
}
