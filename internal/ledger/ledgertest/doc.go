// Package ledgertest is the suite that every implementation of the ledger must pass: each line
// of the comments in package ledger has a test here, and a machine of random operations, crashes
// and reopenings is compared with a model.
//
// It may import ledger and what ledger imports. It is used by tests only.
package ledgertest
