package pebble

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/ledger"
)

type kept struct {
	m    ledger.Meta
	blob []byte
}

// The cache may forget clean states and must hand over dirty ones; what it has is right, and it
// keeps within its limit.
func TestCacheForgetsNothingThatIsDirty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		disk, newest := map[customer.ID]kept{}, map[customer.ID]kept{}
		limit := int64(rapid.SampledFrom([]int{1, 200 << 10, 1 << 20}).Draw(t, "limit"))
		c := newCache(limit, func(id customer.ID, m ledger.Meta, blob []byte) {
			disk[id] = kept{m, bytes.Clone(blob)}
		})
		ids := uint64(rapid.SampledFrom([]int{20, 3000}).Draw(t, "ids"))
		var n uint32
		put := func(id customer.ID, size int, dirty bool) {
			n++
			k := kept{ledger.Meta{Arrivals: n, Seq: uint64(n) << 33}, bytes.Repeat([]byte{byte(n)}, size)}
			newest[id] = k
			if !dirty {
				disk[id] = k
			}
			c.put(id, k.m, k.blob, dirty)
		}
		same := func(id customer.ID, got, want kept) {
			if got.m != want.m || !bytes.Equal(got.blob, want.blob) {
				t.Fatalf("customer %d: %v with %d bytes, want %v with %d", id, got.m, len(got.blob), want.m, len(want.blob))
			}
		}
		get := func(id customer.ID) {
			blob, m, ok := c.get(id)
			want, known := newest[id]
			if ok && !known {
				t.Fatalf("customer %d is cached but was never put", id)
			}
			if ok {
				same(id, kept{m, blob}, want)
			} else if known {
				same(id, disk[id], want) // it left, so it must be on disk
			}
		}
		drawID := func(t *rapid.T) customer.ID { return customer.ID(rapid.Uint64Range(1, ids).Draw(t, "id")) }
		size := rapid.OneOf(rapid.IntRange(0, 500), rapid.IntRange(0, 20000))
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) { put(drawID(t), size.Draw(t, "size"), true) },
			"clean": func(t *rapid.T) {
				id := drawID(t)
				c.eachDirty(func(i customer.ID, m ledger.Meta, b []byte) error { c.spill(i, m, b); return nil })
				put(id, 100, false)
			},
			"many": func(t *rapid.T) {
				from, size := drawID(t), size.Draw(t, "size")
				for i := range customer.ID(400) {
					put(1+(from+i*7)%customer.ID(ids), (size+int(i)*13)%(size+1), true)
				}
			},
			"get":   func(t *rapid.T) { get(drawID(t)) },
			"sweep": func(t *rapid.T) { c.sweep(rapid.IntRange(1, 5000).Draw(t, "entries"), 1<<20) },
			"": func(t *rapid.T) {
				var states, dirty int64
				for id := range newest {
					get(id)
					if _, _, ok := c.get(id); ok {
						states++
					}
				}
				seen := map[customer.ID]bool{}
				for i := range c.segs {
					live := 0
					for off := 0; off < c.segs[i].used; {
						e := entry(c.segs[i].buf[off:])
						off += e.room()
						if e.has(flagLive) {
							live += e.room()
							if seen[e.id()] {
								t.Fatalf("customer %d is in the cache twice", e.id())
							}
							seen[e.id()] = true
							if e.has(flagDirty) {
								dirty++
							}
						}
					}
					if live != c.segs[i].live {
						t.Fatalf("segment %d has %d live bytes, counted %d", i, live, c.segs[i].live)
					}
				}
				for _, b := range c.bigs {
					if b.dirty {
						dirty++
					}
				}
				if states != c.states || dirty != c.dirty {
					t.Fatalf("%d states, %d dirty; counted %d and %d", states, dirty, c.states, c.dirty)
				}
				// One big state and the smallest set of segments may stand above a tiny limit.
				if most := max(limit, 4*minSegment) + 20000 + minSegment; c.bytes() > most {
					t.Fatalf("the cache has %d bytes, its limit is %d", c.bytes(), limit)
				}
			},
		})
	})
}

func TestCacheOverhead(t *testing.T) {
	c := newCache(1<<30, func(customer.ID, ledger.Meta, []byte) {})
	const n, size = 300_000, 400
	for id := range customer.ID(n) {
		c.put(id+1, ledger.Meta{Arrivals: 1}, make([]byte, size), true)
	}
	if over := float64(c.bytes())/n - size; over > 70 {
		t.Errorf("a state of %d bytes takes %.1f bytes more", size, over)
	} else {
		t.Logf("overhead %.1f bytes a state", over)
	}
}

func TestSweepWritesOnlyWhatStoodForARound(t *testing.T) {
	var written []customer.ID
	c := newCache(1<<20, func(id customer.ID, _ ledger.Meta, _ []byte) { written = append(written, id) })
	c.put(1, ledger.Meta{}, []byte("a"), true)
	c.put(2, ledger.Meta{}, []byte("b"), true)
	c.sweep(1000, 1000)
	if len(written) > 0 {
		t.Fatalf("%v were written in the commit that made them", written)
	}
	c.put(2, ledger.Meta{}, []byte("c"), true)
	c.sweep(1000, 1000)
	if len(written) != 1 || written[0] != 1 || c.dirty != 1 {
		t.Fatalf("%v were written, %d are dirty; want customer 1 written and 2 dirty", written, c.dirty)
	}
}
