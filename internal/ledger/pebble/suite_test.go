package pebble

import (
	"testing"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/ledger"
	"github.com/earmarkhq/earmark/internal/value"
)

func TestSmoke(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	w, err := s.Writer(0, 1)
	if err != nil {
		t.Fatal(err)
	}
	id, err := s.NewCustomer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	l, err := w.Load(id)
	t.Log(l, err)
	ev := event.Event{Type: "a", Time: 5, Source: "s", ID: "1", Arrival: 1, Unit: 1, Props: value.NewObject(value.Field{Key: "k", Val: value.NewInt(5)})}
	if _, _, ok, err := w.Seen(id, "s", "1"); ok || err != nil {
		t.Fatal(ok, err)
	}
	if err := w.PutEvent(id, &ev); err != nil {
		t.Fatal(err)
	}
	row := change.Row{Customer: id, Kind: change.Created, At: 5, Since: 5}
	if err := w.Append(&row); err != nil {
		t.Fatal(err)
	}
	if err := w.PutTimer(id, 77); err != nil {
		t.Fatal(err)
	}
	if err := w.PutState(id, []byte("state"), ledger.Meta{Arrivals: 1, Seq: row.Seq}); err != nil {
		t.Fatal(err)
	}
	if _, _, ok, err := w.Seen(id, "s", "1"); !ok || err != nil {
		t.Fatal(ok, err)
	}
	p, err := w.Commit()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err != nil {
		t.Fatal(err)
	}
	l, err = w.Load(id)
	t.Logf("%s %v %v", l.State, l.Meta, err)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err = Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, Options{}); err == nil {
		t.Fatal("opened twice")
	} else {
		t.Log(err)
	}
	w, _ = s.Writer(0, 1)
	l, err = w.Load(id)
	t.Logf("%s %v %v", l.State, l.Meta, err)
	a, tm, ok, err := w.Seen(id, "s", "1")
	t.Log(a, tm, ok, err)
	t.Log(s.Events(t.Context(), id, 0, 100, func(e *event.Event) error { t.Log(e); return nil }))
	t.Log(s.History(t.Context(), id, func(e change.Row) error { t.Log(e); return nil }))
	t.Log(s.Customers(t.Context(), id.Slot(), 0, func(e ledger.Customer) error { t.Log(e); return nil }))
	t.Log(s.Counts(t.Context()))
	t.Log(s.Lookup(t.Context(), []customer.Key{{Kind: "a", Value: "b"}}))
	t.Log(s.Link(t.Context(), customer.Key{Kind: "a", Value: "b"}, 0, 4))
	t.Log(s.Link(t.Context(), customer.Key{Kind: "a", Value: "b"}, 0, 5))
	t.Log(s.Link(t.Context(), customer.Key{Kind: "a", Value: "b"}, 4, 5))
	t.Log(s.Lookup(t.Context(), []customer.Key{{Kind: "a", Value: "b"}}))
	t.Log(s.Stats())
	t.Log(w.Close(), s.Close())
}
