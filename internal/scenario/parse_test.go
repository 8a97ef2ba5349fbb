package scenario_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/scenario"
)

// faults lists line and code of what is wrong with the first scenario of a document.
func faults(doc string) string {
	var out []string
	for _, f := range scenario.Load("x.yaml", []byte(doc))[0].Faults {
		out = append(out, fmt.Sprintf("%d %s", f.Line, f.Code))
	}
	return strings.Join(out, "; ")
}

func TestFaultsOfADocument(t *testing.T) {
	head := "rule: {event: a}\nsteps:\n"
	for _, c := range []struct{ name, doc, want string }{
		{"no map", "just text", "1 scenario.want_map"},
		{"no steps", "rule: {event: a}", "1 scenario.missing"},
		{"a key that is not known", "rule: {event: a}\nstpes: []", "1 scenario.missing; 2 scenario.unknown_key"},
		{"a zone that is none", "zone: Mars/Olympus\nsteps: []", "1 scenario.zone"},
		{"a start that is no date", "start: soon\nsteps: []", "1 scenario.want_time"},
		{"rule and rules", "rule: {event: a}\nrules: []\nsteps: []", "1 scenario.conflict"},
		{"include_anonymous without rule", "include_anonymous: true\nrules: []\nsteps: []", "1 scenario.alone"},
		{"no at", head + "- {customer: c1, event: a}", "3 scenario.missing"},
		{"an instant that is none", head + "- {at: 3 days, customer: c1, event: a}", "3 scenario.want_time"},
		{"a number that is no instant", head + "- {at: 5, customer: c1, event: a}", "3 scenario.want_time"},
		{"before the engine's time", head + "- {at: 1969-07-20, customer: c1, event: a}", "3 scenario.early"},
		{"back in time", head + "- {at: 2d, customer: c1, event: a}\n- {at: 1d, customer: c1, event: a}", "4 scenario.order"},
		{"no customer", head + "- {at: 0, event: a}", "3 scenario.missing"},
		{"a customer that is a list", head + "- {at: 0, customer: [c1], event: a}", "3 scenario.want_customer"},
		{"an event and an update", head + "- {at: 0, customer: c1, event: a, set: {x: 1}}", "3 scenario.conflict"},
		{"a unit beside an event", head + "- {at: 0, customer: c1, event: a, unit: [{customer: c1, event: a}]}", "3 scenario.conflict"},
		{"props that are no map", head + "- {at: 0, customer: c1, event: a, props: [1]}", "3 scenario.want_map"},
		{"props without an event", head + "- {at: 0, customer: c1, props: {a: 1}}", "3 scenario.alone"},
		{"until without a tag", head + "- {at: 0, customer: c1, event: a, until: 3d}", "3 scenario.alone"},
		{"times without an event", head + "- {at: 0, customer: c1, set: {a: 1}, times: 3}", "3 scenario.alone"},
		{"every without times", head + "- {at: 0, customer: c1, event: a, every: 1h}", "3 scenario.alone"},
		{"no times", head + "- {at: 0, customer: c1, event: a, times: 0}", "3 scenario.want_whole"},
		{"every that is no duration", head + "- {at: 0, customer: c1, event: a, times: 2, every: often}", "3 scenario.want_duration"},
		{"a hand that is none", head + "- {at: 0, customer: c1, tag: x, by: robot}", "3 scenario.want_one_of"},
		{"an empty step", head + "- {at: 0}", "3 scenario.nothing"},
		{"expect that is no answer", head + "- {at: 0, expect: {c1: 1}}", "3 scenario.want_tags"},
		{"short forms with several rules", "rules: [{tag: t, when: {event: a}}]\nsteps:\n- {at: 0, members: [c1], count: 1, expect: {c1: true}, entered: {c1: 1}, because: [x]}",
			"3 scenario.single; 3 scenario.single; 3 scenario.single; 3 scenario.single; 3 scenario.single"},
		{"known_at without as_of", head + "- {at: 0, known_at: 0, expect: {c1: true}}", "3 scenario.alone"},
		{"deadlines of the past", head + "- {at: 0, as_of: 0, next: {c1: 0}}", "3 scenario.as_of"},
		{"an answer that can not be shown", head + "- {at: 0, show: [weather]}", "3 scenario.want_one_of"},
		{"a metric that is no number", head + "- {at: 0, metric: {m: {c1: many}}}", "3 scenario.want_number"},
		{"a rules file that is not there", "file: nowhere.yaml\nsteps: []", "1 scenario.read"},
		{"refused without rules", head + "- {at: 0, refused: [x], expect: {c1: true}}", "3 scenario.alone"},
		{"everything at once", "zone: 1\n" + head + "- {at: x, customer: c1}\n- {at: 1d, evnt: a, customer: {}}",
			"1 scenario.zone; 4 scenario.want_time; 5 scenario.unknown_key; 5 scenario.want_customer"},
		{"no document", "", "0 markup.empty"},
		{"no YAML", "{", "1 markup.syntax"},
		{"an empty list", "[]", "1 scenario.empty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := faults(c.doc); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// An expectation that is not met fails, each kind of them, and says so.
func TestExpectationsCanFail(t *testing.T) {
	const before = `
groups: [{name: g, tags: [hand]}]
metrics: {n: {event: a, count: {}}, none: {event: b, avg: {of: x}}}
rules: [{tag: t, when: {event: a, within: 10d}}]
steps:
- {at: 0, customer: c1, event: a, id: m1}
- {at: 0, customer: c1, event: a, id: m1}
- {at: 0, customer: c2, event: b}
- `
	for _, c := range [][2]string{
		{"{at: 1d, expect: {c1: []}}", `expect.c1: expected [], got ["t"]`},
		{"{at: 1d, expect: {c2: [t]}}", `expect.c2: expected ["t"], got []`},
		{"{at: 1d, expect: {c1: {t: false}}}", `expect.c1: expected {"t":false}, got ["t"]`},
		{"{at: 1d, expect: {c9: [t]}}", `expect.c9: expected ["t"], got []`},
		{"{at: 1d, members: {t: [c1, c2]}}", `members.t: expected ["c1","c2"], got ["c1"]`},
		{"{at: 1d, count: {t: 0}}", `count.t: expected 0, got 1`},
		{"{at: 1d, entered: {t: {c1: 2}}}", `entered.t.c1: expected 2, got 1`},
		{"{at: 1d, left: {t: {c1: 1}}}", `left.t.c1: expected 1, got 0`},
		{"{at: 1d, next: {c1: never}}", `next.c1: expected null, got "2024-01-11T00:00:00.000+08:00"`},
		{"{at: 1d, next: {c2: 2d}}", `next.c2: expected "2024-01-03T00:00:00.000+08:00", got null`},
		{"{at: 1d, metric: {n: {c1: 2}}}", `metric.n.c1: expected 2, got 1`},
		{"{at: 1d, metric: {n: {c1: null}}}", `metric.n.c1: expected null, got 1`},
		{"{at: 1d, metric: {none: {c1: 0}}}", `metric.none.c1: expected 0, got null`},
		{"{at: 1d, because: {c1: {t: [moonlight]}}}", `because.c1.t: expected moonlight, got ["a × 1"]`},
		{"{at: 1d, accepted: 3}", `accepted: expected 3, got 2`},
		{"{at: 1d, repeated: 0}", `repeated: expected 0, got 1`},
		{"{at: 1d, conflicts: 1}", `conflicts: expected 1, got 0`},
		{"{at: 1d, rejected: 1}", `rejected: expected 1, got 0`},
		{"{at: 1d, as_of: -1d, expect: {c1: [t]}}", `expect.c1: expected ["t"], got []`},
		{"{at: 1d, expect: {c1: [nosuch]}}", `there is no tag nosuch`},
		{"{at: 1d, next: {c9: 2d}}", `there is no customer c9`},
		{"{at: 1d, metric: {m: {c1: 1}}}", `error: expected null`},
		{"{at: 1d, rules: [{tag: t, when: {}}]}", `no condition here`},
		{"{at: 1d, rules: [{tag: t, when: {event: a}}], refused: x.y}", `should have been refused with x.y`},
		{"{at: 1d, rules: [{tag: t, when: {}}], refused: x.y}", `refused: expected ["x.y"]`},
	} {
		t.Run(c[0], func(t *testing.T) {
			rep := play(t, before+c[0])
			var s strings.Builder
			_ = rep.WriteText(&s, fault.EN)
			if rep.Failed != 1 || !strings.Contains(s.String(), c[1]) {
				t.Errorf("want %s in\n%s", c[1], &s)
			}
		})
	}
}

// One bad scenario among JSON lines fails alone, at its line.
func TestLinesFailAlone(t *testing.T) {
	rep := play(t, `{"name":"a","rule":{"event":"a"},"steps":[{"at":0,"customer":"c1","event":"a"},{"at":0,"expect":{"c1":true}}]}

{"name":"b","rule":{"event":"a"},"steps":[{"at":0}]}
{"name":"c"
{"name":"d","rule":{"event":"a"},"steps":[{"at":0,"expect":{"c1":true}}]}`)
	var got []string
	for _, s := range rep.Scenarios {
		got = append(got, fmt.Sprint(s.Name, " ", s.Line, " ", s.OK, " ", len(s.Faults)))
	}
	if want := "a 1 true 0, b 3 false 1,  4 false 1, d 5 false 0"; strings.Join(got, ", ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, ", "), want)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("rule: {event: a}\nsteps:\n- {at: 0, customer: c1, event: a, times: 2, every: 1h}\n- {at: 1d, expect: {c1: true}}")
	f.Add(`{"rules":[],"steps":[{"at":"-3d","unit":[{"customer":{"user_id":"u"},"set":{"a":null}}]},{"at":0,"as_of":0,"members":{}}]}`)
	f.Add("[{steps: []}, {}]")
	f.Fuzz(func(t *testing.T, doc string) {
		if len(doc) > 1000 || strings.Contains(doc, "times") && strings.Contains(doc, "00") {
			return // a million repetitions are allowed and slow
		}
		for _, l := range scenario.Load("", []byte(doc)) {
			if l.Scenario == nil && len(l.Faults) == 0 {
				t.Error("neither a scenario nor a fault")
			}
		}
	})
}
