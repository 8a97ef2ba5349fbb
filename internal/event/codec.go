package event

import (
	"encoding/binary"

	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/value"
)

// Faults of stored bytes.
var (
	// ErrCorrupt is returned for bytes that no AppendEvent wrote.
	ErrCorrupt = fault.Internal("event.corrupt")
	// ErrVersion is returned for events that a later release wrote.
	ErrVersion = fault.Internal("event.version_unknown")
)

var _ = fault.Register(fault.Messages{
	"event.corrupt":         {ZH: "存储的事件已损坏", EN: "a stored event is damaged"},
	"event.version_unknown": {ZH: "事件由更新版本的程序写入，本版本无法读取", EN: "an event was written by a later release, which this one cannot read"},
})

// version is the first byte of every encoded event.
const version = 1

// Bits of the byte that says which parts an event has.
const (
	hasRawType = 1 << iota
	hasProps
	hasContext
	hasRaw
	idForm = 0x30 // the form of the message id, shifted by idShift

	idShift = 4
)

// AppendEvent appends the compact, lossless encoding of e:
//
//	version · type · time, received − time · arrival · unit        the head, see DecodeHead
//	parts · source · message id · raw type · properties · context · raw properties
//
// Types, sources, keys of objects and a few texts of the context are codes of dict.
func AppendEvent(dst []byte, e *Event, dict value.Dict) []byte {
	dst = append(dst, version)
	dst = value.AppendName(dst, e.Type, dict)
	dst = binary.AppendVarint(dst, e.Time)
	dst = binary.AppendVarint(dst, e.Received-e.Time)
	dst = binary.AppendUvarint(dst, uint64(e.Arrival))
	dst = binary.AppendUvarint(dst, uint64(e.Unit))
	at := len(dst)
	dst = append(dst, 0)
	dst = value.AppendName(dst, e.Source, dict)
	dst, form := appendID(dst, e.ID)
	parts := form << idShift
	if e.RawType != "" {
		parts |= hasRawType
		dst = value.AppendName(dst, e.RawType, dict)
	}
	if e.Props.Kind() != value.Null {
		parts |= hasProps
		dst = value.AppendBinary(dst, e.Props, dict)
	}
	if e.Context.Kind() != value.Null {
		parts |= hasContext
		dst = value.Encoder{Dict: dict, Repeats: repeats}.Append(dst, e.Context)
	}
	if e.Raw.Kind() != value.Null {
		parts |= hasRaw
		dst = value.AppendBinary(dst, e.Raw, dict)
	}
	dst[at] = parts
	return dst
}

// repeats are the members of a context that have few different texts. Nothing that is about a
// person belongs here: the dictionary never forgets.
func repeats(parent, key string) bool {
	switch parent {
	case "":
		return key == "locale" || key == "timezone" || key == "channel"
	case "library", "os", "app":
		return key == "name" || key == "version"
	case "device":
		return key == "type" || key == "manufacturer"
	}
	return false
}

// Head is what can be known of a stored event without reading it whole.
type Head struct {
	// TypeCode is the dictionary's code of the type, 0 where the type is written out.
	TypeCode uint32
	Time     int64
	Received int64
	Arrival  uint32
	Unit     uint32
}

// DecodeHead reads the head of an encoded event: no dictionary, no allocation.
func DecodeHead(b []byte) (Head, error) {
	h, _, err := decodeHead(b)
	return h, err
}

// decodeHead also returns the bytes behind the head.
func decodeHead(b []byte) (h Head, rest []byte, err error) {
	if len(b) == 0 {
		return h, nil, ErrCorrupt
	}
	if b[0] != version {
		return h, nil, ErrVersion
	}
	r := reader{b: b[1:]}
	h.TypeCode = r.uint32()
	if h.TypeCode == 0 {
		r.skip(r.uvarint())
	}
	h.Time = r.varint()
	h.Received = h.Time + r.varint()
	h.Arrival = r.uint32()
	h.Unit = r.uint32()
	if r.bad {
		return Head{}, nil, ErrCorrupt
	}
	return h, r.b, nil
}

// DecodeKey reads the idempotency key of an encoded event.
func DecodeKey(b []byte, dict value.Dict) (source, id string, err error) {
	_, rest, err := decodeHead(b)
	if err != nil {
		return "", "", err
	}
	if len(rest) == 0 {
		return "", "", ErrCorrupt
	}
	source, id, _, ok := decodeKey(rest[0], rest[1:], dict)
	if !ok {
		return "", "", ErrCorrupt
	}
	return source, id, nil
}

func decodeKey(parts byte, b []byte, dict value.Dict) (source, id string, rest []byte, ok bool) {
	source, _, b, ok = value.DecodeName(b, dict)
	if !ok {
		return "", "", nil, false
	}
	id, rest, ok = decodeID(parts&idForm>>idShift, b)
	return source, id, rest, ok
}

// DecodeEvent reads an encoded event into e, which it overwrites. Texts may share the memory of
// b, which must not change afterwards. It never panics; the error is ErrCorrupt or ErrVersion.
func DecodeEvent(b []byte, dict value.Dict, e *Event) error {
	h, rest, err := decodeHead(b)
	if err != nil {
		return err
	}
	*e = Event{Time: h.Time, Received: h.Received, Arrival: h.Arrival, Unit: h.Unit}
	name, _, _, ok := value.DecodeName(b[1:], dict)
	if !ok || len(rest) == 0 {
		return ErrCorrupt
	}
	e.Type = name
	parts := rest[0]
	if e.Source, e.ID, rest, ok = decodeKey(parts, rest[1:], dict); !ok {
		return ErrCorrupt
	}
	if parts&hasRawType != 0 {
		if e.RawType, _, rest, ok = value.DecodeName(rest, dict); !ok {
			return ErrCorrupt
		}
	}
	for _, part := range [...]struct {
		bit byte
		to  *value.Value
	}{{hasProps, &e.Props}, {hasContext, &e.Context}, {hasRaw, &e.Raw}} {
		if parts&part.bit == 0 {
			continue
		}
		if *part.to, rest, err = value.DecodeBinary(rest, dict); err != nil {
			return ErrCorrupt
		}
	}
	if len(rest) != 0 {
		return ErrCorrupt
	}
	return nil
}

// reader reads integers from the front of b; bad stays set after the first fault.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) uvarint() uint64 {
	if len(r.b) > 0 && r.b[0] < 0x80 {
		n := uint64(r.b[0])
		r.b = r.b[1:]
		return n
	}
	n, size := binary.Uvarint(r.b)
	if size <= 0 {
		r.b, r.bad = nil, true
		return 0
	}
	r.b = r.b[size:]
	return n
}

func (r *reader) varint() int64 {
	u := r.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

func (r *reader) uint32() uint32 {
	n := r.uvarint()
	if n > 1<<32-1 {
		r.bad = true
	}
	return uint32(n)
}

func (r *reader) skip(n uint64) {
	if n > uint64(len(r.b)) {
		r.b, r.bad = nil, true
		return
	}
	r.b = r.b[n:]
}
