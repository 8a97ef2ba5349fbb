package catalogtest

import (
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"github.com/earmarkhq/earmark/internal/catalog"
)

func testSources(t *testing.T, b *bench) {
	web := must(b.EnsureSource(b.ctx, at(5), "网站", "track"))(b)
	b.equal("the source made", web, catalog.Source{ID: 1, Name: "网站", Kind: "track", Created: 5})
	b.equal("the source there is", must(b.EnsureSource(b.ctx, at(9), "网站", "import"))(b), web)
	file := must(b.EnsureSource(b.ctx, at(6), "file", "import"))(b)
	b.refused(errOf(b.EnsureSource(b.ctx, by, "", "track")), catalog.CodeName)
	b.ok(b.SetSourceDisabled(b.ctx, by, web.ID, true))
	web.Disabled = true
	b.equal("sources by id", must(b.Sources(b.ctx))(b), []catalog.Source{web, file})
	b.equal("a disabled one is not made again", must(b.EnsureSource(b.ctx, at(9), "网站", "track"))(b), web)
	b.ok(b.SetSourceDisabled(b.ctx, by, web.ID, false))
	web.Disabled = false
	b.equal("sources by id", must(b.Sources(b.ctx))(b), []catalog.Source{web, file})
	b.refused(b.SetSourceDisabled(b.ctx, by, 9, true), catalog.CodeNotFound)
}

func testWriteKeys(t *testing.T, b *bench) {
	web := must(b.EnsureSource(b.ctx, by, "web", "track"))(b)
	app := must(b.EnsureSource(b.ctx, by, "app", "track"))(b)
	text1, secret1 := catalog.NewSecret("wk")
	text2, secret2 := catalog.NewSecret("wk")
	k1 := must(b.AddWriteKey(b.ctx, at(5), web.ID, secret1))(b)
	k2 := must(b.AddWriteKey(b.ctx, at(6), app.ID, secret2))(b)
	b.equal("the key made", k1, catalog.WriteKey{ID: 1, Source: web.ID, Prefix: secret1.Prefix, Created: 5})

	leads := func(text string, want *catalog.Source) {
		t.Helper()
		s, ok, err := b.SourceByKey(b.ctx, catalog.HashSecret(text))
		b.ok(err)
		if ok != (want != nil) || ok && s != *want {
			t.Fatalf("the key leads to %v %v, want %v", s, ok, want)
		}
	}
	leads(text1, &web)
	leads(text2, &app)
	leads(text1+"x", nil)
	leads("", nil)

	b.ok(b.SetSourceDisabled(b.ctx, by, app.ID, true))
	leads(text2, nil)
	b.ok(b.SetSourceDisabled(b.ctx, by, app.ID, false))
	leads(text2, &app)

	b.ok(b.RevokeWriteKey(b.ctx, at(70), k1.ID))
	b.ok(b.RevokeWriteKey(b.ctx, at(80), k1.ID)) // the first time counts
	b.ok(b.RevokeWriteKey(b.ctx, at(0), k2.ID))
	leads(text1, nil)
	leads(text2, nil)
	keys := must(b.WriteKeys(b.ctx))(b)
	k1.Revoked = 70
	b.equal("the keys are listed still", keys[0], k1)
	if len(keys) != 2 || keys[1].Revoked == 0 {
		t.Fatalf("a key revoked at instant 0 is in force: %v", keys)
	}

	b.refused(errOf(b.AddWriteKey(b.ctx, by, 9, secret2)), catalog.CodeNotFound)
	b.refused(errOf(b.AddWriteKey(b.ctx, by, app.ID, secret1)), catalog.CodeNameTaken) // revoked keys stay so
	b.refused(b.RevokeWriteKey(b.ctx, by, 9), catalog.CodeNotFound)
}

