package scenario

import (
	"slices"
	"strings"

	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/markup"
	"github.com/earmarkhq/earmark/internal/value"
)

// maxTimes bounds the repetitions of one step.
const maxTimes = 1_000_000

// How calls are taken at the edge, as language.md section 5 has it: the clock of a sender is
// corrected when it is wrong by more than maxSkew, and what is then dated further ahead than
// maxAhead is rejected. Milliseconds.
const (
	maxSkew  = 60_000
	maxAhead = 86_400_000
)

var (
	actKeys = []string{"customer", "event", "props", "context", "id", "source", "time", "sent", "set", "tag", "untag", "until", "by", "actor"}
	askKeys = []string{"expect", "members", "count", "entered", "left", "because", "metric", "next", "accepted", "repeated", "conflicts", "rejected", "show", "as_of", "known_at"}
)

// step reads one step; with times it becomes several.
func (p *parser) step(n *markup.Node, index int, path string) []Step {
	allowed := slices.Concat([]string{"at", "note"}, actKeys, []string{"times", "every", "unit"}, definitionKeys, []string{"include_anonymous", "refused"}, askKeys)
	if !p.fields(n, path, allowed...) {
		return nil
	}
	st := Step{Index: index, Line: n.Line, At: p.start}
	if at := n.Get("at"); at != nil {
		st.At = p.instant(at, join(path, "at"))
	} else {
		p.bad(n, path, "scenario.missing", "missing", "at")
	}
	if d := p.definitions(n, path); d.Given() {
		st.Publish = &d
		if d.Rule != nil || d.Rules != nil {
			p.one = d.Rule != nil
		}
	}
	if v := n.Get("refused"); v != nil {
		st.Refused = p.texts(v, join(path, "refused"))
		if st.Publish == nil {
			p.bad(v, join(path, "refused"), "scenario.alone", "with", "rule, rules")
		}
	}
	repeated := p.acts(&st, n, path)
	if slices.ContainsFunc(askKeys, n.Has) {
		st.Ask = p.ask(n, path)
	}
	if st.Publish == nil && st.Unit == nil && st.Ask == nil {
		p.bad(n, path, "scenario.nothing")
	}
	if len(repeated) == 0 {
		return []Step{st}
	}
	ask := st.Ask
	st.Ask = nil
	steps := append([]Step{st}, repeated...)
	steps[len(steps)-1].Ask = ask
	return steps
}

// acts reads what happens: one act, or a unit of several. Repetitions are the further steps.
func (p *parser) acts(st *Step, n *markup.Node, path string) (repeated []Step) {
	has := slices.ContainsFunc(actKeys, n.Has)
	if unit := n.Get("unit"); unit != nil {
		if has {
			p.bad(n, path, "scenario.conflict", "keys", "unit, customer")
		}
		if !p.list(unit, join(path, "unit")) {
			return nil
		}
		for i, it := range unit.Items {
			at := item(join(path, "unit"), i)
			if p.fields(it, at, append(slices.Clone(actKeys), "times")...) {
				act := p.act(it, at, st.At)
				for range p.times(it, at) {
					st.Unit = append(st.Unit, act)
				}
			}
		}
	} else if has {
		st.Unit = []Act{p.act(n, path, st.At)}
	}
	for _, key := range []string{"times", "every"} {
		if v := n.Get(key); v != nil && !n.Has("event") {
			p.bad(v, join(path, key), "scenario.alone", "with", "event")
			return nil
		}
	}
	if every := n.Get("every"); every != nil && !n.Has("times") {
		p.bad(every, join(path, "every"), "scenario.alone", "with", "times")
	}
	if !n.Has("event") {
		return nil
	}
	return p.repeat(st, n, path)
}

func (p *parser) times(n *markup.Node, path string) int {
	if v := n.Get("times"); v != nil {
		return int(p.whole(v, join(path, "times"), 1, maxTimes))
	}
	return 1
}

// repeat makes the second to last of `times` events: without a time of their own they arrive
// when they happen; with one they arrive at `at`, and their own times are `every` apart.
func (p *parser) repeat(st *Step, n *markup.Node, path string) []Step {
	var every expr.Duration
	if v := n.Get("every"); v != nil {
		var ok bool
		if every, ok = expr.ParseDuration(v.Text); !ok {
			p.bad(v, join(path, "every"), "scenario.want_duration")
			return nil
		}
	}
	var out []Step
	for i := 1; i < p.times(n, path) && len(st.Unit) == 1; i++ {
		next := *st
		next.Publish, next.Refused = nil, nil
		act := st.Unit[0]
		by := expr.Duration{Ms: every.Ms * int64(i), Months: every.Months * i}
		act.Time = shift(act.Time, by, 1, p.zone)
		if !n.Has("time") {
			next.At = shift(next.At, by, 1, p.zone)
		}
		next.Unit = []Act{act}
		out = append(out, next)
	}
	return out
}

