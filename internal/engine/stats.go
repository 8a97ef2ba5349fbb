package engine

import "sync/atomic"

// Stats are the engine's counters since it was opened.
type Stats struct {
	Events      int64 // accepted
	Evaluations int64 // of one rule for one customer
	Deadlines   int64 // timers fired
	Idle        int64 // of them, those that changed nothing (deadlines_idle_total)
	Changes     int64 // tag rows written
	Failures    int64 // evaluations that failed
	Commits     int64 // with something in them
	Bytes       int64 // handed to the ledger by them
	Writes      int64 // customers saved
	MaxLag      int64 // greatest lateness of a fired deadline since the last Stats call, milliseconds
	Queued      int   // tasks waiting
	Waiting     int   // customers with a deadline, as of each shard's last turn
}

type counters struct {
	events, evaluations, deadlines, idle, changes, failures, commits, bytes, writes, maxLag atomic.Int64
}

func (c *counters) lag(ms int64) {
	for {
		old := c.maxLag.Load()
		if ms <= old || c.maxLag.CompareAndSwap(old, ms) {
			return
		}
	}
}

// Stats reads the counters; MaxLag starts anew.
func (e *Engine) Stats() Stats {
	c := &e.stats
	s := Stats{
		Events: c.events.Load(), Evaluations: c.evaluations.Load(), Deadlines: c.deadlines.Load(),
		Idle: c.idle.Load(), Changes: c.changes.Load(), Failures: c.failures.Load(),
		Commits: c.commits.Load(), Bytes: c.bytes.Load(), Writes: c.writes.Load(), MaxLag: c.maxLag.Swap(0),
	}
	for _, sh := range e.shards {
		s.Queued += len(sh.tasks)
		s.Waiting += int(sh.waiting.Load())
	}
	return s
}
