package pebble

import (
	"fmt"

	"github.com/cockroachdb/pebble/v2"
)

// Checkpoint writes a consistent copy of everything committed so far to dir, which must not
// exist; files are linked where the file system allows it. Writers may go on meanwhile. States
// that only the cache has are not in it: the copy opens like a store after a crash, with tails.
func (s *Store) Checkpoint(dir string) error {
	if err := s.db.Checkpoint(dir, pebble.WithFlushedWAL()); err != nil {
		return fmt.Errorf("copy ledger to %s: %w", dir, err)
	}
	if err := writeFile(s.opts.fs, dir, formatFile, format+"\n"); err != nil {
		return fmt.Errorf("copy ledger to %s: %w", dir, err)
	}
	return nil
}
