package markup

import (
	"bytes"

	"go.yaml.in/yaml/v3"

	"github.com/earmarkhq/earmark/internal/value"
)

// AppendJSON appends the node as JSON without white space; numbers as they were written.
func AppendJSON(dst []byte, n *Node) []byte {
	switch n.Kind {
	case Bool, Number:
		return append(dst, n.Text...)
	case Text:
		return value.AppendJSON(dst, value.NewText(n.Text))
	case List:
		dst = append(dst, '[')
		for i, it := range n.Items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = AppendJSON(dst, it)
		}
		return append(dst, ']')
	case Map:
		dst = append(dst, '{')
		for i, p := range n.Pairs {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = value.AppendJSON(dst, value.NewText(p.Key))
			dst = append(dst, ':')
			dst = AppendJSON(dst, p.Value)
		}
		return append(dst, '}')
	}
	return append(dst, "null"...)
}

// ToYAML writes the node as a YAML document in block style; maps and lists of scalars only are
// kept on one line.
func ToYAML(n *Node) ([]byte, error) {
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(toYAML(n)); err != nil {
		return nil, err
	}
	if err := enc.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func toYAML(n *Node) *yaml.Node {
	out := &yaml.Node{Kind: yaml.ScalarNode, Value: n.Text}
	switch n.Kind {
	case Null:
		out.Tag, out.Value = "!!null", "null"
	case Bool:
		out.Tag = "!!bool"
	case Number:
		out.Tag = "!!float"
		if _, ok := number(n.Text).Dec(); ok && !bytes.ContainsAny([]byte(n.Text), ".eE") {
			out.Tag = "!!int"
		}
	case Text:
		out.Tag = "!!str"
		if needsQuotes(n.Text) {
			out.Style = yaml.DoubleQuotedStyle
		}
	case List:
		out.Kind, out.Tag, out.Value = yaml.SequenceNode, "!!seq", ""
		for _, it := range n.Items {
			out.Content = append(out.Content, toYAML(it))
		}
		if flat(n) {
			out.Style = yaml.FlowStyle
		}
	case Map:
		out.Kind, out.Tag, out.Value = yaml.MappingNode, "!!map", ""
		for _, p := range n.Pairs {
			out.Content = append(out.Content, toYAML(NewText(p.Key)), toYAML(p.Value))
		}
		if flat(n) {
			out.Style = yaml.FlowStyle
		}
	}
	return out
}

// needsQuotes says whether a plain scalar of this text would be read as something else by us
// or by common readers of YAML.
func needsQuotes(s string) bool {
	if numeral.MatchString(s) || s == "<<" {
		return true
	}
	switch s {
	case "", "~", "null", "Null", "NULL", "true", "True", "TRUE", "false", "False", "FALSE":
		return true
	}
	return false
}

// flat says whether a node reads well on one line: it is empty, or few scalars.
func flat(n *Node) bool {
	size := 0
	for _, it := range n.Items {
		if it.Kind >= List {
			return false
		}
		size += len(it.Text) + 2
	}
	for _, p := range n.Pairs {
		if p.Value.Kind == Map && len(p.Value.Pairs) > 0 || p.Value.Kind == List && !flat(p.Value) {
			return false
		}
		size += len(p.Key) + len(p.Value.Text) + 4 + 8*len(p.Value.Items)
	}
	return size <= 80
}
