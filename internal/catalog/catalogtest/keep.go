package catalogtest

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/earmarkhq/earmark/internal/catalog"
	"github.com/earmarkhq/earmark/internal/tag"
)

// fill writes something of everything.
func (b *bench) fill() {
	b.t.Helper()
	b.ok(b.PutSetting(b.ctx, by, catalog.SettingZone, "Asia/Shanghai"))
	groups, tags, err := b.EnsureTags(b.ctx, by, []catalog.GroupSpec{{Name: "周期", Single: true, Tags: []catalog.TagSpec{
		{Name: "潜在", Origin: tag.Derived}, {Name: "流失", Origin: tag.Derived, State: tag.Trial},
	}}})
	b.ok(err)
	r := b.rule("r")
	must(b.SaveRule(b.ctx, by, r.ID, 1, "second", "note"))(b)
	doc := catalog.Document{Kind: catalog.TableDocument, Name: "t", Text: "a: 1"}
	b.ok(b.PutDocument(b.ctx, by, doc))
	must(b.Publish(b.ctx, by, 0, catalog.Generation{
		Zone: "UTC", Groups: groups, Tags: tags, Documents: []catalog.Document{doc},
		Rules: []catalog.RuleRef{{Rule: r.ID, Version: 2}},
	}))(b)
	src := must(b.EnsureSource(b.ctx, by, "web", "track"))(b)
	must(b.AddWriteKey(b.ctx, by, src.ID, catalog.SecretOf("wk_demo")))(b)
	must(b.AddAPIKey(b.ctx, by, "k", catalog.RoleEditor, catalog.SecretOf("ek_demo")))(b)
	b.ok(b.TouchAPIKey(b.ctx, 1, by.At))
	b.ok(b.Observe(b.ctx, []catalog.SeenType{{Type: "order.paid", Source: "web", Count: 2, First: 1, Last: 2, Properties: []catalog.SeenProperty{
		{Path: "amount_fen", Count: 2, First: 1, Last: 2, Kinds: map[string]int64{"number": 2}, Samples: []catalog.Sample{{Value: "990", Count: 2}}},
	}}}))
	must(b.PutAlias(b.ctx, by, catalog.Alias{From: "下单", To: "order.paid", Document: "{}"}))(b)
	_, _, err = b.BeginImport(b.ctx, by, catalog.Import{File: "f", Content: "c", Mapping: "m", Source: "web", Position: 12})
	b.ok(err)
	b.ok(b.AddFaults(b.ctx, []catalog.Fault{{At: 1, Source: "web", Code: "a", Text: "t", Sample: "s"}}))
	b.ok(b.AddConflicts(b.ctx, []catalog.Conflict{{Kind: catalog.RepeatConflict, Key: "m", Customer: 5, First: 1, Last: 2}}))
	b.ok(b.Record(b.ctx, by, "live.start", "store", "{}"))
}

// contents reads everything there is; none of it may be empty.
func (b *bench) contents(s catalog.Store) map[string]any {
	b.t.Helper()
	ctx, page := b.ctx, catalog.Page{Limit: 1000}
	zone, _, err := s.Setting(ctx, catalog.SettingZone)
	b.ok(err)
	bySecret := func(find func(context.Context, catalog.Hash) (any, bool, error), text string) any {
		b.t.Helper()
		v, ok, err := find(ctx, catalog.HashSecret(text))
		b.ok(err)
		if !ok {
			b.t.Fatalf("the key %s is not found", text)
		}
		return v
	}
	return map[string]any{
		"zone": zone, "groups": must(s.Groups(ctx))(b), "tags": must(s.Tags(ctx))(b),
		"rules": must(s.Rules(ctx))(b), "versions": must(s.Versions(ctx, 1))(b), "documents": must(s.Documents(ctx))(b),
		"generation": must(s.Generation(ctx, 0))(b), "its rules": must(s.GenerationRules(ctx, 1))(b),
		"sources": must(s.Sources(ctx))(b), "write keys": must(s.WriteKeys(ctx))(b), "API keys": must(s.APIKeys(ctx))(b),
		"by write key": bySecret(func(ctx context.Context, h catalog.Hash) (any, bool, error) { return s.SourceByKey(ctx, h) }, "wk_demo"),
		"by API key":   bySecret(func(ctx context.Context, h catalog.Hash) (any, bool, error) { return s.APIKeyByHash(ctx, h) }, "ek_demo"),
		"types":        must(s.SeenTypes(ctx))(b), "properties": must(s.SeenProperties(ctx, "order.paid"))(b),
		"aliases": must(s.Aliases(ctx))(b), "imports": must(s.Imports(ctx, page))(b),
		"faults": must(s.Faults(ctx, catalog.FaultFilter{}, page))(b), "counts": must(s.FaultCounts(ctx))(b),
		"conflicts": must(s.Conflicts(ctx, "", page))(b), "audit": must(s.AuditLog(ctx, page))(b),
	}
}

func testReopen(t *testing.T, b *bench) {
	b.fill()
	before := b.contents(b)
	for range 2 {
		b.reopen()
		b.equal("everything", b.contents(b), before)
	}
	b.equal("ids go on", b.rule("next").ID, uint32(2))
}

func testBackup(t *testing.T, b *bench) {
	b.fill()
	want := b.contents(b)
	path := filepath.Join(t.TempDir(), "copy")
	b.ok(b.Backup(b.ctx, path))
	b.ok(b.PutSetting(b.ctx, by, catalog.SettingZone, "UTC")) // is not in the copy
	if err := b.Backup(b.ctx, path); err == nil {
		t.Error("a backup replaces a file")
	}
	for _, missing := range []string{filepath.Join(t.TempDir(), "no", "such"), ""} {
		if err := b.Backup(b.ctx, missing); err == nil {
			t.Errorf("a backup to %q succeeds", missing)
		}
	}
	s := must(b.lab.Restore(b.ctx, path))(b)
	defer func() { b.ok(s.Close()) }()
	b.equal("the copy", b.contents(s), want)
	b.ok(s.PutSetting(b.ctx, by, catalog.SettingZone, "Europe/Paris"))
	if zone, _, err := b.Setting(b.ctx, catalog.SettingZone); zone != "UTC" || err != nil {
		t.Errorf("writing to the copy changes the store: %s %v", zone, err)
	}
}
