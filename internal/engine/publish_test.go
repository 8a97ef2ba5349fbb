package engine_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/engine"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/ledger/memory"
)

const threeOrders = `rules: [{tag: 复购, when: {event: order.paid, within: 30d, count: {gte: 3}}}]`

func TestPublishWritesDifferencesOnly(t *testing.T) {
	s := live(t, twoOrders+"\n")
	for name, orders := range map[string]int{"one": 1, "two": 2, "three": 3} {
		for range orders {
			s.send(name, paid(1))
		}
	}
	s.move("03-02 00:00")
	s.publish(threeOrders)
	s.wantLog("one")
	s.wantLog("two", "+复购 03-01 00:00:00.000 event 3", "-复购 03-02 00:00:00.000 publish v2")
	s.wantLog("three", "+复购 03-01 00:00:00.000 event 3")
	s.move("04-01 00:00") // the new rule's deadlines hold
	s.wantTags("three", "")
	s.clean()
}

func TestTagsOfTagsMoveByThePublicationToo(t *testing.T) {
	const top = "\n  - {tag: 重点, when: {tag: 复购}}"
	s := live(t, "rules:\n  - {tag: 复购, when: {event: order.paid, count: {gte: 2}}}"+top)
	s.send("c1", paid(1))
	s.move("03-02 00:00")
	s.publish("rules:\n  - {tag: 复购, when: {event: order.paid}}" + top)
	s.wantLog("c1", "+复购 03-02 00:00:00.000 publish v2", "+重点 03-02 00:00:00.000 publish v1")
	s.clean()
}

func TestTagsThatNoRuleKeepsAnyMoreGo(t *testing.T) {
	s := live(t, "rules:\n  - {tag: 甲, when: {event: order.paid}}\n  - {tag: 乙, when: {event: order.paid}}")
	s.send("c1", paid(1))
	s.move("03-02 00:00")
	s.publish("rules:\n  - {tag: 乙, when: {event: order.paid}}")
	s.wantTags("c1", "乙")
	s.wantLog("c1",
		"+甲 03-01 00:00:00.000 event 2",
		"+乙 03-01 00:00:00.000 event 2",
		"-甲 03-02 00:00:00.000 publish v1",
	)
	s.clean()
}

func TestPublishingTheSameAgainDoesNothing(t *testing.T) {
	s := live(t, twoOrders)
	s.send("c1", paid(1), paid(1))
	rows := s.logRows()
	s.must(s.e.Publish(s.ctx, s.gens[1], nil))
	if n := s.logRows(); n != rows {
		t.Errorf("%d rows more", n-rows)
	}
}

// crowd makes customers that hold 复购 and have one order more to give, one in each of some slots.
func (s *shop) crowd(n int) (names []string) {
	for i := range n {
		name := fmt.Sprint("crowd", i)
		s.send(name, paid(1), paid(1))
		names = append(names, name)
	}
	return names
}

func (s *shop) slot(name string) customer.Slot { return s.customer(name).Slot() }

// While the walk is under way, each customer is evaluated by the version that has reached its slot.
func TestIngestGoesOnWhilePublishing(t *testing.T) {
	s := live(t, twoOrders)
	names := s.crowd(60)
	s.move("03-02 00:00")
	before, after := 0, 0
	p := s.define(threeOrders)
	s.must(s.e.Publish(s.ctx, p, func(done, total int64) {
		if done != total/2 {
			return
		}
		for _, name := range names {
			s.send(name, paid(1)) // the third one
		}
	}))
	for _, name := range names {
		rows := s.rows(name)
		switch last := rows[len(rows)-1]; {
		case last.Gen == 1: // kept: two orders were enough, and when the walk came there were three
			before++
		case last.Gen == 2 && last.Kind == change.TagAdded && last.Cause.Kind == change.ByEvent:
			after++
		default:
			t.Errorf("%s in slot %d: %s of generation %d", name, s.slot(name), s.row(last), last.Gen)
		}
		s.wantTags(name, "复购")
	}
	if before == 0 || after == 0 {
		t.Errorf("%d customers before the walk, %d behind it: the test shows nothing", before, after)
	}
	s.clean()
}

