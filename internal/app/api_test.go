package app_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"
	"time"

	"github.com/earmarkhq/earmark/internal/config"
	"github.com/earmarkhq/earmark/internal/httpapi"
)

// A tag comes with the event that earns it and goes at the millisecond at which its condition lapses,
// though nothing arrives.
func TestTagsAreTrueAtEveryInstant(t *testing.T) {
	s := open(t)
	s.publish(rules)
	s.order("u1", "m1", 100)
	c := s.who("u1")
	if c.names() != "近7天有下单" || c.Tags[0].Cause.Kind != "event" || c.Tags[0].MayChangeAt != "2026-03-21T04:00:00.000Z" {
		t.Fatalf("after an order: %+v", c)
	}
	s.clock.Advance(7*24*time.Hour - time.Millisecond)
	if c := s.who("u1"); c.names() != "近7天有下单" {
		t.Errorf("a millisecond before: %q", c.names())
	}
	s.clock.Advance(time.Millisecond)
	if c := s.who("u1"); c.names() != "" || c.AsOf != "2026-03-21T04:00:00.000Z" {
		t.Errorf("at the instant: %q as of %s", c.names(), c.AsOf)
	}
	var h struct {
		Changes []struct {
			Kind, At string
			Cause    struct{ Kind string }
		}
	}
	s.get("/api/v1/customers/"+c.ID+"/history", &h)
	if len(h.Changes) < 2 || h.Changes[0].Kind != "tag_removed" || h.Changes[0].At != "2026-03-21T04:00:00.000Z" || h.Changes[0].Cause.Kind != "deadline" {
		t.Errorf("history %+v", h)
	}
}

func TestHistoryAsOfAndAsKnownAt(t *testing.T) {
	s := open(t)
	s.publish(rules)
	s.order("u1", "m1", 100)
	id := s.who("u1").ID
	s.clock.Advance(24 * time.Hour)
	s.order("u1", "m2", 100)
	s.clock.Advance(30 * 24 * time.Hour)
	at := func(query string) string {
		t.Helper()
		var h struct{ Tags []struct{ Name string } }
		s.get("/api/v1/customers/"+id+"/history?"+query, &h)
		var names []string
		for _, x := range h.Tags {
			names = append(names, x.Name)
		}
		return strings.Join(names, " ")
	}
	for query, want := range map[string]string{
		"as_of=2026-03-14T03:59:59.999Z":                               "",
		"as_of=2026-03-14T04:00:00Z":                                   "近7天有下单",
		"as_of=2026-03-15T12:00:00%2B08:00":                            "近7天有下单 复购 重要",
		"as_of=2026-03-23T00:00:00Z":                                   "复购 重要",
		"as_of=2026-03-15T04:00:00Z&known_at=2026-03-15T03:59:59.999Z": "近7天有下单",
		"known_at=2026-03-14T04:00:00Z":                                "近7天有下单",
		"":                                                             "复购 重要",
	} {
		if got := at(query); got != want {
			t.Errorf("%q: %q, want %q", query, got, want)
		}
	}
}

func TestHandsStateTags(t *testing.T) {
	s := open(t)
	s.publish(rules)
	s.order("u1", "m1", 100)
	s.order("u1", "m2", 100)
	id := s.who("u1").ID
	path := "/api/v1/customers/" + id + "/tags"
	s.must(200, "POST", path, map[string]any{"tag": "强力拒绝", "present": true, "actor": "王店长"})
	c := s.who("u1")
	if c.names() != "强力拒绝 近7天有下单 复购" {
		t.Fatalf("tags %q: a tag of tags did not follow", c.names())
	}
	if cause := c.Tags[0].Cause; cause.Kind != "statement" || cause.Actor != "王店长" || cause.Sentence != "by hand (王店长)" {
		t.Errorf("cause %+v", cause)
	}
	// One of a single-choice group takes the other's place, until its end.
	s.must(200, "POST", path, map[string]any{"tag": "意向/低", "present": true})
	s.clock.Advance(time.Second)
	s.must(200, "POST", path, map[string]any{"tag": "意向/高", "present": true, "until": "2026-03-14T05:00:00Z"})
	if got := s.who("u1").names(); got != "强力拒绝 高 近7天有下单 复购" {
		t.Errorf("tags %q", got)
	}
	s.clock.Set(start.Add(time.Hour))
	if got := s.who("u1").names(); strings.Contains(got, "高") {
		t.Errorf("after its end: %q", got)
	}
	// The same request again states nothing.
	first := s.must(200, "POST", path, map[string]any{"tag": "老客", "present": true}, "Idempotency-Key", "k1")
	s.must(200, "POST", path, map[string]any{"tag": "老客", "present": false})
	again := s.must(200, "POST", path, map[string]any{"tag": "老客", "present": true}, "Idempotency-Key", "k1")
	if !strings.Contains(first.body, `"repeated":false`) || !strings.Contains(again.body, `"repeated":true`) || strings.Contains(s.who("u1").names(), "老客") {
		t.Errorf("first %s, again %s, then %q", first.body, again.body, s.who("u1").names())
	}
}

