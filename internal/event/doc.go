// Package event owns the immutable fact: its type, its two times, its idempotency key, and
// its compact lossless encoding.
//
// It imports customer, value and fault.
package event
