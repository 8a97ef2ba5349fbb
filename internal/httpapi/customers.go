package httpapi

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/engine"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/ledger"
)

// Identity is one key of a customer.
type Identity struct {
	Kind   string `json:"kind" example:"user_id"`
	Value  string `json:"value" example:"17850"`
	Strong bool   `json:"strong" doc:"Proves who the customer is; browsers and devices do not"`
}

// CustomerSummary is a customer in a list.
type CustomerSummary struct {
	ID         string     `json:"id" example:"1042"`
	FirstSeen  Time       `json:"first_seen"`
	Known      bool       `json:"known" doc:"Has a strong identity; others are members only of rules that include anonymous ones"`
	Identities []Identity `json:"identities" nullable:"false"`
	Tags       []TagRef   `json:"tags" nullable:"false"`
}

// HeldTag is a tag that a customer has, and why.
type HeldTag struct {
	TagRef
	TaggedAt    Time  `json:"tagged_at" doc:"Since when the customer has it"`
	Since       Time  `json:"since" doc:"Since when its condition is true; earlier than tagged_at where a rule was published later"`
	MayChangeAt Time  `json:"may_change_at,omitempty" doc:"The earliest instant at which it may go by time alone; absent where only something new can take it away"`
	Cause       Cause `json:"cause"`
}

// Customer is all that is known of one.
type Customer struct {
	ID           string     `json:"id"`
	AsOf         Time       `json:"as_of" doc:"The instant this answer is true at; everything due by then is applied"`
	FirstSeen    Time       `json:"first_seen"`
	Known        bool       `json:"known" doc:"Has a strong identity"`
	Identities   []Identity `json:"identities" nullable:"false"`
	Tags         []HeldTag  `json:"tags" nullable:"false"`
	Attributes   JSON       `json:"attributes" doc:"Newest value of each attribute"`
	Events       uint32     `json:"events" doc:"Accepted so far"`
	NextDeadline Time       `json:"next_deadline,omitempty" doc:"The earliest instant at which any tag may change by time alone"`
	Unevaluated  string     `json:"unevaluated,omitempty" doc:"Why the newest events could not be evaluated; they are kept"`
}

func (s *server) customers(r *routes) {
	add(r, reader, http.MethodGet, "/customers", "list-customers", "List customers, or find them by an identity", s.listCustomers,
		about("In no particular but stable order. With identity=kind:value, the customer of that identity or none; with q, those with an identity that begins so."))
	add(r, reader, http.MethodGet, "/customers/{id}", "get-customer", "One customer with tags and reasons", s.getCustomer)
	add(r, reader, http.MethodGet, "/customers/{id}/timeline", "get-timeline", "Events and changes of tags, newest first", s.getTimeline)
	add(r, reader, http.MethodGet, "/customers/{id}/history", "get-history", "Tags as they were at an instant, and how they came about", s.getHistory,
		about("as_of is an instant of the customer's time, known_at one of the store's: what had been recorded by then. Both default to now."))
	add(r, reader, http.MethodGet, "/customers/{id}/explain", "explain-tag", "Why a customer has a tag, or has it not", s.explain)
	add(r, reader, http.MethodGet, "/customers/{id}/metrics", "get-metrics", "Named metrics of a customer", s.getMetrics)
	add(r, editor, http.MethodPost, "/customers/{id}/tags", "state-tag", "State a tag by hand", s.stateTag,
		about("Only stated tags take this; a tag kept by a rule answers 409. The newest statement by its time holds. With an Idempotency-Key, repeating the request states nothing twice."))
	add(r, editor, http.MethodPost, "/customers/{id}/retry", "retry-customer", "Evaluate again a customer whose evaluation failed", s.retryCustomer, status(http.StatusNoContent))
}

type listCustomersIn struct {
	Paging
	Identity string `query:"identity" maxLength:"512" example:"user_id:17850" doc:"kind:value"`
	Q        string `query:"q" maxLength:"255" doc:"Beginning of an identity's value"`
}

type pageOut[T any] struct{ Body Page[T] }

