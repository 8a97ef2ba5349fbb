package archtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

const modulePath = "github.com/earmarkhq/earmark"

// source is one Go file of the module. Path and dir are relative to the module, with slashes.
type source struct {
	path string
	dir  string
	test bool
	gen  bool // machine-made: *.gen.go
	text string
	tree *ast.File
	fset *token.FileSet
}

// at is "file:line" of a node, for failures one can click on.
func (s source) at(n ast.Node) string {
	return fmt.Sprintf("%s:%d", s.path, s.fset.Position(n.Pos()).Line)
}

// imports are the import paths of the file.
func (s source) imports() map[string]*ast.ImportSpec {
	out := map[string]*ast.ImportSpec{}
	for _, spec := range s.tree.Imports {
		p, _ := strconv.Unquote(spec.Path.Value)
		out[p] = spec
	}
	return out
}

// localName is the name by which the file uses an imported package; false if it does not
// import it. "." and "_" come back as they are.
func (s source) localName(importPath string) (string, bool) {
	spec, ok := s.imports()[importPath]
	if !ok {
		return "", false
	}
	if spec.Name != nil {
		return spec.Name.Name, true
	}
	return path.Base(importPath), true
}

var loadOnce = sync.OnceValues(load)

// sources is every Go file of the module but this package's own and those under testdata.
func sources(t *testing.T) []source {
	t.Helper()
	files, err := loadOnce()
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 5 {
		t.Fatalf("found %d files: the walk does not see the module", len(files))
	}
	return files
}

func load() ([]source, error) {
	root := filepath.Join("..", "..")
	fset := token.NewFileSet()
	var files []source
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			name := d.Name()
			if rel != "." && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules" || name == "bin") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(rel, ".go") || path.Dir(rel) == "internal/archtest" {
			return nil
		}
		text, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		tree, err := parser.ParseFile(fset, rel, text, parser.ParseComments)
		if err != nil {
			return err
		}
		files = append(files, source{
			path: rel, dir: path.Dir(rel), text: string(text), tree: tree, fset: fset,
			test: strings.HasSuffix(rel, "_test.go"), gen: strings.HasSuffix(rel, ".gen.go"),
		})
		return nil
	})
	return files, err
}

// under reports whether dir is one of the folders or below one.
func under(dir string, folders ...string) bool {
	for _, f := range folders {
		if dir == f || strings.HasPrefix(dir, f+"/") {
			return true
		}
	}
	return false
}
