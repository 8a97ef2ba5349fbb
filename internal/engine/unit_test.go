package engine_test

import (
	"math"
	"strings"
	"testing"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/engine"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/value"
)

const twoOrders = `rules: [{tag: 复购, when: {event: order.paid, within: 30d, count: {gte: 2}}}]`

func TestRepeatedDeliveryChangesNothing(t *testing.T) {
	s := live(t, twoOrders)
	first := s.of("c1", withID("order-1", paid(1)))
	if r, err := s.e.Submit(s.ctx, []engine.Input{first}); err != nil || r.Accepted != 1 || r.Repeated != 0 {
		t.Fatalf("%+v %v", r, err)
	}
	before, rows := s.e.Stats(), s.logRows()
	s.move("03-01 12:00")
	for range 3 {
		if r := s.send("c1", withID("order-1", s.at("03-01 00:00", paid(1)))); r.Accepted != 0 || r.Repeated != 1 || r.Conflicts != 0 || r.Changes != 0 {
			t.Errorf("%+v", r)
		}
	}
	after := s.e.Stats()
	if after.Events != before.Events || after.Writes != before.Writes || after.Evaluations != before.Evaluations || s.logRows() != rows {
		t.Errorf("repeats cost something: %+v, before %+v", after, before)
	}
	s.wantTags("c1", "")
	s.clean()
}

func TestRepeatWithinOneUnitIsTakenOnce(t *testing.T) {
	s := live(t, twoOrders)
	if r := s.send("c1", withID("order-1", paid(1)), withID("order-1", paid(1))); r.Accepted != 1 || r.Repeated != 1 {
		t.Errorf("%+v", r)
	}
	s.wantTags("c1", "")
	s.clean()
}

func TestRepeatWithOtherContentIsCountedAndNotTaken(t *testing.T) {
	s := live(t, `rules: [{tag: 大单, when: {event: order.paid, where: {amount: {gte: 100}}}}]`)
	s.send("c1", withID("order-1", paid(1)))
	if r := s.send("c1", withID("order-1", paid(500))); r.Accepted != 0 || r.Repeated != 1 || r.Conflicts != 1 {
		t.Errorf("%+v", r)
	}
	s.wantTags("c1", "")
	var kept []string
	s.must(s.store.Events(s.ctx, s.customer("c1"), math.MinInt64, math.MaxInt64, func(ev *event.Event) error {
		if ev.Type == "order.paid" {
			kept = append(kept, ev.Props.String())
		}
		return nil
	}))
	if got := strings.Join(kept, " "); got != `{"amount":1}` {
		t.Errorf("kept %s", got)
	}
	s.clean()
}

// A repeat may come when its identity has moved on to another customer.
func TestRepeatIsFoundUnderTheFormerOwner(t *testing.T) {
	s := live(t, twoOrders)
	s.send("old", withID("order-1", paid(1)))
	in := s.of("new", withID("order-1", paid(1)))
	in.Former = []customer.ID{s.customer("old")}
	if r, err := s.e.Submit(s.ctx, []engine.Input{in}); err != nil || r.Accepted != 0 || r.Repeated != 1 {
		t.Errorf("%+v %v", r, err)
	}
	s.clean()
}

func TestWhatWasTrueOnlyInsideAUnitLeavesNoTrace(t *testing.T) {
	s := live(t, `
rules:
  - tag: 北京
    when: {attribute: city, eq: 北京}
  - tag: 上海
    when: {attribute: city, eq: 上海}
`)
	s.send("c1", identify("city", value.NewText("北京")), identify("city", value.NewText("上海")))
	s.wantLog("c1", "+上海 03-01 00:00:00.000 event 3")
	s.move("03-02 00:00") // the same in two units leaves its traces
	s.send("c1", identify("city", value.NewText("北京")))
	s.send("c1", identify("city", value.NewText("上海")))
	s.wantLog("c1",
		"+上海 03-01 00:00:00.000 event 3",
		"+北京 03-02 00:00:00.000 event 4",
		"-上海 03-02 00:00:00.000 event 4",
		"-北京 03-02 00:00:00.000 event 5",
		"+上海 03-02 00:00:00.000 event 5",
	)
	s.clean()
}

func TestTagOfTagsFollowsInTheSameCommit(t *testing.T) {
	s := live(t, `
rules:
  - tag: 重要客户
    when: {all: [{tag: 复购}, {tag: 大单}]}
  - tag: 复购
    when: {event: order.paid, within: 30d, count: {gte: 2}}
  - tag: 大单
    when: {event: order.paid, within: 7d, where: {amount: {gte: 100}}}
`)
	s.send("c1", paid(1))
	r := s.send("c1", paid(500))
	if r.Changes != 3 {
		t.Errorf("%d changes in one commit, want 3", r.Changes)
	}
	s.move("03-08 00:00")
	s.wantLog("c1",
		"+复购 03-01 00:00:00.000 event 3",
		"+大单 03-01 00:00:00.000 event 3",
		"+重要客户 03-01 00:00:00.000 tag 复购",
		"-大单 03-08 00:00:00.000 deadline",
		"-重要客户 03-08 00:00:00.000 tag 大单",
	)
	s.clean()
}

