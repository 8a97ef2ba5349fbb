package memory

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/ledger"
	"github.com/earmarkhq/earmark/internal/tag"
)

// Store is a ledger in memory. Make it with New.
type Store struct {
	mu        sync.RWMutex
	customers map[customer.ID]*record
	slots     map[customer.Slot]*slot
	counts    map[tag.ID]int64
	meta      map[string][]byte
	accepted  int64
	parts     map[int]bool // writers that are open
	of        int

	identities
}

var _ ledger.Store = (*Store)(nil)

// record is all that is committed of one customer.
type record struct {
	row     ledger.Customer
	known   bool // the customer row exists
	state   []byte
	meta    ledger.Meta
	events  []event.Event // by arrival
	ids     map[eventID]int
	rows    []change.Row
	timer   int64
	waiting bool // timer is set
}

type eventID struct{ source, id string }

// slot is the log of one slot and the customers that live in it.
type slot struct {
	log  []change.Row
	seq  uint64
	ids  []customer.ID // in order of creation
	next uint32        // ordinal
}

// New makes an empty store.
func New() *Store {
	return &Store{
		customers: map[customer.ID]*record{}, slots: map[customer.Slot]*slot{}, counts: map[tag.ID]int64{},
		meta: map[string][]byte{}, parts: map[int]bool{}, identities: identities{owners: map[customer.Key]ledger.Identity{}},
	}
}

func (s *Store) slot(n customer.Slot) *slot {
	sl := s.slots[n]
	if sl == nil {
		sl = &slot{}
		s.slots[n] = sl
	}
	return sl
}

func (s *Store) record(id customer.ID) *record {
	r := s.customers[id]
	if r == nil {
		r = &record{ids: map[eventID]int{}}
		s.customers[id] = r
	}
	return r
}

// Events implements ledger.Reader.
func (s *Store) Events(ctx context.Context, id customer.ID, from, to int64, fn func(*event.Event) error) error {
	s.mu.RLock()
	var found []event.Event
	if r := s.customers[id]; r != nil {
		for _, ev := range r.events {
			if from <= ev.Time && ev.Time < to {
				found = append(found, ev)
			}
		}
	}
	s.mu.RUnlock()
	slices.SortStableFunc(found, func(a, b event.Event) int { return cmp.Compare(a.Time, b.Time) })
	for i := range found {
		if err := fn(&found[i]); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// History implements ledger.Reader.
func (s *Store) History(_ context.Context, id customer.ID, fn func(change.Row) error) error {
	s.mu.RLock()
	var rows []change.Row
	if r := s.customers[id]; r != nil {
		rows = slices.Clone(r.rows)
	}
	s.mu.RUnlock()
	return each(rows, fn)
}

// Log implements ledger.Reader.
func (s *Store) Log(_ context.Context, n customer.Slot, after uint64, fn func(change.Row) error) error {
	s.mu.RLock()
	var rows []change.Row
	if sl := s.slots[n]; sl != nil {
		i, _ := slices.BinarySearchFunc(sl.log, after, func(r change.Row, after uint64) int {
			if r.Seq <= after {
				return -1
			}
			return 1
		})
		rows = slices.Clone(sl.log[i:])
	}
	s.mu.RUnlock()
	return each(rows, fn)
}

// Customers implements ledger.Reader.
func (s *Store) Customers(_ context.Context, n customer.Slot, after customer.ID, fn func(ledger.Customer) error) error {
	s.mu.RLock()
	var out []ledger.Customer
	if sl := s.slots[n]; sl != nil {
		for _, id := range sl.ids {
			if id > after {
				out = append(out, s.customers[id].row)
			}
		}
	}
	s.mu.RUnlock()
	slices.SortFunc(out, func(a, b ledger.Customer) int { return cmp.Compare(a.ID, b.ID) })
	return each(out, fn)
}

func each[T any](list []T, fn func(T) error) error {
	for _, x := range list {
		if err := fn(x); err != nil {
			return err
		}
	}
	return nil
}

// Customer implements ledger.Reader.
func (s *Store) Customer(_ context.Context, id customer.ID) (ledger.Customer, bool, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if r := s.customers[id]; r != nil && r.known {
		return r.row, true, nil
	}
	return ledger.Customer{}, false, nil
}

// Timer implements ledger.Reader.
func (s *Store) Timer(_ context.Context, id customer.ID) (int64, bool, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if r := s.customers[id]; r != nil && r.waiting {
		return r.timer, true, nil
	}
	return 0, false, nil
}

// Snapshot implements ledger.Reader; what is cached and what is stored are one here.
func (s *Store) Snapshot(_ context.Context, id customer.ID) ([]byte, ledger.Meta, bool, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if r := s.customers[id]; r != nil && r.state != nil {
		return slices.Clone(r.state), r.meta, true, nil
	}
	return nil, ledger.Meta{}, false, nil
}

// Counts implements ledger.Reader.
func (s *Store) Counts(context.Context) (map[tag.ID]int64, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := maps.Clone(s.counts)
	maps.DeleteFunc(out, func(_ tag.ID, n int64) bool { return n == 0 })
	return out, nil
}

// GetMeta implements ledger.Reader.
func (s *Store) GetMeta(_ context.Context, name string) ([]byte, bool, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	v, ok := s.meta[name]
	return slices.Clone(v), ok, nil
}

// PutMeta implements ledger.Reader.
func (s *Store) PutMeta(_ context.Context, name string, val []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.meta[name] = slices.Clone(val)
	return nil
}

// Flush has nothing to do.
func (s *Store) Flush(context.Context) error { return nil }

// Close has nothing to do.
func (s *Store) Close() error { return nil }

// Stats implements ledger.Store.
func (s *Store) Stats() ledger.Stats {
	s.mu.RLock()
	defer s.mu.RUnlock()
	st := ledger.Stats{Events: s.accepted}
	for _, r := range s.customers {
		if r.known {
			st.Customers++
		}
		if r.state != nil {
			st.CacheStates++
			st.CacheBytes += int64(len(r.state))
		}
	}
	return st
}

// Event implements ledger.Reader.
func (s *Store) Event(_ context.Context, id customer.ID, time int64, arrival uint32) (ev event.Event, ok bool, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if r := s.customers[id]; r != nil && arrival > 0 && int(arrival) <= len(r.events) {
		ev = r.events[arrival-1]
		ok = ev.Arrival == arrival && ev.Time == time
	}
	return ev, ok, nil
}
