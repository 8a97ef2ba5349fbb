package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/engine"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/ingest"
	"github.com/earmarkhq/earmark/internal/ingest/segment"
	"github.com/earmarkhq/earmark/internal/value"
)

var (
	_ segment.Sink     = (*ingest.Taker)(nil)
	_ segment.Refusals = (*ingest.Notices)(nil)
)

// say is a unit in one line: customer, keys, events, losses.
func say(unit []engine.Input) string {
	var parts []string
	for _, in := range unit {
		s := fmt.Sprint(in.Customer)
		for _, k := range in.Keys {
			s += " " + k.Value
		}
		for _, k := range in.Lost {
			s += " -" + k.Value
		}
		for _, f := range in.Former {
			s += fmt.Sprintf(" former=%d", f)
		}
		for _, e := range in.Events {
			s += " " + e.Type + "#" + e.ID
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, "; ")
}

func call(kind segment.Kind, id, user, anonymous string) segment.Call {
	return segment.Call{Kind: kind, MessageID: id, UserID: user, AnonymousID: anonymous, Time: start.UnixMilli(), Name: "clicked"}
}

func TestOneRequestIsOneUnitInOrder(t *testing.T) {
	b := setup(t)
	order := call(segment.Track, "m1", "u1", "a1")
	order.Name, order.Props = "Order Completed", js(t, `{"total":"128.50"}`)
	alias := call(segment.Alias, "m6", "u2", "")
	alias.PreviousID = "a2"
	calls := []segment.Call{
		order,
		call(segment.Track, "m2", "u1", "a1"),
		call(segment.Identify, "m3", "u1", ""),
		call(segment.Track, "m4", "", "a2"),
		call(segment.Track, "m5", "", "a2"),
		alias,
		call(segment.Page, "m7", "u2", ""),
		call(segment.Track, "m8", "u3", "a1"),
	}
	if err := b.taker.Submit(context.Background(), "shop", calls); err != nil {
		t.Fatal(err)
	}
	if len(b.engine.units) != 1 {
		t.Fatalf("%d units", len(b.engine.units))
	}
	unit := b.engine.units[0].in
	want := "1 u1 a1 order.paid#m1 clicked#m2; 1 u1 $identify#m3; 2 a2 clicked#m4 clicked#m5; 2 u2 a2; " +
		"2 u2 page.viewed#m7; 1 -a1; 3 u3 a1 former=1 clicked#m8"
	if got := say(unit); got != want {
		t.Errorf("unit %s\nwant %s", got, want)
	}
	paid := unit[0].Events[0]
	if paid.RawType != "Order Completed" || paid.Props.String() != `{"amount_fen":12850}` || paid.Raw.String() != `{"total":"128.50"}` {
		t.Errorf("order %+v, properties %s, raw %s", paid, paid.Props, paid.Raw)
	}
	if paid.Source != "shop" || paid.Time != start.UnixMilli() {
		t.Errorf("order %+v", paid)
	}
}

func TestWhatCameInIsSeenAndCounted(t *testing.T) {
	b := setup(t)
	ctx := context.Background()
	a := call(segment.Track, "m1", "u1", "")
	a.Name = "Order Completed"
	for range 2 {
		if err := b.taker.Submit(ctx, "shop", []segment.Call{a, call(segment.Track, "m2", "u1", "")}); err != nil {
			t.Fatal(err)
		}
	}
	for _, user := range []string{"u2", "u2"} { // a union id that u1 has
		batch := &ingest.Batch{}
		batch.Add([]customer.Key{key(customer.UserID, "u1"), key(customer.UnionID, "x1")}, track("m3", "hello"))
		batch.Add([]customer.Key{key(customer.UserID, user), key(customer.UnionID, "x1")}, track("m4", "hello"))
		ch := make(chan error, 1)
		if err := b.taker.Take(ctx, batch, func(_ engine.Receipt, err error) { ch <- err }); err != nil {
			t.Fatal(err)
		}
		if err := <-ch; err != nil {
			t.Fatal(err)
		}
	}
	b.flush(t)
	if b.catalog.seen["order.paid"] != 2 || b.catalog.seen["hello"] != 4 || b.catalog.seen["Order Completed"] != 0 {
		t.Errorf("seen %v", b.catalog.seen)
	}
	got := map[string]int64{}
	for _, c := range b.catalog.conflicts {
		got[fmt.Sprint(c.Kind, " ", c.Code, " ", c.Source, " ", c.Key, " ", c.Customer, " ", c.Other, " ", c.Detail)] = c.Count
		if c.First != start.UnixMilli() || c.Last != start.UnixMilli() {
			t.Errorf("times of %+v", c)
		}
	}
	want := map[string]int64{
		"identity identity.contradiction shop unionid:x1 2 1 user_id:u1": 2,
		"repeat ingest.repeat_differs shop  0 0 ":                        4,
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("conflicts %v\nwant %v", got, want)
	}
	if s := b.taker.Stats(); s.Units != 4 || s.Events != 8 || s.Accepted != 4 || s.Repeated != 4 || s.Conflicts != 4 {
		t.Errorf("stats %+v", s)
	}
}

func TestAnErrorOfTheEngineIsTheAnswer(t *testing.T) {
	b := setup(t)
	b.engine.err = fault.Unavailable("engine.closed")
	err := b.taker.Submit(context.Background(), "shop", []segment.Call{call(segment.Track, "m1", "u1", "")})
	if !errors.Is(err, b.engine.err) {
		t.Errorf("error %v", err)
	}
}

func TestSubmitWaitsForDurability(t *testing.T) {
	b := setup(t)
	b.engine.hold = make(chan struct{})
	ctx, cancel := context.WithCancel(context.Background())
	got := make(chan error)
	go func() { got <- b.taker.Submit(ctx, "shop", []segment.Call{call(segment.Track, "m1", "u1", "")}) }()
	select {
	case err := <-got:
		t.Fatalf("answered before it was durable: %v", err)
	default:
	}
	cancel()
	if err := <-got; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	close(b.engine.hold)
}

func TestRefusedCallsAreKeptForOperators(t *testing.T) {
	b := setup(t)
	ctx := context.Background()
	b.notices.Refused(ctx, "shop", 42, []segment.Refusal{
		{Index: 3, MessageID: "m1", Raw: strings.Repeat("x", 5000), Err: fault.Invalid("segment.type_missing")},
		{Index: 4, Raw: "{}", Err: errors.New("odd")},
	})
	if len(b.catalog.faults) != 0 {
		t.Error("written at once")
	}
	b.flush(t)
	f := b.catalog.faults
	if len(f) != 2 || f[0].Place != "batch[3] m1" || f[0].Code != "segment.type_missing" || f[0].Text != "type is missing" ||
		len(f[0].Sample) != 2048 || f[0].At != 42 || f[0].Source != "shop" || f[1].Code != "fault.unexpected" {
		t.Errorf("faults %+v", f)
	}
}

func TestAFloodOfRefusedCallsIsWrittenAtOnce(t *testing.T) {
	b := setup(t)
	for range 10 {
		refused := make([]segment.Refusal, 250)
		for i := range refused {
			refused[i].Err = fault.Invalid("segment.type_missing")
		}
		b.notices.Refused(context.Background(), "shop", 1, refused)
	}
	if len(b.catalog.faults) != 2000 || b.catalog.writes != 2 {
		t.Errorf("%d faults in %d writes", len(b.catalog.faults), b.catalog.writes)
	}
}

func TestCheck(t *testing.T) {
	user := []customer.Key{key(customer.UserID, "u1")}
	now := start.UnixMilli()
	long := strings.Repeat("x", 256)
	cases := []struct {
		name string
		edit func(ev *event.Event)
		keys []customer.Key
		want string
	}{
		{"good", func(*event.Event) {}, user, ""},
		{"an attribute update", func(e *event.Event) { e.Type = "$identify" }, user, ""},
		{"a day ahead", func(e *event.Event) { e.Time = now + 24*3600*1000 }, user, ""},
		{"more than a day ahead", func(e *event.Event) { e.Time = now + 24*3600*1000 + 1 }, user, "ingest.time_ahead"},
		{"the epoch", func(e *event.Event) { e.Time = 0 }, user, "ingest.time_too_early"},
		{"no type", func(e *event.Event) { e.Type = "" }, user, "ingest.no_type"},
		{"a long type", func(e *event.Event) { e.Type = long }, user, "ingest.name_too_long"},
		{"a statement from outside", func(e *event.Event) { e.Type = "$statement" }, user, "ingest.name_reserved"},
		{"no id", func(e *event.Event) { e.ID = "" }, user, "ingest.no_id"},
		{"a long id", func(e *event.Event) { e.ID = long }, user, "ingest.id_too_long"},
		{"nobody", func(*event.Event) {}, nil, "ingest.no_identity"},
		{"a long identity", func(*event.Event) {}, []customer.Key{key(customer.UserID, long)}, "ingest.identity"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			ev := track("m1", "clicked")
			c.edit(&ev)
			got := ""
			if err := ingest.Check(&ev, c.keys, now); err != nil {
				got = err.Code
			}
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestCheckProps(t *testing.T) {
	deep := value.Value{}
	for range value.MaxDepth + 1 {
		deep = value.NewList(deep)
	}
	wide := make([]value.Value, ingest.MaxProperties+1)
	cases := []struct {
		props value.Value
		want  string
	}{
		{js(t, `{"a":[1,2,{"b":3}]}`), ""},
		{value.NewList(wide...), "ingest.too_many"},
		{deep, "ingest.too_deep"},
	}
	for _, c := range cases {
		got := ""
		if err := ingest.CheckProps(c.props); err != nil {
			got = err.Code
		}
		if got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// BenchmarkTake takes requests of 100 calls of known customers; the figure is per call.
func BenchmarkTake(b *testing.B) {
	f := setup(b)
	props := js(b, `{"page":"/p/17","price_fen":1250,"channel":"wecom","city":"上海","first":true}`)
	requests := make([][]segment.Call, 200)
	for i := range requests {
		for j := range 100 {
			n := fmt.Sprint(i*100 + j)
			c := call(segment.Track, "m"+n, "user-"+n, "9c1fbb0e-"+n)
			c.Name, c.Props = fmt.Sprint("clicked ", j%40), props
			requests[i] = append(requests[i], c)
		}
	}
	b.ReportAllocs()
	for i := 0; i < b.N; i += 100 {
		f.engine.units = f.engine.units[:0]
		if err := f.taker.Submit(context.Background(), "shop", requests[i/100%len(requests)]); err != nil {
			b.Fatal(err)
		}
	}
}
