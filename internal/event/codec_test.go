package event_test

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/value"
)

// anyEvent draws events with ids of every form.
func anyEvent() *rapid.Generator[event.Event] {
	uuid := `[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`
	id := rapid.OneOf(
		rapid.String(),
		rapid.StringMatching(uuid),
		rapid.StringMatching(`node-next-[0-9]{12,14}-`+uuid),
		rapid.StringMatching(`node-[0-9a-f]{32}-`+uuid),
		rapid.StringMatching(`.{36,40}`),
		rapid.StringMatching(`[0-9]{1,20}`),
	)
	docs := rapid.SampledFrom([]string{
		`null`, `{}`, `{"order_id":"SO-1","amount_fen":12850,"items":[{"sku":"A","price":"12.50"}]}`,
		`{"library":{"name":"n","version":"1"},"locale":"zh-CN","traits":{"name":"王"},"device":{"type":1}}`, `[1]`,
	})
	doc := func(t *rapid.T, label string) value.Value {
		v, err := value.ParseJSONText(docs.Draw(t, label))
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	return rapid.Custom(func(t *rapid.T) event.Event {
		return event.Event{
			Type:     rapid.OneOf(rapid.String(), rapid.Just("order.paid")).Draw(t, "type"),
			RawType:  rapid.SampledFrom([]string{"", "Order Completed"}).Draw(t, "raw type"),
			Time:     rapid.Int64().Draw(t, "time"),
			Received: rapid.Int64().Draw(t, "received"),
			Source:   rapid.SampledFrom([]string{"", "shop", "app"}).Draw(t, "source"),
			ID:       id.Draw(t, "id"),
			Props:    doc(t, "props"),
			Context:  doc(t, "context"),
			Raw:      doc(t, "raw"),
			Arrival:  rapid.Uint32().Draw(t, "arrival"),
			Unit:     rapid.Uint32().Draw(t, "unit"),
		}
	})
}

// same reports whether two events are identical.
func same(a, b event.Event) bool {
	return a.Type == b.Type && a.RawType == b.RawType && a.Time == b.Time && a.Received == b.Received &&
		a.Source == b.Source && a.ID == b.ID && a.Arrival == b.Arrival && a.Unit == b.Unit &&
		value.Same(a.Props, b.Props) && value.Same(a.Context, b.Context) && value.Same(a.Raw, b.Raw)
}

func TestCodecIsLossless(t *testing.T) {
	t.Parallel()
	dict := &value.MemDict{Max: 12}
	rapid.Check(t, func(t *rapid.T) {
		e := anyEvent().Draw(t, "event")
		for _, d := range []value.Dict{dict, nil} {
			b := event.AppendEvent(nil, &e, d)
			var got event.Event
			if err := event.DecodeEvent(b, d, &got); err != nil || !same(e, got) {
				t.Fatalf("wrote %+v\nread  %+v, %v", e, got, err)
			}
			h, err := event.DecodeHead(b)
			if err != nil || h.Time != e.Time || h.Received != e.Received || h.Arrival != e.Arrival || h.Unit != e.Unit {
				t.Fatalf("head %+v of %+v, %v", h, e, err)
			}
			if d != nil && h.TypeCode != d.Code(e.Type) {
				t.Fatalf("type code %d, want %d", h.TypeCode, d.Code(e.Type))
			}
			source, id, err := event.DecodeKey(b, d)
			if err != nil || source != e.Source || id != e.ID {
				t.Fatalf("key %q, %q of %+v, %v", source, id, e, err)
			}
		}
	})
}

func TestDecodeRefusesDamage(t *testing.T) {
	t.Parallel()
	dict := &value.MemDict{}
	e := paid(t)
	b := event.AppendEvent(nil, &e, dict)
	var got event.Event
	for n := range b {
		if err := event.DecodeEvent(b[:n], dict, &got); !errors.Is(err, event.ErrCorrupt) {
			t.Errorf("cut at %d: %v", n, err)
		}
	}
	if err := event.DecodeEvent(append(b, 0), dict, &got); !errors.Is(err, event.ErrCorrupt) {
		t.Errorf("a byte too many: %v", err)
	}
	b[0] = 2
	if err := event.DecodeEvent(b, dict, &got); !errors.Is(err, event.ErrVersion) {
		t.Errorf("version 2: %v", err)
	}
	if _, err := event.DecodeHead(b); !errors.Is(err, event.ErrVersion) {
		t.Errorf("head of version 2: %v", err)
	}
}

func FuzzDecodeEvent(f *testing.F) {
	dict := &value.MemDict{}
	e := paid(f)
	f.Add(event.AppendEvent(nil, &e, dict))
	f.Add(event.AppendEvent(nil, &e, nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		var got, again event.Event
		_, headErr := event.DecodeHead(b)
		if err := event.DecodeEvent(b, dict, &got); err != nil {
			return
		}
		if headErr != nil {
			t.Fatalf("%x: event without head: %v", b, headErr)
		}
		if err := event.DecodeEvent(event.AppendEvent(nil, &got, dict), dict, &again); err != nil || !same(got, again) {
			t.Fatalf("%+v does not survive: %+v, %v", got, again, err)
		}
	})
}

// paid is an order as the Node client sends it, 550 bytes of JSON.
func paid(t testing.TB) event.Event {
	t.Helper()
	props, err := value.ParseJSONText(`{"order_id":"SO-20240229-000123","amount_fen":12850,"currency":"CNY","coupon":null,"first":false,` +
		`"items":[{"sku":"A-1001","category":"母婴","quantity":2,"price_fen":4900},{"sku":"B-2","category":"food","quantity":1,"price_fen":3050}]}`)
	if err != nil {
		t.Fatal(err)
	}
	context, err := value.ParseJSONText(`{"library":{"name":"@segment/analytics-node","version":"3.1.0"}}`)
	if err != nil {
		t.Fatal(err)
	}
	return event.Event{
		Type: "order.paid", RawType: "Order Paid", Time: 1709210096789, Received: 1709210097120, Source: "shop",
		ID:    "node-next-1709210096790-9b2c1f1e-5d5a-4c39-8b3f-0d1d3f3c9f11",
		Props: props, Context: context, Arrival: 12, Unit: 9,
	}
}

func TestAStoredOrderIsSmall(t *testing.T) {
	t.Parallel()
	dict := &value.MemDict{}
	e := paid(t)
	if n := len(event.AppendEvent(nil, &e, dict)); n > 140 {
		t.Errorf("takes %d bytes", n)
	}
}

func BenchmarkAppendEvent(b *testing.B) {
	dict, e := &value.MemDict{}, paid(b)
	var out []byte
	b.ReportAllocs()
	for b.Loop() {
		out = event.AppendEvent(out[:0], &e, dict)
	}
	b.ReportMetric(float64(len(out)), "bytes")
}

func BenchmarkDecodeEvent(b *testing.B) {
	dict, e := &value.MemDict{}, paid(b)
	in := event.AppendEvent(nil, &e, dict)
	b.ReportAllocs()
	for b.Loop() {
		if err := event.DecodeEvent(in, dict, &e); err != nil {
			b.Fatal(err)
		}
	}
}
