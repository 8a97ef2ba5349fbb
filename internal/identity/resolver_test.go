package identity_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/identity"
	"github.com/earmarkhq/earmark/internal/ledger"
)

// say is what a resolution amounts to: customer, keys, former, lost, conflicts.
func say(res identity.Resolution) string {
	s := fmt.Sprintf("%d", res.Customer)
	for _, k := range res.Keys {
		s += " " + k.Value
	}
	for _, f := range res.Former {
		s += fmt.Sprintf(" former=%d", f)
	}
	for _, l := range res.Lost {
		for _, k := range l.Keys {
			s += fmt.Sprintf(" lost=%d:%s", l.Customer, k.Value)
		}
	}
	for _, c := range res.Conflicts {
		s += fmt.Sprintf(" %s=%s", c.Code[len("identity."):], c.Key.Value)
		if c.Other != 0 {
			s += fmt.Sprintf("@%d", c.Other)
		}
		if c.Has.Value != "" {
			s += "/" + c.Has.Value
		}
	}
	return s
}

func TestRules(t *testing.T) {
	cases := map[string][][2]string{ // calls one after the other, with what each comes to
		"an identity keeps its customer": {
			{"u:1", "1 1"}, {"u:2", "2 2"}, {"u:1", "1 1"},
		},
		"identities of one call belong together": {
			{"u:1 x:1 a:1", "1 1 1 1"}, {"x:1", "1 1"}, {"a:1", "1 1"},
		},
		"the strongest identity decides": {
			{"u:1", "1 1"}, {"x:2", "2 2"}, {"x:2 u:1", "1 1 merge_needed=2@2"}, {"x:2", "2 2"},
		},
		"a new identity goes to the customer that the next one names": {
			{"x:1", "1 1"}, {"u:9 x:1", "1 9 1"}, {"u:9", "1 9"},
		},
		"a new identity does not go to a customer with another value of its kind": {
			{"u:1 x:1", "1 1 1"}, {"u:2 x:1", "2 2 contradiction=1@1/1"}, {"u:2", "2 2"}, {"x:1", "1 1"},
		},
		"a weaker new identity of a kind the customer has another value of is not linked": {
			{"u:1 x:1", "1 1 1"}, {"u:1 x:2", "1 1 contradiction=2/1"}, {"x:2", "2 2"},
		},
		"customers with different values of one strong kind are not merged": {
			{"u:1 x:1", "1 1 1"}, {"u:2 p:2", "2 2 2"}, {"u:1 p:2", "1 1 contradiction=2@2/2"},
		},
		"two values of one kind in one call: the first counts": {
			{"u:1 u:2", "1 1 contradiction=2/1"}, {"u:2", "2 2"},
		},
		"sign-up: an anonymous customer becomes known": {
			{"a:1", "1 1"}, {"u:1 a:1", "1 1 1"}, {"u:1", "1 1"},
		},
		"sign-up at two browsers: the first anonymous customer becomes known, the other loses its identity": {
			{"a:1", "1 1"}, {"d:1", "2 1"}, {"d:1 a:1 u:1", "1 1 1 1 former=2 lost=2:1"},
		},
		"a weak identity follows the strong one it is seen with": {
			{"u:1", "1 1"}, {"a:1", "2 1"}, {"u:1 a:1", "1 1 1 former=2 lost=2:1"}, {"a:1", "1 1 former=2"},
		},
		"a shared device goes to who used it last, and merges nobody": {
			{"u:1 d:1", "1 1 1"}, {"u:2 d:1", "2 2 1 former=1 lost=1:1"}, {"d:1", "2 1 former=1"},
			{"u:1 d:1", "1 1 1 former=2 lost=2:1"},
		},
		"a new strong identity does not take over a known customer through its device": {
			{"u:1 a:1", "1 1 1"}, {"u:2 a:1", "2 2 1 former=1 lost=1:1"}, {"u:1", "1 1"},
		},
		"between weak identities the stronger kind decides": {
			{"d:1", "1 1"}, {"a:1", "2 1"}, {"d:1 a:1", "2 1 1 former=1 lost=1:1"},
		},
		"between weak identities a known customer's decides": {
			{"a:1", "1 1"}, {"u:1 d:1", "2 1 1"}, {"a:1 d:1", "2 1 1 former=1 lost=1:1"},
		},
		"a known customer does not lose a weak identity to another weak one": {
			{"u:1 a:1", "1 1 1"}, {"u:2 d:1", "2 2 1"}, {"a:1 d:1", "1 1"}, {"d:1", "2 1"},
		},
		"own kinds are strong and come after the named ones": {
			{"member:7", "1 7"}, {"p:1 member:7", "1 1 7"}, {"p:2 member:7", "2 2 contradiction=7@1/1"},
		},
		"a key given twice counts once": {
			{"u:1 u:1", "1 1"}, {"a:3 a:3 u:1", "1 1 3"},
		},
	}
	for name, calls := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMemory()
			r := m.resolver()
			for i, c := range calls {
				res, err := r.Resolve(context.Background(), keys(c[0]))
				if err != nil {
					t.Fatal(err)
				}
				m.record(res)
				if got := say(res); got != c[1] {
					t.Errorf("call %d, %s: %s, want %s", i+1, c[0], got, c[1])
				}
			}
			whole := m.rows
			// As one request nothing differs, nor with a resolver that remembers nothing.
			m = newMemory()
			r = m.resolver()
			batch := make([][]customer.Key, len(calls))
			for i, c := range calls {
				batch[i] = keys(c[0])
			}
			out := make([]identity.Resolution, len(calls))
			if err := r.ResolveAll(context.Background(), batch, out); err != nil {
				t.Fatal(err)
			}
			for i, c := range calls {
				if got := say(out[i]); got != c[1] {
					t.Errorf("in one request, call %d, %s: %s, want %s", i+1, c[0], got, c[1])
				}
			}
			m = newMemory()
			for _, c := range calls {
				res, err := m.resolver().Resolve(context.Background(), keys(c[0]))
				if err != nil {
					t.Fatal(err)
				}
				m.record(res)
				if got := say(res); got != c[1] {
					t.Errorf("cold, %s: %s, want %s", c[0], got, c[1])
				}
			}
			if fmt.Sprint(whole) != fmt.Sprint(m.rows) {
				t.Errorf("rows differ: %v, cold %v", whole, m.rows)
			}
		})
	}
}

