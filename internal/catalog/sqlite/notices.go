package sqlite

import (
	"context"

	"github.com/earmarkhq/earmark/internal/catalog"
	"github.com/earmarkhq/earmark/internal/customer"
)

func scanFault(r row) (f catalog.Fault, err error) {
	err = r.Scan(&f.ID, &f.At, &f.Source, &f.Code, &f.Text, &f.Place, &f.Sample)
	return f, err
}

func (s *store) AddFaults(ctx context.Context, faults []catalog.Fault) error {
	if len(faults) == 0 {
		return nil
	}
	return s.write(ctx, func(t tx) error {
		first, err := t.next("refused", len(faults))
		if err != nil {
			return err
		}
		if err := t.countFaults(faults); err != nil {
			return err
		}
		// What the newest ones would push out at once is counted only.
		for i := max(0, len(faults)-catalog.MaxFaults); i < len(faults); i++ {
			f := &faults[i]
			_, err := t.exec(`INSERT INTO refused (id, at, source, code, body, place, sample) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
				first+int64(i), f.At, text(f.Source), text(f.Code), cut(f.Text, catalog.MaxFaultBytes),
				cut(f.Place, catalog.MaxFaultBytes), cut(f.Sample, catalog.MaxFaultBytes))
			if err != nil {
				return err
			}
		}
		_, err = t.exec(`DELETE FROM refused WHERE id < $1`, first+int64(len(faults))-catalog.MaxFaults)
		return err
	})
}

func (t tx) countFaults(faults []catalog.Fault) error {
	type key struct{ source, code string }
	counts := map[key]*catalog.FaultCount{}
	for i := range faults {
		f := &faults[i]
		k := key{text(f.Source), text(f.Code)}
		c := counts[k]
		if c == nil {
			c = &catalog.FaultCount{Last: f.At}
			counts[k] = c
		}
		c.Count, c.Last = c.Count+1, max(c.Last, f.At)
	}
	for k, c := range counts {
		_, err := t.exec(`INSERT INTO refused_count (source, code, n, last_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (source, code) DO UPDATE SET n = refused_count.n + excluded.n,
			last_at = CASE WHEN excluded.last_at > refused_count.last_at THEN excluded.last_at ELSE refused_count.last_at END`,
			k.source, k.code, c.Count, c.Last)
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *store) Faults(ctx context.Context, f catalog.FaultFilter, p catalog.Page) ([]catalog.Fault, error) {
	before, limit := bounds(p)
	return list(ctx, s.r, scanFault, `SELECT id, at, source, code, body, place, sample FROM refused
		WHERE id < $1 AND ($3 = '' OR source = $3) AND ($4 = '' OR code = $4) ORDER BY id DESC LIMIT $2`,
		before, limit, f.Source, f.Code)
}

func (s *store) FaultCounts(ctx context.Context) ([]catalog.FaultCount, error) {
	return list(ctx, s.r, func(r row) (c catalog.FaultCount, err error) {
		err = r.Scan(&c.Source, &c.Code, &c.Count, &c.Last)
		return c, err
	}, `SELECT source, code, n, last_at FROM refused_count ORDER BY source, code`)
}

func scanConflict(r row) (c catalog.Conflict, err error) {
	var who, other int64
	err = r.Scan(&c.ID, &c.Kind, &c.Code, &c.Source, &c.Key, &who, &other, &c.Detail, &c.Count, &c.First, &c.Last)
	c.Customer, c.Other = customer.ID(who), customer.ID(other)
	return c, err
}

func (s *store) AddConflicts(ctx context.Context, conflicts []catalog.Conflict) error {
	if len(conflicts) == 0 {
		return nil
	}
	return s.write(ctx, func(t tx) error {
		for i := range conflicts {
			if err := t.addConflict(&conflicts[i]); err != nil {
				return err
			}
		}
		kept, _, err := one(ctx, t, scalar[int64], `SELECT count(*) FROM notice_conflict`)
		if err != nil || kept <= catalog.MaxConflicts {
			return err
		}
		_, err = t.exec(`DELETE FROM notice_conflict WHERE id IN (SELECT id FROM notice_conflict ORDER BY last_at, id LIMIT $1)`,
			kept-catalog.MaxConflicts)
		return err
	})
}

// addConflict counts a conflict that is there, or adds it.
func (t tx) addConflict(c *catalog.Conflict) error {
	args := []any{
		c.Kind, text(c.Code), text(c.Source), text(c.Key), int64(c.Customer), int64(c.Other),
		cut(c.Detail, catalog.MaxFaultBytes), max(c.Count, 1), c.First, c.Last,
	}
	n, err := t.exec(`UPDATE notice_conflict SET n = n + $8,
		detail = CASE WHEN $10 >= last_at THEN $7 ELSE detail END,
		first_at = CASE WHEN $9 < first_at THEN $9 ELSE first_at END,
		last_at = CASE WHEN $10 > last_at THEN $10 ELSE last_at END
		WHERE kind = $1 AND code = $2 AND source = $3 AND subject = $4 AND customer = $5 AND other = $6`, args...)
	if err != nil || n > 0 {
		return err
	}
	id, err := t.next("notice_conflict", 1)
	if err != nil {
		return err
	}
	_, err = t.exec(`INSERT INTO notice_conflict (kind, code, source, subject, customer, other, detail, n, first_at, last_at, id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`, append(args, id)...)
	return err
}

func (s *store) Conflicts(ctx context.Context, kind catalog.ConflictKind, p catalog.Page) ([]catalog.Conflict, error) {
	before, limit := bounds(p)
	return list(ctx, s.r, scanConflict, `SELECT id, kind, code, source, subject, customer, other, detail, n, first_at, last_at
		FROM notice_conflict WHERE id < $1 AND ($3 = '' OR kind = $3) ORDER BY id DESC LIMIT $2`, before, limit, kind)
}
