// Package sqlite is the embedded catalog: what people define, in one SQLite file.
//
// One connection writes, several read; write-ahead logging lets them go on side by side
// (open.go). Every method that writes is one transaction (tx.go) and is on the disk when it
// returns. The schema is made by numbered migrations (migrate.go); a file that a newer program
// wrote is refused.
//
// The SQL is the dialect that PostgreSQL shares: $n placeholders (the driver takes $n for the
// n-th argument, in any order), ON CONFLICT … RETURNING, no functions of the clock, no triggers.
// What only SQLite understands is in open.go, migrate.go and backup.go. Ids come from the table
// id_sequence, so that they are dense and never given twice. Lists that are ordered by names
// compare them byte by byte; a PostgreSQL store needs the collation "C" for the same order.
//
// Invariants: those of package catalog; instants are Unix milliseconds; documents and lists are
// JSON text; text is valid UTF-8 without NUL.
//
// It may import catalog, tag, customer, event, value and fault; it is imported by app only.
package sqlite
