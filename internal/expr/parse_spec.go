package expr

import (
	"slices"
	"strings"

	"github.com/earmarkhq/earmark/internal/markup"
)

// keySpec is one key that a node may have. Shape names the definition of the JSON Schema that
// its value has.
type keySpec struct {
	name, shape string
}

// nodeSpec describes one kind of condition: the parser takes its keys from here, and so does
// the published schema.
type nodeSpec struct {
	kind   string    // the key that makes it this kind
	shape  string    // of the kind key's value
	keys   []keySpec // further keys
	window bool      // takes one window key
	aggs   bool      // takes one aggregate key
	ops    opClass   // takes operators
}

// opClass is the set of operators a place takes.
type opClass uint8

const (
	noOps     opClass = iota
	valueOps          // on a property or an attribute
	numberOps         // on an aggregate, count or metric
)

// nodeSpecs in the order in which messages and documents list them.
var nodeSpecs = []nodeSpec{
	{kind: "all", shape: "conditions"},
	{kind: "any", shape: "conditions"},
	{kind: "none", shape: "conditions"},
	{kind: "not", shape: "condition"},
	{kind: "at_least", shape: "atLeast"},
	{kind: "everyone", shape: "everyone"},
	{kind: "customers", shape: "customers"},
	{kind: "segment", shape: "name"},
	{kind: "share", shape: "share"},
	{kind: "attribute", shape: "path", keys: []keySpec{{"held", "held"}}, ops: valueOps},
	{kind: "event", shape: "eventNames", window: true, aggs: true, keys: []keySpec{
		{"where", "where"}, {"each", "each"}, {"per", "per"}, {"first", "occurrence"}, {"last", "occurrence"},
		{"key", "path"}, {"regular", "regular"},
	}},
	{kind: "sequence", shape: "steps", window: true, keys: []keySpec{{"max_gap", "duration"}}},
	{kind: "tag", shape: "tags", keys: []keySpec{{"held", "held"}, {"set_by", "setBy"}, {"tagged", "tagged"}}},
	{kind: "follow", shape: "follow"},
	{kind: "metric", shape: "metric", ops: numberOps},
	{kind: "quantile", shape: "quantile", ops: numberOps},
}

// windowKeys are the inline forms of a window; "window" holds one of them in a map of its own.
var windowKeys = []keySpec{
	{"within", "duration"}, {"ago", "agoPair"}, {"days", "dayRange"}, {"during", "during"},
	{"between", "dateRange"}, {"since", "since"}, {"ever", "true"}, {"window", "window"},
}

// aggKeys are the aggregates; active_days is days where a window needs the shorter word. pNN
// is percentile with its p in the name.
var aggKeys = []keySpec{
	{"count", "count"}, {"sum", "aggregate"}, {"avg", "aggregate"}, {"min", "aggregate"}, {"max", "aggregate"},
	{"median", "aggregate"}, {"percentile", "percentile"}, {"distinct", "aggregate"}, {"days", "dayCount"},
	{"active_days", "dayCount"},
}

func specOf(kind string) *nodeSpec {
	for i := range nodeSpecs {
		if nodeSpecs[i].kind == kind {
			return &nodeSpecs[i]
		}
	}
	return nil
}

// allowed lists every key of the node, without operators.
func (s *nodeSpec) allowed() []string {
	out := []string{s.kind}
	for _, k := range s.keys {
		out = append(out, k.name)
	}
	if s.window {
		out = append(out, names(windowKeys)...)
	}
	if s.aggs {
		out = append(out, names(aggKeys)...)
	}
	return out
}

func names(keys []keySpec) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = k.name
	}
	return out
}

func kinds() []string {
	out := make([]string, len(nodeSpecs))
	for i := range nodeSpecs {
		out[i] = nodeSpecs[i].kind
	}
	return out
}

// unknown reports a key that its place does not take. The sentence lists the allowed ones in
// full when they are few.
func (p *parser) unknown(pair *markup.Pair, path string, allowed []string) {
	shown := allowed
	const most = 28
	if len(shown) > most {
		shown = append(slices.Clone(shown[:most]), "…")
	}
	p.badKey(pair, join(path, pair.Key), "expr.unknown_key", "allowed", strings.Join(shown, ", ")).
		WithSuggestion(suggest(pair.Key, allowed))
}

// fields checks that n is a map with the allowed keys only.
func (p *parser) fields(n *markup.Node, path string, allowed ...string) bool {
	if n.Kind != markup.Map {
		p.bad(n, path, "expr.want_map")
		return false
	}
	ok := true
	for i := range n.Pairs {
		if !slices.Contains(allowed, n.Pairs[i].Key) {
			p.unknown(&n.Pairs[i], path, allowed)
			ok = false
		}
	}
	return ok
}

// require reports keys that are missing from the map n.
func (p *parser) require(n *markup.Node, path string, keys ...string) bool {
	ok := true
	for _, k := range keys {
		if !n.Has(k) {
			p.bad(n, path, "expr.missing_key", "missing", k)
			ok = false
		}
	}
	return ok
}

// exclusive reports keys of the map n of which only one may stand, and returns the first.
func (p *parser) exclusive(n *markup.Node, path string, keys []string) *markup.Pair {
	var found []string
	var first *markup.Pair
	for i := range n.Pairs {
		if slices.Contains(keys, n.Pairs[i].Key) {
			found = append(found, n.Pairs[i].Key)
			if len(found) == 1 {
				first = &n.Pairs[i]
			} else if len(found) == 2 {
				defer func(pair *markup.Pair) {
					p.badKey(pair, join(path, pair.Key), "expr.keys_conflict", "keys", strings.Join(found, ", "))
				}(&n.Pairs[i])
			}
		}
	}
	return first
}
