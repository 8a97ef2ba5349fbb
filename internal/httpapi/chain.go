package httpapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/earmarkhq/earmark/internal/clock"
	"github.com/earmarkhq/earmark/internal/fault"
)

// chain is what stands before every route, outermost first: it names the request, writes its line
// in the log and its metrics, turns a panic into a problem, and bounds body and time.
type chain struct {
	log     *slog.Logger
	clock   clock.Clock
	lang    fault.Lang
	metrics *requestMetrics
	timeout time.Duration // of a handler; 0: none
	body    int64         // largest body; 0: the route bounds it itself
	next    http.Handler
}

func (c *chain) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := c.clock.Now()
	req := newRequest(r, c.lang)
	w.Header().Set("X-Request-Id", req.id)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	ctx := context.WithValue(r.Context(), requestKey{}, req)
	if c.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.timeout)
		defer cancel()
	}
	r = r.WithContext(ctx)
	if c.body > 0 && r.Body != nil {
		r.Body = http.MaxBytesReader(w, r.Body, c.body)
	}
	answer := &answerWriter{ResponseWriter: w}
	c.metrics.inFlight.Inc()
	defer func() {
		c.metrics.inFlight.Dec()
		c.finish(r, req, answer, clock.Since(c.clock, start))
	}()
	defer c.catch(answer, r, req)
	c.next.ServeHTTP(answer, r)
}

// catch answers a panic with a problem where nothing was sent yet; else the connection is cut, so
// that the caller does not take half an answer for a whole one.
func (c *chain) catch(w *answerWriter, r *http.Request, req *request) {
	v := recover()
	if v == nil {
		return
	}
	if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(v)
	}
	req.err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
	if w.status != 0 {
		panic(http.ErrAbortHandler)
	}
	writeProblem(w, r, fault.Internal("http.panic").Wrap(req.err))
}

// finish writes the line of the log. It has no address, path, query or body: those can name people.
func (c *chain) finish(r *http.Request, req *request, w *answerWriter, took time.Duration) {
	route := req.route
	if route == "" {
		route = r.Pattern
	}
	if route == "" {
		route = "none"
	}
	if i := strings.IndexByte(route, ' '); i >= 0 {
		route = route[i+1:]
	}
	status := w.status
	if status == 0 {
		status = http.StatusOK
	}
	c.metrics.observe(r.Method, route, status, took)
	level := slog.LevelInfo
	switch {
	case status >= http.StatusInternalServerError:
		level = slog.LevelError
	case route == "/healthz" || route == "/readyz" || route == "/metrics":
		level = slog.LevelDebug
	}
	attrs := []slog.Attr{
		slog.String("method", r.Method), slog.String("route", route), slog.Int("status", status),
		slog.Float64("ms", float64(took.Microseconds())/1000), slog.Int64("bytes", w.size),
		slog.String("request_id", req.id),
	}
	if req.key != "" {
		attrs = append(attrs, slog.String("key", req.key))
	}
	if req.err != nil {
		attrs = append(attrs, slog.String("error", req.err.Error()))
	}
	c.log.LogAttrs(r.Context(), level, "request", attrs...)
}

// answerWriter remembers what was answered.
type answerWriter struct {
	http.ResponseWriter
	status int
	size   int64
}

func (w *answerWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *answerWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.size += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *answerWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
