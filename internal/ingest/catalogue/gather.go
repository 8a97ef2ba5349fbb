package catalogue

import (
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/earmarkhq/earmark/internal/catalog"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/value"
)

// How much of the events is looked at.
const (
	lookAtAll  = 32 // events of a type after each write whose properties are all looked at
	lookAtOne  = 32 // in so many of them afterwards
	maxDepth   = 4  // levels of properties
	maxItems   = 10 // elements of a list
	maxSamples = 2 * catalog.MaxSamples
)

// gatherer has what one part of the traffic brought since the last write.
type gatherer struct {
	mu    sync.Mutex
	types map[typeKey]*seenType
	last  typeKey
	cur   *seenType // of last
}

type typeKey struct{ typ, source string }

type seenType struct {
	count, first, last int64
	unseen             int64 // events since the last one that was looked at
	root               property
	properties         int
}

// property is a node in the tree of a type's properties.
type property struct {
	kids  map[string]*property
	items *property // elements of a list

	count, first, last int64
	kinds              [value.Object + 1]int64
	samples            []catalog.Sample
	private            bool
}

func newGatherer() *gatherer { return &gatherer{types: map[typeKey]*seenType{}} }

func (g *gatherer) observe(now int64, events []event.Event) {
	for i := range events {
		ev := &events[i]
		if ev.Type == "" {
			continue
		}
		t := g.of(ev.Type, ev.Source)
		if t == nil {
			continue
		}
		if t.count == 0 {
			t.first = now
		}
		t.first, t.last = min(t.first, now), max(t.last, now)
		t.count++
		t.unseen++
		if t.count <= lookAtAll || t.count%lookAtOne == 0 {
			t.look(ev.Props, now)
		}
	}
}

// of is the entry of a type, nil when there are too many.
func (g *gatherer) of(typ, source string) *seenType {
	if g.cur != nil && g.last.typ == typ && g.last.source == source {
		return g.cur
	}
	t := g.types[typeKey{typ, source}]
	if t == nil {
		if len(g.types) >= catalog.MaxSeenTypes {
			return nil
		}
		t = &seenType{}
		key := typeKey{strings.Clone(typ), strings.Clone(source)}
		g.types[key] = t
		g.last, g.cur = key, t
		return t
	}
	g.last, g.cur = typeKey{typ, source}, t
	return t
}

// look takes an event's properties for all events since the last look.
func (t *seenType) look(props value.Value, now int64) {
	weight := t.unseen
	t.unseen = 0
	for _, f := range props.Fields() {
		t.see(t.kid(&t.root, f.Key), f.Val, weight, now, 1)
	}
}

// kid is the property of that name, nil when there are too many.
func (t *seenType) kid(p *property, key string) *property {
	if k := p.kids[key]; k != nil {
		return k
	}
	if t.properties >= catalog.MaxSeenProperties || len(key) > catalog.MaxSampleLen {
		return nil
	}
	t.properties++
	if p.kids == nil {
		p.kids = map[string]*property{}
	}
	k := &property{private: p.private || isPrivate(key)}
	p.kids[strings.Clone(key)] = k
	return k
}

func (t *seenType) see(p *property, v value.Value, weight, now int64, depth int) {
	if p == nil {
		return
	}
	if p.count == 0 {
		p.first = now
	}
	p.first, p.last = min(p.first, now), max(p.last, now)
	p.count += weight
	p.kinds[v.Kind()] += weight
	switch v.Kind() {
	case value.Object:
		if depth < maxDepth {
			for _, f := range v.Fields() {
				t.see(t.kid(p, f.Key), f.Val, weight, now, depth+1)
			}
		}
	case value.List:
		if v.Len() > 0 && depth < maxDepth {
			t.seeItems(p, v, weight, now, depth)
		}
	case value.Null:
	default:
		p.sample(v, weight)
	}
}

// seeItems looks at the first elements of a list; objects among them share one tree.
func (t *seenType) seeItems(p *property, v value.Value, weight, now int64, depth int) {
	if p.items == nil {
		p.items = &property{private: p.private}
	}
	for i := range min(v.Len(), maxItems) {
		t.see(p.items, v.Index(i), weight, now, depth)
	}
}

// sample counts a value. Where there is no room the least frequent one gives way.
func (p *property) sample(v value.Value, weight int64) {
	if p.private {
		return
	}
	s, _ := value.TextOf(v)
	s = cut(s)
	least := 0
	for i := range p.samples {
		if p.samples[i].Value == s {
			p.samples[i].Count += weight
			return
		}
		if p.samples[i].Count < p.samples[least].Count {
			least = i
		}
	}
	fresh := catalog.Sample{Value: s, Count: weight}
	switch {
	case len(p.samples) < maxSamples:
		fresh.Value = strings.Clone(s)
		p.samples = append(p.samples, fresh)
	case p.samples[least].Count <= weight:
		fresh.Value = strings.Clone(s)
		p.samples[least] = fresh
	default:
		p.samples[least].Count -= weight
	}
}

// cut shortens a value to the length that is kept, at the end of a character.
func cut(s string) string {
	if len(s) <= catalog.MaxSampleLen {
		return s
	}
	n := catalog.MaxSampleLen
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// privateWords mark properties whose values are nobody's business: they are counted, not shown.
var privateWords = []string{"phone", "mobile", "email", "e-mail", "password", "passwd", "secret", "token", "id_card", "idcard", "手机", "电话", "邮箱", "密码", "身份证", "address", "地址"}

func isPrivate(key string) bool {
	key = strings.ToLower(key)
	for _, w := range privateWords {
		if strings.Contains(key, w) {
			return true
		}
	}
	return false
}
