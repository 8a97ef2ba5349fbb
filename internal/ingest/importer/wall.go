package importer

import (
	"context"

	"github.com/earmarkhq/earmark/internal/engine"
	"github.com/earmarkhq/earmark/internal/ingest"
)

// parsed is a piece of the file, read.
type parsed struct {
	batch       *ingest.Batch
	row, offset int64 // rows and bytes of the file up to its end
	err         error // reading ended with it
}

// parse reads the file in a goroutine of its own and gives it in pieces of at most size
// entries. stop ends the reading and waits for its end; it must be called.
func (im *run) parse(ctx context.Context, size int) (pieces <-chan parsed, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	out := make(chan parsed, 4)
	give := func(p parsed) error {
		select {
		case out <- p:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	go func() {
		defer close(out)
		if err := im.rowsInto(size, give); err != nil && ctx.Err() == nil {
			_ = give(parsed{err: err}) // only ctx can keep it from being given
		}
	}()
	return out, func() {
		cancel()
		for range out { // until it is closed
		}
	}
}

// rowsInto reads the whole file and hands it on in pieces.
func (im *run) rowsInto(size int, give func(parsed) error) error {
	b := newBuilder(im.plan, im.table)
	batch := newBatch(size)
	for {
		rec, ok, err := im.recs.next()
		if err != nil {
			return err
		}
		if ok {
			if err := im.row(b, rec, batch); err != nil {
				return err
			}
		}
		if batch.Len() >= size || !ok && batch.Len() > 0 {
			if err := give(parsed{batch: batch, row: im.rows.Load(), offset: im.recs.read}); err != nil {
				return err
			}
			batch = newBatch(size)
		}
		if !ok {
			return nil
		}
	}
}

func newBatch(size int) *ingest.Batch {
	b := &ingest.Batch{}
	b.Grow(size + 1) // a row may bring two entries
	return b
}

// row takes one record. Rows that an earlier run has taken only count.
func (im *run) row(b *builder, rec record, batch *ingest.Batch) error {
	n := im.rows.Add(1)
	before := batch.Len()
	got := b.add(rec, batch)
	if im.o.Mode == Wall && n <= im.resume {
		batch.Keys, batch.Events = batch.Keys[:before], batch.Events[:before]
		return nil
	}
	switch got {
	case refused:
		return im.refused.add(rec.line, b.problems)
	case skipped:
		im.report.Skipped++
	}
	im.report.noteTimes(batch, before)
	return nil
}

// wall takes the file in its order.
func (im *run) wall(ctx context.Context) error {
	pieces, stop := im.parse(ctx, unitRows)
	defer stop()
	im.state.enter(stepReading, 0, im.started.UnixMilli())
	for p := range pieces {
		if p.err != nil {
			return p.err
		}
		if im.failed() != nil {
			return errFailed
		}
		u := im.done.start(p.row, p.offset, p.batch.Len())
		err := im.o.Taker.Take(ctx, p.batch, func(r engine.Receipt, err error) { im.settled(u, r, err) })
		if err != nil {
			im.done.end(u, false)
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	im.done.wait()
	if im.failed() == nil {
		im.done.reach(im.rows.Load(), im.recs.read) // rows behind the last batch brought nothing
	}
	return nil
}
