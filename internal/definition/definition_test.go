package definition_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/earmarkhq/earmark/internal/catalog"
	"github.com/earmarkhq/earmark/internal/catalog/sqlite"
	"github.com/earmarkhq/earmark/internal/definition"
	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/rule"
	"github.com/earmarkhq/earmark/internal/tag"
)

const shop = `
groups:
  - {name: 会员等级, single: true}
  - {name: 手工, tags: [强力拒绝, 老客]}
metrics:
  年消费: {event: order.paid, within: 365d, sum: {of: amount_fen}}
segments:
  活跃: {event: order.paid, last: {within: 7d}}
rules:
  - ladder: 会员等级
    steps:
      - {tag: 黄金, when: {metric: 年消费, gte: 200000}}
      - {tag: 白银, when: {metric: 年消费, gte: 50000}}
  - {tag: 行为/复购, when: {event: order.paid, count: {gte: 2}}}
  - {tag: 价值/重要, when: {all: [{tag: 复购}, {segment: 活跃}, {not: {tag: 强力拒绝}}]}}
`

// bench is a service over a fresh catalog, at instants that go on by a second with every change.
type bench struct {
	*definition.Service
	catalog catalog.Store
	now     int64
}

func setup(t *testing.T) *bench {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "catalog.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	b := &bench{catalog: store, now: 1_700_000_000_000}
	b.reopen(t)
	return b
}

func (b *bench) reopen(t *testing.T) {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	if b.Service, err = definition.Open(t.Context(), b.catalog, zone); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) by() catalog.By {
	b.now += 1000
	return catalog.By{Actor: "test", At: b.now}
}

func (b *bench) save(t *testing.T, doc string) []definition.Draft {
	t.Helper()
	drafts, err := b.Save(t.Context(), b.by(), []byte(doc), "")
	if err != nil {
		t.Fatalf("save: %v", err)
	}
	return drafts
}

func (b *bench) publish(t *testing.T, pub definition.Publication) (catalog.Generation, *rule.Program) {
	t.Helper()
	g, p, err := b.Publish(t.Context(), b.by(), pub)
	if err != nil {
		t.Fatalf("publish: %v", err)
	}
	return g, p
}

// versions lists the rules of a program as "name v1".
func versions(p *rule.Program) []string {
	var out []string
	for _, r := range p.Rules {
		out = append(out, r.Name+" v"+string('0'+rune(r.Version)))
	}
	slices.Sort(out)
	return out
}

