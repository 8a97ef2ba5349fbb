package scenario

import (
	"time"

	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/markup"
	"github.com/earmarkhq/earmark/internal/value"
)

// Scenario is one story: definitions, what happens, what is expected. Instants are Unix
// milliseconds.
type Scenario struct {
	Name  string
	File  string // where it was read from; "" for a document without one
	Line  int
	Zone  *time.Location
	Start int64 // the instant of offset 0
	// Define are the definitions in force at the beginning, published at Begin.
	Define Definitions
	// Refused are the codes of the faults that the definitions are expected to have.
	Refused []string
	Steps   []Step
}

// Definitions are the parts of a rule document that a scenario or a step gives; nil parts are
// not given. Rule is the condition of a single state rule.
type Definitions struct {
	Rule, Rules, Groups, Metrics, Segments, Tables *markup.Node
	Anonymous                                      bool // the single rule includes anonymous customers
	Path                                           string
}

// Given reports whether any part is given.
func (d *Definitions) Given() bool {
	return d.Rule != nil || d.Rules != nil || d.Groups != nil || d.Metrics != nil || d.Segments != nil || d.Tables != nil
}

// Step is what happens at one instant and what is asked after it. Index counts the steps of the
// document from 0; a step with times is several Steps of one Index.
type Step struct {
	Index int
	Line  int
	At    int64
	// Publish puts definitions into force; Refused are the codes of the faults expected of them.
	Publish *Definitions
	Refused []string
	Unit    []Act // one request
	Ask     *Ask  // nil on all but the last Step of an index
}

// Act is what one call says about one customer.
type Act struct {
	Keys []customer.Key
	Kind ActKind
	// Of events.
	Type, ID, Source string
	Time             int64
	Props, Context   value.Value
	// Of statements.
	Tag     string
	Present bool
	Until   *int64
	By      string
	Actor   string
}

// ActKind is the kind of an Act.
type ActKind uint8

// The kinds of acts.
const (
	ActSeen      ActKind = iota // the identities are shown, nothing else
	ActEvent                    // an event, attribute updates among them
	ActStatement                // a tag is set or removed by hand, import or the platform
)

// Ask is what a step expects and shows. Customers are named as in the document.
type Ask struct {
	AsOf, KnownAt *int64 // from the log
	Expect        []ExpectTags
	Members       []ExpectMembers
	Counts        []ExpectCount
	Entered, Left []ExpectMoves
	Because       []ExpectBecause
	Metrics       []ExpectMetric
	Next          []ExpectNext
	Receipts      []ExpectReceipt
	Show          []string
}

// Place is where an expectation stands in the document.
type Place struct {
	Line int
	Path string
}

type (
	// ExpectTags are the tags of a customer: all of them with Exact, else those named.
	ExpectTags struct {
		Place
		Customer string
		Exact    bool
		Single   bool // the one tag of the single rule: Tags[""]
		Tags     map[string]bool
	}
	// ExpectMembers are all members of a tag.
	ExpectMembers struct {
		Place
		Tag       string // "" is the tag of the single rule
		Customers []string
	}
	// ExpectCount is the number of members of a tag.
	ExpectCount struct {
		Place
		Tag   string
		Count int64
	}
	// ExpectMoves is how often a customer entered or left a tag so far.
	ExpectMoves struct {
		Place
		Tag, Customer string
		Count         int
	}
	// ExpectBecause are texts that the explanation contains; Customer "" is every customer that the
	// step names under expect.
	ExpectBecause struct {
		Place
		Customer, Tag string
		Texts         []string
	}
	// ExpectMetric is the value of a named metric; nil: absent.
	ExpectMetric struct {
		Place
		Name, Customer string
		Value          *value.Dec
	}
	// ExpectNext is the customer's next deadline; nil: none.
	ExpectNext struct {
		Place
		Customer string
		At       *int64
	}
	// ExpectReceipt is how many events were accepted, repeated or in conflict so far.
	ExpectReceipt struct {
		Place
		What  string
		Count int
	}
)

// single is the name of the tag of a scenario with a single rule.
const single = "rule"
