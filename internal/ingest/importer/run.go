package importer

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/earmarkhq/earmark/internal/catalog"
	"github.com/earmarkhq/earmark/internal/clock"
	"github.com/earmarkhq/earmark/internal/engine"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/ingest"
)

// Mode is the clock that an import goes by.
type Mode string

// The modes.
const (
	// Event is an initial load: rows are sorted by time and every distinct time is one step of
	// the engine's clock, as if Earmark had been there. The store must not have gone live.
	Event Mode = "event"
	// Wall takes rows in the file's order at the present instant; those of the past are late.
	Wall Mode = "wall"
)

var _ = fault.Register(fault.Messages{
	"import.live":     {ZH: "这个库已经上线，只能用 --clock wall 导入", EN: "the store has gone live; import with --clock wall"},
	"import.not_live": {ZH: "这个库还没有上线，先用 --clock event 导入，或让它上线", EN: "the store has not gone live yet; import with --clock event, or let it go live"},
	"import.mode":     {ZH: "--clock 只能是 event 或 wall", EN: "--clock is event or wall"},
	"import.header":   {ZH: "文件 {file} 没有表头", EN: "the file {file} has no header"},
})

// Taker takes what was read; *ingest.Taker.
type Taker interface {
	Take(ctx context.Context, b *ingest.Batch, done func(engine.Receipt, error)) error
	Prepare(ctx context.Context, b *ingest.Batch) ([]engine.Input, error)
	StepUnit(at int64, unit []engine.Input, b *ingest.Batch, done func(engine.Receipt, error))
}

// Options of an import. File, Mapping and Clock are required; Taker too unless DryRun.
type Options struct {
	File    string // "-" is Stdin
	Stdin   io.Reader
	Mapping *Mapping // belongs to this import
	Mode    Mode
	DryRun  bool   // read everything, take nothing
	Errors  string // path of the errors file; "" for none
	Restart bool   // begin at the beginning where an earlier run was stopped

	Taker   Taker
	Live    bool            // whether the store has gone live
	Imports catalog.Imports // nil: no position is kept
	By      catalog.By
	Clock   clock.Clock

	Out      io.Writer // progress for people; nil: none
	Terminal bool      // Out is a terminal: one line that changes
	Lang     fault.Lang

	SortBytes int    // memory for sorting; 0 is 256 MB
	TempDir   string // for what is beyond; "" is the system's place
}

// Bounds of the pipeline.
const (
	unitRows    = 500   // entries of a unit in Wall mode
	outstanding = 32768 // entries that are not durable yet, in either mode
	stepGroup   = 65536 // entries of one instant that are resolved together
	stepInputs  = 4096  // inputs of a step; one instant may take several
	saveEvery   = 2 * time.Second
)

// Run imports a file. Refused rows are in the report and no error. The error is a fault.List
// where the mapping does not fit the file; import.live and import.not_live; those of reading
// and of the engine; ctx's. Whatever the error, what was accepted before it stays and running
// the import again goes on behind it.
func Run(ctx context.Context, o Options) (Report, error) {
	if o.SortBytes == 0 {
		o.SortBytes = 256 << 20
	}
	im := &run{o: o, started: o.Clock.Now()}
	im.report = Report{File: o.File, Mode: o.Mode, DryRun: o.DryRun, Types: map[string]int64{}}
	if err := im.allowed(); err != nil {
		return im.report, err
	}
	if err := im.open(); err != nil {
		return im.report, err
	}
	defer im.in.Close()
	err := im.all(ctx)
	if cerr := im.refused.close(); err == nil {
		err = cerr
	}
	im.finish(err)
	return im.report, err
}

// run is one import under way.
type run struct {
	o       Options
	started time.Time
	in      *input
	recs    *records
	table   *table // nil for JSON lines
	plan    *plan
	refused *refusals
	resume  int64 // rows (Wall) or sorted events (Event) that an earlier run has taken
	entry   catalog.Import

	report Report
	state  phase
	rows   atomic.Int64 // read
	done   tracker

	mu  sync.Mutex
	err error // first error of a unit
}

// allowed refuses modes that the store is not in.
func (im *run) allowed() error {
	switch {
	case im.o.Mode != Event && im.o.Mode != Wall:
		return fault.Invalid("import.mode")
	case im.o.DryRun:
	case im.o.Mode == Event && im.o.Live:
		return fault.Conflict("import.live")
	case im.o.Mode == Wall && !im.o.Live:
		return fault.Conflict("import.not_live")
	}
	return nil
}

