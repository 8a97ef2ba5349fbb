package expr

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/earmarkhq/earmark/internal/markup"
)

// schemaBase is where the published schemas are found; their ids begin with it.
const schemaBase = "https://raw.githubusercontent.com/earmarkhq/earmark/main/docs/schema/"

// Schema is the JSON Schema (draft 2020-12) of a condition, as published. It is made from the
// tables that the parser reads by; what a schema can not say (dates in order, patterns that
// compile, names that exist) the parser still refuses.
func Schema() []byte {
	return WriteSchema("condition.schema.json", "Earmark condition",
		markup.NewMap(markup.P("$ref", text("#/$defs/condition"))), SchemaDefs())
}

// WriteSchema writes a schema of the product: body with the definitions below it.
func WriteSchema(file, title string, body, defs *markup.Node) []byte {
	root := markup.NewMap(
		markup.P("$schema", text("https://json-schema.org/draft/2020-12/schema")),
		markup.P("$id", text(schemaBase+file)),
		markup.P("title", text(title)),
	)
	root.Pairs = append(root.Pairs, body.Pairs...)
	put(root, "$defs", defs)
	var out bytes.Buffer
	if err := json.Indent(&out, markup.AppendJSON(nil, root), "", "  "); err != nil {
		panic(err) // our own JSON
	}
	out.WriteByte('\n')
	return out.Bytes()
}

// SchemaDefs are the definitions of the schema: condition, num, prop and all that they use.
func SchemaDefs() *markup.Node {
	defs := object()
	for _, d := range schemaDefs() {
		put(defs, d.name, d.body())
	}
	return defs
}

// schemaDef is one definition.
type schemaDef struct {
	name string
	body func() *markup.Node
}

