package fault

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Lang is a language that people are spoken to in.
type Lang string

// The languages. Chinese is the default: the operators read it.
const (
	ZH Lang = "zh-CN"
	EN Lang = "en"
)

// ParseLang reads a language from a flag, a locale or the first choice of an Accept-Language
// header: "zh", "zh-CN", "zh_CN.UTF-8", "en-US,en;q=0.9". ok is false for anything else, and
// the result is then [ZH].
func ParseLang(s string) (lang Lang, ok bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	if i := strings.IndexAny(s, "-_.,; "); i >= 0 {
		s = s[:i]
	}
	switch s {
	case "zh":
		return ZH, true
	case "en":
		return EN, true
	}
	return ZH, false
}

// Message is the sentence of a code in both languages. {name} stands for the argument of that
// name. No full stop: place, suggestion and cause are joined to it.
type Message struct{ ZH, EN string }

// Messages maps codes to their sentences.
type Messages map[string]Message

var registry = struct {
	sync.RWMutex
	byCode Messages
}{byCode: Messages{}}

// Register adds the sentences of a package's codes. It is called while packages are initialised,
// `var _ = fault.Register(…)`: the sentences are constants that stand beside their codes, and
// there is nothing to choose or to wire. It panics when two places claim one code.
func Register(m Messages) struct{} {
	registry.Lock()
	defer registry.Unlock()
	for code, msg := range m {
		if old, dup := registry.byCode[code]; dup && old != msg {
			panic("fault: two messages for code " + code)
		}
		registry.byCode[code] = msg
	}
	return struct{}{}
}

// Codes lists the registered codes in order: the reference of the API documentation.
func Codes() []string {
	registry.RLock()
	defer registry.RUnlock()
	return slices.Sorted(maps.Keys(registry.byCode))
}

// Lookup is the message of a code.
func Lookup(code string) (Message, bool) {
	registry.RLock()
	defer registry.RUnlock()
	m, ok := registry.byCode[code]
	return m, ok
}

// Text is the sentence of e in lang with the suggestion, without place and cause. A code that
// was never registered shows itself with its arguments.
func (e *Error) Text(lang Lang) string {
	msg, ok := Lookup(e.Code)
	var s string
	switch {
	case !ok:
		s = bare(e.Code, e.Args)
	case lang == EN:
		s = fill(msg.EN, e.Args)
	default:
		s = fill(msg.ZH, e.Args)
	}
	if e.Suggest == "" {
		return s
	}
	if lang == EN {
		return s + fmt.Sprintf(" (did you mean %q?)", e.Suggest)
	}
	return s + "（是不是想写“" + e.Suggest + "”？）"
}

// fill replaces {name} by the argument; a name without an argument stays as it is.
func fill(template string, args Args) string {
	var b strings.Builder
	for {
		open := strings.IndexByte(template, '{')
		if open < 0 {
			break
		}
		size := strings.IndexByte(template[open:], '}')
		if size < 0 {
			break
		}
		b.WriteString(template[:open])
		if v, ok := args[template[open+1:open+size]]; ok {
			fmt.Fprint(&b, v)
		} else {
			b.WriteString(template[open : open+size+1])
		}
		template = template[open+size+1:]
	}
	b.WriteString(template)
	return b.String()
}

func bare(code string, args Args) string {
	if len(args) == 0 {
		return code
	}
	parts := make([]string, 0, len(args))
	for _, k := range slices.Sorted(maps.Keys(args)) {
		parts = append(parts, fmt.Sprintf("%s=%v", k, args[k]))
	}
	return code + " (" + strings.Join(parts, ", ") + ")"
}

var _ = Register(Messages{
	"fault.unexpected": {ZH: "出现了没有料到的错误", EN: "an unexpected error occurred"},
})
