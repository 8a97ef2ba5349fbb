// Package customer owns the external person: identifiers, identity keys and slots.
//
// It is a leaf: it imports nothing of the project but fault.
package customer
