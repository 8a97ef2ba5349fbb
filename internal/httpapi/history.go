package httpapi

import (
	"context"
	"math"
	"slices"
	"strconv"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/tag"
)

const minTime, maxTime = math.MinInt64, math.MaxInt64

// rowKinds are the names of change.Kind on the wire.
var rowKinds = map[change.Kind]string{
	change.Created: "created", change.TagAdded: "tag_added", change.TagRemoved: "tag_removed", change.Identified: "identified",
	change.Merged: "merged", change.Unmerged: "unmerged", change.Deleted: "deleted",
}

// Change is a row of the change log about one customer.
type Change struct {
	Kind     string  `json:"kind" enum:"created,tag_added,tag_removed,identified,merged,unmerged,deleted"`
	Tag      *TagRef `json:"tag,omitempty"`
	At       Time    `json:"at" doc:"From when it holds"`
	Recorded Time    `json:"recorded" doc:"When it was written; later than at where the store was down at a deadline"`
	Since    Time    `json:"since,omitempty" doc:"Since when the condition was true, where that is not at"`
	LateByMS int64   `json:"late_by_ms,omitempty" doc:"How late the deciding event came, milliseconds"`
	Cause    *Cause  `json:"cause,omitempty"`
	Seq      string  `json:"seq" doc:"Position in the log of the customer's slot"`
}

func (v *vocabulary) change(row change.Row, facts eventsByArrival) Change {
	c := Change{Kind: rowKinds[row.Kind], At: timeOf(row.At), Recorded: timeOf(row.Recorded), LateByMS: row.LateBy, Seq: strconv.FormatUint(row.Seq, 10)}
	if row.Since != row.At && row.Since != 0 {
		c.Since = timeOf(row.Since)
	}
	if row.Tag != 0 {
		ref := v.tagRef(row.Tag)
		c.Tag = &ref
		cause := v.cause(row.Cause, facts[row.Cause.Arrival])
		c.Cause = &cause
	}
	return c
}

type historyIn struct {
	CustomerPath
	Paging
	AsOf    Time `query:"as_of" doc:"Default: now"`
	KnownAt Time `query:"known_at" doc:"Default: now"`
}

// History is what the log says of one customer.
type History struct {
	AsOf    Time      `json:"as_of"`
	KnownAt Time      `json:"known_at"`
	Tags    []PastTag `json:"tags" nullable:"false" doc:"Held at as_of, by what was recorded at known_at"`
	Changes []Change  `json:"changes" nullable:"false" doc:"Up to then, newest first"`
	Next    string    `json:"next_cursor,omitempty" doc:"Absent on the last page of changes"`
}

// PastTag is a tag held at an instant.
type PastTag struct {
	TagRef
	From  Time  `json:"from" doc:"Since when"`
	Cause Cause `json:"cause"`
}

type historyOut struct{ Body History }

func (s *server) getHistory(ctx context.Context, in *historyIn) (*historyOut, error) {
	id, err := customerID(in.ID)
	if err != nil {
		return nil, err
	}
	// Deadlines that are due become rows before the log is read.
	view, err := s.Engine.View(ctx, id)
	if err != nil {
		return nil, err
	}
	asOf, knownAt := view.At, int64(maxTime)
	if in.AsOf != "" {
		if asOf, err = in.AsOf.millis("query.as_of"); err != nil {
			return nil, err
		}
	}
	if in.KnownAt != "" {
		if knownAt, err = in.KnownAt.millis("query.known_at"); err != nil {
			return nil, err
		}
	}
	before := uint64(math.MaxUint64)
	if err := readCursor(in.Cursor, "history", &before); err != nil {
		return nil, err
	}
	rows, err := s.rowsUpTo(ctx, id, asOf, knownAt)
	if err != nil {
		return nil, err
	}
	out := &historyOut{Body: History{AsOf: timeOf(asOf), KnownAt: timeOf(min(knownAt, view.At))}}
	return out, s.fillHistory(ctx, id, rows, before, in.Limit, &out.Body)
}

// rowsUpTo are the rows of a customer that hold at asOf and were recorded by knownAt, both inclusive.
func (s *server) rowsUpTo(ctx context.Context, id customer.ID, asOf, knownAt int64) ([]change.Row, error) {
	var rows []change.Row
	err := s.Ledger.History(ctx, id, func(row change.Row) error {
		if _, shown := rowKinds[row.Kind]; shown && row.At <= asOf && row.Recorded <= knownAt {
			rows = append(rows, row)
		}
		return nil
	})
	return rows, err
}

func (s *server) fillHistory(ctx context.Context, id customer.ID, rows []change.Row, before uint64, limit int, out *History) error {
	held := map[tag.ID]change.Row{}
	for _, row := range rows {
		switch row.Kind {
		case change.TagAdded:
			held[row.Tag] = row
		case change.TagRemoved:
			delete(held, row.Tag)
		}
	}
	newestFirst := slices.Clone(rows)
	slices.Reverse(newestFirst)
	newestFirst = slices.DeleteFunc(newestFirst, func(r change.Row) bool { return r.Seq >= before })
	page := pageOf(newestFirst, limit, func(last change.Row) string { return cursorOf("history", last.Seq) })
	shown := slices.Clone(page.Items)
	for _, row := range held {
		shown = append(shown, row)
	}
	facts, err := s.deciding(ctx, id, causesOf(shown))
	if err != nil {
		return err
	}
	v := s.vocabulary(ctx)
	out.Next, out.Changes, out.Tags = page.NextCursor, []Change{}, []PastTag{}
	for _, row := range page.Items {
		out.Changes = append(out.Changes, v.change(row, facts))
	}
	for _, t := range v.lib.Tags {
		if row, ok := held[t.ID]; ok {
			out.Tags = append(out.Tags, PastTag{TagRef: v.tagRef(t.ID), From: timeOf(row.At), Cause: v.cause(row.Cause, facts[row.Cause.Arrival])})
		}
	}
	return nil
}

func causesOf(rows []change.Row) []change.Cause {
	out := make([]change.Cause, len(rows))
	for i, r := range rows {
		out[i] = r.Cause
	}
	return out
}
