package clock

import (
	"context"
	"time"
)

// Clock tells the time and makes timers. Implementations are safe for concurrent use.
type Clock interface {
	// Now is the present instant. Its zone carries no meaning: compare instants, not fields.
	Now() time.Time

	// NewTimer makes a timer that fires once, d from now; d ≤ 0 fires at once.
	NewTimer(d time.Duration) Timer
}

// Timer fires once per start. After Stop or Reset returns, no value of the earlier start is
// received any more, so neither needs a drain.
type Timer interface {
	// C receives the instant at which the timer fired. It is never closed.
	C() <-chan time.Time

	// Stop ends the timer; true if it had not fired yet.
	Stop() bool

	// Reset starts the timer anew, d from now; true if it had not fired yet.
	Reset(d time.Duration) bool
}

// Millis is the clock's present instant in Unix milliseconds, the engine's unit of time.
func Millis(c Clock) int64 { return c.Now().UnixMilli() }

// Since is the time that has passed on c since t, an instant read from the same clock.
func Since(c Clock, t time.Time) time.Duration { return c.Now().Sub(t) }

// Sleep waits until d has passed on c, or returns ctx's error when that ends first.
// With d ≤ 0 it returns at once, with ctx's error if ctx has already ended.
func Sleep(ctx context.Context, c Clock, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := c.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
