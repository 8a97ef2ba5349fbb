// Package definition is the tag library as people write it: rule documents come in, are checked
// against everything defined already, are kept as drafts in the catalog, and are published
// together as one generation, which it compiles to the program that the engine runs.
//
// The flow: document.go (what a document says) → merge.go (over what is defined) → draft.go (check
// and save) → publish.go (generation and program). library.go names things for those who show them.
//
// Invariants: every rule is kept as a document of its own that means the same wherever it is put;
// a generation is compiled before it is written, so what is published compiles; all faults of a
// document come together, with its own places.
//
// It may import catalog, rule, expr, tag, value, markup, clock and fault.
package definition
