package expr_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/markup"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with a file, or rewrites it with -update.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; run with -update and look at the diff.\ngot:\n%s", file, got)
	}
}

// listed reads a file that is a list of conditions.
func listed(t *testing.T, file string) []*markup.Node {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	root, err := markup.Read(data, markup.YAML)
	if err != nil {
		t.Fatal(err)
	}
	return root.Items
}

func TestSentencesOfEveryKind(t *testing.T) {
	var b strings.Builder
	for _, c := range listed(t, "testdata/conditions.good.yaml") {
		n, err := expr.ParseNode(c, "", expr.ParseOptions{Zone: shanghai})
		if err != nil {
			t.Errorf("line %d: %v", c.Line, err)
			continue
		}
		fmt.Fprintf(&b, "%s\n  %s\n  %s\n", markup.AppendJSON(nil, c), expr.SentenceWith(n, expr.SentenceOptions{Lang: fault.ZH, Zone: shanghai}), expr.SentenceWith(n, expr.SentenceOptions{Lang: fault.EN, Zone: shanghai}))
	}
	golden(t, "testdata/sentences.golden.txt", b.String())
}

func TestSentenceUsesNamesAndUnits(t *testing.T) {
	n, err := expr.Parse([]byte(`all:
  - {event: order.paid, within: 30d, where: {amount_fen: {gte: 12345}}}
  - {metric: 月均, gte: 100000}
  - {metric: 占比, gte: 0.5}
`), expr.ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	num := func(text string) expr.Num {
		root, err := markup.Read([]byte(text), markup.YAML)
		if err != nil {
			t.Fatal(err)
		}
		num, err := expr.ParseNum(root, "", expr.ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return num
	}
	metrics := map[string]expr.Num{
		"月均": num("{div: [{event: order.paid, sum: amount_fen}, 3]}"),
		"占比": num("{div: [{event: order.paid, sum: amount_fen}, {event: a, sum: b_fen}]}"),
	}
	got := expr.SentenceWith(n, expr.SentenceOptions{
		Lang: fault.ZH,
		Rename: func(kind, name string) string {
			return map[string]string{"event order.paid": "下单", "property amount_fen": "金额"}[kind+" "+name]
		},
		Metric: func(name string) (expr.Num, bool) { m, ok := metrics[name]; return m, ok },
	})
	const want = "过去 30×24 小时内有下单（金额 ≥ ¥123.45），且指标「月均」≥ ¥1,000.00，且指标「占比」≥ 0.5"
	if got != want {
		t.Errorf("sentence = %s\nwant %s", got, want)
	}
}
