package tag

import "strconv"

// ID names a tag of the tenant for ever; 0 is no tag. Ids are small and dense.
type ID uint32

// String is the wire form, decimal.
func (id ID) String() string { return strconv.FormatUint(uint64(id), 10) }

// ParseID reads the wire form.
func ParseID(s string) (ID, bool) {
	n, err := strconv.ParseUint(s, 10, 32)
	return ID(n), err == nil && n > 0
}

// GroupID names a tag group; 0 is no group.
type GroupID uint32

// Group is a dimension of tags. In a single-choice group a customer holds at most one.
type Group struct {
	ID     GroupID `json:"id"`
	Name   string  `json:"name"`
	Single bool    `json:"single"`
	Order  int     `json:"order"`
}

// Origin says who may write a tag.
type Origin string

// A derived tag is kept by exactly one rule; a stated one by statements.
const (
	Derived Origin = "derived"
	Stated  Origin = "stated"
)

// State is the life cycle of a tag.
type State string

// Life cycle of a tag: draft → trial → active → retired.
const (
	Draft   State = "draft"
	Trial   State = "trial"
	Active  State = "active"
	Retired State = "retired"
)

// Tag is a named statement about customers.
type Tag struct {
	ID     ID      `json:"id"`
	Group  GroupID `json:"group"`
	Name   string  `json:"name"`
	Order  int     `json:"order"`
	Origin Origin  `json:"origin"`
	State  State   `json:"state"`
}