// schemaDefs in the order of the file. The names are the shapes of the parser's tables.
func schemaDefs() []schemaDef {
	return []schemaDef{
		{"condition", conditionSchema},
		{"conditions", func() *markup.Node { return nonEmpty(ref("condition")) }},
		{"atLeast", func() *markup.Node {
			return closed(fields("n", intRange(1, MaxNodes), "of", ref("conditions")), "n", "of")
		}},
		{"everyone", func() *markup.Node { return either(only(true), markup.NewMap(typ("object"), max0())) }},
		{"customers", customersSchema},
		{"share", func() *markup.Node {
			percent := markup.NewMap(typ("number"), markup.P("exclusiveMinimum", whole(0)), markup.P("maximum", whole(100)), markup.P("multipleOf", markup.NewNumber("0.01")))
			return closed(fields("salt", ref("name"), "percent", percent), "salt", "percent")
		}},
		{"held", func() *markup.Node {
			return with(closed(fields("for", ref("duration"), "less_than", ref("duration"))), "minProperties", whole(1), "maxProperties", whole(1))
		}},
		{"eventNames", func() *markup.Node {
			one := markup.NewMap(typ("string"), markup.P("pattern", text(`^[^*]+\*?$|^\*$`)), markup.P("maxLength", whole(MaxName)))
			return either(one, nonEmpty(one))
		}},
		{"where", func() *markup.Node { return ref("prop") }},
		{"each", func() *markup.Node {
			return either(ref("path"), closed(fields("list", ref("path"), "where", ref("prop")), "list"))
		}},
		{"per", perSchema},
		{"occurrence", occurrenceSchema},
		{"regular", regularSchema},
		{"steps", stepsSchema},
		{"tags", func() *markup.Node {
			set := with(closed(fields("any", nonEmpty(ref("name")), "all", nonEmpty(ref("name")), "group", ref("name"))),
				"minProperties", whole(1), "maxProperties", whole(1))
			return either(ref("name"), set)
		}},
		{"setBy", func() *markup.Node { return enum(Setters...) }},
		{"tagged", func() *markup.Node {
			return either(ref("window"), with(closed(fields("before", ref("instant"), "after", ref("instant"))), "minProperties", whole(1)))
		}},
		{"follow", followSchema},
		{"metric", func() *markup.Node { return either(ref("name"), ref("num")) }},
		{"quantile", func() *markup.Node {
			return closed(fields("metric", ref("metric"), "table", ref("name")), "metric", "table")
		}},
		{"num", numSchema},
		{"prop", propSchema},
		{"test", func() *markup.Node {
			return either(ref("scalar"), nonEmpty(ref("scalar")), ref("ops"))
		}},
		{"ops", func() *markup.Node { return with(closed(opFields(valueOps)), "minProperties", whole(1)) }},
		{"numberOps", func() *markup.Node { return with(closed(opFields(numberOps)), "minProperties", whole(1)) }},
		{"element", func() *markup.Node {
			return either(ref("scalar"), nonEmpty(ref("scalar")), ref("ops"), ref("prop"))
		}},
		{"window", windowSchema},
		{"agoPair", func() *markup.Node { return tuple(ref("duration"), either(ref("duration"), only(0))) }},
		{"dayRange", func() *markup.Node {
			past := intRange(-MaxWindowDays, 0)
			return either(intRange(1, MaxWindowDays), tuple(past, past))
		}},
		{"during", duringSchema},
		{"dateRange", func() *markup.Node {
			end := either(ref("instant"), markup.NewMap(typ("null")))
			return tuple(end, end)
		}},
		{"since", func() *markup.Node {
			return either(only("first_follow"), closed(fields("attribute", ref("path")), "attribute"), closed(fields("tag", ref("name")), "tag"))
		}},
		{"count", func() *markup.Node { return either(ref("number"), nonEmpty(ref("number")), ref("numberOps")) }},
		{"dayCount", func() *markup.Node { return ref("count") }},
		{"aggregate", func() *markup.Node { return aggregateSchema("of") }},
		{"aggregateOf", func() *markup.Node { return either(ref("path"), closed(fields("of", ref("path")), "of")) }},
		{"percent", func() *markup.Node {
			return markup.NewMap(typ("number"), markup.P("minimum", whole(0)), markup.P("maximum", whole(100)))
		}},
		{"percentile", func() *markup.Node { return aggregateSchema("p", "of") }},
		{"period", periodSchema},
		{"span", func() *markup.Node {
			return either(ref("duration"), closed(fields("days", intRange(1, MaxRelDays)), "days"))
		}},
		{"rel", relSchema},
		{"date", func() *markup.Node { return either(ref("instant"), ref("rel")) }},
		{"bound", func() *markup.Node { return either(ref("number"), ref("instant"), ref("rel")) }},
		{"boundPair", func() *markup.Node {
			end := either(ref("number"), ref("instant"))
			return tuple(end, end)
		}},
		{"instant", func() *markup.Node {
			return either(markup.NewMap(typ("number")), pattern(`^\d{4}-\d{2}-\d{2}([ Tt]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:\d{2})?)?$|^-?\d+(\.\d+)?$`))
		}},
		{"numbers", func() *markup.Node { return nonEmpty(ref("number")) }},
		{"numberPair", func() *markup.Node { return tuple(ref("number"), ref("number")) }},
		{"uncompared", func() *markup.Node { return either(only(true), markup.NewMap(typ("object"), max0())) }},
		{"textName", func() *markup.Node { return with(pattern(`^\S([\s\S]*\S)?$`), "maxLength", whole(MaxName)) }},
		{"number", func() *markup.Node { return either(markup.NewMap(typ("number")), pattern(`^-?\d+(\.\d+)?$`)) }},
		{"scalar", func() *markup.Node {
			return either(markup.NewMap(typ("number")), markup.NewMap(typ("boolean")), ref("text"))
		}},
		{"scalarOrRel", func() *markup.Node { return either(ref("scalar"), ref("rel")) }},
		{"scalars", func() *markup.Node { return nonEmpty(ref("scalar")) }},
		{"scalarOrScalars", func() *markup.Node { return either(ref("scalar"), ref("scalars")) }},
		{"text", func() *markup.Node {
			return markup.NewMap(typ("string"), markup.P("minLength", whole(1)), markup.P("maxLength", whole(MaxText)))
		}},
		{"textOperand", func() *markup.Node { return either(ref("text"), markup.NewMap(typ("number"))) }},
		{"texts", func() *markup.Node { return nonEmpty(ref("textOperand")) }},
		{"pattern", func() *markup.Node {
			return either(markup.NewMap(typ("string"), markup.P("minLength", whole(1)), markup.P("maxLength", whole(MaxPattern))), markup.NewMap(typ("number")))
		}},
		{"flag", func() *markup.Node { return markup.NewMap(typ("boolean")) }},
		{"true", func() *markup.Node { return only(true) }},
		{"name", func() *markup.Node {
			return either(ref("textName"), markup.NewMap(typ("number")))
		}},
		{"path", func() *markup.Node {
			key := either(markup.NewMap(typ("string"), markup.P("minLength", whole(1))), markup.NewMap(typ("number")))
			return either(pattern(`^[^.]+(\.[^.]+)*$`), markup.NewMap(typ("number")), with(nonEmpty(key), "maxItems", whole(MaxPath)))
		}},
		{"duration", func() *markup.Node {
			return pattern(`^(0|(\d+(\.\d+)?(ms|s|m|h|d|w))+|(\d+(mo|y))+)$`)
		}},
	}
}

