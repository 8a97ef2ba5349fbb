package importer_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

var example = regexp.MustCompile("(?s)```yaml mapping\n(.*?)```\n\n```\\S+ (\\S+)\n(.*?)```\n\n```text events\n(.*?)```")

// The examples of the documentation do what it says.
func TestExamplesOfTheDocumentation(t *testing.T) {
	text, err := os.ReadFile("../../../docs/import.md")
	if err != nil {
		t.Fatal(err)
	}
	found := example.FindAllStringSubmatch(string(text), -1)
	if n := strings.Count(string(text), "```yaml mapping"); n != len(found) || n < 5 {
		t.Fatalf("%d mappings, %d examples", n, len(found))
	}
	for _, x := range found {
		mapping, name, rows, want := x[1], x[2], x[3], x[4]
		t.Run(name, func(t *testing.T) {
			b := setup(t)
			r := b.run(b.options(b.write(name, rows), mapping))
			got := strings.Join(b.engine.events(), "\n") + "\n"
			for _, x := range r.Refusals {
				_, at, _ := strings.Cut(x.String(), ":")
				got += "refused " + at + "\n"
			}
			if got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
}
