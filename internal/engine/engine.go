package engine

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/earmarkhq/earmark/internal/clock"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/ledger"
	"github.com/earmarkhq/earmark/internal/rule"
)

// Options of an engine. Ledger, Clock and Program are required.
type Options struct {
	Ledger  ledger.Store
	Clock   clock.Clock
	Program *rule.Program
	// Programs returns the compiled definitions of an earlier generation: needed when Program is a newer
	// one than the store has, and to finish a walk that a stop interrupted. nil: only Program is known.
	Programs func(gen uint32) (*rule.Program, error)
	// Shards is the number of goroutines that evaluate; 0 means 4. At most 64.
	Shards int
	Log    *slog.Logger
}

// Engine keeps the tags of one store. Safe for concurrent use.
type Engine struct {
	opt    Options
	log    *slog.Logger
	ctx    context.Context // lifetime of the shards
	shards []*shard
	live   atomic.Bool
	prog   atomic.Pointer[rule.Program]
	stats  counters
	broken atomic.Pointer[error]
	inject func(customer.ID) // tests make an evaluation fail with it

	publishing sync.Mutex
	closing    sync.RWMutex // held for reading while a task is handed to a shard
	closed     bool
	wg         sync.WaitGroup
}

// Names of the engine's meta rows in the ledger.
const (
	metaLive        = "engine.live"
	metaGenerations = "engine.generations"
	metaClock       = "engine.clock"
)

// Generation says when a generation of definitions came into force. Empty: the store had no
// customers, so it holds for all slots from At on; otherwise each slot has a Reached row.
type Generation struct {
	Gen     uint32 `json:"gen"`
	At      int64  `json:"at"`
	Empty   bool   `json:"empty"`
	Settled bool   `json:"settled"`
}

var _ = fault.Register(fault.Messages{
	"engine.closed": {ZH: "服务正在停止,请稍后重试", EN: "the service is stopping; try again shortly"},
	"engine.generation_unknown": {
		ZH: "找不到第 {gen} 代规则定义，无法继续上次未完成的发布",
		EN: "the definitions of generation {gen} are not to be found, so the store can not be opened with others",
	},
	"engine.broken": {ZH: "存储写入失败,服务已停止接收:{cause};请检查磁盘后重启", EN: "writing to the store failed and nothing more is accepted: {cause}; check the disk and restart"},
	"engine.is_live": {
		ZH: "该存储已上线,不能再按事件时间初始导入;请改用 --clock wall",
		EN: "this store has gone live, so it takes no more initial load by event time; use --clock wall",
	},
	"engine.not_live": {
		ZH: "该存储尚未上线,只能按事件时间导入;上线后再接收实时数据",
		EN: "this store has not gone live yet and takes only an initial load by event time",
	},
})

