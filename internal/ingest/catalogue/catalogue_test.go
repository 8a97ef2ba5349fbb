package catalogue_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/earmarkhq/earmark/internal/catalog"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/ingest/catalogue"
	"github.com/earmarkhq/earmark/internal/value"
)

// store adds up what it is given.
type store struct {
	types map[string]catalog.SeenType
	props map[string]catalog.SeenProperty
	err   error
}

func newStore() *store {
	return &store{types: map[string]catalog.SeenType{}, props: map[string]catalog.SeenProperty{}}
}

func (s *store) Observe(_ context.Context, types []catalog.SeenType) error {
	if s.err != nil {
		return s.err
	}
	for _, t := range types {
		if have, ok := s.types[t.Source+"/"+t.Type]; ok {
			t.Count += have.Count
			t.First, t.Last = min(t.First, have.First), max(t.Last, have.Last)
		}
		s.types[t.Source+"/"+t.Type] = t
		for _, p := range t.Properties {
			at := t.Type + " " + p.Path
			have := s.props[at]
			p.Count += have.Count
			kinds := maps.Clone(p.Kinds)
			for k, n := range have.Kinds {
				kinds[k] += n
			}
			p.Kinds = kinds
			p.Samples = merge(p.Samples, have.Samples)
			s.props[at] = p
		}
	}
	return nil
}

func merge(a, b []catalog.Sample) []catalog.Sample {
	sum := map[string]int64{}
	for _, v := range append(slices.Clone(a), b...) {
		sum[v.Value] += v.Count
	}
	var out []catalog.Sample
	for _, v := range slices.Sorted(maps.Keys(sum)) {
		out = append(out, catalog.Sample{Value: v, Count: sum[v]})
	}
	slices.SortStableFunc(out, func(a, b catalog.Sample) int { return int(b.Count - a.Count) })
	return out
}

func events(t testing.TB, typ string, props ...string) []event.Event {
	out := make([]event.Event, len(props))
	for i, p := range props {
		v, err := value.ParseJSONText(p)
		if err != nil {
			t.Fatal(err)
		}
		out[i] = event.Event{Type: typ, Source: "shop", Props: v}
	}
	return out
}

func TestTypesPropertiesKindsAndValuesAreGathered(t *testing.T) {
	s := newStore()
	c := catalogue.New(s)
	c.Observe(1000, events(t, "order.paid",
		`{"amount_fen":100,"city":"北京","items":[{"sku":"a"},{"sku":"b"}],"to":{"zip":"1"}}`,
		`{"amount_fen":"100","city":"北京","items":[{"sku":"a"}],"mobile":"13800000000","labels":["x","y"]}`,
	))
	c.Observe(2000, events(t, "order.paid", `{"amount_fen":100,"city":"上海","gift":null}`))
	c.Observe(1500, []event.Event{{Source: "shop"}}) // an alias has no type
	if err := c.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	typ := s.types["shop/order.paid"]
	if len(s.types) != 1 || typ.Count != 3 || typ.First != 1000 || typ.Last != 2000 {
		t.Errorf("type %+v", typ)
	}
	cases := map[string]string{ // path: count, kinds, samples
		"amount_fen":  "3 number=2 string=1 100=3",
		"city":        "3 string=3 北京=2 上海=1",
		"items":       "2 array=2",
		"items[].sku": "3 string=3 a=2 b=1",
		"to":          "1 object=1",
		"to.zip":      "1 string=1 1=1",
		"mobile":      "1 string=1",
		"labels":      "1 array=1 x=1 y=1",
		"gift":        "1 null=1",
	}
	for path, want := range cases {
		p, ok := s.props["order.paid "+path]
		got := fmt.Sprint(p.Count)
		for _, k := range slices.Sorted(maps.Keys(p.Kinds)) {
			got += fmt.Sprintf(" %s=%d", k, p.Kinds[k])
		}
		for _, v := range p.Samples {
			got += fmt.Sprintf(" %s=%d", v.Value, v.Count)
		}
		if !ok || got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	if len(s.props) != len(cases) {
		t.Errorf("%d properties, want %d", len(s.props), len(cases))
	}
}

func TestCountsAddUpInASample(t *testing.T) {
	s := newStore()
	c := catalogue.New(s)
	const total = 10_000
	batch := make([]string, 100)
	for i := range batch {
		batch[i] = fmt.Sprintf(`{"id":"%d","level":"%s"}`, i, []string{"gold", "silver"}[i%2])
	}
	var wg sync.WaitGroup
	for g := range 4 {
		evs := events(t, "click", batch...)
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range total / 4 / 100 {
				c.Observe(int64(g), evs)
			}
		}()
	}
	wg.Wait()
	if err := c.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	if n := s.types["shop/click"].Count; n != total {
		t.Errorf("type counted %d times, want %d", n, total)
	}
	p := s.props["click level"]
	if p.Count < total-64 || p.Count > total {
		t.Errorf("property counted %d times, want about %d", p.Count, total)
	}
}