func TestADocumentIsSavedPublishedAndCompiledAgain(t *testing.T) {
	b := setup(t)
	drafts := b.save(t, shop)
	if len(drafts) != 3 || drafts[0].Name != "会员等级" || !drafts[0].Ladder || drafts[1].Name != "行为/复购" || drafts[1].Version != 1 {
		t.Fatalf("drafts %+v", drafts)
	}
	for _, tg := range b.Library().Tags {
		if tg.State != tag.Draft {
			t.Errorf("%s is %s before publication", tg.Name, tg.State)
		}
	}
	g, p := b.publish(t, definition.Publication{})
	if want := []string{"价值/重要 v1", "会员等级 v1", "行为/复购 v1"}; g.Number != 1 || p.Set.Gen != 1 || !slices.Equal(versions(p), want) {
		t.Errorf("generation %d: %v", g.Number, versions(p))
	}
	for _, tg := range b.Library().Tags {
		origin := tag.Derived
		if tg.Name == "强力拒绝" || tg.Name == "老客" {
			origin = tag.Stated
		}
		if tg.State != tag.Active || tg.Origin != origin {
			t.Errorf("%s is %s, %s", tg.Name, tg.State, tg.Origin)
		}
	}
	// What a start compiles from the catalog is what was published.
	b.reopen(t)
	again, err := b.Program(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(versions(again), versions(p)) || !slices.Equal(again.Set.Tags, p.Set.Tags) || !slices.Equal(again.Set.Groups, p.Set.Groups) {
		t.Errorf("compiled again: %v %v", versions(again), again.Set.Tags)
	}
	for i := range p.Rules {
		if p.Rules[i].ID != again.Rules[i].ID || !slices.Equal(p.Rules[i].Keeps(), again.Rules[i].Keeps()) {
			t.Errorf("rule %d: %d %v, then %d %v", i, p.Rules[i].ID, p.Rules[i].Keeps(), again.Rules[i].ID, again.Rules[i].Keeps())
		}
	}
}

func TestOnlyWhatChangesGetsAVersion(t *testing.T) {
	b := setup(t)
	b.save(t, shop)
	g1, p1 := b.publish(t, definition.Publication{})
	b.save(t, shop)
	if g, _ := b.publish(t, definition.Publication{}); g.Number != g1.Number {
		t.Errorf("saving and publishing the same made generation %d", g.Number)
	}
	// A rule is found by what it keeps, here by a bare name that stands in one group only.
	drafts := b.save(t, `rules: [{tag: 复购, when: {event: order.paid, count: {gte: 3}}}]`)
	if len(drafts) != 1 || drafts[0].Version != 2 || drafts[0].Group != "行为" {
		t.Fatalf("drafts %+v", drafts)
	}
	g2, p2 := b.publish(t, definition.Publication{Previous: &g1.Number})
	if want := []string{"价值/重要 v1", "会员等级 v1", "行为/复购 v2"}; g2.Number != 2 || !slices.Equal(versions(p2), want) {
		t.Errorf("generation %d: %v", g2.Number, versions(p2))
	}
	if !slices.Equal(p1.Set.Tags, p2.Set.Tags) {
		t.Errorf("tags changed: %v, %v", p1.Set.Tags, p2.Set.Tags)
	}
	old, err := b.Program(t.Context(), 1)
	if err != nil || !slices.Equal(versions(old), versions(p1)) {
		t.Errorf("generation 1 is %v now (%v)", versions(old), err)
	}
	// Somebody who has seen generation 1 only does not publish over 2.
	b.save(t, `rules: [{tag: 复购, when: {event: order.paid, count: {gte: 4}}}]`)
	if _, _, err := b.Publish(t.Context(), b.by(), definition.Publication{Previous: &g1.Number}); !fault.Is(err, catalog.CodeGenerationConflict) {
		t.Errorf("published over a generation not seen: %v", err)
	}
}

func TestAMetricChangesWhatRulesMean(t *testing.T) {
	b := setup(t)
	b.save(t, shop)
	b.publish(t, definition.Publication{})
	b.save(t, `metrics: {年消费: {event: order.paid, within: 30d, sum: {of: amount_fen}}}`)
	g, p := b.publish(t, definition.Publication{})
	if g.Number != 2 || len(p.Rules) != 3 {
		t.Errorf("generation %d with %d rules", g.Number, len(p.Rules))
	}
	one, err := b.Program(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := sentenceOf(one), sentenceOf(p); a == b {
		t.Errorf("both generations read %s", a)
	}
}

// sentenceOf is the metric 年消费 in words.
func sentenceOf(p *rule.Program) string {
	return expr.SentenceNum(p.Set.Metrics["年消费"], expr.SentenceOptions{Lang: fault.EN})
}

func TestRetiredRulesLoseTheirTagsAndComeBack(t *testing.T) {
	b := setup(t)
	b.save(t, shop)
	b.publish(t, definition.Publication{})
	important := b.find(t, "价值/重要")
	g, p := b.publish(t, definition.Publication{Retire: []uint32{important}})
	if g.Number != 2 || len(p.Rules) != 2 {
		t.Errorf("generation %d: %v", g.Number, versions(p))
	}
	tg, _ := b.Library().Find("价值/重要")
	if tg.State != tag.Retired || slices.ContainsFunc(p.Set.Tags, func(x tag.Tag) bool { return x.ID == tg.ID }) {
		t.Errorf("the tag is %s", tg.State)
	}
	if g, p := b.publish(t, definition.Publication{Restore: []uint32{important}}); g.Number != 3 || len(p.Rules) != 3 {
		t.Errorf("generation %d: %v", g.Number, versions(p))
	}
	b.publish(t, definition.Publication{Retire: []uint32{important}})
	// A version saved later brings a retired rule back under its id.
	drafts := b.save(t, `rules: [{tag: 价值/重要, when: {tag: 复购}}]`)
	if drafts[0].Rule != important || drafts[0].Version != 2 {
		t.Errorf("drafts %+v", drafts)
	}
	if _, p := b.publish(t, definition.Publication{}); len(p.Rules) != 3 {
		t.Errorf("%v", versions(p))
	}
	back, _ := b.Library().Find("价值/重要")
	if back.ID != tg.ID || back.State != tag.Active {
		t.Errorf("the tag is %+v, was %d", back, tg.ID)
	}
}

func (b *bench) find(t *testing.T, name string) uint32 {
	t.Helper()
	r, err := b.catalog.RuleByName(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return r.ID
}

func TestTheWholeSetLeavesOutTheRest(t *testing.T) {
	b := setup(t)
	whole := func(doc string) (catalog.Generation, *rule.Program) {
		t.Helper()
		g, p, err := b.PublishWhole(t.Context(), b.by(), []byte(doc), "")
		if err != nil {
			t.Fatalf("publish whole: %v", err)
		}
		return g, p
	}
	g1, _ := whole(shop)
	if again, _ := whole(shop); again.Number != g1.Number {
		t.Errorf("the same document made generation %d", again.Number)
	}
	if after, _ := b.publish(t, definition.Publication{}); after.Number != g1.Number {
		t.Errorf("publishing no drafts made generation %d", after.Number)
	}
	g2, p := whole(`rules: [{tag: 行为/复购, when: {event: order.paid, count: {gte: 2}}}]`)
	if g2.Number != 2 || !slices.Equal(versions(p), []string{"行为/复购 v1"}) || len(g2.Documents) != 0 {
		t.Errorf("generation %d: %v, %v", g2.Number, versions(p), g2.Documents)
	}
	if _, ok := p.Stated(b.tag(t, "手工/老客")); !ok {
		t.Error("a stated tag was left out")
	}
	if g3, p := whole(shop); g3.Number != 3 || !slices.Equal(versions(p), []string{"价值/重要 v1", "会员等级 v1", "行为/复购 v1"}) {
		t.Errorf("generation %d: %v", g3.Number, versions(p))
	}
}

func (b *bench) tag(t *testing.T, name string) tag.ID {
	t.Helper()
	tg, ok := b.Library().Find(name)
	if !ok {
		t.Fatalf("no tag %s", name)
	}
	return tg.ID
}

func TestFaultsComeTogetherWithTheirPlaces(t *testing.T) {
	b := setup(t)
	b.save(t, shop)
	b.publish(t, definition.Publication{})
	cases := []struct {
		name, doc string
		want      []string // code and place
	}{
		{"its own slips", "rules:\n  - {tag: 行为/新, when: {event: order.paid, cuont: {gte: 2}}}\n  - {tag: 行为/新2, when: {metric: 年消 费, gte: 1}}\n",
			[]string{"expr.unknown_key 2", "expr.unknown_metric 3"}},
		{"a tag that hands state", "rules: [{tag: 手工/老客, when: {event: order.paid}}]", []string{"definition.tag_is_stated 1"}},
		{"a cycle through a stored rule", "rules: [{tag: 行为/复购, when: {tag: 价值/重要}}]", []string{"rule.cycle"}},
		{"a stored reference made ambiguous", "rules: [{tag: 别的/复购, when: {event: order.paid}}]", []string{"rule.ambiguous_tag rule 价值/重要"}},
		{"a state rule in a ladder's group", "rules: [{tag: 会员等级/钻石, when: {event: order.paid}}]", []string{"rule.single_state_rule 1"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			before := b.Library()
			_, err := b.Save(t.Context(), b.by(), []byte(c.doc), "")
			all := fault.All(err)
			if len(all) != len(c.want) {
				t.Fatalf("faults:\n%v\nwant %v", err, c.want)
			}
			for i, e := range all {
				code, place, _ := strings.Cut(c.want[i], " ")
				at := e.Path
				if e.Line > 0 {
					at = string('0' + rune(e.Line))
				}
				if e.Code != code || place != "" && at != place {
					t.Errorf("fault %d: %s at %q, want %s", i, e.Code, at, c.want[i])
				}
			}
			if now := b.Library(); len(now.Tags) != len(before.Tags) || len(now.Rules) != len(before.Rules) {
				t.Error("a refused document left something behind")
			}
		})
	}
}

func TestTagsMadeByHand(t *testing.T) {
	b := setup(t)
	b.save(t, shop)
	b.publish(t, definition.Publication{})
	hand := b.tag(t, "手工/老客")
	group, _ := b.Library().Tag(hand)
	made, err := b.CreateTag(t.Context(), b.by(), tag.Tag{Group: group.Group, Name: "投诉过"})
	if err != nil || made.State != tag.Draft || made.Origin != tag.Stated {
		t.Fatalf("made %+v, %v", made, err)
	}
	if _, p := b.publish(t, definition.Publication{}); !takes(p, made.ID) {
		t.Error("the tag takes no statements after publication")
	}
	ladder, _ := b.Library().Tag(b.tag(t, "会员等级/黄金"))
	if _, err := b.CreateTag(t.Context(), b.by(), tag.Tag{Group: ladder.Group, Name: "青铜"}); !fault.Is(err, "definition.group_refused") {
		t.Errorf("a stated tag beside a ladder's: %v", err)
	}
	derived, _ := b.Library().Tag(b.tag(t, "行为/复购"))
	renamed := derived
	renamed.Name = "回头客"
	if err := b.UpdateTag(t.Context(), b.by(), renamed); !fault.Is(err, "definition.derived_name") {
		t.Errorf("renaming a derived tag: %v", err)
	}
	refused, _ := b.Library().Tag(b.tag(t, "手工/强力拒绝"))
	renamed = refused
	renamed.Name = "拒绝"
	if err := b.UpdateTag(t.Context(), b.by(), renamed); !fault.Is(err, "definition.name_in_use") {
		t.Errorf("renaming a tag that a rule reads: %v", err)
	}
	retired, _ := b.Library().Tag(made.ID)
	retired.State, retired.Name = tag.Retired, "曾投诉"
	if err := b.UpdateTag(t.Context(), b.by(), retired); err != nil {
		t.Fatal(err)
	}
	if _, p := b.publish(t, definition.Publication{}); takes(p, made.ID) {
		t.Error("a retired tag takes statements")
	}
}

func takes(p *rule.Program, id tag.ID) bool {
	_, ok := p.Stated(id)
	return ok
}

func TestAnEmptyStoreHasTheEmptyProgram(t *testing.T) {
	b := setup(t)
	p, err := b.Program(context.WithoutCancel(t.Context()), 0)
	if err != nil || p.Set.Gen != 0 || len(p.Rules) != 0 {
		t.Errorf("program %+v, %v", p, err)
	}
	if g, p := b.publish(t, definition.Publication{}); g.Number != 1 || len(p.Rules) != 0 {
		t.Errorf("generation %d", g.Number)
	}
}
