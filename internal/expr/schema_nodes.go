package expr

import "github.com/earmarkhq/earmark/internal/markup"

// conditionSchema is one of the kinds; an event node is one of three forms.
func conditionSchema() *markup.Node {
	kinds := markup.NewList()
	for i := range nodeSpecs {
		if s := &nodeSpecs[i]; s.kind == "event" {
			kinds.Items = append(kinds.Items, eventForms()...)
		} else {
			kinds.Items = append(kinds.Items, nodeSchema(s))
		}
	}
	return single("oneOf", kinds)
}

func nodeSchema(s *nodeSpec) *markup.Node {
	props := fields(s.kind, ref(s.shape))
	props = merge(props, keyFields(s.keys))
	if s.window {
		props = merge(props, keyFields(windowKeys))
	}
	out := object()
	put(out, "title", text(s.kind))
	if s.ops != noOps {
		props = merge(props, opFields(s.ops))
	}
	out.Pairs = append(out.Pairs, closed(props, s.kind).Pairs...)
	switch {
	case s.window:
		put(out, "oneOf", oneWindow())
	case s.ops == numberOps: // there must be a comparison
		put(out, "minProperties", whole(2))
	}
	return out
}

// eventForms are the aggregate, the aggregate per period, first, last and regular.
func eventForms() []*markup.Node {
	base := []any{"event", ref("eventNames"), "where", ref("where")}
	titled := func(title string, s *markup.Node) *markup.Node {
		return markup.NewMap(append([]markup.Pair{markup.P("title", text(title))}, s.Pairs...)...)
	}
	aggregate := merge(fields(append(base, "each", ref("each"))...),
		keyFields(dropKeys(windowKeys, "days")), keyFields(dropKeys(aggKeys, "days")))
	put(aggregate, "days", either(ref("dayRange"), ref("numberOps")))
	agg := closed(aggregate, "event")
	put(agg, "patternProperties", single("^p[1-9][0-9]?$", ref("aggregate")))
	put(agg, "allOf", markup.NewList(single("oneOf", oneWindow()), single("oneOf", oneAggregate())))
	per := closed(merge(fields(append(base, "each", ref("each"), "per", ref("per"))...), uncomparedAggs()), "event", "per")
	put(per, "patternProperties", single("^p[1-9][0-9]?$", ref("aggregateOf")))
	put(per, "oneOf", oneAggregate())
	occurrence := func(side string) *markup.Node {
		return closed(fields(append(base, "key", ref("path"), side, ref("occurrence"))...), "event", side)
	}
	return []*markup.Node{
		titled("event: aggregate", agg),
		titled("event: aggregate per period", per),
		titled("event: first", occurrence("first")),
		titled("event: last", occurrence("last")),
		titled("event: regular", closed(fields(append(base, "each", ref("each"), "regular", ref("regular"))...), "event", "regular")),
	}
}

func dropKeys(keys []keySpec, name string) []keySpec {
	var out []keySpec
	for _, k := range keys {
		if k.name != name {
			out = append(out, k)
		}
	}
	return out
}

// oneWindow allows at most one window key; days with a map is the aggregate.
func oneWindow() *markup.Node {
	none := markup.NewList()
	out := markup.NewList(object())
	for _, k := range windowKeys {
		has := single("required", texts([]string{k.name}))
		if k.name == "days" {
			put(has, "properties", single("days", single("not", markup.NewMap(typ("object")))))
		}
		none.Items = append(none.Items, has)
		out.Items = append(out.Items, has)
	}
	out.Items[0] = single("not", single("anyOf", none))
	return out
}

// oneAggregate allows at most one aggregate key, those in a pattern aside.
func oneAggregate() *markup.Node {
	none := markup.NewList()
	out := markup.NewList(object())
	for _, k := range aggKeys {
		has := required(k.name)
		if k.name == "days" {
			put(has, "properties", single("days", markup.NewMap(typ("object"))))
		}
		none.Items = append(none.Items, has)
		out.Items = append(out.Items, has)
	}
	out.Items[0] = single("not", single("anyOf", none))
	return out
}

// uncomparedAggs are the aggregates where the comparison stands elsewhere.
func uncomparedAggs() *markup.Node {
	out := object()
	for _, k := range aggKeys {
		switch k.shape {
		case "aggregate":
			put(out, k.name, ref("aggregateOf"))
		case "percentile":
			put(out, k.name, closed(fields("p", ref("percent"), "of", ref("path")), "p", "of"))
		case "dayCount":
			if k.name == "days" {
				put(out, k.name, markup.NewMap(typ("object"), max0()))
				continue
			}
			put(out, k.name, ref("uncompared"))
		default:
			put(out, k.name, ref("uncompared"))
		}
	}
	return out
}

func windowSchema() *markup.Node {
	return with(closed(keyFields(dropKeys(windowKeys, "window"))), "minProperties", whole(1), "maxProperties", whole(1))
}

// opFields are the operators of a class with their negations.
func opFields(class opClass) *markup.Node {
	out := object()
	for _, s := range opSpecs {
		if class == numberOps && !s.number {
			continue
		}
		shape := s.shape
		if class == numberOps {
			shape = numberShape(s.name)
		}
		put(out, s.name, ref(shape))
		put(out, "not_"+s.name, ref(shape))
		if s.name == OpEq {
			put(out, "ne", ref(shape))
		}
	}
	return out
}

// numberShape is the operand of an operator on a number.
func numberShape(op string) string {
	switch op {
	case OpIn:
		return "numbers"
	case OpBetween:
		return "numberPair"
	}
	return "number"
}

