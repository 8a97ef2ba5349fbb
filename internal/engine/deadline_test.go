package engine_test

import (
	"testing"

	"github.com/earmarkhq/earmark/internal/engine"
)

const active7d = `
rules:
  - tag: 活跃
    when: {event: order.paid, within: 7d}
`

func TestTagLapsesAtItsDeadlineAndNotBefore(t *testing.T) {
	s := live(t, active7d)
	s.move("03-01 10:00")
	s.send("c1", paid(1))
	s.move("03-08 09:59:59.999")
	s.wantTags("c1", "活跃")
	s.move("03-08 10:00")
	s.wantTags("c1", "")
	s.wantLog("c1",
		"+活跃 03-01 10:00:00.000 event 2",
		"-活跃 03-08 10:00:00.000 deadline",
	)
	s.clean()
}

func TestDeadlinePassedWhileDownIsDatedAtTheDeadline(t *testing.T) {
	s := live(t, active7d)
	s.send("c1", paid(1))
	s.close()
	s.clock.Advance(30 * day)
	s.open()
	s.settle()
	s.wantLog("c1",
		"+活跃 03-01 00:00:00.000 event 2",
		"-活跃 03-08 00:00:00.000 deadline, recorded 03-31 00:00:00.000",
	)
	s.clean()
}

// After down time a batch comes together with deadlines that are due: each deadline is evaluated with
// the events of the batch whose time is not after it.
func TestDueDeadlinesAndNewEventsMergeByTime(t *testing.T) {
	s := live(t, active7d)
	s.send("kept", paid(1))
	s.send("back", paid(1))
	s.send("gone", paid(1))
	release := s.e.Hold()
	s.clock.Advance(20 * day)
	s.together(
		s.of("kept", s.at("03-08 00:00", paid(1))), // at the very deadline: counts at it
		s.of("back", s.at("03-08 00:00:00.001", paid(1))),
		s.of("gone", s.at("03-02 00:00", paid(1))),
	)
	release()
	s.settle()
	s.wantLog("kept",
		"+活跃 03-01 00:00:00.000 event 2",
		"-活跃 03-15 00:00:00.000 deadline, recorded 03-21 00:00:00.000",
	)
	// One millisecond after the deadline: the tag lapsed, and the late event does not bring it back.
	s.wantLog("back",
		"+活跃 03-01 00:00:00.000 event 2",
		"-活跃 03-08 00:00:00.000 deadline, recorded 03-21 00:00:00.000",
	)
	s.wantLog("gone",
		"+活跃 03-01 00:00:00.000 event 2",
		"-活跃 03-09 00:00:00.000 deadline, recorded 03-21 00:00:00.000",
	)
	s.clean()
}

func TestLateEventWritesOneRowNow(t *testing.T) {
	s := live(t, `rules: [{tag: 复购, when: {event: order.paid, within: 30d, count: {gte: 2}}}]`)
	s.move("03-10 00:00")
	s.send("c1", paid(1))
	s.move("03-12 00:00")
	s.send("c1", s.at("03-05 12:00", paid(1)))
	s.wantLog("c1", "+复购 03-12 00:00:00.000 event 3, late 156h0m0s")
	s.move("04-04 11:59:59.999")
	s.wantTags("c1", "复购")
	s.move("04-04 12:00")
	s.wantTags("c1", "") // the late event leaves its window by its own time
	s.clean()
}

func TestLateEventOutsideItsWindowWritesNothing(t *testing.T) {
	s := live(t, active7d)
	s.move("03-20 00:00")
	s.send("c1", s.at("03-02 00:00", paid(1)))
	s.wantLog("c1")
	s.clean()
}

func TestEventDatedAheadCountsAtItsTime(t *testing.T) {
	s := live(t, active7d)
	s.send("c1", s.at("03-02 08:00", paid(1)))
	s.wantTags("c1", "")
	s.move("03-02 07:59:59.999")
	s.wantTags("c1", "")
	s.move("03-02 08:00")
	s.wantTags("c1", "活跃")
	s.move("03-09 08:00")
	s.wantLog("c1",
		"+活跃 03-02 08:00:00.000 deadline",
		"-活跃 03-09 08:00:00.000 deadline",
	)
	s.clean()
}

// A deadline thousands of years ahead must neither fire nor keep a shard awake.
func TestFarDeadlineLetsTheShardsSleep(t *testing.T) {
	s := live(t, active7d)
	s.send("c1", s.at("9999-12-31 00:00:00.000", paid(1)))
	before := s.e.Stats()
	s.awaitSleep()
	s.clock.Advance(1)
	s.wantTags("c1", "")
	if after := s.e.Stats(); after.Deadlines != before.Deadlines {
		t.Errorf("%d deadlines fired", after.Deadlines-before.Deadlines)
	}
}

// A store with calendar rules and no traffic: three midnights cost exactly the changes they make.
func TestMidnightsCostOnlyWhatChanges(t *testing.T) {
	s := live(t, `
zone: Asia/Shanghai
rules:
  - tag: 今日下单
    when: {event: order.paid, during: today}
  - tag: 近三日
    when: {event: order.paid, days: 3}
  - tag: 本周两单
    when: {event: order.paid, during: this_week, count: {gte: 2}}
  - tag: 从未大单
    when: {not: {event: order.paid, where: {amount: {gte: 100}}}}
`)
	s.move("03-05 12:00") // a Tuesday
	for i, n := range []int{1, 2, 3} {
		for range n {
			s.send([]string{"a", "b", "c"}[i], paid(1))
		}
	}
	s.move("03-05 23:59:59.999")
	before, seqs := s.e.Stats(), s.logRows()
	for _, midnight := range []string{"03-06 00:00", "03-07 00:00", "03-08 00:00"} {
		s.move(midnight)
	}
	after := s.e.Stats()
	changes := after.Changes - before.Changes
	if changes != 6 { // 今日下单 of three customers on the 6th, 近三日 on the 8th
		t.Errorf("%d changes, want 6", changes)
	}
	if n := after.Evaluations - before.Evaluations; n != changes {
		t.Errorf("%d evaluations for %d changes", n, changes)
	}
	if n := after.Writes - before.Writes; n != changes {
		t.Errorf("%d customers were written for %d changes", n, changes)
	}
	if n := after.Idle - before.Idle; n != 0 {
		t.Errorf("%d deadlines changed nothing", n)
	}
	if n := s.logRows() - seqs; n != int(changes) {
		t.Errorf("%d rows for %d changes", n, changes)
	}
	s.clean()
}

func (s *shop) together(unit ...engine.Input) {
	s.t.Helper()
	s.e.SubmitAsync(unit, func(_ engine.Receipt, err error) {
		if err != nil {
			s.t.Error(err)
		}
	})
}
