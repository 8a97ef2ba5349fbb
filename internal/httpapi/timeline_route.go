package httpapi

import (
	"context"
	"slices"

	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/fault"
)

type timelineIn struct {
	CustomerPath
	Paging
	Kind []string `query:"kind" doc:"event, tag, life; default: all, or event where a type is given. life: became known, got an identity" example:"event"`
	Type []string `query:"type" doc:"Event types, or prefixes that end with *; default: all" example:"order.*"`
}

// Moment is one line of a timeline: an event or a change.
type Moment struct {
	Kind   string  `json:"kind" enum:"event,tag,life"`
	At     Time    `json:"at"`
	Event  *Event  `json:"event,omitempty" doc:"With kind event, and with kind life where an identity was given or taken"`
	Change *Change `json:"change,omitempty" doc:"With kind tag, else with kind life"`
}

// Event is one accepted fact.
type Event struct {
	Type       string `json:"type" example:"order.paid"`
	RawType    string `json:"raw_type,omitempty" doc:"The name as it was sent, where an alias changed it"`
	Time       Time   `json:"time" doc:"When it happened"`
	Received   Time   `json:"received" doc:"When it was accepted"`
	Source     string `json:"source"`
	ID         string `json:"id" doc:"Message id"`
	Properties JSON   `json:"properties"`
	Context    *JSON  `json:"context,omitempty"`
	Raw        *JSON  `json:"raw,omitempty" doc:"The properties as they were sent, where an alias changed them"`
	Future     bool   `json:"future,omitempty" doc:"Dated ahead of now: it does not count yet"`
}

func eventOf(ev *event.Event, now int64) *Event {
	out := &Event{
		Type: ev.Type, RawType: ev.RawType, Time: timeOf(ev.Time), Received: timeOf(ev.Received),
		Source: ev.Source, ID: ev.ID, Properties: JSON{ev.Props}, Future: ev.Time > now,
	}
	if !ev.Context.Absent() {
		out.Context = &JSON{ev.Context}
	}
	if !ev.Raw.Absent() {
		out.Raw = &JSON{ev.Raw}
	}
	return out
}

func (s *server) getTimeline(ctx context.Context, in *timelineIn) (*pageOut[Moment], error) {
	id, err := customerID(in.ID)
	if err != nil {
		return nil, err
	}
	w, err := in.want()
	if err != nil {
		return nil, err
	}
	before := newest
	if err := readCursor(in.Cursor, "timeline", &before); err != nil {
		return nil, err
	}
	view, err := s.Engine.View(ctx, id)
	if err != nil {
		return nil, err
	}
	found, err := timeline(ctx, s.Ledger, id, w, before, view.At, in.Limit+1)
	if err != nil {
		return nil, err
	}
	page := pageOf(found, in.Limit, func(last moment) string { return cursorOf("timeline", last.spot()) })
	items, err := s.moments(ctx, in.ID, page.Items, view.At)
	return &pageOut[Moment]{Page[Moment]{items, page.NextCursor}}, err
}

func (in *timelineIn) want() (want, error) {
	w := want{types: in.Type}
	for _, k := range in.Kind {
		switch k {
		case "event":
			w.events = true
		case "tag":
			w.tags = true
		case "life":
			w.life = true
		default:
			return w, fault.Invalid("http.timeline_kind", "value", k).At("query.kind", 0, 0)
		}
	}
	if len(in.Kind) == 0 {
		w.events, w.tags, w.life = true, len(in.Type) == 0, len(in.Type) == 0
	}
	return w, nil
}

func (s *server) moments(ctx context.Context, customer string, found []moment, now int64) ([]Moment, error) {
	id, err := customerID(customer)
	if err != nil {
		return nil, err
	}
	facts := eventsByArrival{}
	var missing []moment
	for _, m := range found {
		if m.ev != nil {
			facts[m.ev.Arrival] = m.ev
		}
	}
	for _, m := range found {
		if m.row != nil && m.row.Cause.Arrival != 0 && facts[m.row.Cause.Arrival] == nil {
			missing = append(missing, m)
		}
	}
	if len(missing) > 0 {
		more, err := s.deciding(ctx, id, causesOfMoments(missing))
		if err != nil {
			return nil, err
		}
		for n, ev := range more {
			facts[n] = ev
		}
	}
	v := s.vocabulary(ctx)
	out := make([]Moment, len(found))
	for i, m := range found {
		out[i] = v.moment(m, facts, now)
	}
	return out, nil
}

func (v *vocabulary) moment(m moment, facts eventsByArrival, now int64) Moment {
	if m.ev != nil && m.ev.Type == event.Identity {
		return Moment{Kind: "life", At: timeOf(m.at), Event: eventOf(m.ev, now)}
	}
	if m.ev != nil {
		return Moment{Kind: "event", At: timeOf(m.at), Event: eventOf(m.ev, now)}
	}
	c := v.change(*m.row, facts)
	kind := "life"
	if slices.Contains([]string{"tag_added", "tag_removed"}, c.Kind) {
		kind = "tag"
	}
	return Moment{Kind: kind, At: timeOf(m.at), Change: &c}
}

var _ = fault.Register(fault.Messages{
	"http.timeline_kind": {ZH: "“{value}”不在 event、tag、life 之中", EN: "\"{value}\" is none of event, tag, life"},
})
