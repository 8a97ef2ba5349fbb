package ledgertest

import (
	"fmt"
	"testing"

	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/ledger"
)

// seen asks for the answer about one key; arrival 0 means that it is unknown.
func (w *writer) seen(what string, id uint64, source, messageID string, arrival uint32, time int64) {
	w.b.t.Helper()
	a, at, ok, err := w.Seen(idOf(id), source, messageID)
	w.b.ok(err)
	if ok != (arrival > 0) || a != arrival || ok && at != time {
		w.b.t.Fatalf("%s: Seen(%d, %q, %q) = %d, %d, %v; want %d, %d", what, id, source, messageID, a, at, ok, arrival, time)
	}
}

func testSeen(t *testing.T, b *bench) {
	w := b.writer(0, 1)
	w.seen("empty", 1, "shop", "m1", 0, 0)
	w.put(1, ev(1, -77))
	w.seen("staged", 1, "shop", "m1", 1, -77)
	w.seen("another customer", 2, "shop", "m1", 0, 0)
	w.seen("another source", 1, "shop2", "m1", 0, 0)
	w.seen("another id", 1, "shop", "m2", 0, 0)
	w.seen("cut elsewhere", 1, "sho", "pm1", 0, 0)
	w.commit()
	w.seen("committed", 1, "shop", "m1", 1, -77)
	w.seen("committed, another source", 1, "shop2", "m1", 0, 0)

	// The same id again from another source and for another customer: three events.
	again := ev(2, 5)
	again.Source, again.ID = "shop2", "m1"
	w.put(1, again)
	w.put(2, ev(1, 6))
	w.seen("both", 1, "shop2", "m1", 2, 5)
	w.commit()
	w.seen("both", 1, "shop", "m1", 1, -77)
	w.seen("both", 1, "shop2", "m1", 2, 5)
	w.seen("the other customer's", 2, "shop", "m1", 1, 6)

	// Many ids of one customer, with repeats in one batch.
	const n = 2000
	for i := uint32(3); i < n; i++ {
		w.put(1, event.Event{Type: "x", Time: int64(i % 7), Received: 1, Source: "many", ID: fmt.Sprint(i), Arrival: i})
		w.seen("repeat", 1, "many", fmt.Sprint(i), i, int64(i%7))
		w.seen("repeat of an earlier one", 1, "many", fmt.Sprint(3+i/2-1), 3+i/2-1, int64((3+i/2-1)%7))
		if i%300 == 0 {
			w.commit()
		}
	}
	w.commit()
	for i := uint32(3); i < n; i++ {
		w.seen("later", 1, "many", fmt.Sprint(i), i, int64(i%7))
		w.seen("never", 1, "few", fmt.Sprint(i), 0, 0)
	}
	w.close()

	// A writer answers for customers of other writers too: a former owner may be one.
	w = b.writer(0, 2)
	other := b.writer(1, 2)
	theirs := inSlots(1, 1, 2)[0]
	w.seen("before", uint64(theirs), "far", "m1", 0, 0)
	far := ev(4000, 8)
	far.Source, far.ID = "far", "m1"
	other.put(theirs, far)
	other.commit()
	w.seen("another writer's", uint64(theirs), "far", "m1", 4000, 8)
	other.close()
	w.close()
}

func testRepeatRefused(t *testing.T, b *bench) {
	w := b.writer(0, 1)
	w.put(1, evs(1)...)
	again := ev(2, 99)
	again.ID = "m1"
	for _, when := range []string{"staged", "committed"} {
		if err := w.PutEvent(1, &again); !fault.Is(err, "ledger.event_repeated") {
			t.Fatalf("%s: the repeat was answered %v", when, err)
		}
		w.commit()
	}
	b.equal("arrivals", arrivals(b.events(1, 0, 1e6)), []uint32{1})
	w.put(1, evs(2)...)
	w.state(1, "s", ledger.Meta{Arrivals: 2})
	w.commit()
	b.equal("arrivals", arrivals(b.events(1, 0, 1e6)), []uint32{1, 2})
	w.close()
}
