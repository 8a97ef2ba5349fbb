package archtest

import (
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A test that skips itself says "passed" about something nobody looked at.
func TestNoTestSkips(t *testing.T) {
	for _, s := range sources(t) {
		if !s.test {
			continue
		}
		ast.Inspect(s.tree, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if ok && slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, sel.Sel.Name) {
				t.Errorf("%s: a test that skips; let it fail and say what is missing", s.at(sel))
			}
			return true
		})
	}
}

var leftOver = regexp.MustCompile(`\b(TODO|FIXME|XXX|HACK)\b`)

func TestNoLeftOvers(t *testing.T) {
	for _, s := range sources(t) {
		for _, group := range s.tree.Comments {
			for _, c := range group.List {
				if m := leftOver.FindString(c.Text); m != "" {
					t.Errorf("%s: %s in a comment; settle it, or write what is left into the decision record", s.at(c), m)
				}
			}
		}
	}
}

func TestEveryPackageOpensWithItsDoc(t *testing.T) {
	documented := map[string]bool{}
	packages := map[string]bool{}
	for _, s := range sources(t) {
		if s.test || !under(s.dir, "internal", "cmd") {
			continue
		}
		packages[s.dir] = true
		if path.Base(s.path) == "doc.go" || s.tree.Name.Name == "main" {
			doc := s.tree.Doc.Text()
			documented[s.dir] = documented[s.dir] || strings.HasPrefix(doc, "Package ") || strings.HasPrefix(doc, "Command ")
		}
	}
	for dir := range packages {
		if !documented[dir] {
			t.Errorf("%s has no doc.go with a package comment: what it owns, its invariants, what it may import", dir)
		}
	}
}
