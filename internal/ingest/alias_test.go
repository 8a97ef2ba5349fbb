package ingest_test

import (
	"testing"

	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/ingest"
	"github.com/earmarkhq/earmark/internal/value"
)

func TestAliases(t *testing.T) {
	own := []ingest.Alias{
		{From: "pay", To: "order.paid", Props: []ingest.PropertyAlias{{From: []string{"money"}, To: "amount_fen", Form: ingest.AsInt}}},
		{Source: "shop-b", From: "pay", To: "order.deposit"},
		{From: "Order Updated", To: "Order Updated"},
	}
	aliases := ingest.NewAliases(ingest.Ecommerce(), own)
	cases := []struct {
		name, source, typ, props string
		want, raw, canonical     string // raw "": none replaced
	}{
		{
			"order with amounts as text", "", "Order Completed",
			`{"order_id":"o1","total":"128.50","tax":8,"currency":"CNY","products":[{"sku":"a","price":"12.50","quantity":"2"},{"sku":"b"}]}`,
			`{"order_id":"o1","amount_fen":12850,"tax_fen":800,"currency":"CNY","items":[{"sku":"a","price_fen":1250,"quantity":2},{"sku":"b"}]}`,
			`{"total":"128.50","tax":8,"products":[{"sku":"a","price":"12.50","quantity":"2"},{"sku":"b"}]}`, "order.paid",
		},
		{
			"revenue stands in for the total and is an amount of its own", "", "Order Completed",
			`{"revenue":25.00}`, `{"amount_fen":2500,"revenue_fen":2500}`, `{"revenue":25.00}`, "order.paid",
		},
		{
			"total goes before revenue", "", "Order Completed",
			`{"revenue":25,"total":30}`, `{"revenue_fen":2500,"amount_fen":3000}`, `{"revenue":25,"total":30}`, "order.paid",
		},
		{
			"an absent total does not hide the revenue", "", "Order Refunded",
			`{"total":null,"value":"7"}`, `{"total":null,"amount_fen":700}`, `{"value":"7"}`, "order.refunded",
		},
		{
			"what is no amount stays as sent", "", "Order Completed",
			`{"total":"n/a","tax":"1"}`, `{"total":"n/a","tax_fen":100}`, `{"tax":"1"}`, "order.paid",
		},
		{
			"a canonical property that was sent stays", "", "Order Completed",
			`{"total":"1","amount_fen":99}`, `{"total":"1","amount_fen":99}`, ``, "order.paid",
		},
		{
			"a conversion that changes nothing replaces nothing", "", "Product Added",
			`{"quantity":2,"sku":"a"}`, `{"quantity":2,"sku":"a"}`, ``, "cart.added",
		},
		{"only the name", "", "Promotion Viewed", `{"total":"1"}`, `{"total":"1"}`, ``, "promotion.viewed"},
		{"no properties", "", "Order Completed", `null`, `null`, ``, "order.paid"},
		{"no alias", "", "clicked", `{"total":"1"}`, `{"total":"1"}`, ``, "clicked"},
		{"names are exact", "", "order completed", `{"total":"1"}`, `{"total":"1"}`, ``, "order completed"},
		{"own alias", "shop-a", "pay", `{"money":"5"}`, `{"amount_fen":5}`, `{"money":"5"}`, "order.paid"},
		{"own alias of the source", "shop-b", "pay", `{"money":"5"}`, `{"money":"5"}`, ``, "order.deposit"},
		{"own alias over a default one", "", "Order Updated", `{"total":"5"}`, `{"total":"5"}`, ``, "Order Updated"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			ev := event.Event{Type: c.typ, Source: c.source, Props: js(t, c.props)}
			aliases.Apply(&ev)
			if ev.Type != c.canonical {
				t.Errorf("type %q, want %q", ev.Type, c.canonical)
			}
			if raw := c.typ; (c.typ != c.canonical) != (ev.RawType == raw) {
				t.Errorf("raw type %q", ev.RawType)
			}
			if want := js(t, c.want); !value.Same(ev.Props, want) {
				t.Errorf("properties %s, want %s", ev.Props, want)
			}
			want := value.Value{}
			if c.raw != "" {
				want = js(t, c.raw)
			}
			if !value.Same(ev.Raw, want) {
				t.Errorf("raw %s, want %s", ev.Raw, want)
			}
		})
	}
}

func TestNoAliasesDoNothing(t *testing.T) {
	var none *ingest.Aliases
	ev := event.Event{Type: "x"}
	none.Apply(&ev)
	new(ingest.Aliases).Apply(&ev)
	if ev.Type != "x" || ev.RawType != "" {
		t.Errorf("event %+v", ev)
	}
}

func BenchmarkAlias(b *testing.B) {
	aliases := ingest.NewAliases(ingest.Ecommerce())
	props := js(b, `{"order_id":"o1","total":"128.50","tax":8,"currency":"CNY","coupon":"x","products":[{"sku":"a","price":"12.50","quantity":"2"},{"sku":"b","price":3,"quantity":1}]}`)
	b.ReportAllocs()
	for b.Loop() {
		ev := event.Event{Type: "Order Completed", Props: props}
		aliases.Apply(&ev)
	}
}