// Pieces of schemas.

func ref(name string) *markup.Node { return single("$ref", text("#/$defs/"+name)) }

func typ(name string) markup.Pair { return markup.P("type", text(name)) }

func max0() markup.Pair { return markup.P("maxProperties", whole(0)) }

func either(options ...*markup.Node) *markup.Node { return single("anyOf", markup.NewList(options...)) }

func enum(words ...string) *markup.Node { return single("enum", texts(words)) }

func only(v any) *markup.Node {
	switch v := v.(type) {
	case bool:
		return single("const", markup.NewBool(v))
	case int:
		return single("const", markup.NewNumber(strconv.Itoa(v)))
	case string:
		return single("const", text(v))
	}
	panic("schema: constant of another type")
}

func pattern(re string) *markup.Node {
	return markup.NewMap(typ("string"), markup.P("pattern", text(re)))
}

func intRange(low, high int) *markup.Node {
	return markup.NewMap(typ("integer"), markup.P("minimum", whole(low)), markup.P("maximum", whole(high)))
}

func nonEmpty(items *markup.Node) *markup.Node {
	return markup.NewMap(typ("array"), markup.P("items", items), markup.P("minItems", whole(1)), markup.P("maxItems", whole(MaxList)))
}

func tuple(items ...*markup.Node) *markup.Node {
	return markup.NewMap(typ("array"), markup.P("prefixItems", markup.NewList(items...)),
		markup.P("minItems", whole(len(items))), markup.P("maxItems", whole(len(items))))
}

// fields makes properties from pairs of name and schema.
func fields(pairs ...any) *markup.Node {
	out := object()
	for i := 0; i+1 < len(pairs); i += 2 {
		put(out, pairs[i].(string), pairs[i+1].(*markup.Node))
	}
	return out
}

// closed is an object with these properties and no others.
func closed(props *markup.Node, required ...string) *markup.Node {
	out := markup.NewMap(typ("object"), markup.P("properties", props))
	if len(required) > 0 {
		put(out, "required", texts(required))
	}
	put(out, "additionalProperties", markup.NewBool(false))
	return out
}

// with adds keywords to a schema.
func with(schema *markup.Node, pairs ...any) *markup.Node {
	for i := 0; i+1 < len(pairs); i += 2 {
		put(schema, pairs[i].(string), pairs[i+1].(*markup.Node))
	}
	return schema
}

// merge joins properties.
func merge(sets ...*markup.Node) *markup.Node {
	out := object()
	for _, s := range sets {
		out.Pairs = append(out.Pairs, s.Pairs...)
	}
	return out
}

// keyFields makes properties from the parser's tables.
func keyFields(keys []keySpec) *markup.Node {
	out := object()
	for _, k := range keys {
		put(out, k.name, ref(k.shape))
	}
	return out
}