// interrupt begins to publish and stops when the walk is half done.
func (s *shop) interrupt(doc string) {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.ctx)
	err := s.e.Publish(ctx, s.define(doc), func(done, total int64) {
		if done == total/2 {
			cancel()
		}
	})
	if err == nil {
		s.t.Fatal("the publication was not interrupted")
	}
	s.close()
}

func TestInterruptedPublicationIsFinishedAtTheNextStart(t *testing.T) {
	s := live(t, "rules:\n  - {tag: 复购, when: {event: order.paid, count: {gte: 2}}}\n  - {tag: 活跃, when: {event: order.paid, within: 7d}}")
	names := s.crowd(60)
	s.move("03-02 00:00")
	s.interrupt("rules:\n  - {tag: 复购, when: {event: order.paid, count: {gte: 3}}}\n  - {tag: 活跃, when: {event: order.paid, within: 3d}}")

	s.clock.Advance(10 * day) // 03-12: both versions' deadlines pass while it is down
	s.open()
	s.settle()
	early, late := 0, 0
	for _, name := range names {
		s.wantTags(name, "")
		rows := s.rows(name)
		if at := s.text(rows[len(rows)-1].At); at == "03-04 00:00:00.000" {
			early++
			s.wantLog(name,
				"+复购 03-01 00:00:00.000 event 3", "+活跃 03-01 00:00:00.000 event 3",
				"-复购 03-02 00:00:00.000 publish v2",
				"-活跃 03-04 00:00:00.000 deadline, recorded 03-12 00:00:00.000")
		} else {
			late++ // the old version was true until the walk came
			s.wantLog(name,
				"+复购 03-01 00:00:00.000 event 3", "+活跃 03-01 00:00:00.000 event 3",
				"-活跃 03-08 00:00:00.000 deadline, recorded 03-12 00:00:00.000",
				"-复购 03-12 00:00:00.000 publish v2")
		}
	}
	if early == 0 || late == 0 {
		t.Errorf("%d customers walked before the interruption, %d after it: the test shows nothing", early, late)
	}
	gens, err := s.e.Generations(s.ctx)
	s.must(err)
	if !gens[len(gens)-1].Settled {
		t.Error("the publication is not settled")
	}
	s.clean()
}

// Another publication may come before the interrupted one is finished: slots then go from the version
// they have to the newest.
func TestPublicationOverAnInterruptedOne(t *testing.T) {
	s := live(t, twoOrders)
	names := s.crowd(60)
	s.move("03-02 00:00")
	s.interrupt(threeOrders)
	s.define(`rules: [{tag: 复购, when: {event: order.paid, within: 30d}}]`)
	s.clock.Advance(day)
	s.open()
	back, kept := 0, 0
	for _, name := range names {
		s.wantTags(name, "复购")
		if len(s.rows(name)) > 3 {
			back++
			s.wantLog(name, "+复购 03-01 00:00:00.000 event 3", "-复购 03-02 00:00:00.000 publish v2", "+复购 03-03 00:00:00.000 publish v3")
		} else {
			kept++
		}
	}
	if back == 0 || kept == 0 {
		t.Errorf("%d of the second version, %d of the first: the test shows nothing", back, kept)
	}
	s.clean()
}

// What a version would have said before it was published stays out of the log, also when the state that
// knew the publication is lost.
func TestNothingIsDatedBeforeItsDefinitions(t *testing.T) {
	s := newShop(t, openPebble(t, t.TempDir()), `rules: [{tag: 甲, when: {event: never.happens}}]`)
	s.must(s.e.GoLive(s.ctx))
	var names []string
	var unit []engine.Input
	for i := range 400 { // more than a few commits write to disk
		names = append(names, fmt.Sprint("c", i))
		unit = append(unit, s.of(names[i], paid(1)))
	}
	_, err := s.e.Submit(s.ctx, unit)
	s.must(err)
	s.restart() // the states reach the disk
	s.move("03-20 00:00")
	// True from the 3rd to the 4th, which is over.
	s.publish(`rules: [{tag: 甲, when: {event: order.paid, ago: [3d, 2d]}}]`)
	s.crash()
	for _, name := range names {
		s.wantTags(name, "")
		s.wantLog(name)
	}
	s.clean()
}

