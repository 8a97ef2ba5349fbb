package app

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/earmarkhq/earmark/internal/catalog"
	"github.com/earmarkhq/earmark/internal/ingest"
)

// writeKeys answers the tracking endpoints from memory; every request asks.
type writeKeys struct {
	catalog catalog.Store

	mu     sync.RWMutex
	source map[catalog.Hash]string
}

func newWriteKeys(c catalog.Store) *writeKeys {
	return &writeKeys{catalog: c, source: map[catalog.Hash]string{}}
}

// Source implements segment.Keys. Unknown keys are not remembered: they come from outside.
func (k *writeKeys) Source(key string) (string, bool) {
	h := catalog.HashSecret(key)
	k.mu.RLock()
	name, ok := k.source[h]
	k.mu.RUnlock()
	if ok {
		return name, true
	}
	s, ok, err := k.catalog.SourceByKey(context.Background(), h)
	if err != nil {
		// "Unknown key" is final to clients: they would throw their events away. A failing request
		// they send again.
		panic(fmt.Errorf("look up a write key: %w", err))
	}
	if !ok {
		return "", false
	}
	k.mu.Lock()
	k.source[h] = s.Name
	k.mu.Unlock()
	return s.Name, true
}

// forget makes the next request of each key ask the catalog again.
func (k *writeKeys) forget(context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	clear(k.source)
	return nil
}

// aliases are the product's own and, after them, the tenant's.
func (a *App) aliases(ctx context.Context) (*ingest.Aliases, error) {
	rows, err := a.catalog.Aliases(ctx)
	if err != nil {
		return nil, err
	}
	var own []ingest.Alias
	for _, row := range rows {
		var alias ingest.Alias
		if row.Document != "" {
			if err := json.Unmarshal([]byte(row.Document), &alias); err != nil {
				return nil, err
			}
		}
		alias.Source, alias.From, alias.To = row.Source, row.From, row.To
		own = append(own, alias)
	}
	return ingest.NewAliases(ingest.Ecommerce(), own), nil
}

// reloadAliases lets changed aliases act on what arrives from now on.
func (a *App) reloadAliases(ctx context.Context) error {
	set, err := a.aliases(ctx)
	if err == nil {
		a.taker.SetAliases(set)
	}
	return err
}
