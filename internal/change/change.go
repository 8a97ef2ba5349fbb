package change

import (
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/tag"
)

// Kind is what a row is about.
type Kind uint8

// The kinds of rows.
const (
	// Created: the customer became known (first accepted event).
	Created Kind = 1 + iota
	// TagAdded and TagRemoved: the membership of one tag changed.
	TagAdded
	TagRemoved
	// Identified: the customer got its first strong identity.
	Identified
	// Reached: a generation of definitions reached this slot (Customer is 0) or, with a
	// Customer, that customer was decided anew by hand after an evaluation that failed.
	Reached
	// Merged, Unmerged, Deleted belong to the life of a customer.
	Merged
	Unmerged
	Deleted
	// ValueSet: an indexed attribute or metric changed.
	ValueSet
)

// CauseKind is who or what made a change.
type CauseKind uint8

// The causes of changes.
const (
	// ByEvent: events of the unit made the rule's condition flip; Arrival is the newest.
	ByEvent CauseKind = 1 + iota
	// ByDeadline: the condition lapsed or came true by time alone.
	ByDeadline
	// ByPublish: a version of the definitions was published.
	ByPublish
	// ByStatement: a hand, an import or the platform stated it; Arrival is the statement event.
	ByStatement
	// ByTag: another tag of the customer changed in the same commit; Tag is that tag.
	ByTag
	// ByIdentity: the customer entered the population by a strong identity.
	ByIdentity
)

// Cause is why a row was written.
type Cause struct {
	Kind    CauseKind
	Rule    uint32 // rule id; 0 where no rule acted
	Version uint32 // version of that rule
	Arrival uint32 // arrival number of the deciding event of this customer, 0 for none
	Tag     tag.ID // with ByTag
	Actor   string // staff, key or file that stated it
}

// Row is one change. Times are Unix milliseconds.
type Row struct {
	Slot     customer.Slot
	Seq      uint64 // dense within the slot, from 1
	Customer customer.ID
	Kind     Kind
	Tag      tag.ID
	At       int64 // instant from which the change holds
	Recorded int64 // instant of the commit
	// Since is the instant from which the condition is true where that differs from At
	// (publish), else equal to At.
	Since  int64
	LateBy int64 // how late the deciding event came, 0 when it was not late
	Gen    uint32
	Cause  Cause
}
