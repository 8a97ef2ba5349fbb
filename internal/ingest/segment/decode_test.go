package segment_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/ingest/segment"
	"github.com/earmarkhq/earmark/internal/value"
)

// receipt is the instant at which the requests of these tests arrive.
var receipt = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).UnixMilli()

// ago writes an instant that many milliseconds before receipt.
func ago(ms int64) string {
	return time.UnixMilli(receipt - ms).UTC().Format("2006-01-02T15:04:05.000Z")
}

// show renders a call so that a table can state it.
func show(c segment.Call) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s", c.Kind)
	for _, f := range []struct{ name, text string }{
		{"user", c.UserID}, {"anonymous", c.AnonymousID}, {"previous", c.PreviousID}, {"group", c.GroupID}, {"name", c.Name},
	} {
		if f.text != "" {
			fmt.Fprintf(&b, " %s=%s", f.name, f.text)
		}
	}
	fmt.Fprintf(&b, " at=%d", c.Time-receipt)
	if c.Skew != 0 {
		fmt.Fprintf(&b, " skew=%d", c.Skew)
	}
	for _, f := range []struct {
		name string
		v    value.Value
	}{{"props", c.Props}, {"traits", c.Traits}, {"context", c.Context}} {
		if f.v.Kind() != value.Null {
			fmt.Fprintf(&b, " %s=%s", f.name, f.v)
		}
	}
	return b.String()
}

