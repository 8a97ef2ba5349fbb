package rule_test

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/markup"
	"github.com/earmarkhq/earmark/internal/rule"
)

const languageFile = "../../docs/language.md"

// example is one block of YAML of the reference, with the sentence quoted under it.
type example struct {
	line     int
	info     string // what follows ```yaml
	text     string
	sentence string
}

func examples(t *testing.T) []example {
	t.Helper()
	lines := strings.Split(string(read(t, languageFile)), "\n")
	var out []example
	for i := 0; i < len(lines); i++ {
		info, ok := strings.CutPrefix(lines[i], "```yaml")
		if !ok {
			continue
		}
		e := example{line: i + 2, info: strings.TrimSpace(info)}
		for i++; lines[i] != "```"; i++ {
			e.text += lines[i] + "\n"
		}
		if i+2 < len(lines) && lines[i+1] == "" {
			e.sentence, _ = strings.CutPrefix(lines[i+2], "> ")
			if !strings.HasPrefix(lines[i+2], "> ") {
				e.sentence = ""
			}
		}
		out = append(out, e)
	}
	if len(out) < 20 {
		t.Fatalf("%d examples were found; is the page written otherwise now?", len(out))
	}
	return out
}

func TestExamplesOfTheReference(t *testing.T) {
	for _, e := range examples(t) {
		t.Run(fmt.Sprintf("line %d", e.line), func(t *testing.T) {
			root, err := markup.Read([]byte(e.text), markup.YAML)
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case root.Has("rules"):
				if _, err := rule.ReadDocument([]byte(e.text), rule.DocumentOptions{}); err != nil {
					t.Error(err)
				}
			case e.info == "refused":
				checkRefused(t, e, root)
			default:
				checkConditions(t, e, root)
			}
		})
	}
}

// checkConditions parses one condition or a list of them; the sentence is that of the first.
func checkConditions(t *testing.T, e example, root *markup.Node) {
	t.Helper()
	items := []*markup.Node{root}
	if root.Kind == markup.List {
		items = root.Items
	}
	for i, it := range items {
		n, err := expr.ParseNode(it, "", expr.ParseOptions{Zone: time.UTC})
		if err != nil {
			t.Errorf("example %d: %v", i+1, err)
			continue
		}
		if got := expr.Sentence(n, fault.ZH); i == 0 && e.sentence != "" && got != e.sentence {
			t.Errorf("sentence = %s\nthe page has %s", got, e.sentence)
		}
	}
}

// checkRefused expects for each condition the code in the comment of its line.
func checkRefused(t *testing.T, e example, root *markup.Node) {
	t.Helper()
	lines := strings.Split(e.text, "\n")
	for _, it := range root.Items {
		_, want, ok := strings.Cut(lines[it.Line-1], "# ")
		_, err := expr.ParseNode(it, "", expr.ParseOptions{})
		if !ok || !fault.Is(err, want) || len(fault.All(err)) != 1 {
			t.Errorf("%s: %v, want %s", lines[it.Line-1], err, want)
		}
	}
}

func TestBoundsOfTheReference(t *testing.T) {
	want := map[string]int{
		"size of a condition document, bytes":           markup.MaxBytes,
		"nodes of one condition":                        expr.MaxNodes,
		"conditions nested in one another":              expr.MaxDepth,
		"windows counted back from now, days":           expr.MaxWindowDays,
		"the same in months":                            expr.MaxWindowMonths,
		"dates relative to now in property tests, days": expr.MaxRelDays,
		"entries of a list":                             expr.MaxList,
		"bytes of a pattern":                            expr.MaxPattern,
		"bytes of another text operand":                 expr.MaxText,
		"keys of a path":                                expr.MaxPath,
		"steps of a sequence":                           expr.MaxSteps,
		"n of first and last":                           expr.MaxNewest,
		"periods of per, buckets of regular":            expr.MaxPeriods,
		"size of a rule document, bytes":                rule.MaxDocumentBytes,
		"rules of a document":                           rule.MaxRules,
		"steps of a ladder":                             rule.MaxSteps,
	}
	data, err := os.ReadFile(languageFile)
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(data), "\n## Bounds\n")
	for _, row := range regexp.MustCompile(`(?m)^\| (.+?) \| (\d+) \|$`).FindAllStringSubmatch(table, -1) {
		if v, ok := want[row[1]]; !ok || strconv.Itoa(v) != row[2] {
			t.Errorf("the page says %s: %s, the code has %d", row[1], row[2], v)
		}
		delete(want, row[1])
	}
	for label := range want {
		t.Errorf("the page does not say: %s", label)
	}
}
