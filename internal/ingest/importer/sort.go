package importer

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"slices"
	"unsafe"

	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/ingest"
	"github.com/earmarkhq/earmark/internal/value"
)

var _ = fault.Register(fault.Messages{
	"import.disk": {ZH: "无法写入临时文件", EN: "a temporary file can not be written"},
})

// sorter orders events by time, equal times as they came. What is beyond the budget of memory
// goes to sorted runs on disk.
type sorter struct {
	budget int    // bytes of encoded events in memory
	dir    string // for runs, made when the first is written
	temp   string // where dir is made; "" is the system's place

	dict   value.MemDict // names of what is not kept
	blocks [][]byte
	used   int
	index  []place
	runs   []*os.File
	total  int64
	first  int64 // least and greatest time, valid when total > 0
	last   int64
}

// place is where an encoded event lies: block number and offset, in order of arrival.
type place struct {
	time int64
	at   uint64
}

// Encoded events lie in blocks; a new one begins when less than spareBytes are left, which is
// more than any event takes.
const (
	blockBytes = 16 << 20
	spareBytes = 2 * maxRecord
)

// add takes all entries of a batch.
func (s *sorter) add(b *ingest.Batch) error {
	for i := range b.Events {
		if err := s.put(b.Keys[i], &b.Events[i]); err != nil {
			return err
		}
	}
	return nil
}

func (s *sorter) put(keys []customer.Key, ev *event.Event) error {
	n := len(s.blocks)
	if n == 0 || cap(s.blocks[n-1])-len(s.blocks[n-1]) < spareBytes {
		if s.used >= s.budget {
			if err := s.spill(); err != nil {
				return err
			}
		}
		s.blocks = append(s.blocks, make([]byte, 0, blockBytes))
		n = len(s.blocks)
	}
	block := s.blocks[n-1]
	at := len(block)
	block = s.encode(block, keys, ev)
	s.blocks[n-1] = block
	s.used += len(block) - at
	s.index = append(s.index, place{ev.Time, uint64(n-1)<<32 | uint64(at)})
	if s.total == 0 {
		s.first, s.last = ev.Time, ev.Time
	}
	s.first, s.last = min(s.first, ev.Time), max(s.last, ev.Time)
	s.total++
	return nil
}

// encode appends time, length and the event with its keys.
func (s *sorter) encode(dst []byte, keys []customer.Key, ev *event.Event) []byte {
	dst = binary.BigEndian.AppendUint64(dst, uint64(ev.Time))
	at := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	dst = append(dst, byte(len(keys)))
	for _, k := range keys {
		dst = value.AppendName(dst, string(k.Kind), &s.dict)
		dst = append(dst, byte(len(k.Value)))
		dst = append(dst, k.Value...)
	}
	dst = event.AppendEvent(dst, ev, &s.dict)
	binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	return dst
}

const headBytes = 12 // time and length

// decode appends an encoded event, without its head, to out. out shares its memory.
func (s *sorter) decode(b []byte, out *ingest.Batch) error {
	if len(b) == 0 {
		return event.ErrCorrupt
	}
	keys := make([]customer.Key, b[0])
	b = b[1:]
	for i := range keys {
		kind, _, rest, ok := value.DecodeName(b, &s.dict)
		if !ok || len(rest) == 0 || len(rest) <= int(rest[0]) {
			return event.ErrCorrupt
		}
		n := int(rest[0])
		keys[i] = customer.Key{Kind: customer.Kind(kind), Value: unsafe.String(&rest[1], n)}
		b = rest[1+n:]
	}
	var ev event.Event
	if err := event.DecodeEvent(b, &s.dict, &ev); err != nil {
		return err
	}
	out.Add(keys, ev)
	return nil
}

// sorted orders what is in memory.
func (s *sorter) sorted() {
	byTime := func(a, b place) int {
		switch {
		case a.time != b.time:
			if a.time < b.time {
				return -1
			}
			return 1
		case a.at < b.at:
			return -1
		}
		return 1
	}
	if !slices.IsSortedFunc(s.index, byTime) {
		slices.SortFunc(s.index, byTime)
	}
}

// at is the encoded event of a place, head included.
func (s *sorter) at(p place) []byte {
	b := s.blocks[p.at>>32][uint32(p.at):]
	return b[:headBytes+binary.BigEndian.Uint32(b[8:])]
}

// spill writes what is in memory as a run and forgets it.
func (s *sorter) spill() error {
	if s.dir == "" {
		dir, err := os.MkdirTemp(s.temp, "earmark-import-")
		if err != nil {
			return fault.Unavailable("import.disk").Wrap(err)
		}
		s.dir = dir
	}
	f, err := os.CreateTemp(s.dir, "run-")
	if err != nil {
		return fault.Unavailable("import.disk").Wrap(err)
	}
	s.runs = append(s.runs, f)
	s.sorted()
	w := bufio.NewWriterSize(f, 1<<20)
	for _, p := range s.index {
		if _, err := w.Write(s.at(p)); err != nil {
			return fault.Unavailable("import.disk").Wrap(err)
		}
	}
	if err := w.Flush(); err != nil {
		return fault.Unavailable("import.disk").Wrap(err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return fault.Unavailable("import.disk").Wrap(err)
	}
	s.blocks, s.index, s.used = nil, nil, 0
	return nil
}

// close removes the runs.
func (s *sorter) close() error {
	for _, f := range s.runs {
		_ = f.Close() // it is removed below
	}
	if s.dir == "" {
		return nil
	}
	if err := os.RemoveAll(s.dir); err != nil {
		return fmt.Errorf("remove temporary files: %w", err)
	}
	return nil
}
