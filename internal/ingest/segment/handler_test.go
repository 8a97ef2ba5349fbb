package segment_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/earmarkhq/earmark/internal/clock"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/ingest/segment"
)

// shop is a sink, a register of keys and a list of refusals at once.
type shop struct {
	calls   []string
	refused []string
	err     error
}

func (s *shop) Submit(_ context.Context, source string, calls []segment.Call) error {
	if s.err != nil {
		return s.err
	}
	for _, c := range calls {
		s.calls = append(s.calls, strings.Clone(source+"/"+string(c.Kind)+"/"+c.UserID))
	}
	return nil
}

func (s *shop) Source(key string) (string, bool) { return "shop", key == "WK" }

func (s *shop) Refused(_ context.Context, source string, at int64, refused []segment.Refusal) {
	for _, r := range refused {
		f, _ := fault.As(r.Err)
		s.refused = append(s.refused, source+"/"+f.Code)
	}
	if at != receipt {
		s.refused = append(s.refused, "at a wrong instant")
	}
}

func zipped(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, s)
	_ = w.Close()
	return b.String()
}

func TestHandlerAnswers(t *testing.T) {
	t.Parallel()
	const good, bad = `{"type":"track","event":"e","userId":"u","messageId":"m"}`, `{"type":"track","userId":"u","messageId":"b"}`
	batch := `{"batch":[` + good + `]}`
	mixed := `{"batch":[` + bad + `,` + good + `]}`
	large := `{"batch":[` + good + strings.Repeat(","+good, segment.MaxBody/len(good)) + `]}`
	for _, c := range []struct {
		name, method, path, key, body string
		header                        map[string]string
		sink                          error
		status                        int
		must                          string // part of the answer
		calls, refused                int
	}{
		{name: "a batch", path: "/v1/batch", key: "WK", body: batch, status: 200, must: `{"success":true}`, calls: 1},
		{name: "the old name", path: "/v1/import", key: "WK", body: batch, status: 200, calls: 1},
		{name: "behind a prefix", path: "/segment/v1/batch", key: "WK", body: batch, status: 200, calls: 1},
		{name: "a single call", path: "/v1/track", key: "WK", body: `{"event":"e","userId":"u"}`, status: 200, calls: 1},
		{name: "one letter, as browsers send", path: "/v1/p", key: "WK", body: `{"userId":"u"}`, status: 200, calls: 1},
		{name: "key in the body", path: "/v1/batch", body: `{"batch":[` + good + `],"writeKey":"WK"}`, status: 200, calls: 1},
		{name: "key in a single body", path: "/v1/identify", body: `{"userId":"u","writeKey":"WK"}`, status: 200, calls: 1},
		{
			name: "RudderStack: gzip under a form's content type", path: "/v1/batch", key: "WK", body: zipped(batch),
			header: map[string]string{"Content-Encoding": "gzip", "Content-Type": "application/x-www-form-urlencoded"}, status: 200, calls: 1,
		},
		{name: "gzip without its header", path: "/v1/batch", key: "WK", body: zipped(batch), status: 200, calls: 1},
		{name: "inflated by a proxy that left the header", path: "/v1/batch", key: "WK", body: batch, header: map[string]string{"Content-Encoding": "gzip"}, status: 200, calls: 1},
		{name: "bad calls do not fail the batch", path: "/v1/batch", key: "WK", body: mixed, status: 200, must: `{"success":true}`, calls: 1, refused: 1},
		{name: "nor a single call", path: "/v1/track", key: "WK", body: bad, status: 200, must: `{"success":true}`, refused: 1},
		{
			name: "strict", path: "/v1/batch", key: "WK", body: mixed, header: map[string]string{"X-Strict-Mode": "1"}, status: 400, calls: 1, refused: 1,
			must: `"accepted":1,"errors":[{"index":0,"messageId":"b","code":"segment.field_missing","message":"event is missing"}]`,
		},
		{name: "an empty batch", path: "/v1/batch", key: "WK", body: `{"batch":[]}`, status: 200},
		{name: "too large", path: "/v1/batch", key: "WK", body: large, status: 400, must: "segment.body_too_large"},
		{name: "too large when inflated", path: "/v1/batch", key: "WK", body: zipped(strings.Repeat(" ", 4<<20)), status: 400, must: "segment.body_too_large"},
		{name: "a single call too large", path: "/v1/track", key: "WK", body: `{"event":"e","userId":"u","properties":{"t":"` + strings.Repeat("x", 33<<10) + `"}}`, status: 400, must: "segment.call_too_large", refused: 1},
		{name: "no JSON", path: "/v1/batch", key: "WK", body: `data=e30%3D`, status: 400, must: "segment.body_not_json"},
		{name: "broken gzip", path: "/v1/batch", key: "WK", body: zipped(batch)[:20], status: 400, must: "segment.body_not_gzip"},
		{name: "no list", path: "/v1/batch", key: "WK", body: good, status: 400, must: "segment.batch_missing"},
		{name: "unknown key", path: "/v1/batch", key: "other", body: batch, status: 401, must: "segment.key_unknown"},
		{name: "unknown key in the body", path: "/v1/batch", body: `{"batch":[],"writeKey":"other"}`, status: 401, must: "segment.key_unknown"},
		{name: "no key", path: "/v1/batch", body: batch, status: 401, must: "segment.key_unknown"},
		{name: "no such call", path: "/v1/metrics", key: "WK", body: batch, status: 404, must: "segment.path_unknown"},
		{name: "not POST", method: "GET", path: "/v1/batch", key: "WK", status: 405, must: "segment.method"},
		{name: "the store is away", path: "/v1/batch", key: "WK", body: mixed, sink: errors.New("disk"), status: 503, must: "segment.unavailable"},
		{name: "starting or stopping", path: "/v1/batch", key: "WK", body: batch, sink: fault.Unavailable("engine.stopped"), status: 503, must: "segment.unavailable"},
		{name: "too much at once", path: "/v1/batch", key: "WK", body: batch, sink: fault.RateLimited("engine.busy"), status: 429, must: "segment.unavailable"},
		{name: "refused for ever", path: "/v1/batch", key: "WK", body: batch, sink: fault.Invalid("segment.type_missing"), status: 400, must: "segment.type_missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := &shop{err: c.sink}
			h := segment.NewHandler(segment.Options{Sink: s, Keys: s, Refusals: s, Clock: clock.NewManual(time.UnixMilli(receipt))})
			method := c.method
			if method == "" {
				method = http.MethodPost
			}
			req := httptest.NewRequest(method, c.path, strings.NewReader(c.body))
			if c.key != "" {
				req.SetBasicAuth(c.key, "")
			}
			for k, v := range c.header {
				req.Header.Set(k, v)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, req)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.must) {
				t.Errorf("%d %s, want %d with %s", w.Code, w.Body, c.status, c.must)
			}
			if len(s.calls) != c.calls || len(s.refused) != c.refused {
				t.Errorf("calls %v, refused %v", s.calls, s.refused)
			}
			if retry := w.Header().Get("Retry-After"); (retry != "") != (c.status == 503 || c.status == 429) {
				t.Errorf("Retry-After is %q", retry)
			}
			if got := w.Header().Get("Content-Type"); got != "application/json" {
				t.Errorf("content type %q", got)
			}
			st := h.Stats()
			if st.Requests.Load() != 1 || st.Calls.Load() != int64(c.calls) || st.Refused.Load() != int64(c.refused) || (st.Failed.Load() == 1) != (c.status == 503 || c.status == 429) {
				t.Errorf("counted %d requests, %d calls, %d refused, %d failed", st.Requests.Load(), st.Calls.Load(), st.Refused.Load(), st.Failed.Load())
			}
		})
	}
}

