package memory

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/ledger"
)

var _ = fault.Register(fault.Messages{
	"ledger.identity_key": {
		ZH: "身份 {kind} 不合法：类型和值须为 1 到 255 字节，类型不含零字节",
		EN: "identity of kind {kind} is not valid: kind and value have 1 to 255 bytes, the kind no zero byte",
	},
	"ledger.link_to_nobody": {ZH: "身份必须归属某位客户", EN: "an identity is linked to a customer"},
})

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
	kind := string(key.Kind)
	if n := len(key.Value); kind == "" || len(kind) > 255 || strings.Contains(kind, "\x00") || n == 0 || n > 255 {
		return 0, false, fault.Invalid("ledger.identity_key", "kind", kind)
	}
	if to == 0 {
		return 0, false, fault.Invalid("ledger.link_to_nobody")
	}
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
