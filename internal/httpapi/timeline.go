package httpapi

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/ledger"
)

// moment is one thing on a timeline: an event or a row of the change log. Of what happened at one
// instant the rows come after the events that made them.
type moment struct {
	at    int64
	class int    // 0 event, 1 row
	n     uint64 // arrival of an event, seq of a row
	ev    *event.Event
	row   *change.Row
}

// spot is the place of a moment, for cursors: [at, class, n].
type spot [3]int64

func (m moment) spot() spot { return spot{m.at, int64(m.class), int64(m.n)} }

func (s spot) compare(o spot) int {
	return cmp.Or(cmp.Compare(s[0], o[0]), cmp.Compare(s[1], o[1]), cmp.Compare(s[2], o[2]))
}

// newest is the cursor of the first page.
var newest = spot{math.MaxInt64, math.MaxInt64, math.MaxInt64}

// want says which moments a timeline shows.
type want struct {
	events, tags, life bool
	types              []string // event types, or prefixes that end with *; none: all
}

func (w want) event(typ string) bool {
	if typ == event.Identity && len(w.types) == 0 {
		return w.life
	}
	if !w.events {
		return false
	}
	if len(w.types) == 0 {
		return true
	}
	return slices.ContainsFunc(w.types, func(t string) bool {
		prefix, wild := strings.CutSuffix(t, "*")
		return t == typ || wild && strings.HasPrefix(typ, prefix)
	})
}

func (w want) row(k change.Kind) bool {
	switch k {
	case change.TagAdded, change.TagRemoved:
		return w.tags
	case change.Created, change.Identified, change.Merged, change.Unmerged, change.Deleted:
		return w.life
	}
	return false
}

// timeline returns up to n moments of a customer before the spot, newest first.
func timeline(ctx context.Context, store ledger.Reader, id customer.ID, w want, before spot, now int64, n int) ([]moment, error) {
	var found []moment
	if w.tags || w.life {
		err := store.History(ctx, id, func(row change.Row) error {
			m := moment{at: row.At, class: 1, n: row.Seq, row: &row}
			if w.row(row.Kind) && m.spot().compare(before) < 0 {
				found = append(found, m)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if w.events || w.life {
		events, err := lastEvents(ctx, store, id, w, before, now, n)
		if err != nil {
			return nil, err
		}
		found = append(found, events...)
	}
	slices.SortFunc(found, func(a, b moment) int { return b.spot().compare(a.spot()) })
	return found[:min(n, len(found))], nil
}

// firstWindow is how far back events are read at first; each further read is eight times as long,
// and past longestWindow (over a hundred years) all of the rest. The store reads forward only, and
// most pages are the newest one. Milliseconds.
const (
	firstWindow   = 90 * 24 * 3600 * 1000
	longestWindow = firstWindow * 8 * 8 * 8
)

// lastEvents returns at least the n newest wanted events before the spot, in no order.
func lastEvents(ctx context.Context, store ledger.Reader, id customer.ID, w want, before spot, now int64, n int) ([]moment, error) {
	var found []moment
	read := func(from, to int64) error {
		return store.Events(ctx, id, from, to, func(ev *event.Event) error {
			m := moment{at: ev.Time, n: uint64(ev.Arrival)}
			if !w.event(ev.Type) || m.spot().compare(before) >= 0 {
				return nil
			}
			kept := *ev
			kept.Props, kept.Context, kept.Raw = ev.Props.Clone(), ev.Context.Clone(), ev.Raw.Clone()
			m.ev = &kept
			found = append(found, m)
			return nil
		})
	}
	to := int64(math.MaxInt64) // events dated ahead of now are shown too
	if before[0] < math.MaxInt64 {
		to = before[0] + 1
	}
	for from, window := min(to, now)-firstWindow, int64(firstWindow); ; {
		if err := read(from, to); err != nil {
			return nil, err
		}
		if len(found) >= n || from == math.MinInt64 {
			return found, nil
		}
		to, window = from, window*8
		if from -= window; window > longestWindow {
			from = math.MinInt64
		}
	}
}

func causesOfMoments(ms []moment) []change.Cause {
	out := make([]change.Cause, len(ms))
	for i, m := range ms {
		out[i] = m.row.Cause
	}
	return out
}
