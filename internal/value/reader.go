package value

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// MaxDepth is the number of lists and objects that may be nested in a document.
const MaxDepth = 32

// SyntaxError is a document that is no JSON, or no JSON that this product takes.
type SyntaxError struct {
	// Code is one of json_syntax, json_depth, json_utf8.
	Code string
	// Offset is the place of the fault in bytes from the start of the document.
	Offset int
	// Reason is the fault in words.
	Reason string
}

// Error gives reason and place.
func (e *SyntaxError) Error() string { return fmt.Sprintf("%s at byte %d", e.Reason, e.Offset) }

// Reader reads one JSON document step by step: what the caller knows it takes field by field,
// the rest as Values. Texts and Values share the memory of the document.
//
// A container is read as
//
//	for ok := r.Object(); ok; ok = r.More() {
//		switch r.Key() { … one of Value, Text, Skip, Object, List … }
//	}
//
// and a list likewise with List and without Key. The first fault ends everything: More is then
// false and every other call does nothing; ask Err at the end. The zero Reader is ready for
// Reset. A Reader is not safe for concurrent use.
type Reader struct {
	s      string
	b      []byte // the bytes of s, read only
	i      int
	depth  int
	limit  int
	braces uint64 // bit d: the container entered at depth d is an object
	first  bool   // the container just opened has not given anything yet
	err    *SyntaxError

	deepest int // greatest depth since Measure
	kids    int // members and elements read by Value since Measure

	stack []Field // kids of the containers being read by Value
	arena []Field // free Fields of the current chunk
	text  []byte  // free bytes for texts with escapes
}

// Reset begins a document. depth is the nesting allowed in it, at most 64. A document that is
// no UTF-8 is refused at once.
func (r *Reader) Reset(s string, depth int) {
	*r = Reader{s: s, b: unsafe.Slice(unsafe.StringData(s), len(s)), limit: min(depth, 64), stack: r.stack[:0]}
	if !utf8.ValidString(s) {
		r.i = invalidAt(s)
		r.fail("json_utf8", "text is not valid UTF-8")
	}
}

// Release drops what the Reader still refers to, so that it can wait in a pool.
func (r *Reader) Release() {
	stack := r.stack[:cap(r.stack)]
	if len(stack) > 128 {
		stack = nil
	}
	clear(stack)
	*r = Reader{stack: stack[:0]}
}

func invalidAt(s string) int {
	for i := 0; i < len(s); {
		c, n := utf8.DecodeRuneInString(s[i:])
		if c == utf8.RuneError && n <= 1 {
			return i
		}
		i += n
	}
	return len(s)
}

// Err is the first fault, nil if there was none.
func (r *Reader) Err() error {
	if r.err == nil {
		return nil
	}
	return r.err
}

// Offset is the number of bytes read so far, white space before the next value included.
func (r *Reader) Offset() int {
	r.space()
	return r.i
}

// End checks that nothing but white space follows and returns Err.
func (r *Reader) End() error {
	if r.err == nil && r.space() != 0 {
		r.syntax("nothing more was expected")
	}
	return r.Err()
}

func (r *Reader) fail(code, reason string) {
	if r.err == nil {
		r.err = &SyntaxError{Code: code, Offset: r.i, Reason: reason}
	}
}

func (r *Reader) syntax(reason string) { r.fail("json_syntax", reason) }

// space skips white space and returns the byte that follows, 0 at the end or after a fault.
func (r *Reader) space() byte {
	i := r.i
	for i < len(r.b) {
		c := r.b[i]
		if c > ' ' {
			if r.err != nil {
				return 0
			}
			r.i = i
			return c
		}
		if c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			break
		}
		i++
	}
	r.i = i
	if i < len(r.b) {
		r.syntax("a control character outside text")
	}
	return 0
}

// Peek is the kind of the next value, by its first byte; Null also at the end or after a fault.
func (r *Reader) Peek() Kind {
	switch c := r.space(); {
	case c == '{':
		return Object
	case c == '[':
		return List
	case c == '"':
		return Text
	case c == 't' || c == 'f':
		return Bool
	case c == '-' || c-'0' <= 9:
		return Number
	}
	return Null
}

// Object enters an object and reports whether it has a member.
func (r *Reader) Object() bool { return r.open('{') }

// List enters a list and reports whether it has an element.
func (r *Reader) List() bool { return r.open('[') }

func (r *Reader) open(c byte) bool {
	if r.space() != c {
		if c == '{' {
			r.syntax("an object was expected")
		} else {
			r.syntax("a list was expected")
		}
		return false
	}
	if !r.enter() {
		return false
	}
	bit := uint64(1) << (r.depth - 1)
	r.braces &^= bit
	if c == '{' {
		r.braces |= bit
	}
	r.first = true
	return r.More()
}

func (r *Reader) enter() bool {
	if r.depth == r.limit {
		r.fail("json_depth", "lists and objects are nested too deeply")
		return false
	}
	r.depth++
	r.deepest = max(r.deepest, r.depth)
	r.i++
	return true
}

