package importer

import (
	"errors"
	"io"
	"strings"
	"unsafe"
)

// Bounds of records.
const (
	chunkBytes = 256 << 10 // read at once; records share the memory of their chunk
	maxRecord  = 1 << 20   // bytes of one record
)

// status says what the beginning of a text is.
type status uint8

const (
	complete   status = iota
	incomplete        // a record that goes on behind the text
	broken            // no record
)

// cutter finds records. more is false when the text ends where the file does.
type cutter interface {
	// cut returns the length of the record at the beginning of s with its end of line, and what
	// it is. Where it is broken the length is of no meaning and err says why.
	cut(s string, more bool) (n int, st status, err error)
}

// records reads a file record by record.
type records struct {
	in   *input
	cut  cutter
	s    string // the chunk; what is before pos was given out
	pos  int
	eof  bool
	size int   // of chunks
	line int64 // of the record at pos, from 1
	read int64 // bytes given out
}

func newRecords(in *input, c cutter) *records {
	return &records{in: in, cut: c, line: 1, size: chunkBytes}
}

// record is one record of a file.
type record struct {
	text string // without the end of line
	line int64  // where it begins, from 1
	err  error  // it is broken: the text is its first line only
}

// next returns the next record that is not blank; ok is false at the end of the file.
func (r *records) next() (rec record, ok bool, err error) {
	for {
		if r.pos == len(r.s) {
			if r.eof {
				return rec, false, nil
			}
			if err := r.fill(); err != nil {
				return rec, false, err
			}
			continue
		}
		n, st, bad := r.cut.cut(r.s[r.pos:], !r.eof)
		if st == incomplete {
			if len(r.s)-r.pos < maxRecord {
				if err := r.fill(); err != nil {
					return rec, false, err
				}
				continue
			}
			st, bad = broken, errTooLong
		}
		if st == broken {
			if n, err = r.firstLine(); err != nil {
				return rec, false, err
			}
		}
		rec = record{text: trimEOL(r.s[r.pos : r.pos+n]), line: r.line, err: bad}
		r.line += int64(strings.Count(r.s[r.pos:r.pos+n], "\n"))
		r.pos += n
		r.read += int64(n)
		if rec.text != "" {
			return rec, true, nil
		}
	}
}

// skipLine passes over one line, also a blank one.
func (r *records) skipLine() error {
	if r.pos == len(r.s) && !r.eof {
		if err := r.fill(); err != nil {
			return err
		}
	}
	n, err := r.firstLine()
	if n > 0 {
		r.line++
	}
	r.pos += n
	r.read += int64(n)
	return err
}

// firstLine is the length of the line at pos. Of a line longer than a record may be, what is
// beyond is dropped.
func (r *records) firstLine() (int, error) {
	for {
		if i := strings.IndexByte(r.s[r.pos:], '\n'); i >= 0 {
			return i + 1, nil
		}
		if r.eof {
			return len(r.s) - r.pos, nil
		}
		if len(r.s)-r.pos > 2*maxRecord {
			r.s = r.s[:r.pos+maxRecord]
		}
		if err := r.fill(); err != nil {
			return 0, err
		}
	}
}

// fill begins a new chunk with what is left of the one before.
func (r *records) fill() error {
	left := r.s[r.pos:]
	buf := make([]byte, len(left)+r.size)
	n := copy(buf, left)
	for n < len(buf) && !r.eof {
		m, err := r.in.Read(buf[n:])
		n += m
		if errors.Is(err, io.EOF) {
			r.eof = true
		} else if err != nil {
			return readError(r.in.name, err)
		}
	}
	r.s = unsafe.String(unsafe.SliceData(buf), n)
	r.pos = 0
	return nil
}

func trimEOL(s string) string { return strings.TrimSuffix(strings.TrimSuffix(s, "\n"), "\r") }
