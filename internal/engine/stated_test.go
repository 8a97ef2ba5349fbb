package engine_test

import (
	"testing"

	"github.com/earmarkhq/earmark/internal/engine"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/expr"
)

const handTags = `
groups:
  - name: 人工
    tags: [VIP]
  - name: 意向
    single: true
    tags: [高, 中, 低]
rules:
  - tag: 免打扰
    when: {not: {tag: VIP}}
`

// hand is a statement of staff li about a tag from an instant on.
func (s *shop) hand(tag string, present bool, from, until string) event.Event {
	s.t.Helper()
	end := expr.Never
	if until != "" {
		end = s.ms(until)
	}
	return engine.StatementEvent(s.tag(tag), present, s.ms(from), end, "hand", "li")
}

func TestStatedTagEndsAtItsUntil(t *testing.T) {
	s := live(t, handTags)
	s.send("c1", s.hand("VIP", true, "03-01 00:00", "03-05 08:00"))
	s.move("03-05 07:59:59.999")
	s.wantTags("c1", "VIP")
	s.move("03-05 08:00")
	s.wantLog("c1",
		"+VIP 03-01 00:00:00.000 statement 2 of li",
		"-VIP 03-05 08:00:00.000 deadline",
		"+免打扰 03-05 08:00:00.000 tag VIP",
	)
	s.clean()
}

func TestStatementDatedAheadCountsFromItsTime(t *testing.T) {
	s := live(t, handTags)
	s.send("c1", s.hand("VIP", true, "03-03 00:00", ""))
	s.wantTags("c1", "免打扰")
	s.move("03-03 00:00")
	s.wantTags("c1", "VIP")
	s.clean()
}

func TestOlderStatementArrivingLateChangesNothing(t *testing.T) {
	s := live(t, handTags)
	s.move("03-03 00:00")
	s.send("c1", s.hand("VIP", true, "03-03 00:00", ""))
	s.send("c1", s.hand("VIP", false, "03-02 00:00", ""))
	s.wantTags("c1", "VIP")
	s.wantLog("c1", "+VIP 03-03 00:00:00.000 statement 2 of li")
	s.send("c1", s.hand("VIP", false, "03-03 00:00", "")) // of the same time: the later arrival holds
	s.wantTags("c1", "免打扰")
	s.clean()
}

func TestNewestStatementWinsInASingleChoiceGroup(t *testing.T) {
	s := live(t, handTags)
	s.send("c1", s.hand("中", true, "03-01 00:00", ""))
	s.move("03-02 00:00")
	s.send("c1", s.hand("高", true, "03-02 00:00", ""))
	s.wantTags("c1", "高 免打扰")
	s.move("03-03 00:00")
	s.send("c1", s.hand("低", true, "03-01 12:00", "")) // older than the one that holds
	s.wantTags("c1", "高 免打扰")
	s.wantLog("c1",
		"+中 03-01 00:00:00.000 statement 2 of li",
		"+免打扰 03-01 00:00:00.000 identity",
		"+高 03-02 00:00:00.000 statement 3 of li",
		"-中 03-02 00:00:00.000 statement 3 of li", // of the same cause
	)
	s.clean()
}

func TestLateStatementIsDatedNowWithItsDelay(t *testing.T) {
	s := live(t, handTags)
	s.move("03-03 00:00")
	s.send("c1", paid(1))
	s.send("c1", s.hand("VIP", true, "03-02 22:00", ""))
	s.wantLog("c1",
		"+免打扰 03-03 00:00:00.000 identity",
		"+VIP 03-03 00:00:00.000 statement 3 of li, late 2h0m0s",
		"-免打扰 03-03 00:00:00.000 tag VIP",
	)
	s.clean()
}

func TestStatementAboutADerivedTagIsKeptWithoutEffect(t *testing.T) {
	s := live(t, handTags)
	s.send("c1", s.hand("免打扰", false, "03-01 00:00", ""))
	s.wantTags("c1", "免打扰")
	s.clean()
}
