package importer

import (
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"github.com/earmarkhq/earmark/internal/fault"
)

var _ = fault.Register(fault.Messages{
	"import.errors_file": {ZH: "无法写入错误文件 {file}", EN: "the errors file {file} can not be written"},
})

// Refusal is one thing wrong with a row that was therefore refused.
type Refusal struct {
	File   string `json:"file"`
	Row    int64  `json:"row"` // line of the file on which the row begins, from 1
	Column string `json:"column,omitempty"`
	Value  string `json:"value,omitempty"` // cut
	Code   string `json:"code"`
	Reason string `json:"reason"`
}

// shownRefusals is how many refusals a report shows; all go to the errors file.
const shownRefusals = 20

// maxShownValue is how many bytes of a value a report shows.
const maxShownValue = 200

// refusals writes what was refused.
type refusals struct {
	file  string
	lang  fault.Lang
	rows  atomic.Int64
	first []Refusal
	f     io.WriteCloser
	csv   *csv.Writer
	path  string
}

// newRefusals begins an errors file at path, or none for "".
func newRefusals(file, path string, lang fault.Lang) (*refusals, error) {
	r := &refusals{file: file, lang: lang, path: path}
	if path == "" {
		return r, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, fault.Invalid("import.errors_file", "file", path).Wrap(err)
	}
	r.f, r.csv = f, csv.NewWriter(f)
	return r, r.write([]string{"file", "row", "column", "value", "reason"})
}

// add notes a refused row with all that is wrong with it.
func (r *refusals) add(line int64, problems []problem) error {
	r.rows.Add(1)
	for _, p := range problems {
		x := Refusal{File: r.file, Row: line, Column: p.column, Value: clip(p.value), Code: "fault.unexpected", Reason: p.err.Error()}
		if e, ok := fault.As(p.err); ok {
			x.Code, x.Reason = e.Code, e.Text(r.lang)
		}
		if len(r.first) < shownRefusals {
			x.Column, x.Value = strings.Clone(x.Column), strings.Clone(x.Value)
			r.first = append(r.first, x)
		}
		if err := r.write([]string{x.File, strconv.FormatInt(x.Row, 10), x.Column, x.Value, x.Reason}); err != nil {
			return err
		}
	}
	return nil
}

// count is the number of rows refused; any goroutine may ask.
func (r *refusals) count() int64 { return r.rows.Load() }

func (r *refusals) write(cells []string) error {
	if r.csv == nil {
		return nil
	}
	if err := r.csv.Write(cells); err != nil {
		return fault.Unavailable("import.errors_file", "file", r.path).Wrap(err)
	}
	return nil
}

// close completes the errors file.
func (r *refusals) close() error {
	if r.csv == nil {
		return nil
	}
	r.csv.Flush()
	err := r.csv.Error()
	if cerr := r.f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fault.Unavailable("import.errors_file", "file", r.path).Wrap(err)
	}
	return nil
}

// clip cuts a value at the end of a character.
func clip(s string) string {
	if len(s) <= maxShownValue {
		return s
	}
	n := maxShownValue
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

// String is the refusal on one line.
func (r Refusal) String() string {
	s := fmt.Sprintf("%s:%d", r.File, r.Row)
	if r.Column != "" {
		s += " " + r.Column
	}
	if r.Value != "" {
		s += fmt.Sprintf(" %q", r.Value)
	}
	return s + ": " + r.Reason
}
