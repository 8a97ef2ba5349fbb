package segment

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/earmarkhq/earmark/internal/clock"
	"github.com/earmarkhq/earmark/internal/fault"
)

// Sink takes the calls of one request, which are one unit.
type Sink interface {
	// Submit returns when the calls are durable, or with an error when none of them counts: the
	// client then sends the request again. An error of kind invalid is final, rate_limited is
	// answered with 429, every other one with 503. calls, and the memory of the request that
	// their texts share, must not be kept: clone what stays.
	Submit(ctx context.Context, source string, calls []Call) error
}

// Keys knows the write keys.
type Keys interface {
	// Source is the source that a write key belongs to; ok is false for an unknown key.
	Source(writeKey string) (source string, ok bool)
}

// Refusals takes the calls that were refused, to count them and to show them to operators.
type Refusals interface {
	// Refused is called once for each request with refused calls, before its answer; at is the
	// instant of receipt in Unix milliseconds. refused must not be kept.
	Refused(ctx context.Context, source string, at int64, refused []Refusal)
}

// Options of a Handler; Sink, Keys and Clock are required.
type Options struct {
	Sink     Sink
	Keys     Keys
	Clock    clock.Clock
	Refusals Refusals
	MaxBody  int64 // bytes of a request after inflation; 0 is MaxBody
	MaxCall  int   // bytes of one call; 0 is MaxCall
}

// Handler answers POST …/v1/batch, /v1/import and the single calls /v1/track, /v1/identify,
// /v1/page, /v1/screen, /v1/group, /v1/alias (and their one-letter forms that browsers send).
//
//	200  everything durable; bad calls among good ones are refused and shown, not answered
//	400  too large, no JSON, no list of calls; with the header X-Strict-Mode: 1 also when
//	     calls were refused, named in the answer (the good ones are durable all the same)
//	401  unknown write key
//	404, 405  no such path, not POST
//	408  the body did not arrive whole: clients send it again
//	429, 503  temporary trouble, with Retry-After: clients send the request again
type Handler struct {
	opt      Options
	decoders sync.Pool
	stats    Stats
}

// Stats counts since the start. All fields only grow.
type Stats struct {
	Requests atomic.Int64 // answered
	Bytes    atomic.Int64 // of bodies, inflated
	Calls    atomic.Int64 // durable
	Refused  atomic.Int64 // refused calls inside good requests
	Rejected atomic.Int64 // requests answered with 4xx
	Failed   atomic.Int64 // requests answered with 429 or 503
}

// NewHandler makes a handler.
func NewHandler(o Options) *Handler {
	if o.MaxBody == 0 {
		o.MaxBody = MaxBody
	}
	return &Handler{opt: o, decoders: sync.Pool{New: func() any { return &Decoder{MaxCall: o.MaxCall} }}}
}

// Stats are the handler's counters.
func (h *Handler) Stats() *Stats { return &h.stats }

// retryAfter is the number of seconds after which clients should come again. Their own backoff
// is in the same range; above 300 they ignore it.
const retryAfter = 2

// answer is a JSON body that says why.
type answer struct {
	Success  bool         `json:"success"`
	Code     string       `json:"code,omitempty"`
	Message  string       `json:"message,omitempty"`
	Accepted *int         `json:"accepted,omitempty"`
	Errors   []callAnswer `json:"errors,omitempty"`
}

