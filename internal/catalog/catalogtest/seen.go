package catalogtest

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/earmarkhq/earmark/internal/catalog"
)

func testSeenCounts(t *testing.T, b *bench) {
	b.ok(b.Observe(b.ctx, nil))
	b.ok(b.Observe(b.ctx, []catalog.SeenType{
		{Type: "page.viewed", Source: "web", Count: 7, First: 50, Last: 60},
		{Type: "order.paid", Source: "web", Count: 3, First: 100, Last: 200, Properties: []catalog.SeenProperty{
			{Path: "amount_fen", Count: 3, First: 100, Last: 200, Kinds: map[string]int64{"number": 3}, Samples: []catalog.Sample{{Value: "990", Count: 3}}},
			{Path: "备注", Count: 1, First: 150, Last: 150, Kinds: map[string]int64{"text": 1}},
		}},
	}))
	b.ok(b.Observe(b.ctx, []catalog.SeenType{
		{Type: "order.paid", Source: "app", Count: 2, First: 90, Last: 150, Properties: []catalog.SeenProperty{
			{Path: "items[].sku", Count: 4, First: 90, Last: 150, Kinds: map[string]int64{"text": 4}},
			{Path: "amount_fen", Count: 2, First: 90, Last: 250, Kinds: map[string]int64{"number": 1, "text": 1}, Samples: []catalog.Sample{{Value: "1", Count: 1}, {Value: "990", Count: 1}}},
		}},
		{Type: "order.paid", Source: "web", Count: 1, First: 300, Last: 300},
	}))
	b.equal("types by name", must(b.SeenTypes(b.ctx))(b), []catalog.SeenType{
		{Type: "order.paid", Source: "", Count: 6, First: 90, Last: 300},
		{Type: "page.viewed", Source: "web", Count: 7, First: 50, Last: 60},
	})
	b.equal("properties by path", must(b.SeenProperties(b.ctx, "order.paid"))(b), []catalog.SeenProperty{
		{
			Path: "amount_fen", Count: 5, First: 90, Last: 250, Kinds: map[string]int64{"number": 4, "text": 1},
			Samples: []catalog.Sample{{Value: "990", Count: 4}, {Value: "1", Count: 1}},
		},
		{Path: "items[].sku", Count: 4, First: 90, Last: 150, Kinds: map[string]int64{"text": 4}},
		{Path: "备注", Count: 1, First: 150, Last: 150, Kinds: map[string]int64{"text": 1}},
	})
	b.equal("of a type that never came", must(b.SeenProperties(b.ctx, "nothing"))(b), []catalog.SeenProperty(nil))
}

func testSeenSamples(t *testing.T, b *bench) {
	observe := func(samples ...catalog.Sample) []catalog.Sample {
		t.Helper()
		b.ok(b.Observe(b.ctx, []catalog.SeenType{{Type: "e", Count: 1, Properties: []catalog.SeenProperty{
			{Path: "p", Count: 1, Samples: samples},
		}}}))
		return must(b.SeenProperties(b.ctx, "e"))(b)[0].Samples
	}
	var many []catalog.Sample
	for i := range catalog.MaxSamples {
		many = append(many, catalog.Sample{Value: name("v", i), Count: int64(1000 - i)})
	}
	observe(many...)
	b.equal("a rare one gives way", observe(catalog.Sample{Value: "rare", Count: 1}), many)
	frequent := catalog.Sample{Value: "frequent", Count: 5000}
	b.equal("a frequent one comes in, the rarest goes", observe(frequent),
		append([]catalog.Sample{frequent}, many[:catalog.MaxSamples-1]...))

	long := strings.Repeat("界", catalog.MaxSampleLen)
	got := observe(catalog.Sample{Value: long, Count: 9000}, catalog.Sample{Value: long + "x", Count: 1})[0]
	if len(got.Value) > catalog.MaxSampleLen || !utf8.ValidString(got.Value) || !strings.HasPrefix(long, got.Value) || got.Value == "" {
		t.Errorf("a long value is kept as %q", got.Value)
	}
	b.equal("values equal after the cut are one", got.Count, int64(9001))
}

func testSeenBounds(t *testing.T, b *bench) {
	var types []catalog.SeenType
	for i := range catalog.MaxSeenTypes + 10 {
		types = append(types, catalog.SeenType{Type: name("t", i), Source: "web", Count: 1})
	}
	b.ok(b.Observe(b.ctx, types))
	b.ok(b.Observe(b.ctx, []catalog.SeenType{
		{Type: "one more", Count: 1},
		{Type: name("t", 0), Source: "app", Count: 5}, // known: counted still
	}))
	seen := must(b.SeenTypes(b.ctx))(b)
	if len(seen) != catalog.MaxSeenTypes {
		t.Fatalf("%d types are kept", len(seen))
	}
	b.equal("the first type", seen[0], catalog.SeenType{Type: name("t", 0), Count: 6})

	var props []catalog.SeenProperty
	for i := range catalog.MaxSeenProperties + 10 {
		props = append(props, catalog.SeenProperty{Path: name("p", i), Count: 1})
	}
	b.ok(b.Observe(b.ctx, []catalog.SeenType{{Type: name("t", 0), Source: "web", Count: 1, Properties: props}}))
	b.ok(b.Observe(b.ctx, []catalog.SeenType{{Type: name("t", 0), Source: "web", Count: 1, Properties: []catalog.SeenProperty{
		{Path: "one more", Count: 1}, {Path: name("p", 0), Count: 4},
	}}}))
	kept := must(b.SeenProperties(b.ctx, name("t", 0)))(b)
	if len(kept) != catalog.MaxSeenProperties || kept[0].Count != 5 {
		t.Fatalf("%d properties are kept, the first counts %d", len(kept), kept[0].Count)
	}
}

func testAliases(t *testing.T, b *bench) {
	put := func(when int64, source, from, to, doc string) catalog.Alias {
		t.Helper()
		return must(b.PutAlias(b.ctx, at(when), catalog.Alias{
			ID: 77, Source: source, From: from, To: to, Document: doc, Author: "nobody", Updated: 1,
		}))(b)
	}
	web := put(10, "web", "Order Completed", "order.paid", `{"a":1}`)
	b.equal("the alias made", web, catalog.Alias{
		ID: 1, Source: "web", From: "Order Completed", To: "order.paid", Document: `{"a":1}`, Author: "key 3", Updated: 10,
	})
	every := put(20, "", "下单", "order.paid", "")
	again := put(30, "web", "Order Completed", "order.done", "")
	b.equal("replaced under its id", again.ID, web.ID)
	b.equal("by source and name", must(b.Aliases(b.ctx))(b), []catalog.Alias{every, again})
	b.ok(b.DeleteAlias(b.ctx, by, every.ID))
	b.refused(b.DeleteAlias(b.ctx, by, every.ID), catalog.CodeNotFound)
	b.equal("an id is not given twice", put(40, "", "下单", "order.paid", "").ID, uint32(3))
	b.refused(errOf(b.PutAlias(b.ctx, by, catalog.Alias{To: "x"})), catalog.CodeName)
	b.refused(errOf(b.PutAlias(b.ctx, by, catalog.Alias{From: "x"})), catalog.CodeName)
}
