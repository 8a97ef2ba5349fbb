package httpapi

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/pprof"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/earmarkhq/earmark/internal/catalog"
	"github.com/earmarkhq/earmark/internal/clock"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/definition"
	"github.com/earmarkhq/earmark/internal/engine"
	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/ledger"
	"github.com/earmarkhq/earmark/internal/rule"
	"github.com/earmarkhq/earmark/internal/tag"
	"github.com/earmarkhq/earmark/internal/value"
)

// Engine is what the API asks of the engine.
type Engine interface {
	Submit(ctx context.Context, unit []engine.Input) (engine.Receipt, error)
	View(ctx context.Context, id customer.ID) (engine.View, error)
	Explain(ctx context.Context, id customer.ID, t tag.ID) (*expr.Explanation, error)
	Attributes(ctx context.Context, id customer.ID) (value.Value, error)
	Metric(ctx context.Context, id customer.ID, name string) (v value.Num, ok bool, err error)
	Retry(ctx context.Context, id customer.ID) error
	Upcoming(ctx context.Context, n int) ([]engine.Due, error)
	Program() *rule.Program
	Now() int64
	Live() bool
}

// Ledger is what the API reads of the ledger.
type Ledger interface {
	ledger.Reader
	Lookup(ctx context.Context, keys []customer.Key) ([]ledger.Identity, error)
	SearchIdentities(ctx context.Context, prefix string, limit int, fn func(customer.Key, customer.ID) error) error
	Stats() ledger.Stats
}

// Publisher brings drafts into force.
type Publisher interface {
	// Publish returns when the generation is written; the walk over the customers goes on after it.
	Publish(ctx context.Context, by catalog.By, pub definition.Publication) (catalog.Generation, error)
	// Settling reports whether a walk is under way and how far it has come, 0 to 1.
	Settling() (share float64, settling bool)
}

// Options are what the edge is built from. All are required but Timeout and RequestBytes.
type Options struct {
	Version     string
	Lang        fault.Lang // of answers to callers who ask for none
	Clock       clock.Clock
	Log         *slog.Logger
	Registry    *prometheus.Registry
	Ledger      Ledger
	Catalog     catalog.Store
	Engine      Engine
	Definitions *definition.Service
	Publisher   Publisher
	Tracking    http.Handler // of everything under /v1/, with its own keys
	// KeysChanged is told after sources or write keys changed, AliasesChanged after aliases did.
	KeysChanged    func(context.Context) error
	AliasesChanged func(context.Context) error
	// Ready is nil while requests can be taken; else what is wrong.
	Ready func(context.Context) error

	RequestBytes int64         // of a body under /api/v1
	Timeout      time.Duration // of a handler
	Pprof        bool
	Guarded      bool // /metrics asks for a key too: others than this machine can reach it
}

type server struct{ Options }

// New builds the handler of everything that Earmark serves.
func New(o Options) http.Handler {
	s := &server{o}
	mux := http.NewServeMux()
	api := newAPI(mux, o.Version)
	api.UseMiddleware(s.signIn(api))
	s.register(&routes{api: api, body: o.RequestBytes})
	mux.Handle("/v1/", o.Tracking)
	mux.Handle("GET /metrics", s.guard(o.Guarded, reader, promhttp.HandlerFor(o.Registry, promhttp.HandlerOpts{})))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", s.ready)
	mux.HandleFunc("GET /{$}", s.welcome)
	if o.Pprof {
		s.profiles(mux)
	}
	return &chain{
		log: o.Log, clock: o.Clock, lang: o.Lang, metrics: newRequestMetrics(o.Registry), timeout: o.Timeout,
		next: front(mux),
	}
}

// OpenAPI is the description of the API, as JSON.
func OpenAPI(version string) ([]byte, error) {
	api := newAPI(http.NewServeMux(), version)
	(&server{}).register(&routes{api: api, body: 1})
	return api.OpenAPI().MarshalJSON()
}

func (s *server) register(r *routes) {
	s.operate(r)
	s.customers(r)
	s.library(r)
	s.rules(r)
	s.aliases(r)
	s.keys(r)
}

func (s *server) ready(w http.ResponseWriter, r *http.Request) {
	if err := s.Ready(r.Context()); err != nil {
		writeProblem(w, r, err)
		return
	}
	_, _ = fmt.Fprintln(w, "ready")
}

func (s *server) welcome(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = fmt.Fprintf(w, "Earmark %s\n\n/api/v1          the API, described by /api/openapi.json and /api/openapi.yaml\n"+
		"/v1/batch, …     events, as clients of Segment and RudderStack send them\n"+
		"/metrics /healthz /readyz\n", s.Version)
}

