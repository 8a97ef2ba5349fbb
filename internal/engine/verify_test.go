package engine_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/engine"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/ledger"
	"github.com/earmarkhq/earmark/internal/ledger/pebble"
	"github.com/earmarkhq/earmark/internal/value"
)

// lived makes a store on disk in which everything has happened that verify looks at, closed; a is a
// customer with tags of all kinds, b one whose tags are gone.
func lived(t *testing.T) (s *shop, dir string) {
	dir = filepath.Join(t.TempDir(), "ledger")
	s = newShop(t, openPebble(t, dir), `
groups: [{name: 人工, tags: [VIP]}]
rules:
  - {tag: 活跃, when: {event: order.paid, within: 7d}}
  - {tag: 大单, when: {event: order.paid, where: {amount: {gte: 100}}}}
  - {tag: 重点, when: {all: [{tag: 活跃}, {tag: VIP}]}}
`)
	s.shards = 1 // counts are kept by shard
	s.close()
	s.open()
	s.step("03-01 00:00", "a", paid(10))
	s.step("03-01 06:00", "b", paid(20))
	s.must(s.e.GoLive(s.ctx))
	s.move("03-05 00:00")
	s.send("a", withID("order", paid(30)), s.hand("VIP", true, "03-05 00:00", "05-01 00:00"))
	s.move("03-20 00:00")
	s.publish(`
groups: [{name: 人工, tags: [VIP]}]
rules:
  - {tag: 活跃, when: {event: order.paid, within: 30d}}
  - {tag: 大单, when: {event: order.paid, where: {amount: {gte: 100}}}}
  - {tag: 重点, when: {all: [{tag: 活跃}, {tag: VIP}]}}
  - {tag: 累计, when: {event: order.paid, within: 60d, sum: {of: amount, gte: 40}}}
`)
	s.send("a", identify("city", value.NewText("北京")), s.at("03-19 00:00", paid(1)))
	s.send("c", paid(5), withID("view", event.Event{Type: "page.viewed"}))
	var orders []event.Event
	for i := range 150 {
		orders = append(orders, withID(fmt.Sprint("many-", i), paid(1)))
	}
	s.send("many", orders...)
	s.move("04-12 00:00")
	s.close()
	s.must(s.store.(*disk).Close())
	return s, dir
}

