package segment

import (
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/value"
)

// Kind is what a call says. The zero Kind is none.
type Kind string

// The kinds of calls.
const (
	Track    Kind = "track"    // something happened
	Identify Kind = "identify" // attributes of the customer, and the link between two ids
	Alias    Kind = "alias"    // two ids are one customer
	Page     Kind = "page"     // a page was viewed
	Screen   Kind = "screen"   // a screen of an app was viewed
	Group    Kind = "group"    // the customer belongs to a company or group
)

// Event types of the calls that bring no name of their own.
const (
	PageViewed   = "page.viewed"
	ScreenViewed = "screen.viewed"
	GroupJoined  = "group.joined"
)

// SkewKey is the member of the context that keeps the correction of the sender's clock: the
// milliseconds added to its time. Absent where nothing was corrected.
const SkewKey = "clock_skew_ms"

// Call is one accepted call. Its texts and values share the memory of the request's body.
type Call struct {
	Kind        Kind
	MessageID   string // never empty: derived from the content where the sender gave none
	UserID      string // "" where the call has none; likewise the ids below
	AnonymousID string
	PreviousID  string // alias: the id until now
	GroupID     string // group
	Name        string // track: the event; page, screen: their name or ""
	Time        int64  // when it happened, Unix milliseconds, corrected
	Skew        int64  // milliseconds that the correction added to the sender's time, mostly 0
	Props       value.Value
	Traits      value.Value // identify, group
	Context     value.Value // with the batch's context where the call's own has no such member
	Index       int         // place in the batch, from 0
}

// Keys are the identities of the call, the strongest first. The previous id of an alias is not
// among them: it says who somebody was, and may be of either kind.
func (c *Call) Keys() []customer.Key {
	keys := make([]customer.Key, 0, 2)
	if c.UserID != "" {
		keys = append(keys, customer.Key{Kind: customer.UserID, Value: c.UserID})
	}
	if c.AnonymousID != "" {
		keys = append(keys, customer.Key{Kind: customer.AnonymousID, Value: c.AnonymousID})
	}
	return keys
}

// Event is what the call says as an event of the customer; ok is false for an alias, which
// only links identities. Received, Arrival and Unit are left to the engine.
func (c *Call) Event(source string) (e event.Event, ok bool) {
	e = event.Event{Time: c.Time, Source: source, ID: c.MessageID, Props: c.Props, Context: c.context()}
	switch c.Kind {
	case Track:
		e.Type = c.Name
	case Identify:
		e.Type, e.Props = event.Identify, c.Traits
	case Page:
		e.Type = PageViewed
	case Screen:
		e.Type = ScreenViewed
	case Group:
		e.Type = GroupJoined
		e.Props = withMember(c.Traits, "group_id", value.NewText(c.GroupID))
	default:
		return event.Event{}, false
	}
	if e.Props.Kind() != value.Object {
		e.Props = value.NewObject()
	}
	return e, true
}

// context is the context as the event keeps it.
func (c *Call) context() value.Value {
	if c.Skew == 0 {
		return c.Context
	}
	return withMember(c.Context, SkewKey, value.NewInt(c.Skew))
}

// withMember is the object with one member more, which wins over one of that key. What is no
// object counts as an empty one.
func withMember(object value.Value, key string, v value.Value) value.Value {
	fields := make([]value.Field, 0, object.Len()+1)
	if object.Kind() == value.Object {
		for _, f := range object.Fields() {
			if f.Key != key {
				fields = append(fields, f)
			}
		}
	}
	return value.NewObject(append(fields, value.Field{Key: key, Val: v})...)
}

// Refusal is a call that was not accepted.
type Refusal struct {
	Index     int    // place in the batch, from 0
	Kind      Kind   // as far as known
	MessageID string // as sent, "" where it was missing
	Name      string // the event of a track call
	Raw       string // the call as sent, at most MaxCall bytes; shares the memory of the body
	Err       error  // a *fault.Error
}

// Batch is what one request says. Calls and Refusals are valid until the Decoder that made them
// is used again.
type Batch struct {
	WriteKey string // of the body, "" where it has none
	SentAt   int64  // by the sender's clock, 0 where it is not said
	Calls    []Call
	Refusals []Refusal
}
