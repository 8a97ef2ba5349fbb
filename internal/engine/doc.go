// Package engine keeps tags true: it takes units of events, applies each customer's due
// deadlines and new events in order of time, evaluates the rules they wake, and writes states,
// timers and the change log in one commit.
//
// N shards, each one goroutine, own the slots (slot % N); a shard owns the states of its
// customers, so evaluation takes no locks. The flow: submit.go → shard.go → unit.go (one
// customer) → state.go; timer.go wakes shards; publish.go walks customers; view.go reads.
//
// It may import rule, expr, tag, customer, event, change, ledger, value, clock and fault.
package engine