func TestAlias(t *testing.T) {
	cases := map[string]struct{ before, previous, user, want string }{
		"both new":                                {"", "a:1", "u:1", "1 1 1"},
		"anonymous becomes known":                 {"a:1", "a:1", "u:1", "1 1 1"},
		"new anonymous id of a known customer":    {"u:1", "a:1", "u:1", "1 1 1"},
		"anonymous history needs a merge":         {"u:1,a:1", "a:1", "u:1", "1 1 1 former=2 lost=2:1 merge_needed=1@2"},
		"a known customer's device moves":         {"u:1,u:2 a:1", "a:1", "u:1", "1 1 1 former=2 lost=2:1"},
		"already one":                             {"u:1 a:1", "a:1", "u:1", "1 1 1"},
		"strong of another customer":              {"u:1,u:2", "u:2", "u:1", "1 1 merge_needed=2@2/1"},
		"strong of another kind of a new one":     {"x:2", "x:2", "u:1", "1 1 2"},
		"strong of another kind, both known":      {"u:1,x:2", "x:2", "u:1", "1 1 merge_needed=2@2"},
		"a new name for a known user":             {"u:2", "u:2", "u:1", "2 1 merge_needed=2@1/1"},
		"a user id nobody has is not taken along": {"", "u:2", "u:1", "1 1 merge_needed=2/1"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMemory()
			r := m.resolver()
			for _, call := range splitCalls(c.before) {
				if _, err := r.Resolve(context.Background(), keys(call)); err != nil {
					t.Fatal(err)
				}
			}
			res, err := r.Alias(context.Background(), keys(c.previous)[0], keys(c.user)[0])
			if err != nil {
				t.Fatal(err)
			}
			if got := say(res); got != c.want {
				t.Errorf("alias: %s, want %s", got, c.want)
			}
		})
	}
}

func splitCalls(s string) []string {
	var out []string
	for len(s) > 0 {
		call, rest, _ := cut(s)
		out = append(out, call)
		s = rest
	}
	return out
}

