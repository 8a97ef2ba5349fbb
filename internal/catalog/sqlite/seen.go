package sqlite

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"github.com/earmarkhq/earmark/internal/catalog"
)

func (s *store) Observe(ctx context.Context, types []catalog.SeenType) error {
	if len(types) == 0 {
		return nil
	}
	return s.write(ctx, func(t tx) error {
		names, err := list(ctx, t, scalar[string], `SELECT DISTINCT type FROM seen_type`)
		if err != nil {
			return err
		}
		known := make(map[string]bool, len(names))
		for _, n := range names {
			known[n] = true
		}
		for i := range types {
			typ := text(types[i].Type)
			if !known[typ] && len(known) >= catalog.MaxSeenTypes {
				continue
			}
			known[typ] = true
			if err := t.observe(typ, &types[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

func (t tx) observe(typ string, seen *catalog.SeenType) error {
	_, err := t.exec(`INSERT INTO seen_type (type, source, n, first_at, last_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (type, source) DO UPDATE SET n = seen_type.n + excluded.n,
		first_at = CASE WHEN excluded.first_at < seen_type.first_at THEN excluded.first_at ELSE seen_type.first_at END,
		last_at = CASE WHEN excluded.last_at > seen_type.last_at THEN excluded.last_at ELSE seen_type.last_at END`,
		typ, text(seen.Source), seen.Count, seen.First, seen.Last)
	if err != nil || len(seen.Properties) == 0 {
		return err
	}
	stored, err := list(t.ctx, t, scanProperty, selectProperties, typ)
	if err != nil {
		return err
	}
	for _, p := range addProperties(stored, seen.Properties) {
		if err := t.putProperty(typ, p); err != nil {
			return err
		}
	}
	return nil
}

// addProperties adds the counts of more and returns the properties that changed. New ones beyond
// the bound are left out.
func addProperties(stored, more []catalog.SeenProperty) (changed []*catalog.SeenProperty) {
	byPath := make(map[string]*catalog.SeenProperty, len(stored)+len(more))
	for i := range stored {
		byPath[stored[i].Path] = &stored[i]
	}
	for i := range more {
		p := &more[i]
		path := text(p.Path)
		to := byPath[path]
		if to == nil {
			if len(byPath) >= catalog.MaxSeenProperties {
				continue
			}
			to = &catalog.SeenProperty{Path: path, First: p.First, Last: p.Last, Kinds: make(map[string]int64, len(p.Kinds))}
			byPath[path] = to
		}
		to.Count += p.Count
		to.First, to.Last = min(to.First, p.First), max(to.Last, p.Last)
		for k, n := range p.Kinds {
			to.Kinds[k] += n
		}
		to.Samples = addSamples(to.Samples, p.Samples)
		changed = append(changed, to)
	}
	return changed
}

// addSamples adds counts and keeps the most frequent values; of equally frequent ones those that
// were there before.
func addSamples(have, more []catalog.Sample) []catalog.Sample {
	for _, m := range more {
		m.Value = cut(m.Value, catalog.MaxSampleLen)
		if i := slices.IndexFunc(have, func(s catalog.Sample) bool { return s.Value == m.Value }); i >= 0 {
			have[i].Count += m.Count
		} else {
			have = append(have, m)
		}
	}
	slices.SortStableFunc(have, func(a, b catalog.Sample) int { return cmp.Compare(b.Count, a.Count) })
	return have[:min(len(have), catalog.MaxSamples)]
}

const selectProperties = `SELECT path, n, first_at, last_at, kinds, samples FROM seen_property WHERE type = $1 ORDER BY path`

// storedSample is a sample in the column of that name.
type storedSample struct {
	Value string `json:"value"`
	Count int64  `json:"count"`
}

func scanProperty(r row) (p catalog.SeenProperty, err error) {
	var kinds, samples string
	if err := r.Scan(&p.Path, &p.Count, &p.First, &p.Last, &kinds, &samples); err != nil {
		return p, err
	}
	p.Kinds = map[string]int64{}
	if err := json.Unmarshal([]byte(kinds), &p.Kinds); err != nil {
		return p, err
	}
	var stored []storedSample
	if err := json.Unmarshal([]byte(samples), &stored); err != nil {
		return p, err
	}
	for _, s := range stored {
		p.Samples = append(p.Samples, catalog.Sample(s))
	}
	return p, nil
}

func (t tx) putProperty(typ string, p *catalog.SeenProperty) error {
	stored := make([]storedSample, len(p.Samples))
	for i, s := range p.Samples {
		stored[i] = storedSample(s)
	}
	kinds, err := json.Marshal(p.Kinds)
	if err != nil {
		return broken(t.ctx, "encode kinds", err)
	}
	samples, err := json.Marshal(stored)
	if err != nil {
		return broken(t.ctx, "encode samples", err)
	}
	_, err = t.exec(`INSERT INTO seen_property (type, path, n, first_at, last_at, kinds, samples) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (type, path) DO UPDATE SET n = excluded.n, first_at = excluded.first_at, last_at = excluded.last_at,
		kinds = excluded.kinds, samples = excluded.samples`,
		typ, p.Path, p.Count, p.First, p.Last, string(kinds), string(samples))
	return err
}

// SeenTypes adds up the sources of a type.
func (s *store) SeenTypes(ctx context.Context) ([]catalog.SeenType, error) {
	return list(ctx, s.r, func(r row) (t catalog.SeenType, err error) {
		err = r.Scan(&t.Type, &t.Source, &t.Count, &t.First, &t.Last)
		return t, err
	}, `SELECT type, CASE WHEN count(*) = 1 THEN min(source) ELSE '' END, CAST(sum(n) AS BIGINT), min(first_at), max(last_at)
		FROM seen_type GROUP BY type ORDER BY type`)
}

func (s *store) SeenProperties(ctx context.Context, typ string) ([]catalog.SeenProperty, error) {
	return list(ctx, s.r, scanProperty, selectProperties, typ)
}
