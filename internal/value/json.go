package value

import (
	"sync"
	"unicode/utf8"
)

var readers = sync.Pool{New: func() any { return new(Reader) }}

// ParseJSON reads one JSON document exactly: whole numbers within int64 and decimals of up to
// 18 digits as Dec with their scale, other numerals as literals; where an object repeats a key
// the last value wins, at the first one's place. It refuses what is no UTF-8 and what is nested
// more than MaxDepth deep; errors are *SyntaxError. Texts share one copy of b.
func ParseJSON(b []byte) (Value, error) { return ParseJSONText(string(b)) }

// ParseJSONText is ParseJSON; the texts of the value share the memory of s.
func ParseJSONText(s string) (Value, error) {
	r := readers.Get().(*Reader)
	r.Reset(s, MaxDepth)
	v := r.Value()
	err := r.End()
	r.Release()
	readers.Put(r)
	if err != nil {
		return Value{}, err
	}
	return v, nil
}

// Value reads the next value whole.
func (r *Reader) Value() Value {
	switch c := r.space(); c {
	case '"':
		return NewText(r.quoted())
	case '{':
		return r.object()
	case '[':
		return r.list()
	case 't':
		return r.word("true", NewBool(true))
	case 'f':
		return r.word("false", NewBool(false))
	case 'n':
		return r.word("null", Value{})
	default:
		return r.number()
	}
}

// Text reads the next value if it is a text, a number or a Boolean, as its text; anything else
// is skipped and gives ok false. Senders write identifiers as numbers now and then.
func (r *Reader) Text() (s string, ok bool) {
	switch r.Peek() {
	case Text:
		s = r.quoted()
		return s, r.err == nil
	case Number, Bool:
		s, ok = TextOf(r.Value())
		return s, ok && r.err == nil
	}
	r.Skip()
	return "", false
}

// Skip reads the next value and forgets it.
func (r *Reader) Skip() {
	switch r.space() {
	case '"':
		r.quoted()
	case '{':
		for ok := r.Object(); ok; ok = r.More() {
			r.Key()
			r.Skip()
		}
	case '[':
		for ok := r.List(); ok; ok = r.More() {
			r.Skip()
		}
	default:
		r.Value()
	}
}

func (r *Reader) word(w string, v Value) Value {
	if end := r.i + len(w); end <= len(r.s) && r.s[r.i:end] == w && r.err == nil {
		r.i = end
		return v
	}
	r.syntax("a value was expected")
	return Value{}
}

func (r *Reader) number() Value {
	if r.err != nil {
		return Value{}
	}
	d, end, fits := scanNumeral(r.s, r.i, false)
	if end < 0 {
		if r.i >= len(r.s) {
			r.syntax("the document ends where a value was expected")
		} else {
			r.syntax("a value was expected")
		}
		return Value{}
	}
	start := r.i
	r.i = end
	if !fits {
		return newLiteral(r.s[start:end])
	}
	return NewDec(d)
}

func (r *Reader) list() Value {
	if !r.enter() {
		return Value{}
	}
	base := len(r.stack)
	if r.space() == ']' {
		r.i++
		r.depth--
		return newKids(List, nil)
	}
	for {
		v := r.Value()
		r.stack = append(r.stack, Field{Val: v})
		switch r.space() {
		case ',':
			r.i++
		case ']':
			return r.close(List, base)
		default:
			r.syntax("a comma or the end of the list was expected")
			r.stack = r.stack[:base]
			return Value{}
		}
	}
}

func (r *Reader) object() Value {
	if !r.enter() {
		return Value{}
	}
	base := len(r.stack)
	if r.space() == '}' {
		r.i++
		r.depth--
		return newKids(Object, nil)
	}
	keys := keySet{base: base}
	for {
		k := r.Key()
		v := r.Value()
		if at := keys.find(r.stack, k); at >= 0 {
			r.stack[at].Val = v
		} else {
			r.stack = append(r.stack, Field{Key: k, Val: v})
		}
		switch r.space() {
		case ',':
			r.i++
		case '}':
			return r.close(Object, base)
		default:
			r.syntax("a comma or the end of the object was expected")
			r.stack = r.stack[:base]
			return Value{}
		}
	}
}

// close moves the kids read since base from the stack to memory that the value keeps.
func (r *Reader) close(k Kind, base int) Value {
	r.i++
	r.depth--
	n := len(r.stack) - base
	r.kids += n
	if n > len(r.arena) {
		r.arena = make([]Field, max(n, min(256, len(r.stack)+(len(r.s)-r.i)/24)))
	}
	kids := r.arena[:n:n]
	r.arena = r.arena[n:]
	copy(kids, r.stack[base:])
	r.stack = r.stack[:base]
	return newKids(k, kids)
}

// keySet finds repeated keys of the object whose members are on the stack from base on. A
// mask of 64 bits proves most keys new; many keys go to a map, so that no document can make
// the search quadratic.
type keySet struct {
	base int
	mask uint64
	seen map[string]int
}

// find returns the place of k on the stack, or -1 and remembers that k comes next.
func (s *keySet) find(stack []Field, k string) int {
	n := len(k)
	if n > 0 {
		n += int(k[0])*5 + int(k[n-1])*11 + int(k[n/2])*23
	}
	bit := uint64(1) << (n & 63)
	known := s.mask&bit != 0
	s.mask |= bit
	if s.seen != nil {
		if at, ok := s.seen[k]; ok {
			return at
		}
		s.seen[k] = len(stack)
		return -1
	}
	if !known {
		return -1
	}
	for i := s.base; i < len(stack); i++ {
		if stack[i].Key == k {
			return i
		}
	}
	if len(stack)-s.base >= 64 {
		s.seen = make(map[string]int, 256)
		for i := s.base; i < len(stack); i++ {
			s.seen[stack[i].Key] = i
		}
		s.seen[k] = len(stack)
	}
	return -1
}

// AppendJSON appends v as JSON that reads back as the same value.
func AppendJSON(dst []byte, v Value) []byte {
	switch v.kind {
	case Bool:
		if v.flag {
			return append(dst, "true"...)
		}
		return append(dst, "false"...)
	case Number:
		if v.flag {
			return append(dst, v.str()...)
		}
		return Dec{Coef: v.n, Exp: v.exp}.appendNumeral(dst)
	case Text:
		return appendQuoted(dst, v.str())
	case List:
		dst = append(dst, '[')
		for i, f := range v.Fields() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = AppendJSON(dst, f.Val)
		}
		return append(dst, ']')
	case Object:
		dst = append(dst, '{')
		for i, f := range v.Fields() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendQuoted(dst, f.Key)
			dst = append(dst, ':')
			dst = AppendJSON(dst, f.Val)
		}
		return append(dst, '}')
	}
	return append(dst, "null"...)
}

// appendQuoted writes s as a JSON text. Bytes that are no UTF-8, which no document gives,
// become U+FFFD.
func appendQuoted(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			if r, n := utf8.DecodeRuneInString(s[i:]); r != utf8.RuneError || n > 1 {
				i += n
				continue
			}
		}
		dst = append(dst, s[start:i]...)
		switch {
		case c >= utf8.RuneSelf:
			dst = append(dst, "\ufffd"...)
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c == '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		i++
		start = i
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

// MarshalJSON implements json.Marshaler.
func (v Value) MarshalJSON() ([]byte, error) { return AppendJSON(nil, v), nil }

// UnmarshalJSON implements json.Unmarshaler with the exactness of ParseJSON.
func (v *Value) UnmarshalJSON(b []byte) error {
	parsed, err := ParseJSON(b)
	if err == nil {
		*v = parsed
	}
	return err
}
