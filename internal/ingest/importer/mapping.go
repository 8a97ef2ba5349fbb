package importer

import (
	"strings"

	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/ingest"
	"github.com/earmarkhq/earmark/internal/value"
)

// Format is how a file is written.
type Format string

// The formats. The zero Format is decided by the file's name, see formatOf.
const (
	CSV       Format = "csv"
	TSV       Format = "tsv" // CSV with tabs
	JSONLines Format = "jsonl"
)

// Mapping says how the rows of a file become events. It is read from YAML or JSON by
// ParseMapping, which checks everything that can be checked without the file; it is not changed
// afterwards.
type Mapping struct {
	Source string // first half of the idempotency key
	Format Format
	Table  Table

	Identities []IdentityRule
	// Event gives the type; nil when the rows are attribute updates only.
	Event *EventRule
	Time  TimeRule
	ID    IDRule
	// Properties and Context belong to the event, Attributes to an update beside or instead of it.
	Properties, Context, Attributes *FieldSet
	// Skip leaves rows out that one of the conditions holds for.
	Skip []Condition

	// Hash identifies the mapping's text.
	Hash string

	refs []*Ref // all of them
}

// Table is how the cells of CSV are written.
type Table struct {
	Separator byte // 0: by format
	Quote     byte // 0: '"'; NoQuote: quotes are ordinary characters
	Encoding  Encoding
	// Columns names the columns where the file has no header line.
	Columns []string
	// SkipLines is the number of lines before the header.
	SkipLines int
	// Missing are the texts that stand for no value, besides the empty one.
	Missing []string
	// KeepBlanks keeps blanks and tabs around a cell, which are cut off otherwise.
	KeepBlanks bool
}

// NoQuote as Table.Quote says that no character quotes.
const NoQuote = 1

// Ref names a column of CSV, or a value of a JSON object by the path to it.
type Ref struct {
	Text string   // as written; in JSON lines its dots lead into objects
	Keys []string // the path where it was written as a list; JSON lines only

	// asked says that the value is only asked about (by a condition, or for an id) and still
	// belongs to what is called the rest.
	asked bool

	line, col int // place in the mapping, for faults that only the file shows
	at        string
	slot      int      // number of the value in a row, set by plan
	below     []string // path below that value, set by plan
}

// Name is the reference as people write it.
func (r *Ref) Name() string {
	if r.Keys != nil {
		return strings.Join(r.Keys, ".")
	}
	return r.Text
}

// IdentityRule makes one identity key of a row.
type IdentityRule struct {
	Kind   customer.Kind
	From   *Ref
	Prefix string // put before the value, to keep the ids of shops apart
}

// EventRule finds the type of a row's event.
type EventRule struct {
	Type string // the same for all rows; else one of the others decides
	From *Ref   // the value names the type
	Map  map[string]string
	When []Case
	// Default is the type where neither Map nor When has one; "" refuses the row.
	Default string
}

// NoEvent as a type says that a row brings no event, only attributes.
const NoEvent = "none"

// Case is a condition and the type that it decides on.
type Case struct {
	If   []Condition // all of them
	Type string
}

// Condition asks about one value of a row.
type Condition struct {
	From   *Ref
	Equals []value.Value // one of them
	Prefix []string      // begins with one of them
	Exists *bool
	Bounds []Bound
}

// Bound compares with a number.
type Bound struct {
	Op string // gt gte lt lte
	By value.Dec
}

// TimeRule finds when it happened.
type TimeRule struct {
	From   []*Ref // several are joined by Join; empty: At or Now
	Prefix string
	Join   string
	Form   ingest.TimeForm
	At     int64 // the same for all rows, Unix milliseconds; 0: none
	Now    bool  // the instant at which the import began
}

// IDRule finds the message id.
type IDRule struct {
	From    *Ref
	Prefix  string
	Natural []*Ref // else the id is derived from these, and from the whole row if there are none
}

// FieldSet makes an object of a row.
type FieldSet struct {
	// Rest adds all values that nothing else in the mapping takes, under their own names.
	Rest bool
	// Spread adds the members of an object; JSON lines only.
	Spread *Ref
	Fields []FieldRule
}

// FieldRule makes one member.
type FieldRule struct {
	Name     string
	From     *Ref                   // nil: Default is a constant
	Map      map[string]value.Value // by the text of the value
	Conv     ingest.Conversion
	Default  value.Value // where there is no value
	Required bool        // no value refuses the row
}
