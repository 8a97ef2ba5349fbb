package expr

import (
	"slices"
	"strconv"
	"strings"

	"github.com/earmarkhq/earmark/internal/markup"
	"github.com/earmarkhq/earmark/internal/value"
)

// name reads a name: text or a number taken as text, 1 to MaxName bytes, without blanks around.
func (p *parser) name(n *markup.Node, path string) string {
	if n.Kind != markup.Text && n.Kind != markup.Number || n.Text == "" || strings.TrimSpace(n.Text) != n.Text {
		p.bad(n, path, "expr.want_name")
		return ""
	}
	if len(n.Text) > MaxName {
		p.bad(n, path, "expr.too_long", "size", len(n.Text), "limit", MaxName)
	}
	return n.Text
}

// nameList reads one name or a list of names.
func (p *parser) nameList(n *markup.Node, path string) []string {
	if n.Kind != markup.List {
		return []string{p.name(n, path)}
	}
	if !p.list(n, path) {
		return nil
	}
	out := make([]string, len(n.Items))
	for i, it := range n.Items {
		out[i] = p.name(it, item(path, i))
	}
	return out
}

// oneOf reads one of a few words.
func (p *parser) oneOf(n *markup.Node, path string, words ...string) string {
	if n.Kind == markup.Text {
		for _, w := range words {
			if n.Text == w {
				return w
			}
		}
	}
	p.bad(n, path, "expr.want_one_of", "allowed", strings.Join(words, ", ")).WithSuggestion(suggest(n.Text, words))
	return ""
}

// whole reads a whole number from low to high; 0 after a fault.
func (p *parser) whole(n *markup.Node, path string, low, high int) int {
	d, ok := value.ParseDec(n.Text)
	i, whole := d.Int()
	if n.Kind != markup.Number || !ok || !whole || i < int64(low) || i > int64(high) {
		p.bad(n, path, "expr.want_whole", "min", low, "max", high)
		return 0
	}
	return int(i)
}

// flag reads true or false.
func (p *parser) flag(n *markup.Node, path string) bool {
	if n.Kind != markup.Bool {
		p.bad(n, path, "expr.want_bool")
	}
	return n.Text == "true"
}

// path reads the path of a property: "a", "a.b" or a list of keys.
func (p *parser) path(n *markup.Node, path string) []string {
	var keys []string
	switch n.Kind {
	case markup.Text, markup.Number:
		keys = strings.Split(n.Text, ".")
	case markup.List:
		for _, it := range n.Items {
			if it.Kind != markup.Text && it.Kind != markup.Number {
				p.bad(n, path, "expr.want_path")
				return nil
			}
			keys = append(keys, it.Text)
		}
	}
	return p.pathKeys(n, path, keys)
}

func (p *parser) pathKeys(n *markup.Node, path string, keys []string) []string {
	size := 0
	for _, k := range keys {
		if k == "" {
			keys = nil
			break
		}
		size += len(k)
	}
	switch {
	case len(keys) == 0:
		p.bad(n, path, "expr.want_path")
		return nil
	case len(keys) > MaxPath:
		p.bad(n, path, "expr.path_too_deep", "limit", MaxPath)
	case size > MaxText:
		p.bad(n, path, "expr.too_long", "size", size, "limit", MaxText)
	}
	return keys
}

// duration reads a duration that is not negative; zero must be allowed.
func (p *parser) duration(n *markup.Node, path string, zero bool, maxDays, maxMonths int) Duration {
	if n.Kind != markup.Text && n.Kind != markup.Number {
		p.bad(n, path, "expr.want_duration")
		return Duration{}
	}
	if rest, neg := strings.CutPrefix(n.Text, "-"); neg {
		if _, ok := durationOf(rest); ok {
			p.bad(n, path, "expr.negative")
			return Duration{}
		}
	}
	d, ok := durationOf(n.Text)
	switch {
	case !ok:
		p.bad(n, path, "expr.want_duration").WithSuggestion(durationMeant(n.Text))
		return Duration{}
	case !zero && d.Ms == 0 && d.Months == 0:
		p.bad(n, path, "expr.zero")
	case d.Ms > int64(maxDays)*msDay || d.Months > maxMonths:
		p.bad(n, path, "expr.window_too_long", "limit", durationLimit(maxDays, maxMonths))
	}
	return d
}

