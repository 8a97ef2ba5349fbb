package expr

import (
	"strings"

	"github.com/earmarkhq/earmark/internal/fault"
)

// synonyms are words of other systems and of everyday speech for keys and operators here.
var synonyms = map[string][]string{
	"and": {"all"}, "or": {"any"}, "nor": {"none"}, "且": {"all"}, "或": {"any"}, "非": {"not"},
	"=": {OpEq}, "==": {OpEq}, "equals": {OpEq}, "equal": {OpEq}, "is": {OpEq}, "!=": {"ne"}, "<>": {"ne"}, "neq": {"ne"},
	"not_equals": {"ne"}, ">": {OpGt}, "greater_than": {OpGt}, ">=": {OpGte}, "ge": {OpGte}, "at_least": {OpGte},
	"<": {OpLt}, "less_than": {OpLt}, "<=": {OpLte}, "le": {OpLte}, "at_most": {OpLte}, "one_of": {OpIn}, "nin": {"not_in"},
	"range": {OpBetween}, "prefix": {OpStartsWith}, "suffix": {OpEndsWith}, "match": {OpRegex}, "matches": {OpRegex},
	"regexp": {OpRegex}, "has": {OpIncludes, OpAny}, "is_set": {OpExists}, "set": {OpExists}, "since_last": {OpWithinLast},
	"events": {"event"}, "did": {"event"}, "property": {"attribute"}, "prop": {"attribute"}, "profile": {"attribute"},
	"tags": {"tag"}, "filter": {"where"}, "filters": {"where"}, "with": {"where"}, "in_last": {"within"}, "past": {"within"},
	"average": {"avg", "mean"}, "mean": {"avg"}, "unique": {"distinct"}, "uniq": {"distinct"}, "times": {"count"},
	"plus": {"add"}, "minus": {"sub"}, "times_by": {"mul"}, "divide": {"div"}, "users": {"customers"}, "percentage": {"percent"},
}

// suggest is the candidate that a mistyped name was probably meant to be: a known synonym, a
// near spelling, or the only one that begins with what was written; "" for none.
func suggest(name string, candidates []string) string {
	lower := strings.ToLower(name)
	for _, word := range synonyms[lower] {
		for _, c := range candidates {
			if c == word {
				return c
			}
		}
	}
	for _, c := range candidates {
		if c == lower && c != name {
			return c
		}
	}
	if near := fault.Nearest(name, candidates); near != "" {
		return near
	}
	found := ""
	for _, c := range candidates {
		if len(name) >= 2 && strings.HasPrefix(c, lower) {
			if found != "" {
				return ""
			}
			found = c
		}
	}
	return found
}
