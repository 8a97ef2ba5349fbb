package value

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

// Value is one property value. It is immutable by convention; kids are shared.
type Value struct {
	kind Kind
	b    bool
	dec  Dec    // Number within Dec
	str  string // Text; or the literal of a Number that Dec can not hold
	kids []Field
}

// Field is one member of an object (Key set) or one element of a list (Key empty).
type Field struct {
	Key string
	Val Value
}

// Dec is the exact decimal Coef × 10^Exp. It keeps the scale as written (1.50 is 150e-2);
// compare with Cmp, not with ==. Zero value: 0.
type Dec struct {
	Coef int64
	Exp  int32
}

// NewBool, NewText, NewDec, NewInt, NewList and NewObject build values.
func NewBool(b bool) Value            { return Value{kind: Bool, b: b} }
func NewText(s string) Value          { return Value{kind: Text, str: s} }
func NewDec(d Dec) Value              { return Value{kind: Number, dec: d} }
func NewInt(n int64) Value            { return Value{kind: Number, dec: Dec{Coef: n}} }
func NewObject(fields ...Field) Value { return Value{kind: Object, kids: fields} }

// NewList builds a list of the values given.
func NewList(vs ...Value) Value {
	kids := make([]Field, len(vs))
	for i, v := range vs {
		kids[i].Val = v
	}
	return Value{kind: List, kids: kids}
}

// Kind returns the type of the value.
func (v Value) Kind() Kind { return v.kind }

// Absent reports whether the language treats the value as missing: null, empty text, empty
// list.
func (v Value) Absent() bool {
	switch v.kind {
	case Null:
		return true
	case Text:
		return v.str == ""
	case List:
		return len(v.kids) == 0
	}
	return false
}

// Bool, Text and Len return the content of their kind and the zero value of any other.
func (v Value) Bool() bool { return v.kind == Bool && v.b }

// Text returns the text of a Text value, "" for any other.
func (v Value) Text() string {
	if v.kind == Text {
		return v.str
	}
	return ""
}

// Len is the number of members or elements.
func (v Value) Len() int { return len(v.kids) }

// Fields returns the members of an object in document order, or the elements of a list with
// empty keys. Do not modify.
func (v Value) Fields() []Field { return v.kids }

// Index returns element i of a list; it panics out of range.
func (v Value) Index(i int) Value { return v.kids[i].Val }

// Get returns the member of an object with that key; the last one wins where a document
// repeats a key. Null if there is none or v is no object.
func (v Value) Get(key string) Value {
	if v.kind != Object {
		return Value{}
	}
	for i := len(v.kids) - 1; i >= 0; i-- {
		if v.kids[i].Key == key {
			return v.kids[i].Val
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