type callAnswer struct {
	Index     int    `json:"index"`
	MessageID string `json:"messageId,omitempty"`
	Code      string `json:"code"`
	Message   string `json:"message"`
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	h.stats.Requests.Add(1)
	kind, ok := kindOfPath(req.URL.Path)
	if !ok {
		h.reject(w, http.StatusNotFound, fault.NotFound("segment.path_unknown", "path", shorten(req.URL.Path)))
		return
	}
	if req.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		h.reject(w, http.StatusMethodNotAllowed, fault.Invalid("segment.method"))
		return
	}
	source, known := "", false
	key, _, fromHeader := req.BasicAuth()
	if fromHeader {
		if source, known = h.opt.Keys.Source(key); !known {
			h.reject(w, http.StatusUnauthorized, fault.Forbidden("segment.key_unknown"))
			return
		}
	}
	receivedAt := clock.Millis(h.opt.Clock)
	body, err := readBody(req.Body, h.opt.MaxBody)
	if err != nil {
		status := http.StatusBadRequest
		if fault.Is(err, "segment.body_unreadable") {
			status = http.StatusRequestTimeout // clients repeat it
		}
		h.reject(w, status, err)
		return
	}
	h.stats.Bytes.Add(int64(len(body)))
	d := h.decoders.Get().(*Decoder)
	defer func() {
		d.Release()
		h.decoders.Put(d)
	}()
	b, err := d.Decode(body, kind, receivedAt)
	if err != nil {
		h.reject(w, http.StatusBadRequest, err)
		return
	}
	if !known {
		if source, known = h.opt.Keys.Source(b.WriteKey); !known || b.WriteKey == "" {
			h.reject(w, http.StatusUnauthorized, fault.Forbidden("segment.key_unknown"))
			return
		}
	}
	h.take(w, req, kind, source, receivedAt, b)
}

// take submits a decoded batch and answers.
func (h *Handler) take(w http.ResponseWriter, req *http.Request, kind Kind, source string, receivedAt int64, b *Batch) {
	if len(b.Calls) > 0 {
		if err := h.opt.Sink.Submit(req.Context(), source, b.Calls); err != nil {
			h.fail(w, err)
			return
		}
		h.stats.Calls.Add(int64(len(b.Calls)))
	}
	if len(b.Refusals) == 0 {
		succeed(w)
		return
	}
	h.stats.Refused.Add(int64(len(b.Refusals)))
	if h.opt.Refusals != nil {
		h.opt.Refusals.Refused(req.Context(), source, receivedAt, b.Refusals)
	}
	tooLarge := kind != "" && fault.Is(b.Refusals[0].Err, "segment.call_too_large")
	if !tooLarge && req.Header.Get("X-Strict-Mode") != "1" {
		succeed(w)
		return
	}
	h.stats.Rejected.Add(1)
	write(w, http.StatusBadRequest, refusedAnswer(b))
}

func refusedAnswer(b *Batch) answer {
	accepted := len(b.Calls)
	a := answer{Accepted: &accepted, Errors: make([]callAnswer, len(b.Refusals))}
	for i, r := range b.Refusals {
		code, message := describe(r.Err)
		a.Errors[i] = callAnswer{Index: r.Index, MessageID: r.MessageID, Code: code, Message: message}
	}
	a.Code, a.Message = a.Errors[0].Code, a.Errors[0].Message
	return a
}

func succeed(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"success":true}`))
}

// fail answers an error of the sink.
func (h *Handler) fail(w http.ResponseWriter, err error) {
	status := http.StatusServiceUnavailable
	switch fault.KindOf(err) {
	case fault.KindInvalid:
		h.reject(w, http.StatusBadRequest, err)
		return
	case fault.KindRateLimited:
		status = http.StatusTooManyRequests
	}
	h.stats.Failed.Add(1)
	w.Header().Set("Retry-After", strconv.Itoa(retryAfter))
	code, message := describe(fault.Unavailable("segment.unavailable").Wrap(err))
	write(w, status, answer{Code: code, Message: message})
}

// reject answers a request that will never be good.
func (h *Handler) reject(w http.ResponseWriter, status int, err error) {
	h.stats.Rejected.Add(1)
	code, message := describe(err)
	write(w, status, answer{Code: code, Message: message})
}

func describe(err error) (code, message string) {
	f, ok := fault.As(err)
	if !ok {
		return "internal", "internal error"
	}
	return f.Code, f.Text(fault.EN)
}

func write(w http.ResponseWriter, status int, a answer) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(a) // the client has gone where this fails
}

// kindOfPath is the kind of single call that a path asks for, "" for a batch.
func kindOfPath(path string) (kind Kind, ok bool) {
	at := strings.LastIndex(path, "/v1/")
	if at < 0 {
		return "", false
	}
	switch path[at+len("/v1/"):] {
	case "batch", "import", "b":
		return "", true
	case "track", "t":
		return Track, true
	case "identify", "i":
		return Identify, true
	case "page", "p":
		return Page, true
	case "screen", "s":
		return Screen, true
	case "group", "g":
		return Group, true
	case "alias", "a":
		return Alias, true
	}
	return "", false
}
