package importer

import (
	"slices"
	"strings"

	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/value"
)

// plan is a mapping applied to one file: every reference has the number of its value in a row.
type plan struct {
	m    *Mapping
	file string
	now  int64 // instant at which the import began, Unix milliseconds

	names []string // top-level names by slot
	slots map[string]int
	takes []bool // by slot: it is taken, and so not part of the rest

	// CSV
	header []string
	cols   []int // slot by column, -1 where nothing refers to it
	rest   []int // columns that nothing takes

	// JSON lines: the keys of the row before, since most rows have the same
	shape []shapeKey

	needRest bool
	decoded  bool // the file was not UTF-8
	seen     *occurrences
}

type shapeKey struct {
	key  string
	slot int
}

// newPlan prepares a mapping for JSON lines, or for CSV with the columns of header. The error
// is a fault.List of columns that the file lacks.
func newPlan(m *Mapping, format Format, header []string, file string, now int64) (*plan, error) {
	p := &plan{m: m, file: file, now: now, slots: map[string]int{}, header: header}
	p.needRest = m.Properties.rest() || m.Context.rest() || m.Attributes.rest()
	if m.ID.From == nil {
		p.seen = newOccurrences()
	}
	for _, r := range m.refs {
		path := r.Keys
		if path == nil {
			path = []string{r.Text}
			if format == JSONLines {
				path = strings.Split(r.Text, ".")
			}
		}
		slot, ok := p.slots[path[0]]
		if !ok {
			slot = len(p.names)
			p.slots[path[0]] = slot
			p.names = append(p.names, path[0])
			p.takes = append(p.takes, false)
		}
		r.slot, r.below = slot, path[1:]
		p.takes[slot] = p.takes[slot] || !r.asked && len(r.below) == 0
	}
	if format == JSONLines {
		return p, nil
	}
	return p, p.columns()
}

func (s *FieldSet) rest() bool { return s != nil && s.Rest }

// columns finds the columns of the references in the header.
func (p *plan) columns() error {
	var faults fault.List
	p.cols = make([]int, len(p.header))
	for i, name := range p.header {
		slot, ok := p.slots[name]
		if !ok {
			slot = -1
		}
		p.cols[i] = slot
		if name != "" && (slot < 0 || !p.takes[slot]) {
			p.rest = append(p.rest, i)
		}
	}
	reported := map[string]bool{}
	for _, r := range p.m.refs {
		switch n := count(p.header, r.Text); {
		case n == 0:
			faults.Add(fault.Invalid("mapping.column", "column", r.Text).At(r.at, r.line, r.col).WithSuggestion(fault.Nearest(r.Text, p.header)))
		case n > 1 && !reported[r.Text]:
			reported[r.Text] = true
			faults.Add(fault.Invalid("mapping.column_twice", "column", r.Text).At(r.at, r.line, r.col))
		}
	}
	if p.needRest {
		for i, c := range p.rest {
			if slices.ContainsFunc(p.rest[:i], func(b int) bool { return p.header[b] == p.header[c] }) {
				faults.Add(fault.Invalid("mapping.column_twice", "column", p.header[c]))
			}
		}
	}
	return faults.Err()
}

func count(list []string, s string) int {
	n := 0
	for _, x := range list {
		if x == s {
			n++
		}
	}
	return n
}

// get is the value that a reference names in a row.
func (r *Ref) get(vals []value.Value) value.Value {
	v := vals[r.slot]
	for _, k := range r.below {
		v = v.Get(k)
	}
	return v
}
