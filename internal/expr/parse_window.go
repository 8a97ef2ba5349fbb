package expr

import (
	"strconv"
	"strings"
	"time"

	"github.com/earmarkhq/earmark/internal/markup"
	"github.com/earmarkhq/earmark/internal/value"
)

// windowPair finds the one window key of the map n; a list or number under `days` is a window,
// a map is the aggregate.
func (p *parser) windowPair(n *markup.Node, path string) *markup.Pair {
	keys := names(windowKeys)
	if d := n.Get("days"); d != nil && d.Kind == markup.Map {
		keys = without(keys, "days")
	}
	return p.exclusive(n, path, keys)
}

func without(list []string, drop ...string) []string {
	out := make([]string, 0, len(list))
	for _, s := range list {
		keep := true
		for _, d := range drop {
			keep = keep && s != d
		}
		if keep {
			out = append(out, s)
		}
	}
	return out
}

// window reads the window of the map n, Ever without one.
func (p *parser) window(n *markup.Node, path string) Window {
	pair := p.windowPair(n, path)
	if pair == nil {
		return Window{}
	}
	return p.windowOf(pair, path)
}

// windowMap reads a map that holds nothing but one window.
func (p *parser) windowMap(n *markup.Node, path string) Window {
	keys := without(names(windowKeys), "window")
	if !p.fields(n, path, keys...) {
		return Window{}
	}
	if len(n.Pairs) == 0 {
		p.bad(n, path, "expr.empty")
		return Window{}
	}
	return p.window(n, path)
}

func (p *parser) windowOf(pair *markup.Pair, path string) Window {
	v, at := pair.Value, join(path, pair.Key)
	w := Window{Pos: pos(v, at)}
	switch pair.Key {
	case "window":
		return p.windowMap(v, at)
	case "within":
		w.Kind, w.D = Within, p.window0(v, at)
	case "ago":
		p.ago(&w, v, at)
	case "days":
		w.Kind = LocalDays
		w.From, w.To = p.localDays(v, at)
	case "during":
		p.during(&w, v, at)
	case "between":
		p.between(&w, v, at)
	case "since":
		w.Kind, w.SinceRef = Since, p.since(v, at)
	case "ever":
		if v.Kind != markup.Bool || v.Text != "true" {
			p.bad(v, at, "expr.want_true")
		}
	}
	return w
}

// ago reads [far, near].
func (p *parser) ago(w *Window, n *markup.Node, path string) {
	w.Kind = Ago
	if !p.pair(n, path) {
		return
	}
	w.D = p.window0(n.Items[0], item(path, 0))
	w.D2 = p.duration(n.Items[1], item(path, 1), true, MaxWindowDays, MaxWindowMonths)
	if !further(w.D, w.D2) {
		p.bad(n, path, "expr.ago_order", "far", w.D.Text, "near", w.D2.Text)
	}
}

// further reports whether a is longer than b at some instant of the calendar: months are at
// most 31 days long.
func further(a, b Duration) bool {
	if a.Text == "" || b.Text == "" { // one of them was at fault already
		return true
	}
	if a.Months > 0 && b.Months > 0 {
		return a.Months > b.Months
	}
	return a.Ms+int64(a.Months)*31*msDay > b.Ms+int64(b.Months)*28*msDay
}

// pair checks that n is a list of two.
func (p *parser) pair(n *markup.Node, path string) bool {
	if n.Kind == markup.List && len(n.Items) == 2 {
		return true
	}
	p.bad(n, path, "expr.want_pair")
	return false
}

// localDays reads n (today and the n − 1 days before) or [from, to] relative to today.
func (p *parser) localDays(n *markup.Node, path string) (from, to int) {
	if n.Kind == markup.Number {
		d := p.whole(n, path, 1, MaxWindowDays)
		return 1 - d, 0
	}
	from, to, ok := p.dayPair(n, path, MaxWindowDays)
	if ok && to > 0 {
		p.bad(n.Items[1], item(path, 1), "expr.future_days")
	}
	return from, to
}

// dayPair reads [from, to], whole days relative to today, from ≤ to.
func (p *parser) dayPair(n *markup.Node, path string, most int) (from, to int, ok bool) {
	if n.Kind != markup.List || len(n.Items) != 2 {
		p.bad(n, path, "expr.want_days")
		return 0, 0, false
	}
	before := len(p.faults)
	from = p.whole(n.Items[0], item(path, 0), -most, most)
	to = p.whole(n.Items[1], item(path, 1), -most, most)
	if len(p.faults) > before {
		return 0, 0, false
	}
	if from > to {
		p.bad(n, path, "expr.never_range", "from", from, "to", to)
		return 0, 0, false
	}
	return from, to, true
}

// units are the calendar units with the most of them that make ten years.
var units = []struct {
	unit Unit
	most int
}{{Day, MaxWindowDays}, {Week, 530}, {Month, MaxWindowMonths}, {Quarter, 40}, {Year, 10}}

func unitNames() []string {
	out := make([]string, len(units))
	for i, u := range units {
		out[i] = string(u.unit)
	}
	return out
}

