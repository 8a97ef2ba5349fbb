package importer

import (
	"strings"

	"github.com/earmarkhq/earmark/internal/fault"
)

var _ = fault.Register(fault.Messages{
	"row.quote":    {ZH: "引号没有配对", EN: "a quote is not closed, or something follows it"},
	"row.too_long": {ZH: "一行超过 {limit} 字节", EN: "a row has more than {limit} bytes"},
	"row.cells":    {ZH: "这一行有 {got} 个单元格，表头有 {want} 个", EN: "the row has {got} cells, the header has {want}"},
	"row.utf8":     {ZH: "含有无法识别的字符，请检查文件编码", EN: "it has characters that are none; see to the encoding of the file"},
})

var (
	errQuote     error = fault.Invalid("row.quote")
	errTooLong   error = fault.Invalid("row.too_long", "limit", maxRecord)
	errUTF8      error = fault.Invalid("row.utf8")
	errNotObject error = fault.Invalid("row.not_object")
)

// table cuts CSV into records and cells, as RFC 4180 has it: a cell that begins with a quote
// ends at the next one that stands alone, and two quotes in it are one. A quote inside another
// cell is a character like others.
type table struct {
	sep, quote byte // quote 0: there are none
	trim       bool
	cells      []string // of the record that was cut last; share its memory
}

func newTable(t *Table, f Format) *table {
	out := &table{sep: t.Separator, quote: t.Quote, trim: !t.KeepBlanks}
	if out.sep == 0 {
		if out.sep = ','; f == TSV {
			out.sep = '\t'
		}
	}
	switch out.quote {
	case 0:
		out.quote = '"'
	case NoQuote:
		out.quote = 0
	}
	return out
}

// cut implements cutter.
func (t *table) cut(s string, more bool) (n int, st status, err error) {
	t.cells = t.cells[:0]
	for {
		cell, end, last, st := t.cell(s, n, more)
		if st != complete {
			return 0, st, errQuote
		}
		if t.trim {
			cell = strings.Trim(cell, " \t")
		}
		t.cells = append(t.cells, cell)
		if n = end; last {
			return n, complete, nil
		}
	}
}

// cell reads the cell at i. end is behind its separator; last marks the last of a record.
func (t *table) cell(s string, i int, more bool) (cell string, end int, last bool, st status) {
	if i < len(s) && s[i] == t.quote && t.quote != 0 {
		return t.quoted(s, i+1, more)
	}
	for j := i; j < len(s); j++ {
		switch c := s[j]; {
		case c == t.sep:
			return s[i:j], j + 1, false, complete
		case c == '\n':
			return strings.TrimSuffix(s[i:j], "\r"), j + 1, true, complete
		}
	}
	if more {
		return "", 0, false, incomplete
	}
	return strings.TrimSuffix(s[i:], "\r"), len(s), true, complete
}

// quoted reads the cell whose opening quote stands before i.
func (t *table) quoted(s string, i int, more bool) (cell string, end int, last bool, st status) {
	doubled := false
	for j := i; ; {
		k := strings.IndexByte(s[j:], t.quote)
		if k < 0 {
			return "", 0, false, unfinished(more)
		}
		j += k
		rest := s[j+1:]
		if rest == "" && more {
			return "", 0, false, incomplete
		}
		if rest != "" && rest[0] == t.quote {
			doubled = true
			j += 2
			continue
		}
		cell = s[i:j]
		if doubled {
			cell = strings.ReplaceAll(cell, s[j:j+1]+s[j:j+1], s[j:j+1])
		}
		switch {
		case rest == "":
			return cell, j + 1, true, complete
		case rest[0] == t.sep:
			return cell, j + 2, false, complete
		case rest[0] == '\n':
			return cell, j + 2, true, complete
		case rest[0] == '\r' && len(rest) > 1 && rest[1] == '\n':
			return cell, j + 3, true, complete
		case rest[0] == '\r' && len(rest) == 1 && !more:
			return cell, j + 2, true, complete
		case rest[0] == '\r' && len(rest) == 1:
			return "", 0, false, incomplete
		}
		return "", 0, false, broken
	}
}

func unfinished(more bool) status {
	if more {
		return incomplete
	}
	return broken
}

// lines cuts a file into lines.
type lines struct{}

// cut implements cutter.
func (lines) cut(s string, more bool) (n int, st status, err error) {
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		return i + 1, complete, nil
	}
	if more {
		return 0, incomplete, nil
	}
	return len(s), complete, nil
}
