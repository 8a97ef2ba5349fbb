package catalog

import (
	"context"

	"github.com/earmarkhq/earmark/internal/customer"
)

// Bounds of what is kept for people to look at.
const (
	MaxFaults     = 10000 // the newest ones; their counts are kept for ever
	MaxFaultBytes = 2048  // of a sample
	MaxConflicts  = 10000 // the ones met last
)

// Fault is a call, event or row that was refused.
type Fault struct {
	ID     int64
	At     int64
	Source string
	Code   string // of the fault.Error
	Text   string // its sentence, in the tenant's language or English
	Place  string // path, file and row, as far as known
	Sample string // the beginning of what was refused, cut to MaxFaultBytes
}

// FaultCount is how often a source met a code.
type FaultCount struct {
	Source string
	Code   string
	Count  int64
	Last   int64
}

// FaultFilter chooses faults; "" is any.
type FaultFilter struct {
	Source string
	Code   string
}

// ConflictKind says what contradicts what.
type ConflictKind string

// The kinds of conflicts.
const (
	IdentityConflict ConflictKind = "identity" // an identity that was not given to the customer
	RepeatConflict   ConflictKind = "repeat"   // a message id again with other content
)

// Conflict is something accepted that a person should look at. Equal ones (all but counts,
// times and Detail) are one row.
type Conflict struct {
	ID       int64
	Kind     ConflictKind
	Code     string
	Source   string
	Key      string      // the identity as kind:value, or the message id
	Customer customer.ID // for whom it was accepted
	Other    customer.ID // whom it might have meant; 0 for none
	Detail   string      // of the newest
	Count    int64       // when added, 0 counts as 1
	First    int64
	Last     int64
}

// Notices are refused calls and conflicts.
type Notices interface {
	AddFaults(ctx context.Context, faults []Fault) error
	Faults(ctx context.Context, f FaultFilter, p Page) ([]Fault, error)
	FaultCounts(ctx context.Context) ([]FaultCount, error) // by source and code
	AddConflicts(ctx context.Context, conflicts []Conflict) error
	// Conflicts lists them by ID, newest first; kind "" is any.
	Conflicts(ctx context.Context, kind ConflictKind, p Page) ([]Conflict, error)
}

// AuditEntry is one change that somebody made.
type AuditEntry struct {
	ID     int64
	At     int64
	Actor  string
	Action string // "tag.create", "rule.publish", …
	Object string // what it was done to, "tag 12"
	Detail string // JSON of what was written, without secrets
}

// Audit is the list of changes. Methods that take a By write it.
type Audit interface {
	AuditLog(ctx context.Context, p Page) ([]AuditEntry, error)
	// Record adds an entry for a change that was made elsewhere (going live, an undo).
	Record(ctx context.Context, by By, action, object, detail string) error
}
