package app

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/earmarkhq/earmark/internal/config"
	"github.com/earmarkhq/earmark/internal/engine"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/httpapi"
	"github.com/earmarkhq/earmark/internal/ingest/segment"
)

// Serve opens the store, takes it live, and serves it until ctx ends. Then requests under way are
// finished, at most cfg.HTTP.DrainTimeout long, and everything accepted is made durable.
func Serve(ctx context.Context, cfg config.Config, env *Env) error {
	return With(ctx, cfg, env, func(a *App) error {
		s, err := a.Start(ctx)
		if err != nil {
			return err
		}
		a.announce(s)
		return s.Run(ctx)
	})
}

// closeTime bounds what Close may take after the signal to stop.
const closeTime = 60 * time.Second

func (a *App) closeInTime(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
	defer cancel()
	return a.Close(ctx)
}

// Server is an App that answers requests.
type Server struct {
	Base string // "http://127.0.0.1:7070"
	Keys FirstKeys

	app    *App
	http   *http.Server
	failed chan error
}

// Start takes the store live and begins to serve it. Run the Server, or Stop it.
func (a *App) Start(ctx context.Context) (*Server, error) {
	if err := a.engine.GoLive(ctx); err != nil {
		return nil, err
	}
	keys, err := a.firstKeys(ctx)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", a.cfg.Listen)
	if err != nil {
		return nil, fault.Unavailable("app.listen", "address", a.cfg.Listen).Wrap(err)
	}
	s := &Server{Base: "http://" + listener.Addr().String(), Keys: keys, app: a, failed: make(chan error, 1)}
	s.http = &http.Server{
		Handler: a.handler(), ReadHeaderTimeout: min(10*time.Second, a.cfg.HTTP.ReadTimeout), ReadTimeout: a.cfg.HTTP.ReadTimeout,
		WriteTimeout: a.cfg.HTTP.WriteTimeout, IdleTimeout: a.cfg.HTTP.IdleTimeout, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelWarn),
	}
	go func() { s.failed <- s.http.Serve(listener) }()
	a.log.Info("serving", "address", listener.Addr().String(), "version", a.env.Version, "zone", a.zone.String())
	return s, nil
}

// Run waits for the end of ctx and stops.
func (s *Server) Run(ctx context.Context) error {
	select {
	case err := <-s.failed:
		return fault.Unavailable("app.listen", "address", s.Base).Wrap(err)
	case <-ctx.Done():
		return s.Stop(ctx)
	}
}

// Stop takes no more connections and waits for the requests under way, as long as the configuration
// allows; what is not answered then is cut off. The App stays open.
func (s *Server) Stop(ctx context.Context) error {
	s.app.log.Info("stopping")
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.app.cfg.HTTP.DrainTimeout)
	defer cancel()
	if err := s.http.Shutdown(drain); err != nil {
		s.app.log.Warn("requests were cut off", "error", err)
		return s.http.Close()
	}
	return nil
}

// announce says where the service is and where its first keys are. The keys are not printed: what a
// service prints is kept in logs.
func (a *App) announce(s *Server) {
	if a.env.Lang == fault.EN {
		a.say("Earmark serves %s", s.Base)
		if s.Keys.Made {
			a.say("The first API key and write key are in %s; make others and remove the file.", s.Keys.File)
		}
		return
	}
	a.say("标客已启动：%s", s.Base)
	if s.Keys.Made {
		a.say("首个接口密钥和写入密钥在 %s；建好自己的密钥后请删除该文件。", s.Keys.File)
	}
}

// say writes a line for people.
func (a *App) say(form string, args ...any) { _, _ = fmt.Fprintf(a.env.Out, form+"\n", args...) }

// handler builds the HTTP edge.
func (a *App) handler() http.Handler {
	tracking := segment.NewHandler(segment.Options{
		Sink: a.taker, Keys: a.keys, Clock: a.env.Clock, Refusals: a.notices,
		MaxBody: a.cfg.Limits.BatchBytes, MaxCall: int(a.cfg.Limits.EventBytes),
	})
	registry := prometheus.NewRegistry()
	httpapi.Figures{
		Version: a.env.Version, Engine: a.engine.Stats, Ledger: a.ledger.Stats, Ingest: a.taker.Stats,
		Tracking: tracking.Stats(), Identities: a.resolver.Stats, Live: a.engine.Live,
		Generation: func() uint32 { return a.defs.Library().Generation }, Settling: a.publisher.Settling,
	}.Register(registry)
	return httpapi.New(httpapi.Options{
		Version: a.env.Version, Lang: a.cfg.Lang, Clock: a.env.Clock, Log: a.log, Registry: registry,
		Ledger: a.ledger, Catalog: a.catalog, Engine: a.engine, Definitions: a.defs, Publisher: a.publisher,
		Tracking: tracking, KeysChanged: a.keys.forget, AliasesChanged: a.reloadAliases, Ready: a.ready,
		RequestBytes: a.cfg.Limits.RequestBytes, Timeout: a.cfg.HTTP.WriteTimeout - time.Second/2,
		Pprof: a.cfg.Pprof, Guarded: a.cfg.AllowRemote,
	})
}

// ready is nil while the store takes events: a unit of nothing is refused where a real one would be.
func (a *App) ready(ctx context.Context) error {
	_, err := a.engine.Submit(ctx, []engine.Input{})
	return err
}

var _ = fault.Register(fault.Messages{
	"app.listen": {ZH: "无法监听 {address}", EN: "it is not possible to listen on {address}"},
})
