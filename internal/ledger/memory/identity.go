package memory

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/ledger"
)

// identities is the owner of every identity key.
type identities struct {
	imu    sync.RWMutex
	owners map[customer.Key]ledger.Identity
	last   customer.ID
}

// Lookup implements ledger.Identities.
func (s *identities) Lookup(_ context.Context, keys []customer.Key) ([]ledger.Identity, error) {
	s.imu.RLock()
	defer s.imu.RUnlock()
	out := make([]ledger.Identity, len(keys))
	for i, k := range keys {
		out[i] = s.owners[k]
		out[i].Former = slices.Clone(out[i].Former)
	}
	return out, nil
}

// Link implements ledger.Identities.
func (s *identities) Link(_ context.Context, key customer.Key, from, to customer.ID) (customer.ID, bool, error) {
	s.imu.Lock()
	defer s.imu.Unlock()
	now := s.owners[key]
	if now.Customer != from {
		return now.Customer, false, nil
	}
	if from == to {
		return to, true, nil
	}
	next := ledger.Identity{Customer: to}
	if from != 0 {
		next.Former = append(next.Former, from)
	}
	for _, f := range now.Former {
		if f != to && f != from {
			next.Former = append(next.Former, f)
		}
	}
	s.owners[key] = next
	return to, true, nil
}

// NewCustomer implements ledger.Identities.
func (s *identities) NewCustomer(context.Context) (customer.ID, error) {
	s.imu.Lock()
	defer s.imu.Unlock()
	s.last++
	return s.last, nil
}

// SearchIdentities implements ledger.Identities.
func (s *identities) SearchIdentities(_ context.Context, prefix string, limit int, fn func(customer.Key, customer.ID) error) error {
	s.imu.RLock()
	var keys []customer.Key
	for k, o := range s.owners {
		if o.Customer != 0 && strings.HasPrefix(k.Value, prefix) {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b customer.Key) int { return cmp.Or(cmp.Compare(a.Value, b.Value), cmp.Compare(a.Kind, b.Kind)) })
	if len(keys) > limit {
		keys = keys[:limit]
	}
	owners := make([]customer.ID, len(keys))
	for i, k := range keys {
		owners[i] = s.owners[k].Customer
	}
	s.imu.RUnlock()
	for i, k := range keys {
		if err := fn(k, owners[i]); err != nil {
			return err
		}
	}
	return nil
}