// unit reads a calendar unit.
func (p *parser) unit(n *markup.Node, path string) Unit {
	return Unit(p.oneOf(n, path, unitNames()...))
}

func mostOf(u Unit) int {
	for _, e := range units {
		if e.unit == u {
			return e.most
		}
	}
	return MaxWindowDays
}

// duringWords are the named periods of a window.
func duringWords() []string {
	out := []string{"today", "yesterday"}
	for _, u := range units[1:] {
		out = append(out, "this_"+string(u.unit), "last_"+string(u.unit))
	}
	return out
}

func (p *parser) during(w *Window, n *markup.Node, path string) {
	w.Kind = During
	if n.Kind == markup.Map {
		if !p.fields(n, path, "last") || !p.require(n, path, "last") {
			return
		}
		last, at := n.Get("last"), join(path, "last")
		if !p.fields(last, at, "n", "unit") || !p.require(last, at, "n", "unit") {
			return
		}
		w.Unit = p.unit(last.Get("unit"), join(at, "unit"))
		w.N = p.whole(last.Get("n"), join(at, "n"), 1, mostOf(w.Unit))
		return
	}
	word := p.oneOf(n, path, duringWords()...)
	switch word {
	case "":
	case "today", "yesterday":
		w.Unit = Day
	default:
		_, unit, _ := strings.Cut(word, "_")
		w.Unit = Unit(unit)
	}
	if word == "yesterday" || strings.HasPrefix(word, "last_") {
		w.N = 1
	}
}

// between reads [a, b]; either may be null. Bare dates are whole local days, both included.
func (p *parser) between(w *Window, n *markup.Node, path string) {
	w.Kind = Between
	if !p.pair(n, path) {
		return
	}
	lo, hi := n.Items[0], n.Items[1]
	if lo.Kind == markup.Null && hi.Kind == markup.Null {
		p.bad(n, path, "expr.empty")
		return
	}
	w.Lo, w.LoText = p.dateBound(lo, item(path, 0), false)
	w.Hi, w.HiText = p.dateBound(hi, item(path, 1), true)
	if w.Lo != nil && w.Hi != nil && *w.Lo >= *w.Hi {
		p.bad(n, path, "expr.never_range", "from", w.LoText, "to", w.HiText)
	}
}

// dateBound reads one end of between; the end of a bare date is that of its day when after.
func (p *parser) dateBound(n *markup.Node, path string, after bool) (*int64, string) {
	if n.Kind == markup.Null {
		return nil, ""
	}
	ms, bare, ok := value.ParseTime(n.Value(), p.zone)
	if !ok {
		p.bad(n, path, "expr.want_date")
		return nil, n.Text
	}
	if after && bare {
		y, m, d := time.UnixMilli(ms).In(p.zone).Date()
		ms = value.StartOfDay(y, m, d+1, p.zone)
	}
	return &ms, n.Text
}

// since reads first_follow, {attribute: path} or {tag: name}.
func (p *parser) since(n *markup.Node, path string) SinceRef {
	const forms = "{attribute: name} | {tag: name}"
	switch {
	case n.Kind == markup.Text && n.Text == "first_follow":
		return SinceRef{FirstFollow: true}
	case n.Kind == markup.Map && len(n.Pairs) == 1:
		pair := n.Pairs[0]
		switch at := join(path, pair.Key); pair.Key {
		case "attribute":
			return SinceRef{Attribute: p.path(pair.Value, at)}
		case "tag":
			return SinceRef{Tag: p.ref(RefTag, pair.Value, at)}
		}
	}
	p.bad(n, path, "expr.want_since", "forms", forms).
		WithSuggestion(suggest(n.Text, []string{"first_follow"}))
	return SinceRef{}
}

// rel reads {ago: 3d}, {ahead: 3d}, {ago: 3, unit: d}.
func (p *parser) rel(n *markup.Node, path string) *Rel {
	if !p.fields(n, path, "ago", "ahead", "unit") {
		return nil
	}
	pair := p.exclusive(n, path, []string{"ago", "ahead"})
	if pair == nil {
		p.bad(n, path, "expr.missing_key", "missing", "ago / ahead")
		return nil
	}
	r := &Rel{Ago: pair.Key == "ago"}
	u, at := n.Get("unit"), join(path, pair.Key)
	if u == nil {
		r.D = p.duration(pair.Value, at, true, MaxRelDays, MaxRelMonths)
		return r
	}
	count := p.whole(pair.Value, at, 0, 1_000_000_000)
	for _, known := range durationUnits {
		for _, name := range known.names {
			if u.Kind == markup.Text && u.Text == name {
				whole := *pair.Value
				whole.Kind, whole.Text = markup.Text, strconv.Itoa(count)+known.names[0]
				r.D = p.duration(&whole, at, true, MaxRelDays, MaxRelMonths)
				return r
			}
		}
	}
	p.bad(u, join(path, "unit"), "expr.want_one_of", "allowed", "ms, s, m, h, d, w, mo, y")
	return r
}
