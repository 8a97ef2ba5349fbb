package pebble

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/ledger"
)

// maxFormer bounds the former owners kept of one identity; the oldest are forgotten first.
const maxFormer = 64

// idBlock is how many customer ids are reserved with one synced write. A crash skips what is
// left of the block.
const idBlock = 4096

var idsKey = []byte{tabMeta, 0, 'i', 'd', 's'}

// identities is the table of identity rows with a bounded cache of it, and the source of ids.
type identities struct {
	db    *pebble.DB
	cache *idCache
	locks [256]sync.Mutex // by hash of the key: one Link of a key at a time

	mu       sync.Mutex // guards what follows
	next     uint64
	reserved uint64 // ids below it are reserved on disk
}

func openIdentities(db *pebble.DB, limit int) (*identities, error) {
	t := &identities{db: db, cache: newIDCache(limit), next: 1, reserved: 1}
	v, closer, err := db.Get(idsKey)
	if err == pebble.ErrNotFound {
		return t, nil
	}
	if err != nil {
		return nil, err
	}
	defer closer.Close()
	if len(v) != 8 {
		return nil, corrupt("ids", "it has %d bytes", len(v))
	}
	t.next = binary.BigEndian.Uint64(v)
	t.reserved = t.next
	return t, nil
}

func validKey(k customer.Key) error {
	if k.Kind == "" || len(k.Kind) > 255 || k.Value == "" || len(k.Value) > 255 || strings.IndexByte(string(k.Kind), 0) >= 0 {
		return fault.Invalid("ledger.identity_key", "kind", string(k.Kind))
	}
	return nil
}

// Lookup implements ledger.Identities.
func (s *Store) Lookup(_ context.Context, keys []customer.Key) ([]ledger.Identity, error) {
	out := make([]ledger.Identity, len(keys))
	for i, k := range keys {
		h := s.ids.cache.hash(k)
		if id := s.ids.cache.get(h); id != 0 {
			out[i].Customer = id
			continue
		}
		var err error
		if out[i], err = s.ids.read(k, h); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// read takes a key's owners from the table. The lock keeps a Link from slipping in between
// reading the row and caching it.
func (t *identities) read(k customer.Key, h hash128) (ledger.Identity, error) {
	if err := validKey(k); err != nil {
		return ledger.Identity{}, err
	}
	lock := &t.locks[h.lo%uint64(len(t.locks))]
	lock.Lock()
	defer lock.Unlock()
	return t.readLocked(k, h)
}

func (t *identities) readLocked(k customer.Key, h hash128) (ledger.Identity, error) {
	v, closer, err := t.db.Get(appendIdentityKey(make([]byte, 0, 64), k))
	if err == pebble.ErrNotFound {
		return ledger.Identity{}, nil
	}
	if err != nil {
		return ledger.Identity{}, fmt.Errorf("read identity: %w", err)
	}
	defer closer.Close()
	ident, err := decodeIdentity(v)
	if err != nil {
		return ledger.Identity{}, err
	}
	if len(ident.Former) == 0 {
		t.cache.put(h, ident.Customer)
	}
	return ident, nil
}

func decodeIdentity(v []byte) (ident ledger.Identity, err error) {
	f := fields{b: v}
	ident.Customer = customer.ID(f.uint())
	for len(f.b) > 0 {
		ident.Former = append(ident.Former, customer.ID(f.uint()))
	}
	if f.err != nil || ident.Customer == 0 {
		return ledger.Identity{}, corrupt("identity", "its owners can not be read")
	}
	return ident, nil
}

// Link implements ledger.Identities. The row is in the log when it returns, hence before
// every later commit.
func (s *Store) Link(_ context.Context, k customer.Key, from, to customer.ID) (customer.ID, bool, error) {
	t := s.ids
	if err := validKey(k); err != nil {
		return 0, false, err
	}
	h := t.cache.hash(k)
	lock := &t.locks[h.lo%uint64(len(t.locks))]
	lock.Lock()
	defer lock.Unlock()
	ident, err := t.readLocked(k, h)
	if err != nil {
		return 0, false, err
	}
	if ident.Customer != from {
		return ident.Customer, false, nil
	}
	if to == 0 {
		return 0, false, fault.Invalid("ledger.link_to_nobody")
	}
	if from == to {
		return to, true, nil
	}
	former := ident.Former
	if from != 0 {
		former = slices.Insert(former, 0, from)
	}
	former = slices.DeleteFunc(former, func(id customer.ID) bool { return id == to })
	former = former[:min(len(former), maxFormer)]
	v := binary.AppendUvarint(nil, uint64(to))
	for _, id := range former {
		v = binary.AppendUvarint(v, uint64(id))
	}
	t.cache.drop(h)
	if err := t.db.Set(appendIdentityKey(make([]byte, 0, 64), k), v, pebble.NoSync); err != nil {
		return 0, false, s.fail(err)
	}
	if len(former) == 0 {
		t.cache.put(h, to)
	}
	return to, true, nil
}

// NewCustomer implements ledger.Identities.
func (s *Store) NewCustomer(context.Context) (customer.ID, error) {
	t := s.ids
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.next == t.reserved {
		v := binary.BigEndian.AppendUint64(nil, t.reserved+idBlock)
		if err := t.db.Set(idsKey, v, pebble.Sync); err != nil {
			return 0, s.fail(err)
		}
		t.reserved += idBlock
	}
	id := customer.ID(t.next)
	t.next++
	return id, nil
}

// SearchIdentities implements ledger.Identities: kinds in order of their names, values in order.
func (s *Store) SearchIdentities(
	ctx context.Context, prefix string, limit int, fn func(customer.Key, customer.ID) error,
) error {
	it, err := s.db.NewIterWithContext(ctx, &pebble.IterOptions{
		LowerBound: []byte{tabIdentity}, UpperBound: []byte{tabIdentity + 1},
	})
	if err != nil {
		return err
	}
	defer it.Close()
	for ok := it.First(); ok && limit > 0; {
		kind, _, found := bytes.Cut(it.Key()[1:], []byte{0})
		if !found {
			return corrupt("identity", "its key has no value")
		}
		kind = bytes.Clone(kind)
		want := appendIdentityKey(nil, customer.Key{Kind: customer.Kind(kind), Value: prefix})
		for ok = it.SeekGE(want); ok && limit > 0 && bytes.HasPrefix(it.Key(), want); ok = it.Next() {
			b, err := it.ValueAndErr()
			if err != nil {
				return err
			}
			ident, err := decodeIdentity(b)
			if err != nil {
				return err
			}
			key := customer.Key{Kind: customer.Kind(kind), Value: string(it.Key()[len(kind)+2:])}
			if err := fn(key, ident.Customer); err != nil {
				return err
			}
			limit--
		}
		ok = it.SeekGE(append(append([]byte{tabIdentity}, kind...), 1))
	}
	return it.Error()
}