// Every operation of the description answers 401 without a key, and 403 to the role below its own.
func TestEveryOperationAsksForItsRole(t *testing.T) {
	s := open(t)
	keys := map[string]string{"admin": s.admin}
	for _, role := range []string{"reader", "editor"} {
		var k struct{ Key string }
		a := s.must(201, "POST", "/api/v1/api-keys", map[string]any{"name": role, "role": role})
		if err := json.Unmarshal([]byte(a.body), &k); err != nil || k.Key == "" {
			t.Fatal(a.body, err)
		}
		keys[role] = k.Key
	}
	raw, err := httpapi.OpenAPI("1")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]struct{ Security []map[string][]string }
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	below := map[string]string{"editor": "reader", "admin": "editor"}
	for path, methods := range doc.Paths {
		for method, op := range methods {
			role := op.Security[0]["key"][0]
			for key, status := range map[string]int{"": 401, "em_wrong": 401, keys[below[role]]: 403} {
				if below[role] == "" && status == 403 {
					continue
				}
				if a := s.call(key, strings.ToUpper(method), path, nil); a.status != status || a.status == 401 && a.header.Get("WWW-Authenticate") == "" {
					t.Errorf("%s %s for %q: %d, want %d", method, path, role, a.status, status)
				}
			}
		}
	}
}

func TestAKeyIsShownOnceAndCanBeRevoked(t *testing.T) {
	s := open(t)
	var made struct{ ID, Key, Prefix string }
	if err := json.Unmarshal([]byte(s.must(201, "POST", "/api/v1/api-keys", map[string]any{"name": "报表", "role": "reader"}).body), &made); err != nil {
		t.Fatal(err)
	}
	if a := s.call(made.Key, "GET", "/api/v1/status", nil); a.status != 200 {
		t.Fatalf("a new key: %s", a.body)
	}
	if list := s.must(200, "GET", "/api/v1/api-keys", nil).body; strings.Contains(list, made.Key) || !strings.Contains(list, made.Prefix) || !strings.HasPrefix(made.Key, "em_") {
		t.Errorf("the list: %s", list)
	}
	s.must(204, "DELETE", "/api/v1/api-keys/"+made.ID, nil)
	if a := s.call(made.Key, "GET", "/api/v1/status", nil); a.status != 401 {
		t.Errorf("a revoked key: %d", a.status)
	}
	s.must(409, "DELETE", "/api/v1/api-keys/1", nil) // itself
	if log := s.log.String(); strings.Contains(log, made.Key) || strings.Contains(log, s.admin) {
		t.Error("a key is in the log")
	}
}

func TestWriteKeysOfSources(t *testing.T) {
	s := open(t)
	var src struct {
		ID   string
		Keys []struct{ ID, Key string } `json:"write_keys"`
	}
	if err := json.Unmarshal([]byte(s.must(201, "POST", "/api/v1/sources", map[string]any{"name": "小程序"}).body), &src); err != nil {
		t.Fatal(err)
	}
	send := func(key, id string) int {
		t.Helper()
		body := fmt.Sprintf(`{"batch":[{"type":"track","userId":"u9","event":"page","messageId":%q}],"writeKey":%q}`, id, key)
		return s.call("", "POST", "/v1/batch", body).status
	}
	if got := send(src.Keys[0].Key, "a"); got != 200 {
		t.Fatalf("a new write key: %d", got)
	}
	s.must(409, "POST", "/api/v1/sources", map[string]any{"name": "小程序"})
	s.must(200, "PATCH", "/api/v1/sources/"+src.ID, map[string]any{"disabled": true})
	if got := send(src.Keys[0].Key, "b"); got != 401 {
		t.Errorf("a disabled source: %d", got)
	}
	s.must(200, "PATCH", "/api/v1/sources/"+src.ID, map[string]any{"disabled": false})
	if got := send(src.Keys[0].Key, "c"); got != 200 {
		t.Errorf("an enabled source: %d", got)
	}
	s.must(204, "DELETE", "/api/v1/sources/"+src.ID+"/write-keys/"+src.Keys[0].ID, nil)
	if got := send(src.Keys[0].Key, "d"); got != 401 {
		t.Errorf("a revoked write key: %d", got)
	}
	if a := s.call(src.Keys[0].Key, "GET", "/api/v1/status", nil); a.status != 401 {
		t.Errorf("a write key as an API key: %d", a.status)
	}
	c := s.who("u9")
	if moments := s.must(200, "GET", "/api/v1/customers/"+c.ID+"/timeline?kind=event", nil).body; strings.Count(moments, `"source":"小程序"`) != 2 {
		t.Errorf("timeline %s", moments)
	}
}

