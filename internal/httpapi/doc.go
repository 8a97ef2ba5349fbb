// Package httpapi is the HTTP edge: /api/v1 for programs and the console, described by OpenAPI
// 3.1 from the types here; the tracking endpoints of ingest/segment; /metrics, /healthz, /readyz.
//
// A handler decodes, calls the domain, encodes. What it returns as an error becomes an RFC 9457
// problem by one table (problem.go). The chain of every request is in server.go.
//
// Invariants: nothing under /api/v1 answers without a key; no phone number, message text, secret
// or property value reaches the log; ids are strings and times RFC 3339 in UTC with milliseconds
// on the wire; a cursor means something to this program only.
//
// It may import the domain packages, never a store's implementation.
package httpapi
