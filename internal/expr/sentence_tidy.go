package expr

import (
	"strings"
	"unicode"

	"github.com/earmarkhq/earmark/internal/fault"
)

// blank stands for a space of the user's own text while a sentence is put together.
const blank = '\x1f'

// user marks text of the user's, which tidy leaves as it is.
func user(s string) string { return strings.ReplaceAll(s, " ", string(blank)) }

// tidy removes the spaces that parts put next to each other leave: all but one in English; in
// Chinese those beside punctuation and between two Chinese characters.
func (s *speaker) tidy(text string) string {
	var out []rune
	for _, r := range strings.TrimSpace(text) {
		if n := len(out); n > 0 && out[n-1] == ' ' && s.closesUp(out, r) {
			out = out[:n-1]
		}
		if r == ' ' && len(out) > 0 && s.opens(out[len(out)-1]) {
			continue
		}
		out = append(out, r)
	}
	return strings.ReplaceAll(string(out), string(blank), " ")
}

const cjkMarks = "，。；：、（）「」"

// closesUp reports whether the space at the end of out goes away before r.
func (s *speaker) closesUp(out []rune, r rune) bool {
	if r == ' ' || strings.ContainsRune(",;:)", r) {
		return true
	}
	if s.Lang == fault.EN {
		return false
	}
	before := rune(0)
	if len(out) > 1 {
		before = out[len(out)-2]
	}
	return strings.ContainsRune(cjkMarks, r) || unicode.Is(unicode.Han, before) && unicode.Is(unicode.Han, r)
}

// opens reports whether no space follows r.
func (s *speaker) opens(r rune) bool {
	return r == '(' || s.Lang != fault.EN && strings.ContainsRune(cjkMarks, r)
}

// joints are the places at which a sentence falls into parts.
var joints = map[fault.Lang][]string{
	fault.ZH: {"，", "；", "："},
	fault.EN: {", and ", ", or ", "; ", ": ", ", unchanged ", ", set by ", ", held ", ", tagged ", ", then ", ", number "},
}

// hasJoint reports whether a text falls into parts outside its brackets and quotes.
func (s *speaker) hasJoint(text string) bool {
	depth := 0
	for i, r := range text {
		switch r {
		case '（', '(', '「', '“':
			depth++
		case '）', ')', '」', '”':
			depth--
		}
		if depth > 0 {
			continue
		}
		for _, j := range joints[s.Lang] {
			if strings.HasPrefix(text[i:], j) {
				return true
			}
		}
	}
	return false
}
