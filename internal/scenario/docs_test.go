package scenario_test

import (
	"bytes"
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/scenario"
)

var update = flag.Bool("update", false, "rewrite the expected output in the manual and golden files")

const manual = "../../docs/scenarios.md"

var block = regexp.MustCompile("(?s)```(yaml|jsonl|json)\n(.*?)```")

// Every example of the manual is a scenario that passes, and the example of input and output is
// what comes out.
func TestExamplesOfTheManual(t *testing.T) {
	text, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	blocks := block.FindAllSubmatch(text, -1)
	if len(blocks) < 10 {
		t.Fatalf("found %d examples", len(blocks))
	}
	var out bytes.Buffer
	for _, b := range blocks {
		switch lang, doc := string(b[1]), string(b[2]); lang {
		case "yaml":
			rep := play(t, doc)
			if rep.Failed > 0 {
				var s strings.Builder
				_ = rep.WriteText(&s, fault.EN)
				t.Errorf("%s\n%s", doc, &s)
			}
		case "jsonl":
			rep := play(t, doc)
			if err := rep.WriteJSON(&out, fault.EN); err != nil {
				t.Fatal(err)
			}
		case "json":
			if out.String() == doc {
				continue
			}
			if !*update {
				t.Errorf("output is\n%s\nnot\n%s", &out, doc)
				continue
			}
			if err := os.WriteFile(manual, bytes.Replace(text, b[2], out.Bytes(), 1), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func play(t *testing.T, doc string) scenario.Report {
	t.Helper()
	rep, err := scenario.RunFiles(t.Context(), []string{"-"}, scenario.Options{Stdin: strings.NewReader(doc), Lang: fault.EN})
	if err != nil {
		t.Fatal(err)
	}
	return rep
}
