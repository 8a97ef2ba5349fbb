package engine

import (
	"encoding/binary"
	"unsafe"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/tag"
	"github.com/earmarkhq/earmark/internal/value"
)

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
