package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/ledger"
	"github.com/earmarkhq/earmark/internal/ledger/memory"
)

// Turning pages of a timeline, whatever their size and the gaps in the history, gives each moment
// once, newest first, exactly those asked for.
func TestTimelinePagesShowEverythingOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ctx := context.Background()
		store, all := drawTimeline(t)
		w := want{
			events: rapid.Bool().Draw(t, "events"), tags: rapid.Bool().Draw(t, "tags"), life: rapid.Bool().Draw(t, "life"),
			types: rapid.SampledFrom([][]string{nil, {"order.paid"}, {"order.*"}, {"page", "order.cancelled"}}).Draw(t, "types"),
		}
		var expect []string
		for _, m := range all {
			if m.ev != nil && w.event(m.ev.Type) || m.row != nil && w.row(m.row.Kind) {
				expect = append(expect, m.text())
			}
		}
		limit := rapid.IntRange(1, 7).Draw(t, "limit")
		var got []string
		for before := newest; ; {
			page, err := timeline(ctx, store, who, w, before, drawnNow, limit+1)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range page[:min(limit, len(page))] {
				got = append(got, m.text())
			}
			if len(page) <= limit {
				break
			}
			// The place goes through the form it has in a cursor.
			cursor := cursorOf("timeline", page[limit-1].spot())
			if err := readCursor(cursor, "timeline", &before); err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(got, expect) {
			t.Fatalf("pages of %d give\n%v\nwant\n%v", limit, got, expect)
		}
	})
}

const (
	who      = customer.ID(7)
	drawnNow = int64(1_700_000_000_000)
	day      = int64(24 * 3600 * 1000)
)

func (m moment) text() string { return fmt.Sprint(m.spot()) }

// drawTimeline fills a ledger and returns what is in it, newest first.
func drawTimeline(t *rapid.T) (ledger.Reader, []moment) {
	store := memory.New()
	w, err := store.Writer(0, 1)
	if err != nil {
		t.Fatal(err)
	}
	// Gaps of all sizes: within a day, around the first windows, and beyond the longest one.
	ages := rapid.SampledFrom([]int64{-day / 2, 0, 1, day, 89 * day, 90 * day, 91 * day, 700 * day, 9000 * day, 50_000 * day})
	var all []moment
	for i := range rapid.IntRange(0, 25).Draw(t, "events") {
		ev := &event.Event{
			Type: rapid.SampledFrom([]string{"order.paid", "order.cancelled", "page"}).Draw(t, "type"),
			Time: drawnNow - ages.Draw(t, "age"), Source: "s", ID: fmt.Sprint(i), Arrival: uint32(i + 1),
		}
		if err := w.PutEvent(who, ev); err != nil {
			t.Fatal(err)
		}
		all = append(all, moment{at: ev.Time, n: uint64(ev.Arrival), ev: ev})
	}
	for range rapid.IntRange(0, 10).Draw(t, "rows") {
		row := change.Row{
			Customer: who, Kind: rapid.SampledFrom([]change.Kind{change.Created, change.TagAdded, change.TagRemoved, change.Reached}).Draw(t, "kind"),
			Tag: 1, At: drawnNow - ages.Draw(t, "age"),
		}
		if err := w.Append(&row); err != nil {
			t.Fatal(err)
		}
		all = append(all, moment{at: row.At, class: 1, n: row.Seq, row: &row})
	}
	if p, err := w.Commit(); err != nil || p.Wait() != nil {
		t.Fatal("commit", err)
	}
	slices.SortFunc(all, func(a, b moment) int { return b.spot().compare(a.spot()) })
	return store, all
}

func TestCursorsAreRefusedWhereTheyDoNotBelong(t *testing.T) {
	var place [2]uint64
	good := cursorOf("customers", [2]uint64{1, 2})
	if err := readCursor(good, "customers", &place); err != nil || place != [2]uint64{1, 2} {
		t.Errorf("read back as %v: %v", place, err)
	}
	for name, cursor := range map[string]string{
		"of another list": cursorOf("faults", 3), "no base64": "%%%", "no JSON": "YWJj", "of another form": cursorOf("customers", "x"),
	} {
		if err := readCursor(cursor, "customers", &place); err == nil {
			t.Errorf("%s: was taken", name)
		}
	}
}

func TestTimesOnTheWire(t *testing.T) {
	if got := timeOf(1_709_942_400_007); got != "2024-03-09T00:00:00.007Z" {
		t.Errorf("timeOf = %s", got)
	}
	for in, want := range map[Time]int64{
		"2024-03-09T00:00:00.007Z": 1_709_942_400_007, "2024-03-09T08:00:00+08:00": 1_709_942_400_000, "2024-03-09T00:00:00.0079Z": 1_709_942_400_007,
	} {
		if got, err := in.millis("query.at"); err != nil || got != want {
			t.Errorf("%s = %d, %v, want %d", in, got, err, want)
		}
	}
	if _, err := Time("2024-03-09").millis("query.at"); err == nil {
		t.Error("a date was taken for an instant")
	}
	raw, err := json.Marshal(Page[Time]{Items: []Time{}})
	if err != nil || string(raw) != `{"items":[]}` {
		t.Errorf("an empty page is %s, %v", raw, err)
	}
}
