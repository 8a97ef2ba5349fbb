// Package pebble is the embedded ledger: what customers do, in one Pebble store on one machine.
//
// Tables are told apart by the first byte of the key (keys.go). The flow of a write: Writer
// stages rows (writer.go, staging.go), Commit turns them into one sorted Pebble batch whose
// place in the write-ahead log is its place in the order of commits, and Pending.Wait returns
// when the log is synced that far. States live in a bounded cache (cache.go) and reach the disk
// late, as snapshots (snapshot.go); after a crash what came later is read from the event and
// log tables.
//
// Invariants:
//   - whatever a commit refers to (dictionary names, identities) stands before it in the log;
//   - a snapshot is written in the commit of the events it includes or in a later one, never in
//     an earlier one;
//   - a snapshot of an epoch is complete if no epoch from it on ended without a clean close;
//   - rows that carry a checksum are checked on every read; a damaged row is an error, never a
//     panic and never silently skipped.
//
// It may import change, customer, event, tag, value, clock and fault; it is imported by app only.
package pebble
