package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/earmarkhq/earmark/internal/catalog"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/ingest"
)

// EventAlias says that an event that a source calls From is the canonical type To.
type EventAlias struct {
	ID         string                 `json:"id,omitempty" doc:"Absent for those that come with Earmark"`
	Source     string                 `json:"source,omitempty" doc:"The one source it is for; absent: all"`
	From       string                 `json:"from" minLength:"1" maxLength:"255" example:"Order Completed"`
	To         string                 `json:"to" minLength:"1" maxLength:"255" example:"order.paid"`
	Properties []ingest.PropertyAlias `json:"properties,omitempty" doc:"Makes the first of the properties from that is there into to, in the given form; others stay"`
	BuiltIn    bool                   `json:"built_in,omitempty" doc:"Comes with Earmark; one of the same source and from goes before it"`
}

func (s *server) aliases(r *routes) {
	add(r, reader, http.MethodGet, "/event-aliases", "list-event-aliases", "Names of events that become canonical types", s.listAliases)
	add(r, editor, http.MethodPost, "/event-aliases", "put-event-alias", "Make or replace the alias of a source's event", s.putAlias,
		about("It is for events that arrive from now on; accepted ones stay as they are."))
	add(r, editor, http.MethodDelete, "/event-aliases/{id}", "delete-event-alias", "Delete an alias", s.deleteAlias, status(http.StatusNoContent))
}

type aliasesOut struct{ Body Page[EventAlias] }

func (s *server) listAliases(ctx context.Context, _ *struct{}) (*aliasesOut, error) {
	rows, err := s.Catalog.Aliases(ctx)
	if err != nil {
		return nil, err
	}
	out := &aliasesOut{Page[EventAlias]{Items: []EventAlias{}}}
	for _, row := range rows {
		w, err := aliasOf(row)
		if err != nil {
			return nil, err
		}
		out.Body.Items = append(out.Body.Items, w)
	}
	for _, a := range ingest.Ecommerce() {
		out.Body.Items = append(out.Body.Items, EventAlias{Source: a.Source, From: a.From, To: a.To, Properties: a.Props, BuiltIn: true})
	}
	return out, nil
}

func aliasOf(row catalog.Alias) (EventAlias, error) {
	var stored ingest.Alias
	if row.Document != "" {
		if err := json.Unmarshal([]byte(row.Document), &stored); err != nil {
			return EventAlias{}, fmt.Errorf("read alias %d: %w", row.ID, err)
		}
	}
	return EventAlias{ID: wireID(row.ID), Source: row.Source, From: row.From, To: row.To, Properties: stored.Props}, nil
}

type putAliasIn struct {
	Body struct {
		Source     string                 `json:"source,omitempty" maxLength:"255"`
		From       string                 `json:"from" minLength:"1" maxLength:"255"`
		To         string                 `json:"to" minLength:"1" maxLength:"255"`
		Properties []ingest.PropertyAlias `json:"properties,omitempty" maxItems:"200"`
	}
}

type aliasOut struct{ Body EventAlias }

func (s *server) putAlias(ctx context.Context, in *putAliasIn) (*aliasOut, error) {
	var faults fault.List
	if strings.HasPrefix(in.Body.To, "$") || strings.HasPrefix(in.Body.From, "$") {
		faults.Add(fault.Invalid("ingest.name_reserved", "name", in.Body.From+" → "+in.Body.To).At("body.to", 0, 0))
	}
	faults.Add(checkProperties(in.Body.Properties, "body.properties")...)
	if err := faults.Err(); err != nil {
		return nil, err
	}
	document, err := json.Marshal(ingest.Alias{Source: in.Body.Source, From: in.Body.From, To: in.Body.To, Props: in.Body.Properties})
	if err != nil {
		return nil, err
	}
	by := s.by(ctx)
	row, err := s.Catalog.PutAlias(ctx, by, catalog.Alias{
		Source: in.Body.Source, From: in.Body.From, To: in.Body.To, Document: string(document), Author: by.Actor, Updated: by.At,
	})
	if err != nil {
		return nil, err
	}
	w, err := aliasOf(row)
	if err != nil {
		return nil, err
	}
	return &aliasOut{w}, s.AliasesChanged(ctx)
}

// checkProperties refuses entries that would never do anything.
func checkProperties(list []ingest.PropertyAlias, path string) []error {
	var errs []error
	for i, p := range list {
		at := fmt.Sprintf("%s[%d]", path, i)
		if p.To == "" || len(p.From) == 0 || slices.Contains(p.From, "") {
			errs = append(errs, fault.Invalid("http.alias_property").At(at, 0, 0))
		}
		if p.Form != ingest.AsSent && !slices.Contains(ingest.Forms, p.Form) {
			var names []string
			for _, f := range ingest.Forms {
				names = append(names, string(f))
			}
			errs = append(errs, fault.Invalid("http.alias_form", "form", string(p.Form), "choices", strings.Join(names, ", ")).
				At(at+".form", 0, 0).WithSuggestion(fault.Nearest(string(p.Form), names)))
		}
		errs = append(errs, checkProperties(p.Items, at+".items")...)
	}
	return errs
}

func (s *server) deleteAlias(ctx context.Context, in *keyIn) (*emptyOut, error) {
	id, err := readID[uint32](in.ID, "path.id")
	if err != nil {
		return nil, err
	}
	if err := s.Catalog.DeleteAlias(ctx, s.by(ctx), id); err != nil {
		return nil, err
	}
	return &emptyOut{}, s.AliasesChanged(ctx)
}

var _ = fault.Register(fault.Messages{
	"http.alias_property": {ZH: "每一项都要写 from（至少一个名称）和 to", EN: "each entry needs from (at least one name) and to"},
	"http.alias_form":     {ZH: "没有“{form}”这种形式，可用：{choices}", EN: "there is no form \"{form}\"; choose from {choices}"},
})