func (s *server) listCustomers(ctx context.Context, in *listCustomersIn) (*pageOut[CustomerSummary], error) {
	switch {
	case in.Identity != "":
		return s.findCustomer(ctx, in.Identity)
	case in.Q != "":
		return s.searchCustomers(ctx, in.Q, in.Limit)
	}
	var after customer.ID
	var place [2]uint64 // slot, id
	if err := readCursor(in.Cursor, "customers", &place); err != nil {
		return nil, err
	}
	slot := customer.Slot(min(place[0], customer.Slots))
	after = customer.ID(place[1])
	var rows []ledger.Customer
	for ; slot < customer.Slots && len(rows) <= in.Limit; slot++ {
		err := s.Ledger.Customers(ctx, slot, after, func(c ledger.Customer) error {
			rows = append(rows, c)
			if len(rows) > in.Limit {
				return errEnough
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			return nil, err
		}
		after = 0
	}
	page := pageOf(rows, in.Limit, func(c ledger.Customer) string {
		return cursorOf("customers", [2]uint64{uint64(c.ID.Slot()), uint64(c.ID)})
	})
	items, err := s.summaries(ctx, page.Items)
	return &pageOut[CustomerSummary]{Page[CustomerSummary]{items, page.NextCursor}}, err
}

// errEnough ends a walk that has what it needs.
var errEnough = errors.New("enough")

func (s *server) findCustomer(ctx context.Context, identity string) (*pageOut[CustomerSummary], error) {
	kind, val, ok := strings.Cut(identity, ":")
	if !ok || kind == "" || val == "" {
		return nil, fault.Invalid("http.identity", "value", identity).At("query.identity", 0, 0)
	}
	found, err := s.Ledger.Lookup(ctx, []customer.Key{{Kind: customer.Kind(kind), Value: val}})
	if err != nil {
		return nil, err
	}
	var rows []ledger.Customer
	for _, f := range found {
		c, ok, err := s.Ledger.Customer(ctx, f.Customer)
		if err != nil {
			return nil, err
		}
		if ok {
			rows = append(rows, c)
		}
	}
	items, err := s.summaries(ctx, rows)
	return &pageOut[CustomerSummary]{Page[CustomerSummary]{Items: items}}, err
}

func (s *server) searchCustomers(ctx context.Context, prefix string, limit int) (*pageOut[CustomerSummary], error) {
	var rows []ledger.Customer
	seen := map[customer.ID]bool{}
	err := s.Ledger.SearchIdentities(ctx, prefix, limit, func(_ customer.Key, id customer.ID) error {
		if seen[id] {
			return nil
		}
		seen[id] = true
		c, ok, err := s.Ledger.Customer(ctx, id)
		if ok {
			rows = append(rows, c)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	items, err := s.summaries(ctx, rows)
	return &pageOut[CustomerSummary]{Page[CustomerSummary]{Items: items}}, err
}

func (s *server) summaries(ctx context.Context, rows []ledger.Customer) ([]CustomerSummary, error) {
	v := s.vocabulary(ctx)
	out := make([]CustomerSummary, 0, len(rows))
	for _, row := range rows {
		view, err := s.Engine.View(ctx, row.ID)
		if err != nil {
			return nil, err
		}
		c := CustomerSummary{ID: row.ID.String(), FirstSeen: timeOf(row.Created), Known: view.Strong, Identities: identitiesOf(view), Tags: []TagRef{}}
		for _, h := range view.Tags {
			c.Tags = append(c.Tags, v.tagRef(h.Tag))
		}
		out = append(out, c)
	}
	return out, nil
}

func identitiesOf(view engine.View) []Identity {
	out := make([]Identity, len(view.Identities))
	for i, k := range view.Identities {
		out[i] = Identity{Kind: string(k.Kind), Value: k.Value, Strong: k.Kind.Strong()}
	}
	return out
}

// CustomerPath is the part of a request that names a customer.
type CustomerPath struct {
	ID string `path:"id" doc:"Id of the customer"`
}

type customerOut struct{ Body Customer }

func (s *server) getCustomer(ctx context.Context, in *CustomerPath) (*customerOut, error) {
	id, err := customerID(in.ID)
	if err != nil {
		return nil, err
	}
	view, err := s.Engine.View(ctx, id)
	if err != nil {
		return nil, err
	}
	row, _, err := s.Ledger.Customer(ctx, id)
	if err != nil {
		return nil, err
	}
	attrs, err := s.Engine.Attributes(ctx, id)
	if err != nil {
		return nil, err
	}
	tags, err := s.heldTags(ctx, view)
	if err != nil {
		return nil, err
	}
	return &customerOut{Customer{
		ID: in.ID, AsOf: timeOf(view.At), FirstSeen: timeOf(row.Created), Known: view.Strong, Identities: identitiesOf(view),
		Tags: tags, Attributes: JSON{attrs}, Events: view.Arrivals, NextDeadline: deadlineOf(view.Deadline), Unevaluated: view.Error,
	}}, nil
}

// heldTags tells the tags of a view with the events that decided them.
func (s *server) heldTags(ctx context.Context, view engine.View) ([]HeldTag, error) {
	v := s.vocabulary(ctx)
	var causes []change.Cause
	for _, h := range view.Tags {
		causes = append(causes, h.Cause)
	}
	facts, err := s.deciding(ctx, view.Customer, causes)
	if err != nil {
		return nil, err
	}
	out := make([]HeldTag, 0, len(view.Tags))
	for _, h := range view.Tags {
		out = append(out, HeldTag{
			TagRef: v.tagRef(h.Tag), TaggedAt: timeOf(h.At), Since: timeOf(h.Since), MayChangeAt: deadlineOf(h.Next),
			Cause: v.cause(h.Cause, facts[h.Cause.Arrival]),
		})
	}
	return out, nil
}

// eventsByArrival are events of one customer by their arrival number.
type eventsByArrival map[uint32]*event.Event

// deciding finds the events that causes name, by their arrival. It reads all events of the customer
// where there is anything to find: the ledger has no order by arrival.
func (s *server) deciding(ctx context.Context, id customer.ID, causes []change.Cause) (eventsByArrival, error) {
	want := eventsByArrival{}
	for _, c := range causes {
		if c.Arrival != 0 {
			want[c.Arrival] = nil
		}
	}
	if len(want) == 0 {
		return want, nil
	}
	left := len(want)
	err := s.Ledger.Events(ctx, id, minTime, maxTime, func(ev *event.Event) error {
		if known, asked := want[ev.Arrival]; asked && known == nil {
			kept := *ev
			kept.Props, kept.Context, kept.Raw = ev.Props.Clone(), ev.Context.Clone(), ev.Raw.Clone()
			want[ev.Arrival] = &kept
			if left--; left == 0 {
				return errEnough
			}
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return want, err
}

// MetricValue is a named metric of one customer.
type MetricValue struct {
	Name  string  `json:"name" example:"年净消费"`
	Value *string `json:"value" doc:"A decimal number as text; null where the metric is absent"`
}

type metricsOut struct{ Body Page[MetricValue] }

func (s *server) getMetrics(ctx context.Context, in *CustomerPath) (*metricsOut, error) {
	id, err := customerID(in.ID)
	if err != nil {
		return nil, err
	}
	if _, err := s.Engine.View(ctx, id); err != nil {
		return nil, err
	}
	out := &metricsOut{Page[MetricValue]{Items: []MetricValue{}}}
	for _, name := range slices.Sorted(maps.Keys(s.Engine.Program().Set.Metrics)) {
		num, ok, err := s.Engine.Metric(ctx, id, name)
		if err != nil {
			return nil, err
		}
		m := MetricValue{Name: name}
		if ok {
			text := num.String()
			m.Value = &text
		}
		out.Body.Items = append(out.Body.Items, m)
	}
	return out, nil
}

var _ = fault.Register(fault.Messages{
	"http.identity": {ZH: "“{value}”不是身份，应写成 类别:值，例如 user_id:17850", EN: "\"{value}\" is no identity; write kind:value, such as user_id:17850"},
})
