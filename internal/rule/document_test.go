package rule_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/rule"
	"github.com/earmarkhq/earmark/internal/tag"
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
		t.Errorf("%s differs; run with -update and look at the diff.\ngot:\n%s\nwant:\n%s", file, got, want)
	}
}

func documents(t testing.TB, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/document/" + pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no documents %s: %v", pattern, err)
	}
	return files
}

func read(t testing.TB, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestGoodDocumentsAreTaken(t *testing.T) {
	for _, file := range append(documents(t, "*.good.yaml"), documents(t, "*.good.json")...) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			d, err := rule.ReadDocument(read(t, file), rule.DocumentOptions{})
			if err != nil {
				t.Fatal(err)
			}
			golden(t, file+".txt", describe(d))
		})
	}
}

// describe is a document as resolved, for reviewers of golden files.
func describe(d *rule.Document) string {
	var b strings.Builder
	for _, g := range d.Groups {
		fmt.Fprintf(&b, "group %s single=%v:", g.Name, g.Single)
		for _, t := range g.Tags {
			fmt.Fprintf(&b, " %s(%d)", t.Name, t.Rule)
		}
		b.WriteByte('\n')
	}
	for _, i := range d.Order {
		r := d.Rules[i]
		fmt.Fprintf(&b, "rule %d %s/%s id=%q anonymous=%v\n", i, r.Group, r.Tag, r.ID, r.Anonymous)
		for _, lang := range []fault.Lang{fault.ZH, fault.EN} {
			fmt.Fprintf(&b, "  %s\n", r.Sentence(expr.SentenceOptions{Lang: lang, Metric: d.Metric}))
		}
		if r.Ladder == nil {
			fmt.Fprintf(&b, "  %s\n", expr.Canonical(r.When))
			continue
		}
		for _, s := range r.Ladder.Steps {
			fmt.Fprintf(&b, "  %s: %s\n", s.Tag, expr.Canonical(s.When))
		}
		fmt.Fprintf(&b, "  keep %s\n", r.Ladder.Keep.Canonical())
		if dm := r.Ladder.Demote; dm != nil {
			fmt.Fprintf(&b, "  demote every %s: %s\n", dm.Every.Canonical(), expr.Canonical(dm.When))
		}
	}
	for _, m := range d.Metrics {
		fmt.Fprintf(&b, "metric %s: %s\n", m.Name, expr.CanonicalNum(m.Num))
	}
	for _, t := range d.Tables {
		fmt.Fprintf(&b, "table %s: %v right=%v\n", t.Name, t.Bounds, t.RightClosed)
	}
	return b.String()
}

func TestBadDocumentsGiveAllTheirFaults(t *testing.T) {
	for _, file := range documents(t, "*.bad.yaml") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			_, err := rule.ReadDocument(read(t, file), rule.DocumentOptions{})
			if err == nil {
				t.Fatal("no fault was found")
			}
			var b strings.Builder
			for _, e := range fault.All(err) {
				fmt.Fprintf(&b, "%s\n  %s\n  %s: %s\n", e.Code, e.Text(fault.ZH), e.Place(fault.EN), e.Text(fault.EN))
			}
			golden(t, file+".txt", b.String())
		})
	}
}

func TestDocumentZone(t *testing.T) {
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	const other = "zone: Europe/Berlin\n"
	if _, err := rule.ReadDocument([]byte(other), rule.DocumentOptions{Zone: shanghai}); !fault.Is(err, "rule.other_zone") {
		t.Errorf("another zone than the store's: %v", err)
	}
	d, err := rule.ReadDocument([]byte("rules: [{tag: a, when: {event: e, between: [2024-05-01, null]}}]"), rule.DocumentOptions{Zone: shanghai})
	if err != nil {
		t.Fatal(err)
	}
	if lo := *d.Rules[0].When.(expr.Aggregate).Window.Lo; lo != time.Date(2024, 4, 30, 16, 0, 0, 0, time.UTC).UnixMilli() {
		t.Errorf("the bare date begins at %v, want midnight in Shanghai", time.UnixMilli(lo).UTC())
	}
}

