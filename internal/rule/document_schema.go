package rule

import (
	"strconv"

	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/markup"
)

// DocumentSchema is the JSON Schema (draft 2020-12) of a rule document, as published. It holds
// the definitions of conditions too, so that editors need one file.
func DocumentSchema() []byte {
	defs := expr.SchemaDefs()
	for _, d := range []struct {
		name string
		body *markup.Node
	}{
		{"tagName", pattern(`^\S([^/]*\S)?(/\S([^/]*\S)?)?$`)},
		{"plainName", either(pattern(`^[^/\s]([^/]*[^/\s])?$`), typed("number"))},
		{"group", closed([]string{"name"}, "name", refTo("plainName"), "single", typed("boolean"), "tags", listOf(refTo("plainName"), MaxRules))},
		{"table", closed([]string{"bounds"}, "bounds", listOf(typed("number"), MaxBounds), "closed", words("left", "right"))},
		{"rule", either(stateRuleSchema(), ladderSchema())},
	} {
		defs.Pairs = append(defs.Pairs, markup.P(d.name, d.body))
	}
	body := closed(nil,
		"zone", typed("string"),
		"groups", listOf(refTo("group"), MaxGroups),
		"metrics", namedBy(refTo("num")),
		"segments", namedBy(refTo("condition")),
		"tables", namedBy(refTo("table")),
		"rules", listOf(refTo("rule"), MaxRules))
	return expr.WriteSchema("rules.schema.json", "Earmark rule document", body, defs)
}

func stateRuleSchema() *markup.Node {
	return closed([]string{"tag", "when"}, common("tag", either(refTo("tagName"), typed("number")), "group", refTo("plainName"), "when", refTo("condition"))...)
}

func ladderSchema() *markup.Node {
	step := closed([]string{"tag", "when"}, "tag", either(refTo("tagName"), typed("number")), "when", refTo("condition"))
	demote := closed([]string{"when"}, "when", refTo("condition"), "to", words("previous"), "every", refTo("duration"))
	return closed([]string{"ladder", "steps"}, common("ladder", refTo("plainName"), "steps", listOf(step, MaxSteps), "keep", refTo("duration"), "demote", demote)...)
}

// common adds the keys that every rule takes.
func common(props ...any) []any {
	return append(props, "id", refTo("plainName"), "name", textOf(expr.MaxName), "description", textOf(MaxDescription),
		"include_anonymous", typed("boolean"))
}

func refTo(name string) *markup.Node {
	return markup.NewMap(markup.P("$ref", markup.NewText("#/$defs/"+name)))
}

func typed(name string) *markup.Node { return markup.NewMap(markup.P("type", markup.NewText(name))) }

func pattern(re string) *markup.Node {
	n := typed("string")
	n.Pairs = append(n.Pairs, markup.P("pattern", markup.NewText(re)), markup.P("maxLength", count(2*expr.MaxName+1)))
	return n
}

func textOf(most int) *markup.Node {
	n := typed("string")
	n.Pairs = append(n.Pairs, markup.P("maxLength", count(most)))
	return either(n, typed("number"))
}

func count(n int) *markup.Node { return markup.NewNumber(strconv.Itoa(n)) }

func either(options ...*markup.Node) *markup.Node {
	return markup.NewMap(markup.P("anyOf", markup.NewList(options...)))
}

func words(ws ...string) *markup.Node {
	list := markup.NewList()
	for _, w := range ws {
		list.Items = append(list.Items, markup.NewText(w))
	}
	return markup.NewMap(markup.P("enum", list))
}

func listOf(items *markup.Node, most int) *markup.Node {
	n := typed("array")
	n.Pairs = append(n.Pairs, markup.P("items", items), markup.P("minItems", count(1)), markup.P("maxItems", count(most)))
	return n
}

// namedBy is a map from names to one kind of definition.
func namedBy(of *markup.Node) *markup.Node {
	n := typed("object")
	n.Pairs = append(n.Pairs, markup.P("propertyNames", pattern(`^[^/\s]([^/]*[^/\s])?$`)),
		markup.P("additionalProperties", of), markup.P("minProperties", count(1)))
	return n
}

// closed is an object with the properties given as pairs of name and schema, and no others.
func closed(required []string, props ...any) *markup.Node {
	fields := markup.NewMap()
	for i := 0; i+1 < len(props); i += 2 {
		fields.Pairs = append(fields.Pairs, markup.P(props[i].(string), props[i+1].(*markup.Node)))
	}
	n := typed("object")
	n.Pairs = append(n.Pairs, markup.P("properties", fields))
	if len(required) > 0 {
		list := markup.NewList()
		for _, r := range required {
			list.Items = append(list.Items, markup.NewText(r))
		}
		n.Pairs = append(n.Pairs, markup.P("required", list))
	}
	n.Pairs = append(n.Pairs, markup.P("additionalProperties", markup.NewBool(false)))
	return n
}
