package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/earmarkhq/earmark/internal/catalog"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/httpapi"
)

// FirstKeys are made with a store so that its owner can begin: an API key with the role admin and a
// write key. The catalog keeps hashes only; the keys themselves stay in a file of the data
// directory that its owner alone can read, until somebody removes it.
type FirstKeys struct {
	File  string
	API   string // "" once the file is gone
	Write string
	Made  bool // just now, by this process
}

// firstSource is the source that the first write key sends for.
const firstSource = "default"

// firstKeys reads the file, or makes keys in a store that has no API key yet.
func (a *App) firstKeys(ctx context.Context) (FirstKeys, error) {
	k := FirstKeys{File: filepath.Join(a.cfg.DataDir, "first-keys")}
	text, err := os.ReadFile(k.File)
	switch {
	case err == nil:
		k.read(string(text))
		return k, nil
	case !errors.Is(err, fs.ErrNotExist):
		return k, fault.Unavailable("app.first_keys", "file", k.File).Wrap(err)
	}
	have, err := a.catalog.APIKeys(ctx)
	if err != nil || len(have) > 0 {
		return k, err
	}
	return k, a.makeFirstKeys(ctx, &k)
}

func (a *App) makeFirstKeys(ctx context.Context, k *FirstKeys) error {
	var apiSecret, writeSecret catalog.Secret
	k.API, apiSecret = catalog.NewSecret(httpapi.APIKeyKind)
	k.Write, writeSecret = catalog.NewSecret(httpapi.WriteKeyKind)
	// The file goes first: keys that nobody can read would lock the owner out.
	text := fmt.Sprintf("api_key: %s\nwrite_key: %s\n", k.API, k.Write)
	if err := os.WriteFile(k.File, []byte(text), 0o600); err != nil {
		return fault.Unavailable("app.first_keys", "file", k.File).Wrap(err)
	}
	src, err := a.catalog.EnsureSource(ctx, a.by("cli"), firstSource, "track")
	if err != nil {
		return err
	}
	if _, err := a.catalog.AddWriteKey(ctx, a.by("cli"), src.ID, writeSecret); err != nil {
		return err
	}
	_, err = a.catalog.AddAPIKey(ctx, a.by("cli"), "first", catalog.RoleAdmin, apiSecret)
	k.Made = true
	return err
}

func (k *FirstKeys) read(text string) {
	for _, line := range strings.Split(text, "\n") {
		name, val, _ := strings.Cut(line, ":")
		switch strings.TrimSpace(name) {
		case "api_key":
			k.API = strings.TrimSpace(val)
		case "write_key":
			k.Write = strings.TrimSpace(val)
		}
	}
}

var _ = fault.Register(fault.Messages{
	"app.first_keys": {ZH: "无法读写密钥文件 {file}", EN: "the file of keys {file} can not be read or written"},
})
