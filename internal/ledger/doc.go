// Package ledger is the narrow interface to the store of what customers do: identities,
// events, dedupe keys, states, timers and the change log. ledger/pebble is the embedded
// implementation; ledgertest is the suite that every implementation must pass.
//
// Invariants every implementation keeps, whatever is killed when:
//   - a commit is atomic and, once waited for, durable; commits of one Writer become durable in
//     order, so a crash loses at most a suffix of them;
//   - rows of a slot carry Seq 1, 2, 3 … without holes;
//   - an event is stored at most once per (customer, source, message id);
//   - a state is a cache: what Load returns plus its tail is always all that was committed.
//
// It may import change, customer, event, tag, value and fault.
package ledger
