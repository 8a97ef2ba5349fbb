package importer

import "sync"

// unit is a unit that was handed to the engine: everything up to row (and the offset) has been
// handed over with it or before.
type unit struct {
	row, offset int64
	entries     int
	over, bad   bool
}

// tracker knows up to where everything is durable, and how much is not. The zero tracker
// stands at the beginning.
type tracker struct {
	mu          sync.Mutex
	free        sync.Cond
	open        []*unit // handed over, in order; the first is not durable
	entries     int     // of open
	row, offset int64
	bad         bool // a unit failed: the position stays before it
}

// reach sets where an earlier run has got to.
func (t *tracker) reach(row, offset int64) { t.row, t.offset = row, offset }

// start notes a unit that is about to be handed over, and waits while too much is under way.
func (t *tracker) start(row, offset int64, entries int) *unit {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.init()
	for len(t.open) > 0 && t.entries+entries > outstanding {
		t.free.Wait()
	}
	u := &unit{row: row, offset: offset, entries: entries}
	t.open = append(t.open, u)
	t.entries += entries
	return u
}

func (t *tracker) init() {
	if t.free.L == nil {
		t.free.L = &t.mu
	}
}

// end notes that a unit is durable, or that it failed.
func (t *tracker) end(u *unit, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	u.over, u.bad = true, !ok
	n := 0
	for n < len(t.open) && t.open[n].over {
		t.bad = t.bad || t.open[n].bad
		if !t.bad {
			t.row, t.offset = t.open[n].row, t.open[n].offset
		}
		t.entries -= t.open[n].entries
		n++
	}
	t.open = t.open[n:]
	t.free.Broadcast()
}

// wait waits until nothing is under way.
func (t *tracker) wait() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.init()
	for len(t.open) > 0 {
		t.free.Wait()
	}
}

// position is up to where everything is durable.
func (t *tracker) position() (row, offset int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.row, t.offset
}
