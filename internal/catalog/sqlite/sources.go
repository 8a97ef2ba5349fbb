package sqlite

import (
	"context"
	"encoding/hex"

	"github.com/earmarkhq/earmark/internal/catalog"
)

const selectSources = `SELECT s.id, s.name, s.kind, s.disabled, s.created FROM source s`

func scanSource(r row) (x catalog.Source, err error) {
	err = r.Scan(&x.ID, &x.Name, &x.Kind, &x.Disabled, &x.Created)
	return x, err
}

func scanWriteKey(r row) (k catalog.WriteKey, err error) {
	err = r.Scan(&k.ID, &k.Source, &k.Prefix, &k.Created, &k.Revoked)
	return k, err
}

// hashText is the form in which hashes are stored.
func hashText(h catalog.Hash) string { return hex.EncodeToString(h[:]) }

// revokedAt is the instant to store: 0 would mean "in force".
func revokedAt(by catalog.By) int64 {
	if by.At == 0 {
		return 1
	}
	return by.At
}

func (s *store) Sources(ctx context.Context) ([]catalog.Source, error) {
	return list(ctx, s.r, scanSource, selectSources+` ORDER BY s.id`)
}

func (s *store) EnsureSource(ctx context.Context, by catalog.By, name, kind string) (catalog.Source, error) {
	const byName = selectSources + ` WHERE s.name = $1`
	// Most often it is there, and who asks need not wait for the writer.
	x, ok, err := one(ctx, s.r, scanSource, byName, name)
	if ok || err != nil {
		return x, err
	}
	err = s.write(ctx, func(t tx) error {
		if x, ok, err = one(ctx, t, scanSource, byName, name); ok || err != nil {
			return err
		}
		if err := checkName("source", name); err != nil {
			return err
		}
		id, err := t.next("source", 1)
		if err != nil {
			return err
		}
		x = catalog.Source{ID: uint32(id), Name: name, Kind: text(kind), Created: by.At}
		_, err = t.exec(`INSERT INTO source (id, name, kind, disabled, created) VALUES ($1, $2, $3, $4, $5)`,
			x.ID, x.Name, x.Kind, x.Disabled, x.Created)
		if err != nil {
			return err
		}
		return t.audit(by, "source.create", object("source", x.ID), fields{"name": x.Name, "kind": x.Kind})
	})
	if err != nil {
		return catalog.Source{}, err
	}
	return x, nil
}

func (s *store) SetSourceDisabled(ctx context.Context, by catalog.By, id uint32, disabled bool) error {
	return s.write(ctx, func(t tx) error {
		n, err := t.exec(`UPDATE source SET disabled = $2 WHERE id = $1`, id, disabled)
		if err != nil {
			return err
		}
		if n == 0 {
			return catalog.NotFound("source", id)
		}
		return t.audit(by, "source.update", object("source", id), fields{"disabled": disabled})
	})
}

func (s *store) WriteKeys(ctx context.Context) ([]catalog.WriteKey, error) {
	return list(ctx, s.r, scanWriteKey, `SELECT id, source_id, prefix, created, revoked FROM write_key ORDER BY id`)
}

func (s *store) AddWriteKey(ctx context.Context, by catalog.By, source uint32, secret catalog.Secret) (k catalog.WriteKey, err error) {
	err = s.write(ctx, func(t tx) error {
		ok, err := t.exists(`SELECT id FROM source WHERE id = $1`, source)
		if err != nil {
			return err
		}
		if !ok {
			return catalog.NotFound("source", source)
		}
		taken, err := t.exists(`SELECT id FROM write_key WHERE hash = $1`, hashText(secret.Hash))
		if err != nil {
			return err
		}
		if taken {
			return catalog.NameTaken("write key", text(secret.Prefix))
		}
		id, err := t.next("write_key", 1)
		if err != nil {
			return err
		}
		k = catalog.WriteKey{ID: uint32(id), Source: source, Prefix: text(secret.Prefix), Created: by.At}
		_, err = t.exec(`INSERT INTO write_key (id, source_id, hash, prefix, created, revoked) VALUES ($1, $2, $3, $4, $5, $6)`,
			k.ID, k.Source, hashText(secret.Hash), k.Prefix, k.Created, k.Revoked)
		if err != nil {
			return err
		}
		return t.audit(by, "write_key.create", object("write key", k.ID), fields{"source": source, "prefix": k.Prefix})
	})
	if err != nil {
		return catalog.WriteKey{}, err
	}
	return k, nil
}

func (s *store) RevokeWriteKey(ctx context.Context, by catalog.By, id uint32) error {
	return s.write(ctx, func(t tx) error {
		n, err := t.exec(`UPDATE write_key SET revoked = $2 WHERE id = $1 AND revoked = 0`, id, revokedAt(by))
		if err != nil {
			return err
		}
		if n > 0 {
			return t.audit(by, "write_key.revoke", object("write key", id), fields{})
		}
		ok, err := t.exists(`SELECT id FROM write_key WHERE id = $1`, id)
		if err == nil && !ok {
			err = catalog.NotFound("write key", id)
		}
		return err
	})
}

func (s *store) SourceByKey(ctx context.Context, hash catalog.Hash) (catalog.Source, bool, error) {
	return one(ctx, s.r, scanSource, selectSources+`
		JOIN write_key k ON k.source_id = s.id WHERE k.hash = $1 AND k.revoked = 0 AND NOT s.disabled`, hashText(hash))
}
