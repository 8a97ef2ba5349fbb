package value

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Fold is s with case folded away, Unicode simple folding: Fold(a) = Fold(b) exactly where
// strings.EqualFold(a, b). It returns s itself where nothing changes.
func Fold(s string) string {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= utf8.RuneSelf || 'A' <= c && c <= 'Z' {
			return foldFrom(s, i)
		}
	}
	return s
}

func foldFrom(s string, i int) string {
	var b strings.Builder
	b.Grow(len(s))
	b.WriteString(s[:i])
	for _, r := range s[i:] {
		b.WriteRune(foldRune(r))
	}
	return b.String()
}

// foldRune is the representative of the runes that differ from r by case only.
func foldRune(r rune) rune {
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}
	if 0x2E80 <= r && r < 0xA640 {
		return r // Han, kana and their neighbours have no case
	}
	least := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	if 'A' <= least && least <= 'Z' {
		return least + 'a' - 'A'
	}
	return least
}

// Like is a compiled pattern of the operator like.
type Like struct {
	parts [][]rune // folded characters and holes between the % of the pattern
	exact bool     // the pattern has no %
}

// hole stands for _ in a part; it is no character of any text.
const hole rune = -1

// CompileLike compiles a pattern in which % stands for any text, also none, and _ for any one
// character; \%, \_ and \\ stand for the characters themselves. Case is ignored, the whole text
// must match.
func CompileLike(pattern string) *Like {
	var l Like
	var part []rune
	l.exact = true
	runes := []rune(pattern)
	for i := 0; i < len(runes); i++ {
		switch c := runes[i]; {
		case c == '%':
			l.parts = append(l.parts, part)
			part, l.exact = nil, false
		case c == '_':
			part = append(part, hole)
		case c == '\\' && i+1 < len(runes) && strings.ContainsRune(`%_\`, runes[i+1]):
			i++
			part = append(part, runes[i])
		default:
			part = append(part, foldRune(c))
		}
	}
	l.parts = append(l.parts, part)
	return &l
}

// Match reports whether the whole text matches. Its time is bounded by the product of the
// lengths of text and pattern.
func (l *Like) Match(s string) bool {
	rest, ok := cutPrefix(s, l.parts[0])
	if !ok || l.exact {
		return ok && rest == ""
	}
	last := len(l.parts) - 1
	for _, part := range l.parts[1:last] {
		if rest, ok = cutFirst(rest, part); !ok {
			return false
		}
	}
	return hasSuffix(rest, l.parts[last])
}

// cutPrefix removes a part from the front of s.
func cutPrefix(s string, part []rune) (rest string, ok bool) {
	for _, p := range part {
		if s == "" {
			return s, false
		}
		c, n := utf8.DecodeRuneInString(s)
		if p != hole && foldRune(c) != p {
			return s, false
		}
		s = s[n:]
	}
	return s, true
}

// cutFirst removes everything up to the end of the first place where the part stands.
func cutFirst(s string, part []rune) (rest string, ok bool) {
	for {
		if rest, ok = cutPrefix(s, part); ok || s == "" {
			return rest, ok
		}
		_, n := utf8.DecodeRuneInString(s)
		s = s[n:]
	}
}

// hasSuffix reports whether s ends with the part.
func hasSuffix(s string, part []rune) bool {
	skip := utf8.RuneCountInString(s) - len(part)
	for ; skip > 0; skip-- {
		_, n := utf8.DecodeRuneInString(s)
		s = s[n:]
	}
	rest, ok := cutPrefix(s, part)
	return ok && rest == ""
}
