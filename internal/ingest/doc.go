// Package ingest takes what sources say and hands it to the engine as units: it makes event
// names and properties canonical (alias.go, ecommerce.go, convert.go), finds the customer
// (package identity), gathers what was seen (catalogue) and what went wrong (notices.go), and
// submits (taker.go).
//
// segment decodes the tracking API and importer reads files; both end here. What they hand over
// is checked: every event has a type, a time, a message id and at least one identity within the
// limits of limits.go.
//
// Invariants: one request is one unit; the order of its calls is kept; what was acknowledged is
// durable; nothing of a request's memory is kept after it was submitted, but what the engine has
// of it.
//
// It may import segment, catalogue, identity, engine, catalog, event, customer, value, clock and
// fault.
package ingest
