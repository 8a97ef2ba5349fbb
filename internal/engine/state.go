package engine

import (
	"errors"
	"slices"
	"sort"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/rule"
	"github.com/earmarkhq/earmark/internal/tag"
	"github.com/earmarkhq/earmark/internal/value"
)

// statement is one entry of the register of a stated tag.
type statement struct {
	tag     tag.ID
	t       int64
	seq     uint32
	present bool
	until   int64 // Never: open
	by      string
	actor   string
}

// held is one tag the customer holds, with what wrote it.
type held struct {
	tag   tag.ID
	at    int64
	since int64
	by    string // "rule", "hand", "import", "platform"
	cause change.Cause
}

// state is one customer as a shard works on it. A shard has one and reuses it for every
// customer; text in it may point into the shard's copy of the encoded state, so nothing of it is
// kept beyond the unit.
type state struct {
	id       customer.ID
	known    bool   // a Created row exists
	gen      uint32 // generation the streams and nexts belong to
	arrivals uint32
	units    uint32
	seq      uint64 // newest log row of this customer
	at       int64  // instant of the last evaluation; nothing due before it is left
	timer    int64  // timer row on disk, Never for none
	failed   string // error of the last evaluation, empty when it succeeded
	stale    bool   // rebuilt, or the last evaluation failed: redo is to be evaluated
	redo     []int32

	// prints are 16 bits of each event's message hash, in order of arrival, while the customer has few
	// events: an id whose print is not among them is new without asking the store. They are complete or,
	// beyond maxPrints and after a rebuild that found more, absent.
	prints     []uint16
	identities []customer.Key
	strong     bool
	held       []held      // sorted by tag
	statements []statement // sorted by tag, then (t, seq)
	nexts      []int64     // per rule of the program
	// finite and filled name the rules and streams that may have a deadline or entries: a customer has few
	// of either, and what is done per unit goes over these. Neither sorted nor free of repeats.
	finite []int32
	filled []int32
	// statedNext is the edge of the registers that time alone will reach, as nexts are of rules. It is
	// kept and not recomputed, so that a statement that arrives late does not back-date a change.
	statedNext int64
	view       *expr.State // streams, and what conditions read
	buf        []byte      // copy of the encoded state that text points into
	vals       []value.Value
}

const stateVersion = 1

var errState = errors.New("engine: state is corrupt")

// reset makes the state that of an unknown customer.
func (s *state) reset(id customer.ID, p *rule.Program) {
	s.id, s.known, s.gen = id, false, p.Set.Gen
	s.arrivals, s.units, s.seq, s.at, s.timer = 0, 0, 0, 0, expr.Never
	s.failed, s.stale, s.strong, s.redo = "", false, false, s.redo[:0]
	s.identities = s.identities[:0]
	s.held = s.held[:0]
	s.statements, s.statedNext = s.statements[:0], expr.Never
	s.view.First = expr.Never
	s.prints = s.prints[:0]
	s.resetStreams(p)
}

func (s *state) resetStreams(p *rule.Program) {
	for _, i := range s.filled {
		s.view.Streams[i] = s.view.Streams[i][:0]
		s.view.Partial[i] = false
	}
	s.filled = s.filled[:0]
	if len(s.nexts) != len(p.Rules) {
		s.nexts, s.finite = make([]int64, len(p.Rules)), s.finite[:0]
		for i := range s.nexts {
			s.nexts[i] = expr.Never
		}
	}
	s.clearNexts()
}

func (s *state) clearNexts() {
	for _, i := range s.finite {
		s.nexts[i] = expr.Never
	}
	s.finite = s.finite[:0]
}

func (s *state) setNext(i int32, next int64) {
	if s.nexts[i] == expr.Never && next != expr.Never {
		s.finite = append(s.finite, i)
	}
	s.nexts[i] = next
}

// setStream puts a stream's entries in place.
func (s *state) setStream(i int32, entries []expr.Entry) {
	if len(s.view.Streams[i]) == 0 && len(entries) > 0 {
		s.filled = append(s.filled, i)
	}
	s.view.Streams[i] = entries
}

// distinct sorts a list and drops its repeats, in place.
func distinct(list []int32) []int32 {
	slices.Sort(list)
	return slices.Compact(list)
}

// syncView hands the identities and tags to what conditions read.
func (s *state) syncView() {
	s.view.Customer = s.id
	s.view.Identities = s.identities
	s.view.Strong = s.strong
	s.syncTags()
}

