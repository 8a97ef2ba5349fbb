// Package fault is how Earmark says that something is wrong: a kind for programs that decide,
// a stable code with arguments for programs that match, a sentence in Chinese or English for
// people, and, where a document is at fault, the place and a suggestion.
//
//	return fault.Invalid("expr.unknown_key", "key", k).At(path, line, col).WithSuggestion(near)
//
// A package declares the sentences of its codes beside the code that uses them:
//
//	var _ = fault.Register(fault.Messages{
//		"expr.unknown_key": {ZH: "不认识的写法 {key}", EN: "unknown key {key}"},
//	})
//
// Invariants: a code, once released, keeps its meaning; errors are compared by kind or code,
// never by text; a code has one sentence pair in the whole program. internal/archtest checks
// that every code used literally has its sentences.
//
// Imports: the standard library only.
package fault
