package pebble

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"

	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/ledger"
)

// Store is a ledger in one directory. Make one with [Open].
type Store struct {
	opts   Options
	dir    string
	pebble *pebble.Options
	db     *pebble.DB
	lock   *pebble.Lock
	names  *dictionary
	ids    *identities
	epoch  epoch
	heads  [customer.Slots]head // of a slot: touched by the slot's writer only

	customers atomic.Int64
	events    atomic.Int64
	hits      atomic.Int64
	misses    atomic.Int64
	failed    atomic.Bool

	mu     sync.Mutex // guards what follows
	of     int        // number of parts while writers are open
	open   map[int]*Writer
	closed bool
}

// head is what the next row and the next customer of a slot get.
type head struct {
	seq     uint64
	ordinal uint32
}

var _ ledger.Store = (*Store)(nil)

// Open opens or makes the ledger in dir. The errors an operator meets are ledger.locked,
// ledger.format and ledger.not_a_ledger.
func Open(dir string, o Options) (*Store, error) {
	o = o.withDefaults()
	lock, err := enter(o.fs, dir)
	if err != nil {
		return nil, err
	}
	p := o.pebble()
	p.Lock = lock
	db, err := pebble.Open(dir, p)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open ledger %s: %w", dir, err), lock.Close())
	}
	s := &Store{opts: o, dir: dir, pebble: p, db: db, lock: lock, open: map[int]*Writer{}}
	if err := s.recover(); err != nil {
		return nil, errors.Join(fmt.Errorf("open ledger %s: %w", dir, err), db.Close(), lock.Close())
	}
	return s, nil
}

// recover reads what is kept in memory.
func (s *Store) recover() (err error) {
	if s.names, err = openDictionary(s); err != nil {
		return err
	}
	if s.ids, err = openIdentities(s.db, s.opts.Identities); err != nil {
		return err
	}
	if err := s.recoverHeads(0, 1); err != nil {
		return err
	}
	for _, h := range s.heads {
		s.customers.Add(int64(h.ordinal))
	}
	return s.epoch.begin(s.db)
}

// recoverHeads finds the newest row of every slot of a part.
func (s *Store) recoverHeads(part, of int) error {
	for slot := part; slot < customer.Slots; slot += of {
		s.heads[slot] = head{}
	}
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: []byte{tabLog}, UpperBound: []byte{tabLog + 1}})
	if err != nil {
		return err
	}
	defer it.Close()
	for ok := it.Last(); ok; { // backwards: slots without rows cost nothing
		key := it.Key()
		if len(key) != slotLen+8 {
			return corrupt("log", "a key has %d bytes", len(key))
		}
		slot, seq := keySlot(key), keySeq(key)
		if slot >= customer.Slots {
			return corrupt("log", "there is no slot %d", slot)
		}
		if int(slot)%of == part {
			b, err := it.ValueAndErr()
			if err != nil {
				return err
			}
			_, ordinal, err := decodeRow(b, slot, seq)
			if err != nil {
				return err
			}
			s.heads[slot] = head{seq: seq, ordinal: ordinal}
		}
		ok = it.SeekLT(appendSlot(nil, tabLog, slot))
	}
	return it.Error()
}

// Writer implements ledger.Store.
func (s *Store) Writer(part, of int) (ledger.Writer, error) {
	if of < 1 || of > 64 || part < 0 || part >= of {
		return nil, fault.Invalid("ledger.part_range", "part", part, "of", of)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return nil, fault.Unavailable("ledger.closed")
	case s.open[part] != nil:
		return nil, fault.Conflict("ledger.part_taken", "part", part, "of", of)
	case len(s.open) > 0 && s.of != of:
		return nil, fault.Conflict("ledger.parts_differ", "open", s.of, "of", of)
	}
	w, err := newWriter(s, part, of)
	if err != nil {
		return nil, err
	}
	s.of = of
	s.open[part] = w
	return w, nil
}

// leave takes a writer off the list of open ones; false if it was not on it.
func (s *Store) leave(w *Writer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[w.part] != w {
		return false
	}
	delete(s.open, w.part)
	return true
}

func (s *Store) writers() []*Writer {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ws []*Writer
	for _, w := range s.open {
		ws = append(ws, w)
	}
	return ws
}

// Flush implements ledger.Store.
func (s *Store) Flush(ctx context.Context) error {
	for _, w := range s.writers() {
		if err := w.flush(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Close implements ledger.Store. Writers still open are closed first. After a failed write
// nothing more is written, and the next Open finds the store as after a crash.
func (s *Store) Close() error {
	var wg sync.WaitGroup
	ws := s.writers()
	errs := make([]error, len(ws))
	for i, w := range ws {
		wg.Go(func() { errs[i] = w.Close() })
	}
	wg.Wait()
	err := errors.Join(errs...)
	s.mu.Lock()
	again := s.closed
	s.closed = true
	s.mu.Unlock()
	if again {
		return nil
	}
	if err == nil && !s.failed.Load() {
		err = s.epoch.end(s.db)
	}
	return errors.Join(err, s.db.Close(), s.lock.Close())
}

// fail makes the store unusable for writers: a commit may or may not have reached the disk.
func (s *Store) fail(cause error) error {
	s.failed.Store(true)
	return fault.Unavailable("ledger.failed").Wrap(cause)
}

// Stats implements ledger.Store.
func (s *Store) Stats() ledger.Stats {
	st := ledger.Stats{
		Customers: s.customers.Load(), Events: s.events.Load(), CacheHits: s.hits.Load(), CacheMisses: s.misses.Load(),
	}
	for _, w := range s.writers() {
		st.CacheBytes += w.gauge.bytes.Load()
		st.CacheStates += w.gauge.states.Load()
		st.DirtyStates += w.gauge.dirty.Load()
	}
	m := s.db.Metrics()
	st.DiskBytes = int64(m.DiskSpaceUsage())
	st.WrittenBytes = int64(m.WAL.BytesWritten)
	for i := range m.Levels {
		l := &m.Levels[i]
		st.WrittenBytes += int64(l.TableBytesFlushed + l.TableBytesCompacted + l.BlobBytesFlushed + l.BlobBytesCompacted)
	}
	return st
}
