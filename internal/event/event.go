package event

import "github.com/earmarkhq/earmark/internal/value"

// Reserved event types. Everything that happens to a customer is an event; these carry what
// calls and hands state about the customer. Names that begin with $ are the product's own.
const (
	// Identify carries attributes: Props has the top-level keys of the update; null removes.
	Identify = "$identify"
	// Statement is a hand's or import's statement about a tag: Props tag (tag id as text),
	// present (bool), until (epoch milliseconds, optional), by (hand, import, platform, …), actor.
	Statement = "$statement"
	// Identity records that an identity belongs to the customer (or no longer does): Props kind,
	// value, present (bool). The engine writes it where a call shows an identity for the first time.
	Identity = "$identity"
	// FollowAdded and FollowLost are the relation of a staff member (Props staff) and the
	// customer; FollowAdded may have add_way and state, FollowLost by (staff or customer).
	FollowAdded = "follow.added"
	FollowLost  = "follow.lost"
	// MessageReceived is a message of the customer to a staff member (Props staff).
	MessageReceived = "message.received"
)

// Event is one immutable fact about one customer. Times are Unix milliseconds UTC.
type Event struct {
	Type    string // canonical type, "order.paid"
	RawType string // the name as sent where an alias renamed it; else empty
	Time    int64  // when it happened (clock skew corrected)
	// Received is the instant at which the engine accepted it: the instant of its unit.
	Received int64
	Source   string // source it came from; with ID the idempotency key
	ID       string // message id, never empty once accepted
	Props    value.Value
	Context  value.Value
	// Raw holds what an alias mapping replaced: the properties as sent; Null where Props is.
	Raw value.Value
	// Arrival numbers a customer's events densely from 1 in order of acceptance; Unit
	// numbers its units densely from 1: events of one request share it. Set by the engine.
	Arrival uint32
	Unit    uint32
}
