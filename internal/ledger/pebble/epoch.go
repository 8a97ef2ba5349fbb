package pebble

import (
	"encoding/binary"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
)

// epoch numbers the openings of the store. A snapshot of epoch e is complete while no epoch
// from e on ended without a clean close: states that were newer than their snapshots were then
// lost with the memory.
type epoch struct {
	mu      sync.Mutex
	now     atomic.Uint64
	unclean atomic.Uint64 // the newest epoch that ended without a clean close; 0 for none
}

var epochKey = []byte{tabMeta, 0, 'e', 'p', 'o', 'c', 'h'}

func (e *epoch) begin(db *pebble.DB) error {
	v, closer, err := db.Get(epochKey)
	switch {
	case err == pebble.ErrNotFound:
	case err != nil:
		return err
	default:
		f := fields{b: v}
		last, unclean, clean := f.uint(), f.uint(), f.byte()
		if err := closer.Close(); err != nil {
			return err
		}
		if f.err != nil {
			return corrupt("epoch", "%v", f.err)
		}
		if clean == 0 {
			unclean = last
		}
		e.now.Store(last)
		e.unclean.Store(unclean)
	}
	return e.next(db, false)
}

// next begins a new epoch. With lost, states of the present one were dropped.
func (e *epoch) next(db *pebble.DB, lost bool) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if lost {
		e.unclean.Store(e.now.Load())
	}
	if err := e.write(db, e.now.Load()+1, 0); err != nil {
		return err
	}
	e.now.Add(1)
	return nil
}

// end marks the epoch as closed cleanly.
func (e *epoch) end(db *pebble.DB) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.write(db, e.now.Load(), 1)
}

func (e *epoch) write(db *pebble.DB, now uint64, clean byte) error {
	v := binary.AppendUvarint(nil, now)
	v = binary.AppendUvarint(v, e.unclean.Load())
	return db.Set(epochKey, append(v, clean), pebble.Sync)
}

// complete reports whether a snapshot of epoch n has nothing after it on disk, provided that the
// cache has no newer state.
func (e *epoch) complete(n uint64) bool { return n > e.unclean.Load() }
