package fault

import (
	"errors"
	"fmt"
	"strings"
)

// Kind says what a program can do about an error. Each has one HTTP status and one exit code.
type Kind string

// The kinds.
const (
	KindInvalid     Kind = "invalid"      // the request or document is wrong; repeating it does not help
	KindNotFound    Kind = "not_found"    // what was asked for does not exist
	KindConflict    Kind = "conflict"     // it contradicts what is stored: a duplicate, a newer version, a lock
	KindForbidden   Kind = "forbidden"    // the caller may not do this, or is not known
	KindRateLimited Kind = "rate_limited" // too much at once; repeat later
	KindUnavailable Kind = "unavailable"  // a component does not answer now; repeating may help
	KindInternal    Kind = "internal"     // Earmark's own fault; also the kind of every other error
)

// Valid reports whether k is one of the kinds.
func (k Kind) Valid() bool {
	switch k {
	case KindInvalid, KindNotFound, KindConflict, KindForbidden, KindRateLimited, KindUnavailable, KindInternal:
		return true
	}
	return false
}

// Args are the values a sentence names, by the name of their placeholder. They are shown to
// people and written to logs: no phone numbers, no message text, no secrets.
type Args map[string]any

// Error is one fault. The zero value of every field but Kind and Code means "does not apply".
type Error struct {
	Kind    Kind   `json:"kind"`
	Code    string `json:"code"`              // stable, "area.what": tag.name_duplicate
	Args    Args   `json:"args,omitempty"`    // fill the sentence of Code
	Path    string `json:"path,omitempty"`    // node in the document: rules[2].condition.all[0].count
	Line    int    `json:"line,omitempty"`    // from 1
	Col     int    `json:"column,omitempty"`  // from 1, in characters
	Suggest string `json:"suggest,omitempty"` // what was probably meant, ready to paste
	Err     error  `json:"-"`                 // the cause; for logs, never sent to clients
}

// New makes an error. args are pairs of name and value, or whole [Args]:
//
//	fault.New(fault.KindConflict, "tag.name_duplicate", "name", name, "group", group)
func New(kind Kind, code string, args ...any) *Error {
	return &Error{Kind: kind, Code: code, Args: collect(args)}
}

// Invalid is New with KindInvalid.
func Invalid(code string, args ...any) *Error { return New(KindInvalid, code, args...) }

// NotFound is New with KindNotFound.
func NotFound(code string, args ...any) *Error { return New(KindNotFound, code, args...) }

// Conflict is New with KindConflict.
func Conflict(code string, args ...any) *Error { return New(KindConflict, code, args...) }

// Forbidden is New with KindForbidden.
func Forbidden(code string, args ...any) *Error { return New(KindForbidden, code, args...) }

// RateLimited is New with KindRateLimited.
func RateLimited(code string, args ...any) *Error { return New(KindRateLimited, code, args...) }

// Unavailable is New with KindUnavailable.
func Unavailable(code string, args ...any) *Error { return New(KindUnavailable, code, args...) }

// Internal is New with KindInternal.
func Internal(code string, args ...any) *Error { return New(KindInternal, code, args...) }

// collect merges pairs and maps. A name without a value is kept under "!missing", so that a
// slip in an error path shows up in the text instead of hiding the error.
func collect(args []any) Args {
	if len(args) == 0 {
		return nil
	}
	out := Args{}
	for i := 0; i < len(args); i++ {
		switch a := args[i].(type) {
		case Args:
			for k, v := range a {
				out[k] = v
			}
		case string:
			if i+1 < len(args) {
				out[a] = args[i+1]
				i++
			} else {
				out["!missing"] = a
			}
		default:
			out["!missing"] = a
		}
	}
	return out
}

// At sets the place and returns e, for use where e is made. line and col count from 1; 0 = unknown.
func (e *Error) At(path string, line, col int) *Error {
	e.Path, e.Line, e.Col = path, line, col
	return e
}

// WithSuggestion sets what was probably meant and returns e; "" means nothing to suggest.
func (e *Error) WithSuggestion(s string) *Error {
	e.Suggest = s
	return e
}

// Wrap sets the cause and returns e; errors.Is and errors.As look through to it.
func (e *Error) Wrap(cause error) *Error {
	e.Err = cause
	return e
}

// Error is the place, the English sentence and the cause: a line for logs and terminals.
func (e *Error) Error() string {
	var b strings.Builder
	if p := e.Place(EN); p != "" {
		b.WriteString(p)
		b.WriteString(": ")
	}
	b.WriteString(e.Text(EN))
	if e.Err != nil {
		b.WriteString(": ")
		b.WriteString(e.Err.Error())
	}
	return b.String()
}

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Err }

// Place is where the fault is, in words of lang: "line 3, column 5, rules[0].tag"; "" if unknown.
func (e *Error) Place(lang Lang) string {
	line, col, sep := "line %d", "column %d", ", "
	if lang == ZH {
		line, col, sep = "第 %d 行", "第 %d 列", "，"
	}
	var parts []string
	if e.Line > 0 {
		parts = append(parts, fmt.Sprintf(line, e.Line))
		if e.Col > 0 {
			parts = append(parts, fmt.Sprintf(col, e.Col))
		}
	}
	if e.Path != "" {
		parts = append(parts, e.Path)
	}
	return strings.Join(parts, sep)
}

// As finds the first Error in err's chain; in a [List] that is its first fault.
func As(err error) (*Error, bool) {
	var e *Error
	ok := errors.As(err, &e)
	return e, ok
}

// KindOf is the kind of the first Error in err's chain, and KindInternal for any other error.
// It is "" for nil.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	if e, ok := As(err); ok {
		return e.Kind
	}
	return KindInternal
}

// Is reports whether the first Error in err's chain has this code.
func Is(err error, code string) bool {
	e, ok := As(err)
	return ok && e.Code == code
}
