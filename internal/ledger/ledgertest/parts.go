package ledgertest

import (
	"sync"
	"testing"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/ledger"
	"github.com/earmarkhq/earmark/internal/tag"
)

func idOf(n uint64) customer.ID { return customer.ID(n) }

func testParts(t *testing.T, b *bench) {
	w := b.writer(1, 2)
	for _, c := range []struct {
		part, of int
		kind     fault.Kind
	}{
		{1, 2, fault.KindConflict}, {0, 3, fault.KindConflict}, {2, 2, fault.KindInvalid}, {-1, 2, fault.KindInvalid},
		{0, 0, fault.KindInvalid}, {0, 65, fault.KindInvalid},
	} {
		if _, err := b.Writer(c.part, c.of); fault.KindOf(err) != c.kind {
			t.Errorf("part %d of %d: %v, want %s", c.part, c.of, err, c.kind)
		}
	}
	foreign := inSlots(1, 0, 2)[0]
	e := ev(1, 1)
	row := created(foreign, 1)
	reached := change.Row{Slot: foreign.Slot(), Kind: change.Reached}
	for what, err := range map[string]error{
		"PutEvent":           w.PutEvent(foreign, &e),
		"PutState":           w.PutState(foreign, nil, ledger.Meta{}),
		"PutTimer":           w.PutTimer(foreign, 1),
		"Append":             w.Append(&row),
		"Append of the slot": w.Append(&reached),
	} {
		if fault.KindOf(err) != fault.KindInvalid {
			t.Errorf("%s for a foreign slot: %v", what, err)
		}
	}
	if _, err := w.Load(foreign); fault.KindOf(err) != fault.KindInvalid {
		t.Errorf("Load for a foreign slot: %v", err)
	}
	w.close()
	w = b.writer(0, 64)
	last := b.writer(63, 64)
	last.close()
	w.close()
	b.writer(0, 1).close()
}

func testDense(t *testing.T, b *bench) {
	const parts, per, units = 4, 40, 25
	var wg sync.WaitGroup
	for part := range parts {
		w := b.writer(part, parts)
		ids := inSlots(per, part, parts)
		wg.Go(func() {
			for n := range units {
				for i, id := range ids {
					if (n+i)%3 == 0 {
						continue
					}
					row := tagged(id, change.TagAdded, 1)
					if (n+i)%5 == 0 && n < 5 {
						row = created(id, int64(n))
					}
					if err := w.Append(&row); err != nil {
						t.Error(err)
					}
				}
				if _, err := w.Commit(); err != nil {
					t.Error(err)
				}
			}
			if err := w.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	rows, known := 0, 0
	for slot := range customer.Slot(customer.Slots) {
		for i, r := range b.log(slot, 0) {
			if r.Seq != uint64(i+1) || r.Slot != slot || r.Customer.Slot() != slot {
				t.Fatalf("row %d of slot %d is %+v", i, slot, r)
			}
			rows++
		}
		ordinals := map[uint32]bool{}
		cs := b.customers(slot, 0)
		for _, c := range cs {
			ordinals[c.Ordinal] = true
		}
		for i := range cs {
			if !ordinals[uint32(i)] {
				t.Fatalf("slot %d has %d customers and no ordinal %d", slot, len(cs), i)
			}
		}
		known += len(cs)
	}
	if rows == 0 || known == 0 {
		t.Fatalf("%d rows and %d customers were compared", rows, known)
	}
}

func testCounts(t *testing.T, b *bench) {
	w0, w1 := b.writer(0, 2), b.writer(1, 2)
	for i, id := range inSlots(5, 0, 2) {
		w0.row(tagged(id, change.TagAdded, 1))
		if i < 2 {
			w0.row(tagged(id, change.TagAdded, 2))
		}
	}
	for _, id := range inSlots(3, 1, 2) {
		w1.row(tagged(id, change.TagAdded, 1))
		w1.row(tagged(id, change.TagRemoved, 1))
		w1.row(tagged(id, change.TagAdded, 3))
	}
	w0.commit()
	b.equal("one part committed", b.counts(), map[tag.ID]int64{1: 5, 2: 2})
	w1.commit()
	b.equal("both", b.counts(), map[tag.ID]int64{1: 5, 2: 2, 3: 3})
	for _, id := range inSlots(2, 0, 2) {
		w0.row(tagged(id, change.TagRemoved, 2))
	}
	w0.commit()
	b.equal("a tag of nobody is left out", b.counts(), map[tag.ID]int64{1: 5, 3: 3})
	w0.close()
	w1.close()

	w := b.writer(0, 1) // fewer parts
	w.row(tagged(1, change.TagAdded, 3))
	w.commit()
	b.equal("one part", b.counts(), map[tag.ID]int64{1: 5, 3: 4})
	w.close()
	for part := range 7 { // more parts
		w := b.writer(part, 7)
		w.row(tagged(inSlots(1, part, 7)[0], change.TagRemoved, 3))
		if part == 0 {
			w.row(tagged(inSlots(1, part, 7)[0], change.TagAdded, 9))
		}
		w.commit()
		w.close()
	}
	b.equal("seven parts", b.counts(), map[tag.ID]int64{1: 5, 3: -3, 9: 1})
}

func testReparts(t *testing.T, b *bench) {
	const n = 60
	seqs := map[customer.Slot]uint64{}
	want := map[customer.ID]ledger.Meta{}
	for round, of := range []int{1, 4, 3, 64, 2} {
		for part := range of {
			w := b.writer(part, of)
			for _, id := range inSlots(n, 0, 1) {
				if int(id.Slot())%of != part {
					continue
				}
				if m, ok := want[id]; ok {
					w.complete(id, id.String(), m)
				}
				arrival := uint32(round + 1)
				w.put(id, ev(arrival, int64(round)))
				r := w.row(tagged(id, change.TagAdded, 1))
				if seqs[id.Slot()]++; r.Seq != seqs[id.Slot()] {
					t.Fatalf("round %d: seq %d after %d", round, r.Seq, seqs[id.Slot()]-1)
				}
				want[id] = ledger.Meta{Arrivals: arrival, Seq: r.Seq}
				w.state(id, id.String(), want[id])
				w.timer(id, int64(round))
			}
			w.commit()
			timers := 0
			b.ok(w.Timers(func(id customer.ID, d int64) error {
				if int(id.Slot())%of != part || d != int64(round) {
					t.Errorf("timer of %s, %d", id, d)
				}
				timers++
				return nil
			}))
			w.close()
		}
		b.equal("counts", b.counts(), map[tag.ID]int64{1: int64(n * (round + 1))})
		if round%2 == 0 {
			b.reopen()
		}
	}
}