func (s *state) syncTags() {
	tags := s.view.Tags[:0]
	for i := range s.held {
		h := &s.held[i]
		tags = append(tags, expr.HeldTag{Tag: h.tag, At: h.at, Since: h.since, SetBy: h.by})
	}
	s.view.Tags = tags
	s.view.Reset()
}

func (s *state) find(t tag.ID) (int, bool) {
	i := sort.Search(len(s.held), func(i int) bool { return s.held[i].tag >= t })
	return i, i < len(s.held) && s.held[i].tag == t
}

func (s *state) hold(h held) {
	i, _ := s.find(h.tag)
	s.held = append(s.held, held{})
	copy(s.held[i+1:], s.held[i:])
	s.held[i] = h
}

func (s *state) drop(t tag.ID) {
	if i, ok := s.find(t); ok {
		s.held = append(s.held[:i], s.held[i+1:]...)
	}
}

// state an addition to the register: sorted by (tag, t, seq).
func (s *state) addStatement(st statement) {
	i := sort.Search(len(s.statements), func(i int) bool {
		o := &s.statements[i]
		if o.tag != st.tag {
			return o.tag > st.tag
		}
		if o.t != st.t {
			return o.t > st.t
		}
		return o.seq > st.seq
	})
	s.statements = append(s.statements, statement{})
	copy(s.statements[i+1:], s.statements[i:])
	s.statements[i] = st
}

// insert puts a stream's new entries at their place: entries are sorted by (T, Seq) and the new
// ones have the highest Seq.
func insert(entries []expr.Entry, from int) []expr.Entry {
	for i := from; i < len(entries); i++ {
		e := entries[i]
		j := i
		for j > 0 && entries[j-1].T > e.T {
			entries[j] = entries[j-1]
			j--
		}
		entries[j] = e
	}
	return entries
}

// encode appends the state's encoding. The layout is private to this version; a reader of another
// version rebuilds from events.
func (s *state) encode(dst []byte) []byte {
	w := writer{dst}
	w.uint(stateVersion)
	w.uint(uint64(s.gen))
	flags := uint64(0)
	if s.strong {
		flags |= 1
	}
	if s.stale {
		flags |= 2
	}
	if s.known {
		flags |= 4
	}
	w.uint(flags)
	w.uint(uint64(s.arrivals))
	w.uint(uint64(s.units))
	w.uint(s.seq)
	w.int(s.at)
	w.deadline(s.timer, s.at)
	w.deadline(s.view.First, s.at)
	w.text(s.failed)
	w.prints(s.prints)
	w.uint(uint64(len(s.identities)))
	for _, k := range s.identities {
		w.text(string(k.Kind))
		w.text(k.Value)
	}
	w.held(s.held, s.at)
	w.statements(s.statements, s.at)
	w.deadline(s.statedNext, s.at)
	s.finite, s.filled = distinct(s.finite), distinct(s.filled)
	w.nexts(s.nexts, s.finite, s.at)
	w.streams(s.view, s.filled)
	return w.b
}

// decode reads what encode wrote. ok is false when the state is of another generation: then only what
// does not depend on the generation has been read and the streams must be rebuilt. One of another version
// is an error, like one that is corrupt.
func (s *state) decode(id customer.ID, p *rule.Program, blob []byte) (ok bool, err error) {
	s.reset(id, p)
	s.buf = append(s.buf[:0], blob...)
	r := reader{b: s.buf, vals: s.vals[:0]}
	defer func() { s.vals = r.vals }()
	if r.uint() != stateVersion {
		return false, errState
	}
	s.gen = uint32(r.uint())
	flags := r.uint()
	s.strong, s.stale, s.known = flags&1 != 0, flags&2 != 0, flags&4 != 0
	s.arrivals = uint32(r.uint())
	s.units = uint32(r.uint())
	s.seq = r.uint()
	s.at = r.int()
	s.timer = r.deadline(s.at)
	s.view.First = r.deadline(s.at)
	s.failed = r.text()
	s.prints = r.prints(s.prints)
	for n := r.count(2); n > 0; n-- {
		kind := r.text()
		s.identities = append(s.identities, customer.Key{Kind: customer.Kind(kind), Value: r.text()})
	}
	s.held = r.held(s.held, s.at)
	s.statements = r.statements(s.statements, s.at)
	s.statedNext = r.deadline(s.at)
	if s.gen != p.Set.Gen {
		return false, r.err
	}
	r.nexts(s)
	r.streams(s)
	return r.err == nil, r.err
}
