package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/earmarkhq/earmark/internal/clock"
	"github.com/earmarkhq/earmark/internal/fault"
)

// over puts a handler behind the chain; the log is returned with it.
func over(h http.Handler) (http.Handler, *bytes.Buffer) {
	log := &bytes.Buffer{}
	return &chain{
		log: slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})), lang: fault.ZH,
		clock: clock.NewManual(time.UnixMilli(drawnNow)), metrics: newRequestMetrics(prometheus.NewRegistry()), next: h,
	}, log
}

func TestAPanicIsAProblemAndALineInTheLog(t *testing.T) {
	h, log := over(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("secret 13800000000") }))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/api/v1/customers/42?identity=phone:1", nil))
	var p Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != 500 || p.Code != "http.panic" || p.RequestID == "" {
		t.Errorf("answer %d %s (%v)", w.Code, w.Body, err)
	}
	if strings.Contains(w.Body.String(), "13800000000") {
		t.Error("the panic's text was sent")
	}
	if !strings.Contains(log.String(), `"status":500`) || !strings.Contains(log.String(), "panic: secret") {
		t.Errorf("log: %s", log)
	}
}

func TestAPanicAfterTheStatusCutsTheConnection(t *testing.T) {
	h, log := over(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusOK)
		panic("late")
	}))
	defer func() {
		if err, ok := recover().(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
			t.Errorf("the server was not told to cut the connection: %v", err)
		}
		if !strings.Contains(log.String(), "panic: late") {
			t.Errorf("log: %s", log)
		}
	}()
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
}

func TestTheLogNamesNobody(t *testing.T) {
	h, log := over(front(http.NewServeMux()))
	r := httptest.NewRequest("POST", "/api/v1/customers?identity=phone_hash:13800000000", strings.NewReader("王小明"))
	r.RemoteAddr = "203.0.113.9:5000"
	r.Header.Set("Authorization", "Bearer em_secret")
	h.ServeHTTP(httptest.NewRecorder(), r)
	for _, private := range []string{"13800000000", "王小明", "203.0.113.9", "em_secret"} {
		if strings.Contains(log.String(), private) {
			t.Errorf("the log has %q: %s", private, log)
		}
	}
	if !strings.Contains(log.String(), `"status":404`) {
		t.Errorf("log: %s", log)
	}
}

func TestRequestIDs(t *testing.T) {
	h, _ := over(front(http.NewServeMux()))
	for given, kept := range map[string]bool{"abc-1.2_3": true, "": false, "a b": false, strings.Repeat("x", 65): false, "é": false} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("X-Request-Id", given)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if got := w.Header().Get("X-Request-Id"); (got == given) != kept || got == "" {
			t.Errorf("%q became %q", given, got)
		}
	}
}
