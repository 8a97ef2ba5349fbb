package catalogtest

import (
	"testing"

	"github.com/earmarkhq/earmark/internal/catalog"
	"github.com/earmarkhq/earmark/internal/tag"
)

// publish publishes rules at their newest versions.
func (b *bench) publish(previous uint32, ids ...uint32) catalog.Generation {
	b.t.Helper()
	g := catalog.Generation{Zone: "Asia/Shanghai"}
	for _, id := range ids {
		g.Rules = append(g.Rules, catalog.RuleRef{Rule: id, Version: b.ruleOf(id).Newest})
	}
	return must(b.Publish(b.ctx, by, previous, g))(b)
}

func testNoGeneration(t *testing.T, b *bench) {
	b.equal("the newest of none", must(b.Generation(b.ctx, 0))(b), catalog.Generation{})
	b.equal("its rules", must(b.GenerationRules(b.ctx, 0))(b), []catalog.RuleText(nil))
	b.equal("the list", must(b.GenerationList(b.ctx))(b), []catalog.Generation(nil))
	b.refused(errOf(b.Generation(b.ctx, 1)), catalog.CodeNotFound)
	b.refused(errOf(b.GenerationRules(b.ctx, 1)), catalog.CodeNotFound)
}

func testGeneration(t *testing.T, b *bench) {
	r, s := b.rule("r"), b.rule("s")
	asked := catalog.Generation{
		Number: 9, Published: 9, Author: "nobody", Note: "双十一", Zone: "Asia/Shanghai",
		Groups:    []tag.Group{{ID: 4, Name: "周期", Single: true, Order: 2}, {ID: 1, Name: "g"}},
		Tags:      []tag.Tag{{ID: 7, Group: 4, Name: "流失", Order: -1, Origin: tag.Derived, State: tag.Active}},
		Rules:     []catalog.RuleRef{{Rule: s.ID, Version: 1}, {Rule: r.ID, Version: 1}},
		Documents: []catalog.Document{{Kind: catalog.TableDocument, Name: "t", Text: "a: \"<&\u2028\"\n"}},
	}
	want := asked
	want.Number, want.Published, want.Author = 1, 500, "cli"
	b.equal("what Publish returns", must(b.Publish(b.ctx, catalog.By{Actor: "cli", At: 500}, 0, asked))(b), want)
	b.equal("the newest", must(b.Generation(b.ctx, 0))(b), want)

	empty := must(b.Publish(b.ctx, at(600), 1, catalog.Generation{Zone: "UTC"}))(b)
	b.equal("the first by its number", must(b.Generation(b.ctx, 1))(b), want)
	b.equal("the newest", must(b.Generation(b.ctx, 0))(b), empty)
	b.equal("the list, newest first, without contents", must(b.GenerationList(b.ctx))(b), []catalog.Generation{
		{Number: 2, Published: 600, Author: "key 3", Zone: "UTC"},
		{Number: 1, Published: 500, Author: "cli", Note: "双十一", Zone: "Asia/Shanghai"},
	})
	b.equal("rules by id", must(b.GenerationRules(b.ctx, 1))(b), []catalog.RuleText{
		{Rule: r.ID, Version: 1, Name: "r", Document: "rule: r"}, {Rule: s.ID, Version: 1, Name: "s", Document: "rule: s"},
	})
	b.equal("rules of the newest", must(b.GenerationRules(b.ctx, 0))(b), []catalog.RuleText(nil))
}

