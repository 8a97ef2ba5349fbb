package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/earmarkhq/earmark/internal/catalog"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/identity"
	"github.com/earmarkhq/earmark/internal/ingest/segment"
)

// codeRepeat is a message id that came again with other content. What came first counts.
const codeRepeat = "ingest.repeat_differs"

var _ = fault.Register(fault.Messages{
	"ingest.repeat_differs": {
		ZH: "消息 id 重复但内容不同，以先到的为准",
		EN: "a message id came again with other content; the first counts",
	},
})

// NoticeStore keeps refused calls and conflicts for operators; catalog.Notices.
type NoticeStore interface {
	AddFaults(ctx context.Context, faults []catalog.Fault) error
	AddConflicts(ctx context.Context, conflicts []catalog.Conflict) error
}

// maxNotices is how many faults, and how many different conflicts, wait in memory. When more
// faults come they are written at once, and who brings them waits.
const maxNotices = 1000

// Notices gathers refused calls and conflicts and writes them together. Safe for concurrent use.
type Notices struct {
	store NoticeStore
	lang  fault.Lang
	log   *slog.Logger

	mu        sync.Mutex
	faults    []catalog.Fault
	conflicts map[conflictKey]*catalog.Conflict
	dropped   int64 // conflicts beyond maxNotices since the last write
}

type conflictKey struct {
	kind            catalog.ConflictKind
	code            string
	source          string
	key             string
	customer, other customer.ID
}

// NewNotices makes Notices whose sentences are in lang.
func NewNotices(store NoticeStore, lang fault.Lang, log *slog.Logger) *Notices {
	return &Notices{store: store, lang: lang, log: log, conflicts: map[conflictKey]*catalog.Conflict{}}
}

// Refused implements segment.Refusals.
func (n *Notices) Refused(ctx context.Context, source string, at int64, refused []segment.Refusal) {
	faults := make([]catalog.Fault, len(refused))
	for i := range refused {
		r := &refused[i]
		place := fmt.Sprintf("batch[%d]", r.Index)
		if r.MessageID != "" {
			place += " " + r.MessageID
		}
		faults[i] = n.Fault(source, at, place, r.Raw, r.Err)
	}
	n.Add(ctx, faults...)
}

// Fault is a refusal as it is kept. The texts are copied.
func (n *Notices) Fault(source string, at int64, place, sample string, err error) catalog.Fault {
	f := catalog.Fault{At: at, Source: source, Code: "fault.unexpected", Place: place}
	var e *fault.Error
	if errors.As(err, &e) {
		f.Code, f.Text = e.Code, e.Text(n.lang)
	}
	f.Sample = string([]byte(sample[:min(len(sample), catalog.MaxFaultBytes)]))
	return f
}

// Add takes faults to be written with the next Flush.
func (n *Notices) Add(ctx context.Context, faults ...catalog.Fault) {
	n.mu.Lock()
	n.faults = append(n.faults, faults...)
	full := len(n.faults) >= maxNotices
	n.mu.Unlock()
	if !full {
		return
	}
	if err := n.Flush(ctx); err != nil {
		n.log.Error("refused calls could not be written", "error", err)
	}
}

// identities notes conflicts of identities.
func (n *Notices) identities(at int64, source string, list []identity.Conflict) {
	for _, c := range list {
		detail := ""
		if c.Has.Value != "" {
			detail = string(c.Has.Kind) + ":" + c.Has.Value
		}
		n.conflict(at, 1, catalog.Conflict{
			Kind: catalog.IdentityConflict, Code: c.Code, Source: source, Key: string(c.Key.Kind) + ":" + c.Key.Value,
			Customer: c.Customer, Other: c.Other, Detail: detail,
		})
	}
}

// repeats notes message ids that came again with other content.
func (n *Notices) repeats(at int64, source string, count int) {
	n.conflict(at, int64(count), catalog.Conflict{Kind: catalog.RepeatConflict, Code: codeRepeat, Source: source})
}

func (n *Notices) conflict(at, count int64, c catalog.Conflict) {
	n.mu.Lock()
	defer n.mu.Unlock()
	k := conflictKey{c.Kind, c.Code, c.Source, c.Key, c.Customer, c.Other}
	have := n.conflicts[k]
	if have == nil {
		if len(n.conflicts) >= maxNotices {
			n.dropped += count
			return
		}
		c.Source, c.Key, c.Detail = string([]byte(c.Source)), string([]byte(c.Key)), string([]byte(c.Detail))
		k.source, k.key = c.Source, c.Key
		have = &c
		have.First = at
		n.conflicts[k] = have
	}
	have.Count += count
	have.Last = max(have.Last, at)
}

// Flush writes what was gathered. What can not be written is lost but counted in the log: the
// calls themselves are not touched by it.
func (n *Notices) Flush(ctx context.Context) error {
	n.mu.Lock()
	faults, conflicts, dropped := n.faults, n.conflicts, n.dropped
	n.faults, n.dropped = nil, 0
	if len(conflicts) > 0 {
		n.conflicts = map[conflictKey]*catalog.Conflict{}
	}
	n.mu.Unlock()
	if dropped > 0 {
		n.log.Warn("more conflicts than are shown", "conflicts", dropped)
	}
	var errs []error
	if len(faults) > 0 {
		errs = append(errs, n.store.AddFaults(ctx, faults))
	}
	if len(conflicts) > 0 {
		list := make([]catalog.Conflict, 0, len(conflicts))
		for _, c := range conflicts {
			list = append(list, *c)
		}
		errs = append(errs, n.store.AddConflicts(ctx, list))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("write notices (%d refused calls, %d conflicts): %w", len(faults), len(conflicts), err)
	}
	return nil
}
