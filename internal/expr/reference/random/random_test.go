package random_test

import (
	"testing"

	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/expr/reference/random"
	"pgregory.net/rapid"
)

// A condition that is refused would make the tests that use it weaker without anyone noticing.
func TestWhatIsDrawnCanBeRead(t *testing.T) {
	for _, kind := range random.Kinds {
		t.Run(string(kind), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				g := random.NewGrid(t)
				g.History(t, 3)
				doc := g.Leaf(t, kind, "leaf")
				if _, err := expr.Parse([]byte(doc), expr.ParseOptions{Zone: g.Zone}); err != nil {
					t.Fatalf("%s\n%v", doc, err)
				}
			})
		})
	}
}
