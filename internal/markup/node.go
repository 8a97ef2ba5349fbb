package markup

import (
	"github.com/earmarkhq/earmark/internal/value"
)

// Kind is the kind of a Node.
type Kind uint8

// The kinds. The zero Kind is Null.
const (
	Null Kind = iota
	Bool
	Number
	Text
	List
	Map
)

// String names the kind as JSON does.
func (k Kind) String() string {
	return [...]string{"null", "boolean", "number", "string", "array", "object"}[k]
}

// Node is one value of a document.
type Node struct {
	Kind  Kind
	Text  string  // of a Text; the literal of a Number; "true" or "false" of a Bool
	Items []*Node // of a List
	Pairs []Pair  // of a Map, in document order; keys are distinct
	Line  int     // from 1; 0 when the node was not read from a document
	Col   int     // from 1, in characters
}

// Pair is one key of a map with its value and the place of the key.
type Pair struct {
	Key       string
	Value     *Node
	Line, Col int
}

// Get is the value of a key, or nil.
func (n *Node) Get(key string) *Node {
	if n == nil {
		return nil
	}
	for i := range n.Pairs {
		if n.Pairs[i].Key == key {
			return n.Pairs[i].Value
		}
	}
	return nil
}

// Has reports whether the map has the key.
func (n *Node) Has(key string) bool { return n.Get(key) != nil }

// Scalar reports whether the node is a boolean, a number or a text.
func (n *Node) Scalar() bool { return n.Kind == Bool || n.Kind == Number || n.Kind == Text }

// Value is the node as a property value.
func (n *Node) Value() value.Value {
	switch n.Kind {
	case Bool:
		return value.NewBool(n.Text == "true")
	case Number:
		return number(n.Text)
	case Text:
		return value.NewText(n.Text)
	case List:
		vs := make([]value.Value, len(n.Items))
		for i, it := range n.Items {
			vs[i] = it.Value()
		}
		return value.NewList(vs...)
	case Map:
		fs := make([]value.Field, len(n.Pairs))
		for i, p := range n.Pairs {
			fs[i] = value.Field{Key: p.Key, Val: p.Value.Value()}
		}
		return value.NewObject(fs...)
	}
	return value.Value{}
}

// Short is the node in a few characters, for messages: scalars as written, cut after 60
// characters, lists and maps as […] and {…}.
func (n *Node) Short() string {
	if n == nil {
		return "null"
	}
	switch n.Kind {
	case Null:
		return "null"
	case List:
		if len(n.Items) == 0 {
			return "[]"
		}
		return "[…]"
	case Map:
		if len(n.Pairs) == 0 {
			return "{}"
		}
		return "{…}"
	case Text:
		if n.Text == "" {
			return `""`
		}
	}
	const most = 60
	if r := []rune(n.Text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return n.Text
}

// Builders of nodes without a place, for documents that the program writes.

// NewText, NewNumber (of a literal), NewBool, NewList and NewMap build nodes.
func NewText(s string) *Node         { return &Node{Kind: Text, Text: s} }
func NewNumber(lit string) *Node     { return &Node{Kind: Number, Text: lit} }
func NewList(items ...*Node) *Node   { return &Node{Kind: List, Items: items} }
func NewMap(pairs ...Pair) *Node     { return &Node{Kind: Map, Pairs: pairs} }
func P(key string, value *Node) Pair { return Pair{Key: key, Value: value} }

// NewBool builds a boolean.
func NewBool(b bool) *Node {
	if b {
		return &Node{Kind: Bool, Text: "true"}
	}
	return &Node{Kind: Bool, Text: "false"}
}
