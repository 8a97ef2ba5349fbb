// Package scenario reads and runs scenario files: conditions or rules, events at stated times,
// and what is expected at stated instants. It is what `earmark rules test` does, for authors of
// rules and for programs that drive many thousands of steps. docs/scenarios.md is its manual.
//
// The flow: parse*.go reads a document strictly, all faults together, into a Scenario; run.go
// walks its steps over a Target, which is the real engine on a ledger in memory (engine.go) or,
// in tests, the slow reference; expect.go compares; report*.go tells people and programs.
//
// It may import engine, identity, ledger, ledger/memory, change, rule, expr, markup, tag, event,
// customer, value, clock and fault.
package scenario
