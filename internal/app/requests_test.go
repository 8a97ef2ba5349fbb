package app_test

import (
	"strings"
	"testing"
)

func TestRequests(t *testing.T) {
	s := open(t)
	s.publish(rules)
	s.order("u1", "m1", 100)
	s.track(`{"type":"identify","userId":"u1","messageId":"i1","traits":{"city":"北京","age":"18446744073709551616"}}`)
	id := s.who("u1").ID
	s.must(201, "POST", "/api/v1/tags", map[string]any{"group": "1", "name": "草稿"})
	cases := []struct {
		name, method, path string
		body               any
		status             int
		has, hasNot        []string
	}{
		{"status", "GET", "/api/v1/status", nil, 200, []string{`"live":true`, `"customers":1`, `"generation":1`, `"zone":"Asia/Shanghai"`}, nil},
		{"groups", "GET", "/api/v1/tag-groups", nil, 200, []string{`"name":"意向","single":true`}, nil},
		{"tags of a group", "GET", "/api/v1/tags?group=2", nil, 200, []string{`"高"`, `"origin":"stated"`}, []string{"复购"}},
		{"tags by name", "GET", "/api/v1/tags?q=复", nil, 200, []string{`"复购"`, `"origin":"derived"`, `"rule":"2"`, `"customers":0`}, []string{"老客"}},
		{"draft tags", "GET", "/api/v1/tags?state=draft", nil, 200, []string{"草稿"}, []string{"老客"}},
		{"counts", "GET", "/api/v1/tag-counts", nil, 200, []string{`"population":1`, `"name":"近7天有下单","group":"3","group_name":"行为","customers":1`}, []string{"草稿"}},
		{"no such tag", "GET", "/api/v1/tags/999", nil, 404, []string{`"code":"catalog.not_found"`}, nil},
		{"no id", "GET", "/api/v1/tags/x", nil, 422, []string{`"code":"http.id"`, `"path":"path.id"`}, nil},
		{"a tag name taken", "POST", "/api/v1/tags", map[string]any{"group": "1", "name": "老客"}, 409, []string{"catalog.name_taken"}, nil},
		{"a member that is none", "POST", "/api/v1/tags", map[string]any{"group": "1", "nmae": "x"}, 422, []string{"http.faults", "body.nmae", "body"}, nil},
		{"no JSON", "POST", "/api/v1/tags", "{", 400, []string{`"code":"http.value"`}, nil},
		{"a parameter that is none", "GET", "/api/v1/tags?gruop=1", nil, 422, []string{"query.gruop"}, nil},
		{"a limit too high", "GET", "/api/v1/tags?limit=501", nil, 422, []string{"query.limit"}, nil},
		{"rules", "GET", "/api/v1/rules", nil, 200, []string{`"name":"价值/重要"`, `"state":"published"`, `"live":1`}, nil},
		{"a rule's text", "GET", "/api/v1/rules/3/versions/1", nil, 200, []string{"强力拒绝", `"author":"key 1"`}, nil},
		{"versions", "GET", "/api/v1/rules/3/versions", nil, 200, []string{`"version":1`}, nil},
		{"no such version", "GET", "/api/v1/rules/3/versions/2", nil, 404, []string{"catalog.not_found"}, nil},
		{"a good document", "POST", "/api/v1/rules/check", `rules: [{tag: 行为/新, when: {event: order.paid}}]`, 200, []string{`"sentence":"has order.paid`}, nil},
		{"a document with faults", "POST", "/api/v1/rules/check", "rules:\n  - {tag: 行为/新, when: {event: order.paid, cuont: {gte: 2}}}\n  - {tag: 行为/新, when: {tag: 老可}}\n", 422,
			[]string{`"code":"http.faults"`, `"line":2`, `"suggest":"count"`, `"line":3`, `"suggest":"老客"`}, nil},
		{"a document too large", "POST", "/api/v1/rules/check", strings.Repeat("#", 65<<10), 413, []string{"http.too_large"}, nil},
		{"generations", "GET", "/api/v1/generations", nil, 200, []string{`"number":1`, `"state":"settled"`}, nil},
		{"a generation", "GET", "/api/v1/generations/1", nil, 200, []string{`"rules":[`, `"name":"价值/重要"`}, nil},
		{"publishing unseen", "POST", "/api/v1/generations", map[string]any{"previous": 0}, 409, []string{"catalog.generation_conflict"}, nil},
		{"customers", "GET", "/api/v1/customers", nil, 200, []string{`"value":"u1","strong":true`, "近7天有下单"}, nil},
		{"customers that begin so", "GET", "/api/v1/customers?q=u", nil, 200, []string{`"value":"u1"`}, nil},
		{"nobody", "GET", "/api/v1/customers?identity=user_id:nobody", nil, 200, []string{`{"items":[]}`}, nil},
		{"no identity", "GET", "/api/v1/customers?identity=u1", nil, 422, []string{"http.identity"}, nil},
		{"attributes keep every digit", "GET", "/api/v1/customers/" + id, nil, 200, []string{`"attributes":{"age":"18446744073709551616","city":"北京"}`}, nil},
		{"an unknown customer", "GET", "/api/v1/customers/12345", nil, 404, []string{"customer.unknown"}, nil},
		{"why", "GET", "/api/v1/customers/" + id + "/explain?tag=" + "近7天有下单", nil, 200, []string{`"held":{`, `"because":["`, `"holds":true`, `"evidence":[{"type":"order.paid"`}, nil},
		{"why not", "GET", "/api/v1/customers/" + id + "/explain?tag=行为/复购", nil, 200, []string{`"holds":false`, `"actual":"1"`, `"gap":"1"`, `"closes":["order.paid"]`}, []string{`"held"`}},
		{"why a stated tag", "GET", "/api/v1/customers/" + id + "/explain?tag=老客", nil, 200, []string{`"because":[]`}, []string{`"why"`}},
		{"timeline", "GET", "/api/v1/customers/" + id + "/timeline", nil, 200, []string{`"kind":"event"`, `"kind":"tag"`, `"kind":"life"`, `"properties":{"amount_fen":100}`}, nil},
		{"timeline of orders", "GET", "/api/v1/customers/" + id + "/timeline?type=order.*&kind=event", nil, 200, []string{`"type":"order.paid"`}, []string{`"kind":"tag"`, "$identify"}},
		{"timeline of nonsense", "GET", "/api/v1/customers/" + id + "/timeline?kind=x", nil, 422, []string{"http.timeline_kind"}, nil},
		{"stating a derived tag", "POST", "/api/v1/customers/" + id + "/tags", map[string]any{"tag": "复购", "present": true}, 409, []string{"http.tag_derived"}, nil},
		{"stating a draft", "POST", "/api/v1/customers/" + id + "/tags", map[string]any{"tag": "草稿", "present": true}, 409, []string{"http.tag_not_in_force"}, nil},
		{"stating an unknown tag", "POST", "/api/v1/customers/" + id + "/tags", map[string]any{"tag": "无", "present": true}, 404, []string{"http.tag_unknown"}, nil},
		{"stating about nobody", "POST", "/api/v1/customers/777/tags", map[string]any{"tag": "老客", "present": true}, 404, []string{"customer.unknown"}, nil},
		{"stating until nonsense", "POST", "/api/v1/customers/" + id + "/tags", map[string]any{"tag": "老客", "present": true, "until": "soon"}, 422, []string{"body.until"}, nil},
		{"evaluating again", "POST", "/api/v1/customers/" + id + "/retry", nil, 204, nil, nil},
		{"deadlines", "GET", "/api/v1/deadlines", nil, 200, []string{`"at":"2026-03-21T04:00:00.000Z"`, "近7天有下单"}, nil},
		{"a cursor of another list", "GET", "/api/v1/tags?cursor=WyJmYXVsdHMiLDNd", nil, 422, []string{"http.cursor"}, nil},
		{"no such address", "GET", "/api/v1/nothing", nil, 404, []string{"http.no_route", `"request_id"`}, nil},
		{"another method", "DELETE", "/api/v1/tags", nil, 405, []string{"http.method", "GET, HEAD, POST"}, nil},
		{"the description", "GET", "/api/openapi.json", nil, 200, []string{`"openapi":"3.1`}, nil},
		{"health", "GET", "/healthz", nil, 200, []string{"ok"}, nil},
		{"readiness", "GET", "/readyz", nil, 200, []string{"ready"}, nil},
		{"metrics", "GET", "/metrics", nil, 200, []string{"earmark_events_total", "earmark_deadlines_idle_total", "earmark_deadline_lag_seconds", "earmark_queue_depth", `route="/api/v1/customers/{id}"`}, []string{"/customers/" + id}},
		{"the first page", "GET", "/", nil, 200, []string{"/api/v1"}, nil},
		{"profiles are off", "GET", "/debug/pprof/", nil, 404, []string{"http.no_route"}, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			a := s.call(s.admin, c.method, c.path, c.body)
			if a.status != c.status {
				t.Errorf("status %d, want %d: %s", a.status, c.status, a.body)
			}
			for _, has := range c.has {
				if !strings.Contains(a.body, has) {
					t.Errorf("%q is not in %s", has, a.body)
				}
			}
			for _, not := range c.hasNot {
				if strings.Contains(a.body, not) {
					t.Errorf("%q is in %s", not, a.body)
				}
			}
			if c.status >= 400 && a.header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("content type %s", a.header.Get("Content-Type"))
			}
		})
	}
	if got := s.who("u1").names(); got != "近7天有下单" {
		t.Errorf("refused requests changed tags: %q", got)
	}
}
