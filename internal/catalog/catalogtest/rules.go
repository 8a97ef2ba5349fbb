package catalogtest

import (
	"sync"
	"testing"

	"github.com/earmarkhq/earmark/internal/catalog"
	"github.com/earmarkhq/earmark/internal/fault"
)

func (b *bench) rule(name string) catalog.Rule {
	b.t.Helper()
	return must(b.CreateRule(b.ctx, by, name, "rule: "+name, ""))(b)
}

func (b *bench) ruleOf(id uint32) catalog.Rule {
	b.t.Helper()
	return must(b.Rule(b.ctx, id))(b)
}

func testRuleVersions(t *testing.T, b *bench) {
	made := must(b.CreateRule(b.ctx, at(10), "高客单", "条件: 一\n", "first"))(b)
	want := catalog.Rule{ID: 1, Name: "高客单", State: catalog.RuleDraft, Newest: 1, Created: 10, Updated: 10}
	b.equal("the rule made", made, want)
	v2 := must(b.SaveRule(b.ctx, catalog.By{Actor: "cli", At: 20}, 1, 1, "条件: 二\n", "second"))(b)
	want.Newest, want.Updated = 2, 20
	b.equal("rule by id", b.ruleOf(1), want)
	b.equal("rule by name", must(b.RuleByName(b.ctx, "高客单"))(b), want)

	wantV1 := catalog.RuleVersion{Rule: 1, Version: 1, Document: "条件: 一\n", Author: "key 3", Note: "first", Created: 10}
	wantV2 := catalog.RuleVersion{Rule: 1, Version: 2, Document: "条件: 二\n", Author: "cli", Note: "second", Created: 20}
	b.equal("the version saved", v2, wantV2)
	b.equal("versions, newest first", must(b.Versions(b.ctx, 1))(b), []catalog.RuleVersion{wantV2, wantV1})
	b.equal("one version", must(b.Version(b.ctx, 1, 1))(b), wantV1)

	other := b.rule("other")
	b.equal("rules by id", must(b.Rules(b.ctx))(b), []catalog.Rule{want, other})

	for _, err := range []error{
		errOf(b.Rule(b.ctx, 9)), errOf(b.RuleByName(b.ctx, "nobody")), errOf(b.Versions(b.ctx, 9)),
		errOf(b.Version(b.ctx, 1, 3)), errOf(b.Version(b.ctx, 1, 0)), errOf(b.SaveRule(b.ctx, by, 9, 1, "x", "")),
		b.RenameRule(b.ctx, by, 9, "x"),
	} {
		b.refused(err, catalog.CodeNotFound)
	}
}

func errOf[T any](_ T, err error) error { return err }

func testRuleConflict(t *testing.T, b *bench) {
	r := b.rule("r")
	must(b.SaveRule(b.ctx, by, r.ID, 1, "second", ""))(b)
	before := b.ruleOf(r.ID)
	for _, seen := range []uint32{0, 1, 3} {
		_, err := b.SaveRule(b.ctx, by, r.ID, seen, "third", "")
		b.refused(err, catalog.CodeVersionConflict)
		if fault.KindOf(err) != fault.KindConflict {
			t.Errorf("kind %s", fault.KindOf(err))
		}
	}
	b.equal("the rule after refusals", b.ruleOf(r.ID), before)
	b.equal("the next version", must(b.SaveRule(b.ctx, by, r.ID, 2, "third", ""))(b).Version, uint32(3))
}

func testRuleRace(t *testing.T, b *bench) {
	r := b.rule("r")
	const authors = 8
	errs := make([]error, authors)
	var wg sync.WaitGroup
	for i := range authors {
		wg.Go(func() { _, errs[i] = b.SaveRule(b.ctx, by, r.ID, 1, name("text", i), "") })
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else {
			b.refused(err, catalog.CodeVersionConflict)
		}
	}
	if won != 1 || b.ruleOf(r.ID).Newest != 2 {
		t.Fatalf("%d won, newest version is %d", won, b.ruleOf(r.ID).Newest)
	}
}

func testRuleEqual(t *testing.T, b *bench) {
	r := must(b.CreateRule(b.ctx, at(10), "r", "text", "note"))(b)
	v := must(b.SaveRule(b.ctx, at(20), r.ID, 1, "text", "again"))(b)
	b.equal("the version there is", v, catalog.RuleVersion{
		Rule: r.ID, Version: 1, Document: "text", Author: "key 3", Note: "note", Created: 10,
	})
	b.equal("the rule is as it was", b.ruleOf(r.ID), r)
	must(b.SaveRule(b.ctx, at(30), r.ID, 1, "text ", ""))(b) // differs by a blank
	v = must(b.SaveRule(b.ctx, at(40), r.ID, 2, "text", ""))(b)
	b.equal("an older text is a new version", v.Version, uint32(3))
}

func testRuleNames(t *testing.T, b *bench) {
	r, s := b.rule("r"), b.rule("s")
	for _, err := range []error{errOf(b.CreateRule(b.ctx, by, "r", "x", "")), b.RenameRule(b.ctx, by, s.ID, "r")} {
		b.refused(err, catalog.CodeNameTaken)
	}
	for _, err := range []error{errOf(b.CreateRule(b.ctx, by, "", "x", "")), b.RenameRule(b.ctx, by, s.ID, "s ")} {
		b.refused(err, catalog.CodeName)
	}
	b.ok(b.RenameRule(b.ctx, at(50), r.ID, "新名"))
	b.ok(b.RenameRule(b.ctx, by, s.ID, "r")) // free by now
	got := must(b.RuleByName(b.ctx, "新名"))(b)
	r.Name, r.Updated = "新名", 50
	b.equal("the rule renamed", got, r)
	b.equal("no id was lost", b.rule("t").ID, uint32(3))
}

func testDocuments(t *testing.T, b *bench) {
	put := func(kind catalog.DocumentKind, name, text string) catalog.Document {
		t.Helper()
		d := catalog.Document{Kind: kind, Name: name, Text: text}
		b.ok(b.PutDocument(b.ctx, by, d))
		return d
	}
	table := put(catalog.TableDocument, "a", "x")
	put(catalog.MetricDocument, "客单价", "old")
	metricB := put(catalog.MetricDocument, "b", "y")
	metricA := put(catalog.MetricDocument, "a", "z") // one name in two kinds
	segment := put(catalog.SegmentDocument, "a", "")
	metricC := put(catalog.MetricDocument, "客单价", "sum(amount_fen) / count\n")
	want := []catalog.Document{metricA, metricB, metricC, segment, table}
	b.equal("documents by kind and name", must(b.Documents(b.ctx))(b), want)

	b.ok(b.DeleteDocument(b.ctx, by, catalog.MetricDocument, "a"))
	b.refused(b.DeleteDocument(b.ctx, by, catalog.MetricDocument, "a"), catalog.CodeNotFound)
	b.equal("documents left", must(b.Documents(b.ctx))(b), want[1:])
	b.refused(b.PutDocument(b.ctx, by, catalog.Document{Kind: "rule", Name: "x"}), catalog.CodeInvalid)
	b.refused(b.PutDocument(b.ctx, by, catalog.Document{Kind: catalog.TableDocument}), catalog.CodeName)
}
