package catalogtest

import (
	"strconv"
	"sync"
	"testing"

	"github.com/earmarkhq/earmark/internal/catalog"
)

func testSettings(t *testing.T, b *bench) {
	if v, ok, err := b.Setting(b.ctx, catalog.SettingZone); ok || v != "" || err != nil {
		t.Fatalf("a setting before it is put: %q %v %v", v, ok, err)
	}
	for _, want := range []string{"Asia/Shanghai", "", "时区"} {
		b.ok(b.PutSetting(b.ctx, by, catalog.SettingZone, want))
		if v, ok, err := b.Setting(b.ctx, catalog.SettingZone); !ok || v != want || err != nil {
			t.Fatalf("setting %q %v %v, want %q", v, ok, err, want)
		}
	}
	if _, ok, err := b.Setting(b.ctx, catalog.SettingLive); ok || err != nil {
		t.Fatal("one setting put another")
	}
	b.refused(b.PutSetting(b.ctx, by, "", "x"), catalog.CodeName)
}

func testKeepSetting(t *testing.T, b *bench) {
	const asked = 8
	kept := make([]string, asked)
	var wg sync.WaitGroup
	for i := range asked {
		wg.Go(func() {
			var err error
			if kept[i], err = b.KeepSetting(b.ctx, by, catalog.SettingLive, strconv.Itoa(i)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	stored, ok, err := b.Setting(b.ctx, catalog.SettingLive)
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	for i, k := range kept {
		if k != stored {
			t.Errorf("caller %d was told %q, stored is %q", i, k, stored)
		}
	}
	b.ok(b.PutSetting(b.ctx, by, catalog.SettingShift, ""))
	b.equal("a setting of no characters is one", must(b.KeepSetting(b.ctx, by, catalog.SettingShift, "7"))(b), "")
}