// examine verifies a copy of the store with something done to it.
func (s *shop) examine(t *testing.T, dir string, do func(pebble.Tamper) error) engine.Report {
	t.Helper()
	copied := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	store := openPebble(t, copied)
	defer store.Close()
	if do != nil {
		if err := do(store.Tamper()); err != nil {
			t.Fatal(err)
		}
	}
	r, err := engine.Verify(t.Context(), engine.VerifyOptions{Ledger: store, Programs: s.program})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// finds fails unless verify names the customer under the code.
func (s *shop) finds(t *testing.T, dir, code string, id customer.ID, do func(pebble.Tamper) error) {
	t.Helper()
	r := s.examine(t, dir, do)
	ok := slices.ContainsFunc(r.Findings, func(f engine.Finding) bool { return f.Code == code && (id == 0 || f.Customer == id) })
	if !ok || r.Wrong == 0 {
		t.Errorf("no %s of customer %s among %+v", code, id, r.Findings)
	}
}

func TestVerifyOfAnUntouchedStore(t *testing.T) {
	s, dir := lived(t)
	r := s.examine(t, dir, nil)
	if r.Wrong != 0 {
		t.Errorf("%+v", r.Findings)
	}
	if r.Customers != 4 || r.States != 4 || r.Timers != 3 || r.Events < 160 || r.Rows < 12 || r.Tags < 5 {
		t.Errorf("too little was looked at: %+v", r)
	}
}

func TestVerifyFindsAnAlteredRow(t *testing.T) {
	s, dir := lived(t)
	a := s.people["a"]
	seqs := map[change.Kind][]uint64{}
	store := openPebble(t, dir)
	s.must(store.History(s.ctx, a, func(r change.Row) error {
		seqs[r.Kind] = append(seqs[r.Kind], r.Seq)
		return nil
	}))
	s.must(store.Close())
	alter := func(kind change.Kind, edit func(*change.Row)) func(pebble.Tamper) error {
		return func(tp pebble.Tamper) error { return tp.Row(a.Slot(), seqs[kind][0], edit) }
	}
	for name, do := range map[string]func(pebble.Tamper) error{
		"another tag":     alter(change.TagAdded, func(r *change.Row) { r.Tag++ }),
		"another instant": alter(change.TagAdded, func(r *change.Row) { r.At++ }),
		"another since":   alter(change.TagAdded, func(r *change.Row) { r.Since-- }),
		"recorded before": alter(change.TagRemoved, func(r *change.Row) { r.Recorded = r.At - 1 }),
		"recorded later":  alter(change.TagAdded, func(r *change.Row) { r.Recorded++ }),
		"late":            alter(change.TagAdded, func(r *change.Row) { r.LateBy++ }),
		"removed":         alter(change.TagAdded, func(r *change.Row) { r.Kind = change.TagRemoved }),
		"another cause":   alter(change.TagRemoved, func(r *change.Row) { r.Cause.Kind = change.ByEvent }),
		"another rule":    alter(change.TagAdded, func(r *change.Row) { r.Cause.Rule++ }),
		"another version": alter(change.TagAdded, func(r *change.Row) { r.Cause.Version++ }),
		"another event":   alter(change.TagAdded, func(r *change.Row) { r.Cause.Arrival++ }),
		"an actor":        alter(change.TagAdded, func(r *change.Row) { r.Cause.Actor = "li" }),
		"generation":      alter(change.TagAdded, func(r *change.Row) { r.Gen = 2 }),
		"no generation":   alter(change.TagAdded, func(r *change.Row) { r.Gen = 9 }),
		"identity":        alter(change.Identified, func(r *change.Row) { r.At++ }),
	} {
		t.Run(name, func(t *testing.T) { s.finds(t, dir, "log.row", a, do) })
	}
	t.Run("made at another time", func(t *testing.T) {
		s.finds(t, dir, "customer", a, alter(change.Created, func(r *change.Row) { r.At-- }))
	})
	t.Run("of the slot", func(t *testing.T) {
		s.finds(t, dir, "log.row", 0, func(tp pebble.Tamper) error {
			return tp.Row(a.Slot(), slices.Max(slices.Concat(slices.Collect(maps.Values(seqs))...))-2, func(r *change.Row) { r.At++ })
		})
	})
}

func TestVerifyFindsAMissingRow(t *testing.T) {
	s, dir := lived(t)
	a, b := s.people["a"], s.people["b"]
	s.finds(t, dir, "log.hole", 0, func(tp pebble.Tamper) error { return tp.DeleteRow(a.Slot(), 2) })
	s.finds(t, dir, "log.history", a, func(tp pebble.Tamper) error { return tp.DeleteHistory(a, 3) })
	s.finds(t, dir, "customer", b, func(tp pebble.Tamper) error { return tp.DeleteCustomer(b) })
	last := uint64(0)
	store := openPebble(t, dir)
	s.must(store.Log(s.ctx, b.Slot(), 0, func(r change.Row) error { last = r.Seq; return nil }))
	s.must(store.Close())
	s.finds(t, dir, "timer", b, func(tp pebble.Tamper) error { // at the end it leaves no hole
		return cmpErr(tp.DeleteRow(b.Slot(), last), tp.DeleteHistory(b, last))
	})
}

func cmpErr(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestVerifyFindsAnAlteredEvent(t *testing.T) {
	s, dir := lived(t)
	a, c := s.people["a"], s.people["c"]
	at, now := s.ms("03-05 00:00"), s.ms("03-20 00:00")
	edit := func(alter func(*event.Event)) func(pebble.Tamper) error {
		return func(tp pebble.Tamper) error { return tp.Event(a, at, 3, alter) }
	}
	s.finds(t, dir, "log.row", a, edit(func(ev *event.Event) { ev.Props = paid(5000).Props }))
	s.finds(t, dir, "log.row", a, edit(func(ev *event.Event) { ev.Type = "order.void" }))
	s.finds(t, dir, "event", a, edit(func(ev *event.Event) { ev.Received++ }))
	s.finds(t, dir, "event", a, edit(func(ev *event.Event) { ev.Unit++ }))
	s.finds(t, dir, "state", a, edit(func(ev *event.Event) { ev.ID = "order-2" }))
	s.finds(t, dir, "event", a, func(tp pebble.Tamper) error { return tp.DeleteEvent(a, at, 3) })
	// Its amount decides no tag, but the state knows it.
	s.finds(t, dir, "state", c, func(tp pebble.Tamper) error {
		return tp.Event(c, now, 2, func(ev *event.Event) { ev.Props = paid(6).Props })
	})
	// No rule reads it: the checksum of the row tells.
	for bit := 0; bit < 200; bit += 13 {
		s.finds(t, dir, "event", c, func(tp pebble.Tamper) error { return tp.Flip(c, now, 3, bit) })
	}
}

func TestVerifyFindsAnAlteredMessageID(t *testing.T) {
	s, dir := lived(t)
	many, at := s.people["many"], s.ms("03-20 00:00")
	s.finds(t, dir, "event.id", many, func(tp pebble.Tamper) error { return tp.DeleteMessageID(many, "test", "many-7") })
	s.finds(t, dir, "event.id", many, func(tp pebble.Tamper) error {
		return tp.PointMessageID(many, "test", "many-7", at, 3)
	})
	s.finds(t, dir, "event.id", many, func(tp pebble.Tamper) error {
		return tp.PointMessageID(many, "test", "many-7", at, 777)
	})
}

func TestVerifyFindsAnAlteredTimer(t *testing.T) {
	s, dir := lived(t)
	a := s.people["a"]
	due := int64(0)
	store := openPebble(t, dir)
	due, _, err := store.Timer(s.ctx, a)
	s.must(err)
	s.must(store.Close())
	for _, at := range []int64{due - 1, due + 1, due + 400*day.Milliseconds(), due - 10*day.Milliseconds()} {
		s.finds(t, dir, "timer", a, func(tp pebble.Tamper) error { return tp.Timer(a, at) })
	}
	s.finds(t, dir, "timer", a, func(tp pebble.Tamper) error { return tp.DeleteTimer(a) })
	s.finds(t, dir, "timer", 999, func(tp pebble.Tamper) error { return tp.Timer(999, due) })
}

func TestVerifyFindsAnAlteredState(t *testing.T) {
	s, dir := lived(t)
	a := s.people["a"]
	for how := range engine.StateDamage {
		t.Run(strings.ReplaceAll(how, " ", "_"), func(t *testing.T) {
			s.finds(t, dir, "state", a, func(tp pebble.Tamper) error {
				return tp.State(a, func(blob []byte, _ *ledger.Meta) []byte { return engine.DamageState(how, s.gens[2], a, blob) })
			})
		})
	}
	s.finds(t, dir, "state", a, func(tp pebble.Tamper) error {
		return tp.State(a, func([]byte, *ledger.Meta) []byte { return []byte("no state at all") })
	})
}

func TestVerifyFindsAnAlteredCount(t *testing.T) {
	s, dir := lived(t)
	for _, by := range []int64{1, -1, 1000} {
		s.finds(t, dir, "tag.count", 0, func(tp pebble.Tamper) error { return tp.Count(s.tag("VIP"), by) })
	}
	s.finds(t, dir, "tag.count", 0, func(tp pebble.Tamper) error { return tp.Count(s.tag("重点"), 1) }) // held by nobody now
}

// A state that can not be read is made anew from the log and the events.
func TestUnreadableStateIsMadeAnew(t *testing.T) {
	s, dir := lived(t)
	a := s.people["a"]
	for _, blob := range []string{"", "x", "no state at all", "\x7f of a later version"} {
		copied := filepath.Join(t.TempDir(), "copy")
		s.must(os.CopyFS(copied, os.DirFS(dir)))
		store := openPebble(t, copied)
		s.store = store
		s.must(store.Tamper().State(a, func([]byte, *ledger.Meta) []byte { return []byte(blob) }))
		s.open()
		s.wantTags("a", "VIP 活跃 重点 累计")
		s.clean()
		s.close()
		s.must(store.Close())
	}
}
