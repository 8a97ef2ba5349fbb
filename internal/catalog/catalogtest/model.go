package catalogtest

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/earmarkhq/earmark/internal/catalog"
	"github.com/earmarkhq/earmark/internal/fault"
)

// model is what rules and generations should be: the texts of each rule, which version is live,
// and the rules of each generation.
type model struct {
	rules       []modelRule // by id - 1
	generations [][]catalog.RuleText
}

type modelRule struct {
	name  string
	texts []string // by version - 1
	live  uint32
	state catalog.RuleState
}

func (m *model) taken(name string, but int) bool {
	return slices.ContainsFunc(m.rules, func(r modelRule) bool { return r.name == name }) &&
		(but < 0 || m.rules[but].name != name)
}

// testModel edits at random, with stale knowledge and taken names among the edits, and compares.
// Every round has its own store, so that a failing one can be repeated from its seed.
func testModel(t *testing.T, shared *bench) {
	rapid.Check(t, func(rt *rapid.T) {
		m, b := &model{}, newBench(t, shared.make)
		defer func() { b.ok(b.Close()) }()
		rt.Repeat(map[string]func(*rapid.T){
			"create":  func(rt *rapid.T) { m.create(rt, b) },
			"save":    func(rt *rapid.T) { m.save(rt, b) },
			"rename":  func(rt *rapid.T) { m.rename(rt, b) },
			"publish": func(rt *rapid.T) { m.publish(rt, b) },
			"reopen":  func(*rapid.T) { b.reopen() },
		})
		m.compare(rt, b)
	})
}

var (
	names = rapid.SampledFrom([]string{"甲", "乙", "丙", "a", "b", "c", "d", "e", "f", "g"})
	texts = rapid.SampledFrom([]string{"1", "2", "3"})
)

// expect demands success, or the code where there is one.
func expect(rt *rapid.T, err error, code string) {
	rt.Helper()
	if code == "" && err != nil || code != "" && !fault.Is(err, code) {
		rt.Fatalf("error %v, want code %q", err, code)
	}
}

func (m *model) create(rt *rapid.T, b *bench) {
	name, text := names.Draw(rt, "name"), texts.Draw(rt, "text")
	r, err := b.CreateRule(b.ctx, by, name, text, "")
	if m.taken(name, -1) {
		expect(rt, err, catalog.CodeNameTaken)
		return
	}
	expect(rt, err, "")
	m.rules = append(m.rules, modelRule{name: name, texts: []string{text}, state: catalog.RuleDraft})
	if int(r.ID) != len(m.rules) {
		rt.Fatalf("id %d for rule %d", r.ID, len(m.rules))
	}
}

func (m *model) pick(rt *rapid.T) (i int, ok bool) {
	if len(m.rules) == 0 {
		return 0, false
	}
	return rapid.IntRange(0, len(m.rules)-1).Draw(rt, "rule"), true
}

func (m *model) save(rt *rapid.T, b *bench) {
	i, ok := m.pick(rt)
	if !ok {
		return
	}
	r := &m.rules[i]
	seen, text := len(r.texts)-rapid.SampledFrom([]int{0, 0, 0, 1, -1}).Draw(rt, "stale"), texts.Draw(rt, "text")
	v, err := b.SaveRule(b.ctx, by, uint32(i+1), uint32(seen), text, "")
	if seen != len(r.texts) {
		expect(rt, err, catalog.CodeVersionConflict)
		return
	}
	expect(rt, err, "")
	if text != r.texts[seen-1] {
		r.texts = append(r.texts, text)
	}
	if int(v.Version) != len(r.texts) || v.Document != text {
		rt.Fatalf("saved %q as version %d, want %d", v.Document, v.Version, len(r.texts))
	}
}

func (m *model) rename(rt *rapid.T, b *bench) {
	i, ok := m.pick(rt)
	if !ok {
		return
	}
	name := names.Draw(rt, "name")
	err := b.RenameRule(b.ctx, by, uint32(i+1), name)
	if m.taken(name, i) {
		expect(rt, err, catalog.CodeNameTaken)
		return
	}
	expect(rt, err, "")
	m.rules[i].name = name
}

func (m *model) publish(rt *rapid.T, b *bench) {
	var g catalog.Generation
	var in []catalog.RuleText
	for i, r := range m.rules {
		if !rapid.Bool().Draw(rt, "in") {
			continue
		}
		version := rapid.IntRange(1, len(r.texts)).Draw(rt, "version")
		g.Rules = append(g.Rules, catalog.RuleRef{Rule: uint32(i + 1), Version: uint32(version)})
		in = append(in, catalog.RuleText{Rule: uint32(i + 1), Version: uint32(version), Name: r.name, Document: r.texts[version-1]})
	}
	previous := len(m.generations) - rapid.SampledFrom([]int{0, 0, 0, -1}).Draw(rt, "stale")
	_, err := b.Publish(b.ctx, by, uint32(previous), g)
	if previous != len(m.generations) {
		expect(rt, err, catalog.CodeGenerationConflict)
		return
	}
	expect(rt, err, "")
	m.generations = append(m.generations, in)
	for i := range m.rules {
		r := &m.rules[i]
		r.live = 0
		if r.state == catalog.RulePublished {
			r.state = catalog.RuleRetired
		}
	}
	for _, x := range in {
		m.rules[x.Rule-1].live, m.rules[x.Rule-1].state = x.Version, catalog.RulePublished
	}
}

func (m *model) compare(rt rapid.TB, b *bench) {
	rt.Helper()
	rules, err := b.Rules(b.ctx)
	if err != nil || len(rules) != len(m.rules) {
		rt.Fatalf("%d rules, want %d; %v", len(rules), len(m.rules), err)
	}
	for i, r := range rules {
		want := catalog.Rule{
			ID: uint32(i + 1), Name: m.rules[i].name, State: m.rules[i].state, Newest: uint32(len(m.rules[i].texts)),
			Live: m.rules[i].live, Created: by.At, Updated: by.At,
		}
		if r != want {
			rt.Fatalf("rule %+v, want %+v", r, want)
		}
	}
	for n, want := range m.generations {
		got, err := b.GenerationRules(b.ctx, uint32(n+1))
		if err != nil || !slices.Equal(got, want) {
			rt.Fatalf("generation %d has %v, want %v; %v", n+1, got, want, err)
		}
	}
}
