package app

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/earmarkhq/earmark/internal/catalog"
	"github.com/earmarkhq/earmark/internal/catalog/sqlite"
	"github.com/earmarkhq/earmark/internal/clock"
	"github.com/earmarkhq/earmark/internal/config"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/definition"
	"github.com/earmarkhq/earmark/internal/engine"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/identity"
	"github.com/earmarkhq/earmark/internal/ingest"
	"github.com/earmarkhq/earmark/internal/ingest/catalogue"
	"github.com/earmarkhq/earmark/internal/ledger"
	"github.com/earmarkhq/earmark/internal/ledger/pebble"
	"github.com/earmarkhq/earmark/internal/rule"
)

// Env is the process around a command.
type Env struct {
	Version string
	Lang    fault.Lang
	Clock   clock.Clock
	In      io.Reader
	Out     io.Writer // answers
	Err     io.Writer // progress, log, errors
}

// App is one tenant's store, opened. Close what Open returned.
type App struct {
	env  *Env
	cfg  config.Config
	zone *time.Location
	log  *slog.Logger

	ledger  *pebble.Store
	catalog catalog.Store
	defs    *definition.Service
	engine  *engine.Engine

	resolver  *identity.Resolver
	seen      *catalogue.Catalogue
	notices   *ingest.Notices
	taker     *ingest.Taker
	keys      *writeKeys
	publisher *publisher
	shown     string // a customer that the demo showed

	stopFlush context.CancelFunc
	flushing  sync.WaitGroup
}

// Open opens the store in cfg.DataDir, making it where there is none. Errors an operator meets:
// ledger.locked, ledger.format, app.zone_differs.
func Open(ctx context.Context, cfg config.Config, env *Env) (*App, error) {
	a := &App{env: env, cfg: cfg, log: newLog(cfg, env.Err)}
	if err := a.openStores(ctx); err != nil {
		return nil, errors.Join(err, a.closeStores())
	}
	if err := a.openEngine(ctx); err != nil {
		return nil, errors.Join(err, a.closeStores())
	}
	if err := a.openIngest(ctx); err != nil {
		return nil, errors.Join(err, a.engine.Close(ctx), a.closeStores())
	}
	a.publisher = newPublisher(a.defs, a.engine, env.Clock, a.log)
	return a, nil
}

func newLog(cfg config.Config, to io.Writer) *slog.Logger {
	o := &slog.HandlerOptions{Level: cfg.Log.Level}
	if cfg.Log.Format == "json" {
		return slog.New(slog.NewJSONHandler(to, o))
	}
	return slog.New(slog.NewTextHandler(to, o))
}

// openStores takes the ledger's lock first: what follows is this process's alone.
func (a *App) openStores(ctx context.Context) error {
	if err := os.MkdirAll(a.cfg.DataDir, 0o700); err != nil {
		return fault.Unavailable("app.data_dir", "dir", a.cfg.DataDir).Wrap(err)
	}
	var err error
	a.ledger, err = pebble.Open(filepath.Join(a.cfg.DataDir, "ledger"), pebble.Options{CacheBytes: a.cfg.CacheBytes, Log: a.log})
	if err != nil {
		return err
	}
	if a.catalog, err = sqlite.Open(ctx, filepath.Join(a.cfg.DataDir, "catalog.db")); err != nil {
		return err
	}
	zone := a.cfg.Zone
	kept, err := a.catalog.KeepSetting(ctx, a.by("cli"), catalog.SettingZone, zone)
	if err != nil {
		return err
	}
	if kept != zone && a.cfg.Given("zone") {
		return fault.Conflict("app.zone_differs", "store", kept, "asked", zone)
	}
	a.cfg.Zone = kept
	a.zone = a.cfg.Location()
	return nil
}

