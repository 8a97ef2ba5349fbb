package random

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"
)

// class is the kind of operators that suit a property.
type class int

const (
	numbers class = iota
	texts
	lists
	itemLists
	dates
)

// paths of event properties by the kind of value they usually hold.
var eventPaths = []struct {
	path string
	class
}{
	{"amount", numbers}, {"amount", numbers}, {"nest.deep", numbers}, {"kind", texts}, {"oid", texts}, {"$type", texts},
	{"$source", texts}, {"context.page", texts}, {"labels", lists}, {"items", itemLists}, {"due", dates}, {"$time", dates}, {"items.qty", numbers},
}

var attributePaths = []struct {
	path string
	class
}{
	{"city", texts}, {"city", texts}, {"points", numbers}, {"prefs", lists}, {"born", dates}, {"address.city", texts},
}

// operators draws the operators of one test as members of an object, without braces; mostly one.
func (g Grid) operators(t *rapid.T, c class, label string) string {
	if oneIn(t, 12, label+" odd") { // an operator that does not suit the value
		c = pick(t, label+" class", numbers, texts, lists, dates)
	}
	op := g.operator(t, c, label)
	if oneIn(t, 8, label+" and exists") && !strings.Contains(op, `"exists"`) {
		op += "," + member("exists", "true")
	}
	return op
}

func (g Grid) operator(t *rapid.T, c class, label string) string {
	if oneIn(t, 10, label+" exists") {
		return member("exists", pick(t, label+" flag", "true", "false"))
	}
	not := pick(t, label+" negation", "", "", "not_")
	switch c {
	case numbers:
		return numberOp(t, not, label)
	case texts:
		return textOp(t, not, label)
	case lists:
		return listOp(t, not, label)
	case itemLists:
		return member(not+"any", g.element(t, label))
	}
	return g.dateOp(t, not, label)
}

func numberOp(t *rapid.T, not, label string) string {
	bound := pick(t, label+" bound", "0", "1", "2", "2.5", `"2"`, `"2.0"`, "3", "9223372036854775807")
	switch op := pick(t, label+" op", "eq", "in", "between", "gt", "gte", "lt", "lte"); op {
	case "in":
		return member(not+op, "["+bound+",10]")
	case "between":
		return member(not+op, pick(t, label+" pair", "[1,2]", "[2,2]", "[0,2.5]", "[-1,3]"))
	default:
		return member(not+op, bound)
	}
}

func textOp(t *rapid.T, not, label string) string {
	arg := q(pick(t, label+" text", "A", "B", "b", "o1", "1", "10", "10.0", "true", "home", "web", "order.paid", "%"))
	switch op := pick(t, label+" op", "eq", "eq", "in", "contains", "icontains", "contains_any", "starts_with", "ends_with", "like", "regex"); op {
	case "in", "contains_any":
		return member(not+op, "["+arg+`,"B"]`)
	case "like":
		return member(not+op, q(pick(t, label+" pattern", "a%", "%B_%", "a_", "_", "%", "o1", "中%")))
	case "regex":
		return member(not+op, q(pick(t, label+" pattern", "^[A-Z]$", "o", "^$", "b_c|1", "(?i)^a")))
	default:
		return member(not+op, arg)
	}
}

func listOp(t *rapid.T, not, label string) string {
	a, b := pick(t, label+" a", `"A"`, `"B"`, "1"), pick(t, label+" b", `"B"`, `"C"`, `"1"`)
	switch pick(t, label+" op", "includes one", "includes", "has_all", "any", "any not") {
	case "includes one":
		return member(not+"includes", a)
	case "includes":
		return member(not+"includes", "["+a+","+b+"]")
	case "has_all":
		return member(not+"has_all", "["+a+","+b+"]")
	case "any":
		return member(not+"any", object(member("eq", a)))
	}
	return member(not+"any", object(member("ne", a)))
}

// element draws a condition on an element of items.
func (g Grid) element(t *rapid.T, label string) string {
	return object(
		member("cat", pick(t, label+" cat", `"A"`, `["A","B"]`, `{"ne":"A"}`, `{"exists":false}`)),
		optional(t, label+" qty", "qty", object(numberOp(t, "", label+" qty"))))
}

func (g Grid) dateOp(t *rapid.T, not, label string) string {
	switch op := pick(t, label+" op", "before", "after", "on", "at", "gt", "gte", "lt", "lte", "in_period", "in_period", "within_last", "older_than", "between"); op {
	case "in_period":
		return member(not+op, period(t, label))
	case "within_last", "older_than":
		if oneIn(t, 3, label+" calendar") {
			return member(not+op, object(member("days", pick(t, label+" n", "1", "2", "7"))))
		}
		return member(not+op, q(duration(t, label+" span")))
	case "between":
		a := fmt.Sprintf("%q", g.Anchor.AddDate(0, 0, -rapid.IntRange(0, 3).Draw(t, label+" from")).Format("2006-01-02"))
		b := fmt.Sprintf("%q", g.Anchor.AddDate(0, 0, rapid.IntRange(0, 3).Draw(t, label+" to")).Format("2006-01-02 15:04"))
		return member(not+op, "["+a+","+b+"]")
	default:
		if rapid.Bool().Draw(t, label+" relative") {
			return member(not+op, object(member(pick(t, label+" way", "ago", "ahead"), q(duration(t, label+" by")))))
		}
		return member(not+op, g.bound(t, label+" bound"))
	}
}

func period(t *rapid.T, label string) string {
	return pick(t, label+" period", `"today"`, `"yesterday"`, `"tomorrow"`, `"this_week"`, `"last_week"`, `"next_week"`,
		`"this_month"`, `"last_month"`, `"next_month"`, `"this_quarter"`, `"last_quarter"`, `"this_year"`, `"last_year"`, `"next_year"`,
		`{"days":[-1,1]}`, `{"days":[-3,-1]}`, `{"days":2}`, `{"birthday":"month"}`, `{"birthday":[-7,0]}`, `{"birthday":[0,3]}`, `{"birthday":[-1,1]}`, `{"birthday":"today"}`)
}

// where draws a tree over the properties of an event.
func (g Grid) where(t *rapid.T, label string, depth int) string {
	if depth > 0 && oneIn(t, 4, label+" nested") {
		kid := func(i int) string { return g.where(t, fmt.Sprint(label, i), depth-1) }
		switch k := pick(t, label+" connective", "all", "any", "none", "not"); k {
		case "not":
			return object(member("not", kid(0)))
		default:
			return object(member(k, list(2, kid)))
		}
	}
	p := pick(t, label+" path", eventPaths...)
	if oneIn(t, 15, label+" dotted") {
		return object(member("path", `["a.b","c"]`), g.operators(t, texts, label))
	}
	return object(member(p.path, object(g.operators(t, p.class, label))))
}

// eventWhere is the where of an event, which it has once in three times.
func (g Grid) eventWhere(t *rapid.T, label string) string {
	if rapid.IntRange(0, 2).Draw(t, label+" has where") == 0 {
		return member("where", g.where(t, label+" where", 1))
	}
	return ""
}
