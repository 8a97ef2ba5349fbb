package sqlite

import (
	"context"

	"github.com/earmarkhq/earmark/internal/catalog"
)

const selectSetting = `SELECT value FROM setting WHERE name = $1`

func (s *store) Setting(ctx context.Context, name string) (value string, ok bool, err error) {
	return one(ctx, s.r, scalar[string], selectSetting, name)
}

func (s *store) PutSetting(ctx context.Context, by catalog.By, name, value string) error {
	return s.write(ctx, func(t tx) error { return t.putSetting(by, name, value) })
}

func (t tx) putSetting(by catalog.By, name, value string) error {
	if err := checkName("setting", name); err != nil {
		return err
	}
	_, err := t.exec(`INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
		name, text(value))
	if err != nil {
		return err
	}
	return t.audit(by, "setting.put", "setting "+name, fields{"value": value})
}

func (s *store) KeepSetting(ctx context.Context, by catalog.By, name, value string) (kept string, err error) {
	err = s.write(ctx, func(t tx) error {
		var ok bool
		if kept, ok, err = one(ctx, t, scalar[string], selectSetting, name); ok || err != nil {
			return err
		}
		kept = text(value)
		return t.putSetting(by, name, value)
	})
	return kept, err
}