// Open starts the shards over a ledger. The caller closes the engine before the ledger.
func Open(ctx context.Context, o Options) (*Engine, error) {
	if o.Shards <= 0 {
		o.Shards = 4
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	e := &Engine{opt: o, log: o.Log, ctx: context.WithoutCancel(ctx)}
	_, live, err := o.Ledger.GetMeta(ctx, metaLive)
	if err != nil {
		return nil, err
	}
	e.live.Store(live)
	start, err := e.startClock(ctx)
	if err != nil {
		return nil, err
	}
	inForce, err := e.startPrograms(ctx)
	if err != nil {
		return nil, err
	}
	e.prog.Store(inForce.newest)
	for part := range o.Shards {
		sh, err := openShard(e.ctx, e, part, inForce, start)
		if err != nil {
			e.abandon()
			return nil, err
		}
		e.shards = append(e.shards, sh)
	}
	for _, sh := range e.shards {
		e.wg.Add(2)
		go func() { defer e.wg.Done(); sh.run() }()
		go func() { defer e.wg.Done(); sh.acknowledge() }()
	}
	if !inForce.settled || inForce.newest.Set.Gen != o.Program.Set.Gen {
		if err := e.Publish(ctx, o.Program, nil); err != nil {
			_ = e.Close(ctx)
			return nil, err
		}
	}
	return e, nil
}

func (e *Engine) abandon() {
	for _, sh := range e.shards {
		_ = sh.w.Close()
	}
}

// startClock is the instant that the event clock had reached; never goes back over restarts.
func (e *Engine) startClock(ctx context.Context) (int64, error) {
	b, ok, err := e.opt.Ledger.GetMeta(ctx, metaClock)
	if err != nil || !ok {
		return 0, err
	}
	var at int64
	err = json.Unmarshal(b, &at)
	return at, err
}

// Generations lists the generations that came into force in this store, oldest first.
func (e *Engine) Generations(ctx context.Context) ([]Generation, error) {
	return ReadGenerations(ctx, e.opt.Ledger)
}

// ReadGenerations is Generations of a store without an engine.
func ReadGenerations(ctx context.Context, store ledger.Store) ([]Generation, error) {
	b, ok, err := store.GetMeta(ctx, metaGenerations)
	if err != nil || !ok {
		return nil, err
	}
	var gens []Generation
	err = json.Unmarshal(b, &gens)
	return gens, err
}

// ReadLive returns the instant at which the store went live; ok is false before.
func ReadLive(ctx context.Context, store ledger.Store) (at int64, ok bool, err error) {
	b, ok, err := store.GetMeta(ctx, metaLive)
	if err != nil || !ok {
		return 0, false, err
	}
	err = json.Unmarshal(b, &at)
	return at, true, err
}

func (e *Engine) putMeta(ctx context.Context, name string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return e.opt.Ledger.PutMeta(ctx, name, b)
}

// Live reports whether the store runs on the wall clock.
func (e *Engine) Live() bool { return e.live.Load() }

// Program is the generation in force (the newest one published).
func (e *Engine) Program() *rule.Program { return e.prog.Load() }

// Now is the engine's instant: the wall clock once live, else how far the event clock has come.
func (e *Engine) Now() int64 {
	if e.live.Load() {
		return clock.Millis(e.opt.Clock)
	}
	var now int64
	for _, sh := range e.shards {
		now = max(now, sh.seen.Load())
	}
	return now
}

// GoLive is the recorded one-way switch from event time to the wall clock: it applies the
// deadlines up to now, each at its instant, and turns the clock over. Going live twice is no error.
func (e *Engine) GoLive(ctx context.Context) error {
	if e.live.Load() {
		return nil
	}
	now := max(clock.Millis(e.opt.Clock), e.Now())
	if err := e.AdvanceTo(ctx, now); err != nil {
		return err
	}
	if err := e.putMeta(ctx, metaLive, now); err != nil {
		return err
	}
	e.live.Store(true)
	return e.each(ctx, func(sh *shard) error { return nil })
}

// each runs fn on every shard's goroutine at once and waits for all, and for the durability of what
// they wrote.
func (e *Engine) each(ctx context.Context, fn func(sh *shard) error) error {
	results := make(chan error, len(e.shards))
	for _, sh := range e.shards {
		e.send(sh, task{call: fn, done: func(_ Receipt, err error) { results <- err }})
	}
	var first error
	for range e.shards {
		select {
		case err := <-results:
			if first == nil {
				first = err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return first
}

// on runs fn on the shard's goroutine and waits for it and for the durability of what it wrote.
func (e *Engine) on(ctx context.Context, sh *shard, fn func(sh *shard) error) error {
	result := make(chan error, 1)
	e.send(sh, task{call: fn, done: func(_ Receipt, err error) { result <- err }})
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// send hands a task to a shard; its done is called in every case.
func (e *Engine) send(sh *shard, t task) {
	e.closing.RLock()
	defer e.closing.RUnlock()
	if e.closed {
		t.done(Receipt{}, fault.Unavailable("engine.closed"))
		return
	}
	sh.tasks <- t
}

// fail marks the store unusable after a failed write.
func (e *Engine) fail(err error) {
	err = fault.Unavailable("engine.broken", "cause", err.Error()).Wrap(err)
	if e.broken.CompareAndSwap(nil, &err) {
		e.log.Error("store failed", "err", err)
	}
}

// Close takes what is queued, waits for its durability and stops the shards. Their states reach the
// disk; the ledger itself stays open.
func (e *Engine) Close(ctx context.Context) error {
	e.closing.Lock()
	if e.closed {
		e.closing.Unlock()
		return nil
	}
	e.closed = true
	for _, sh := range e.shards {
		close(sh.tasks)
	}
	e.closing.Unlock()
	stopped := make(chan struct{})
	go func() { e.wg.Wait(); close(stopped) }()
	select {
	case <-stopped:
	case <-ctx.Done():
		return ctx.Err()
	}
	err := e.putMeta(ctx, metaClock, e.lastSeen())
	for _, sh := range e.shards {
		if cerr := sh.w.Close(); err == nil {
			err = cerr
		}
	}
	if b := e.broken.Load(); b != nil {
		return *b
	}
	return err
}

func (e *Engine) lastSeen() int64 {
	var at int64
	for _, sh := range e.shards {
		at = max(at, sh.seen.Load())
	}
	return at
}
