package importer

import (
	"cmp"
	"context"
	"slices"

	"github.com/earmarkhq/earmark/internal/clock"
	"github.com/earmarkhq/earmark/internal/engine"
	"github.com/earmarkhq/earmark/internal/ingest"
)

// load sorts the rows by time and takes every distinct time as one step.
func (im *run) load(ctx context.Context) (err error) {
	s := &sorter{budget: im.o.SortBytes, temp: im.o.TempDir}
	defer func() {
		if cerr := s.close(); err == nil {
			err = cerr
		}
	}()
	pieces, stop := im.parse(ctx, unitRows)
	defer stop()
	im.state.enter(stepReading, 0, im.started.UnixMilli())
	for p := range pieces {
		if p.err == nil {
			p.err = s.add(p.batch)
		}
		if p.err != nil {
			return p.err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	im.state.enter(stepApplying, s.total, clock.Millis(im.o.Clock))
	return im.steps(ctx, s)
}

// steps takes what was sorted.
func (im *run) steps(ctx context.Context, s *sorter) error {
	in := s.stream()
	var n, at int64
	group := newBatch(unitRows)
	for {
		t, b, ok, err := in.next()
		if err != nil {
			return err
		}
		if group.Len() > 0 && (!ok || t != at || group.Len() >= stepGroup) {
			if err := im.step(ctx, at, group, n); err != nil {
				return err
			}
			group = newBatch(8)
		}
		if !ok {
			return nil
		}
		at = t
		if n++; n <= im.resume {
			continue
		}
		if err := s.decode(b, group); err != nil {
			return err
		}
	}
}

// step takes the events of one instant; n is the number of sorted events up to them. An event
// dated ahead is received now: the clock does not run before the present.
func (im *run) step(ctx context.Context, at int64, group *ingest.Batch, n int64) error {
	if im.failed() != nil {
		return errFailed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	unit, err := im.o.Taker.Prepare(ctx, group)
	if err != nil {
		return err
	}
	at = min(at, im.started.UnixMilli())
	parts := split(unit)
	for i, part := range parts {
		row := n
		if i < len(parts)-1 {
			row, _ = im.done.position() // only the last part completes the instant
		}
		u := im.done.start(row, 0, len(part))
		im.o.Taker.StepUnit(at, part, group, func(r engine.Receipt, err error) { im.settled(u, r, err) })
	}
	im.state.done.Store(n)
	return nil
}

// split cuts a unit that is too large for one step between customers, so that each is still
// evaluated once.
func split(unit []engine.Input) [][]engine.Input {
	if len(unit) <= stepInputs {
		return [][]engine.Input{unit}
	}
	slices.SortStableFunc(unit, func(a, b engine.Input) int { return cmp.Compare(a.Customer, b.Customer) })
	var parts [][]engine.Input
	for len(unit) > stepInputs {
		n := stepInputs
		for n < len(unit) && unit[n].Customer == unit[n-1].Customer {
			n++
		}
		parts = append(parts, unit[:n:n])
		unit = unit[n:]
	}
	if len(unit) > 0 {
		parts = append(parts, unit)
	}
	return parts
}
