package catalogtest

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/earmarkhq/earmark/internal/catalog"
	"github.com/earmarkhq/earmark/internal/tag"
)

func testPages(t *testing.T, b *bench) {
	const entries = 250
	for i := range entries {
		b.ok(b.Record(b.ctx, at(int64(i)), "test.do", name("thing", i), "{}"))
	}
	for _, c := range []struct {
		page        catalog.Page
		newest, len int64
	}{
		{catalog.Page{}, 250, 100},
		{catalog.Page{Limit: 3}, 250, 3},
		{catalog.Page{Before: 101}, 100, 100},
		{catalog.Page{Before: 3, Limit: 10}, 2, 2},
		{catalog.Page{Before: 9999, Limit: 1000}, 250, 250},
	} {
		got := must(b.AuditLog(b.ctx, c.page))(b)
		if int64(len(got)) != c.len || got[0].ID != c.newest {
			t.Fatalf("page %+v: %d entries from %d on", c.page, len(got), got[0].ID)
		}
		for i, e := range got {
			if e.ID != c.newest-int64(i) {
				t.Fatalf("page %+v: entry %d has id %d", c.page, i, e.ID)
			}
		}
	}
	b.equal("beyond the oldest", must(b.AuditLog(b.ctx, catalog.Page{Before: 1}))(b), []catalog.AuditEntry(nil))
}

// testAudit goes through every method that takes a By.
func testAudit(t *testing.T, b *bench) {
	ctx := b.ctx
	g := tag.Group{Name: "g"}
	x := tag.Tag{Group: 1, Name: "x", Origin: tag.Stated, State: tag.Draft}
	doc := catalog.Document{Kind: catalog.MetricDocument, Name: "m", Text: "1"}
	_, wk := catalog.NewSecret("wk")
	_, ek := catalog.NewSecret("ek")
	for _, c := range []struct {
		action, object string
		do             func(by catalog.By) error
	}{
		{"setting.put", "setting zone", func(by catalog.By) error { return b.PutSetting(ctx, by, "zone", "UTC") }},
		{"setting.put", "setting live_since", func(by catalog.By) error { return errOf(b.KeepSetting(ctx, by, "live_since", "1")) }},
		{"", "", func(by catalog.By) error { return errOf(b.KeepSetting(ctx, by, "live_since", "2")) }},
		{"group.create", "group 1", func(by catalog.By) error { return errOf(b.CreateGroup(ctx, by, g)) }},
		{"", "", func(by catalog.By) error { return errOf(b.CreateGroup(ctx, by, g)) }},
		{"group.update", "group 1", func(by catalog.By) error { return b.UpdateGroup(ctx, by, tag.Group{ID: 1, Name: "h"}) }},
		{"tag.create", "tag 1", func(by catalog.By) error { return errOf(b.CreateTag(ctx, by, x)) }},
		{"tag.update", "tag 1", func(by catalog.By) error { x.ID = 1; return b.UpdateTag(ctx, by, x) }},
		{"tag.create", "tag 2", func(by catalog.By) error {
			_, _, err := b.EnsureTags(ctx, by, []catalog.GroupSpec{{Name: "h", Tags: []catalog.TagSpec{{Name: "x"}, {Name: "y", Origin: tag.Stated}}}})
			return err
		}},
		{"rule.create", "rule 1", func(by catalog.By) error { return errOf(b.CreateRule(ctx, by, "r", "a", "")) }},
		{"rule.save", "rule 1", func(by catalog.By) error { return errOf(b.SaveRule(ctx, by, 1, 1, "b", "")) }},
		{"", "", func(by catalog.By) error { return errOf(b.SaveRule(ctx, by, 1, 1, "c", "")) }},
		{"", "", func(by catalog.By) error { return errOf(b.SaveRule(ctx, by, 1, 2, "b", "")) }},
		{"rule.rename", "rule 1", func(by catalog.By) error { return b.RenameRule(ctx, by, 1, "s") }},
		{"document.put", "metric m", func(by catalog.By) error { return b.PutDocument(ctx, by, doc) }},
		{"", "", func(by catalog.By) error { return b.PutDocument(ctx, by, doc) }}, // as it is
		{"document.delete", "metric m", func(by catalog.By) error { return b.DeleteDocument(ctx, by, doc.Kind, doc.Name) }},
		{"generation.publish", "generation 1", func(by catalog.By) error { return errOf(b.Publish(ctx, by, 0, catalog.Generation{})) }},
		{"", "", func(by catalog.By) error { return errOf(b.Publish(ctx, by, 0, catalog.Generation{})) }},
		{"source.create", "source 1", func(by catalog.By) error { return errOf(b.EnsureSource(ctx, by, "web", "track")) }},
		{"", "", func(by catalog.By) error { return errOf(b.EnsureSource(ctx, by, "web", "track")) }},
		{"source.update", "source 1", func(by catalog.By) error { return b.SetSourceDisabled(ctx, by, 1, true) }},
		{"write_key.create", "write key 1", func(by catalog.By) error { return errOf(b.AddWriteKey(ctx, by, 1, wk)) }},
		{"write_key.revoke", "write key 1", func(by catalog.By) error { return b.RevokeWriteKey(ctx, by, 1) }},
		{"", "", func(by catalog.By) error { return b.RevokeWriteKey(ctx, by, 1) }},
		{"api_key.create", "API key 1", func(by catalog.By) error { return errOf(b.AddAPIKey(ctx, by, "k", catalog.RoleAdmin, ek)) }},
		{"api_key.revoke", "API key 1", func(by catalog.By) error { return b.RevokeAPIKey(ctx, by, 1) }},
		{"alias.put", "alias 1", func(by catalog.By) error { return errOf(b.PutAlias(ctx, by, catalog.Alias{From: "a", To: "b"})) }},
		{"alias.delete", "alias 1", func(by catalog.By) error { return b.DeleteAlias(ctx, by, 1) }},
		{"import.begin", "import 1", func(by catalog.By) error { _, _, err := b.BeginImport(ctx, by, catalog.Import{}); return err }},
		{"", "", func(by catalog.By) error { _, _, err := b.BeginImport(ctx, by, catalog.Import{}); return err }},
		{"live.start", "store", func(by catalog.By) error { return b.Record(ctx, by, "live.start", "store", `{"at":1}`) }},
	} {
		b.auditedOnce(c.action, c.object, c.do)
	}
}

