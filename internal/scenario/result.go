package scenario

import "github.com/earmarkhq/earmark/internal/fault"

// Report is the outcome of many scenarios, in the order in which they were given.
type Report struct {
	Scenarios []Result
	Failed    int // of them
	Steps     int // played
}

// Result is the outcome of one scenario.
type Result struct {
	Name  string       `json:"name"`
	File  string       `json:"file,omitempty"`
	Line  int          `json:"line,omitempty"`
	OK    bool         `json:"ok"`
	Steps []StepResult `json:"steps,omitempty"`
	// Faults are those of the document, or of its definitions; then there are no steps.
	Faults fault.List `json:"-"`
}

// StepResult is the outcome of one step of the document.
type StepResult struct {
	Index    int       `json:"index"`
	OK       bool      `json:"ok"`
	At       string    `json:"at"` // RFC 3339 in the scenario's zone
	Failures []Failure `json:"failures,omitempty"`
	Results  *Answers  `json:"results,omitempty"`
}

// Failure is one expectation that was not met.
type Failure struct {
	What     string   `json:"what"` // expect.c1, members.沉默10天 …
	Line     int      `json:"line,omitempty"`
	Expected any      `json:"expected"`
	Got      any      `json:"got"`
	Because  []string `json:"because,omitempty"` // the explanation of what it got
}

// Answers are the actual answers to what a step expects or shows. Tags and customers have the
// names of the document.
type Answers struct {
	Tags    map[string][]string            `json:"tags,omitempty"`    // customer → tags
	Members map[string][]string            `json:"members,omitempty"` // tag → customers
	Count   map[string]int64               `json:"count,omitempty"`   // tag → members
	Entered map[string]map[string]int      `json:"entered,omitempty"` // tag → customer → times
	Left    map[string]map[string]int      `json:"left,omitempty"`
	Next    map[string]*string             `json:"next,omitempty"`    // customer → instant, null for none
	Metric  map[string]map[string]*Decimal `json:"metric,omitempty"`  // metric → customer → number, null for absent
	Because map[string]map[string][]string `json:"because,omitempty"` // customer → tag → lines
	Receipt map[string]int                 `json:"receipt,omitempty"`
}

// Decimal is a number that is written to JSON as it is.
type Decimal string

// MarshalJSON writes the numeral.
func (d Decimal) MarshalJSON() ([]byte, error) { return []byte(d), nil }
