package catalog

import (
	"context"

	"github.com/earmarkhq/earmark/internal/tag"
)

// RuleState is the life of a rule: draft until it is first published, retired once a
// generation leaves it out.
type RuleState string

// The states of rules.
const (
	RuleDraft     RuleState = "draft"
	RulePublished RuleState = "published"
	RuleRetired   RuleState = "retired"
)

// Rule is a tag rule; its text is in its versions.
type Rule struct {
	ID      uint32
	Name    string // unique
	State   RuleState
	Newest  uint32 // newest version saved
	Live    uint32 // version in the newest generation, 0 for none
	Created int64
	Updated int64
}

// RuleVersion is one text of a rule. Immutable.
type RuleVersion struct {
	Rule     uint32
	Version  uint32
	Document string // YAML or JSON as the author wrote it
	Author   string
	Note     string
	Created  int64
}

// Rules keeps rules and all their versions.
type Rules interface {
	Rules(ctx context.Context) ([]Rule, error) // by ID
	Rule(ctx context.Context, id uint32) (Rule, error)
	RuleByName(ctx context.Context, name string) (Rule, error)
	Versions(ctx context.Context, rule uint32) ([]RuleVersion, error) // newest first
	Version(ctx context.Context, rule, version uint32) (RuleVersion, error)
	// CreateRule makes a rule with version 1.
	CreateRule(ctx context.Context, by By, name, document, note string) (Rule, error)
	// SaveRule adds a version. seen is the newest version the author knew of: if another was
	// saved since, nothing is written and the error is catalog.version_conflict. A document equal
	// to the newest is not written again.
	SaveRule(ctx context.Context, by By, rule, seen uint32, document, note string) (RuleVersion, error)
	RenameRule(ctx context.Context, by By, rule uint32, name string) error

	// Documents are the definitions that rules refer to by name, as they stand now.
	Documents(ctx context.Context) ([]Document, error) // by kind and name
	PutDocument(ctx context.Context, by By, d Document) error
	DeleteDocument(ctx context.Context, by By, kind DocumentKind, name string) error
}

// DocumentKind says what a document defines.
type DocumentKind string

// The kinds of documents beside rules.
const (
	MetricDocument  DocumentKind = "metric"
	SegmentDocument DocumentKind = "segment"
	TableDocument   DocumentKind = "table"
)

// Document is a named definition: a metric, a segment, a cut table.
type Document struct {
	Kind DocumentKind
	Name string
	Text string // YAML or JSON
}

// RuleRef is one version of a rule.
type RuleRef struct {
	Rule    uint32
	Version uint32
}

// Generation is everything that evaluation depends on, as published together. Immutable.
type Generation struct {
	Number    uint32 // dense from 1
	Published int64
	Author    string
	Note      string
	Zone      string
	Groups    []tag.Group
	Tags      []tag.Tag
	Rules     []RuleRef
	Documents []Document
}

// Generations are the sets of definitions that came into force.
type Generations interface {
	// Publish makes g the next generation; its Number, Published and Author are set here. previous
	// is the newest number the publisher knew of: another one is catalog.generation_conflict.
	// Rules in g become published with their version, published ones left out become retired.
	Publish(ctx context.Context, by By, previous uint32, g Generation) (Generation, error)
	// Generation returns one generation; number 0 asks for the newest, and the answer has number 0
	// where nothing was published.
	Generation(ctx context.Context, number uint32) (Generation, error)
	// GenerationList has all generations, newest first, without their contents.
	GenerationList(ctx context.Context) ([]Generation, error)
	// GenerationRules returns the rules of a generation with name and text, by rule id.
	GenerationRules(ctx context.Context, number uint32) ([]RuleText, error)
}

// RuleText is a rule as a generation has it.
type RuleText struct {
	Rule     uint32
	Version  uint32
	Name     string
	Document string
}
