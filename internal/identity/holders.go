package identity

import (
	"context"
	"slices"
	"strings"

	"github.com/earmarkhq/earmark/internal/customer"
)

// Known tells which identities customers have, as the engine has recorded them.
type Known interface {
	// Known returns the identities of each customer; none for one without a row. It is asked for
	// all customers of a request at once, so that the answers can be fetched side by side.
	Known(ctx context.Context, ids []customer.ID) ([][]customer.Key, error)
}

// holders remembers the strong identities that customers were given lately. What was linked
// reaches the engine only with the call's events; until then this is the only place that
// knows. Two generations of bounded size: far more customers than calls can be under way.
type holders struct {
	young, old map[customer.ID]*holding
	most       int // customers of one generation
}

// holding is what is known of one customer here. complete says that strong has everything,
// otherwise the engine may know more.
type holding struct {
	strong   []customer.Key
	complete bool
}

func newHolders(most int) *holders {
	return &holders{young: map[customer.ID]*holding{}, old: map[customer.ID]*holding{}, most: most}
}

func (h *holders) get(id customer.ID) *holding {
	if x := h.young[id]; x != nil {
		return x
	}
	return h.old[id]
}

// touch is the entry of a customer in the young generation, made if there is none.
func (h *holders) touch(id customer.ID) *holding {
	if x := h.young[id]; x != nil {
		return x
	}
	x := h.old[id]
	if x == nil {
		x = &holding{}
	}
	if len(h.young) >= h.most {
		h.old, h.young = h.young, make(map[customer.ID]*holding, h.most)
	}
	h.young[id] = x
	return x
}

// add notes a strong identity. Its text is copied: it may be a few bytes of a large request.
func (x *holding) add(k customer.Key) {
	if k.Kind.Strong() && !slices.Contains(x.strong, k) {
		x.strong = append(x.strong, customer.Key{Kind: customer.Kind(strings.Clone(string(k.Kind))), Value: strings.Clone(k.Value)})
	}
}

// of returns the strong identity of that kind, ok false for none.
func (x *holding) of(kind customer.Kind) (customer.Key, bool) {
	for _, k := range x.strong {
		if k.Kind == kind {
			return k, true
		}
	}
	return customer.Key{}, false
}

// incomplete are the customers that the engine must be asked about, each once. The lock is the
// caller's, so that asking can be done without it: ask, then tell.
func (h *holders) incomplete(ids []customer.ID) []customer.ID {
	var ask []customer.ID
	for _, id := range ids {
		if x := h.get(id); (x == nil || !x.complete) && !slices.Contains(ask, id) {
			ask = append(ask, id)
		}
	}
	return ask
}

// tell completes the entries of customers with what the engine has recorded.
func (h *holders) tell(ids []customer.ID, keys [][]customer.Key) {
	for i, id := range ids {
		x := h.touch(id)
		for _, k := range keys[i] {
			x.add(k)
		}
		x.complete = true
	}
}
