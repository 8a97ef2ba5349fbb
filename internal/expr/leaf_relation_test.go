package expr_test

import (
	"encoding/binary"
	"testing"

	"github.com/cespare/xxhash/v2"

	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/tag"
	"github.com/earmarkhq/earmark/internal/value"
)

func TestTags(t *testing.T) {
	hold := func(st *stand) {
		st.named.tags = map[string]uint32{"复购": 3, "沉默": 5, "VIP": 9}
		st.named.groups = map[string][]tag.ID{"等级": {9, 10}, "状态": {5}}
		st.s = st.c.NewState()
		st.s.Tags = []expr.HeldTag{
			{Tag: 3, At: st.at("2024-01-01"), Since: st.at("2023-12-25"), SetBy: "rule"},
			{Tag: 9, At: st.at("2024-01-10"), Since: st.at("2024-01-10"), SetBy: "hand"},
		}
	}
	play(t, []scene{
		{name: "present", cond: `{tag: 复购}`, want: []answer{{"2024-01-20", true, ""}}},
		{name: "not present", cond: `{not: {tag: 沉默}}`, want: []answer{{"2024-01-20", true, ""}}},
		{name: "any", cond: `{tag: {any: [沉默, VIP]}}`, want: []answer{{"2024-01-20", true, ""}}},
		{name: "all", cond: `{tag: {all: [复购, VIP]}}`, want: []answer{{"2024-01-20", true, ""}}},
		{name: "not all", cond: `{tag: {all: [复购, 沉默]}}`, want: []answer{{"2024-01-20", false, ""}}},
		{name: "any of a group", cond: `{tag: {group: 等级}}`, want: []answer{{"2024-01-20", true, ""}}},
		{name: "none of a group", cond: `{tag: {group: 状态}}`, want: []answer{{"2024-01-20", false, ""}}},
		{
			name: "held for", cond: `{tag: 复购, held: {for: 30d}}`,
			want: []answer{{"2024-01-30 23:59:59.999", false, "2024-01-31"}, {"2024-01-31", true, ""}},
		},
		{name: "set by", cond: `{all: [{tag: VIP, set_by: hand}, {not: {tag: VIP, set_by: rule}}]}`, want: []answer{{"2024-01-20", true, ""}}},
		{
			name: "tagged within", cond: `{tag: {any: [复购, VIP]}, tagged: {within: 7d}}`,
			want: []answer{{"2024-01-12", true, "2024-01-17"}, {"2024-01-17", false, ""}},
		},
		{name: "tagged before", cond: `{tag: 复购, tagged: {before: 2024-01-05}}`, want: []answer{{"2024-01-20", true, ""}}},
		{name: "orders since the tag's condition holds", cond: `{event: visit, since: {tag: 复购}}`, events: []string{"2023-12-26 | visit"}, want: []answer{{"2024-01-20", true, ""}}},
		{name: "no start, no events", cond: `{event: visit, since: {tag: 沉默}, count: 0}`, events: []string{"2023-12-26 | visit"}, want: []answer{{"2024-01-20", true, ""}}},
	}, hold)
}

func TestFollows(t *testing.T) {
	events := []string{
		`2024-01-01 | follow.added | {"staff": "li", "add_way": "scan", "state": "poster"}`,
		`2024-01-02 | follow.added | {"staff": "wang", "add_way": "card"}`,
		`2024-01-03 | message.received | {"staff": "li"}`,
		`2024-01-10 | follow.lost | {"staff": "li", "by": "customer"}`,
		`2024-01-20 | follow.added | {"staff": "li", "add_way": "search"}`,
	}
	play(t, []scene{
		{name: "one current", events: events, cond: `{follow: {}}`, want: []answer{{"2023-12-31", false, "2024-01-01"}, {"2024-01-01", true, ""}}},
		{
			name: "two current", events: events, cond: `{follow: {count: {gte: 2}}}`,
			want: []answer{{"2024-01-02", true, "2024-01-10"}, {"2024-01-10", false, "2024-01-20"}, {"2024-01-20", true, ""}},
		},
		{
			name: "by staff", events: events, cond: `{follow: {by: [li]}}`,
			want: []answer{{"2024-01-01", true, "2024-01-10"}, {"2024-01-10", false, "2024-01-20"}, {"2024-01-20", true, ""}},
		},
		{
			name: "added within", events: events, cond: `{follow: {added: {within: 5d}}}`,
			want: []answer{{"2024-01-02", true, "2024-01-07"}, {"2024-01-07", false, "2024-01-20"}, {"2024-01-20", true, "2024-01-25"}},
		},
		{name: "way and channel", events: events, cond: `{follow: {way: scan, state: poster}}`, want: []answer{{"2024-01-05", true, "2024-01-10"}, {"2024-01-10", false, ""}}},
		{name: "lost by the customer", events: events, cond: `{follow: {lost: customer}}`, want: []answer{{"2024-01-05", false, "2024-01-10"}, {"2024-01-10", true, "2024-01-20"}, {"2024-01-20", false, ""}}},
		{name: "not lost by staff", events: events, cond: `{follow: {lost: staff}}`, want: []answer{{"2024-01-10", false, ""}}},
		{
			name: "replied after adding", events: events, cond: `{follow: {by: [li], replied: {within: 30d}}}`,
			want: []answer{{"2024-01-02", false, "2024-01-03"}, {"2024-01-03", true, "2024-01-10"}, {"2024-01-21", false, ""}},
		},
	})
}

