package httpapi

import (
	"context"
	"net/http"
	"strconv"

	"github.com/earmarkhq/earmark/internal/catalog"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/engine"
	"github.com/earmarkhq/earmark/internal/fault"
)

// operate are the routes by which people see what arrives and what goes wrong.
func (s *server) operate(r *routes) {
	add(r, reader, http.MethodGet, "/status", "get-status", "How the store is doing", s.getStatus)
	add(r, reader, http.MethodGet, "/deadlines", "list-deadlines", "What may change next by time alone", s.listDeadlines)
	add(r, reader, http.MethodGet, "/event-types", "list-event-types", "Event types that arrived", s.listTypes)
	add(r, reader, http.MethodGet, "/event-types/{type}", "get-event-type", "One event type with its properties", s.getType,
		about("Properties are counted in a sample of frequent types; their counts stand for all events."))
	add(r, reader, http.MethodGet, "/ingest-faults", "list-ingest-faults", "Calls and rows that were refused, newest first", s.listFaults)
	add(r, reader, http.MethodGet, "/ingest-fault-counts", "count-ingest-faults", "How often each source met each fault", s.countFaults)
	add(r, reader, http.MethodGet, "/conflicts", "list-conflicts", "Accepted calls that contradict what is known, newest first", s.listConflicts)
	add(r, reader, http.MethodGet, "/imports", "list-imports", "Files taken in, newest first", s.listImports)
	add(r, admin, http.MethodGet, "/audit", "list-audit", "Changes that people and keys made, newest first", s.listAudit)
}

// Status is a summary for people; /metrics has the figures.
type Status struct {
	Version    string   `json:"version"`
	AsOf       Time     `json:"as_of"`
	Live       bool     `json:"live" doc:"On the wall clock; before that the store takes an initial load"`
	Zone       string   `json:"zone" example:"Asia/Shanghai"`
	Customers  int64    `json:"customers"`
	Generation uint32   `json:"generation" doc:"Newest published; 0 for none"`
	Settling   *float64 `json:"settling,omitempty" doc:"How far the newest generation has come, 0 to 1"`
}

type statusOut struct{ Body Status }

func (s *server) getStatus(context.Context, *struct{}) (*statusOut, error) {
	out := &statusOut{Status{
		Version: s.Version, AsOf: timeOf(s.Engine.Now()), Live: s.Engine.Live(), Zone: s.Definitions.Zone().String(),
		Customers: s.Ledger.Stats().Customers, Generation: s.Definitions.Library().Generation,
	}}
	if share, settling := s.Publisher.Settling(); settling {
		out.Body.Settling = &share
	}
	return out, nil
}

// Deadline is the next instant at which one customer's tags may change by time alone.
type Deadline struct {
	Customer string    `json:"customer"`
	At       Time      `json:"at"`
	Tags     []HeldTag `json:"tags" nullable:"false" doc:"Tags held now that may go then"`
}

type deadlinesIn struct {
	Limit int `query:"limit" minimum:"1" maximum:"200" default:"20"`
}

type deadlinesOut struct{ Body Page[Deadline] }

