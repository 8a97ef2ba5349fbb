package archtest

import (
	"go/ast"
	"go/token"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"testing"
)

const faultPath = modulePath + "/internal/fault"

// makers are the functions of package fault that take a code, with the argument it is.
var makers = map[string]int{
	"New": 1, "Invalid": 0, "NotFound": 0, "Conflict": 0, "Forbidden": 0, "RateLimited": 0, "Unavailable": 0, "Internal": 0,
}

var (
	codeForm    = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$`)
	placeholder = regexp.MustCompile(`\{[a-z_]+\}`)
	braces      = regexp.MustCompile(`\{[^{}]*\}`)
)

func TestEveryCodeHasItsSentences(t *testing.T) {
	type use struct{ code, at string }
	var used []use
	registered := map[string]map[string]string{} // code → language → sentence
	for _, s := range sources(t) {
		name, ok := s.localName(faultPath)
		inFault := under(s.dir, "internal/fault")
		if s.test || !ok && !inFault {
			continue
		}
		ast.Inspect(s.tree, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if arg, ok := makers[selected(n.Fun, name, inFault)]; ok && arg < len(n.Args) {
					if code, ok := literal(n.Args[arg]); ok {
						used = append(used, use{code, s.at(n)})
					}
				}
			case *ast.CompositeLit:
				if selected(n.Type, name, inFault) == "Messages" {
					for code, msg := range messages(n) {
						registered[code] = msg
						if msg["ZH"] == "" || msg["EN"] == "" {
							t.Errorf("%s: code %q lacks a language", s.at(n), code)
						}
					}
				}
			}
			return true
		})
	}
	for _, u := range used {
		if !codeForm.MatchString(u.code) {
			t.Errorf("%s: code %q is not of the form area.what", u.at, u.code)
		}
		if msg := registered[u.code]; msg == nil {
			t.Errorf("%s: code %q has no sentences; add them with fault.Register beside it", u.at, u.code)
		} else if zh, en, same := arguments(msg); !same {
			t.Errorf("%s: code %q names %v in Chinese and %v in English", u.at, u.code, zh, en)
		}
	}
}

// selected is the name that expr takes from the package called pkg, or the plain name inside it.
func selected(expr ast.Expr, pkg string, inside bool) string {
	switch e := expr.(type) {
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); ok && x.Name == pkg {
			return e.Sel.Name
		}
	case *ast.Ident:
		if inside {
			return e.Name
		}
	}
	return ""
}

// literal is the value of a string literal, or of several joined by +.
func literal(e ast.Expr) (string, bool) {
	if sum, ok := e.(*ast.BinaryExpr); ok && sum.Op == token.ADD {
		x, okX := literal(sum.X)
		y, okY := literal(sum.Y)
		return x + y, okX && okY
	}
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}

// messages are the literal entries of a fault.Messages: code → language → sentence.
func messages(lit *ast.CompositeLit) map[string]map[string]string {
	out := map[string]map[string]string{}
	for _, el := range lit.Elts {
		kv, ok := el.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		code, ok := literal(kv.Key)
		if !ok {
			continue
		}
		out[code] = map[string]string{}
		msg, ok := kv.Value.(*ast.CompositeLit)
		if !ok {
			continue
		}
		for i, field := range msg.Elts {
			lang, value := []string{"ZH", "EN"}[min(i, 1)], field
			if f, ok := field.(*ast.KeyValueExpr); ok {
				lang, value = f.Key.(*ast.Ident).Name, f.Value
			}
			out[code][lang], _ = literal(value)
		}
	}
	return out
}

// arguments are those that the sentences of a code name; same says that they agree. A sentence
// that shows a form in braces, {tag: 标签名}, may spell out what the other takes from an argument.
func arguments(msg map[string]string) (zh, en []string, same bool) {
	names := func(s string) []string {
		set := map[string]bool{}
		for _, p := range placeholder.FindAllString(s, -1) {
			set[p] = true
		}
		return slices.Sorted(maps.Keys(set))
	}
	zh, en = names(msg["ZH"]), names(msg["EN"])
	for _, sentence := range msg {
		if len(braces.FindAllString(sentence, -1)) > len(placeholder.FindAllString(sentence, -1)) {
			return zh, en, true
		}
	}
	return zh, en, slices.Equal(zh, en)
}
