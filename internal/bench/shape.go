package bench

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/rule"
	"github.com/earmarkhq/earmark/internal/tag"
	"github.com/earmarkhq/earmark/internal/value"
)

// Types is the number of event types; with five rules a type there are 200 rules.
const Types = 40

// TypeName is the event type of a number.
func TypeName(i int) string { return fmt.Sprintf("bench.type_%02d", i) }

// templates are the five rules of one event type; %s stands for it.
var templates = [5]string{
	`{event: %s, within: 90d, count: {gte: 3}}`,
	`{event: %s, last: {within: 7d}}`,
	`{event: %s, within: 30d, sum: {of: amount_fen, gte: 100000}}`,
	`{all: [{event: %[1]s}, {not: {event: %[1]s, last: {within: 30d}}}]}`,
	`{all: [{event: %[1]s, within: 365d, count: {gte: 5}}, {event: %[1]s, where: {channel: app, amount_fen: {gte: 5000}}, days: 30}, {any: [{event: %[1]s, where: {city: {in: [北京, 上海]}}}, {event: %[1]s, distinct: {of: shop, gte: 2}}]}]}`,
}

// Rules builds the 200 rules.
func Rules(zone *time.Location) (*rule.Program, error) {
	set := &rule.Set{Gen: 1, Zone: zone, Groups: []tag.Group{{ID: 1, Name: "bench"}}}
	for i := range Types {
		for k, tmpl := range templates {
			id := tag.ID(i*len(templates) + k + 1)
			doc := fmt.Sprintf(tmpl, TypeName(i))
			when, err := expr.Parse([]byte(doc), expr.ParseOptions{Zone: zone})
			if err != nil {
				return nil, fmt.Errorf("%s: %w", doc, err)
			}
			set.Tags = append(set.Tags, tag.Tag{ID: id, Group: 1, Name: fmt.Sprintf("tag_%d_%d", i, k), Origin: tag.Derived})
			set.Rules = append(set.Rules, rule.Def{ID: uint32(id), Version: 1, Tag: id, When: when})
		}
	}
	return rule.Build(set)
}

// Source draws events. Not safe for concurrent use.
type Source struct {
	rng *rand.Rand
	buf []byte
	n   uint64
}

// NewSource seeds a source.
func NewSource(seed uint64) *Source {
	return &Source{rng: rand.New(rand.NewPCG(seed, 1)), buf: make([]byte, 0, 512)}
}

// Customer draws one of n customers, evenly.
func (s *Source) Customer(n int) int { return s.rng.IntN(n) }

var (
	cities   = []string{"北京", "上海", "广州", "深圳", "杭州", "成都", "武汉", "西安"}
	channels = []string{"app", "mini_program", "web", "store"}
)

// MessageID draws an id of UUID form.
func (s *Source) MessageID() string {
	a, b := s.rng.Uint64(), s.rng.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", uint32(a>>32), uint16(a>>16), uint16(a)&0xfff, uint16(b>>52), b&0xffffffffffff)
}

// Properties draws the JSON of an order's properties, about 250 bytes; with the envelope of a track call an
// event is about 400 bytes.
func (s *Source) Properties() []byte {
	r := s.rng
	amount := 100 + r.IntN(60_000)
	b := append(s.buf[:0], `{"order_id":"SO`...)
	b = strconv.AppendInt(b, 20260000000+int64(r.IntN(99_999_999)), 10)
	b = append(b, `","amount_fen":`...)
	b = strconv.AppendInt(b, int64(amount), 10)
	b = append(b, `,"channel":"`...)
	b = append(b, channels[r.IntN(len(channels))]...)
	b = append(b, `","city":"`...)
	b = append(b, cities[r.IntN(len(cities))]...)
	b = append(b, `","shop":"S`...)
	b = strconv.AppendInt(b, int64(r.IntN(300)), 10)
	b = append(b, `","coupon":null,"items":[`...)
	for i := range 2 {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"sku":"SKU`...)
		b = strconv.AppendInt(b, int64(r.IntN(4000)), 10)
		b = append(b, `","category":"母婴","quantity":`...)
		b = strconv.AppendInt(b, int64(1+r.IntN(3)), 10)
		b = append(b, `,"price_fen":`...)
		b = strconv.AppendInt(b, int64(amount/2), 10)
		b = append(b, '}')
	}
	s.buf = append(b, `]}`...)
	return s.buf
}

// Event draws a decoded event that happened at an instant (Unix milliseconds).
func (s *Source) Event(at int64) (event.Event, error) {
	s.n++
	props, err := value.ParseJSON(s.Properties())
	return event.Event{Type: TypeName(s.rng.IntN(Types)), Time: at, Source: "bench", ID: s.MessageID(), Props: props}, err
}