func TestBounds(t *testing.T) {
	s := newStore()
	c := catalogue.New(s)
	var wide strings.Builder
	for i := range 2 * catalog.MaxSeenProperties {
		fmt.Fprintf(&wide, `,"p%d":%d`, i, i)
	}
	deep := strings.Repeat(`{"a":`, 10) + "1" + strings.Repeat("}", 10)
	c.Observe(1, events(t, "wide", "{"+wide.String()[1:]+"}"))
	c.Observe(1, events(t, "deep", deep))
	var many []string
	for i := range 30 {
		many = append(many, fmt.Sprintf(`{"v":"%d"}`, i))
	}
	many = append(many, `{"v":"often"}`, `{"v":"often"}`)
	c.Observe(1, events(t, "many", many...))
	c.Observe(1, events(t, "long", fmt.Sprintf(`{"v":"%s","%s":1}`, strings.Repeat("长", 100), strings.Repeat("k", 200))))
	for i := range 3 * catalog.MaxSeenTypes {
		c.Observe(1, events(t, fmt.Sprintf("t%d", i), `{}`))
	}
	if err := c.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	if n := len(s.types["shop/wide"].Properties); n != catalog.MaxSeenProperties {
		t.Errorf("%d properties, want %d", n, catalog.MaxSeenProperties)
	}
	if n := len(s.types["shop/deep"].Properties); n != 4 {
		t.Errorf("%d levels, want 4", n)
	}
	if v := s.props["many v"].Samples; len(v) != catalog.MaxSamples || v[0].Value != "often" {
		t.Errorf("%d samples, the first %+v", len(v), v[0])
	}
	if v := s.props["long v"].Samples[0].Value; v != strings.Repeat("长", 33) || len(s.types["shop/long"].Properties) != 1 {
		t.Errorf("long value kept as %q", v)
	}
}

func TestWhatCouldNotBeWrittenIsWrittenLater(t *testing.T) {
	s := newStore()
	c := catalogue.New(s)
	c.Observe(1, events(t, "a", `{}`))
	s.err = errors.New("locked")
	if err := c.Flush(context.Background()); !errors.Is(err, s.err) {
		t.Errorf("error %v", err)
	}
	s.err = nil
	c.Observe(2, events(t, "a", `{}`))
	for range 2 {
		if err := c.Flush(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	if n := s.types["shop/a"].Count; n != 2 {
		t.Errorf("counted %d times, want 2", n)
	}
}

func BenchmarkObserve(b *testing.B) {
	c := catalogue.New(newStore())
	evs := events(b, "order.paid", slices.Repeat([]string{
		`{"order_id":"o-1","amount_fen":12850,"currency":"CNY","coupon":"spring","channel":"wecom","city":"上海",
		"items":[{"sku":"a","name":"纸尿裤","price_fen":1250,"quantity":2},{"sku":"b","name":"奶粉","price_fen":20000,"quantity":1}],
		"paid_with":"wxpay","first":true,"store":"s-17"}`,
	}, 100)...)
	for i := range evs {
		evs[i].Type = fmt.Sprint("type ", i%40)
	}
	b.ReportAllocs()
	for i := 0; i < b.N; i += 100 {
		c.Observe(int64(i), evs)
	}
}
