package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/earmarkhq/earmark/internal/catalog"
)

// session is what statements run in: a reader's pool or the writer's transaction.
type session interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// row is one result of a query.
type row interface{ Scan(dest ...any) error }

// list reads all results.
func list[T any](ctx context.Context, s session, scan func(row) (T, error), query string, args ...any) ([]T, error) {
	rows, err := s.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, broken(ctx, query, err)
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, broken(ctx, query, err)
		}
		out = append(out, v)
	}
	return out, broken(ctx, query, rows.Err())
}

// one reads the first result; ok is false where there is none.
func one[T any](ctx context.Context, s session, scan func(row) (T, error), query string, args ...any) (v T, ok bool, err error) {
	found, err := list(ctx, s, scan, query, args...)
	if err != nil || len(found) == 0 {
		return v, false, err
	}
	return found[0], true, nil
}

// scalar scans a single column.
func scalar[T any](r row) (v T, err error) {
	err = r.Scan(&v)
	return v, err
}

// tx is a transaction of the writer. A statement is compiled once in it, however often it runs.
type tx struct {
	raw      *sql.Tx
	ctx      context.Context
	compiled map[string]*sql.Stmt // closed with the transaction
}

func (t tx) compile(ctx context.Context, query string) (*sql.Stmt, error) {
	if stmt := t.compiled[query]; stmt != nil {
		return stmt, nil
	}
	stmt, err := t.raw.PrepareContext(ctx, query)
	if err == nil {
		t.compiled[query] = stmt
	}
	return stmt, err
}

// QueryContext makes tx a session.
func (t tx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	stmt, err := t.compile(ctx, query)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

// write runs do in one transaction: all of it is on the disk when write returns nil, and nothing
// of it is there otherwise.
func (s *store) write(ctx context.Context, do func(t tx) error) error {
	raw, err := s.w.BeginTx(ctx, nil)
	if err != nil {
		return broken(ctx, "BEGIN", err)
	}
	if err := do(tx{raw, ctx, map[string]*sql.Stmt{}}); err != nil {
		// After the end of ctx the transaction is over already.
		if back := raw.Rollback(); back != nil && !errors.Is(back, sql.ErrTxDone) {
			err = errors.Join(err, broken(ctx, "ROLLBACK", back))
		}
		return err
	}
	return broken(ctx, "COMMIT", raw.Commit())
}

// exec runs a statement and returns how many rows it touched.
func (t tx) exec(query string, args ...any) (int64, error) {
	stmt, err := t.compile(t.ctx, query)
	if err != nil {
		return 0, broken(t.ctx, query, err)
	}
	res, err := stmt.ExecContext(t.ctx, args...)
	if err != nil {
		return 0, broken(t.ctx, query, err)
	}
	n, err := res.RowsAffected()
	return n, broken(t.ctx, query, err)
}

// exists reports whether the query has a result.
func (t tx) exists(query string, args ...any) (bool, error) {
	_, ok, err := one(t.ctx, t, scalar[int64], query, args...)
	return ok, err
}

// next takes n ids of a sequence and returns the first. They are given for ever, unless the
// transaction fails.
func (t tx) next(sequence string, n int) (first int64, err error) {
	last, _, err := one(t.ctx, t, scalar[int64],
		`INSERT INTO id_sequence (name, last) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET last = id_sequence.last + excluded.last RETURNING last`, sequence, n)
	return last - int64(n) + 1, err
}

// audit notes who changed what. detail is kept as JSON.
func (t tx) audit(by catalog.By, action, object string, detail any) error {
	text, err := json.Marshal(detail)
	if err != nil {
		return broken(t.ctx, "audit "+action, err)
	}
	return t.record(by, action, object, string(text))
}

func (t tx) record(by catalog.By, action, object, detail string) error {
	id, err := t.next("audit", 1)
	if err != nil {
		return err
	}
	_, err = t.exec(`INSERT INTO audit (id, at, actor, action, object, detail) VALUES ($1, $2, $3, $4, $5, $6)`,
		id, by.At, text(by.Actor), action, text(object), text(detail))
	return err
}

// fields is the detail of an audit entry.
type fields map[string]any

// bounds are the arguments of a page: ids below the first, at most the second.
func bounds(p catalog.Page) (before int64, limit int) {
	before, limit = p.Before, p.Limit
	if before <= 0 {
		before = 1<<63 - 1
	}
	if limit <= 0 {
		limit = 100
	}
	return before, limit
}

// text is s as text columns take it, on PostgreSQL too: valid UTF-8 without NUL.
func text(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// cut is text(s), at most n bytes, ending with a whole character.
func cut(s string, n int) string {
	if len(s) > n+utf8.UTFMax { // do not clean what will be cut
		s = s[:n+utf8.UTFMax]
	}
	if s = text(s); len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
