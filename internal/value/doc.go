// Package value owns property values: a JSON-like tree with exact decimal numbers, its
// lossless binary form, and the comparisons that the condition language is built on.
//
// It is a leaf: it imports nothing of the project but fault.
package value
