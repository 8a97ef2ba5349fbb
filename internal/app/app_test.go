package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/earmarkhq/earmark/internal/app"
	"github.com/earmarkhq/earmark/internal/clock"
	"github.com/earmarkhq/earmark/internal/config"
	"github.com/earmarkhq/earmark/internal/fault"
)

// start is the instant at which stores of tests begin: a Saturday at noon in Shanghai.
var start = time.Date(2026, 3, 14, 12, 0, 0, 0, time.FixedZone("", 8*3600))

// shop is a real Earmark on a free port, in a folder of its own, on a clock that is moved by hand.
type shop struct {
	t      *testing.T
	adjust func(*config.Config)
	dir    string
	clock  *clock.Manual
	log    *syncBuffer
	app    *app.App
	server *app.Server
	admin  string
	write  string
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func open(t *testing.T) *shop {
	t.Helper()
	return openWith(t, func(*config.Config) {})
}

// openWith changes the configuration.
func openWith(t *testing.T, adjust func(*config.Config)) *shop {
	t.Helper()
	s := &shop{t: t, adjust: adjust, dir: t.TempDir(), clock: clock.NewManual(start), log: &syncBuffer{}}
	s.open()
	t.Cleanup(func() { s.close() })
	return s
}

func (s *shop) config() config.Config {
	c := config.Default()
	c.DataDir, c.Listen, c.Shards, c.Lang = s.dir, "127.0.0.1:0", 2, fault.EN
	c.Limits.RequestBytes = 64 << 10
	s.adjust(&c)
	return c
}

func (s *shop) open() {
	s.t.Helper()
	env := &app.Env{Version: "test", Lang: fault.EN, Clock: s.clock, In: strings.NewReader(""), Out: io.Discard, Err: s.log}
	var err error
	if s.app, err = app.Open(s.t.Context(), s.config(), env); err != nil {
		s.t.Fatal(err)
	}
	if s.server, err = s.app.Start(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	s.admin, s.write = s.server.Keys.API, s.server.Keys.Write
}

func (s *shop) close() {
	if s.app == nil {
		return
	}
	ctx := context.WithoutCancel(s.t.Context()) // which has ended when this is a clean-up
	if err := s.server.Stop(ctx); err != nil {
		s.t.Errorf("stop: %v", err)
	}
	if err := s.app.Close(ctx); err != nil {
		s.t.Errorf("close: %v", err)
	}
	s.app = nil
}

// reopen is a restart.
func (s *shop) reopen() {
	s.t.Helper()
	s.close()
	s.open()
}

// answer is what a request came to.
type answer struct {
	status int
	header http.Header
	body   string
}

// call sends a request under a key; body may be nil, text, or a value sent as JSON.
func (s *shop) call(key, method, path string, body any, headers ...string) answer {
	s.t.Helper()
	var reader io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			s.t.Fatal(err)
		}
		reader = bytes.NewReader(raw)
	}
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.server.Base+path, reader)
	if err != nil {
		s.t.Fatal(err)
	}
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(raw)}
}

// must is call with the admin key; any status but the wanted one ends the test.
func (s *shop) must(status int, method, path string, body any, headers ...string) answer {
	s.t.Helper()
	a := s.call(s.admin, method, path, body, headers...)
	if a.status != status {
		s.t.Fatalf("%s %s: %d, want %d: %s", method, path, a.status, status, a.body)
	}
	return a
}

// get reads an answer of the API into v.
func (s *shop) get(path string, v any) {
	s.t.Helper()
	if err := json.Unmarshal([]byte(s.must(200, "GET", path, nil).body), v); err != nil {
		s.t.Fatal(err)
	}
}

// publish saves a rule document and brings it into force.
func (s *shop) publish(document string) {
	s.t.Helper()
	s.must(201, "POST", "/api/v1/rules", document, "Content-Type", "application/yaml")
	if a := s.must(202, "POST", "/api/v1/generations", map[string]any{}); !strings.Contains(a.body, `"state":"settled"`) {
		s.t.Fatalf("published: %s", a.body)
	}
}

// order sends a paid order by a customer, at the clock's instant.
func (s *shop) order(user, id string, fen int) {
	s.t.Helper()
	s.track(fmt.Sprintf(`{"type":"track","userId":%q,"event":"order.paid","messageId":%q,"properties":{"amount_fen":%d}}`, user, id, fen))
}

func (s *shop) track(calls ...string) {
	s.t.Helper()
	a := s.call("", "POST", "/v1/batch", `{"writeKey":"`+s.write+`","batch":[`+strings.Join(calls, ",")+`]}`)
	if a.status != 200 {
		s.t.Fatalf("track: %d %s", a.status, a.body)
	}
}

// customer is the part of the API's customer that tests look at.
type customer struct {
	ID   string
	AsOf string `json:"as_of"`
	Tags []struct {
		Name        string
		TaggedAt    string `json:"tagged_at"`
		MayChangeAt string `json:"may_change_at"`
		Cause       struct{ Kind, Actor, Sentence string }
	}
	Attributes map[string]any
}

func (c customer) names() string {
	var names []string
	for _, t := range c.Tags {
		names = append(names, t.Name)
	}
	return strings.Join(names, " ")
}

// who finds the customer of a user id.
func (s *shop) who(user string) customer {
	s.t.Helper()
	var found struct{ Items []struct{ ID string } }
	s.get("/api/v1/customers?identity=user_id:"+user, &found)
	if len(found.Items) != 1 {
		s.t.Fatalf("%d customers are %s", len(found.Items), user)
	}
	var c customer
	s.get("/api/v1/customers/"+found.Items[0].ID, &c)
	return c
}

const rules = `
groups: [{name: 手工, tags: [老客, 强力拒绝]}, {name: 意向, single: true, tags: [高, 低]}]
rules:
  - {tag: 行为/近7天有下单, when: {event: order.paid, last: {within: 7d}}}
  - {tag: 行为/复购, when: {event: order.paid, within: 180d, count: {gte: 2}}}
  - {tag: 价值/重要, when: {all: [{tag: 复购}, {not: {tag: 强力拒绝}}]}}
`