// auditedOnce demands that do leaves the one entry, or none where action is "".
func (b *bench) auditedOnce(action, object string, do func(by catalog.By) error) {
	b.t.Helper()
	before := must(b.AuditLog(b.ctx, catalog.Page{Limit: 1000}))(b)
	who := catalog.By{Actor: "操作员", At: int64(len(before)) + 1000}
	if err := do(who); err != nil && action != "" {
		b.t.Fatalf("%s: %v", action, err)
	}
	after := must(b.AuditLog(b.ctx, catalog.Page{Limit: 1000}))(b)
	made := after[:len(after)-len(before)]
	if action == "" {
		b.equal("entries of a change that changes nothing", made, []catalog.AuditEntry(nil))
		return
	}
	if len(made) != 1 || !json.Valid([]byte(made[0].Detail)) {
		b.t.Fatalf("%s: entries %+v", action, made)
	}
	made[0].Detail = ""
	b.equal("the entry", made[0], catalog.AuditEntry{
		ID: int64(len(after)), At: who.At, Actor: who.Actor, Action: action, Object: object,
	})
}

// testTexts holds what comes from outside: no bytes of it may be lost to an error.
func testTexts(t *testing.T, b *bench) {
	for _, raw := range []string{"'; DROP TABLE tag; --", "a\x00b", "\xff\xfe", "𝒳 \U0001F600 é", "$1 ?2 :a @b", "%s\\\n\t"} {
		b.ok(b.AddFaults(b.ctx, []catalog.Fault{{Source: raw, Code: raw, Text: raw, Place: raw, Sample: raw}}))
		b.ok(b.AddConflicts(b.ctx, []catalog.Conflict{{Kind: catalog.RepeatConflict, Code: raw, Source: raw, Key: raw, Detail: raw}}))
		b.ok(b.Observe(b.ctx, []catalog.SeenType{{Type: raw, Source: raw, Properties: []catalog.SeenProperty{
			{Path: raw, Kinds: map[string]int64{raw: 1}, Samples: []catalog.Sample{{Value: raw, Count: 1}}},
		}}}))
		f := must(b.Faults(b.ctx, catalog.FaultFilter{}, catalog.Page{Limit: 1}))(b)[0]
		c := must(b.Conflicts(b.ctx, "", catalog.Page{Limit: 1}))(b)[0]
		for _, got := range []string{f.Source, f.Code, f.Text, f.Place, f.Sample, c.Code, c.Source, c.Key, c.Detail} {
			if !utf8.ValidString(got) || utf8.ValidString(raw) && raw != "a\x00b" && got != raw {
				t.Errorf("%q comes back as %q", raw, got)
			}
		}
	}
	types := must(b.SeenTypes(b.ctx))(b)
	if len(types) != 6 {
		t.Fatalf("%d types", len(types))
	}
	for _, typ := range types {
		if p := must(b.SeenProperties(b.ctx, typ.Type))(b); len(p) != 1 || p[0].Path != typ.Type {
			t.Errorf("type %q has properties %v", typ.Type, p)
		}
	}
}

func testCancelled(t *testing.T, b *bench) {
	ctx, cancel := context.WithCancel(b.ctx)
	cancel()
	for what, err := range map[string]error{
		"write": b.PutSetting(ctx, by, "zone", "UTC"),
		"read":  errOf(b.Rules(ctx)),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, ok, err := b.Setting(b.ctx, "zone"); ok || err != nil {
		t.Errorf("written after all: %v %v", ok, err)
	}
	b.ok(b.PutSetting(b.ctx, by, "zone", "UTC")) // the writer is free
}
