package ledgertest

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/ledger"
)

func user(value string) customer.Key { return customer.Key{Kind: customer.UserID, Value: value} }

func testLink(t *testing.T, b *bench) {
	k := user("u1")
	b.equal("nobody's", b.owner(k), ledger.Identity{})
	for _, c := range []struct {
		from, to, owner customer.ID
		ok              bool
	}{
		{5, 6, 0, false},
		{0, 1, 1, true},
		{0, 2, 1, false},
		{1, 2, 2, true},
		{1, 3, 2, false},
		{2, 3, 3, true},
		{3, 3, 3, true},
		{3, 1, 1, true}, // back to a former owner
	} {
		if owner, ok := b.link(k, c.from, c.to); owner != c.owner || ok != c.ok {
			t.Fatalf("Link from %d to %d: %d, %v; want %d, %v", c.from, c.to, owner, ok, c.owner, c.ok)
		}
	}
	want := ledger.Identity{Customer: 1, Former: []customer.ID{3, 2}}
	b.equal("owner", b.owner(k), want)
	b.equal("the same value of another kind", b.owner(customer.Key{Kind: customer.Cookie, Value: "u1"}), ledger.Identity{})
	b.link(user("u2"), 0, 9)
	got, err := b.Lookup(t.Context(), []customer.Key{user("u2"), user("no"), k, user("u2")})
	b.ok(err)
	b.equal("in the order asked", got, []ledger.Identity{{Customer: 9}, {}, want, {Customer: 9}})
	for _, bad := range []customer.Key{{Value: "x"}, {Kind: "k"}, {Kind: "a\x00b", Value: "x"}, {Kind: "k", Value: strings.Repeat("x", 256)}} {
		if _, _, err := b.Link(t.Context(), bad, 0, 1); fault.KindOf(err) != fault.KindInvalid {
			t.Errorf("Link of %q: %v", bad, err)
		}
	}
	if _, _, err := b.Link(t.Context(), user("u9"), 0, 0); fault.KindOf(err) != fault.KindInvalid {
		t.Errorf("Link to nobody: %v", err)
	}
	long := user(strings.Repeat("长", 85))
	b.link(long, 0, 3)
	b.equal("255 bytes", b.owner(long), ledger.Identity{Customer: 3})
}

func testLinkRace(t *testing.T, b *bench) {
	const keys, racers = 50, 8
	var wg sync.WaitGroup
	wins := make([][]customer.ID, racers)
	for r := range racers {
		wins[r] = make([]customer.ID, keys)
		wg.Go(func() {
			for k := range keys {
				mine := customer.ID(1 + r*keys + k)
				owner, ok, err := b.Link(t.Context(), user(fmt.Sprint(k)), 0, mine)
				if err != nil || ok != (owner == mine) {
					t.Errorf("Link: %d, %v, %v", owner, ok, err)
				}
				wins[r][k] = owner
			}
		})
	}
	wg.Wait()
	for k := range keys {
		now := b.owner(user(fmt.Sprint(k)))
		if now.Customer == 0 || len(now.Former) > 0 {
			t.Fatalf("key %d belongs to %+v", k, now)
		}
		for r := range racers {
			if wins[r][k] != now.Customer {
				t.Fatalf("key %d belongs to %d; racer %d was told %d", k, now.Customer, r, wins[r][k])
			}
		}
	}
}

func testSearch(t *testing.T, b *bench) {
	for i, k := range []customer.Key{
		{Kind: "b", Value: "alice"}, {Kind: "a", Value: "alex"}, {Kind: "ab", Value: "alice"}, {Kind: "a", Value: "bob"},
		{Kind: "a", Value: "al"}, {Kind: "c", Value: "\x00al"}, {Kind: "c", Value: "AL"},
	} {
		b.link(k, 0, customer.ID(i+1))
	}
	search := func(prefix string, limit int) map[customer.Key]customer.ID {
		got := map[customer.Key]customer.ID{}
		b.ok(b.SearchIdentities(t.Context(), prefix, limit, func(k customer.Key, id customer.ID) error {
			got[k] = id
			return nil
		}))
		return got
	}
	b.equal("al", search("al", 10), map[customer.Key]customer.ID{
		{Kind: "b", Value: "alice"}: 1, {Kind: "a", Value: "alex"}: 2, {Kind: "ab", Value: "alice"}: 3, {Kind: "a", Value: "al"}: 5,
	})
	b.equal("bob", search("bob", 10), map[customer.Key]customer.ID{{Kind: "a", Value: "bob"}: 4})
	b.equal("zero byte", search("\x00", 10), map[customer.Key]customer.ID{{Kind: "c", Value: "\x00al"}: 6})
	if n := len(search("", 10)); n != 7 {
		t.Errorf("the empty prefix finds %d of 7", n)
	}
	for limit := range 5 {
		if n := len(search("al", limit)); n != min(limit, 4) {
			t.Errorf("limit %d gives %d", limit, n)
		}
	}
}

func testNewCustomer(t *testing.T, b *bench) {
	const n, racers = 3000, 4
	var mu sync.Mutex
	seen := map[customer.ID]bool{0: true}
	var wg sync.WaitGroup
	for range racers {
		wg.Go(func() {
			for range n {
				id, err := b.NewCustomer(t.Context())
				mu.Lock()
				if err != nil || seen[id] {
					t.Errorf("id %d again or nobody's, %v", id, err)
				}
				seen[id] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

func testNewCustomerCrash(t *testing.T, b *bench) {
	seen := map[customer.ID]bool{}
	for round := range 6 {
		for range 10 + round*2000 {
			id, err := b.NewCustomer(t.Context())
			b.ok(err)
			if seen[id] {
				t.Fatalf("round %d: id %d again", round, id)
			}
			seen[id] = true
		}
		if round%2 == 0 {
			b.crash()
		} else {
			b.reopen()
		}
	}
}

func testLinkDurable(t *testing.T, b *bench) {
	for i := range 20 {
		k := user(fmt.Sprint(i))
		b.link(k, 0, 7)
		b.link(k, 7, 8)
		w := b.writer(0, 1)
		w.timer(8, int64(i))
		w.commit()
		b.crash()
		b.equal("owner", b.owner(k), ledger.Identity{Customer: 8, Former: []customer.ID{7}})
	}
}

func testMeta(t *testing.T, b *bench) {
	if _, ok, err := b.GetMeta(t.Context(), "live"); ok || err != nil {
		t.Fatalf("a value that was never put: %v, %v", ok, err)
	}
	for _, v := range []string{"a", "", strings.Repeat("b", 100_000)} {
		b.ok(b.PutMeta(t.Context(), "live", []byte(v)))
		b.ok(b.PutMeta(t.Context(), "live2", []byte("other")))
		got, ok, err := b.GetMeta(t.Context(), "live")
		b.ok(err)
		if !ok || string(got) != v {
			t.Fatalf("got %s, %v; want %s", short(got), ok, short([]byte(v)))
		}
	}
}

func testMetaCrash(t *testing.T, b *bench) {
	b.ok(b.PutMeta(t.Context(), "live", []byte("now")))
	b.crash()
	got, ok, err := b.GetMeta(t.Context(), "live")
	b.ok(err)
	if !ok || string(got) != "now" {
		t.Fatalf("got %q, %v", got, ok)
	}
}