// guard asks for a key where on is true.
func (s *server) guard(on bool, role catalog.Role, next http.Handler) http.Handler {
	if !on {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := s.allowKey(r.Context(), r.Header.Get("Authorization"), role, requestOf(r.Context())); err != nil {
			writeProblem(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *server) profiles(mux *http.ServeMux) {
	for path, h := range map[string]http.HandlerFunc{
		"/debug/pprof/": pprof.Index, "/debug/pprof/cmdline": pprof.Cmdline, "/debug/pprof/profile": pprof.Profile,
		"/debug/pprof/symbol": pprof.Symbol, "/debug/pprof/trace": pprof.Trace,
	} {
		mux.Handle("GET "+path, s.guard(true, admin, h))
	}
}

// routes collects the operations of /api/v1.
type routes struct {
	api  huma.API
	body int64
}

// add registers an operation. The role is asked for by signIn, which stands before all of them;
// the id, in kebab case, names the operation in generated clients.
func add[I, O any](r *routes, role catalog.Role, method, path, id, summary string, handler func(context.Context, *I) (*O, error), more ...func(*huma.Operation)) {
	op := huma.Operation{
		OperationID: id, Method: method, Path: "/api/v1" + path, Summary: summary,
		Tags:         []string{strings.SplitN(strings.TrimPrefix(path, "/"), "/", 2)[0]},
		MaxBodyBytes: r.body, BodyReadTimeout: -1, // both are bounded for all routes by the chain and the server
		Security: []map[string][]string{{"key": {string(role)}}},
		Metadata: map[string]any{"role": role},
	}
	for _, m := range more {
		m(&op)
	}
	huma.Register(r.api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handler(ctx, in)
		if err != nil {
			return nil, problemOf(ctx, err)
		}
		return out, nil
	})
}

// status sets the status of a success.
func status(code int) func(*huma.Operation) {
	return func(op *huma.Operation) { op.DefaultStatus = code }
}

// about is the longer description of an operation.
func about(text string) func(*huma.Operation) {
	return func(op *huma.Operation) { op.Description = text }
}

// newAPI makes the empty API on mux.
func newAPI(mux *http.ServeMux, version string) huma.API {
	cfg := huma.DefaultConfig("Earmark", version)
	cfg.CreateHooks = nil // no $schema members
	cfg.OpenAPIPath, cfg.DocsPath, cfg.SchemasPath = "/api/openapi", "", ""
	cfg.RejectUnknownQueryParameters = true
	cfg.Info.Description = apiDescription
	cfg.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	cfg.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	cfg.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"key": {
		Type: "http", Scheme: "bearer", Description: "An API key, em_…; its role is reader, editor or admin.",
	}}
	return humago.New(mux, cfg)
}

// schemaName names a type in the description: PageTag is TagPage, bodies are what they carry.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	if of, ok := strings.CutPrefix(name, "Page"); ok {
		return of + "Page"
	}
	if of, ok := strings.CutSuffix(name, "InBody"); ok {
		return of + "Request"
	}
	return strings.TrimSuffix(name, "OutBody")
}

const apiDescription = `Earmark keeps the tags of customers true at every instant and explains them.

Ids are strings. Times are RFC 3339; answers are in UTC with milliseconds. Errors are RFC 9457 problems whose
member code is stable; detail is a sentence in the language of Accept-Language (zh or en). Lists turn pages by
cursor: pass next_cursor as it is until it is absent.`

// front sends requests to the mux and answers what it has no route for with problems.
func front(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		probe := &statusProbe{header: http.Header{}}
		h.ServeHTTP(probe, r)
		switch allow := probe.header.Get("Allow"); {
		case probe.status == http.StatusMethodNotAllowed:
			w.Header().Set("Allow", allow)
			p := problemOf(r.Context(), fault.Invalid("http.method", "method", r.Method, "path", r.URL.Path, "allow", allow))
			p.Status = http.StatusMethodNotAllowed
			writeStatus(w, p.finish(requestOf(r.Context())))
		default:
			writeProblem(w, r, fault.NotFound("http.no_route", "path", r.URL.Path))
		}
	})
}

// statusProbe keeps what the mux would have answered and throws the body away.
type statusProbe struct {
	header http.Header
	status int
}

func (p *statusProbe) Header() http.Header         { return p.header }
func (p *statusProbe) Write(b []byte) (int, error) { return len(b), nil }
func (p *statusProbe) WriteHeader(status int)      { p.status = status }

// bearer reads the key of a request.
func bearer(header string) (string, bool) {
	scheme, key, ok := strings.Cut(header, " ")
	return strings.TrimSpace(key), ok && strings.EqualFold(scheme, "bearer") && key != ""
}
