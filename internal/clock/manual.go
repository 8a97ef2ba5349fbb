package clock

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

// Manual is a clock for tests and simulations: it stands still until it is moved, and moving it
// fires the timers it passes, in order of their instants (equal ones in order of their start).
// Make one with [NewManual].
type Manual struct {
	mu      sync.Mutex
	now     time.Time
	started uint64 // number of timer starts so far, orders equal instants
	waiting []*manualTimer
	changed chan struct{} // closed and replaced whenever waiting changes
}

// NewManual is a clock that stands at t.
func NewManual(t time.Time) *Manual {
	return &Manual{now: t, changed: make(chan struct{})}
}

// Now is the instant the clock was last set to.
func (m *Manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// Set moves the clock to t and fires every timer due at or before t. Moving it back is allowed,
// to test what guards against it; timers then wait for their instants again.
func (m *Manual) Set(t time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.set(t)
}

// Advance moves the clock by d; see [Manual.Set].
func (m *Manual) Advance(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.set(m.now.Add(d))
}

// Next is the instant of the earliest waiting timer; false when none waits.
func (m *Manual) Next() (time.Time, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.waiting) == 0 {
		return time.Time{}, false
	}
	return m.waiting[0].at, true
}

// AwaitTimers returns once at least n timers are waiting: the signal that the code under test has
// gone to sleep and the clock may be moved. It returns ctx's error when that ends first.
func (m *Manual) AwaitTimers(ctx context.Context, n int) error {
	for {
		m.mu.Lock()
		enough, changed := len(m.waiting) >= n, m.changed
		m.mu.Unlock()
		if enough {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// NewTimer makes a timer that fires when the clock is moved to d from now or beyond.
func (m *Manual) NewTimer(d time.Duration) Timer {
	t := &manualTimer{clock: m, c: make(chan time.Time, 1)}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.start(t, d)
	return t
}

func (m *Manual) set(t time.Time) {
	m.now = t
	due := 0
	for due < len(m.waiting) && !m.waiting[due].at.After(t) {
		m.waiting[due].fire()
		due++
	}
	if due > 0 {
		m.waiting = slices.Delete(m.waiting, 0, due)
		m.signal()
	}
}

func (m *Manual) start(t *manualTimer, d time.Duration) {
	t.at, t.active = m.now.Add(d), true
	if d <= 0 {
		t.fire()
		return
	}
	m.started++
	t.order = m.started
	i, _ := slices.BinarySearchFunc(m.waiting, t, func(a, b *manualTimer) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.order, b.order))
	})
	m.waiting = slices.Insert(m.waiting, i, t)
	m.signal()
}

// stop takes t off the waiting list and drops a value nobody has received.
func (m *Manual) stop(t *manualTimer) (wasActive bool) {
	select {
	case <-t.c:
	default:
	}
	if !t.active {
		return false
	}
	t.active = false
	if i := slices.Index(m.waiting, t); i >= 0 {
		m.waiting = slices.Delete(m.waiting, i, i+1)
		m.signal()
	}
	return true
}

func (m *Manual) signal() {
	close(m.changed)
	m.changed = make(chan struct{})
}

type manualTimer struct {
	clock  *Manual
	c      chan time.Time
	at     time.Time
	order  uint64
	active bool
}

func (t *manualTimer) fire() {
	t.active = false
	t.c <- t.at // never blocks: one value per start, and a start empties the channel first
}

func (t *manualTimer) C() <-chan time.Time { return t.c }

func (t *manualTimer) Stop() bool {
	t.clock.mu.Lock()
	defer t.clock.mu.Unlock()
	return t.clock.stop(t)
}

func (t *manualTimer) Reset(d time.Duration) bool {
	t.clock.mu.Lock()
	defer t.clock.mu.Unlock()
	wasActive := t.clock.stop(t)
	t.clock.start(t, d)
	return wasActive
}
