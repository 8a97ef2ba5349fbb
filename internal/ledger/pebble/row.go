package pebble

import (
	"encoding/binary"
	"fmt"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/tag"
)

// What a stored row has beside the fields every row has.
const (
	rowTag byte = 1 << iota
	rowSince
	rowLate
	rowRule
	rowArrival
	rowCauseTag
	rowActor
	rowGen
)

// appendRow writes a row without slot and seq, which are its key, with the slot's next ordinal
// after it: the newest row of a slot is where the heads of the slot are found again.
func appendRow(dst []byte, r *change.Row, nextOrdinal uint32) []byte {
	from := len(dst)
	var has byte
	for i, is := range [...]bool{r.Tag != 0, r.Since != r.At, r.LateBy != 0, r.Cause.Rule != 0 || r.Cause.Version != 0,
		r.Cause.Arrival != 0, r.Cause.Tag != 0, r.Cause.Actor != "", r.Gen != 0} {
		if is {
			has |= 1 << i
		}
	}
	dst = append(dst, byte(r.Kind), byte(r.Cause.Kind), has)
	dst = binary.AppendUvarint(dst, uint64(nextOrdinal))
	dst = binary.AppendUvarint(dst, uint64(r.Customer))
	dst = binary.AppendVarint(dst, r.At)
	dst = binary.AppendVarint(dst, r.Recorded-r.At)
	if has&rowTag != 0 {
		dst = binary.AppendUvarint(dst, uint64(r.Tag))
	}
	if has&rowSince != 0 {
		dst = binary.AppendVarint(dst, r.Since-r.At)
	}
	if has&rowLate != 0 {
		dst = binary.AppendVarint(dst, r.LateBy)
	}
	if has&rowRule != 0 {
		dst = binary.AppendUvarint(dst, uint64(r.Cause.Rule))
		dst = binary.AppendUvarint(dst, uint64(r.Cause.Version))
	}
	if has&rowArrival != 0 {
		dst = binary.AppendUvarint(dst, uint64(r.Cause.Arrival))
	}
	if has&rowCauseTag != 0 {
		dst = binary.AppendUvarint(dst, uint64(r.Cause.Tag))
	}
	if has&rowActor != 0 {
		dst = binary.AppendUvarint(dst, uint64(len(r.Cause.Actor)))
		dst = append(dst, r.Cause.Actor...)
	}
	if has&rowGen != 0 {
		dst = binary.AppendUvarint(dst, uint64(r.Gen))
	}
	return seal(dst, from)
}

// decodeRow reads what appendRow wrote under the key of slot and seq.
func decodeRow(b []byte, s customer.Slot, seq uint64) (r change.Row, nextOrdinal uint32, err error) {
	b, err = unseal(b)
	if err == nil {
		f := fields{b: b}
		r, nextOrdinal = f.row()
		r.Slot, r.Seq = s, seq
		err = f.err
	}
	if err != nil {
		return change.Row{}, 0, corrupt(fmt.Sprintf("log %d/%d", s, seq), "%v", err)
	}
	return r, nextOrdinal, nil
}

func (f *fields) row() (r change.Row, nextOrdinal uint32) {
	r.Kind = change.Kind(f.byte())
	r.Cause.Kind = change.CauseKind(f.byte())
	has := f.byte()
	nextOrdinal = f.uint32()
	r.Customer = customer.ID(f.uint())
	r.At = f.int()
	r.Recorded = r.At + f.int()
	r.Since = r.At
	if has&rowTag != 0 {
		r.Tag = tag.ID(f.uint32())
	}
	if has&rowSince != 0 {
		r.Since = r.At + f.int()
	}
	if has&rowLate != 0 {
		r.LateBy = f.int()
	}
	if has&rowRule != 0 {
		r.Cause.Rule, r.Cause.Version = f.uint32(), f.uint32()
	}
	if has&rowArrival != 0 {
		r.Cause.Arrival = f.uint32()
	}
	if has&rowCauseTag != 0 {
		r.Cause.Tag = tag.ID(f.uint32())
	}
	if has&rowActor != 0 {
		r.Cause.Actor = f.text()
	}
	if has&rowGen != 0 {
		r.Gen = f.uint32()
	}
	return r, nextOrdinal
}
