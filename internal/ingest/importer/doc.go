// Package importer reads files of rows (CSV, JSON lines, packed or not) and takes them in as
// events, by a mapping that says what the columns mean.
//
//	mapping.go, parse.go, parse_rules.go   the mapping file; all its faults together
//	input.go, records.go, table.go         bytes → records, whatever the packing and encoding
//	plan.go, row.go, id.go                 record → events, or what is wrong with it
//	sort.go, merge.go                      rows in order of time, in memory or in runs on disk
//	run.go, wall.go, load.go               the import as a whole, by one clock or the other
//	progress.go, report.go, refused.go     what people see of it
//
// Invariants: a bad row is refused alone and never stops an import; importing a file again
// changes nothing, because the message ids of its rows are the same; memory is bounded whatever
// the size of the file, but for 14 bytes a row where ids are derived.
//
// It may import ingest, engine, catalog, markup, event, customer, value, clock and fault.
package importer
