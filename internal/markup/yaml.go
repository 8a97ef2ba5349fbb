package markup

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/earmarkhq/earmark/internal/fault"
)

// numeral is a JSON number: the only plain scalars that are numbers.
var numeral = regexp.MustCompile(`^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$`)

// yamlReader turns the library's nodes into ours.
type yamlReader struct {
	lim    Limits
	nodes  int
	faults fault.List
	open   map[*yaml.Node]bool // aliases being followed
	over   bool                // a bound was passed; said once
}

func readYAML(data []byte, lim Limits) (*Node, error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	if err := decode(dec, &doc); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, one(fault.Invalid("markup.empty"))
		}
		return nil, one(yamlFault(err))
	}
	y := &yamlReader{lim: lim, open: map[*yaml.Node]bool{}}
	root := y.node(&doc, "", 0)
	var next yaml.Node
	if err := decode(dec, &next); err == nil {
		y.faults.Add(fault.Invalid("markup.documents").At("", next.Line, next.Column))
	} else if !errors.Is(err, io.EOF) {
		y.faults.Add(yamlFault(err))
	}
	if err := y.faults.Err(); err != nil {
		return nil, err
	}
	return root, nil
}

// decode guards against a panic inside the library, which would be the caller's otherwise.
func decode(dec *yaml.Decoder, n *yaml.Node) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.New("yaml: the text can not be read")
		}
	}()
	return dec.Decode(n)
}

// FromYAML is a node that the caller read with the YAML library.
func FromYAML(n *yaml.Node) (*Node, error) {
	y := &yamlReader{lim: Limits{}.orStandard(), open: map[*yaml.Node]bool{}}
	root := y.node(n, "", 0)
	if err := y.faults.Err(); err != nil {
		return nil, err
	}
	return root, nil
}

var (
	yamlPlace  = regexp.MustCompile(`^(?:yaml: )?(?:line (\d+): )?(.*)$`)
	yamlAnchor = regexp.MustCompile(`^unknown anchor '(.*)' referenced$`)
)

// yamlFault takes line and reason out of the library's text, the only place where they are.
func yamlFault(err error) *fault.Error {
	m := yamlPlace.FindStringSubmatch(strings.SplitN(err.Error(), "\n", 2)[0])
	if m == nil {
		return fault.Invalid("markup.syntax", "reason", err.Error())
	}
	line, _ := strconv.Atoi(m[1])
	if a := yamlAnchor.FindStringSubmatch(m[2]); a != nil {
		return fault.Invalid("markup.alias", "name", a[1]).At("", line, 0)
	}
	return fault.Invalid("markup.syntax", "reason", m[2]).At("", line, 0)
}

func (y *yamlReader) node(n *yaml.Node, path string, depth int) *Node {
	out := &Node{Line: n.Line, Col: n.Column}
	if y.nodes++; y.nodes > y.lim.Nodes {
		y.passed(fault.Invalid("markup.too_many", "limit", y.lim.Nodes).At(path, n.Line, n.Column))
		return out
	}
	if depth > y.lim.Depth {
		y.passed(fault.Invalid("markup.too_deep", "limit", y.lim.Depth).At(path, n.Line, n.Column))
		return out
	}
	switch n.Kind {
	case yaml.DocumentNode:
		if len(n.Content) == 1 {
			return y.node(n.Content[0], path, depth)
		}
	case yaml.AliasNode:
		if y.open[n.Alias] {
			y.faults.Add(fault.Invalid("markup.cycle", "name", n.Value).At(path, n.Line, n.Column))
			return out
		}
		y.open[n.Alias] = true
		out = y.node(n.Alias, path, depth)
		delete(y.open, n.Alias)
	case yaml.ScalarNode:
		y.scalar(out, n, path)
	case yaml.SequenceNode:
		y.core(n, path, "!!seq")
		out.Kind = List
		y.open[n] = true
		for i, it := range n.Content {
			out.Items = append(out.Items, y.node(it, path+"["+strconv.Itoa(i)+"]", depth+1))
		}
		delete(y.open, n)
	case yaml.MappingNode:
		y.core(n, path, "!!map")
		out.Kind = Map
		y.open[n] = true
		y.mapping(out, n, path, depth)
		delete(y.open, n)
	}
	return out
}

// passed reports the first bound that is passed.
func (y *yamlReader) passed(e *fault.Error) {
	if !y.over {
		y.over = true
		y.faults.Add(e)
	}
}

func (y *yamlReader) mapping(out *Node, n *yaml.Node, path string, depth int) {
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content) && !y.over; i += 2 {
		k := n.Content[i]
		if k.Kind == yaml.AliasNode {
			k = k.Alias
		}
		p := Pair{Line: n.Content[i].Line, Col: n.Content[i].Column}
		switch {
		case k.Kind != yaml.ScalarNode:
			short := (&Node{Kind: Map, Pairs: make([]Pair, 1)}).Short()
			y.faults.Add(fault.Invalid("markup.key", "value", short).At(path, p.Line, p.Col))
			continue
		case k.Value == "<<" && k.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) == 0:
			y.faults.Add(fault.Invalid("markup.merge").At(path, p.Line, p.Col))
			continue
		}
		p.Key = k.Value
		p.Value = y.node(n.Content[i+1], child(path, p.Key), depth+1)
		if first, dup := seen[p.Key]; dup {
			y.faults.Add(fault.Invalid("markup.duplicate_key", "key", p.Key, "first", first).At(path, p.Line, p.Col))
			continue
		}
		seen[p.Key] = p.Line
		out.Pairs = append(out.Pairs, p)
	}
}

func (y *yamlReader) scalar(out *Node, n *yaml.Node, path string) {
	tagged := n.Style&yaml.TaggedStyle != 0
	quoted := n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0
	if tagged {
		y.core(n, path, "!!str", "!!int", "!!float", "!!bool", "!!null")
	}
	out.Kind, out.Text = Text, n.Value
	if quoted || tagged && n.ShortTag() == "!!str" {
		return
	}
	switch v := n.Value; {
	case v == "" || v == "~" || v == "null" || v == "Null" || v == "NULL":
		out.Kind, out.Text = Null, ""
	case v == "true" || v == "True" || v == "TRUE":
		out.Kind, out.Text = Bool, "true"
	case v == "false" || v == "False" || v == "FALSE":
		out.Kind, out.Text = Bool, "false"
	case numeral.MatchString(v):
		out.Kind = Number
	}
}

// core refuses a tag written in the document that is none of the allowed ones.
func (y *yamlReader) core(n *yaml.Node, path string, allowed ...string) {
	if n.Style&yaml.TaggedStyle == 0 {
		return
	}
	for _, a := range allowed {
		if n.ShortTag() == a {
			return
		}
	}
	y.faults.Add(fault.Invalid("markup.tag", "tag", n.Tag).At(path, n.Line, n.Column))
}
