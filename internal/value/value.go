package value

import "unsafe"

// Kind is the type of a Value.
type Kind uint8

// The kinds of values. The zero Value is Null: a missing property.
const (
	Null Kind = iota
	Bool
	Number
	Text
	List
	Object
)

// String names the kind as JSON Schema does ("null", "boolean", "number", "string", "array",
// "object").
func (k Kind) String() string {
	switch k {
	case Null:
		return "null"
	case Bool:
		return "boolean"
	case Number:
		return "number"
	case Text:
		return "string"
	case List:
		return "array"
	case Object:
		return "object"
	}
	return "unknown"
}

// Value is one property value. It is immutable by convention; kids are shared, and texts may
// share the memory of the document that they were read from (see Clone).
//
// It is 24 bytes wide because states and events hold many of them: p points at the bytes of a
// text or numeral or at the first kid, n is their length, or the coefficient of a number.
type Value struct {
	_    [0]func() // not comparable with ==: use Equal or Same
	p    unsafe.Pointer
	n    int64
	exp  int32
	kind Kind
	flag bool // the content of a Bool; on a Number: p and n are its literal
}

// Field is one member of an object (Key set) or one element of a list (Key empty).
type Field struct {
	Key string
	Val Value
}

// NewBool, NewText, NewDec, NewInt, NewList and NewObject build values. NewObject keeps the
// order; the keys should differ.
func NewBool(b bool) Value { return Value{kind: Bool, flag: b} }

// NewText builds a text; s should be valid UTF-8.
func NewText(s string) Value {
	return Value{kind: Text, p: unsafe.Pointer(unsafe.StringData(s)), n: int64(len(s))}
}

// NewDec builds a number that keeps the scale of d.
func NewDec(d Dec) Value { return Value{kind: Number, n: d.Coef, exp: d.Exp} }

// NewInt builds a whole number.
func NewInt(n int64) Value { return Value{kind: Number, n: n} }

// NewObject builds an object of the fields given, which it keeps.
func NewObject(fields ...Field) Value { return newKids(Object, fields) }

// NewList builds a list of the values given.
func NewList(vs ...Value) Value {
	kids := make([]Field, len(vs))
	for i, v := range vs {
		kids[i].Val = v
	}
	return newKids(List, kids)
}

func newKids(k Kind, fields []Field) Value {
	return Value{kind: k, p: unsafe.Pointer(unsafe.SliceData(fields)), n: int64(len(fields))}
}

// newLiteral is a number that Dec can not hold; s is a numeral of the JSON grammar.
func newLiteral(s string) Value {
	return Value{kind: Number, flag: true, p: unsafe.Pointer(unsafe.StringData(s)), n: int64(len(s))}
}

// str is the text or the literal; only for kinds that have one.
func (v Value) str() string { return unsafe.String((*byte)(v.p), int(v.n)) }

// Kind returns the type of the value.
func (v Value) Kind() Kind { return v.kind }

// Absent reports whether the language treats the value as missing: null, empty text, empty
// list.
func (v Value) Absent() bool {
	switch v.kind {
	case Null:
		return true
	case Text, List:
		return v.n == 0
	}
	return false
}

// Bool returns the content of a Bool, false for any other kind.
func (v Value) Bool() bool { return v.kind == Bool && v.flag }

// Text returns the text of a Text value, "" for any other.
func (v Value) Text() string {
	if v.kind == Text {
		return v.str()
	}
	return ""
}

// Dec returns the decimal of a Number; ok is false for other kinds and for the numerals beyond
// Dec, whose text Literal has.
func (v Value) Dec() (d Dec, ok bool) {
	if v.kind != Number || v.flag {
		return Dec{}, false
	}
	return Dec{Coef: v.n, Exp: v.exp}, true
}

// Literal returns the numeral of a Number that Dec can not hold, as it was written; "" for
// every other value.
func (v Value) Literal() string {
	if v.kind == Number && v.flag {
		return v.str()
	}
	return ""
}

// Int returns a whole number within int64; ok is false for anything else (2.50 among it; 2.0
// is 2).
func (v Value) Int() (n int64, ok bool) {
	d, ok := v.Dec()
	if !ok {
		return 0, false
	}
	return d.Int()
}

// Len is the number of members or elements.
func (v Value) Len() int {
	if v.kind == List || v.kind == Object {
		return int(v.n)
	}
	return 0
}

// Fields returns the members of an object in document order, or the elements of a list with
// empty keys. Do not modify.
func (v Value) Fields() []Field {
	if v.kind == List || v.kind == Object {
		return unsafe.Slice((*Field)(v.p), int(v.n))
	}
	return nil
}

// Index returns element i of a list; it panics out of range.
func (v Value) Index(i int) Value { return v.Fields()[i].Val }

// Get returns the member of an object with that key; the last one wins where NewObject was
// given a key twice. Null if there is none or v is no object.
func (v Value) Get(key string) Value {
	if v.kind != Object {
		return Value{}
	}
	kids := v.Fields()
	for i := len(kids) - 1; i >= 0; i-- {
		if kids[i].Key == key {
			return kids[i].Val
		}
	}
	return Value{}
}

// At walks a path of object keys. A path that crosses a list is absent.
func (v Value) At(path []string) Value {
	for _, k := range path {
		v = v.Get(k)
	}
	return v
}

// Depth is the number of lists and objects nested in one another: 0 for a scalar.
func (v Value) Depth() int {
	if v.kind != List && v.kind != Object {
		return 0
	}
	deepest := 0
	for _, f := range v.Fields() {
		deepest = max(deepest, f.Val.Depth())
	}
	return 1 + deepest
}

// Clone returns a copy that shares no memory with the document v was read from. Take one
// before keeping a small part of a big document.
func (v Value) Clone() Value {
	switch {
	case v.kind == Text:
		return NewText(cloneString(v.str()))
	case v.kind == Number && v.flag:
		return newLiteral(cloneString(v.str()))
	case v.kind == List || v.kind == Object:
		kids := make([]Field, v.n)
		for i, f := range v.Fields() {
			kids[i] = Field{Key: cloneString(f.Key), Val: f.Val.Clone()}
		}
		return newKids(v.kind, kids)
	}
	return v
}

func cloneString(s string) string { return string([]byte(s)) }

// String is the value as JSON, for messages and tests.
func (v Value) String() string { return string(AppendJSON(nil, v)) }
