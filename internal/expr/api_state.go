package expr

import (
	"cmp"
	"slices"
	"sort"

	"github.com/earmarkhq/earmark/internal/tag"
	"github.com/earmarkhq/earmark/internal/value"
)

// memo is the last answer of a shared leaf.
type memo struct {
	at, next int64
	gen      uint32
	holds    bool
}

// scratch is working memory that evaluation reuses; nothing in it lasts beyond one leaf.
type scratch struct {
	spans []stretch
	ints  []int64
	deque []int32
	decs  []value.Dec
	words []byte
	keys  map[string]int32
}

// NewState returns an empty state sized for the streams and leaves compiled so far.
func (c *Compiler) NewState() *State {
	return &State{
		Streams: make([][]Entry, len(c.streams)),
		Partial: make([]bool, len(c.streams)),
		memo:    make([]memo, len(c.leaves)),
		memoGen: 1,
		First:   Never,
	}
}

// Reset forgets memoised answers; call it after any change of the state.
func (s *State) Reset() {
	s.memoGen++
	if s.memoGen == 0 { // wrapped: an old answer could pass for a new one
		clear(s.memo)
		s.memoGen = 1
	}
}

// all returns every entry of a stream.
func (s *State) all(stream int) []Entry {
	if stream >= len(s.Streams) {
		return nil
	}
	if stream < len(s.Partial) && s.Partial[stream] && s.Load != nil {
		return s.Load(stream)
	}
	return s.Streams[stream]
}

// after returns entries of a stream that include every one with T ≥ lo.
func (s *State) after(stream int, lo int64) []Entry {
	if stream >= len(s.Streams) {
		return nil
	}
	es := s.Streams[stream]
	if stream < len(s.Partial) && s.Partial[stream] && s.Load != nil && (len(es) == 0 || es[0].T >= lo) {
		return s.Load(stream)
	}
	return es
}

// held finds a tag among those held now.
func (s *State) held(t tag.ID) (HeldTag, bool) {
	i, ok := slices.BinarySearchFunc(s.Tags, t, func(h HeldTag, t tag.ID) int { return cmp.Compare(h.Tag, t) })
	if !ok {
		return HeldTag{}, false
	}
	return s.Tags[i], true
}

// first is the index of the first entry with T ≥ t.
func first(es []Entry, t int64) int {
	n := len(es)
	if n == 0 || es[n-1].T < t {
		return n
	}
	if es[0].T >= t {
		return 0
	}
	return sort.Search(n, func(i int) bool { return es[i].T >= t })
}

// known is the number of entries with T ≤ at; most often all of them.
func known(es []Entry, at int64) int { return first(es, at+1) }

// Insert puts entries at their places in a list sorted by (T, Seq), which it may modify.
func Insert(list []Entry, add ...Entry) []Entry {
	for _, e := range add {
		i := len(list)
		for i > 0 && (list[i-1].T > e.T || list[i-1].T == e.T && list[i-1].Seq > e.Seq) {
			i--
		}
		list = slices.Insert(list, i, e)
	}
	return list
}
