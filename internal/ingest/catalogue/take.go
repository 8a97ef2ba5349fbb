package catalogue

import (
	"maps"
	"slices"

	"github.com/earmarkhq/earmark/internal/catalog"
	"github.com/earmarkhq/earmark/internal/value"
)

// take returns what was gathered, by source and type, and begins anew.
func (g *gatherer) take() []catalog.SeenType {
	if len(g.types) == 0 {
		return nil
	}
	out := make([]catalog.SeenType, 0, len(g.types))
	for key, t := range g.types {
		seen := catalog.SeenType{Type: key.typ, Source: key.source, Count: t.count, First: t.first, Last: t.last}
		seen.Properties = t.root.list(nil, "")
		out = append(out, seen)
	}
	slices.SortFunc(out, func(a, b catalog.SeenType) int {
		if a.Source != b.Source {
			return compare(a.Source, b.Source)
		}
		return compare(a.Type, b.Type)
	})
	g.types, g.cur = map[typeKey]*seenType{}, nil
	return out
}

func compare(a, b string) int {
	if a < b {
		return -1
	}
	return 1
}

// list appends the properties below p, by path.
func (p *property) list(out []catalog.SeenProperty, path string) []catalog.SeenProperty {
	for _, key := range slices.Sorted(maps.Keys(p.kids)) {
		k, at := p.kids[key], key
		if path != "" {
			at = path + "." + key
		}
		out = append(out, k.seen(at))
		out = k.list(out, at)
		if k.items != nil {
			out = k.items.list(out, at+"[]")
		}
	}
	return out
}

func (p *property) seen(path string) catalog.SeenProperty {
	s := catalog.SeenProperty{Path: path, Count: p.count, First: p.first, Last: p.last, Kinds: map[string]int64{}}
	for kind, n := range p.kinds {
		if n > 0 {
			s.Kinds[value.Kind(kind).String()] = n
		}
	}
	samples := p.samples
	if p.items != nil {
		samples = append(samples[:len(samples):len(samples)], p.items.samples...)
	}
	samples = slices.Clone(samples)
	slices.SortFunc(samples, func(a, b catalog.Sample) int {
		switch {
		case a.Count != b.Count:
			return int(b.Count - a.Count)
		case a.Value == b.Value:
			return 0
		}
		return compare(a.Value, b.Value)
	})
	s.Samples = samples[:min(len(samples), catalog.MaxSamples)]
	return s
}
