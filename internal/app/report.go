package app

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/earmarkhq/earmark/internal/fault"
)

// Exit codes of the binary; docs/operating.md explains them to users.
const (
	ExitDone        = 0
	ExitWrong       = 1 // what was checked is wrong: rules, scenarios, rows of a file, a store
	ExitUsage       = 2 // the command line or the configuration is wrong
	ExitNotFound    = 3 // a file or store does not exist
	ExitConflict    = 4 // the store is in use, of another format, or contradicts what was asked
	ExitUnavailable = 5 // the disk, a port or a peer does not answer now
	ExitForbidden   = 6 // the system or the store does not allow it
	ExitInternal    = 70
	ExitInterrupted = 130 // stopped by a signal before it was done
)

// ErrWrong is the outcome of a check that worked and found something: the report is already written,
// only the exit code is left to say.
var ErrWrong = errors.New("found wrong")

// UsageError marks an error of the command line or the configuration.
type UsageError struct{ Err error }

func (e UsageError) Error() string { return e.Err.Error() }

// Unwrap is the error itself.
func (e UsageError) Unwrap() error { return e.Err }

// ExitCode says how an error ends the process.
func ExitCode(err error) int {
	var usage UsageError
	switch {
	case err == nil:
		return ExitDone
	case errors.Is(err, ErrWrong):
		return ExitWrong
	case errors.As(err, &usage):
		return ExitUsage
	case errors.Is(err, context.Canceled):
		return ExitInterrupted
	}
	switch fault.KindOf(err) {
	case fault.KindInvalid:
		return ExitWrong
	case fault.KindNotFound:
		return ExitNotFound
	case fault.KindConflict:
		return ExitConflict
	case fault.KindUnavailable, fault.KindRateLimited:
		return ExitUnavailable
	case fault.KindForbidden:
		return ExitForbidden
	}
	return ExitInternal
}

// Report tells a person at a terminal what went wrong, every fault on its line, and what to do next.
func Report(w io.Writer, lang fault.Lang, err error) {
	if err == nil || errors.Is(err, ErrWrong) {
		return
	}
	if errors.Is(err, context.Canceled) {
		err = fault.Unavailable("app.interrupted")
	}
	all := fault.All(err)
	for _, e := range all {
		if place := e.Place(lang); place != "" {
			_, _ = fmt.Fprintf(w, "earmark: %s: %s", place, e.Text(lang))
		} else {
			_, _ = fmt.Fprintf(w, "earmark: %s", e.Text(lang))
		}
		if e.Err != nil {
			_, _ = fmt.Fprintf(w, " (%v)", e.Err)
		}
		_, _ = fmt.Fprintln(w)
	}
	if next := nextStep(all[0], err); next != nil {
		_, _ = fmt.Fprintln(w, "→ "+next.Text(lang))
	}
}

var _ = fault.Register(fault.Messages{
	"app.interrupted": {ZH: "已中断。已确认的数据都在；再次运行同一命令会接着做", EN: "interrupted. What was acknowledged is kept; running the same command again goes on from there"},
})