func cut(s string) (string, string, bool) {
	for i := range s {
		if s[i] == ',' {
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

func TestPreviousIDIsAnonymousUnlessOnlyAUserHasIt(t *testing.T) {
	m := newMemory()
	r := m.resolver()
	for _, call := range []string{"a:1", "u:2", "a:3", "u:3"} {
		if _, err := r.Resolve(context.Background(), keys(call)); err != nil {
			t.Fatal(err)
		}
	}
	for val, want := range map[string]customer.Kind{
		"1": customer.AnonymousID, "2": customer.UserID, "3": customer.AnonymousID, "4": customer.AnonymousID,
	} {
		for _, r := range []*identity.Resolver{r, m.resolver()} {
			if k, err := r.Previous(context.Background(), val); err != nil || k.Kind != want || k.Value != val {
				t.Errorf("Previous(%s) = %v, %v; want %s", val, k, err, want)
			}
		}
	}
}

func TestWhatIsLinkedIsKnownBeforeTheEngineHasIt(t *testing.T) {
	m := newMemory() // nothing is recorded: the engine lags behind
	r := m.resolver()
	for _, c := range [][2]string{{"a:1", "1 1"}, {"u:1 a:1", "1 1 1"}, {"u:2 a:1", "2 2 1 former=1 lost=1:1"}} {
		res, err := r.Resolve(context.Background(), keys(c[0]))
		if err != nil {
			t.Fatal(err)
		}
		if got := say(res); got != c[1] {
			t.Errorf("%s: %s, want %s", c[0], got, c[1])
		}
	}
}

func TestSomebodyElseIsFaster(t *testing.T) {
	m := newMemory()
	r := m.resolver()
	m.before = func(k customer.Key) { // another process creates the customer first
		m.before = nil
		id, _ := m.NewCustomer(context.Background())
		if _, ok, _ := m.Link(context.Background(), k, 0, id); !ok {
			t.Error("the other one lost")
		}
	}
	res, err := r.Resolve(context.Background(), keys("u:1 a:1"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := say(res), "2 1 1"; got != want || m.rows[keys("u:1")[0]].Customer != 2 {
		t.Errorf("resolved %s, want %s", got, want)
	}
}

func TestNeverEndingRaceIsAnError(t *testing.T) {
	m := newMemory()
	r := m.resolver()
	a := keys("a:1")[0]
	m.before = func(k customer.Key) { // a:1 changes hands before each link
		before := m.before
		m.before = nil
		m.Link(context.Background(), a, m.rows[a].Customer, customer.ID(1000+m.lookups))
		m.before = before
	}
	_, err := r.Resolve(context.Background(), keys("u:1 a:1"))
	if !fault.Is(err, "identity.contended") || fault.KindOf(err) != fault.KindUnavailable {
		t.Errorf("error %v", err)
	}
}

func TestACallWithoutIdentitiesIsRefused(t *testing.T) {
	if _, err := newMemory().resolver().Resolve(context.Background(), nil); !fault.Is(err, "identity.missing") {
		t.Errorf("error %v", err)
	}
}

func TestKnownCallsAskNobody(t *testing.T) {
	m := newMemory()
	r := m.resolver()
	calls := [][]customer.Key{keys("u:1 a:1"), keys("u:2"), keys("a:3")}
	out := make([]identity.Resolution, len(calls))
	for range 3 {
		if err := r.ResolveAll(context.Background(), calls, out); err != nil {
			t.Fatal(err)
		}
	}
	if m.lookups != 1 || m.asked != 0 {
		t.Errorf("%d look-ups and %d questions, want 1 and 0", m.lookups, m.asked)
	}
	if s := r.Stats(); s.Calls != 9 || s.Decided != 3 || s.Created != 3 || s.Linked != 4 {
		t.Errorf("stats %+v", s)
	}
	if n := testing.AllocsPerRun(100, func() { _ = r.ResolveAll(context.Background(), calls, out) }); n > 0 {
		t.Errorf("%v allocations for known calls", n)
	}
}

func TestFirstContactsOfARequestAreLookedUpTogether(t *testing.T) {
	m := newMemory()
	r := m.resolver()
	var calls [][]customer.Key
	for i := range 500 {
		calls = append(calls, keys(fmt.Sprintf("u:%d a:%d", i, i)))
	}
	if err := r.ResolveAll(context.Background(), calls, make([]identity.Resolution, len(calls))); err != nil {
		t.Fatal(err)
	}
	if m.lookups != 1 || m.asked != 0 {
		t.Errorf("%d look-ups and %d questions, want 1 and 0", m.lookups, m.asked)
	}
}

func TestAnErrorOfTheStoreIsHandedOn(t *testing.T) {
	broken := errors.New("disk")
	r := identity.New(identity.Options{Identities: failing{newMemory(), broken}, Known: newMemory(), CacheEntries: 16})
	if _, err := r.Resolve(context.Background(), keys("u:1")); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

type failing struct {
	*memory
	err error
}

func (f failing) Link(context.Context, customer.Key, customer.ID, customer.ID) (customer.ID, bool, error) {
	return 0, false, f.err
}

func TestTwoProcessesMakeOneCustomer(t *testing.T) {
	m := newMemory()
	var wg sync.WaitGroup
	got := make([][]customer.ID, 4)
	for g := range got {
		r := m.resolver() // its own cache: another process
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range 300 {
				res, err := r.Resolve(context.Background(), keys(fmt.Sprintf("u:%d a:%d", i, i)))
				if err != nil {
					t.Error(err)
				}
				got[g] = append(got[g], res.Customer)
			}
		}()
	}
	wg.Wait()
	for g := range got[1:] {
		if !slices.Equal(got[0], got[g+1]) {
			t.Fatalf("processes disagree about who is who")
		}
	}
}

var _ ledger.Identities = (*memory)(nil)
