package scenario

import (
	"context"

	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/rule"
	"github.com/earmarkhq/earmark/internal/tag"
	"github.com/earmarkhq/earmark/internal/value"
)

// Target is what a scenario is played on. Instants are Unix milliseconds and never go back from
// one call to the next. A Target is used by one goroutine and for one scenario.
type Target interface {
	// Publish puts definitions into force at an instant, after the deadlines up to it.
	Publish(ctx context.Context, at int64, p *rule.Program) error
	// Apply takes one request at an instant, after the deadlines before it.
	Apply(ctx context.Context, at int64, unit []Act) (Receipt, error)
	// Advance applies the deadlines up to and including an instant, each at its own.
	Advance(ctx context.Context, at int64) error

	// Find is the customer that an identity belongs to.
	Find(ctx context.Context, key customer.Key) (id customer.ID, ok bool, err error)
	// Customers are all customers with their identities, in order of appearance.
	Customers(ctx context.Context) ([]Person, error)
	// Tags are the tags that a customer holds now.
	Tags(ctx context.Context, id customer.ID) ([]tag.ID, error)
	// Log is every change of a customer's tags so far, in order.
	Log(ctx context.Context, id customer.ID) ([]Move, error)
	// Next is the customer's earliest deadline, expr.Never for none.
	Next(ctx context.Context, id customer.ID) (int64, error)
	// Metric is a named metric of a customer now; ok is false when it is absent.
	Metric(ctx context.Context, id customer.ID, name string) (v value.Num, ok bool, err error)
	// Why is the explanation of a tag, held or not, line by line; nil without one.
	Why(ctx context.Context, id customer.ID, t tag.ID) ([]expr.Words, error)

	Close(ctx context.Context) error
}

// Receipt says what became of the events of a request.
type Receipt struct{ Accepted, Repeated, Conflicts int }

// Person is a customer with the identities that are known.
type Person struct {
	ID   customer.ID
	Keys []customer.Key
}

// Move is one change of a customer's tags.
type Move struct {
	Tag          tag.ID
	Entered      bool
	At, Recorded int64
}
