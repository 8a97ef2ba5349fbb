package archtest

import (
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// wallClock are the functions of package time that read the wall clock or wait on it.
var wallClock = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}

// Tests are held to it as well: one that sleeps is slow on a fast machine and fails on a slow one.
func TestWallClockIsReadInClockOnly(t *testing.T) {
	for _, s := range sources(t) {
		name, ok := s.localName("time")
		if !ok || s.gen || under(s.dir, "internal/clock") {
			continue
		}
		if name == "." {
			t.Errorf("%s: a dot import of time hides calls of the wall clock", s.path)
			continue
		}
		ast.Inspect(s.tree, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == name && slices.Contains(wallClock, sel.Sel.Name) {
				t.Errorf("%s: time.%s outside internal/clock; take a clock.Clock or an instant", s.at(sel), sel.Sel.Name)
			}
			return true
		})
	}
}

// libraryHomes are the only folders that import a library (a path or what begins with it).
var libraryHomes = []struct {
	library string
	homes   []string
}{
	{"database/sql", []string{"internal/catalog/sqlite", "internal/catalog/postgres", "internal/ledger/postgres"}},
	{"modernc.org/sqlite", []string{"internal/catalog/sqlite"}},
	{"github.com/jackc/pgx", []string{"internal/catalog/postgres", "internal/ledger/postgres"}},
	{"github.com/cockroachdb/pebble", []string{"internal/ledger/pebble"}},
}

// computesInSQL are tests that recompute an answer in SQL on purpose, as a second formulation.
var computesInSQL = []string{"internal/sample/check"}

func TestStoreLibrariesStayInTheStores(t *testing.T) {
	for _, s := range sources(t) {
		for p, spec := range s.imports() {
			for _, l := range libraryHomes {
				if p != l.library && !strings.HasPrefix(p, l.library+"/") {
					continue
				}
				if under(s.dir, l.homes...) || s.test && under(s.dir, computesInSQL...) {
					continue
				}
				t.Errorf("%s: %s is imported outside %s", s.at(spec), p, strings.Join(l.homes, ", "))
			}
		}
	}
}

var sqlText = regexp.MustCompile(`(?is)^\s*(select\s.+\sfrom\s|insert\s+into\s|update\s+\w+\s+set\s|delete\s+from\s|create\s+(table|index)\s|pragma\s)`)

func TestSQLTextStaysInTheStores(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || under(s.dir, "internal/catalog", "internal/ledger/postgres") {
			continue
		}
		ast.Inspect(s.tree, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			if text, err := strconv.Unquote(lit.Value); err == nil && sqlText.MatchString(text) {
				t.Errorf("%s: SQL outside the store packages", s.at(lit))
			}
			return true
		})
	}
}
