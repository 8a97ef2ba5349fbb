package pebble

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/ledger"
	"github.com/earmarkhq/earmark/internal/value"
)

func open(t *testing.T, dir string, o Options) *Store {
	t.Helper()
	s, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func ok(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// filled is a store with one customer of everything.
func filled(t *testing.T, dir string) (s *Store, id customer.ID) {
	s = open(t, dir, Options{few: 1})
	w, err := s.Writer(0, 1)
	ok(t, err)
	id = 12
	for n := uint32(1); n <= 2; n++ {
		ok(t, w.PutEvent(id, &event.Event{
			Type: "order.paid", Time: 5, Received: 9, Source: "shop", ID: fmt.Sprint("m", n), Arrival: n,
			Props: value.NewObject(value.Field{Key: "amount_fen", Val: value.NewInt(100)}),
		}))
	}
	created := change.Row{Customer: id, Kind: change.Created, At: 5, Since: 5}
	added := change.Row{Customer: id, Kind: change.TagAdded, Tag: 3, At: 5, Since: 5}
	ok(t, w.Append(&created), w.Append(&added), w.PutTimer(id, 77), w.PutState(id, []byte("state"), ledger.Meta{Arrivals: 2, Seq: 2}))
	_, err = w.Commit()
	ok(t, err, w.Close())
	_, _, err = s.Link(t.Context(), customer.Key{Kind: customer.UserID, Value: "u"}, 0, id)
	ok(t, err)
	return s, id
}

// everything reads all there is and returns the first error.
func everything(ctx context.Context, s *Store, id customer.ID) error {
	err := s.Events(ctx, id, math.MinInt64, math.MaxInt64, func(*event.Event) error { return nil })
	note := func(e error) {
		if err == nil {
			err = e
		}
	}
	note(s.History(ctx, id, func(change.Row) error { return nil }))
	note(s.Log(ctx, id.Slot(), 0, func(change.Row) error { return nil }))
	note(s.Customers(ctx, id.Slot(), 0, func(ledger.Customer) error { return nil }))
	_, _, e := s.Customer(ctx, id)
	note(e)
	_, _, e = s.Timer(ctx, id)
	note(e)
	_, _, _, e = s.Snapshot(ctx, id)
	note(e)
	_, e = s.Counts(ctx)
	note(e)
	note(s.SearchIdentities(ctx, "", 9, func(customer.Key, customer.ID) error { return nil }))
	s.ids.cache = newIDCache(1)
	_, e = s.Lookup(ctx, []customer.Key{{Kind: customer.UserID, Value: "u"}})
	note(e)
	w, e := s.Writer(0, 1)
	note(e)
	if e != nil {
		return err
	}
	note(w.Timers(func(customer.ID, int64) error { return nil }))
	_, e = w.Load(id)
	note(e)
	_, _, _, e = w.Seen(id, "shop", "m1")
	note(e)
	_, _, _, e = w.Seen(id, "shop", "m2")
	note(e)
	note(w.Close())
	return err
}

// Every row is cut short at every length, and every bit of the rows with a checksum is flipped:
// reading gives an error or the same answer, and never a panic.
func TestDamagedRowsAreErrors(t *testing.T) {
	s, id := filled(t, t.TempDir())
	defer s.Close()
	ok(t, everything(t.Context(), s, id))
	rows := map[string][]byte{}
	it, err := s.db.NewIter(nil)
	ok(t, err)
	for good := it.First(); good; good = it.Next() {
		rows[string(it.Key())] = append([]byte(nil), it.Value()...)
	}
	ok(t, it.Close())
	tried := 0
	try := func(what, key string, bad []byte) {
		t.Helper()
		tried++
		ok(t, s.db.Set([]byte(key), bad, pebble.NoSync))
		err := everything(t.Context(), s, id)
		if fault.KindOf(err) != fault.KindInternal {
			t.Errorf("%s of row %q: %v", what, key, err)
		}
		ok(t, s.db.Set([]byte(key), []byte(rows[key]), pebble.NoSync))
	}
	for key, val := range rows {
		switch key[0] {
		case tabMeta, tabDictionary, tabHistory: // read at opening, or empty
			continue
		}
		for n := range val {
			try(fmt.Sprintf("the first %d bytes", n), key, val[:n])
		}
		switch key[0] {
		case tabEvent, tabLog, tabState:
			for bit := range 8 * len(val) {
				try(fmt.Sprintf("flipped bit %d", bit), key, flip(val, bit))
			}
		}
	}
	for key := range rows {
		if key[0] == tabLog || key[0] == tabEvent { // the history and the message id then point nowhere
			ok(t, s.db.Delete([]byte(key), pebble.NoSync))
			if err := everything(t.Context(), s, id); !fault.Is(err, "ledger.corrupt") {
				t.Errorf("row %q is missing: %v", key, err)
			}
			ok(t, s.db.Set([]byte(key), rows[key], pebble.NoSync))
		}
	}
	if tried < 500 {
		t.Fatalf("only %d rows were damaged", tried)
	}
	ok(t, everything(t.Context(), s, id))
}

func TestDamageAtOpening(t *testing.T) {
	for name, key := range map[string]string{
		"epoch": string(epochKey), "ids": string(idsKey), "dictionary": "x\x00\x00\x00\x02",
		"log": string(appendLogKey(nil, customer.ID(12).Slot(), 2)),
	} {
		dir := t.TempDir()
		s, _ := filled(t, dir)
		_, err := s.NewCustomer(t.Context())
		ok(t, err, s.Close())
		s = open(t, dir, Options{})
		if name == "dictionary" {
			ok(t, s.db.Delete([]byte(key), pebble.Sync))
		} else {
			ok(t, s.db.Set([]byte(key), nil, pebble.Sync))
		}
		s.failed.Store(true) // so that closing writes nothing more
		s.Close()
		if _, err := Open(dir, Options{}); !fault.Is(err, "ledger.corrupt") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTamperedRowsAreWellFormed(t *testing.T) {
	s, id := filled(t, t.TempDir())
	defer s.Close()
	tp := s.Tamper()
	ok(t,
		tp.State(id, func([]byte, *ledger.Meta) []byte { return []byte("forged") }),
		tp.Timer(id, 78),
		tp.Row(id.Slot(), 2, func(r *change.Row) { r.Tag = 4 }),
		tp.Event(id, 5, 1, func(ev *event.Event) { ev.Type = "order.void" }),
		everything(t.Context(), s, id),
	)
	blob, _, _, err := s.Snapshot(t.Context(), id)
	ok(t, err)
	if string(blob) != "forged" {
		t.Errorf("state %q", blob)
	}
	ok(t, tp.Flip(id, 5, 1, 40))
	if err := everything(t.Context(), s, id); !fault.Is(err, "ledger.corrupt") {
		t.Errorf("a flipped bit: %v", err)
	}
	if err := tp.Event(id, 6, 1, func(*event.Event) {}); err == nil {
		t.Error("an event that is not there was altered")
	}
}

// Two message ids with one hash: the second stands under the next one.
func TestHashesThatCollide(t *testing.T) {
	dir := t.TempDir()
	for round := range 3 {
		s := open(t, dir, Options{few: 3})
		lw, err := s.Writer(0, 1)
		ok(t, err)
		w := lw.(*Writer)
		w.dedupe.hash = func(string, string) uint64 { return math.MaxUint64 - 1 }
		for n := uint32(1); n <= 9; n++ {
			id := fmt.Sprint("m", n)
			arrival, _, seen, err := w.Seen(5, "shop", id)
			ok(t, err)
			if round == 0 {
				if seen {
					t.Fatalf("%s was seen before it came", id)
				}
				ok(t, w.PutEvent(5, &event.Event{Type: "x", Time: int64(n), Source: "shop", ID: id, Arrival: n}))
				arrival, _, seen, err = w.Seen(5, "shop", id)
				ok(t, err)
				if n%4 == 0 {
					_, err := w.Commit()
					ok(t, err)
				}
			}
			if !seen || arrival != n {
				t.Fatalf("round %d: %s has arrival %d, %v", round, id, arrival, seen)
			}
		}
		_, _, seen, err := w.Seen(5, "shop", "m10")
		ok(t, err)
		if seen {
			t.Fatal("an unknown id was seen")
		}
		_, err = w.Commit()
		ok(t, err, s.Close())
	}
}

func TestDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "ledger")
	s := open(t, dir, Options{})
	_, err := Open(dir, Options{})
	if !fault.Is(err, "ledger.locked") || !strings.Contains(err.Error(), fmt.Sprintf("pid %d", os.Getpid())) {
		t.Errorf("opened twice: %v", err)
	}
	ok(t, s.Close(), s.Close())
	if _, err := s.Writer(0, 1); !fault.Is(err, "ledger.closed") {
		t.Errorf("writer of a closed store: %v", err)
	}
	ok(t, os.WriteFile(filepath.Join(dir, formatFile), []byte("2\n"), 0o644))
	if _, err := Open(dir, Options{}); !fault.Is(err, "ledger.format") {
		t.Errorf("a later format: %v", err)
	}
	ok(t, os.WriteFile(filepath.Join(dir, formatFile), []byte("1\n"), 0o644))
	ok(t, open(t, dir, Options{}).Close())

	left := filepath.Join(dir, flushPrefix+"0-0")
	ok(t, os.WriteFile(left, []byte("half a file"), 0o644))
	ok(t, open(t, dir, Options{}).Close())
	if _, err := os.Stat(left); err == nil {
		t.Error("what an interrupted flush left is still there")
	}

	foreign := t.TempDir()
	ok(t, os.WriteFile(filepath.Join(foreign, "letters.txt"), nil, 0o644))
	if _, err := Open(foreign, Options{}); !fault.Is(err, "ledger.not_a_ledger") {
		t.Errorf("a directory of somebody else's: %v", err)
	}
	if _, err := os.Stat(filepath.Join(foreign, lockFile)); err == nil {
		t.Error("a foreign directory was written to")
	}
}

func TestCheckpointIsAStoreOfItsOwn(t *testing.T) {
	s, id := filled(t, t.TempDir())
	defer s.Close()
	dir := filepath.Join(t.TempDir(), "copy")
	w, err := s.Writer(0, 1)
	ok(t, err)
	late := &event.Event{Type: "x", Time: 7, Source: "shop", ID: "m3", Arrival: 3}
	ok(t, w.PutEvent(id, late), w.PutState(id, []byte("newer"), ledger.Meta{Arrivals: 3, Seq: 2}))
	_, err = w.Commit()
	ok(t, err, s.Checkpoint(dir))
	late.Arrival, late.ID = 4, "m4"
	ok(t, w.PutEvent(id, late))
	_, err = w.Commit()
	ok(t, err)

	c := open(t, dir, Options{few: 1})
	defer c.Close()
	ok(t, everything(t.Context(), c, id))
	w, err = c.Writer(0, 1)
	ok(t, err)
	l, err := w.Load(id)
	ok(t, err)
	if int(l.Meta.Arrivals)+len(l.Events) != 3 {
		t.Errorf("the copy has a state of %d arrivals and a tail of %d events, want 3 in all", l.Meta.Arrivals, len(l.Events))
	}
	if _, _, seen, err := w.Seen(id, "shop", "m4"); seen || err != nil {
		t.Errorf("the copy has what came after it: %v, %v", seen, err)
	}
}
