package engine_test

import (
	"testing"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/engine"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/ledger/memory"
	"github.com/earmarkhq/earmark/internal/tag"
)

// loading is a shop in memory that has not gone live: its clock is that of the events.
func loading(t testing.TB, doc string) *shop { return newShop(t, memory.New(), doc) }

// A loaded year reads as if Earmark had been there.
func TestInitialLoadReadsAsIfWeHadBeenThere(t *testing.T) {
	s := loading(t, active7d)
	s.step("03-01 10:00", "a", paid(1))
	s.step("03-20 10:00", "b", paid(1)) // a's deadline lies between
	s.step("03-21 10:00", "a", paid(1))
	s.must(s.e.AdvanceTo(s.ctx, s.ms("03-27 10:00")))
	s.wantLog("a",
		"+活跃 03-01 10:00:00.000 event 2",
		"-活跃 03-08 10:00:00.000 deadline",
		"+活跃 03-21 10:00:00.000 event 3",
	)
	s.wantLog("b",
		"+活跃 03-20 10:00:00.000 event 2",
		"-活跃 03-27 10:00:00.000 deadline",
	)
	s.clean()
}

func TestLogOfAnInitialLoadIsInOrderOfTime(t *testing.T) {
	s := loading(t, "rules:\n  - {tag: 甲, when: {event: order.paid, within: 3d}}\n  - {tag: 乙, when: {event: order.paid, within: 5d, count: {gte: 2}}}")
	names := []string{"a", "b", "c", "d", "e", "f", "g"}
	at := s.ms("03-01 00:00")
	for i := range 200 {
		at += int64(1+i*i%37) * 3_600_000
		_, err := s.stepAsync(at, s.of(names[i*i%len(names)], dated(at, paid(1))))
		s.must(err)
	}
	s.must(s.e.AdvanceTo(s.ctx, at+30*day.Milliseconds()))
	for slot := range customer.Slots {
		last := int64(0)
		s.must(s.store.Log(s.ctx, customer.Slot(slot), 0, func(r change.Row) error {
			if r.At < last || r.Recorded != r.At {
				t.Errorf("slot %d row %d: at %s recorded %s after %s", slot, r.Seq, s.text(r.At), s.text(r.Recorded), s.text(last))
			}
			last = r.At
			return nil
		}))
	}
	s.clean()
}

func TestStepThatComesTooLateIsTakenAtThePresentInstant(t *testing.T) {
	s := loading(t, active7d)
	s.step("03-10 00:00", "c1", paid(1))
	s.step("03-05 00:00", "c1", s.at("03-05 00:00", paid(2)))
	s.wantLog("c1", "+活跃 03-10 00:00:00.000 event 2")
	if at := s.e.Now(); at != s.ms("03-10 00:00") {
		t.Errorf("the clock went to %s", s.text(at))
	}
	s.clean()
}

func TestGoingLiveIsOneWay(t *testing.T) {
	s := loading(t, active7d)
	if _, err := s.e.Submit(s.ctx, []engine.Input{s.of("c1", paid(1))}); !fault.Is(err, "engine.not_live") {
		t.Errorf("live traffic before: %v", err)
	}
	s.step("03-01 00:00", "c1", paid(1))
	s.clock.Set(s.clock.Now().Add(10 * day))
	s.must(s.e.GoLive(s.ctx))
	s.must(s.e.GoLive(s.ctx))
	s.wantLog("c1", // the deadlines up to now are applied, each at its instant
		"+活跃 03-01 00:00:00.000 event 2",
		"-活跃 03-08 00:00:00.000 deadline",
	)
	for range 2 {
		if _, err := s.stepAsync(s.ms("03-12 00:00"), s.of("c1", paid(1))); !fault.Is(err, "engine.is_live") {
			t.Errorf("a step after: %v", err)
		}
		if err := s.e.AdvanceTo(s.ctx, s.ms("03-12 00:00")); !fault.Is(err, "engine.is_live") {
			t.Errorf("advance after: %v", err)
		}
		s.restart()
		if !s.e.Live() {
			t.Fatal("a restart took it back")
		}
	}
	at, ok, err := engine.ReadLive(s.ctx, s.store)
	if err != nil || !ok || at != s.ms("03-11 00:00") {
		t.Errorf("went live at %s, %v, %v", s.text(at), ok, err)
	}
	s.clean()
}

func TestEventClockSurvivesARestart(t *testing.T) {
	s := loading(t, active7d)
	s.step("03-10 00:00", "c1", paid(1))
	s.restart()
	if at := s.e.Now(); at != s.ms("03-10 00:00") {
		t.Errorf("the clock stands at %s", s.text(at))
	}
	s.clean()
}

// asOf is what the log says a customer held at an instant; with known, as far as it had been recorded then.
func (s *shop) asOf(name, at string, known bool) string {
	s.t.Helper()
	held := map[tag.ID]bool{}
	for _, r := range s.rows(name) {
		if r.At <= s.ms(at) && (!known || r.Recorded <= s.ms(at)) {
			held[r.Tag] = r.Kind == change.TagAdded
		}
	}
	names := ""
	for _, t := range s.set.Tags {
		if held[t.ID] {
			names += t.Name
		}
	}
	return names
}

// What held at T, and what we knew at T, differ while the process was down.
func TestAsOfAndAsKnownAt(t *testing.T) {
	s := live(t, active7d)
	s.send("c1", paid(1))
	s.close()
	s.clock.Advance(20 * day) // the tag lapses on the 8th; we learn it on the 21st
	s.open()
	s.settle()
	for _, c := range []struct{ at, held, known string }{
		{"03-01 00:00", "活跃", "活跃"},
		{"03-07 23:59:59.999", "活跃", "活跃"},
		{"03-08 00:00", "", "活跃"},
		{"03-20 23:59:59.999", "", "活跃"},
		{"03-21 00:00", "", ""},
	} {
		if got := s.asOf("c1", c.at, false); got != c.held {
			t.Errorf("as of %s: %q, want %q", c.at, got, c.held)
		}
		if got := s.asOf("c1", c.at, true); got != c.known {
			t.Errorf("as known at %s: %q, want %q", c.at, got, c.known)
		}
	}
}

func dated(at int64, ev event.Event) event.Event {
	ev.Time = at
	return ev
}
