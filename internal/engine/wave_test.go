package engine_test

import (
	"fmt"
	"testing"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/clock"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/engine"
	"github.com/earmarkhq/earmark/internal/event"
)

// The tags of very many customers lapse at one instant while ingest goes on: each leaves exactly once,
// at that instant, and ingest is not kept waiting until the wave is over.
func TestExpiryWave(t *testing.T) {
	n := 100_000
	if testing.Short() {
		n = 10_000
	}
	s := live(t, active7d)
	ids := s.wave(n)
	s.move("03-07 23:59:59.999")
	begun := s.e.Stats()

	type tally struct {
		units, during int
		err           error
	}
	var ingest tally
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() { // customers of its own
		defer close(stopped)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			in := s.of("other", paid(1))
			in.Customer = ids[len(ids)-1] + 1 + customer.ID(i%1000)
			if _, ingest.err = s.e.Submit(s.ctx, []engine.Input{in}); ingest.err != nil {
				return
			}
			ingest.units++
			if left, err := s.e.Upcoming(s.ctx, 1); err == nil && len(left) == 1 && left[0].At <= s.ms("03-08 00:00") {
				ingest.during++
			}
		}
	}()
	s.move("03-08 00:00")
	close(stop)
	<-stopped
	s.must(ingest.err)

	left := map[customer.ID]int{}
	for slot := range customer.Slots {
		s.must(s.store.Log(s.ctx, customer.Slot(slot), 0, func(r change.Row) error {
			if r.Kind == change.TagRemoved {
				left[r.Customer]++
				if r.At != s.ms("03-08 00:00") {
					return fmt.Errorf("customer %s left at %s", r.Customer, s.text(r.At))
				}
			}
			return nil
		}))
	}
	for _, id := range ids {
		if left[id] != 1 {
			t.Fatalf("customer %s left %d times", id, left[id])
		}
	}
	st := s.e.Stats()
	if len(left) != n || st.Deadlines-begun.Deadlines != int64(n) || st.Idle != begun.Idle {
		t.Errorf("%d left, %d deadlines, %d idle; want %d", len(left), st.Deadlines-begun.Deadlines, st.Idle-begun.Idle, n)
	}
	if ingest.during == 0 {
		t.Errorf("none of %d units was taken before the wave was over", ingest.units)
	}
	counts, err := s.store.Counts(s.ctx)
	s.must(err)
	if got := counts[s.tag("活跃")]; got != int64(min(ingest.units, 1000)) {
		t.Errorf("%d still hold the tag, %d units came", got, ingest.units)
	}
	t.Logf("%d left once each; %d units meanwhile, %d of them before the wave was over", n, ingest.units, ingest.during)
}

// wave makes customers that order at the same instant.
func (s *shop) wave(n int) (ids []customer.ID) {
	s.t.Helper()
	at := clock.Millis(s.clock)
	for len(ids) < n {
		var unit []engine.Input
		for range min(500, n-len(ids)) {
			id, err := s.store.NewCustomer(s.ctx)
			s.must(err)
			ev := dated(at, withID("first", paid(1)))
			ev.Source = "test"
			unit = append(unit, engine.Input{Customer: id, Keys: []customer.Key{user(id.String())}, Events: []event.Event{ev}})
			ids = append(ids, id)
		}
		_, err := s.e.Submit(s.ctx, unit)
		s.must(err)
	}
	return ids
}