func (s *server) listDeadlines(ctx context.Context, in *deadlinesIn) (*deadlinesOut, error) {
	due, err := s.Engine.Upcoming(ctx, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &deadlinesOut{Page[Deadline]{Items: []Deadline{}}}
	for _, d := range due {
		view, err := s.Engine.View(ctx, d.Customer)
		if err != nil {
			return nil, err
		}
		item, err := s.deadline(ctx, d, view)
		if err != nil {
			return nil, err
		}
		out.Body.Items = append(out.Body.Items, item)
	}
	return out, nil
}

// deadline keeps of a view what may change at its next deadline, which may be later than the row's.
func (s *server) deadline(ctx context.Context, d engine.Due, view engine.View) (Deadline, error) {
	at := max(d.At, view.Deadline)
	going := view
	going.Tags = nil
	for _, h := range view.Tags {
		if h.Next <= at {
			going.Tags = append(going.Tags, h)
		}
	}
	tags, err := s.heldTags(ctx, going)
	return Deadline{Customer: d.Customer.String(), At: deadlineOf(at), Tags: tags}, err
}

// EventType is a type that arrived.
type EventType struct {
	Type       string          `json:"type" example:"order.paid"`
	Count      int64           `json:"count"`
	First      Time            `json:"first" doc:"Earliest arrival"`
	Last       Time            `json:"last" doc:"Latest arrival"`
	Properties []EventProperty `json:"properties,omitempty" doc:"Only where one type is asked for"`
}

// EventProperty is a property path of a type.
type EventProperty struct {
	Path    string           `json:"path" example:"items[].sku"`
	Count   int64            `json:"count"`
	Kinds   map[string]int64 `json:"kinds" doc:"How often it was of each JSON type"`
	Samples []SampleValue    `json:"samples" nullable:"false" doc:"Frequent values; their counts are lower bounds"`
}

// SampleValue is a value that was seen.
type SampleValue struct {
	Value string `json:"value"`
	Count int64  `json:"count"`
}

type typesOut struct{ Body Page[EventType] }

func typeOf(t catalog.SeenType) EventType {
	return EventType{Type: t.Type, Count: t.Count, First: timeOf(t.First), Last: timeOf(t.Last)}
}

func (s *server) listTypes(ctx context.Context, _ *struct{}) (*typesOut, error) {
	types, err := s.Catalog.SeenTypes(ctx)
	out := &typesOut{Page[EventType]{Items: []EventType{}}}
	for _, t := range types {
		out.Body.Items = append(out.Body.Items, typeOf(t))
	}
	return out, err
}

type typeIn struct {
	Type string `path:"type"`
}

type typeOut struct{ Body EventType }

func (s *server) getType(ctx context.Context, in *typeIn) (*typeOut, error) {
	types, err := s.Catalog.SeenTypes(ctx)
	if err != nil {
		return nil, err
	}
	for _, t := range types {
		if t.Type != in.Type {
			continue
		}
		out := &typeOut{typeOf(t)}
		props, err := s.Catalog.SeenProperties(ctx, in.Type)
		for _, p := range props {
			w := EventProperty{Path: p.Path, Count: p.Count, Kinds: p.Kinds, Samples: []SampleValue{}}
			for _, v := range p.Samples {
				w.Samples = append(w.Samples, SampleValue(v))
			}
			out.Body.Properties = append(out.Body.Properties, w)
		}
		return out, err
	}
	return nil, fault.NotFound("http.event_type_unknown", "type", in.Type)
}

// IngestFault is a call, event or row that was refused.
type IngestFault struct {
	ID     string `json:"id"`
	At     Time   `json:"at"`
	Source string `json:"source"`
	Code   string `json:"code"`
	Text   string `json:"text"`
	Place  string `json:"place,omitempty"`
	Sample string `json:"sample,omitempty" doc:"The beginning of what was refused"`
}

type faultsIn struct {
	Paging
	Source string `query:"source"`
	Code   string `query:"code"`
}

// catalogPage asks the catalog for one row more than a page has.
func (p *Paging) catalogPage(kind string) (catalog.Page, error) {
	page := catalog.Page{Limit: p.Limit + 1}
	return page, readCursor(p.Cursor, kind, &page.Before)
}

func (s *server) listFaults(ctx context.Context, in *faultsIn) (*pageOut[IngestFault], error) {
	page, err := in.catalogPage("faults")
	if err != nil {
		return nil, err
	}
	rows, err := s.Catalog.Faults(ctx, catalog.FaultFilter{Source: in.Source, Code: in.Code}, page)
	if err != nil {
		return nil, err
	}
	return mapPage(rows, in.Limit, func(f catalog.Fault) string { return cursorOf("faults", f.ID) }, func(f catalog.Fault) IngestFault {
		return IngestFault{ID: longID(f.ID), At: timeOf(f.At), Source: f.Source, Code: f.Code, Text: f.Text, Place: f.Place, Sample: f.Sample}
	}), nil
}

// mapPage cuts a page and writes its rows for the wire.
func mapPage[R, W any](rows []R, limit int, next func(R) string, wire func(R) W) *pageOut[W] {
	cut := pageOf(rows, limit, next)
	out := &pageOut[W]{Page[W]{Items: make([]W, len(cut.Items)), NextCursor: cut.NextCursor}}
	for i, r := range cut.Items {
		out.Body.Items[i] = wire(r)
	}
	return out
}

func longID(id int64) string { return strconv.FormatInt(id, 10) }

// FaultCount is how often a source met a fault.
type FaultCount struct {
	Source string `json:"source"`
	Code   string `json:"code"`
	Count  int64  `json:"count"`
	Last   Time   `json:"last"`
}

type faultCountsOut struct{ Body Page[FaultCount] }

func (s *server) countFaults(ctx context.Context, _ *struct{}) (*faultCountsOut, error) {
	rows, err := s.Catalog.FaultCounts(ctx)
	out := &faultCountsOut{Page[FaultCount]{Items: []FaultCount{}}}
	for _, c := range rows {
		out.Body.Items = append(out.Body.Items, FaultCount{c.Source, c.Code, c.Count, timeOf(c.Last)})
	}
	return out, err
}

// Conflict is something accepted that a person should look at.
type Conflict struct {
	ID       string `json:"id"`
	Kind     string `json:"kind" enum:"identity,repeat" doc:"identity: a call names one customer by an identity of another; repeat: a message id came again with other content"`
	Code     string `json:"code"`
	Source   string `json:"source"`
	Key      string `json:"key" doc:"The identity as kind:value, or the message id"`
	Customer string `json:"customer,omitempty" doc:"For whom it was accepted"`
	Other    string `json:"other,omitempty" doc:"Whom it might have meant"`
	Detail   string `json:"detail,omitempty"`
	Count    int64  `json:"count"`
	First    Time   `json:"first"`
	Last     Time   `json:"last"`
}

type conflictsIn struct {
	Paging
	Kind string `query:"kind" enum:"identity,repeat"`
}

func (s *server) listConflicts(ctx context.Context, in *conflictsIn) (*pageOut[Conflict], error) {
	page, err := in.catalogPage("conflicts")
	if err != nil {
		return nil, err
	}
	rows, err := s.Catalog.Conflicts(ctx, catalog.ConflictKind(in.Kind), page)
	if err != nil {
		return nil, err
	}
	return mapPage(rows, in.Limit, func(c catalog.Conflict) string { return cursorOf("conflicts", c.ID) }, func(c catalog.Conflict) Conflict {
		return Conflict{
			ID: longID(c.ID), Kind: string(c.Kind), Code: c.Code, Source: c.Source, Key: c.Key, Customer: optionalID(c.Customer),
			Other: optionalID(c.Other), Detail: c.Detail, Count: c.Count, First: timeOf(c.First), Last: timeOf(c.Last),
		}
	}), nil
}

func optionalID(id customer.ID) string {
	if id == 0 {
		return ""
	}
	return id.String()
}

// Import is one file taken in.
type Import struct {
	ID       string `json:"id"`
	File     string `json:"file"`
	Source   string `json:"source"`
	State    string `json:"state" enum:"running,done,failed,stopped"`
	Rows     int64  `json:"rows" doc:"Read so far"`
	Accepted int64  `json:"accepted"`
	Repeated int64  `json:"repeated"`
	Refused  int64  `json:"refused"`
	Error    string `json:"error,omitempty"`
	Started  Time   `json:"started"`
	Updated  Time   `json:"updated"`
}

type pagingIn struct{ Paging }

func (s *server) listImports(ctx context.Context, in *pagingIn) (*pageOut[Import], error) {
	page, err := in.catalogPage("imports")
	if err != nil {
		return nil, err
	}
	rows, err := s.Catalog.Imports(ctx, page)
	if err != nil {
		return nil, err
	}
	return mapPage(rows, in.Limit, func(m catalog.Import) string { return cursorOf("imports", m.ID) }, func(m catalog.Import) Import {
		return Import{
			ID: longID(m.ID), File: m.File, Source: m.Source, State: string(m.State), Rows: m.Row, Accepted: m.Accepted,
			Repeated: m.Repeated, Refused: m.Refused, Error: m.Error, Started: timeOf(m.Started), Updated: timeOf(m.Updated),
		}
	}), nil
}

// AuditEntry is one change that somebody made.
type AuditEntry struct {
	ID     string `json:"id"`
	At     Time   `json:"at"`
	Actor  string `json:"actor"`
	Action string `json:"action" example:"rule.publish"`
	Object string `json:"object"`
	Detail string `json:"detail,omitempty"`
}

func (s *server) listAudit(ctx context.Context, in *pagingIn) (*pageOut[AuditEntry], error) {
	page, err := in.catalogPage("audit")
	if err != nil {
		return nil, err
	}
	rows, err := s.Catalog.AuditLog(ctx, page)
	if err != nil {
		return nil, err
	}
	return mapPage(rows, in.Limit, func(e catalog.AuditEntry) string { return cursorOf("audit", e.ID) }, func(e catalog.AuditEntry) AuditEntry {
		return AuditEntry{ID: longID(e.ID), At: timeOf(e.At), Actor: e.Actor, Action: e.Action, Object: e.Object, Detail: e.Detail}
	}), nil
}

var _ = fault.Register(fault.Messages{
	"http.event_type_unknown": {ZH: "没有收到过事件 {type}", EN: "no event of type {type} has arrived"},
})
