package catalog

import "context"

// Bounds of the catalogue of seen events: what comes from outside does not grow without end.
const (
	MaxSeenTypes      = 2000 // per store
	MaxSeenProperties = 500  // per type
	MaxSamples        = 20   // values kept per property, the most frequent ones
	MaxSampleLen      = 100  // bytes of a value; longer ones are cut
)

// SeenType is an event type that arrived, under its canonical name.
type SeenType struct {
	Type       string
	Source     string // "" in what is read where several sources sent it
	Count      int64
	First      int64 // time of the earliest and the latest arrival
	Last       int64
	Properties []SeenProperty // of Observe; read them with SeenProperties
}

// SeenProperty is a property path of a type ("amount_fen", "items[].sku").
type SeenProperty struct {
	Path    string
	Count   int64
	First   int64
	Last    int64
	Kinds   map[string]int64 // by value.Kind name
	Samples []Sample         // most frequent first
}

// Sample is a value with the number of times it was counted; less frequent values give way, so
// counts of rare ones are lower bounds.
type Sample struct {
	Value string
	Count int64
}

// Seen is the catalogue of what arrived.
type Seen interface {
	// Observe adds counts gathered by the caller. What is beyond the bounds is left out.
	Observe(ctx context.Context, types []SeenType) error
	SeenTypes(ctx context.Context) ([]SeenType, error) // by type
	SeenProperties(ctx context.Context, typ string) ([]SeenProperty, error)
}

// Alias says that a source's event is a canonical type. Document has the mapping of its
// properties, JSON, in the form of package ingest.
type Alias struct {
	ID       uint32
	Source   string // "": every source
	From     string
	To       string
	Document string
	Author   string
	Updated  int64
}

// Aliases are the tenant's own aliases, beside the built-in ones.
type Aliases interface {
	Aliases(ctx context.Context) ([]Alias, error) // by source and From
	// PutAlias makes or replaces the alias of (Source, From).
	PutAlias(ctx context.Context, by By, a Alias) (Alias, error)
	DeleteAlias(ctx context.Context, by By, id uint32) error
}
