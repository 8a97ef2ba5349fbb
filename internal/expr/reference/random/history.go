package random

import (
	"fmt"

	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/tag"
	"github.com/earmarkhq/earmark/internal/value"
	"pgregory.net/rapid"
)

// History draws up to n events in order of arrival: late and future-dated ones and ones of one
// instant among them, attribute updates, follows and messages.
func (g Grid) History(t *rapid.T, n int) []event.Event {
	events := make([]event.Event, rapid.IntRange(0, n).Draw(t, "events"))
	for i := range events {
		events[i] = g.event(t, i)
	}
	return events
}

func (g Grid) event(t *rapid.T, i int) event.Event {
	label := fmt.Sprintf("event %d", i)
	ev := event.Event{
		Time: g.Instant(t, label), Arrival: uint32(i + 1), Unit: uint32(i + 1),
		ID: fmt.Sprint("m", i), Source: pick(t, label+" source", "web", "shop"),
	}
	props := "{}"
	switch rapid.IntRange(0, 9).Draw(t, label+" kind") {
	case 0, 1:
		ev.Type, props = event.Identify, g.update(t, label)
	case 2:
		ev.Type = event.FollowAdded
		props = object(member("staff", staff(t, label)),
			optional(t, label+" way", "add_way", q(pick(t, label+" add_way", "scan", "card"))),
			optional(t, label+" state", "state", q(pick(t, label+" channel", "ch1", "ch2"))))
	case 3:
		ev.Type = event.FollowLost
		props = object(member("staff", staff(t, label)), member("by", q(pick(t, label+" by", "staff", "customer"))))
	case 4:
		ev.Type, props = event.MessageReceived, object(member("staff", staff(t, label)))
	default:
		ev.Type, props = pick(t, label+" type", types...), g.props(t, label)
		ev.Context = parse(t, object(member("page", q(pick(t, label+" page", "home", "price")))))
	}
	ev.Props = parse(t, props)
	return ev
}

var types = []string{"order.paid", "order.paid", "order.created", "page.viewed"}

func staff(t *rapid.T, label string) string { return q(pick(t, label+" staff", "s1", "s2")) }

func optional(t *rapid.T, label, key, json string) string {
	if oneIn(t, 3, label+" absent") {
		return ""
	}
	return member(key, json)
}

// props draws the properties of an event; every one may be missing, null, empty or of another
// type than usual.
func (g Grid) props(t *rapid.T, label string) string {
	return object(
		optional(t, label+" amount", "amount", amount(t, label+" amount")),
		optional(t, label+" kind", "kind", kind(t, label+" kind")),
		optional(t, label+" oid", "oid", pick(t, label+" oid", `"o1"`, `"o2"`, `1`, `"1"`, `"1.0"`, "1.0")),
		optional(t, label+" due", "due", g.Date(t, label+" due")),
		optional(t, label+" labels", "labels", labels(t, label+" labels")),
		optional(t, label+" items", "items", items(t, label+" items")),
		optional(t, label+" nest", "nest", object(member("deep", amount(t, label+" deep")))),
		optional(t, label+" a.b", "a.b", object(member("c", kind(t, label+" a.b.c")))),
	)
}

func amount(t *rapid.T, label string) string {
	return pick(t, label, "0", "1", "2", "2", "3", "2.5", "-1", `"2"`, `"2.0"`, `"2.50"`, "10", "null", `""`, `"x"`, "true", "9223372036854775807", "[1]")
}

func kind(t *rapid.T, label string) string {
	return pick(t, label, `"A"`, `"B"`, `"Ab_c"`, `"true"`, "true", "false", `"10"`, `"10.0"`, "10", "null", `""`, `"a%"`, `"中文"`)
}

func labels(t *rapid.T, label string) string {
	return list(rapid.IntRange(0, 3).Draw(t, label+" len"), func(i int) string {
		return pick(t, fmt.Sprint(label, i), `"A"`, `"B"`, `"C"`, "1", `"1"`, "null")
	})
}

func items(t *rapid.T, label string) string {
	return list(rapid.IntRange(0, 3).Draw(t, label+" len"), func(i int) string {
		l := fmt.Sprint(label, i)
		return object(optional(t, l+" cat", "cat", q(pick(t, l+" c", "A", "B"))), optional(t, l+" qty", "qty", amount(t, l+" q")))
	})
}

// update draws an attribute update.
func (g Grid) update(t *rapid.T, label string) string {
	switch rapid.IntRange(0, 4).Draw(t, label+" attribute") {
	case 0:
		return object(member("points", amount(t, label+" points")))
	case 1:
		return object(member("born", pick(t, label+" born", g.Date(t, label+" date"), "null", `"soon"`)))
	case 2:
		return object(member("prefs", labels(t, label+" prefs")), member("city", kind(t, label+" city")))
	case 3:
		return object(member("address", pick(t, label+" address", object(member("city", kind(t, label+" city"))), "null", `"x"`)))
	}
	return object(member("city", kind(t, label+" city")))
}

// Customer draws identities, sorted and distinct.
func Customer(t *rapid.T) (id customer.ID, keys []customer.Key, strong bool) {
	id = customer.ID(rapid.Uint64Range(1, 1000).Draw(t, "customer"))
	if rapid.Bool().Draw(t, "anonymous id") {
		keys = append(keys, customer.Key{Kind: customer.AnonymousID, Value: pick(t, "anonymous", "u1", "a1")})
	}
	if rapid.Bool().Draw(t, "user id") {
		keys = append(keys, customer.Key{Kind: customer.UserID, Value: pick(t, "user", "u1", "u2")})
		strong = true
	}
	return id, keys, strong
}

// Tags draws what the customer holds of the tags of Names.
func (g Grid) Tags(t *rapid.T) []expr.HeldTag {
	var out []expr.HeldTag
	for id := tag.ID(1); id <= 4; id++ {
		if rapid.Bool().Draw(t, fmt.Sprint("tag ", id)) {
			l := fmt.Sprint("tag ", id, " at")
			at := g.Instant(t, l)
			since := at
			if oneIn(t, 3, l+" earlier") {
				since = min(at, g.Instant(t, l+" since"))
			}
			out = append(out, expr.HeldTag{Tag: id, At: at, Since: since, SetBy: pick(t, l+" by", "rule", "hand")})
		}
	}
	return out
}

func parse(t *rapid.T, json string) value.Value {
	v, err := value.ParseJSON([]byte(json))
	if err != nil {
		t.Fatalf("drew no JSON: %s: %v", json, err)
	}
	return v
}
