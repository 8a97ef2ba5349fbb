package httpapi

import (
	"encoding/base64"
	"encoding/json"

	"github.com/earmarkhq/earmark/internal/fault"
)

// Paging is the part of a list request that turns pages.
type Paging struct {
	Cursor string `query:"cursor" maxLength:"512" doc:"next_cursor of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"Most rows of a page"`
}

// cursorOf packs the place after the last row. It is opaque: its form may change with any version.
// kind keeps a cursor of one list from being used on another.
func cursorOf(kind string, place any) string {
	raw, err := json.Marshal([]any{kind, place})
	if err != nil {
		panic("httpapi: cursor: " + err.Error())
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// readCursor unpacks into place; an empty cursor leaves it as it is.
func readCursor(cursor, kind string, place any) error {
	if cursor == "" {
		return nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	var got string
	if err == nil {
		err = json.Unmarshal(raw, &[]any{&got, place})
	}
	if err != nil || got != kind {
		return fault.Invalid("http.cursor").At("query.cursor", 0, 0)
	}
	return nil
}

// Page is one page of a list.
type Page[T any] struct {
	Items      []T    `json:"items" nullable:"false"`
	NextCursor string `json:"next_cursor,omitempty" doc:"Absent on the last page"`
}

// pageOf cuts rows, of which one more than limit may have been read, and makes the cursor of the rest.
func pageOf[T any](rows []T, limit int, next func(last T) string) Page[T] {
	p := Page[T]{Items: rows}
	if len(rows) > limit {
		p.Items = rows[:limit]
		p.NextCursor = next(rows[limit-1])
	}
	if p.Items == nil {
		p.Items = []T{}
	}
	return p
}
