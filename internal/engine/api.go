package engine

import (
	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/tag"
)

// Input is what one call or file row says about one customer whose identity is resolved.
// Several inputs of one customer in one unit are evaluated together.
type Input struct {
	Customer customer.ID
	// Former are earlier owners of the call's identities: repeats may have been taken there.
	Former []customer.ID
	// Keys are the identities of the call that belong to Customer; the engine records those it does not know yet.
	Keys []customer.Key
	// Lost are identities that moved to another customer and no longer belong to this one.
	Lost []customer.Key
	// Events with Type, Time, Source, ID, Props, Context (RawType, Raw) set; Received, Arrival and Unit are the engine's.
	Events []event.Event
}

// Receipt says what became of a unit. A conflict is a repeated id with other content.
type Receipt struct {
	Accepted, Repeated, Conflicts int
	// Marks are the log positions after the unit per slot written: a read may wait for them.
	Marks   []Mark
	Changes int // tag changes written
}

// Mark is a position in a slot's change log.
type Mark struct {
	Slot customer.Slot
	Seq  uint64
}

// Held is one tag a customer holds.
type Held struct {
	Tag   tag.ID
	At    int64 // tagged at, Unix milliseconds
	Since int64 // condition true since
	Cause change.Cause
	Next  int64 // the earliest instant at which the rule's answer may change by time alone; expr.Never for none
}

// View is one customer at the engine's present instant, due deadlines applied.
type View struct {
	Customer   customer.ID
	At         int64 // instant of the view
	Identities []customer.Key
	Strong     bool
	Tags       []Held
	Deadline   int64 // earliest next over all rules, expr.Never for none
	Arrivals   uint32
	// Error is set while the customer's evaluation fails; its events are kept, unevaluated.
	Error string
}

// The engine's methods:
//
//	func Open(ctx context.Context, o Options) (*Engine, error)
//	  Options{Ledger ledger.Store; Clock clock.Clock; Program *rule.Program; Shards int; Latency time.Duration; Log *slog.Logger; EventClock bool}
//	func (e *Engine) Submit(ctx, unit []Input) (Receipt, error)            // durable when it returns; live clock
//	func (e *Engine) SubmitAsync(unit []Input, done func(Receipt, error))  // done runs after durability, on another goroutine; must not block
//	func (e *Engine) StepAsync(at int64, unit []Input, done …)             // initial load: clock moves to at (never back), deadlines before are applied in order of time
//	func (e *Engine) AdvanceTo(ctx, at int64) error                        // event clock: apply all deadlines ≤ at
//	func (e *Engine) Now() int64
//	func (e *Engine) GoLive(ctx) error                                     // recorded one-way switch from event clock to wall clock
//	func (e *Engine) Live() bool
//	func (e *Engine) Publish(ctx, p *rule.Program, progress func(done, total int64)) error
//	func (e *Engine) View(ctx, id customer.ID) (View, error)
//	func (e *Engine) Explain(ctx, id customer.ID, t tag.ID) (*expr.Explanation, error)
//	func (e *Engine) Metric(ctx, id customer.ID, name string) (value.Num, bool, error)
//	func (e *Engine) Attributes(ctx, id) (value.Value, error)              // from events, as of now
//	func (e *Engine) Retry(ctx, id) error                                  // evaluate an unevaluated customer again
//	func (e *Engine) Upcoming(n int) []Due                                 // the next n timer rows: what lapses next
//	func (e *Engine) Stats() Stats                                         // lag, deadlines fired/idle, evaluations, queue depths
//	func (e *Engine) Close(ctx) error                                      // graceful: drains, flushes
