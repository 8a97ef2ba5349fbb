package clock_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/earmarkhq/earmark/internal/clock"
)

var start = time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)

func fired(t clock.Timer) (time.Time, bool) {
	select {
	case at := <-t.C():
		return at, true
	default:
		return time.Time{}, false
	}
}

func TestManualStandsStillUntilMoved(t *testing.T) {
	c := clock.NewManual(start)
	if !c.Now().Equal(start) || clock.Millis(c) != start.UnixMilli() {
		t.Fatalf("now = %v, want %v", c.Now(), start)
	}
	c.Advance(1500 * time.Millisecond)
	if got := clock.Since(c, start); got != 1500*time.Millisecond {
		t.Fatalf("since start = %v, want 1.5s", got)
	}
	c.Set(start)
	if !c.Now().Equal(start) {
		t.Fatalf("after moving back: %v, want %v", c.Now(), start)
	}
}

func TestManualTimerFiresAtItsInstantAndNotBefore(t *testing.T) {
	c := clock.NewManual(start)
	timer := c.NewTimer(time.Second)
	c.Advance(time.Second - 1)
	if _, ok := fired(timer); ok {
		t.Fatal("fired a nanosecond early")
	}
	c.Advance(1)
	if at, ok := fired(timer); !ok || !at.Equal(start.Add(time.Second)) {
		t.Fatalf("fired = %v at %v, want at one second", ok, at)
	}
	c.Advance(time.Hour)
	if _, ok := fired(timer); ok {
		t.Fatal("fired twice")
	}
}

func TestManualTimerThatIsDueFiresAtOnce(t *testing.T) {
	c := clock.NewManual(start)
	for _, d := range []time.Duration{0, -time.Second} {
		if _, ok := fired(c.NewTimer(d)); !ok {
			t.Errorf("timer of %v did not fire at once", d)
		}
	}
}

func TestManualStopAndResetLeaveNoStaleValue(t *testing.T) {
	c := clock.NewManual(start)
	timer := c.NewTimer(time.Second)
	c.Advance(time.Second) // fires, nobody receives
	if timer.Reset(time.Minute) {
		t.Error("Reset after firing said the timer was still active")
	}
	if _, ok := fired(timer); ok {
		t.Error("a value of the earlier start was received after Reset")
	}
	if next, ok := c.Next(); !ok || !next.Equal(start.Add(61*time.Second)) {
		t.Errorf("next = %v %v, want 61 s after the start", next, ok)
	}
	if !timer.Stop() {
		t.Error("Stop of a waiting timer said it had fired")
	}
	c.Advance(time.Hour)
	if _, ok := fired(timer); ok {
		t.Error("a stopped timer fired")
	}
	if timer.Stop() {
		t.Error("second Stop said the timer was active")
	}
	if _, ok := c.Next(); ok {
		t.Error("a stopped timer still waits")
	}
}

func TestManualNextIsTheEarliest(t *testing.T) {
	c := clock.NewManual(start)
	for _, d := range []time.Duration{3, 1, 2, 1} {
		c.NewTimer(d * time.Second)
	}
	for _, want := range []time.Duration{1, 2, 3} {
		next, ok := c.Next()
		if !ok || !next.Equal(start.Add(want*time.Second)) {
			t.Fatalf("next = %v %v, want %v after the start", next, ok, want*time.Second)
		}
		c.Set(next)
	}
	if _, ok := c.Next(); ok {
		t.Fatal("timers left")
	}
}

func TestSleepWakesWhenTheClockIsMoved(t *testing.T) {
	c := clock.NewManual(start)
	done := make(chan error)
	go func() { done <- clock.Sleep(t.Context(), c, time.Hour) }()
	if err := c.AwaitTimers(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	c.Advance(time.Hour)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestSleepEndsWithItsContext(t *testing.T) {
	c := clock.NewManual(start)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- clock.Sleep(ctx, c, time.Hour) }()
	if err := c.AwaitTimers(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Fatalf("err = %v, want context.Canceled", err)
	}
	if _, ok := c.Next(); ok {
		t.Error("the cancelled sleep left its timer behind")
	}
	if err := clock.Sleep(ctx, c, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("sleep of nothing under an ended context: %v", err)
	}
	if err := c.AwaitTimers(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("AwaitTimers under an ended context: %v", err)
	}
}

func TestSystemMovesAndFires(t *testing.T) {
	var c clock.System
	before := c.Now()
	if err := clock.Sleep(t.Context(), c, time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if d := clock.Since(c, before); d < time.Millisecond {
		t.Fatalf("slept %v, want at least 1 ms", d)
	}
	timer := c.NewTimer(time.Hour)
	if !timer.Reset(time.Nanosecond) {
		t.Error("Reset of a waiting timer said it had fired")
	}
	<-timer.C()
	if timer.Stop() {
		t.Error("Stop after firing said the timer was active")
	}
}
