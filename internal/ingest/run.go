package ingest

import (
	"context"
	"log/slog"
	"time"

	"github.com/earmarkhq/earmark/internal/clock"
)

// flushEvery is how long what was gathered waits in memory.
const flushEvery = 3 * time.Second

// Run writes what was seen and what went wrong every few seconds until ctx ends, and once more
// then. Run it in a goroutine of its own.
func (t *Taker) Run(ctx context.Context, log *slog.Logger) {
	for clock.Sleep(ctx, t.o.Clock, flushEvery) == nil {
		t.Flush(ctx, log)
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	t.Flush(last, log)
}

// Flush writes what was gathered until now.
func (t *Taker) Flush(ctx context.Context, log *slog.Logger) {
	if t.o.Seen != nil {
		if err := t.o.Seen.Flush(ctx); err != nil && ctx.Err() == nil {
			log.Error("catalogue of events", "error", err)
		}
	}
	if t.o.Notices != nil {
		if err := t.o.Notices.Flush(ctx); err != nil && ctx.Err() == nil {
			log.Error("notices", "error", err)
		}
	}
}
