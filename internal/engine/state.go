package engine

import (
	"encoding/binary"
	"errors"
	"slices"
	"sort"
	"unsafe"

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

type writer struct{ b []byte }

func (w *writer) uint(n uint64) { w.b = binary.AppendUvarint(w.b, n) }
func (w *writer) int(n int64)   { w.b = binary.AppendVarint(w.b, n) }
func (w *writer) text(s string) {
	w.uint(uint64(len(s)))
	w.b = append(w.b, s...)
}

// deadline writes 0 for Never, else the distance from base, which is zigzag and so offset by one.
func (w *writer) deadline(t, base int64) {
	if t == expr.Never {
		w.uint(0)
		return
	}
	d := t - base
	w.uint((uint64(d)<<1 ^ uint64(d>>63)) + 1)
}

func (w *writer) prints(ps []uint16) {
	w.uint(uint64(len(ps)))
	for _, p := range ps {
		w.b = binary.LittleEndian.AppendUint16(w.b, p)
	}
}

func (w *writer) cause(c *change.Cause) {
	w.uint(uint64(c.Kind))
	w.uint(uint64(c.Rule))
	w.uint(uint64(c.Version))
	w.uint(uint64(c.Arrival))
	w.uint(uint64(c.Tag))
	w.text(c.Actor)
}

func (w *writer) held(hs []held, base int64) {
	w.uint(uint64(len(hs)))
	for i := range hs {
		h := &hs[i]
		w.uint(uint64(h.tag))
		w.int(base - h.at)
		w.int(h.at - h.since)
		w.text(h.by)
		w.cause(&h.cause)
	}
}

func (w *writer) statements(ss []statement, base int64) {
	w.uint(uint64(len(ss)))
	for i := range ss {
		s := &ss[i]
		w.uint(uint64(s.tag))
		w.int(base - s.t)
		w.uint(uint64(s.seq))
		present := uint64(0)
		if s.present {
			present = 1
		}
		w.uint(present)
		w.deadline(s.until, base)
		w.text(s.by)
		w.text(s.actor)
	}
}

// nexts writes the finite ones; of names them, sorted.
func (w *writer) nexts(nexts []int64, of []int32, base int64) {
	n := 0
	for _, i := range of {
		if nexts[i] != expr.Never {
			n++
		}
	}
	w.uint(uint64(n))
	last := int32(0)
	for _, i := range of {
		if nexts[i] != expr.Never {
			w.uint(uint64(i - last))
			w.deadline(nexts[i], base)
			last = i
		}
	}
}

// streams writes those with entries; of names them, sorted.
func (w *writer) streams(v *expr.State, of []int32) {
	n := 0
	for _, i := range of {
		if len(v.Streams[i]) > 0 {
			n++
		}
	}
	w.uint(uint64(n))
	last := int32(0)
	for _, i := range of {
		es := v.Streams[i]
		if len(es) == 0 {
			continue
		}
		w.uint(uint64(i - last))
		last = i
		head := uint64(len(es)) << 1
		if v.Partial[i] {
			head |= 1
		}
		w.uint(head)
		var t int64
		var seq uint32
		w.uint(uint64(len(es[0].Vals)))
		for j := range es {
			e := &es[j]
			w.int(e.T - t)
			w.int(int64(e.Seq) - int64(seq))
			t, seq = e.T, e.Seq
			for _, v := range e.Vals {
				w.value(v)
			}
		}
	}
}

// value writes scalars directly and anything else as JSON: projected lists and objects are rare.
func (w *writer) value(v value.Value) {
	switch v.Kind() {
	case value.Null:
		w.b = append(w.b, 0)
	case value.Bool:
		b := byte(1)
		if v.Bool() {
			b = 2
		}
		w.b = append(w.b, b)
	case value.Text:
		w.b = append(w.b, 3)
		w.text(v.Text())
	default:
		if d, ok := v.Dec(); ok {
			if d.Exp == 0 {
				w.b = append(w.b, 4)
			} else {
				w.b = append(w.b, 5)
				w.int(int64(d.Exp))
			}
			w.int(d.Coef)
			return
		}
		w.b = append(w.b, 6)
		w.text(string(value.AppendJSON(nil, v)))
	}
}

type reader struct {
	b    []byte
	err  error
	vals []value.Value
}

func (r *reader) uint() uint64 {
	n, size := binary.Uvarint(r.b)
	if size <= 0 {
		r.err, r.b = errState, nil
		return 0
	}
	r.b = r.b[size:]
	return n
}

func (r *reader) int() int64 {
	n, size := binary.Varint(r.b)
	if size <= 0 {
		r.err, r.b = errState, nil
		return 0
	}
	r.b = r.b[size:]
	return n
}

// count reads a number of items that take at least min bytes each, so that a corrupt one can not
// ask for more than there is.
func (r *reader) count(min int) int {
	n := r.uint()
	if n > uint64(len(r.b)/min) {
		r.err, r.b = errState, nil
		return 0
	}
	return int(n)
}

func (r *reader) text() string {
	n := r.count(1)
	if n == 0 {
		return ""
	}
	s := unsafe.String(&r.b[0], n)
	r.b = r.b[n:]
	return s
}

func (r *reader) deadline(base int64) int64 {
	n := r.uint()
	if n == 0 {
		return expr.Never
	}
	n--
	return base + (int64(n>>1) ^ -int64(n&1))
}

func (r *reader) prints(dst []uint16) []uint16 {
	for n := r.count(2); n > 0; n-- {
		dst = append(dst, binary.LittleEndian.Uint16(r.b))
		r.b = r.b[2:]
	}
	return dst
}

func (r *reader) cause() change.Cause {
	return change.Cause{
		Kind: change.CauseKind(r.uint()), Rule: uint32(r.uint()), Version: uint32(r.uint()),
		Arrival: uint32(r.uint()), Tag: tag.ID(r.uint()), Actor: r.text(),
	}
}

func (r *reader) held(dst []held, base int64) []held {
	for n := r.count(10); n > 0; n-- {
		h := held{tag: tag.ID(r.uint())}
		h.at = base - r.int()
		h.since = h.at - r.int()
		h.by = r.text()
		h.cause = r.cause()
		dst = append(dst, h)
	}
	return dst
}

func (r *reader) statements(dst []statement, base int64) []statement {
	for n := r.count(6); n > 0; n-- {
		s := statement{tag: tag.ID(r.uint())}
		s.t = base - r.int()
		s.seq = uint32(r.uint())
		s.present = r.uint() != 0
		s.until = r.deadline(base)
		s.by = r.text()
		s.actor = r.text()
		dst = append(dst, s)
	}
	return dst
}

func (r *reader) nexts(s *state) {
	at := 0
	for n := r.count(2); n > 0; n-- {
		at += int(r.uint())
		t := r.deadline(s.at)
		if at >= len(s.nexts) {
			r.err, r.b = errState, nil
			return
		}
		s.setNext(int32(at), t)
	}
}

func (r *reader) streams(s *state) {
	v, at := s.view, 0
	for n := r.count(3); n > 0; n-- {
		at += int(r.uint())
		if at >= len(v.Streams) {
			r.err, r.b = errState, nil
			return
		}
		head := r.uint()
		v.Partial[at] = head&1 != 0
		width := int(r.uint())
		entries := v.Streams[at][:0]
		var t int64
		var seq uint32
		for k := head >> 1; k > 0 && r.err == nil; k-- {
			t += r.int()
			seq = uint32(int64(seq) + r.int())
			entries = append(entries, expr.Entry{T: t, Seq: seq, Vals: r.values(width)})
		}
		s.setStream(int32(at), entries)
	}
}

func (r *reader) values(width int) []value.Value {
	if width == 0 || r.err != nil || width > len(r.b) {
		return nil
	}
	from := len(r.vals)
	for i := 0; i < width; i++ {
		r.vals = append(r.vals, r.value())
	}
	return r.vals[from:len(r.vals):len(r.vals)]
}

func (r *reader) value() value.Value {
	if len(r.b) == 0 {
		r.err = errState
		return value.Value{}
	}
	kind := r.b[0]
	r.b = r.b[1:]
	switch kind {
	case 0:
		return value.Value{}
	case 1, 2:
		return value.NewBool(kind == 2)
	case 3:
		return value.NewText(r.text())
	case 4:
		return value.NewInt(r.int())
	case 5:
		exp := r.int()
		return value.NewDec(value.Dec{Coef: r.int(), Exp: int32(exp)})
	case 6:
		v, err := value.ParseJSONText(r.text())
		if err != nil {
			r.err = errState
		}
		return v
	}
	r.err = errState
	return value.Value{}
}
