package scenario

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/markup"
	"github.com/earmarkhq/earmark/internal/value"
)

// parser reads one scenario and collects its faults.
type parser struct {
	zone   *time.Location
	start  int64
	one    bool // the scenario has a single rule
	faults fault.List
}

var scenarioKeys = []string{"name", "description", "zone", "start", "file", "include_anonymous", "rule", "rules", "groups", "metrics", "segments", "tables", "refused", "steps"}

// parseScenario reads the scenario at a node. The error is a fault.List.
func parseScenario(n *markup.Node, file, path string) (*Scenario, error) {
	p := &parser{zone: time.UTC}
	s := &Scenario{File: file, Line: n.Line}
	if !p.fields(n, path, scenarioKeys...) {
		return nil, p.faults.Err()
	}
	if v := n.Get("name"); v != nil {
		s.Name = p.text(v, join(path, "name"))
	}
	p.begin(s, n, path)
	s.Define = p.definitions(n, path)
	if v := n.Get("file"); v != nil {
		p.rulesFile(v, join(path, "file"), file, &s.Define)
	}
	p.one = s.Define.Rule != nil
	if v := n.Get("refused"); v != nil {
		s.Refused = p.texts(v, join(path, "refused"))
	}
	if steps := n.Get("steps"); steps != nil && p.list(steps, join(path, "steps")) {
		for i, st := range steps.Items {
			s.Steps = append(s.Steps, p.step(st, i, item(join(path, "steps"), i))...)
		}
	} else if steps == nil && s.Refused == nil {
		p.bad(n, path, "scenario.missing", "missing", "steps")
	}
	s.Steps = p.ordered(s.Steps, path)
	if err := p.faults.Err(); err != nil {
		return nil, err
	}
	return s, nil
}

// begin reads zone and start: the zone decides what dates mean.
func (p *parser) begin(s *Scenario, n *markup.Node, path string) {
	name := "Asia/Shanghai"
	z := n.Get("zone")
	if z != nil {
		name = p.text(z, join(path, "zone"))
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		if z != nil {
			p.bad(z, join(path, "zone"), "scenario.zone")
		}
		zone = time.UTC
	}
	p.zone, s.Zone = zone, zone
	p.start = time.Date(2024, 1, 1, 0, 0, 0, 0, zone).UnixMilli()
	if v := n.Get("start"); v != nil {
		at, _, ok := value.ParseTime(v.Value(), zone)
		if !ok {
			p.bad(v, join(path, "start"), "scenario.want_time")
		} else {
			p.start = at
		}
	}
	s.Start = p.start
}

var definitionKeys = []string{"rule", "rules", "groups", "metrics", "segments", "tables"}

// definitions keeps the parts of a rule document as they are; they are read when they are
// published, against what was in force before.
func (p *parser) definitions(n *markup.Node, path string) Definitions {
	d := Definitions{Rule: n.Get("rule"), Rules: n.Get("rules"), Groups: n.Get("groups"), Metrics: n.Get("metrics"),
		Segments: n.Get("segments"), Tables: n.Get("tables"), Path: path}
	if d.Rule != nil && d.Rules != nil {
		p.bad(n, path, "scenario.conflict", "keys", "rule, rules")
	}
	if v := n.Get("include_anonymous"); v != nil {
		d.Anonymous = p.bool(v, join(path, "include_anonymous"))
		if d.Rule == nil {
			p.bad(v, join(path, "include_anonymous"), "scenario.alone", "with", "rule")
		}
	}
	return d
}

// ordered checks that the steps of the document do not go back in time, and puts what `times`
// spreads over time in its place.
func (p *parser) ordered(steps []Step, path string) []Step {
	last := Step{Index: -1}
	for _, st := range steps {
		if st.Index == last.Index {
			continue
		}
		if last.Index >= 0 && st.At < last.At {
			p.faults.Add(fault.Invalid("scenario.order", "at", p.show(st.At), "before", p.show(last.At)).
				At(item(join(path, "steps"), st.Index), st.Line, 1))
		}
		last = st
	}
	slices.SortStableFunc(steps, func(a, b Step) int {
		switch {
		case a.At < b.At:
			return -1
		case a.At > b.At:
			return 1
		}
		return 0
	})
	return steps
}

func (p *parser) show(at int64) string {
	return time.UnixMilli(at).In(p.zone).Format("2006-01-02 15:04:05.000")
}