func TestListsTurnPages(t *testing.T) {
	s := open(t)
	s.publish(rules)
	want := map[string]bool{}
	for i := range 23 {
		user := fmt.Sprintf("u%d", i)
		s.order(user, "m"+user, 100)
		want[s.who(user).ID] = true
	}
	for path, count := range map[string]int{"/api/v1/customers?limit=5": 23, "/api/v1/tags?limit=2": 7, "/api/v1/audit?limit=3": -1} {
		seen := map[string]bool{}
		for cursor := ""; ; {
			var page struct {
				Items []struct{ ID string }
				Next  string `json:"next_cursor"`
			}
			s.get(path+"&cursor="+cursor, &page)
			for _, it := range page.Items {
				if seen[it.ID] {
					t.Errorf("%s shows %s twice", path, it.ID)
				}
				seen[it.ID] = true
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		if count >= 0 && len(seen) != count || len(seen) < 4 {
			t.Errorf("%s: %d items, want %d", path, len(seen), count)
		}
		if strings.Contains(path, "customers") {
			for id := range want {
				if !seen[id] {
					t.Errorf("customer %s is missing", id)
				}
			}
		}
	}
}

func TestWhatWasSeenAndRefusedIsShown(t *testing.T) {
	s := open(t)
	s.order("u1", "m1", 100)
	s.track(`{"type":"track","userId":"u1","messageId":"bad"}`)
	s.track(`{"type":"track","userId":"u1","event":"order.paid","messageId":"m1","properties":{"amount_fen":999}}`)
	s.reopen() // what was gathered is written at the latest then
	for path, has := range map[string]string{
		"/api/v1/event-types":            `"type":"order.paid","count":2`,
		"/api/v1/event-types/order.paid": `"path":"amount_fen"`,
		"/api/v1/ingest-faults":          `batch[0] bad`,
		"/api/v1/ingest-fault-counts":    `"count":1`,
		"/api/v1/conflicts?kind=repeat":  `"code":"ingest.repeat_differs"`,
		"/api/v1/audit":                  `"actor":"cli"`,
	} {
		if a := s.must(200, "GET", path, nil); !strings.Contains(a.body, has) {
			t.Errorf("%s: %q is not in %s", path, has, a.body)
		}
	}
	s.must(404, "GET", "/api/v1/event-types/nothing", nil)
}

func TestARestartKeepsEverything(t *testing.T) {
	s := open(t)
	s.publish(rules)
	s.order("u1", "m1", 100)
	s.order("u1", "m2", 100)
	before := s.who("u1")
	admin := s.admin
	s.clock.Advance(time.Hour)
	s.reopen()
	if s.server.Keys.Made || s.admin != admin {
		t.Error("a restart made other first keys")
	}
	after := s.who("u1")
	if fmt.Sprint(after.Tags) != fmt.Sprint(before.Tags) {
		t.Errorf("tags %+v, were %+v", after.Tags, before.Tags)
	}
	s.order("u1", "m2", 100) // delivered again
	var timeline struct{ Items []json.RawMessage }
	s.get("/api/v1/customers/"+after.ID+"/timeline?kind=event", &timeline)
	if len(timeline.Items) != 2 {
		t.Errorf("%d events: %s", len(timeline.Items), timeline.Items)
	}
	// Deadlines of the time between are applied at their own instants.
	s.close()
	s.clock.Advance(200 * 24 * time.Hour)
	s.open()
	if c := s.who("u1"); c.names() != "" {
		t.Errorf("after 200 days: %q", c.names())
	}
	if h := s.must(200, "GET", "/api/v1/customers/"+after.ID+"/history", nil).body; !strings.Contains(h, `"at":"2026-03-21T04:00:00.000Z","recorded":"2026-09-30T05:00:00.000Z"`) {
		t.Errorf("history %s", h)
	}
}

func TestMetricsAndProfilesBeyondThisMachine(t *testing.T) {
	s := openWith(t, func(c *config.Config) { c.AllowRemote, c.Pprof = true, true })
	var reader struct{ Key string }
	if err := json.Unmarshal([]byte(s.must(201, "POST", "/api/v1/api-keys", map[string]any{"name": "r", "role": "reader"}).body), &reader); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		path, key string
		status    int
	}{
		{"/metrics", "", 401}, {"/metrics", reader.Key, 200}, {"/healthz", "", 200}, {"/readyz", "", 200},
		{"/debug/pprof/", "", 401}, {"/debug/pprof/", reader.Key, 403}, {"/debug/pprof/", s.admin, 200}, {"/debug/pprof/cmdline", "", 401},
	}
	for _, c := range cases {
		if a := s.call(c.key, "GET", c.path, nil); a.status != c.status {
			t.Errorf("%s with %.6q: %d, want %d", c.path, c.key, a.status, c.status)
		}
	}
}

func TestAliasesActOnWhatArrivesLater(t *testing.T) {
	s := open(t)
	s.publish(rules)
	send := func(id string) {
		t.Helper()
		s.track(`{"type":"track","userId":"u1","event":"下单成功","messageId":"` + id + `","properties":{"金额":"12.50"}}`)
	}
	send("a")
	alias := map[string]any{"from": "下单成功", "to": "order.paid", "properties": []any{map[string]any{"from": []string{"金额"}, "to": "amount_fen", "form": "fen_from_yuan"}}}
	var made struct{ ID string }
	if err := json.Unmarshal([]byte(s.must(200, "POST", "/api/v1/event-aliases", alias).body), &made); err != nil {
		t.Fatal(err)
	}
	send("b")
	c := s.who("u1")
	if c.names() != "近7天有下单" {
		t.Errorf("tags %q", c.names())
	}
	timeline := s.must(200, "GET", "/api/v1/customers/"+c.ID+"/timeline?type=order.paid", nil).body
	if strings.Count(timeline, `"type":"order.paid"`) != 1 || !strings.Contains(timeline, `"raw_type":"下单成功"`) || !strings.Contains(timeline, `"properties":{"amount_fen":1250}`) || !strings.Contains(timeline, `"raw":{"金额":"12.50"}`) {
		t.Errorf("timeline %s", timeline)
	}
	if list := s.must(200, "GET", "/api/v1/event-aliases", nil).body; !strings.Contains(list, "下单成功") || !strings.Contains(list, `"from":"Order Completed","to":"order.paid"`) {
		t.Errorf("aliases %s", list)
	}
	alias["properties"] = []any{map[string]any{"from": []string{}, "to": "x", "form": "fen"}}
	if a := s.must(422, "POST", "/api/v1/event-aliases", alias); !strings.Contains(a.body, "body.properties[0].form") || !strings.Contains(a.body, "http.alias_property") {
		t.Errorf("a wrong alias: %s", a.body)
	}
	s.must(204, "DELETE", "/api/v1/event-aliases/"+made.ID, nil)
	send("c")
	if got := s.must(200, "GET", "/api/v1/customers/"+c.ID+"/timeline?type=order.paid", nil).body; strings.Count(got, `"type":"order.paid"`) != 1 {
		t.Errorf("after deleting: %s", got)
	}
}

func TestMetricsOfACustomer(t *testing.T) {
	s := open(t)
	s.publish("metrics:\n  消费: {event: order.paid, sum: {of: amount_fen}}\n  均价: {event: order.refunded, avg: {of: amount_fen}}\n")
	s.order("u1", "m1", 100)
	s.order("u1", "m2", 250)
	if got := s.must(200, "GET", "/api/v1/customers/"+s.who("u1").ID+"/metrics", nil).body; got != `{"items":[{"name":"均价","value":null},{"name":"消费","value":"350"}]}`+"\n" {
		t.Errorf("metrics %s", got)
	}
}

// A request that is being read when the server is told to stop is still answered, and durable.
func TestStoppingFinishesWhatIsUnderWay(t *testing.T) {
	s := open(t)
	body, send := io.Pipe()
	r, err := http.NewRequestWithContext(t.Context(), "POST", s.server.Base+"/v1/batch", body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Expect", "100-continue")
	reading := make(chan struct{}) // closed when the handler has begun to read the body
	r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{Got100Continue: func() { close(reading) }}))
	answered := make(chan int, 1)
	client := &http.Client{Transport: &http.Transport{ExpectContinueTimeout: time.Hour}}
	go func() {
		res, err := client.Do(r)
		if err != nil {
			answered <- 0
			return
		}
		_ = res.Body.Close()
		answered <- res.StatusCode
	}()
	<-reading
	stopped := make(chan struct{})
	go func() {
		s.close()
		close(stopped)
	}()
	if _, err := io.WriteString(send, `{"writeKey":"`+s.write+`","batch":[{"type":"track","userId":"late","event":"page","messageId":"m"}]}`); err != nil {
		t.Fatal(err)
	}
	_ = send.Close()
	if status := <-answered; status != 200 {
		t.Errorf("the request was answered %d", status)
	}
	<-stopped
	s.open()
	s.who("late")
}
