// Package random draws conditions, metric expressions, customers and histories for tests that
// hold one evaluation against another. Conditions come as JSON documents: a failure prints a
// document that can be pasted into a scenario file.
//
// Everything lies on a small grid, so that edges meet: a few event types and property values, few
// durations, and times at and around local midnights near one anchor day, which is the day of a
// change to or from summer time or the end of a month. Tests alone import it. It may import expr,
// tag, event, customer and value.
package random