func TestABodyThatBreaksOffIsAskedForAgain(t *testing.T) {
	t.Parallel()
	s := &shop{}
	h := segment.NewHandler(segment.Options{Sink: s, Keys: s, Clock: clock.NewManual(time.UnixMilli(receipt))})
	req := httptest.NewRequest(http.MethodPost, "/v1/batch", iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader(`{"batch":[]}`))))
	req.SetBasicAuth("WK", "")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	if w.Code != http.StatusRequestTimeout {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestRequestsDoNotMixInReusedMemory(t *testing.T) {
	t.Parallel()
	s := &shop{}
	h := segment.NewHandler(segment.Options{Sink: s, Keys: s, Refusals: s, Clock: clock.NewManual(time.UnixMilli(receipt))})
	for _, body := range []string{
		`{"batch":[{"type":"track","event":"e","userId":"u1"},{"type":"x"},{"type":"track","event":"e","userId":"u2"}]}`,
		`{"batch":[{"type":"identify","userId":"u3"}]}`,
		`{"batch":[`,
		`{"batch":[{"type":"page","userId":"u4"},{"type":"page","userId":"u5"},{"type":"page","userId":"u6"},{"type":"page"}]}`,
	} {
		req := httptest.NewRequest(http.MethodPost, "/v1/batch", strings.NewReader(body))
		req.SetBasicAuth("WK", "")
		h.ServeHTTP(httptest.NewRecorder(), req)
	}
	want := "shop/track/u1 shop/track/u2 shop/identify/u3 shop/page/u4 shop/page/u5 shop/page/u6"
	if got := strings.Join(s.calls, " "); got != want {
		t.Errorf("got %s", got)
	}
	if got := strings.Join(s.refused, " "); got != "shop/segment.type_unknown shop/segment.identity_missing" {
		t.Errorf("refused %s", got)
	}
}

func TestLimitsOfOptionsCount(t *testing.T) {
	t.Parallel()
	s := &shop{}
	h := segment.NewHandler(segment.Options{Sink: s, Keys: s, Refusals: s, Clock: clock.NewManual(time.UnixMilli(receipt)), MaxBody: 300, MaxCall: 100})
	for body, status := range map[string]int{
		`{"batch":[{"type":"page","userId":"u","properties":{"t":"` + strings.Repeat("x", 100) + `"}}]}`: http.StatusOK,
		`{"batch":[{"type":"page","userId":"u","properties":{"t":"` + strings.Repeat("x", 300) + `"}}]}`: http.StatusBadRequest,
	} {
		req := httptest.NewRequest(http.MethodPost, "/v1/batch", strings.NewReader(body))
		req.SetBasicAuth("WK", "")
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, req); w.Code != status {
			t.Errorf("%d %s, want %d", w.Code, w.Body, status)
		}
	}
	if len(s.calls) != 0 || len(s.refused) != 1 {
		t.Errorf("calls %v, refused %v", s.calls, s.refused)
	}
}
