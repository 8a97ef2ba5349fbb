package engine_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/earmarkhq/earmark/internal/engine"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/expr/reference"
	"github.com/earmarkhq/earmark/internal/tag"
)

// Conditions that reach beyond the entries that a state keeps.
const longRules = `
rules:
  - tag: 九十天多单
    when: {event: order.paid, within: 90d, count: {gte: 1900}}
  - tag: 十天多单
    when: {event: order.paid, within: 10d, count: {gte: 450}}
  - tag: 曾经很多
    when: {event: order.paid, ago: [60d, 20d], count: {between: [600, 1500]}}
  - tag: 总额
    when: {event: order.paid, sum: {of: amount, gte: 100000}}
  - tag: 中位
    when: {event: order.paid, within: 60d, median: {of: amount, gte: 60}}
  - tag: 品种
    when: {event: order.paid, within: 40d, distinct: {of: amount, gte: 100}}
  - tag: 首单大额
    when: {event: order.paid, first: {has: {amount: {gte: 50}}}}
  - tag: 久未首单
    when: {event: order.paid, first: {older_than: 100d}}
  - tag: 常客
    when: {event: order.paid, within: 30d, active_days: {gte: 28}}
  - tag: 无特价
    when: {not: {event: order.paid, where: {amount: 13}, within: 3d}}
`

// A customer with thousands of events is answered as the reference does: with many units in one turn,
// events that come late, restarts and kills.
func TestLongStreamsAnswerAsTheReference(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	s := newShop(t, openPebble(t, t.TempDir()), longRules)
	s.must(s.e.GoLive(s.ctx))
	w := &reference.World{Zone: s.set.Zone, Names: s.set.Names(), Customer: s.customer("busy")}
	seen := map[tag.ID][2]bool{}
	batches := 90
	if testing.Short() {
		batches = 45
	}
	for batch := range batches {
		s.clock.Advance(day + day/7)
		if batch%6 != 5 {
			s.burst(rng, w)
		}
		switch batch % 20 {
		case 9:
			s.restart()
		case 17:
			s.settle()
			s.crash()
		}
		now := s.clock.Now().UnixMilli()
		held := map[tag.ID]bool{}
		for _, h := range s.view("busy").Tags {
			held[h.Tag] = true
		}
		for i := range s.set.Rules {
			r := &s.set.Rules[i]
			want := reference.Eval(r.When, w, now)
			if held[r.Tag] != want {
				t.Fatalf("batch %d, %d events: %s is %v, reference %v", batch, len(w.Events()), s.name(r.Tag), held[r.Tag], want)
			}
			either := seen[r.Tag]
			if want {
				either[1] = true
			} else {
				either[0] = true
			}
			seen[r.Tag] = either
		}
	}
	if n := len(w.Events()); n < 3000 && !testing.Short() {
		t.Errorf("only %d events", n)
	}
	t.Logf("%d events, answers seen %v", len(w.Events()), seen)
	s.clean()
}

// burst submits some units in one turn: most events of the last day, some much older.
func (s *shop) burst(rng *rand.Rand, w *reference.World) {
	s.t.Helper()
	release := s.e.Hold()
	var wg sync.WaitGroup
	now := s.clock.Now().UnixMilli()
	for range 1 + rng.IntN(4) {
		var events []event.Event
		for range 1 + rng.IntN(40) {
			ev := paid(rng.Int64N(120))
			ev.Time = now - rng.Int64N(day.Milliseconds())
			if rng.IntN(10) == 0 {
				ev.Time = now - rng.Int64N(100*day.Milliseconds())
			}
			events = append(events, ev)
		}
		in := s.of("busy", events...)
		w.Add(in.Events...)
		wg.Add(1)
		s.e.SubmitAsync([]engine.Input{in}, func(_ engine.Receipt, err error) {
			if err != nil {
				s.t.Error(err)
			}
			wg.Done()
		})
	}
	release()
	wg.Wait()
}

// More matches than a state keeps may come in units of one turn, of which the last one is the first that
// makes the stream too long.
func TestStreamThatGrowsTooLongWithinOneTurn(t *testing.T) {
	s := live(t, `rules: [{tag: 满, when: {event: order.paid, count: {gte: 1200}}}]`)
	many := func(n int) engine.Input {
		events := make([]event.Event, n)
		for i := range events {
			events[i] = paid(1)
		}
		return s.of("c1", events...)
	}
	release := s.e.Hold()
	for _, n := range []int{1000, 20, 10, 100, 69} { // 1,199
		s.together(many(n))
	}
	release()
	s.wantTags("c1", "")
	s.send("c1", paid(1))
	s.wantTags("c1", "满")
	s.clean()
}

// Of a stream cut short an event that comes late and is older than what is kept counts like any other.
func TestLateEventBeforeTheKeptEntries(t *testing.T) {
	s := live(t, `rules: [{tag: 满, when: {event: order.paid, count: {gte: 1501}}}, {tag: 首单, when: {event: order.paid, first: {has: {amount: 7}}}}]`)
	s.move("03-10 00:00")
	for range 15 {
		events := make([]event.Event, 100)
		for i := range events {
			events[i] = s.at(fmt.Sprintf("03-%02d 00:00", 2+i%8), paid(1))
		}
		s.send("c1", events...)
	}
	s.wantTags("c1", "")
	s.send("c1", s.at("03-01 00:00", paid(7)))
	s.wantTags("c1", "满 首单")
	s.clean()
}