func (a *App) openEngine(ctx context.Context) error {
	var err error
	if a.defs, err = openDefinitions(ctx, a); err != nil {
		return err
	}
	program, err := a.defs.Program(ctx, 0)
	if err != nil {
		return err
	}
	shards := a.cfg.Shards
	if shards == 0 {
		shards = min(runtime.GOMAXPROCS(0), 64)
	}
	a.engine, err = engine.Open(ctx, engine.Options{
		Ledger: a.ledger, Clock: a.env.Clock, Program: program, Shards: shards, Log: a.log,
		Programs: func(gen uint32) (*rule.Program, error) { return a.defs.Program(ctx, gen) },
	})
	return err
}

func openDefinitions(ctx context.Context, a *App) (*definition.Service, error) {
	return definition.Open(ctx, a.catalog, a.zone)
}

// flushEvery is how often what was seen and refused is written to the catalog.
const flushEvery = 2 * time.Second

func (a *App) openIngest(ctx context.Context) error {
	a.resolver = identity.New(identity.Options{Identities: a.ledger, Known: known{a.engine}})
	a.seen = catalogue.New(a.catalog)
	a.notices = ingest.NewNotices(a.catalog, a.env.Lang, a.log)
	a.keys = newWriteKeys(a.catalog)
	aliases, err := a.aliases(ctx)
	if err != nil {
		return err
	}
	a.taker = ingest.New(ingest.Options{
		Resolver: a.resolver, Engine: a.engine, Clock: a.env.Clock, Aliases: aliases, Seen: a.seen, Notices: a.notices,
	})
	flush, stop := context.WithCancel(context.WithoutCancel(ctx))
	a.stopFlush = stop
	a.flushing.Add(1)
	go func() {
		defer a.flushing.Done()
		for clock.Sleep(flush, a.env.Clock, flushEvery) == nil {
			a.flush(flush)
		}
	}()
	return nil
}

// flush writes what operators look at; its loss would lose no event.
func (a *App) flush(ctx context.Context) {
	if err := errors.Join(a.seen.Flush(ctx), a.notices.Flush(ctx)); err != nil && ctx.Err() == nil {
		a.log.Error("what was seen could not be written", "error", err)
	}
}

// Close ends work in the order in which it flows: what is queued is made durable.
func (a *App) Close(ctx context.Context) error {
	a.publisher.wait()
	a.stopFlush()
	a.flushing.Wait()
	a.flush(ctx)
	err := a.engine.Close(ctx)
	return errors.Join(err, a.closeStores())
}

func (a *App) closeStores() error {
	var errs []error
	if a.catalog != nil {
		errs = append(errs, a.catalog.Close())
	}
	if a.ledger != nil {
		errs = append(errs, a.ledger.Close())
	}
	return errors.Join(errs...)
}

// by is who makes a change by this process.
func (a *App) by(actor string) catalog.By {
	return catalog.By{Actor: actor, At: clock.Millis(a.env.Clock)}
}

// known answers the resolver from the engine.
type known struct{ engine *engine.Engine }

// Known implements identity.Known.
func (k known) Known(ctx context.Context, ids []customer.ID) ([][]customer.Key, error) {
	out := make([][]customer.Key, len(ids))
	errs := make([]error, len(ids))
	var wg sync.WaitGroup
	for i, id := range ids {
		wg.Add(1)
		go func() {
			defer wg.Done()
			v, err := k.engine.View(ctx, id)
			if err != nil && !fault.Is(err, "customer.unknown") {
				errs[i] = err
				return
			}
			out[i] = v.Identities
		}()
	}
	wg.Wait()
	return out, errors.Join(errs...)
}

var _ ledger.Store = (*pebble.Store)(nil)

var _ = fault.Register(fault.Messages{
	"app.data_dir":     {ZH: "无法创建数据目录 {dir}", EN: "the folder {dir} can not be made"},
	"app.zone_differs": {ZH: "这个库的时区是 {store}，而设置要求 {asked}；时区在建库时确定，不能更改", EN: "this store's time zone is {store}, but the settings ask for {asked}; it is fixed when a store is made"},
})
