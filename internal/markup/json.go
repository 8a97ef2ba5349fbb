package markup

import (
	"errors"
	"strconv"
	"strings"

	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/value"
)

// jsonReader builds nodes from a value.Reader, which knows the format, and adds places.
type jsonReader struct {
	r      value.Reader
	s      string
	lim    Limits
	nodes  int
	faults fault.List
	lines  liner
}

func readJSON(s string, lim Limits) (*Node, error) {
	j := &jsonReader{s: s, lim: lim, lines: liner{s: s, line: 1}}
	j.r.Reset(s, lim.Depth)
	root := j.node("")
	var syntax *value.SyntaxError
	if err := j.r.End(); errors.As(err, &syntax) {
		line, col := place(s, syntax.Offset)
		switch syntax.Code {
		case "json_depth":
			j.faults.Add(fault.Invalid("markup.too_deep", "limit", lim.Depth).At("", line, col))
		default:
			j.faults.Add(fault.Invalid("markup.syntax", "reason", syntax.Reason).At("", line, col))
		}
	}
	if j.nodes > lim.Nodes {
		j.faults.Add(fault.Invalid("markup.too_many", "limit", lim.Nodes))
	}
	if err := j.faults.Err(); err != nil {
		return nil, err
	}
	return root, nil
}

func (j *jsonReader) node(path string) *Node {
	start := j.r.Offset()
	n := &Node{}
	n.Line, n.Col = j.lines.at(start)
	if j.nodes++; j.nodes > j.lim.Nodes {
		j.r.Skip()
		return n
	}
	switch j.r.Peek() {
	case value.Object:
		n.Kind = Map
		j.object(n, path)
	case value.List:
		n.Kind = List
		for ok := j.r.List(); ok; ok = j.r.More() {
			n.Items = append(n.Items, j.node(path+"["+strconv.Itoa(len(n.Items))+"]"))
		}
	case value.Number:
		j.r.Skip()
		n.Kind, n.Text = Number, strings.TrimRight(j.s[start:max(start, j.r.Offset())], " \t\r\n")
	default:
		v := j.r.Value()
		switch v.Kind() {
		case value.Text:
			n.Kind, n.Text = Text, v.Text()
		case value.Bool:
			n.Kind, n.Text = Bool, strconv.FormatBool(v.Bool())
		}
	}
	return n
}

func (j *jsonReader) object(n *Node, path string) {
	seen := map[string]int{}
	for ok := j.r.Object(); ok; ok = j.r.More() {
		var p Pair
		p.Line, p.Col = j.lines.at(j.r.Offset())
		p.Key = j.r.Key()
		p.Value = j.node(child(path, p.Key))
		if first, dup := seen[p.Key]; dup {
			j.faults.Add(fault.Invalid("markup.duplicate_key", "key", p.Key, "first", first).At(path, p.Line, p.Col))
			continue
		}
		seen[p.Key] = p.Line
		n.Pairs = append(n.Pairs, p)
	}
}

// liner turns rising offsets into lines and columns in one walk over the text.
type liner struct {
	s         string
	offset    int
	line, col int // col: characters since the start of the line
}

func (l *liner) at(offset int) (line, col int) {
	for l.offset < offset && l.offset < len(l.s) {
		switch c := l.s[l.offset]; {
		case c == '\n':
			l.line, l.col = l.line+1, 0
		case c&0xC0 != 0x80:
			l.col++
		}
		l.offset++
	}
	return l.line, l.col + 1
}
