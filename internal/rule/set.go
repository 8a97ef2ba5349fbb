package rule

import (
	"time"

	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/tag"
	"github.com/earmarkhq/earmark/internal/value"
)

// Set is one generation of definitions, resolved: every tag has its id, every rule its id
// and version. Build turns it into a Program.
type Set struct {
	// Gen numbers generations from 1; 0 is the empty set of a new store.
	Gen      uint32
	Zone     *time.Location
	Groups   []tag.Group
	Tags     []tag.Tag
	Rules    []Def
	Metrics  map[string]expr.Num
	Segments map[string]expr.Node
	Tables   map[string]Table
}

// Def is one rule of a set: a state rule (Tag and When) or a ladder.
type Def struct {
	ID      uint32
	Version uint32
	Name    string
	Tag     tag.ID
	When    expr.Node
	Ladder  *Ladder
	// Anonymous lets customers without a strong identity be members.
	Anonymous bool
}

// Ladder is an ordered single-choice group with first-match steps, see expr.Ladder.
type Ladder struct {
	Group       tag.GroupID
	Steps       []Step
	Keep        *expr.Duration
	DemoteWhen  expr.Node // nil: no demotion
	DemoteEvery *expr.Duration
}

// Step is one level of a ladder, best first.
type Step struct {
	Tag  tag.ID
	When expr.Node
}

// Table is a cut table given by hand: ascending bounds of a measure.
type Table struct {
	Bounds      []value.Dec
	RightClosed bool
}

// Tags returns the tags that the rule keeps.
func (d *Def) Tags() []tag.ID {
	if d.Ladder == nil {
		return []tag.ID{d.Tag}
	}
	ids := make([]tag.ID, len(d.Ladder.Steps))
	for i, s := range d.Ladder.Steps {
		ids[i] = s.Tag
	}
	return ids
}
