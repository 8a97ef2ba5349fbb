package httpapi

import (
	"encoding/json"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/tag"
	"github.com/earmarkhq/earmark/internal/value"
)

// Time is an instant on the wire: RFC 3339 in UTC with milliseconds.
type Time string

const timeForm = "2006-01-02T15:04:05.000Z"

// timeOf writes Unix milliseconds.
func timeOf(ms int64) Time { return Time(time.UnixMilli(ms).UTC().Format(timeForm)) }

// deadlineOf is timeOf, "" for never.
func deadlineOf(ms int64) Time {
	if ms == expr.Never {
		return ""
	}
	return timeOf(ms)
}

// millis reads an instant of any offset.
func (t Time) millis(where string) (int64, error) {
	at, err := time.Parse(time.RFC3339Nano, string(t))
	if err != nil {
		return 0, fault.Invalid("http.time", "value", string(t)).At(where, 0, 0)
	}
	return at.UnixMilli(), nil
}

// Schema describes Time.
func (Time) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: "string", Format: "date-time", Examples: []any{"2024-03-09T00:00:00.000Z"},
		Description: "RFC 3339; answers are in UTC with milliseconds, questions may carry any offset",
	}
}

// JSON is a property tree as it was sent: numbers keep every digit.
type JSON struct{ value.Value }

// MarshalJSON writes the tree.
func (j JSON) MarshalJSON() ([]byte, error) { return value.AppendJSON(nil, j.Value), nil }

// UnmarshalJSON reads a tree exactly.
func (j *JSON) UnmarshalJSON(b []byte) (err error) {
	j.Value, err = value.ParseJSON(b)
	return err
}

// Schema describes JSON: anything.
func (JSON) Schema(huma.Registry) *huma.Schema { return &huma.Schema{Description: "Any JSON value"} }

var _ json.Marshaler = JSON{}

// customerID reads the id in a path.
func customerID(s string) (customer.ID, error) {
	id, ok := customer.ParseID(s)
	if !ok {
		return 0, fault.Invalid("http.id", "value", s).At("path.id", 0, 0)
	}
	return id, nil
}

// tagID reads a tag's id, found at where.
func tagID(s, where string) (tag.ID, error) {
	id, ok := tag.ParseID(s)
	if !ok {
		return 0, fault.Invalid("http.id", "value", s).At(where, 0, 0)
	}
	return id, nil
}
