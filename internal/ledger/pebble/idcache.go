package pebble

import (
	"hash/maphash"
	"sync"

	"github.com/earmarkhq/earmark/internal/customer"
)

// idCache remembers owners of identities by a 128-bit keyed hash: two keys of one hash are not to
// be expected, and can not be made without the seeds, which live and die with the process. It is
// bounded and may forget at any time. An identity that ever had another owner is not in it.
type idCache struct {
	seeds  [2]maphash.Seed
	shards [64]idShard
}

type hash128 struct{ lo, hi uint64 }

type idEntry struct {
	h  hash128
	id customer.ID // 0: empty
}

// idBucket is where an entry may be, in any of its places.
type idBucket [8]idEntry

type idShard struct {
	mu      sync.Mutex
	buckets []idBucket
	count   int
	max     int // buckets
}

func newIDCache(limit int) *idCache {
	c := &idCache{seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}}
	for i := range c.shards {
		c.shards[i] = idShard{buckets: make([]idBucket, 1), max: max(1, limit/len(c.shards)/len(idBucket{}))}
	}
	return c
}

func (c *idCache) hash(k customer.Key) hash128 {
	var h maphash.Hash
	sum := func(seed maphash.Seed) uint64 {
		h.SetSeed(seed)
		h.WriteString(string(k.Kind))
		h.WriteByte(0)
		h.WriteString(k.Value)
		return h.Sum64()
	}
	return hash128{sum(c.seeds[0]), sum(c.seeds[1])}
}

func (c *idCache) shard(h hash128) *idShard { return &c.shards[h.hi>>58] }

func (s *idShard) bucket(h hash128) *idBucket {
	return &s.buckets[h.hi&(1<<58-1)%uint64(len(s.buckets))]
}

// get is the owner, 0 if it is not remembered.
func (c *idCache) get(h hash128) customer.ID {
	s := c.shard(h)
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.bucket(h) {
		if e := &s.bucket(h)[i]; e.h == h {
			return e.id
		}
	}
	return 0
}

func (c *idCache) drop(h hash128) {
	s := c.shard(h)
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.bucket(h)
	for i := range b {
		if b[i].id != 0 && b[i].h == h {
			b[i] = idEntry{}
			s.count--
		}
	}
}

func (c *idCache) put(h hash128, id customer.ID) {
	s := c.shard(h)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.count*4 > len(s.buckets)*len(idBucket{})*3 && len(s.buckets) < s.max {
		s.grow()
	}
	s.put(h, id)
}

func (s *idShard) put(h hash128, id customer.ID) {
	b := s.bucket(h)
	place := int(h.lo % uint64(len(b))) // the one to replace when the bucket is full
	for i := range b {
		if b[i].id == 0 {
			place = i
		} else if b[i].h == h {
			b[i].id = id
			return
		}
	}
	if b[place].id == 0 {
		s.count++
	}
	b[place] = idEntry{h: h, id: id}
}

func (s *idShard) grow() {
	old := s.buckets
	s.buckets = make([]idBucket, min(2*len(old), s.max))
	s.count = 0
	for i := range old {
		for _, e := range old[i] {
			if e.id != 0 {
				s.put(e.h, e.id)
			}
		}
	}
}
