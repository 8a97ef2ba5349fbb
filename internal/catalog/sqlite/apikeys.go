package sqlite

import (
	"context"

	"github.com/earmarkhq/earmark/internal/catalog"
)

const selectAPIKeys = `SELECT id, name, prefix, role, created, last_used, revoked FROM api_key`

func scanAPIKey(r row) (k catalog.APIKey, err error) {
	err = r.Scan(&k.ID, &k.Name, &k.Prefix, &k.Role, &k.Created, &k.LastUsed, &k.Revoked)
	return k, err
}

func (s *store) APIKeys(ctx context.Context) ([]catalog.APIKey, error) {
	return list(ctx, s.r, scanAPIKey, selectAPIKeys+` ORDER BY id`)
}

func (s *store) AddAPIKey(ctx context.Context, by catalog.By, name string, role catalog.Role, secret catalog.Secret) (k catalog.APIKey, err error) {
	err = s.write(ctx, func(t tx) error {
		if err := checkName("API key", name); err != nil {
			return err
		}
		if !role.Valid() {
			return catalog.Invalid("API key", "role", role)
		}
		taken, err := t.exists(`SELECT id FROM api_key WHERE hash = $1`, hashText(secret.Hash))
		if err != nil {
			return err
		}
		if taken {
			return catalog.NameTaken("API key", text(secret.Prefix))
		}
		id, err := t.next("api_key", 1)
		if err != nil {
			return err
		}
		k = catalog.APIKey{ID: uint32(id), Name: name, Prefix: text(secret.Prefix), Role: role, Created: by.At}
		_, err = t.exec(`INSERT INTO api_key (id, name, role, hash, prefix, created, last_used, revoked) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			k.ID, k.Name, k.Role, hashText(secret.Hash), k.Prefix, k.Created, k.LastUsed, k.Revoked)
		if err != nil {
			return err
		}
		return t.audit(by, "api_key.create", object("API key", k.ID), fields{"name": name, "role": role, "prefix": k.Prefix})
	})
	if err != nil {
		return catalog.APIKey{}, err
	}
	return k, nil
}

func (s *store) RevokeAPIKey(ctx context.Context, by catalog.By, id uint32) error {
	return s.write(ctx, func(t tx) error {
		n, err := t.exec(`UPDATE api_key SET revoked = $2 WHERE id = $1 AND revoked = 0`, id, revokedAt(by))
		if err != nil {
			return err
		}
		if n > 0 {
			return t.audit(by, "api_key.revoke", object("API key", id), fields{})
		}
		ok, err := t.exists(`SELECT id FROM api_key WHERE id = $1`, id)
		if err == nil && !ok {
			err = catalog.NotFound("API key", id)
		}
		return err
	})
}

func (s *store) APIKeyByHash(ctx context.Context, hash catalog.Hash) (catalog.APIKey, bool, error) {
	return one(ctx, s.r, scanAPIKey, selectAPIKeys+` WHERE hash = $1 AND revoked = 0`, hashText(hash))
}

// TouchAPIKey asks a reader first: all but a few uses are soon after the one that is noted.
func (s *store) TouchAPIKey(ctx context.Context, id uint32, at int64) error {
	noted, ok, err := one(ctx, s.r, scalar[int64], `SELECT last_used FROM api_key WHERE id = $1`, id)
	if err != nil {
		return err
	}
	if !ok {
		return catalog.NotFound("API key", id)
	}
	if noted != 0 && at-noted < catalog.LastUsedStep {
		return nil
	}
	return s.write(ctx, func(t tx) error {
		_, err := t.exec(`UPDATE api_key SET last_used = $2 WHERE id = $1 AND (last_used = 0 OR last_used <= $3)`,
			id, at, at-catalog.LastUsedStep)
		return err
	})
}
