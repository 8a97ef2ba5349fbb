package killtest

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/engine"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/ledger"
	"github.com/earmarkhq/earmark/internal/ledger/pebble"
)

// found is what a store holds.
type found struct {
	messages map[string]int // id → times stored
	events   int
	rows     int
	holes    int
	causes   map[change.CauseKind]int
}

// examine asks a copy of the store, as it was left: is what was acknowledged there, once; are the logs
// dense; is verify content.
func (h *house) examine(t *testing.T, when string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "copy")
	defer os.RemoveAll(dir)
	if err := os.CopyFS(dir, os.DirFS(h.dir)); err != nil {
		t.Fatal(err)
	}
	store, err := pebble.Open(dir, storeOptions)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	f, err := look(t, store)
	if err != nil {
		t.Fatal(err)
	}
	lost, twice := h.compare(t, f)
	report, err := engine.Verify(t.Context(), engine.VerifyOptions{Ledger: store, Programs: definitions{}.program})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range report.Findings {
		t.Errorf("verify: %s slot %d customer %s: %s", x.Code, x.Slot, x.Customer, x.Text)
	}
	t.Logf("%s: %d messages stored, %d lost, %d twice, %d holes in %d rows, verify finds %d",
		when, f.events, lost, twice, f.holes, f.rows, report.Wrong)
	if lost+twice+f.holes > 0 || report.Wrong > 0 {
		if *keep != "" {
			_ = os.CopyFS(*keep, os.DirFS(h.dir))
		}
		t.FailNow()
	}
	h.last = f
}

// look reads everything in the store.
func look(t *testing.T, store ledger.Store) (*found, error) {
	f := &found{messages: map[string]int{}, causes: map[change.CauseKind]int{}}
	for slot := range customer.Slots {
		seq := uint64(0)
		err := store.Log(t.Context(), customer.Slot(slot), 0, func(r change.Row) error {
			if seq++; r.Seq != seq {
				f.holes++
				seq = r.Seq
			}
			f.rows++
			f.causes[r.Cause.Kind]++
			return nil
		})
		if err != nil {
			return nil, err
		}
		err = store.Customers(t.Context(), customer.Slot(slot), 0, func(c ledger.Customer) error {
			return store.Events(t.Context(), c.ID, math.MinInt64, math.MaxInt64, func(ev *event.Event) error {
				if ev.Source == "killtest" {
					f.messages[key(c.ID, ev.ID, ev.Type, ev.Time, ev.Props.Get("number").String())]++
					f.events++
				}
				return nil
			})
		})
		if err != nil {
			return nil, err
		}
	}
	return f, nil
}

// key tells messages apart, by content as well as by id.
func key(c customer.ID, id, typ string, time int64, number string) string {
	return fmt.Sprint(c, " ", id, " ", typ, " ", time, " ", number)
}

// compare counts messages that were acknowledged and are not stored, and those stored more than once.
func (h *house) compare(t *testing.T, f *found) (lost, twice int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	known := 0
	for _, u := range h.units {
		for _, p := range u.order.Parcels {
			for _, m := range p.Messages {
				n := f.messages[key(p.Customer, m.ID, m.Type, m.Time, fmt.Sprint(m.Number))]
				if u.acked && n == 0 {
					lost++
					t.Errorf("message %s of customer %s was acknowledged and is not there", m.ID, p.Customer)
				}
				if n > 1 {
					twice++
					t.Errorf("message %s of customer %s is there %d times", m.ID, p.Customer, n)
				}
				known += n
			}
		}
	}
	if known != f.events {
		t.Errorf("%d events are stored that nobody sent", f.events-known)
	}
	return lost, twice
}

// everythingOnce holds once everything is acknowledged.
func (h *house) everythingOnce(t *testing.T) {
	want := 0
	for _, u := range h.units {
		want += u.messages()
	}
	if h.last.events != want || len(h.last.messages) != want {
		t.Errorf("%d messages were sent, %d are stored", want, h.last.events)
	}
}

// tookPart fails when something was missing that would have made the test easy.
func (h *house) tookPart(t *testing.T) {
	f := h.last
	for what, n := range map[string]int{
		"repeated deliveries": h.repeats, "publications": h.publications, "interrupted publications": h.interrupted,
		"finished publications": h.publications - h.interrupted,
		"changes by deadline":   f.causes[change.ByDeadline], "changes by publication": f.causes[change.ByPublish],
		"changes by events": f.causes[change.ByEvent], "changes by tags": f.causes[change.ByTag],
	} {
		if n == 0 {
			t.Errorf("there were no %s", what)
		}
	}
}

func (h *house) summary(rounds int) string {
	return fmt.Sprintf("%d rounds, %d units, %d messages, %d deliveries acknowledged, %d messages repeated, %d publications (%d interrupted), %d rows (%d by deadlines)",
		rounds, len(h.units), h.last.events, h.deliveries, h.repeats, h.publications, h.interrupted, h.last.rows, h.last.causes[change.ByDeadline])
}