// act reads what one call says about one customer.
func (p *parser) act(n *markup.Node, path string, at int64) Act {
	a := Act{Time: at}
	if c := n.Get("customer"); c != nil {
		a.Keys = p.keys(c, join(path, "customer"))
	} else {
		p.bad(n, path, "scenario.missing", "missing", "customer")
	}
	var kinds []string
	for _, k := range []string{"event", "set", "tag", "untag"} {
		if n.Has(k) {
			kinds = append(kinds, k)
		}
	}
	if len(kinds) > 1 {
		p.bad(n, path, "scenario.conflict", "keys", strings.Join(kinds, ", "))
		return a
	}
	if len(kinds) == 1 {
		p.eventKeys(&a, n, path, at)
	}
	p.belongs(n, path, "props", "event")
	p.belongs(n, path, "until", "tag")
	p.belongs(n, path, "by", "tag", "untag")
	p.belongs(n, path, "actor", "tag", "untag")
	p.belongs(n, path, "sent", "event", "set")
	for _, k := range []string{"context", "id", "source", "time"} {
		p.belongs(n, path, k, "event", "set", "tag", "untag")
	}
	switch {
	case n.Has("event"):
		a.Kind, a.Type = ActEvent, p.text(n.Get("event"), join(path, "event"))
		if v := n.Get("props"); v != nil && p.mapping(v, join(path, "props")) {
			a.Props = v.Value()
		}
	case n.Has("set"):
		a.Kind, a.Type = ActEvent, event.Identify
		if v := n.Get("set"); p.mapping(v, join(path, "set")) {
			a.Props = v.Value()
		}
	case n.Has("tag") || n.Has("untag"):
		p.statement(&a, n, path)
	}
	if a.Props.Kind() == value.Null {
		a.Props = value.NewObject()
	}
	return a
}

// belongs reports a key without any of the keys that it belongs to.
func (p *parser) belongs(n *markup.Node, path, key string, to ...string) {
	if v := n.Get(key); v != nil && !slices.ContainsFunc(to, n.Has) {
		p.bad(v, join(path, key), "scenario.alone", "with", strings.Join(to, ", "))
	}
}

func (p *parser) mapping(n *markup.Node, path string) bool {
	if n.Kind != markup.Map {
		p.bad(n, path, "scenario.want_map")
		return false
	}
	return true
}

func (p *parser) eventKeys(a *Act, n *markup.Node, path string, at int64) {
	if v := n.Get("time"); v != nil {
		a.Time = p.instant(v, join(path, "time"))
	}
	if v := n.Get("sent"); v != nil {
		if skew := at - p.instant(v, join(path, "sent")); skew > maxSkew || skew < -maxSkew {
			a.Time += skew
		}
	}
	if v := n.Get("id"); v != nil {
		a.ID = p.text(v, join(path, "id"))
	}
	if v := n.Get("source"); v != nil {
		a.Source = p.text(v, join(path, "source"))
	}
	if v := n.Get("context"); v != nil && p.mapping(v, join(path, "context")) {
		a.Context = v.Value()
	}
}

func (p *parser) statement(a *Act, n *markup.Node, path string) {
	a.Kind, a.Present, a.By = ActStatement, n.Has("tag"), "hand"
	key := "untag"
	if a.Present {
		key = "tag"
	}
	a.Tag = p.text(n.Get(key), join(path, key))
	if v := n.Get("until"); v != nil {
		until := p.instant(v, join(path, "until"))
		a.Until = &until
	}
	if v := n.Get("by"); v != nil {
		a.By = p.oneOf(v, join(path, "by"), "hand", "import", "platform")
	}
	if v := n.Get("actor"); v != nil {
		a.Actor = p.text(v, join(path, "actor"))
	}
}

// keys reads a user id, or identities by their kind.
func (p *parser) keys(n *markup.Node, path string) []customer.Key {
	if n.Scalar() && n.Text != "" {
		return []customer.Key{keyOf(n.Text)}
	}
	if n.Kind != markup.Map || len(n.Pairs) == 0 {
		p.bad(n, path, "scenario.want_customer", "example", "{anonymous_id: a1}")
		return nil
	}
	var keys []customer.Key
	for _, pair := range n.Pairs {
		keys = append(keys, customer.Key{Kind: customer.Kind(pair.Key), Value: p.text(pair.Value, join(path, pair.Key))})
	}
	return keys
}

// keyOf reads the name of a customer in a document: a user id, or kind:value for the other
// well-known kinds of identities.
func keyOf(name string) customer.Key {
	if kind, val, ok := strings.Cut(name, ":"); ok && val != "" && slices.Contains(namedKinds, customer.Kind(kind)) {
		return customer.Key{Kind: customer.Kind(kind), Value: val}
	}
	return customer.Key{Kind: customer.UserID, Value: name}
}

var namedKinds = []customer.Kind{
	customer.UserID, customer.ExternalUserID, customer.UnionID, customer.PhoneHash, customer.BuyerID,
	customer.AnonymousID, customer.Cookie, customer.Device,
}
