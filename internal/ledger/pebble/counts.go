package pebble

import (
	"encoding/binary"

	"github.com/cockroachdb/pebble/v2"

	"github.com/earmarkhq/earmark/internal/tag"
)

// counts are one part's shares of the tags' counts. A part goes on from the share it left,
// whatever the number of parts was, so the sum over all parts stays right.
type counts struct {
	n     map[tag.ID]int64
	dirty map[tag.ID]struct{}
}

func (c *counts) load(db *pebble.DB, part int) error {
	c.n, c.dirty = map[tag.ID]int64{}, map[tag.ID]struct{}{}
	it, err := db.NewIter(&pebble.IterOptions{LowerBound: []byte{tabCount}, UpperBound: []byte{tabCount + 1}})
	if err != nil {
		return err
	}
	defer it.Close()
	for ok := it.First(); ok; ok = it.Next() {
		t, p, n, err := decodeCount(it.Key(), it.Value())
		if err != nil {
			return err
		}
		if p == part {
			c.n[t] = n
		}
	}
	return it.Error()
}

func (c *counts) add(t tag.ID, n int64) {
	c.n[t] += n
	c.dirty[t] = struct{}{}
}

func (c *counts) stage(st *staging, part int) {
	for t := range c.dirty {
		b := st.keyed(appendCountKey(st.begin(), t, part))
		st.set(binary.AppendVarint(b, c.n[t]))
	}
	clear(c.dirty)
}
