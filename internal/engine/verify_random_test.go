package engine_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/earmarkhq/earmark/internal/engine"
	"github.com/earmarkhq/earmark/internal/ledger/memory"
	"github.com/earmarkhq/earmark/internal/rule"
	"pgregory.net/rapid"
)

// Whatever happened, verify finds nothing wrong afterwards.
func TestVerifyIsCleanAfterRandomHistories(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := newHistory(t, memory.New())
		defer h.close()
		for i := range rapid.IntRange(1, 12).Draw(t, "steps") {
			h.stepUnchecked(fmt.Sprint("step ", i))
		}
		h.verify()
	})
}

// The same on disk with kills: a state is then made anew from its snapshot and the tail, or from the events.
// Half of the steps are held to the reference, the others leave deadlines and states as they are.
func TestVerifyIsCleanAfterRandomKills(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		root, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(root)
		store := openPebble(t, filepath.Join(root, "ledger"))
		h := newHistory(rt, store)
		defer func() { h.close(); store.Close() }()
		for i := range rapid.IntRange(2, 8).Draw(rt, "steps") {
			step := h.stepUnchecked
			if rapid.Bool().Draw(rt, fmt.Sprint("check ", i)) {
				step = h.step
			}
			step(fmt.Sprint("step ", i))
			switch rapid.IntRange(0, 4).Draw(rt, fmt.Sprint("end ", i)) {
			case 0: // clean, so that snapshots are written
				h.close()
				h.must(store.Close())
				store = openPebble(t, store.dir)
			case 1:
				h.settle()
				next := store.crashed(t, filepath.Join(root, fmt.Sprint("after ", i)))
				h.close()
				h.must(store.Close())
				h.must(os.RemoveAll(store.dir))
				store = next
			default:
				continue
			}
			h.store = store
			h.open()
		}
		h.verify()
	})
}

// stepUnchecked moves the clock and does one thing.
func (h *history) stepUnchecked(label string) {
	h.move(label)
	h.act(label)
}

// settle waits until nothing is due.
func (h *history) settle() {
	for {
		due, err := h.e.Upcoming(h.ctx, 1)
		h.must(err)
		if len(due) == 0 || due[0].At > h.now || h.loading {
			return
		}
	}
}

func (h *history) verify() {
	h.settle()
	h.close()
	r, err := engine.Verify(h.ctx, engine.VerifyOptions{
		Ledger: h.store, Programs: func(gen uint32) (*rule.Program, error) { return h.gens[gen], nil },
	})
	h.must(err)
	if r.Wrong == 0 {
		return
	}
	var b strings.Builder
	for _, p := range h.people {
		b.WriteString(h.describe(p))
	}
	h.t.Fatalf("%+v\n%s", r.Findings, b.String())
}
