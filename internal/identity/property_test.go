package identity_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/identity"
)

// model is the rules over sets: who has which identities, and nothing else.
type model struct {
	has  []map[customer.Key]bool // by customer id - 1
	lost map[customer.Key][]customer.ID
}

func (m *model) owner(k customer.Key) customer.ID {
	for i, set := range m.has {
		if set[k] {
			return customer.ID(i + 1)
		}
	}
	return 0
}

// values of a strong kind that the customer has; with "" its strong identities.
func (m *model) values(id customer.ID, kind customer.Kind) int {
	n := 0
	for k := range m.has[id-1] {
		if k.Kind.Strong() && (kind == "" || k.Kind == kind) {
			n++
		}
	}
	return n
}

func (m *model) give(k customer.Key, to customer.ID) {
	if from := m.owner(k); from != 0 && from != to {
		delete(m.has[from-1], k)
		m.lost[k] = append([]customer.ID{from}, m.lost[k]...)
	}
	m.has[to-1][k] = true
}

func (m *model) fresh() customer.ID {
	m.has = append(m.has, map[customer.Key]bool{})
	return customer.ID(len(m.has))
}

func (m *model) resolve(call []customer.Key) customer.ID {
	call = slices.Clone(call)
	slices.SortStableFunc(call, func(a, b customer.Key) int { return a.Kind.Rank() - b.Kind.Rank() })
	id := m.pick(call)
	if id == 0 {
		id = m.fresh()
	}
	for _, k := range call {
		from := m.owner(k)
		switch {
		case k.Kind.Strong():
			if from == 0 && m.values(id, k.Kind) == 0 {
				m.give(k, id)
			}
		case call[0].Kind.Strong() || from == 0 || m.values(from, "") == 0:
			m.give(k, id)
		}
	}
	return id
}

func (m *model) pick(call []customer.Key) customer.ID {
	first := call[0]
	if !first.Kind.Strong() {
		var any customer.ID
		for _, k := range call {
			id := m.owner(k)
			if id != 0 && m.values(id, "") > 0 {
				return id
			}
			if any == 0 {
				any = id
			}
		}
		return any
	}
	if id := m.owner(first); id != 0 {
		return id
	}
	for _, k := range call {
		id := m.owner(k)
		if id == 0 {
			continue
		}
		if k.Kind.Strong() && m.values(id, first.Kind) == 0 || !k.Kind.Strong() && m.values(id, "") == 0 {
			return id
		}
	}
	return 0
}

func drawCall(t *rapid.T) []customer.Key {
	kinds := []string{"u", "x", "member", "a", "d"}
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) customer.Key {
		return keys(fmt.Sprintf("%s:%d", rapid.SampledFrom(kinds).Draw(t, "kind"), rapid.IntRange(1, 4).Draw(t, "value")))[0]
	}), 1, 4).Draw(t, "call")
}

func TestResolverAgreesWithTheModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mem := newMemory()
		r := mem.resolver()
		mod := &model{lost: map[customer.Key][]customer.ID{}}
		requests := rapid.IntRange(1, 12).Draw(t, "requests")
		for range requests {
			if rapid.Bool().Draw(t, "restart") {
				r = mem.resolver()
			}
			calls := rapid.SliceOfN(rapid.Custom(drawCall), 1, 4).Draw(t, "request")
			out := make([]identity.Resolution, len(calls))
			if err := r.ResolveAll(context.Background(), calls, out); err != nil {
				t.Fatal(err)
			}
			for i, call := range calls {
				mem.record(out[i])
				want := mod.resolve(call)
				if out[i].Customer != want {
					t.Fatalf("call %v: customer %d, want %d", call, out[i].Customer, want)
				}
				for _, k := range call {
					if belongs := mod.owner(k) == want; belongs != slices.Contains(out[i].Keys, k) {
						t.Fatalf("call %v: keys %v", call, out[i].Keys)
					} else if !belongs && k.Kind.Strong() != hasConflict(out[i].Conflicts, k) {
						t.Fatalf("call %v: %v is not among the conflicts %v", call, k, out[i].Conflicts)
					}
					if mod.owner(k) != want {
						continue
					}
					for _, f := range mod.lost[k] {
						if f != want && !slices.Contains(out[i].Former, f) {
							t.Fatalf("call %v: former %v lacks %d", call, out[i].Former, f)
						}
					}
				}
			}
		}
		for k, row := range mem.rows {
			if mod.owner(k) != row.Customer {
				t.Fatalf("%v is %d's, want %d", k, row.Customer, mod.owner(k))
			}
		}
	})
}

func hasConflict(list []identity.Conflict, k customer.Key) bool {
	return slices.ContainsFunc(list, func(c identity.Conflict) bool { return c.Key == k })
}

// Requests side by side: whatever the order, what must never happen does not.
func TestInvariantsHoldInEveryInterleaving(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mem := newMemory()
		r := mem.resolver()
		var wg sync.WaitGroup
		var mu sync.Mutex
		strong := map[customer.Key]customer.ID{}
		for range rapid.IntRange(2, 5).Draw(t, "workers") {
			calls := rapid.SliceOfN(rapid.Custom(drawCall), 1, 8).Draw(t, "calls")
			wg.Add(1)
			go func() {
				defer wg.Done()
				for _, call := range calls {
					res, err := r.Resolve(context.Background(), call)
					if err != nil {
						t.Errorf("%v: %v", call, err)
						return
					}
					mem.record(res)
					mu.Lock()
					for _, k := range res.Keys {
						if was, ok := strong[k]; ok && was != res.Customer {
							t.Errorf("%v moved from %d to %d", k, was, res.Customer)
						}
						if k.Kind.Strong() {
							strong[k] = res.Customer
						}
					}
					mu.Unlock()
				}
			}()
		}
		wg.Wait()
		values := map[string]customer.Key{}
		for k, row := range mem.rows {
			if !k.Kind.Strong() {
				continue
			}
			if len(row.Former) > 0 {
				t.Errorf("strong %v had other owners: %v", k, row.Former)
			}
			at := fmt.Sprint(row.Customer, " ", k.Kind)
			if other, dup := values[at]; dup {
				t.Errorf("customer %d has %v and %v", row.Customer, k, other)
			}
			values[at] = k
		}
		for k, row := range mem.rows { // afterwards everybody agrees
			res, err := r.Resolve(context.Background(), []customer.Key{k})
			if err != nil || res.Customer != row.Customer {
				t.Errorf("%v resolves to %d, the store says %d (%v)", k, res.Customer, row.Customer, err)
			}
		}
	})
}