const levels = `
rules:
  - ladder: 会员等级
    steps:
      - {tag: 钻石, when: {event: order.paid, within: 30d, sum: {of: amount, gte: 1000}}}
      - {tag: 黄金, when: {event: order.paid, within: 30d, sum: {of: amount, gte: 500}}}
      - {tag: 白银, when: {event: order.paid}}
`

func TestLadderHoldsOneStepAtATime(t *testing.T) {
	s := live(t, levels)
	s.send("c1", paid(100))
	s.move("03-11 00:00")
	s.send("c1", paid(450))
	s.move("03-21 00:00")
	s.send("c1", paid(600))
	s.wantTags("c1", "钻石")
	s.move("04-10 00:00")
	s.move("04-20 00:00")
	s.move("06-01 00:00")
	s.wantLog("c1",
		"+白银 03-01 00:00:00.000 event 2",
		"-白银 03-11 00:00:00.000 event 3",
		"+黄金 03-11 00:00:00.000 event 3",
		"-黄金 03-21 00:00:00.000 event 4",
		"+钻石 03-21 00:00:00.000 event 4",
		"-钻石 04-10 00:00:00.000 deadline",
		"+黄金 04-10 00:00:00.000 deadline",
		"-黄金 04-20 00:00:00.000 deadline",
		"+白银 04-20 00:00:00.000 deadline",
	)
	s.clean()
}

func TestDemotionByTimeStepByStep(t *testing.T) {
	s := live(t, `
rules:
  - ladder: 会员等级
    keep: 10d
    demote: {when: {not: {event: order.paid, within: 5d}}, to: previous, every: 5d}
    steps:
      - {tag: 黄金, when: {event: order.paid, within: 2d, sum: {of: amount, gte: 500}}}
      - {tag: 白银, when: {event: order.paid}}
`)
	s.send("c1", paid(500))
	s.move("03-05 23:59:59.999")
	s.wantTags("c1", "黄金")
	for at := range 40 {
		s.moveTo(s.ms("03-06 00:00") + int64(at)*day.Milliseconds())
		if n := len(s.view("c1").Tags); n > 1 {
			t.Fatalf("%d levels held at once", n)
		}
	}
	s.clean()
}

// Members are customers with a strong identity: before, even NOT holds for nobody.
func TestCustomerEntersThePopulationWithTheFirstStrongIdentity(t *testing.T) {
	s := live(t, `
rules:
  - tag: 未下单
    when: {not: {event: order.paid}}
  - tag: 看过
    include_anonymous: true
    when: {event: page.viewed}
`)
	visit := s.of("c1", event.Event{Type: "page.viewed"})
	visit.Keys = []customer.Key{{Kind: customer.AnonymousID, Value: "cookie-1"}}
	_, err := s.e.Submit(s.ctx, []engine.Input{visit})
	s.must(err)
	s.wantTags("c1", "看过")
	s.move("03-02 00:00")
	s.send("c1", event.Event{Type: "page.viewed"})
	s.wantLog("c1",
		"+看过 03-01 00:00:00.000 event 2",
		"+未下单 03-02 00:00:00.000 identity",
	)
	var kinds []change.Kind
	for _, r := range s.rows("c1") {
		kinds = append(kinds, r.Kind)
	}
	if len(kinds) != 4 || kinds[0] != change.Created || kinds[2] != change.Identified {
		t.Errorf("kinds of rows %v", kinds)
	}
	if v := s.view("c1"); !v.Strong || len(v.Identities) != 2 {
		t.Errorf("%+v", v)
	}
	s.clean()
}

// Several inputs of one customer in one unit are evaluated once, together.
func TestInputsOfOneCustomerAreOneUnit(t *testing.T) {
	s := live(t, twoOrders)
	r, err := s.e.Submit(s.ctx, []engine.Input{s.of("a", paid(1)), s.of("b", paid(1)), s.of("a", paid(2)), s.of("c", paid(1)), s.of("b")})
	s.must(err)
	if r.Accepted != 4 || r.Changes != 1 {
		t.Errorf("%+v", r)
	}
	s.wantTags("a", "复购")
	s.wantTags("b", "")
	units := map[uint32]int{}
	s.must(s.store.Events(s.ctx, s.customer("a"), math.MinInt64, math.MaxInt64, func(ev *event.Event) error {
		units[ev.Unit]++
		return nil
	}))
	if len(units) != 1 {
		t.Errorf("units %v", units)
	}
	s.clean()
}

func TestAnsweredPositionsAreThoseOfTheLog(t *testing.T) {
	s := live(t, twoOrders)
	s.send("c1", paid(1))
	r := s.send("c1", paid(1))
	rows := s.rows("c1")
	last := rows[len(rows)-1]
	if len(r.Marks) != 1 || r.Marks[0] != (engine.Mark{Slot: last.Slot, Seq: last.Seq}) {
		t.Errorf("marks %+v, newest row %+v", r.Marks, last)
	}
}
