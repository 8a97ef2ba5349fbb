// Package reference is the slow, obvious evaluator of the condition language: every answer is
// worked out from the customer's raw events, straight from the definition of the language,
// with no streams, no state, no deadlines and no memory between two calls. It exists so that
// tests can hold the compiled evaluator to it; no program imports it.
//
// It shares with the rest of the project the tree (package expr), the data types of values
// and events, and nothing else: numbers are big.Rat, days are found by search, sequences by
// trying every choice. Where it is inefficient it is so on purpose.
//
// The flow: eval.go → window.go, calendar.go → aggregate.go, occurrence.go, relation.go →
// ops.go, number.go; ladder.go and edges.go walk every instant at which anything may change.
// It may import expr, tag, event, customer and value.
package reference
