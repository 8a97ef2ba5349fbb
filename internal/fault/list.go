package fault

import (
	"cmp"
	"errors"
	"slices"
	"strings"
)

// List is all the faults of one document, so that its author corrects once. The zero value is
// empty and ready to use:
//
//	var faults fault.List
//	faults.Add(checkName(doc), checkWindow(doc))
//	return faults.Err()
type List []*Error

// Add appends the faults in errs. nil is ignored, a List is appended whole, an Error inside a
// wrapped error is taken with its place, and any other error becomes "fault.unexpected".
func (l *List) Add(errs ...error) {
	for _, err := range errs {
		if err == nil {
			continue
		}
		var list List
		var one *Error
		switch {
		case errors.As(err, &list):
			*l = append(*l, list...)
		case errors.As(err, &one):
			if one != nil {
				*l = append(*l, one)
			}
		default:
			*l = append(*l, Internal("fault.unexpected").Wrap(err))
		}
	}
}

// Err is a copy of the list, sorted by place, as an error; nil when the list is empty.
func (l List) Err() error {
	if len(l) == 0 {
		return nil
	}
	sorted := slices.Clone(l)
	sorted.Sort()
	return sorted
}

// Sort orders the faults by line, column, path and code. Faults without a line come last, in
// order of their paths, in which numbers count as numbers: rules[2] before rules[10].
func (l List) Sort() {
	slices.SortStableFunc(l, func(a, b *Error) int {
		if (a.Line == 0) != (b.Line == 0) {
			return cmp.Compare(b.Line, a.Line)
		}
		return cmp.Or(
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Col, b.Col),
			comparePaths(a.Path, b.Path),
			strings.Compare(a.Code, b.Code),
		)
	})
}

// Error is one line per fault.
func (l List) Error() string {
	lines := make([]string, len(l))
	for i, e := range l {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap lets errors.Is and errors.As look at each fault in turn.
func (l List) Unwrap() []error {
	errs := make([]error, len(l))
	for i, e := range l {
		errs[i] = e
	}
	return errs
}

// All is every fault in err, whether it is one Error or a List; other errors count as one
// "fault.unexpected". It is empty for nil.
func All(err error) List {
	var l List
	l.Add(err)
	return l
}

// comparePaths orders texts with each run of digits taken as one number.
func comparePaths(a, b string) int {
	for a != "" && b != "" {
		na, nb := digits(a), digits(b)
		if na > 0 && nb > 0 {
			x, y := strings.TrimLeft(a[:na], "0"), strings.TrimLeft(b[:nb], "0")
			if c := cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(x, y)); c != 0 {
				return c
			}
			a, b = a[na:], b[nb:]
			continue
		}
		if a[0] != b[0] {
			return cmp.Compare(a[0], b[0])
		}
		a, b = a[1:], b[1:]
	}
	return cmp.Compare(len(a), len(b))
}

func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}
