// Package memory is a ledger that lives in the process and dies with it: for scenarios, which
// drive thousands of small stores through the real engine in one process, and for tests of what
// stands on a ledger. Nothing is durable; in all else it keeps the contract of package ledger.
//
// The flow: store.go (what is committed, and reading it), writer.go (staging and commit),
// identity.go. It may import ledger, change, tag, event, customer, value and fault.
package memory