// durationMeant is the duration that 30, "3 days" or 3D was probably meant to be, "" for others.
func durationMeant(s string) string {
	s = strings.ToLower(strings.ReplaceAll(s, " ", ""))
	word := strings.TrimLeft(s, "0123456789.")
	num := s[:len(s)-len(word)]
	if word == "" {
		word = "d"
	}
	for _, u := range durationUnits {
		if slices.Contains(u.names, word) {
			if _, ok := durationOf(num + u.names[0]); ok {
				return num + u.names[0]
			}
		}
	}
	return ""
}

func durationLimit(days, months int) string {
	return strconv.Itoa(days) + "d / " + strconv.Itoa(months) + "mo"
}

// window0 reads a duration counted back from now, above zero and within ten years.
func (p *parser) window0(n *markup.Node, path string) Duration {
	return p.duration(n, path, false, MaxWindowDays, MaxWindowMonths)
}

// Milliseconds of the exact units.
const (
	msSecond int64 = 1_000
	msMinute       = 60 * msSecond
	msHour         = 60 * msMinute
	msDay          = 24 * msHour
	msWeek         = 7 * msDay
)

// durationUnits in the order of their length in milliseconds or months.
var durationUnits = []struct {
	names  []string // the first is the canonical one
	ms     int64
	months int
}{
	{[]string{"ms", "millisecond", "milliseconds"}, 1, 0},
	{[]string{"s", "second", "seconds"}, msSecond, 0},
	{[]string{"m", "minute", "minutes"}, msMinute, 0},
	{[]string{"h", "hour", "hours"}, msHour, 0},
	{[]string{"d", "day", "days"}, msDay, 0},
	{[]string{"w", "week", "weeks"}, msWeek, 0},
	{[]string{"mo", "month", "months"}, 0, 1},
	{[]string{"y", "year", "years"}, 0, 12},
}

// durationOf reads one or more numbers with units, 1h30m. Exact units take a fraction that is
// whole in milliseconds (1.5h); calendar units stand alone (1y6mo is two of them).
func durationOf(s string) (Duration, bool) {
	d := Duration{Text: s}
	if s == "0" {
		return d, true
	}
	if len(s) > 64 || s == "" {
		return d, false
	}
	rest, exact, calendar := s, false, false
	for rest != "" {
		digits := strings.TrimLeft(rest, "0123456789.")
		num := rest[:len(rest)-len(digits)]
		letters := strings.TrimLeft(digits, "abcdefghijklmnopqrstuvwxyz")
		unit := digits[:len(digits)-len(letters)]
		rest = letters
		n, ok := value.ParseDec(num)
		if !ok || n.Coef > 1e12 {
			return d, false
		}
		ms, months, ok := scaleUnit(n, unit)
		if !ok {
			return d, false
		}
		d.Ms += ms
		d.Months += months
		exact, calendar = exact || isExact(unit), calendar || !isExact(unit)
		if exact && calendar || d.Ms > 1<<53 || d.Months > 1<<20 {
			return d, false
		}
	}
	return d, true
}

func isExact(unit string) bool { return unit != "mo" && unit != "y" }

// scaleUnit is n of a unit in milliseconds or months; only the short names are taken.
func scaleUnit(n value.Dec, unit string) (ms int64, months int, ok bool) {
	for _, u := range durationUnits {
		if u.names[0] != unit {
			continue
		}
		if u.months > 0 {
			i, whole := n.Int()
			return 0, int(i) * u.months, whole && i <= 1<<20
		}
		total, fits := value.FromDec(n).Mul(value.FromInt(u.ms)).Dec()
		i, whole := total.Int()
		return i, 0, fits && whole && i >= 0
	}
	return 0, 0, false
}