func TestDocumentInsideAScenario(t *testing.T) {
	const scenario = `
steps: [{at: 0}]
rule: {all: [{event: e}, {not: {tag: 强力拒绝}}]}
`
	opts := rule.DocumentOptions{Ignore: []string{"steps"}, Shorthand: true, Stated: []string{"强力拒绝", "意向/高"}}
	d, err := rule.ReadDocument([]byte(scenario), opts)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Rules) != 1 || d.Rules[0].Tag != "rule" || d.Rules[0].Path != "rule" {
		t.Errorf("rules = %+v", d.Rules)
	}
	var tags []string
	for _, g := range d.Groups {
		for _, tg := range g.Tags {
			tags = append(tags, g.Name+"/"+tg.Name)
		}
	}
	if want := []string{"未分组/rule", "未分组/强力拒绝", "意向/高"}; !slices.Equal(tags, want) {
		t.Errorf("tags = %v, want %v", tags, want)
	}
	if _, err := rule.ReadDocument([]byte(scenario), rule.DocumentOptions{}); err == nil {
		t.Error("the keys of the scenario were taken in a plain document")
	}
}

func TestSetKeepsIDsAndVersions(t *testing.T) {
	first := load(t, `
groups: [{name: 等级, tags: [一, 二]}]
rules:
  - {ladder: 等级, steps: [{tag: 一, when: {event: a}}, {tag: 二, when: {event: b}}]}
  - {tag: 甲, when: {event: a, within: 24h}}
  - {tag: 乙, when: {tag: 甲}}
`).Set(1, nil)
	second := load(t, `
rules:
  - {tag: 新, when: {event: n}}
  - {tag: 乙, when: {not: {tag: 甲}}}
  - {tag: 甲, when: {event: [a], within: 1d, count: {gte: 1}}}
  - {ladder: 等级, steps: [{tag: 一, when: {event: a}}, {tag: 二, when: {event: b}}]}
`).Set(2, first)
	id := func(s *rule.Set, name string) tag.ID {
		for _, tg := range s.Tags {
			if tg.Name == name {
				return tg.ID
			}
		}
		t.Fatalf("no tag %s", name)
		return 0
	}
	for _, name := range []string{"一", "二", "甲", "乙"} {
		if id(first, name) != id(second, name) {
			t.Errorf("%s changed its id from %d to %d", name, id(first, name), id(second, name))
		}
	}
	if got := id(second, "新"); got != 5 {
		t.Errorf("the new tag has the id %d, want the next free one", got)
	}
	type identity struct{ id, version uint32 }
	rules := func(s *rule.Set) map[string]identity {
		m := map[string]identity{}
		for _, r := range s.Rules {
			m[r.Name] = identity{r.ID, r.Version}
		}
		return m
	}
	want := map[string]identity{"等级": {1, 1}, "甲": {2, 1}, "乙": {3, 2}, "新": {4, 1}}
	if got := rules(second); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("rules = %v, want %v", got, want)
	}
	if second.Gen != 2 || second.Zone != time.UTC {
		t.Errorf("gen %d, zone %v", second.Gen, second.Zone)
	}
}

func TestAVersionFollowsWhatTheRuleNames(t *testing.T) {
	doc := func(within, bound string) *rule.Document {
		return load(t, `
segments: {人群: {metric: 指标, gt: 1}}
metrics: {指标: {event: e, within: `+within+`}, 别的: {attribute: a}}
tables: {表: {bounds: [`+bound+`]}}
rules:
  - {tag: 甲, when: {segment: 人群}}
  - {tag: 乙, when: {event: e}}
  - {tag: 丙, when: {quantile: {metric: 别的, table: 表}, gt: 1}}
  - {tag: 丁, when: {tag: 甲}}
`)
	}
	first := doc("7d", "5").Set(1, nil)
	second := doc("168h", "5").Set(2, first)
	third := doc("8d", "6").Set(3, second)
	for i, want := range []uint32{2, 1, 2, 1} {
		if second.Rules[i].Version != 1 {
			t.Errorf("%s has version %d after a change of spelling", second.Rules[i].Name, second.Rules[i].Version)
		}
		if got := third.Rules[i].Version; got != want {
			t.Errorf("%s has version %d, want %d", third.Rules[i].Name, got, want)
		}
	}
}

func load(t *testing.T, text string) *rule.Document {
	t.Helper()
	d, err := rule.ReadDocument([]byte(text), rule.DocumentOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}