func TestDecodeReadsWhatClientsSend(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, body string
		kind       segment.Kind
		want       []string
	}{
		{
			name: "analytics-node 3.1.0: sentAt and writeKey beside the batch",
			body: `{"batch":[{"userId":"u1","event":"Order Completed","properties":{"total":"128.50","products":[{"sku":"A"}]},` +
				`"timestamp":"` + ago(5000) + `","type":"track","messageId":"node-next-1-x","context":{"library":{"name":"@segment/analytics-node","version":"3.1.0"}},` +
				`"integrations":{},"_metadata":{"nodeVersion":"20"}}],"writeKey":"WK","sentAt":"` + ago(20) + `"}`,
			want: []string{`track user=u1 name=Order Completed at=-5000 props={"total":"128.50","products":[{"sku":"A"}]} context={"library":{"name":"@segment/analytics-node","version":"3.1.0"}}`},
		},
		{
			name: "RudderStack: originalTimestamp, sentAt on each event, traits twice",
			body: `{"batch":[{"type":"identify","userId":"u1","anonymousId":"a1","channel":"server","messageId":"m","traits":{"city":"上海"},` +
				`"context":{"traits":{"city":"上海"},"library":{"name":"rudder"}},"originalTimestamp":"` + ago(90_000) + `","sentAt":"` + ago(10) + `"}]}`,
			want: []string{`identify user=u1 anonymous=a1 at=-90000 traits={"city":"上海"} context={"library":{"name":"rudder"}}`},
		},
		{
			name: "traits of the context alone",
			body: `{"batch":[{"type":"identify","userId":"u","messageId":"m","context":{"traits":{"a":1}}},{"type":"identify","userId":"u","messageId":"n","traits":{"a":2},"context":{"traits":{"a":1}}}]}`,
			want: []string{`identify user=u at=0 traits={"a":1} context={}`, `identify user=u at=0 traits={"a":2} context={"traits":{"a":1}}`},
		},
		{
			name: "the batch's context is under the call's",
			body: `{"context":{"ip":"1.1.1.1","locale":"zh-CN"},"batch":[{"type":"track","event":"e","userId":"u","messageId":"m","context":{"ip":"2.2.2.2"}},{"type":"track","event":"e","userId":"u","messageId":"n"}]}`,
			want: []string{`track user=u name=e at=0 context={"ip":"2.2.2.2","locale":"zh-CN"}`, `track user=u name=e at=0 context={"ip":"1.1.1.1","locale":"zh-CN"}`},
		},
		{
			name: "alias, group, page, screen",
			body: `{"batch":[{"type":"alias","previousId":"a1","userId":"u1","messageId":"1"},{"type":"group","groupId":"g","userId":"u1","traits":{"name":"ACME"},"messageId":"2"},` +
				`{"type":"page","name":"Home","category":"Docs","anonymousId":"a1","properties":{"url":"/"},"messageId":"3"},{"type":"screen","anonymousId":"a1","properties":{"name":"Own"},"name":"Cart","messageId":"4"}]}`,
			want: []string{
				`alias user=u1 previous=a1 at=0`, `group user=u1 group=g at=0 traits={"name":"ACME"}`,
				`page anonymous=a1 name=Home at=0 props={"url":"/","category":"Docs","name":"Home"}`,
				`screen anonymous=a1 name=Cart at=0 props={"name":"Own"}`,
			},
		},
		{
			name: "single call: the path says the kind, the body has the key",
			kind: segment.Track,
			body: `{"writeKey":"WK","event":"e","userId":102938475610293847,"timestamp":1772366399000,"messageId":7}`,
			want: []string{`track user=102938475610293847 name=e at=-1000`},
		},
		{
			name: "null counts as missing",
			kind: segment.Identify,
			body: `{"userId":"u","anonymousId":null,"traits":{"city":null},"context":null,"timestamp":null,"messageId":"m"}`,
			want: []string{`identify user=u at=0 traits={"city":null}`},
		},
		{
			name: "a bare list, a byte order mark",
			body: "\ufeff" + `[{"type":"track","event":"e","userId":"u","messageId":"m"}]`,
			want: []string{`track user=u name=e at=0`},
		},
		{
			name: "the last of a repeated member counts",
			body: `{"batch":[{"type":"page","type":"track","event":"a","event":"e","userId":"u","messageId":"m","properties":{"a":1},"properties":{"b":2}}]}`,
			want: []string{`track user=u name=e at=0 props={"b":2}`},
		},
		{name: "an empty batch", body: `{"batch":[]}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var d segment.Decoder
			b, err := d.Decode(c.body, c.kind, receipt)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range b.Refusals {
				t.Errorf("refused %d: %v", r.Index, r.Err)
			}
			if len(b.Calls) != len(c.want) {
				t.Fatalf("%d calls, want %d", len(b.Calls), len(c.want))
			}
			for i, call := range b.Calls {
				if got := show(call); got != c.want[i] {
					t.Errorf("got  %s\nwant %s", got, c.want[i])
				}
				if call.Index != i || call.MessageID == "" {
					t.Errorf("call %d has index %d and id %q", i, call.Index, call.MessageID)
				}
			}
		})
	}
}

func TestClockSkewIsCorrectedOnceAndOnlyAbove60Seconds(t *testing.T) {
	t.Parallel()
	const hour = 3600_000
	for _, c := range []struct {
		name, timestamp, sentAt string
		at, skew                int64 // relative to receipt
	}{
		{"the way takes a while", ago(1000), ago(60_000), -1000, 0},
		{"the client's clock is slow", ago(hour + 5000), ago(hour), -5000, hour},
		{"the client's clock is fast", ago(-hour + 5000), ago(-hour), -5000, -hour},
		{"just above", ago(61_001), ago(60_001), -1000, 60_001},
		{"just above, ahead", ago(-59_001), ago(-60_001), -1000, -60_001},
		{"kept in the client's queue for days by a right clock", ago(72 * hour), ago(10), -72 * hour, 0},
		{"no sentAt", ago(hour), "", -hour, 0},
		{"a sentAt that is no time", ago(hour), "yesterday", -hour, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, body := range []string{
				fmt.Sprintf(`{"sentAt":"%s","batch":[{"type":"track","event":"e","userId":"u","messageId":"m","timestamp":"%s"}]}`, c.sentAt, c.timestamp),
				fmt.Sprintf(`{"batch":[{"type":"track","event":"e","userId":"u","messageId":"m","originalTimestamp":"%s","sentAt":"%s"}]}`, c.timestamp, c.sentAt),
			} {
				var d segment.Decoder
				b, err := d.Decode(body, "", receipt)
				if err != nil || len(b.Calls) != 1 {
					t.Fatalf("%v, %v", b, err)
				}
				call := b.Calls[0]
				if call.Time-receipt != c.at || call.Skew != c.skew {
					t.Errorf("at %d, skew %d; want %d, %d", call.Time-receipt, call.Skew, c.at, c.skew)
				}
				e, _ := call.Event("shop")
				if n, _ := e.Context.Get(segment.SkewKey).Int(); n != c.skew {
					t.Errorf("the event keeps skew %d", n)
				}
			}
		})
	}
}

func TestBadCallsAreRefusedAlone(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`{"a":`, 31) + "1" + strings.Repeat("}", 31)
	wide := `{"l":[` + strings.Repeat("1,", 999) + `1]}`
	long := strings.Repeat("x", 256)
	for code, bad := range map[string][]string{
		"segment.call_not_object":    {`1`, `null`, `[]`, `"x"`},
		"segment.type_missing":       {`{"userId":"u"}`, `{"type":null,"userId":"u"}`, `{"type":{},"userId":"u"}`},
		"segment.type_unknown":       {`{"type":"trac","userId":"u"}`, `{"type":"TRACK","event":"e","userId":"u"}`},
		"segment.identity_missing":   {`{"type":"track","event":"e"}`, `{"type":"identify","userId":"","anonymousId":null}`, `{"type":"page"}`},
		"segment.field_missing":      {`{"type":"track","userId":"u"}`, `{"type":"track","event":"","userId":"u"}`, `{"type":"alias","userId":"u"}`, `{"type":"alias","previousId":"p","anonymousId":"a"}`, `{"type":"group","userId":"u"}`},
		"segment.field_too_long":     {`{"type":"track","event":"` + long + `","userId":"u"}`, `{"type":"identify","userId":"` + long + `"}`, `{"type":"identify","userId":"u","messageId":"` + long + `"}`},
		"segment.field_not_object":   {`{"type":"track","event":"e","userId":"u","properties":[1]}`, `{"type":"identify","userId":"u","traits":"x"}`, `{"type":"identify","userId":"u","context":1}`},
		"segment.event_reserved":     {`{"type":"track","event":"$statement","userId":"u"}`},
		"segment.time_unreadable":    {`{"type":"track","event":"e","userId":"u","timestamp":"yesterday"}`, `{"type":"track","event":"e","userId":"u","timestamp":true}`},
		"segment.time_too_far_ahead": {`{"type":"track","event":"e","userId":"u","timestamp":"` + ago(-86_400_001) + `"}`},
		"segment.call_too_deep":      {`{"type":"track","event":"e","userId":"u","properties":` + deep[:5*31] + `{}` + strings.Repeat("}", 31) + `}`},
		"segment.call_too_wide":      {`{"type":"track","event":"e","userId":"u","properties":` + wide + `}`},
		"segment.call_too_large":     {`{"type":"track","event":"e","userId":"u","properties":{"t":"` + strings.Repeat("x", segment.MaxCall) + `"}}`},
	} {
		for _, call := range bad {
			good := `{"type":"track","event":"e","userId":"u","messageId":"good"}`
			var d segment.Decoder
			b, err := d.Decode(`{"batch":[`+good+`,`+call+` ,`+good+`]}`, "", receipt)
			if err != nil {
				t.Fatalf("%.80s: %v", call, err)
			}
			if len(b.Calls) != 2 || len(b.Refusals) != 1 {
				t.Errorf("%.80s: %d accepted, %d refused", call, len(b.Calls), len(b.Refusals))
				continue
			}
			r := b.Refusals[0]
			if !fault.Is(r.Err, code) || r.Index != 1 || r.Raw != call[:min(len(call), segment.MaxCall)] {
				t.Errorf("%.80s: index %d, %v; want %s", call, r.Index, r.Err, code)
			}
			if b.Calls[1].Index != 2 {
				t.Errorf("%.80s: the next call has index %d", call, b.Calls[1].Index)
			}
		}
	}
}

func TestCallsAtTheLimitsAreAccepted(t *testing.T) {
	t.Parallel()
	frame := `{"type":"track","event":"e","userId":"u","messageId":"m","properties":%s}`
	empty := len(frame) - 2
	for name, call := range map[string]string{
		"32 KB":           fmt.Sprintf(frame, `{"t":"`+strings.Repeat("x", segment.MaxCall-empty-8)+`"}`),
		"32 levels":       fmt.Sprintf(frame, strings.Repeat(`{"a":`, 31)+"1"+strings.Repeat("}", 31)),
		"1000 properties": fmt.Sprintf(frame, `{"l":[`+strings.Repeat("1,", 998)+`1]}`),
		"255 bytes of id": `{"type":"identify","messageId":"m","userId":"` + strings.Repeat("x", 255) + `"}`,
		"24 hours ahead":  `{"type":"track","event":"e","userId":"u","timestamp":"` + ago(-86_400_000) + `"}`,
	} {
		var d segment.Decoder
		b, err := d.Decode(`{"batch":[`+call+`]}`, "", receipt)
		if err != nil || len(b.Calls) != 1 {
			t.Errorf("%s: %+v, %v", name, b, err)
		}
	}
}

func TestBodiesThatAreNone(t *testing.T) {
	t.Parallel()
	for body, code := range map[string]string{
		``: "segment.body_not_json", `{`: "segment.body_not_json", `data=abc`: "segment.body_not_json",
		`{"batch":[{]}`: "segment.body_not_json", `{"batch":[]} x`: "segment.body_not_json", `5`: "segment.body_not_json",
		"{\"batch\":[{\"userId\":\"\xff\"}]}":                                   "segment.body_not_json",
		`{"batch":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`: "segment.body_not_json",
		`{}`: "segment.batch_missing", `{"batch":{}}`: "segment.batch_missing", `{"batch":null}`: "segment.batch_missing",
	} {
		var d segment.Decoder
		if b, err := d.Decode(body, "", receipt); !fault.Is(err, code) || fault.KindOf(err) != fault.KindInvalid {
			t.Errorf("%.60q: %+v, %v; want %s", body, b, err, code)
		}
	}
}

func TestDerivedMessageIDs(t *testing.T) {
	t.Parallel()
	ids := func(at int64, body string) []string {
		var d segment.Decoder
		b, err := d.Decode(body, "", at)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, c := range b.Calls {
			out = append(out, c.MessageID)
		}
		return out
	}
	call := func(more string) string { return `{"type":"track","event":"e","userId":"u"` + more + `}` }
	dated := call(`,"timestamp":"` + ago(1000) + `","properties":{"a":1}`)

	first := ids(receipt, `{"sentAt":"`+ago(5)+`","batch":[`+dated+`,`+dated+`,`+call(`,"properties":{"a":2}`)+`]}`)
	if first[0] == first[1] || first[1] != first[0]+"-2" || first[2] == first[0] {
		t.Errorf("equal calls of one body: %v", first)
	}
	again := ids(receipt+5000, `{"sentAt":"`+ago(-4990)+`","batch":[`+dated+`]}`)
	if again[0] != first[0] {
		t.Errorf("sent again it is %s, was %s", again[0], first[0])
	}
	if a, b := ids(receipt, `{"batch":[`+call("")+`]}`), ids(receipt+1, `{"batch":[`+call("")+`]}`); a[0] == b[0] {
		t.Errorf("undated calls at two instants are both %s", a[0])
	}
}

func TestEventsOfCalls(t *testing.T) {
	t.Parallel()
	var d segment.Decoder
	b, err := d.Decode(`{"batch":[{"type":"track","event":"e","userId":"u","messageId":"1"},{"type":"identify","userId":"u","anonymousId":"a","traits":{"x":1},"messageId":"2"},`+
		`{"type":"page","userId":"u","name":"Home","messageId":"3"},{"type":"screen","userId":"u","messageId":"4"},{"type":"group","userId":"u","groupId":"g","traits":{"group_id":"old","n":1},"messageId":"5"},`+
		`{"type":"alias","userId":"u","previousId":"p","messageId":"6"}]}`, "", receipt)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{`e {}`, `$identify {"x":1}`, `page.viewed {"name":"Home"}`, `screen.viewed {}`, `group.joined {"n":1,"group_id":"g"}`, ""}
	for i := range b.Calls {
		c := &b.Calls[i]
		got := ""
		if e, ok := c.Event("shop"); ok {
			got = e.Type + " " + e.Props.String()
			if e.Source != "shop" || e.ID != fmt.Sprint(i+1) || e.Time != receipt {
				t.Errorf("%+v", e)
			}
		}
		if got != want[i] {
			t.Errorf("%s: got %s, want %s", c.Kind, got, want[i])
		}
	}
	if keys := fmt.Sprint(b.Calls[1].Keys()); keys != "[{user_id u} {anonymous_id a}]" {
		t.Errorf("keys %s", keys)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(`{"batch":[{"type":"track","event":"e","userId":"u","timestamp":"2026-03-01T12:00:00Z"}],"sentAt":"2026-03-01T12:00:00Z"}`, "")
	f.Add(`{"event":"e","anonymousId":1,"properties":{"a":[1,{"b":null}]}}`, "track")
	f.Add(`[{"type":"identify","userId":"u","context":{"traits":{"a":1}}},{"type":"alias"}]`, "")
	var shared segment.Decoder
	f.Fuzz(func(t *testing.T, body, kind string) {
		var fresh segment.Decoder
		b, err := fresh.Decode(body, segment.Kind(kind), receipt)
		again, err2 := shared.Decode(body, segment.Kind(kind), receipt)
		if (err == nil) != (err2 == nil) {
			t.Fatalf("%v, then %v", err, err2)
		}
		if err != nil {
			return
		}
		if len(b.Calls) != len(again.Calls) || len(b.Refusals) != len(again.Refusals) {
			t.Fatalf("%d and %d calls", len(b.Calls), len(again.Calls))
		}
		for i := range b.Calls {
			c := &b.Calls[i]
			if show(*c) != show(again.Calls[i]) || c.MessageID != again.Calls[i].MessageID {
				t.Fatalf("%s\n%s", show(*c), show(again.Calls[i]))
			}
			e, ok := c.Event("shop")
			if len(c.Keys()) == 0 || c.MessageID == "" || c.Time > receipt+segment.MaxAhead || ok && (e.Type == "" || e.Props.Kind() != value.Object) {
				t.Fatalf("accepted %s", show(*c))
			}
		}
		for _, r := range b.Refusals {
			if fault.KindOf(r.Err) != fault.KindInvalid || len(r.Raw) > segment.MaxCall {
				t.Fatalf("refused %+v", r)
			}
		}
	})
}
