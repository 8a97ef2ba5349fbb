package clock

import "time"

// System is the machine's clock. The zero value is ready to use.
type System struct{}

// Now is time.Now, monotonic reading included.
func (System) Now() time.Time { return time.Now() }

// NewTimer is a timer of the Go runtime.
func (System) NewTimer(d time.Duration) Timer { return systemTimer{time.NewTimer(d)} }

type systemTimer struct{ t *time.Timer }

func (s systemTimer) C() <-chan time.Time        { return s.t.C }
func (s systemTimer) Stop() bool                 { return s.t.Stop() }
func (s systemTimer) Reset(d time.Duration) bool { return s.t.Reset(d) }