// instant reads an offset from the start or a date.
func (p *parser) instant(n *markup.Node, path string) int64 {
	at, ok := p.offset(n)
	if !ok {
		var d int64
		if d, _, ok = value.ParseTime(n.Value(), p.zone); ok && n.Kind == markup.Number && d < 1e12 {
			ok = false // a number is an epoch; what looks like one of 1970 to 2001 is a slip
		}
		at = d
	}
	if !ok {
		p.bad(n, path, "scenario.want_time")
		return p.start
	}
	if at < 86_400_000 {
		p.bad(n, path, "scenario.early")
	}
	return at
}

// offset reads 0, 10d, -3d, 1h30m as a distance from the start.
func (p *parser) offset(n *markup.Node) (int64, bool) {
	if n.Kind == markup.Number && n.Text == "0" {
		return p.start, true
	}
	if n.Kind != markup.Text {
		return 0, false
	}
	s, sign := n.Text, 1
	if rest, ok := strings.CutPrefix(s, "-"); ok {
		s, sign = rest, -1
	} else {
		s = strings.TrimPrefix(s, "+")
	}
	at := p.start
	for first := true; s != "" || first; first = false {
		part := durationPart(s)
		d, ok := expr.ParseDuration(part)
		if part == "" || !ok {
			return 0, false
		}
		at = shift(at, d, sign, p.zone)
		s = s[len(part):]
	}
	return at, true
}

// durationPart is the first number with its unit.
func durationPart(s string) string {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	for i < len(s) && (s[i] < '0' || s[i] > '9') {
		i++
	}
	return s[:i]
}

// shift moves an instant by a duration; months keep the local time and end with their month.
func shift(at int64, d expr.Duration, sign int, zone *time.Location) int64 {
	if d.Months == 0 {
		return at + int64(sign)*d.Ms
	}
	t := time.UnixMilli(at).In(zone)
	first := time.Date(t.Year(), t.Month()+time.Month(sign*d.Months), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), zone)
	last := time.Date(first.Year(), first.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
	return time.Date(first.Year(), first.Month(), min(t.Day(), last), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), zone).UnixMilli()
}

// The readers of plain values report what they do not like and return a zero value.

func (p *parser) bad(n *markup.Node, path, code string, args ...any) *fault.Error {
	e := fault.Invalid(code, append([]any{"key", lastKey(path), "value", n.Short()}, args...)...).At(path, n.Line, n.Col)
	p.faults.Add(e)
	return e
}

func (p *parser) fields(n *markup.Node, path string, allowed ...string) bool {
	if n.Kind != markup.Map {
		p.bad(n, path, "scenario.want_map")
		return false
	}
	for _, pair := range n.Pairs {
		if !slices.Contains(allowed, pair.Key) {
			p.faults.Add(fault.Invalid("scenario.unknown_key", "key", pair.Key, "allowed", strings.Join(allowed, ", ")).
				At(join(path, pair.Key), pair.Line, pair.Col).WithSuggestion(fault.Nearest(pair.Key, allowed)))
		}
	}
	return true
}

func (p *parser) list(n *markup.Node, path string) bool {
	if n.Kind != markup.List {
		p.bad(n, path, "scenario.want_list")
		return false
	}
	return true
}

func (p *parser) text(n *markup.Node, path string) string {
	if !n.Scalar() || n.Text == "" {
		p.bad(n, path, "scenario.want_text")
		return ""
	}
	return n.Text
}

// texts reads a text or a list of texts.
func (p *parser) texts(n *markup.Node, path string) []string {
	if n.Kind != markup.List {
		return []string{p.text(n, path)}
	}
	out := []string{}
	for i, it := range n.Items {
		out = append(out, p.text(it, item(path, i)))
	}
	return out
}

func (p *parser) bool(n *markup.Node, path string) bool {
	if n.Kind != markup.Bool {
		p.bad(n, path, "scenario.want_bool")
	}
	return n.Text == "true"
}

func (p *parser) whole(n *markup.Node, path string, lo, hi int64) int64 {
	i, ok := n.Value().Int()
	if n.Kind != markup.Number || !ok || i < lo || i > hi {
		p.bad(n, path, "scenario.want_whole", "min", lo, "max", hi)
		return lo
	}
	return i
}

func (p *parser) oneOf(n *markup.Node, path string, allowed ...string) string {
	s := p.text(n, path)
	if s != "" && !slices.Contains(allowed, s) {
		p.bad(n, path, "scenario.want_one_of", "allowed", strings.Join(allowed, ", ")).WithSuggestion(fault.Nearest(s, allowed))
	}
	return s
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func item(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

func lastKey(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }
