// Package catalogue gathers which event types and properties arrive, how often, and with which
// values, for the people who write rules over them.
//
// Types are counted exactly. Properties are looked at in a sample (every event of a type that
// is rare, one in many of a type that is frequent), each standing for the events since the one
// before it, so that counts add up. Everything is bounded, also between two writes.
//
// What is gathered lies in memory and is written every few seconds: a crash loses the last of it,
// which is why nothing but people relies on it.
//
// It may import catalog, event, value and fault.
package catalogue
