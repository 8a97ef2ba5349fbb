// Package catalog is the narrow interface to the store of what people define, and of what they
// look at to define it: settings, tags and groups, rules with versions, generations, sources and
// keys, the catalogue of seen events, imports, refused calls, conflicts, the audit.
// catalog/sqlite is the embedded implementation; catalogtest is the suite that every
// implementation must pass.
//
// Invariants every implementation keeps:
//   - a method that writes is one transaction, with its audit entry where it takes a By;
//   - ids of tags and groups are dense from 1 and never given twice;
//   - versions and generations are immutable and numbered densely from 1;
//   - lists that come from outside (seen types, faults, conflicts) are bounded.
//
// Times are Unix milliseconds. Errors have codes "catalog.…" (fault.go). It may import tag,
// customer, event, value and fault.
package catalog
