// Package rule owns what people define about tags: rule documents, resolved sets of definitions,
// and programs, which are sets compiled for the engine.
//
//	text → ReadDocument → Document → Set(gen, prev) → Set → Build → Program
//
// document*.go reads and checks a document as a whole: names, one writer per tag, dependency
// order, circles. set.go gives names their ids for ever. program.go compiles, orders and indexes.
//
// Invariants: a tag is kept by at most one rule; a single-choice group is kept by one ladder or
// by none; ids of tags, groups and rules are never given to another name; a rule's version
// changes exactly when the rule, or a definition that it names, means something else.
//
// Imports: expr, markup, tag, event, customer, value, fault.
package rule
