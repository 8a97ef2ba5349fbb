// Package killtest kills. Its test runs the engine over the ledger on disk in a process of its own,
// feeds it units from several clients with repeated deliveries, publications and short deadlines, and
// sends it SIGKILL at random points; clients then deliver again what was not acknowledged. Afterwards:
//
//   - every acknowledged message is stored, and none twice;
//   - the log of every slot is dense;
//   - verify finds nothing, also in the store as the kill left it.
//
// child_test.go is the process that is killed, client_test.go the load, check_test.go what is asked of
// the store. It has no code beside tests.
package killtest
