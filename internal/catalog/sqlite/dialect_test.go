package sqlite

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// ownDialect are the files whose statements only SQLite understands.
var ownDialect = []string{"open.go", "migrate.go", "backup.go"}

// foreign is what one of SQLite and PostgreSQL lacks or reads differently.
var foreign = regexp.MustCompile(`(?i)\bnow\(|::|\bANY\b|\bMERGE\b|\bTRIGGER\b|\bAUTOINCREMENT\b|\bREPLACE INTO\b|\bOR (IGNORE|REPLACE)\b|` +
	`\browid\b|\bWITHOUT ROWID\b|\bIFNULL\b|\bstrftime\b|\bPRAGMA\b|\bGLOB\b|\bSTRICT\b|\bBLOB\b|\bINTEGER\b|\?|"`)

var statement = regexp.MustCompile(`^\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|FROM|WHERE|JOIN|ON CONFLICT)\b`)

func TestStatementsAreInTheSharedDialect(t *testing.T) {
	t.Parallel()
	files, err := fs.Glob(os.DirFS("."), "*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	check := func(place, text string) {
		found++
		if m := foreign.FindString(text); m != "" {
			t.Errorf("%s: %q is not in the dialect that PostgreSQL shares", place, m)
		}
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || slices.Contains(ownDialect, file) {
			continue
		}
		set := token.NewFileSet()
		tree, err := parser.ParseFile(set, file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if text, err := strconv.Unquote(lit.Value); err == nil && statement.MatchString(text) {
					check(set.Position(lit.Pos()).String(), text)
				}
			}
			return true
		})
	}
	if found < 50 {
		t.Errorf("only %d statements found", found)
	}
	steps, err := migrations(embedded)
	if err != nil {
		t.Fatal(err)
	}
	comment := regexp.MustCompile(`(?m)--.*$`)
	for _, m := range steps {
		check(m.name, comment.ReplaceAllString(m.text, ""))
	}
}