// Measure begins a new measurement: Nested and Kids then tell of what is read from here on.
func (r *Reader) Measure() { r.deepest, r.kids = r.depth, 0 }

// Nested is the number of lists and objects within one another since Measure, those around
// that place not counted.
func (r *Reader) Nested() int { return r.deepest - r.depth }

// Kids is the number of members and elements, on every level, that Value gave since Measure.
func (r *Reader) Kids() int { return r.kids }

// More moves to the next member or element; false when the container has ended (it is then
// left) or after a fault.
func (r *Reader) More() bool {
	c := r.space()
	switch {
	case c == ']' || c == '}':
		if isObject := r.braces>>(r.depth-1)&1 == 1; isObject != (c == '}') {
			r.syntax("this bracket closes nothing")
			return false
		}
		r.i++
		r.depth--
		r.first = false
		return false
	case r.first:
		r.first = false
		return r.err == nil
	case c == ',':
		r.i++
		return true
	}
	r.syntax("a comma or the end of the list or object was expected")
	return false
}

// Key reads the key of a member.
func (r *Reader) Key() string {
	if r.space() != '"' {
		r.syntax("a key in quotes was expected")
		return ""
	}
	k := r.quoted()
	if r.space() != ':' {
		r.syntax("a colon was expected")
		return ""
	}
	r.i++
	return k
}

// quoted reads the text whose opening quote is at i.
func (r *Reader) quoted() string {
	start := r.i + 1
	i := r.plain(start)
	if i < len(r.b) && r.b[i] == '"' {
		r.i = i + 1
		return r.s[start:i]
	}
	return r.escaped(start, i)
}

// plain is the offset at or after i of the next quote, backslash or control character, or the
// length of the document. It looks at eight bytes at a time.
func (r *Reader) plain(i int) int {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	b := r.b
	for ; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		quote, slash := x^(ones*'"'), x^(ones*'\\')
		hit := ((quote-ones)&^quote | (slash-ones)&^slash | (x-ones*' ')&^x) & tops
		if hit != 0 {
			return i + bits.TrailingZeros64(hit)>>3
		}
	}
	for ; i < len(b); i++ {
		if c := b[i]; c == '"' || c == '\\' || c < ' ' {
			return i
		}
	}
	return i
}

// escaped reads a text from start that goes on at i with something else than its end.
func (r *Reader) escaped(start, i int) string {
	out := r.text
	for {
		run := r.b[start:i]
		if need := len(run) + utf8.UTFMax; cap(out)-len(out) < need {
			out = append(make([]byte, 0, max(need, 2*len(out), min(1024, len(r.b)-start))), out...)
		}
		out = append(out, run...)
		if i == len(r.b) {
			r.i = i
			r.syntax("a text has no end")
			return ""
		}
		r.i = i
		switch r.b[i] {
		case '"':
			r.i++
			r.text = out[len(out):]
			return unsafe.String(unsafe.SliceData(out), len(out))
		case '\\':
			c, n := r.escape(i)
			if n == 0 {
				r.syntax("an escape in a text is not one of JSON")
				return ""
			}
			out = utf8.AppendRune(out, c)
			start = i + n
			i = r.plain(start)
		default:
			r.syntax("a control character inside text must be escaped")
			return ""
		}
	}
}

// escape reads the escape at i: its character and length, 0 if it is none. Half a surrogate
// pair, as senders that cut texts produce, becomes U+FFFD.
func (r *Reader) escape(i int) (c rune, n int) {
	if i+1 >= len(r.b) {
		return 0, 0
	}
	switch r.b[i+1] {
	case '"', '\\', '/':
		return rune(r.b[i+1]), 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		c, ok := r.hex4(i + 2)
		if !ok {
			return 0, 0
		}
		if !utf16.IsSurrogate(c) {
			return c, 6
		}
		if i+7 < len(r.b) && r.b[i+6] == '\\' && r.b[i+7] == 'u' {
			if low, ok := r.hex4(i + 8); ok {
				if full := utf16.DecodeRune(c, low); full != utf8.RuneError {
					return full, 12
				}
			}
		}
		return utf8.RuneError, 6
	}
	return 0, 0
}

func (r *Reader) hex4(i int) (c rune, ok bool) {
	if i+4 > len(r.b) {
		return 0, false
	}
	for _, h := range r.b[i : i+4] {
		n := unhex(h)
		if n > 15 {
			return 0, false
		}
		c = c<<4 | rune(n)
	}
	return c, true
}

// unhex is the value of a hexadecimal digit, 255 for any other byte.
func unhex(h byte) byte {
	switch {
	case h-'0' <= 9:
		return h - '0'
	case h-'a' <= 5:
		return h - 'a' + 10
	case h-'A' <= 5:
		return h - 'A' + 10
	}
	return 255
}