func TestStoreWhoseDefinitionsAreUnknownIsNotOpened(t *testing.T) {
	s := live(t, twoOrders)
	s.send("c1", paid(1))
	s.close()
	s.define(threeOrders)
	o := s.options()
	o.Programs = nil
	if _, err := engine.Open(s.ctx, o); !fault.Is(err, "engine.generation_unknown") {
		t.Errorf("%v", err)
	}
}

// A publication moves timers without leaving events or rows of the customers behind. After a kill their
// stored states still name the timers of before; the rows count.
func TestTimerThatMovedWithoutAnEventSurvivesAKill(t *testing.T) {
	s := newShop(t, openPebble(t, t.TempDir()), `rules: [{tag: 甲, when: {event: order.paid, within: 20d}}]`)
	s.must(s.e.GoLive(s.ctx))
	names, unit := []string(nil), []engine.Input(nil)
	for i := range 400 {
		names = append(names, fmt.Sprint("c", i))
		unit = append(unit, s.of(names[i], paid(1)))
	}
	_, err := s.e.Submit(s.ctx, unit)
	s.must(err)
	s.restart()
	s.move("03-02 00:00")
	s.publish(`rules: [{tag: 甲, when: {event: order.paid, within: 10d}}]`)
	s.crash()
	release := s.e.Hold()
	s.clock.Set(time.UnixMilli(s.ms("03-11 00:00"))) // the new timer; the next one is the old one again
	for _, name := range names {
		s.together(s.of(name, paid(1)))
	}
	release()
	s.settle()
	s.clean()
	s.move("03-21 00:00")
	for _, name := range names {
		s.wantLog(name, "+甲 03-01 00:00:00.000 event 2", "-甲 03-21 00:00:00.000 deadline")
	}
	s.clean()
}

// When a walk comes to a customer, what was due before it is applied under the old definitions: those rows
// stand behind the one that says that the slot was reached.
func TestInterruptedPublicationWithDeadlinesAtTheWalk(t *testing.T) {
	s := newShop(t, memory.New(), active7d)
	s.shards = 1
	s.restart()
	s.must(s.e.GoLive(s.ctx))
	ids := s.wave(4000) // more than are fired between two steps of the walk
	release := s.e.Hold()
	s.clock.Set(time.UnixMilli(s.ms("03-08 00:00")))
	ctx, cancel := context.WithCancel(s.ctx)
	p := s.define(`rules: [{tag: 活跃, when: {event: order.paid, within: 5d}}]`)
	published := make(chan error)
	go func() {
		published <- s.e.Publish(ctx, p, func(done, total int64) {
			if done == total/2 {
				cancel()
			}
		})
	}()
	release()
	if err := <-published; err == nil {
		t.Fatal("the publication was not interrupted")
	}
	s.close()
	s.open()
	behind := 0
	for slot := range customer.Slots {
		reached := 0
		s.must(s.store.Log(s.ctx, customer.Slot(slot), 0, func(r change.Row) error {
			if r.Kind == change.Reached {
				reached++
			} else if reached > 0 && r.Gen == 1 {
				behind++
			}
			return nil
		}))
		if reached > 1 {
			t.Errorf("slot %d was reached %d times", slot, reached)
		}
	}
	if behind == 0 {
		t.Error("no deadline was applied by the walk: the test shows nothing")
	}
	s.clean()
	for _, id := range ids {
		if v, err := s.e.View(s.ctx, id); err != nil || len(v.Tags) != 0 {
			t.Errorf("customer %s: %+v %v", id, v, err)
		}
	}
}