func customersSchema() *markup.Node {
	key := closed(fields("kind", ref("name"), "value", ref("name")), "value")
	return nonEmpty(either(ref("name"), key))
}

func perSchema() *markup.Node {
	cmp := either(ref("number"), ref("numberOps"), ref("uncompared"))
	return with(closed(fields("unit", enum(unitNames()...), "n", intRange(1, MaxPeriods), "past", ref("flag"),
		"mean", cmp, "avg", cmp, "min", cmp, "max", cmp), "unit", "n"),
		"oneOf", markup.NewList(required("mean"), required("avg"), required("min"), required("max")))
}

func required(keys ...string) *markup.Node { return single("required", texts(keys)) }

func occurrenceSchema() *markup.Node {
	return with(closed(merge(fields("n", intRange(1, MaxNewest), "has", ref("prop"), "key", ref("path"), "older_than", ref("duration")),
		keyFields(windowKeys))), "oneOf", oneWindow())
}

func regularSchema() *markup.Node {
	each := with(closed(keyFields(aggKeys)), "minProperties", whole(1), "maxProperties", whole(1),
		"patternProperties", single("^p[1-9][0-9]?$", ref("aggregate")))
	return closed(fields("per", either(enum(unitNames()...), ref("duration")), "each", each,
		"in", intRange(1, MaxPeriods), "of", intRange(1, MaxPeriods)), "per", "in", "of")
}

func stepsSchema() *markup.Node {
	step := closed(fields("event", ref("eventNames"), "where", ref("where"), "max_gap", ref("duration")), "event")
	thenNot := closed(fields("then_not",
		closed(fields("event", ref("eventNames"), "where", ref("where"), "within", ref("duration")), "event", "within")), "then_not")
	return markup.NewMap(typ("array"), markup.P("prefixItems", markup.NewList(step)), markup.P("items", either(step, thenNot)),
		markup.P("minItems", whole(1)), markup.P("maxItems", whole(MaxSteps)))
}

func followSchema() *markup.Node {
	names := either(ref("name"), nonEmpty(ref("name")))
	return either(only(true), closed(fields(
		"by", names, "added", ref("window"), "way", ref("test"), "state", ref("test"), "lost", enum(Sides...),
		"replied", either(only(true), ref("window")), "count", ref("count"))))
}

// aggregateSchema has the comparison beside the property.
func aggregateSchema(keys ...string) *markup.Node {
	props := object()
	for _, k := range keys {
		if k == "p" {
			put(props, k, ref("percent"))
		} else {
			put(props, k, ref("path"))
		}
	}
	return with(closed(merge(props, opFields(numberOps)), keys...), "minProperties", whole(len(keys)+1))
}

func numSchema() *markup.Node {
	agg := fields("event", ref("eventNames"), "where", ref("where"), "each", ref("each"), "per", ref("per"))
	agg = merge(agg, keyFields(dropKeys(windowKeys, "days")), uncomparedAggs())
	agg.Get("days").Pairs = either(ref("dayRange"), markup.NewMap(typ("object"), max0())).Pairs
	event := closed(agg, "event")
	put(event, "patternProperties", single("^p[1-9][0-9]?$", ref("aggregateOf")))
	put(event, "allOf", markup.NewList(single("oneOf", oneWindow()), single("oneOf", oneAggregate())))
	since := closed(fields("event", ref("eventNames"), "where", ref("where"), "days_since", enum("last", "first"), "elapsed", ref("flag")), "event", "days_since")
	list := markup.NewList(markup.NewMap(typ("number")), ref("textName"), event, since,
		closed(fields("attribute", ref("path")), "attribute"), closed(fields("metric", ref("metric")), "metric"))
	for _, o := range numOps {
		args := with(markup.NewMap(typ("array"), markup.P("items", ref("num"))), "minItems", whole(o.fewer))
		list.Items = append(list.Items, closed(fields(o.name, args), o.name))
	}
	return single("anyOf", list)
}

func propSchema() *markup.Node {
	list := either(nonEmpty(ref("prop")), ref("scalar"))
	general := markup.NewMap(typ("object"),
		markup.P("properties", fields("all", list, "any", list, "none", list, "not", either(ref("prop"), ref("scalar")))),
		markup.P("propertyNames", pattern(`^[^.]+(\.[^.]+)*$`)),
		markup.P("additionalProperties", ref("test")), markup.P("minProperties", whole(1)))
	path := merge(fields("path", markup.NewMap(typ("array"), markup.P("maxItems", whole(MaxPath)))), opFields(valueOps))
	return either(general, with(closed(path, "path"), "minProperties", whole(2)))
}

func duringSchema() *markup.Node {
	last := closed(fields("n", intRange(1, MaxWindowDays), "unit", enum(unitNames()...)), "n", "unit")
	return either(enum(duringWords()...), closed(fields("last", last), "last"))
}

func periodSchema() *markup.Node {
	days := either(intRange(0, MaxRelDays), tuple(intRange(-MaxRelDays, MaxRelDays), intRange(-MaxRelDays, MaxRelDays)))
	year := either(enum("month", "today"), intRange(0, 366), tuple(intRange(-366, 366), intRange(-366, 366)))
	return either(enum(periodWords()...), closed(fields("days", days), "days"), closed(fields("birthday", year), "birthday"))
}

func relSchema() *markup.Node {
	amount := either(ref("duration"), intRange(0, 1_000_000_000))
	var unitWords []string
	for _, u := range durationUnits {
		unitWords = append(unitWords, u.names...)
	}
	return with(closed(fields("ago", amount, "ahead", amount, "unit", enum(unitWords...))),
		"oneOf", markup.NewList(required("ago"), required("ahead")))
}
