package pebble

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/objstorage/objstorageprovider"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/ledger"
)

const (
	// flushBatch is the number of dirty states up to which a flush is one commit.
	flushBatch = 1024
	// flushFile is about the size of the files in which more of them are written.
	flushFile = 32 << 20
)

// flush commits what is staged, writes all dirty states and waits until they are durable.
// Snapshots of customers whose state is behind are marked as never complete.
func (w *Writer) flush(ctx context.Context) error {
	if _, err := w.Commit(); err != nil {
		return err
	}
	w.behind.settle()
	if w.cache.dirty > flushBatch {
		if err := w.ingest(ctx); err != nil {
			return w.s.fail(fmt.Errorf("flush states: %w", err))
		}
	}
	err := w.cache.eachDirty(func(id customer.ID, m ledger.Meta, blob []byte) error {
		w.spill(id, m, blob)
		return nil
	})
	if err == nil {
		err = w.flushBehind(ctx)
	}
	if err != nil {
		return err
	}
	return w.applyFlush()
}

// flushBehind marks the stored snapshots of customers whose state is behind.
func (w *Writer) flushBehind(ctx context.Context) error {
	for id := range w.behind.newest {
		if _, ok := w.spilled[id]; ok {
			continue
		}
		blob, m, ok, err := w.s.Snapshot(ctx, id)
		if err != nil {
			return err
		}
		if ok {
			w.spill(id, m, blob)
			continue
		}
		// Rows without any state: the next Load has to look for them.
		if err := w.s.epoch.next(w.s.db, true); err != nil {
			return err
		}
	}
	return nil
}

func (w *Writer) applyFlush() error {
	b := w.s.db.NewBatchWithSize(w.st.size() + len(w.st.ops)*8)
	defer b.Close()
	err := w.st.fill(b)
	if err == nil {
		err = w.s.db.Apply(b, pebble.Sync)
	}
	if err != nil {
		return w.s.fail(fmt.Errorf("flush states: %w", err))
	}
	w.st.reset()
	clear(w.spilled)
	w.measure()
	return w.dedupe.reset()
}

// ingest writes the dirty states, but the big ones, in order of their keys into files that become
// part of the store at once: neither the log nor a memory table sees them.
func (w *Writer) ingest(ctx context.Context) error {
	refs := w.cache.dirtyRefs()
	slices.SortFunc(refs, func(a, b dirtyRef) int {
		return cmp.Or(cmp.Compare(a.slot, b.slot), cmp.Compare(a.id, b.id))
	})
	var paths []string
	var f *stateFile
	var err error
	for _, r := range refs {
		if f == nil {
			if err = ctx.Err(); err != nil {
				break
			}
			path := w.s.opts.fs.PathJoin(w.s.dir, fmt.Sprintf("%s%d-%d", flushPrefix, w.part, len(paths)))
			paths = append(paths, path)
			if f, err = w.s.newStateFile(path); err != nil {
				break
			}
		}
		e := w.cache.at(r.ref)
		if err = f.add(r.slot, r.id, w.epochOf(r.id), e.meta(), e.blob()); err != nil {
			break
		}
		if f.w.Raw().EstimatedSize() > flushFile {
			if err = f.w.Close(); err != nil {
				break
			}
			f = nil
		}
	}
	if f != nil {
		err = errors.Join(err, f.w.Close())
	}
	if err == nil {
		err = w.s.db.Ingest(ctx, paths)
	}
	if err != nil {
		return errors.Join(err, removeAll(w.s.opts.fs, paths))
	}
	for _, r := range refs {
		w.cache.clean(r.ref)
	}
	return nil
}

// flushPrefix begins the names of files that are being written for ingestion; a crash leaves
// them behind.
const flushPrefix = "FLUSH-"

func removeAll(on vfs.FS, paths []string) error {
	var err error
	for _, p := range paths {
		if e := on.Remove(p); e != nil && !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	return err
}

// stateFile is a file of state rows in order of their keys.
type stateFile struct {
	w        *sstable.Writer
	key, val []byte
}

func (s *Store) newStateFile(path string) (*stateFile, error) {
	f, err := s.opts.fs.Create(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return nil, err
	}
	w := sstable.NewWriter(objstorageprovider.NewFileWritable(f), s.pebble.MakeWriterOptions(0, s.db.TableFormat()))
	return &stateFile{w: w}, nil
}

func (f *stateFile) add(slot customer.Slot, id customer.ID, epoch uint64, m ledger.Meta, blob []byte) error {
	f.key = appendCustomer(f.key[:0], tabState, slot, id)
	f.val = appendSnapshot(f.val[:0], epoch, m, blob)
	return f.w.Set(f.key, f.val)
}

// Close implements ledger.Writer. What is staged and was never committed is discarded, and
// with it the states in the cache, which may include it: they are rebuilt from their events.
func (w *Writer) Close() error {
	if !w.s.leave(w) {
		return nil
	}
	defer w.dedupe.reset()
	if w.s.failed.Load() {
		return nil
	}
	if len(w.st.ops) > 0 {
		if err := w.s.epoch.next(w.s.db, true); err != nil {
			return w.s.fail(err)
		}
		return w.s.recoverHeads(w.part, w.of)
	}
	return w.flush(context.Background())
}
