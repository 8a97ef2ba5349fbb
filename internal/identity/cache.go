package identity

import (
	"hash/maphash"
	"sync"

	"github.com/earmarkhq/earmark/internal/customer"
)

// cache remembers the owners of identities in a fixed amount of memory without pointers:
// 24 bytes an entry. It knows keys by a fingerprint of 127 bits whose seeds are drawn per
// process, so that two keys meet neither by chance nor by design.
type cache struct {
	seeds  [2]maphash.Seed
	shards [cacheShards]cacheShard
}

const (
	cacheShards = 64
	cacheWays   = 4
)

// fingerprint stands for a key. The lowest bit of lo is free: it is set in entries whose
// key had owners before.
type fingerprint struct{ hi, lo uint64 }

type cacheEntry struct {
	print fingerprint
	owner customer.ID // 0: the entry is free
}

type cacheShard struct {
	sync.Mutex
	entries []cacheEntry // buckets of cacheWays
	next    uint32       // way to replace, counted up
	// former has the earlier owners of keys that moved. When it is full it is emptied: the
	// entries that need it are then misses.
	former    map[fingerprint][]customer.ID
	maxFormer int
}

// newCache makes a cache of at least that many entries, at least one bucket a shard.
func newCache(entries int) *cache {
	buckets := 1
	for buckets*cacheWays*cacheShards < entries {
		buckets *= 2
	}
	c := &cache{seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}}
	for i := range c.shards {
		c.shards[i].entries = make([]cacheEntry, buckets*cacheWays)
		c.shards[i].maxFormer = max(16, buckets/4)
	}
	return c
}

// print is the fingerprint of a key.
func (c *cache) print(k customer.Key) fingerprint {
	return fingerprint{
		hi: maphash.String(c.seeds[0], k.Value) ^ maphash.String(c.seeds[1], string(k.Kind)),
		lo: (maphash.String(c.seeds[1], k.Value) ^ maphash.String(c.seeds[0], string(k.Kind))) &^ 1,
	}
}

// bucket is the shard of a fingerprint and the place of its bucket in there.
func (c *cache) bucket(p fingerprint) (*cacheShard, int) {
	s := &c.shards[p.hi>>58]
	return s, int(p.hi&uint64(len(s.entries)/cacheWays-1)) * cacheWays
}

// get is the owner of a key and its owners before, newest first; ok is false when the cache
// does not know.
func (c *cache) get(p fingerprint) (owner customer.ID, former []customer.ID, ok bool) {
	s, at := c.bucket(p)
	s.Lock()
	defer s.Unlock()
	for i := range s.entries[at : at+cacheWays] {
		e := &s.entries[at+i]
		if e.print.hi != p.hi || e.print.lo&^1 != p.lo || e.owner == 0 {
			continue
		}
		if e.print.lo&1 == 0 {
			return e.owner, nil, true
		}
		former, ok = s.former[p]
		return e.owner, former, ok
	}
	return 0, nil, false
}

// put remembers a key's owner; former is kept as it is.
func (c *cache) put(p fingerprint, owner customer.ID, former []customer.ID) {
	s, at := c.bucket(p)
	s.Lock()
	defer s.Unlock()
	e := s.slot(at, p)
	*e = cacheEntry{print: p, owner: owner}
	if len(former) == 0 {
		delete(s.former, p)
		return
	}
	e.print.lo |= 1
	if s.former == nil || len(s.former) >= s.maxFormer {
		s.former = map[fingerprint][]customer.ID{}
	}
	s.former[p] = former
}

// drop forgets a key.
func (c *cache) drop(p fingerprint) {
	s, at := c.bucket(p)
	s.Lock()
	defer s.Unlock()
	for i := at; i < at+cacheWays; i++ {
		if e := &s.entries[i]; e.print.hi == p.hi && e.print.lo&^1 == p.lo {
			*e = cacheEntry{}
		}
	}
	delete(s.former, p)
}

// slot is the entry of p in the bucket, else a free one, else the one whose turn it is.
func (s *cacheShard) slot(at int, p fingerprint) *cacheEntry {
	free := -1
	for i := at; i < at+cacheWays; i++ {
		e := &s.entries[i]
		if e.print.hi == p.hi && e.print.lo&^1 == p.lo {
			return e
		}
		if e.owner == 0 && free < 0 {
			free = i
		}
	}
	if free < 0 {
		free = at + int(s.next%cacheWays)
		s.next++
	}
	return &s.entries[free]
}
