package catalogtest

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/earmarkhq/earmark/internal/catalog"
)

// testReadersDuringWrites publishes generations of a growing set of rules. A reader must find each
// generation with all its rules, and never an older one than it found before.
func testReadersDuringWrites(t *testing.T, b *bench) {
	const generations, readers = 40, 4
	var done atomic.Bool
	var rounds [readers]int
	var wg sync.WaitGroup
	for r := range readers {
		wg.Go(func() {
			last := uint32(0)
			for last < generations && !done.Load() {
				g, err := b.Generation(b.ctx, 0)
				if err == nil && g.Number < last {
					err = fmt.Errorf("generation %d after %d", g.Number, last)
				}
				if err == nil {
					err = b.whole(g)
				}
				if err != nil {
					t.Error(err)
					return
				}
				last = g.Number
				rounds[r]++
			}
		})
	}
	var ids []uint32
	for i := range generations {
		ids = append(ids, b.rule(name("r", i)).ID)
		b.publish(uint32(i), ids...)
	}
	wg.Wait()
	done.Store(true)
	for r, n := range rounds {
		if n == 0 {
			t.Errorf("reader %d read nothing", r)
		}
	}
}

// whole checks that generation n has n rules, in both places where they are read.
func (b *bench) whole(g catalog.Generation) error {
	if int(g.Number) != len(g.Rules) {
		return fmt.Errorf("generation %d has %d rules", g.Number, len(g.Rules))
	}
	if g.Number == 0 {
		return nil
	}
	texts, err := b.GenerationRules(b.ctx, g.Number)
	if err == nil && len(texts) != len(g.Rules) {
		err = fmt.Errorf("generation %d has %d texts", g.Number, len(texts))
	}
	return err
}

func testWriters(t *testing.T, b *bench) {
	const writers, each = 8, 10
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				if _, err := b.CreateRule(b.ctx, by, name("r", w*each+i), "x", ""); err != nil {
					t.Error(err)
				}
				if err := b.AddFaults(b.ctx, []catalog.Fault{{Source: "web", Code: "a"}, {Source: "web", Code: "a"}}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	var ids []int
	for _, r := range must(b.Rules(b.ctx))(b) {
		ids = append(ids, int(r.ID))
	}
	want := make([]int, writers*each)
	for i := range want {
		want[i] = i + 1
	}
	if !slices.Equal(ids, want) {
		t.Fatalf("ids of rules: %v", ids)
	}
	b.equal("faults counted", must(b.FaultCounts(b.ctx))(b)[0].Count, int64(2*writers*each))
}
