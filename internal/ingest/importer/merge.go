package importer

import (
	"bufio"
	"container/heap"
	"encoding/binary"
	"errors"
	"io"
	"os"

	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/fault"
)

// stream gives encoded events in order of time.
type stream interface {
	// next returns the time and the event without its head; the bytes are not used again. ok is
	// false at the end.
	next() (time int64, b []byte, ok bool, err error)
}

// stream ends the adding and gives everything back in order.
func (s *sorter) stream() stream {
	s.sorted()
	if len(s.runs) == 0 {
		return &memoryStream{s: s}
	}
	m := &mergeStream{}
	for i, f := range s.runs {
		m.heads = append(m.heads, &head{run: i, from: &runStream{r: bufio.NewReaderSize(f, 256<<10)}})
	}
	m.heads = append(m.heads, &head{run: len(s.runs), from: &memoryStream{s: s}})
	return m
}

// memoryStream gives what is in memory.
type memoryStream struct {
	s *sorter
	i int
}

func (m *memoryStream) next() (int64, []byte, bool, error) {
	if m.i == len(m.s.index) {
		return 0, nil, false, nil
	}
	p := m.s.index[m.i]
	m.i++
	return p.time, m.s.at(p)[headBytes:], true, nil
}

// runStream gives a run.
type runStream struct{ r *bufio.Reader }

func (r *runStream) next() (int64, []byte, bool, error) {
	var h [headBytes]byte
	if _, err := io.ReadFull(r.r, h[:]); err != nil {
		if errors.Is(err, io.EOF) {
			return 0, nil, false, nil
		}
		return 0, nil, false, diskError(err)
	}
	n := binary.BigEndian.Uint32(h[8:])
	if n > 4*maxRecord {
		return 0, nil, false, diskError(event.ErrCorrupt)
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r.r, b); err != nil {
		return 0, nil, false, diskError(err)
	}
	return int64(binary.BigEndian.Uint64(h[:])), b, true, nil
}

func diskError(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return fault.Unavailable("import.disk").Wrap(err)
	}
	return fault.Internal("import.disk").Wrap(err)
}

// head is the next event of a run.
type head struct {
	run  int
	time int64
	b    []byte
	from stream
}

// mergeStream merges runs; of equal times the earlier run goes first, since its events came first.
type mergeStream struct {
	heads  []*head
	opened bool
}

func (m *mergeStream) Len() int { return len(m.heads) }
func (m *mergeStream) Less(i, j int) bool {
	a, b := m.heads[i], m.heads[j]
	return a.time < b.time || a.time == b.time && a.run < b.run
}
func (m *mergeStream) Swap(i, j int) { m.heads[i], m.heads[j] = m.heads[j], m.heads[i] }
func (m *mergeStream) Push(x any)    { m.heads = append(m.heads, x.(*head)) }
func (m *mergeStream) Pop() any {
	last := m.heads[len(m.heads)-1]
	m.heads = m.heads[:len(m.heads)-1]
	return last
}

func (h *head) advance() (ok bool, err error) {
	h.time, h.b, ok, err = h.from.next()
	return ok, err
}

// open reads the first event of every run.
func (m *mergeStream) open() error {
	m.opened = true
	all := m.heads
	m.heads = nil
	for _, h := range all {
		ok, err := h.advance()
		if err != nil {
			return err
		}
		if ok {
			m.heads = append(m.heads, h)
		}
	}
	heap.Init(m)
	return nil
}

func (m *mergeStream) next() (int64, []byte, bool, error) {
	if !m.opened {
		if err := m.open(); err != nil {
			return 0, nil, false, err
		}
	}
	if len(m.heads) == 0 {
		return 0, nil, false, nil
	}
	h := m.heads[0]
	time, b := h.time, h.b
	ok, err := h.advance()
	switch {
	case err != nil:
		return 0, nil, false, err
	case ok:
		heap.Fix(m, 0)
	default:
		heap.Pop(m)
	}
	return time, b, true, nil
}
