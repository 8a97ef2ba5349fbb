// Package archtest holds no code, only tests over the source of the whole module: what the
// design forbids is forbidden here, with the place and the reason in the failure.
//
//   - packages_test.go: who may import whom, one row per package;
//   - libraries_test.go: the wall clock only in clock, SQL and Pebble only in the stores;
//   - habits_test.go: no skipped tests, no left-overs, a doc.go in every package;
//   - codes_test.go: every error code has its sentences in both languages.
//
// The tests read syntax trees instead of asking `go list`: they then see files of every build
// tag, and Go's test cache notices when any file of the module changes.
package archtest
