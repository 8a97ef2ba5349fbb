package app

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/earmarkhq/earmark/internal/catalog"
	"github.com/earmarkhq/earmark/internal/clock"
	"github.com/earmarkhq/earmark/internal/definition"
	"github.com/earmarkhq/earmark/internal/engine"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/rule"
)

// publisher brings generations into force, one at a time. The walk over the customers goes on after
// Publish returned; wait waits for it.
type publisher struct {
	defs   *definition.Service
	engine *engine.Engine
	clock  clock.Clock
	log    *slog.Logger

	mu          sync.Mutex
	walk        chan struct{} // closed at the end of the walk under way; nil when none is
	err         error         // of the last walk
	done, total atomic.Int64
}

func newPublisher(defs *definition.Service, e *engine.Engine, c clock.Clock, log *slog.Logger) *publisher {
	return &publisher{defs: defs, engine: e, clock: c, log: log}
}

// grace is how long Publish waits for the walk: of a small store the answer is then "settled".
const grace = time.Second

// Publish implements httpapi.Publisher. During a walk it is refused: publishing.
func (p *publisher) Publish(ctx context.Context, by catalog.By, pub definition.Publication) (catalog.Generation, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.underWay() {
		return catalog.Generation{}, fault.Conflict("app.publishing")
	}
	g, program, err := p.defs.Publish(ctx, by, pub)
	if err != nil {
		return g, err
	}
	p.start(ctx, program)
	timer := p.clock.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-p.walk:
		return g, p.err
	case <-timer.C():
	case <-ctx.Done():
	}
	return g, nil
}

// PublishWhole publishes a document as the whole set and returns when the walk is done.
func (p *publisher) PublishWhole(ctx context.Context, by catalog.By, doc []byte, note string) (catalog.Generation, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.underWay() {
		return catalog.Generation{}, fault.Conflict("app.publishing")
	}
	g, program, err := p.defs.PublishWhole(ctx, by, doc, note)
	if err != nil {
		return g, err
	}
	p.start(ctx, program)
	select {
	case <-p.walk:
		return g, p.err
	case <-ctx.Done():
		return g, ctx.Err()
	}
}

// start begins the walk. It outlives the request that asked for it.
func (p *publisher) start(ctx context.Context, program *rule.Program) {
	walk := make(chan struct{})
	p.walk, p.err = walk, nil
	p.done.Store(0)
	p.total.Store(1)
	go func() {
		defer close(walk)
		err := p.engine.Publish(context.WithoutCancel(ctx), program, func(done, total int64) {
			p.done.Store(done)
			p.total.Store(total)
		})
		if err == nil {
			p.done.Store(p.total.Load())
		} else {
			p.err = err
			p.log.Error("publishing stopped; it goes on at the next start", "generation", program.Set.Gen, "error", err)
		}
	}()
}

func (p *publisher) underWay() bool {
	if p.walk == nil {
		return false
	}
	select {
	case <-p.walk:
		return false
	default:
		return true
	}
}

// Settling implements httpapi.Publisher.
func (p *publisher) Settling() (share float64, settling bool) {
	done, total := p.done.Load(), p.total.Load()
	if total == 0 || done >= total {
		return 1, false
	}
	return float64(done) / float64(total), true
}

// wait returns when no walk is under way.
func (p *publisher) wait() {
	p.mu.Lock()
	walk := p.walk
	p.mu.Unlock()
	if walk != nil {
		<-walk
	}
}

var _ = fault.Register(fault.Messages{
	"app.publishing": {ZH: "上一次发布还在生效中，请等它完成", EN: "the last publication is still settling; wait until it is done"},
})
