package scenario

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/earmarkhq/earmark/internal/fault"
)

// WriteText tells a person what failed, with place, expectation, answer and explanation, and
// ends with a line that counts.
func (r *Report) WriteText(w io.Writer, lang fault.Lang) error {
	b := bufio.NewWriter(w)
	for i := range r.Scenarios {
		if s := &r.Scenarios[i]; !s.OK {
			s.writeText(b, lang)
		}
	}
	if lang == fault.EN {
		fmt.Fprintf(b, "%d scenarios, %d steps: ", len(r.Scenarios), r.Steps)
		if r.Failed == 0 {
			fmt.Fprintln(b, "all as expected")
		} else {
			fmt.Fprintf(b, "%d failed\n", r.Failed)
		}
		return b.Flush()
	}
	fmt.Fprintf(b, "%d 个场景，%d 步：", len(r.Scenarios), r.Steps)
	if r.Failed == 0 {
		fmt.Fprintln(b, "全部符合预期")
	} else {
		fmt.Fprintf(b, "%d 个不符\n", r.Failed)
	}
	return b.Flush()
}

func (s *Result) writeText(b *bufio.Writer, lang fault.Lang) {
	where := s.File
	if where == "" {
		where = "-"
	}
	fmt.Fprintf(b, "FAIL %s:%d", where, s.Line)
	if s.Name != "" {
		fmt.Fprintf(b, " %s", s.Name)
	}
	fmt.Fprintln(b)
	for _, f := range s.Faults {
		text := f.Text(lang)
		if place := f.Place(lang); place != "" {
			text = place + ": " + text
		}
		if f.Err != nil {
			text += ": " + f.Err.Error()
		}
		fmt.Fprintf(b, "  %s [%s]\n", text, f.Code)
	}
	expected, got := "应为", "实为"
	if lang == fault.EN {
		expected, got = "expected", "got"
	}
	for _, st := range s.Steps {
		for _, f := range st.Failures {
			fmt.Fprintf(b, "  %s:%d steps[%d] %s %s: %s %s, %s %s\n", where, f.Line, st.Index, st.At, f.What, expected, plain(f.Expected), got, plain(f.Got))
			for _, line := range f.Because {
				fmt.Fprintf(b, "      %s\n", line)
			}
		}
	}
}

// plain is a value as JSON, for people.
func plain(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return string(appendJSON(nil, v))
}

func appendJSON(dst []byte, v any) []byte {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return append(dst, fmt.Sprintf("%q", err.Error())...)
	}
	return append(dst, strings.TrimSuffix(buf.String(), "\n")...)
}

// wireFault is a fault as programs read it.
type wireFault struct {
	Code    string     `json:"code"`
	Text    string     `json:"text"`
	Path    string     `json:"path,omitempty"`
	Line    int        `json:"line,omitempty"`
	Column  int        `json:"column,omitempty"`
	Args    fault.Args `json:"args,omitempty"`
	Suggest string     `json:"suggest,omitempty"`
}

// WriteJSON writes one JSON object per scenario and line, in the order of the input.
func (r *Report) WriteJSON(w io.Writer, lang fault.Lang) error {
	b := bufio.NewWriterSize(w, 1<<16)
	for i := range r.Scenarios {
		s := &r.Scenarios[i]
		line := struct {
			*Result
			Faults []wireFault `json:"faults,omitempty"`
		}{Result: s}
		for _, f := range s.Faults {
			line.Faults = append(line.Faults, wireFault{f.Code, f.Text(lang), f.Path, f.Line, f.Col, f.Args, f.Suggest})
		}
		if _, err := b.Write(append(appendJSON(nil, line), '\n')); err != nil {
			return err
		}
	}
	return b.Flush()
}
