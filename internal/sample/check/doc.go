// Package check holds no code, only tests: the tags of the demo, computed a second time.
//
// What the rules of ../rules.yaml say is written here once more, by hand, as SQL over a table of
// the shipped orders in an in-memory SQLite: another formulation, another evaluator, another
// reading of the file, and nothing shared with importer, language or engine. Whoever changes a
// rule changes its query; the replay test then compares every tag of every customer.
package check