func testAPIKeys(t *testing.T, b *bench) {
	text, secret := catalog.NewSecret("ek")
	k := must(b.AddAPIKey(b.ctx, at(5), "报表", catalog.RoleReader, secret))(b)
	b.equal("the key made", k, catalog.APIKey{ID: 1, Name: "报表", Prefix: secret.Prefix, Role: catalog.RoleReader, Created: 5})
	_, second := catalog.NewSecret("ek")
	k2 := must(b.AddAPIKey(b.ctx, at(6), "报表", catalog.RoleAdmin, second))(b) // names may repeat

	got, ok, err := b.APIKeyByHash(b.ctx, catalog.HashSecret(text))
	if !ok || err != nil || got != k {
		t.Fatalf("%v %v %v", got, ok, err)
	}
	b.ok(b.RevokeAPIKey(b.ctx, at(70), k.ID))
	b.ok(b.RevokeAPIKey(b.ctx, at(80), k.ID))
	k.Revoked = 70
	if _, ok, err := b.APIKeyByHash(b.ctx, catalog.HashSecret(text)); ok || err != nil {
		t.Fatalf("a revoked key is found: %v %v", ok, err)
	}
	b.equal("keys by id", must(b.APIKeys(b.ctx))(b), []catalog.APIKey{k, k2})

	_, third := catalog.NewSecret("ek")
	b.refused(errOf(b.AddAPIKey(b.ctx, by, "x", "owner", third)), catalog.CodeInvalid)
	b.refused(errOf(b.AddAPIKey(b.ctx, by, "", catalog.RoleAdmin, third)), catalog.CodeName)
	b.refused(errOf(b.AddAPIKey(b.ctx, by, "x", catalog.RoleAdmin, secret)), catalog.CodeNameTaken)
	b.refused(b.RevokeAPIKey(b.ctx, by, 9), catalog.CodeNotFound)
	b.equal("refusals took no id", must(b.AddAPIKey(b.ctx, by, "x", catalog.RoleAdmin, third))(b).ID, uint32(3))
}

func testTouchAPIKey(t *testing.T, b *bench) {
	_, secret := catalog.NewSecret("ek")
	k := must(b.AddAPIKey(b.ctx, by, "k", catalog.RoleReader, secret))(b)
	const start = 1_700_000_000_000
	for _, c := range []struct{ use, noted int64 }{
		{start, start}, // the first
		{start + catalog.LastUsedStep - 1, start},
		{start + catalog.LastUsedStep, start + catalog.LastUsedStep},
		{start + 1, start + catalog.LastUsedStep}, // a slower clock
		{start + 5*catalog.LastUsedStep, start + 5*catalog.LastUsedStep},
	} {
		b.ok(b.TouchAPIKey(b.ctx, k.ID, c.use))
		b.equal("last use", must(b.APIKeys(b.ctx))(b)[0].LastUsed, c.noted)
	}
	b.refused(b.TouchAPIKey(b.ctx, 9, start), catalog.CodeNotFound)
}

func testSecrets(t *testing.T, b *bench) {
	writeText, writeSecret := catalog.NewSecret("wk")
	apiText, apiSecret := catalog.NewSecret("ek")
	src := must(b.EnsureSource(b.ctx, by, "web", "track"))(b)
	must(b.AddWriteKey(b.ctx, by, src.ID, writeSecret))(b)
	k := must(b.AddAPIKey(b.ctx, by, "k", catalog.RoleAdmin, apiSecret))(b)
	b.refused(errOf(b.AddAPIKey(b.ctx, by, "k", catalog.RoleAdmin, apiSecret)), catalog.CodeNameTaken)
	b.ok(b.RevokeAPIKey(b.ctx, by, k.ID))

	read, err := json.Marshal([]any{
		must(b.APIKeys(b.ctx))(b), must(b.WriteKeys(b.ctx))(b), must(b.Sources(b.ctx))(b),
		must(b.AuditLog(b.ctx, catalog.Page{}))(b),
		errOf(b.AddWriteKey(b.ctx, by, src.ID, writeSecret)).Error(),
	})
	b.ok(err)
	for _, s := range []struct {
		text   string
		secret catalog.Secret
	}{{writeText, writeSecret}, {apiText, apiSecret}} {
		for what, hidden := range map[string]string{
			"the key": s.text, "its random part": s.text[8:], "its hash": hex.EncodeToString(s.secret.Hash[:]),
		} {
			if strings.Contains(string(read), hidden) {
				t.Errorf("%s can be read: %s", what, read)
			}
		}
		if !strings.Contains(string(read), s.secret.Prefix) {
			t.Errorf("the prefix %s can not be read", s.secret.Prefix)
		}
	}
}
