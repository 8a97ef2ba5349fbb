package identity

import (
	"context"
	"fmt"
	"slices"

	"github.com/earmarkhq/earmark/internal/customer"
)

// Alias resolves a call that says that the customer of keys, one of them strong, was known by
// previous until now.
//
// A weak previous goes to the customer of keys; where those are new and previous an anonymous
// customer's, that customer becomes known by them. All else takes a merge: previous is strong
// and not the customer's, or it was an anonymous customer's whose history stays behind. Then
// the call stands for the customer of keys and the conflict is MergeNeeded.
func (r *Resolver) Alias(ctx context.Context, previous customer.Key, keys ...customer.Key) (Resolution, error) {
	res, err := r.Resolve(ctx, append(keys[:len(keys):len(keys)], previous))
	if err != nil {
		return res, err
	}
	for i := range res.Conflicts {
		res.Conflicts[i].Code = MergeNeeded
	}
	var from customer.ID
	for _, l := range res.Lost {
		if slices.Contains(l.Keys, previous) {
			from = l.Customer
		}
	}
	if from == 0 {
		return res, nil
	}
	if err := r.learn(ctx, []customer.ID{from}); err != nil {
		return res, err
	}
	r.mu.Lock()
	h := r.holders.get(from)
	anonymous := h == nil || len(h.strong) == 0
	r.mu.Unlock()
	if anonymous {
		r.stats.conflicts.Add(1)
		res.Conflicts = append(res.Conflicts, Conflict{Code: MergeNeeded, Key: previous, Customer: res.Customer, Other: from})
	}
	return res, nil
}

// Previous is the identity that the old id of an alias call means. Senders put anonymous ids
// and user ids there: it is the anonymous id if somebody has it, else the user id if somebody
// has that, else the anonymous id.
func (r *Resolver) Previous(ctx context.Context, value string) (customer.Key, error) {
	keys := []customer.Key{{Kind: customer.AnonymousID, Value: value}, {Kind: customer.UserID, Value: value}}
	for _, k := range keys {
		if _, _, ok := r.cache.get(r.cache.print(k)); ok {
			return k, nil
		}
		got, err := r.lookup(ctx, []customer.Key{k})
		if err != nil {
			return k, fmt.Errorf("previous id: %w", err)
		}
		if got[0].Customer != 0 {
			return k, nil
		}
	}
	return keys[0], nil
}
