package engine_test

import (
	"testing"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/engine"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/value"
)

// fails makes every evaluation of one customer fail.
func (s *shop) fails(name string) {
	bad := s.customer(name)
	s.e.Inject(func(id customer.ID) {
		if id == bad {
			panic("evaluation of the sick one")
		}
	})
}

func TestFailedEvaluationKeepsTheEventsAndStopsNobodyElse(t *testing.T) {
	s := live(t, twoOrders)
	s.send("sick", paid(1))
	s.fails("sick")
	r, err := s.e.Submit(s.ctx, []engine.Input{s.of("sick", paid(1)), s.of("well", paid(1), paid(1))})
	if err != nil || r.Accepted != 3 {
		t.Fatalf("the acknowledgement must stand: %+v %v", r, err)
	}
	if v := s.view("sick"); v.Error == "" || v.Arrivals != 3 || len(v.Tags) != 0 {
		t.Errorf("%+v", v)
	}
	s.wantTags("well", "复购")
	if n := s.e.Stats().Failures; n != 1 {
		t.Errorf("%d failures counted", n)
	}

	s.e.Inject(nil)
	s.move("03-02 00:00")
	s.must(s.e.Retry(s.ctx, s.customer("sick")))
	if v := s.view("sick"); v.Error != "" {
		t.Errorf("after the retry: %s", v.Error)
	}
	s.wantLog("sick", "+复购 03-02 00:00:00.000 event 0")
	s.move("03-31 00:00")
	s.wantTags("sick", "")
	s.clean()
}

func TestNewCustomerWhoseFirstEvaluationFails(t *testing.T) {
	s := live(t, twoOrders)
	s.fails("sick")
	s.send("sick", paid(1), paid(1))
	if v := s.view("sick"); v.Error == "" || v.Arrivals != 3 {
		t.Errorf("%+v", v)
	}
	s.clean() // is not evaluated, and that is no corruption
	s.must(s.e.Retry(s.ctx, s.customer("sick")))
	s.wantTags("sick", "复购")
	s.clean()
}

func TestNextEventTriesAFailedEvaluationAgain(t *testing.T) {
	s := live(t, active7d)
	s.send("sick", paid(1))
	s.fails("sick")
	s.send("sick", paid(1))
	s.e.Inject(nil)
	s.move("03-20 00:00") // no deadline fires while it is unevaluated
	s.wantLog("sick", "+活跃 03-01 00:00:00.000 event 2")
	s.send("sick", identify("city", value.NewText("北京")))
	s.wantLog("sick",
		"+活跃 03-01 00:00:00.000 event 2",
		"-活跃 03-08 00:00:00.000 deadline, recorded 03-20 00:00:00.000",
	)
	s.clean()
}

func TestPublishingTriesAFailedEvaluationAgain(t *testing.T) {
	s := live(t, twoOrders)
	s.fails("sick")
	s.send("sick", paid(1), paid(1))
	s.e.Inject(nil)
	s.move("03-02 00:00")
	s.publish(twoOrders + "\n# the same again\n")
	s.wantLog("sick", "+复购 03-02 00:00:00.000 publish v1")
	s.clean()
}

func TestDeadlineWhoseEvaluationFailsIsTriedByHand(t *testing.T) {
	s := live(t, active7d)
	s.send("sick", paid(1))
	s.fails("sick")
	s.move("03-08 00:00")
	if n := s.e.Stats().Failures; n != 1 {
		t.Errorf("%d failures", n)
	}
	s.e.Inject(nil)
	s.move("03-09 00:00")
	s.must(s.e.Retry(s.ctx, s.customer("sick")))
	s.wantTags("sick", "")
	s.clean()
}

func TestFailureSurvivesARestart(t *testing.T) {
	s := live(t, twoOrders)
	s.fails("sick")
	s.send("sick", paid(1), paid(1))
	s.close()
	s.open()
	if v := s.view("sick"); v.Error == "" || v.Arrivals != 3 {
		t.Errorf("%+v", v)
	}
}

func TestRetryOfAnUnknownCustomerMakesNone(t *testing.T) {
	s := live(t, twoOrders)
	if err := s.e.Retry(s.ctx, s.customer("nobody")); !fault.Is(err, "customer.unknown") {
		t.Errorf("%v", err)
	}
	if n := len(s.rows("nobody")); n != 0 {
		t.Errorf("%d rows", n)
	}
}

func TestRetryLeavesARowThatSaysSo(t *testing.T) {
	s := live(t, twoOrders)
	s.fails("sick")
	s.send("sick", paid(1))
	s.e.Inject(nil)
	s.move("03-02 00:00")
	s.must(s.e.Retry(s.ctx, s.customer("sick")))
	rows := s.rows("sick")
	last := rows[len(rows)-1]
	if last.Kind != change.Reached || s.text(last.At) != "03-02 00:00:00.000" {
		t.Errorf("%+v", last)
	}
	s.clean()
}