func TestListAndShare(t *testing.T) {
	st := newStand(t, "UTC")
	list := st.compile(expr.Customers{Keys: []customer.Key{{Kind: customer.UserID, Value: "u1"}, {Value: "x9"}}})
	for _, c := range []struct {
		key  customer.Key
		want bool
	}{
		{customer.Key{Kind: customer.UserID, Value: "u1"}, true},
		{customer.Key{Kind: customer.BuyerID, Value: "u1"}, false},
		{customer.Key{Kind: customer.Device, Value: "x9"}, true},
	} {
		st.s.Identities = []customer.Key{c.key}
		if h, n := list(st.s, 0); h != c.want || n != expr.Never {
			t.Errorf("%v: %v, %d", c.key, h, n)
		}
	}
	share := func(percent value.Dec) expr.Cond { return st.compile(expr.Share{Salt: "春季", Percent: percent}) }
	five, ten, all := share(value.Dec{Coef: 5}), share(value.Dec{Coef: 1000, Exp: -2}), share(value.Dec{Coef: 1, Exp: 2})
	hits := 0
	for id := customer.ID(1); id <= 4000; id++ {
		st.s.Customer = id
		a, _ := five(st.s, 0)
		b, _ := ten(st.s, 0)
		if c, _ := all(st.s, 0); !c || a && !b {
			t.Fatalf("customer %d: 5%% %v, 10%% %v, 100%% %v", id, a, b, c)
		}
		sum := xxhash.Sum64(binary.BigEndian.AppendUint64([]byte("春季\x00"), uint64(id)))
		if a != (sum%10000 < 500) {
			t.Fatalf("customer %d: share is not by the documented hash", id)
		}
		if a {
			hits++
		}
	}
	if hits < 150 || hits > 250 {
		t.Errorf("5%% of 4000 are %d", hits)
	}
}

func TestStatements(t *testing.T) {
	st := newStand(t, "Asia/Shanghai")
	until := st.at("2024-01-20")
	st.event(st.at("2024-01-01"), "$statement", text("tag", "7"), prop("present", value.NewBool(true)), whole("until", until))
	st.event(st.at("2024-02-01"), "$statement", text("tag", "7"), prop("present", value.NewBool(true)))
	st.event(st.at("2024-01-25"), "$statement", text("tag", "7"), prop("present", value.NewBool(false)))
	st.event(st.at("2024-01-02"), "$statement", text("tag", "8"), prop("present", value.NewBool(false)))
	st.event(st.at("2024-02-01"), "$statement", text("tag", "7"), prop("present", value.NewBool(false)))
	f := expr.StatedRegister(st.c, 7)
	st.fill()
	for _, c := range []struct {
		at    string
		holds bool
		next  string
	}{
		{"2023-12-31", false, "2024-01-01"}, {"2024-01-01", true, "2024-01-20"}, {"2024-01-19 23:59:59.999", true, "2024-01-20"},
		{"2024-01-20", false, ""}, {"2024-02-01", false, ""},
	} {
		want := expr.Never
		if c.next != "" {
			want = st.at(c.next)
		}
		if h, n := f(st.s, st.at(c.at)); h != c.holds || n != want {
			t.Errorf("at %s: %v, %d; want %v, %d", c.at, h, n, c.holds, want)
		}
	}
}