// open opens the file and fits the mapping to it.
func (im *run) open() (err error) {
	m := im.o.Mapping
	format := m.Format
	if format == "" {
		var ok bool
		if format, ok = formatOf(im.o.File); !ok {
			return fault.Invalid("import.format", "file", im.o.File)
		}
	}
	if im.in, err = openInput(im.o.File, im.o.Stdin, m.Table.Encoding); err != nil {
		return err
	}
	var header []string
	if format == JSONLines {
		im.recs = newRecords(im.in, lines{})
	} else {
		im.table = newTable(&m.Table, format)
		im.recs = newRecords(im.in, im.table)
		header, err = im.header()
	}
	if err == nil {
		im.plan, err = newPlan(m, format, header, im.o.File, im.started.UnixMilli())
	}
	if err == nil {
		_, im.plan.decoded = im.in.Reader.(*decoded)
		im.refused, err = newRefusals(im.o.File, im.o.Errors, im.o.Lang)
	}
	if err != nil {
		im.in.Close()
	}
	return err
}

// header reads the names of the columns, from the mapping or the first record.
func (im *run) header() ([]string, error) {
	for range im.o.Mapping.Table.SkipLines {
		if err := im.recs.skipLine(); err != nil {
			return nil, err
		}
	}
	if names := im.o.Mapping.Table.Columns; names != nil {
		return names, nil
	}
	rec, ok, err := im.recs.next()
	if err != nil {
		return nil, err
	}
	if !ok || rec.err != nil {
		return nil, fault.Invalid("import.header", "file", im.o.File)
	}
	return append([]string(nil), im.table.cells...), nil
}

// all runs the import between opening and closing.
func (im *run) all(ctx context.Context) error {
	if im.o.DryRun {
		return im.dry(ctx)
	}
	if err := im.begin(ctx); err != nil {
		return err
	}
	watch, stop := context.WithCancel(ctx)
	var watching sync.WaitGroup
	watching.Go(func() { im.watch(watch) })
	var err error
	if im.o.Mode == Wall {
		err = im.wall(ctx)
	} else {
		err = im.load(ctx)
	}
	im.done.wait()
	stop()
	watching.Wait()
	if failed := im.failed(); failed != nil && (err == nil || errors.Is(err, errFailed)) {
		err = failed
	}
	return errors.Join(err, im.save(context.WithoutCancel(ctx), stateOf(ctx, err), err))
}

func stateOf(ctx context.Context, err error) catalog.ImportState {
	switch {
	case err == nil:
		return catalog.ImportDone
	case ctx.Err() != nil:
		return catalog.ImportStopped
	}
	return catalog.ImportFailed
}

// errFailed ends the reading when a unit has failed; the unit's error is the import's.
var errFailed = errors.New("a unit failed")

func (im *run) failed() error {
	im.mu.Lock()
	defer im.mu.Unlock()
	return im.err
}

// settled is the end of a unit.
func (im *run) settled(u *unit, r engine.Receipt, err error) {
	im.mu.Lock()
	if err != nil && im.err == nil {
		im.err = err
	}
	if err == nil {
		im.report.Accepted += int64(r.Accepted)
		im.report.Repeated += int64(r.Repeated)
		im.report.Conflicts += int64(r.Conflicts)
		im.report.Changes += int64(r.Changes)
	}
	im.mu.Unlock()
	im.done.end(u, err == nil)
}

// begin finds out whether an earlier run is to be continued.
func (im *run) begin(ctx context.Context) error {
	if im.o.Imports == nil {
		return nil
	}
	hash, err := contentHash(im.o.File)
	if err != nil || hash == "" {
		return err
	}
	e, resumed, err := im.o.Imports.BeginImport(ctx, im.o.By, catalog.Import{
		File: im.o.File, Content: hash, Mapping: im.o.Mapping.Hash + ":" + string(im.o.Mode), Source: im.o.Mapping.Source,
		State: catalog.ImportRunning, Started: im.started.UnixMilli(), Updated: im.started.UnixMilli(),
	})
	if err != nil {
		return err
	}
	if resumed && e.State != catalog.ImportDone && !im.o.Restart {
		im.resume = e.Row
		im.report.Resumed = e.Row
		im.done.reach(e.Row, e.Position)
	} else {
		e.Accepted, e.Repeated, e.Refused, e.Row, e.Position = 0, 0, 0, 0, 0
	}
	im.entry = e
	return nil
}

// save writes how far the import is.
func (im *run) save(ctx context.Context, state catalog.ImportState, failure error) error {
	if im.entry.ID == 0 {
		return nil
	}
	e := im.entry
	im.mu.Lock()
	e.Accepted += im.report.Accepted
	e.Repeated += im.report.Repeated
	im.mu.Unlock()
	e.Refused += im.refused.count()
	e.State, e.Updated = state, clock.Millis(im.o.Clock)
	e.Row, e.Position = im.done.position()
	if e.Error = ""; failure != nil && state == catalog.ImportFailed {
		e.Error = failure.Error()
	}
	return im.o.Imports.SaveImport(ctx, e)
}

// finish completes the report.
func (im *run) finish(err error) {
	r := &im.report
	r.Rows = im.rows.Load()
	r.Refused, r.Refusals = im.refused.count(), im.refused.first
	r.Elapsed = clock.Since(im.o.Clock, im.started)
	r.Complete = err == nil
}