func testGenerationImmutable(t *testing.T, b *bench) {
	g := b.group("g", 1)
	x := b.tag(g.ID, "x", 1)
	d := catalog.Document{Kind: catalog.MetricDocument, Name: "m", Text: "1"}
	b.ok(b.PutDocument(b.ctx, by, d))
	r := b.rule("r")
	first := must(b.Publish(b.ctx, by, 0, catalog.Generation{
		Zone: "UTC", Groups: []tag.Group{g}, Tags: []tag.Tag{x}, Documents: []catalog.Document{d},
		Rules: []catalog.RuleRef{{Rule: r.ID, Version: 1}},
	}))(b)
	texts := must(b.GenerationRules(b.ctx, 1))(b)

	must(b.SaveRule(b.ctx, by, r.ID, 1, "other", ""))(b)
	b.ok(b.RenameRule(b.ctx, by, r.ID, "other"))
	g.Name, x.Name, d.Text = "other", "other", "2"
	b.ok(b.UpdateGroup(b.ctx, by, g))
	b.ok(b.UpdateTag(b.ctx, by, x))
	b.ok(b.PutDocument(b.ctx, by, d))
	b.ok(b.DeleteDocument(b.ctx, by, d.Kind, d.Name))
	b.publish(1, r.ID)

	b.equal("the first generation", must(b.Generation(b.ctx, 1))(b), first)
	b.equal("its rules", must(b.GenerationRules(b.ctx, 1))(b), texts)
	b.equal("the second", must(b.GenerationRules(b.ctx, 2))(b), []catalog.RuleText{
		{Rule: r.ID, Version: 2, Name: "other", Document: "other"},
	})
}

func testGenerationConflict(t *testing.T, b *bench) {
	r := b.rule("r")
	b.publish(0, r.ID)
	b.publish(1)
	before := b.ruleOf(r.ID)
	for _, previous := range []uint32{0, 1, 3} {
		_, err := b.Publish(b.ctx, by, previous, catalog.Generation{Rules: []catalog.RuleRef{{Rule: r.ID, Version: 1}}})
		b.refused(err, catalog.CodeGenerationConflict)
	}
	b.equal("the rule after refusals", b.ruleOf(r.ID), before)
	b.equal("the next number", b.publish(2, r.ID).Number, uint32(3))
}

func testGenerationStates(t *testing.T, b *bench) {
	r, s, draft := b.rule("r"), b.rule("s"), b.rule("draft")
	expect := func(when string, rules ...catalog.Rule) {
		t.Helper()
		b.equal(when, must(b.Rules(b.ctx))(b), rules)
	}
	b.publish(0, r.ID, s.ID)
	r.State, r.Live = catalog.RulePublished, 1
	s.State, s.Live = catalog.RulePublished, 1
	expect("both published", r, s, draft)

	must(b.SaveRule(b.ctx, by, r.ID, 1, "r2", ""))(b)
	r.Newest = 2
	expect("a version saved is not live", r, s, draft)

	b.publish(1, r.ID)
	r.Live = 2
	s.State, s.Live = catalog.RuleRetired, 0
	expect("one left out", r, s, draft)

	must(b.Publish(b.ctx, by, 2, catalog.Generation{Rules: []catalog.RuleRef{{Rule: s.ID, Version: 1}, {Rule: r.ID, Version: 1}}}))(b)
	r.Live = 1
	s.State, s.Live = catalog.RulePublished, 1
	expect("back again, the other at its older version", r, s, draft)

	b.publish(3)
	r.State, r.Live = catalog.RuleRetired, 0
	s.State, s.Live = catalog.RuleRetired, 0
	expect("all left out", r, s, draft)
}

func testGenerationInvalid(t *testing.T, b *bench) {
	r := b.rule("r")
	ref := catalog.RuleRef{Rule: r.ID, Version: 1}
	for code, refs := range map[string][]catalog.RuleRef{
		catalog.CodeNotFound: {ref, {Rule: r.ID, Version: 2}},
		catalog.CodeInvalid:  {ref, ref},
	} {
		_, err := b.Publish(b.ctx, by, 0, catalog.Generation{Rules: refs})
		b.refused(err, code)
	}
	_, err := b.Publish(b.ctx, by, 0, catalog.Generation{Rules: []catalog.RuleRef{{Rule: 9, Version: 1}}})
	b.refused(err, catalog.CodeNotFound)
	b.equal("the rule is as it was", b.ruleOf(r.ID), r)
	b.equal("nothing was published", must(b.GenerationList(b.ctx))(b), []catalog.Generation(nil))
}
