package expr

import (
	"time"

	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/tag"
	"github.com/earmarkhq/earmark/internal/value"
)

// Never is the next of an answer that can not change by time alone.
const Never int64 = 1<<63 - 1

// Entry is one match of an event (or of one of its list elements) in a stream.
type Entry struct {
	T    int64         // time of the event, Unix milliseconds
	Seq  uint32        // its arrival number, unique per event and customer
	Vals []value.Value // the stream's projected values; nil when it projects nothing
}

// Held is one tag of the customer as the engine keeps it.
type HeldTag struct {
	Tag   tag.ID
	At    int64  // tagged at
	Since int64  // condition true since
	SetBy string // "rule", "hand", "import", "platform"
}

// State is what one customer's evaluation reads. The engine owns and reuses it.
type State struct {
	Customer   customer.ID
	Identities []customer.Key
	Strong     bool
	// Streams by stream number of the Compiler, each sorted by (T, Seq).
	Streams [][]Entry
	// Partial[i] says that Streams[i] holds only the newest entries; Load returns all of them.
	Partial []bool
	Load    func(stream int) []Entry
	// First is the time of the customer's earliest event of any type, Never when there is none: where the
	// walk of a ladder begins.
	First int64
	// Tags held now, sorted by Tag.
	Tags []HeldTag
	// memo of shared leaves, see Reset.
	memo    []memo
	memoGen uint32
	scratch scratch
}

// Cond answers at an instant: whether the condition holds, and the earliest later instant
// (Unix milliseconds) at which the answer may differ if nothing new arrives; Never for none.
type Cond func(s *State, at int64) (holds bool, next int64)

// Metric computes a number at an instant; ok is false when it is absent. next as for Cond.
type Metric func(s *State, at int64) (v value.Num, ok bool, next int64)

// Inputs says what a condition reads; an event wakes only rules whose inputs it touches.
type Inputs struct {
	Streams  []int    // stream numbers, sorted
	Tags     []tag.ID // sorted
	Identity bool     // reads identities (customers list)
}

// Names resolves what a condition refers to by name. Implemented by package rule.
type Names interface {
	// Tag resolves "tag", "group/tag" or a decimal id.
	Tag(name string) (tag.ID, bool)
	// Group returns the tags of a group.
	Group(name string) ([]tag.ID, bool)
	Segment(name string) (Node, bool)
	Metric(name string) (Num, bool)
	// Cuts returns the ascending bounds of a cut table and whether bands are closed on the right.
	Cuts(name string) (bounds []value.Dec, rightClosed bool, ok bool)
	// Suggest returns known names of a kind ("tag", "group", "segment", "metric", "table") for messages.
	Suggest(kind string) []string
}

// Compiler turns trees into closures over one shared set of numbered streams and leaves.
// Not safe for concurrent use while compiling; what it yields is read-only afterwards.
type Compiler struct {
	zone  *time.Location
	names Names
	compilerState
}

// Stream is one numbered selection of events with projected values: what its methods select
// and keep is settled once all conditions are compiled.
type Stream struct {
	Number int
	// Key is the canonical text of the selection; equal keys are one stream.
	Key string
	Sel Selector
	streamState
}
