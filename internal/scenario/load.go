package scenario

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/markup"
	"github.com/earmarkhq/earmark/internal/value"
)

// Bounds of what is read: generous, because programs write it.
var limits = markup.Limits{Bytes: 1 << 30, Depth: 200, Nodes: 200_000_000}

// Loaded is one scenario of a document, or what is wrong with it.
type Loaded struct {
	Scenario *Scenario
	Name     string
	Line     int
	Faults   fault.List
}

// Load reads scenarios: a YAML or JSON document that is one or a list of them, or JSON lines
// with one each. name is the file they come from, "" for none; `file:` is relative to it. What
// is wrong with one scenario does not touch the others.
func Load(name string, data []byte) []Loaded {
	var out []Loaded
	if jsonLines(name, data) {
		for i, line := range bytes.Split(data, []byte("\n")) {
			if len(bytes.TrimSpace(line)) > 0 {
				out = append(out, document(name, line, i)...)
			}
		}
		return out
	}
	return document(name, data, 0)
}

// jsonLines recognises a document whose first line is a whole JSON object with more after it.
func jsonLines(name string, data []byte) bool {
	switch filepath.Ext(name) {
	case ".jsonl", ".ndjson":
		return true
	case ".yaml", ".yml":
		return false
	}
	first, rest, more := bytes.Cut(bytes.TrimSpace(data), []byte("\n"))
	if !more || len(first) == 0 || first[0] != '{' || len(bytes.TrimSpace(rest)) == 0 {
		return false
	}
	_, err := value.ParseJSON(bytes.TrimSpace(first))
	return err == nil
}

// document reads one document that begins after some lines of its file.
func document(name string, data []byte, lines int) []Loaded {
	format := markup.Auto
	if ext := filepath.Ext(name); ext == ".yaml" || ext == ".yml" {
		format = markup.YAML
	}
	root, err := markup.ReadWithin(data, format, limits)
	if err != nil {
		faults := fault.All(err)
		for _, f := range faults {
			if f.Line > 0 {
				f.Line += lines
			}
		}
		return []Loaded{{Line: lines + 1, Faults: faults}}
	}
	move(root, lines)
	if root.Kind != markup.List {
		return []Loaded{one(name, root, "")}
	}
	out := make([]Loaded, len(root.Items))
	for i, n := range root.Items {
		out[i] = one(name, n, item("", i))
	}
	if len(out) == 0 {
		return []Loaded{{Line: lines + 1, Faults: fault.List{fault.Invalid("scenario.empty", "file", name).At("", lines+1, 1)}}}
	}
	return out
}

// move adds lines to the places of a tree.
func move(n *markup.Node, lines int) {
	if n == nil || lines == 0 {
		return
	}
	n.Line += lines
	for _, it := range n.Items {
		move(it, lines)
	}
	for i := range n.Pairs {
		n.Pairs[i].Line += lines
		move(n.Pairs[i].Value, lines)
	}
}

func one(name string, n *markup.Node, path string) Loaded {
	l := Loaded{Line: n.Line}
	if v := n.Get("name"); v != nil {
		l.Name = v.Text
	}
	s, err := parseScenario(n, name, path)
	if err != nil {
		l.Faults = fault.All(err)
		return l
	}
	l.Scenario = s
	return l
}

// rulesFile reads the rule document that `file` names, as definitions.
func (p *parser) rulesFile(v *markup.Node, path, from string, d *Definitions) {
	file := p.text(v, path)
	if file == "" {
		return
	}
	if !filepath.IsAbs(file) {
		file = filepath.Join(filepath.Dir(from), file)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		p.bad(v, path, "scenario.read", "file", file).Wrap(err)
		return
	}
	root, err := markup.ReadWithin(data, markup.Auto, limits)
	if err != nil {
		p.faults.Add(err)
		return
	}
	if !p.fields(root, "", "zone", "groups", "metrics", "segments", "tables", "rules") {
		return
	}
	if d.Given() {
		p.bad(v, path, "scenario.conflict", "keys", "file, "+strings.Join(definitionKeys, ", "))
	}
	*d = Definitions{Rules: root.Get("rules"), Groups: root.Get("groups"), Metrics: root.Get("metrics"),
		Segments: root.Get("segments"), Tables: root.Get("tables"), Path: file}
}

// unreadable turns the error of reading a file into a fault.
func unreadable(file string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fault.NotFound("scenario.read", "file", file).Wrap(err)
	}
	return fault.Invalid("scenario.read", "file", file).Wrap(err)
}
