package pebble

import (
	"encoding/binary"
	"fmt"
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"github.com/earmarkhq/earmark/internal/value"
)

// Bounds of the memory that names sent from outside can take; what is beyond them is written out.
const (
	maxNames   = 1 << 17
	maxNameLen = 255
)

// dictionary is the value.Dict of the store. A new name's row is in the log before its code is
// known to anybody, hence before any commit that uses it.
type dictionary struct {
	s     *Store
	names value.Names
	mu    sync.Mutex // held while a name is added
}

func openDictionary(s *Store) (*dictionary, error) {
	d := &dictionary{s: s}
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: []byte{tabDictionary}, UpperBound: []byte{tabDictionary + 1}})
	if err != nil {
		return nil, err
	}
	defer it.Close()
	for ok := it.First(); ok; ok = it.Next() {
		b, err := it.ValueAndErr()
		if err != nil {
			return nil, err
		}
		code := d.names.Add(string(b))
		if k := it.Key(); len(k) != 5 || binary.BigEndian.Uint32(k[1:]) != code {
			return nil, corrupt("dictionary", "code %d is missing or given twice", code)
		}
	}
	return d, it.Error()
}

// Code implements value.Dict.
func (d *dictionary) Code(name string) uint32 {
	if code := d.names.Code(name); code != 0 || name == "" || len(name) > maxNameLen {
		return code
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if code := d.names.Code(name); code != 0 || d.names.Len() >= maxNames {
		return code
	}
	key := binary.BigEndian.AppendUint32([]byte{tabDictionary}, uint32(d.names.Len()+1))
	if err := d.s.db.Set(key, []byte(name), pebble.NoSync); err != nil {
		_ = d.s.fail(fmt.Errorf("add a name to the dictionary: %w", err)) // the commit that wants it reports this
		return 0
	}
	return d.names.Add(name)
}

// Name implements value.Dict.
func (d *dictionary) Name(code uint32) string { return d.names.Name(code) }
