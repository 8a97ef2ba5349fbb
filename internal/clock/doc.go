// Package clock is the only place that reads the wall clock or waits on it.
//
// Everything else is handed a [Clock] or, better, an instant: the same code then replays
// last year, runs a scenario and serves today. A test over the syntax trees of the module
// (internal/archtest) refuses time.Now, time.Since, time.Sleep and timers anywhere else.
//
// Invariants: a Clock is safe for concurrent use; System keeps Go's monotonic reading, so a
// difference of two of its instants is not disturbed when the wall clock is set. Whether time
// may go back is the caller's question: the engine keeps its own clock that never does.
//
// Imports: the standard library only.
package clock
