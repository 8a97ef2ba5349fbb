package pebble

import (
	"fmt"
	"log/slog"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Options say where and with how much memory a store works.
type Options struct {
	// CacheBytes bounds the memory of all writers' state caches; 0 is 512 MB.
	CacheBytes int64
	// BlockBytes bounds the memory for blocks of files; 0 is 128 MB.
	BlockBytes int64
	// Identities bounds the number of identities kept in memory, 32 bytes each or less; 0 is 4 M.
	Identities int
	// Log receives what Pebble reports; nil discards it.
	Log *slog.Logger

	fs       vfs.FS // tests replace the file system
	memTable uint64 // and the size of memory tables, so that little data has all levels
	few      uint32 // and fewEvents
}

func (o Options) withDefaults() Options {
	if o.CacheBytes <= 0 {
		o.CacheBytes = 512 << 20
	}
	if o.BlockBytes <= 0 {
		o.BlockBytes = 128 << 20
	}
	if o.Identities <= 0 {
		o.Identities = 4 << 20
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.few == 0 {
		o.few = fewEvents
	}
	if o.memTable == 0 {
		o.memTable = 64 << 20
	}
	if o.fs == nil {
		o.fs = vfs.Default
	}
	return o
}

func (o Options) pebble() *pebble.Options {
	p := &pebble.Options{
		Comparer:                    comparer,
		FS:                          o.fs,
		Logger:                      logger{o.Log},
		FormatMajorVersion:          pebble.FormatWALSyncChunks,
		CacheSize:                   o.BlockBytes + 2*int64(o.memTable), // memory tables are taken out of it
		MemTableSize:                o.memTable,
		MemTableStopWritesThreshold: 4,
		L0CompactionThreshold:       8,
		L0StopWritesThreshold:       32,
		LBaseMaxBytes:               256 << 20,
		MaxOpenFiles:                1000,
		BytesPerSync:                1 << 20,
		CompactionConcurrencyRange:  func() (int, int) { return 1, 2 },
	}
	// No suffix of a key is a version: values are read with their keys.
	p.Experimental.SpanPolicyFunc = func([]byte) (pebble.SpanPolicy, []byte, error) {
		return pebble.SpanPolicy{
			DisableValueSeparationBySuffix: true, ValueStoragePolicy: pebble.ValueStorageLowReadLatency,
		}, nil, nil
	}
	p.TargetFileSizes[0] = 8 << 20
	for i := range p.Levels {
		l := &p.Levels[i]
		l.BlockSize = 16 << 10
		l.IndexBlockSize = 64 << 10
		l.FilterPolicy = bloom.FilterPolicy(10)
	}
	// What was just flushed is soon written again: it is not worth compressing.
	levels := pebble.DBCompressionFastest
	levels.Levels[0] = pebble.DBCompressionNone.Levels[0]
	p.ApplyCompressionSettings(func() pebble.DBCompressionSettings { return levels })
	return p
}

// logger passes Pebble's messages on.
type logger struct{ log *slog.Logger }

func (l logger) Infof(format string, args ...any) { l.log.Debug(fmt.Sprintf(format, args...)) }

func (l logger) Errorf(format string, args ...any) { l.log.Error(fmt.Sprintf(format, args...)) }

// Fatalf is called when the log can not be written: going on would acknowledge what is lost.
func (l logger) Fatalf(format string, args ...any) {
	l.log.Error(fmt.Sprintf(format, args...))
	panic("the ledger can not be written: " + fmt.Sprintf(format, args...))
}
