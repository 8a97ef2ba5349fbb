package httpapi

import (
	"context"
	"strconv"
	"time"

	"github.com/earmarkhq/earmark/internal/definition"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/tag"
)

// vocabulary turns ids into the words of one request: the library's names, the caller's language,
// the tenant's zone.
type vocabulary struct {
	lang fault.Lang
	zone *time.Location
	lib  *definition.Library
}

func (s *server) vocabulary(ctx context.Context) *vocabulary {
	return &vocabulary{lang: requestOf(ctx).lang, zone: s.Definitions.Zone(), lib: s.Definitions.Library()}
}

func (v *vocabulary) tagName(id tag.ID) string {
	if t, ok := v.lib.Tag(id); ok {
		return t.Name
	}
	return id.String()
}

func (v *vocabulary) ruleName(id uint32) string {
	if id == 0 {
		return ""
	}
	if r, ok := v.lib.Rule(id); ok {
		return r.Name
	}
	return wireID(id)
}

// clockTime is an instant for people: local, to the minute.
func (v *vocabulary) clockTime(ms int64) string {
	return time.UnixMilli(ms).In(v.zone).Format("2006-01-02 15:04")
}

// TagRef names a tag where it is not the subject.
type TagRef struct {
	ID        string `json:"id" example:"12"`
	Name      string `json:"name" example:"重要价值客户"`
	Group     string `json:"group" doc:"Id of its group"`
	GroupName string `json:"group_name" example:"客户价值"`
}

func (v *vocabulary) tagRef(id tag.ID) TagRef {
	ref := TagRef{ID: id.String(), Name: v.tagName(id)}
	if t, ok := v.lib.Tag(id); ok {
		ref.Group = wireID(t.Group)
		if g, ok := v.lib.Group(t.Group); ok {
			ref.GroupName = g.Name
		}
	}
	return ref
}

// wireID writes a small id.
func wireID[T ~uint32](id T) string { return strconv.FormatUint(uint64(id), 10) }

// readID reads a small id that stands at where.
func readID[T ~uint32](s, where string) (T, error) {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil || n == 0 {
		return 0, fault.Invalid("http.id", "value", s).At(where, 0, 0)
	}
	return T(n), nil
}
