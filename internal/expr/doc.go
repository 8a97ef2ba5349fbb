// Package expr owns the condition language: the tree, its parsing from YAML and JSON, its
// checks, its sentence in Chinese and English, its compilation to closures over numbered
// streams, its evaluation and its explanation.
//
// Evaluation is a pure function of the customer's stream entries, tags, identities and the
// instant: eval(condition, state, at) → (holds, next). It never reads a clock and never
// looks at another customer.
//
// The flow: parse.go → ast.go → check*.go → compile*.go → leaf*.go → explain.go; sentence*.go
// and schema.go read the tree only. It may import value, event, customer, tag and fault.
package expr
