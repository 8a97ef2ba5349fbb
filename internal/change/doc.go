// Package change owns the rows of the change log: every change of a customer's tags is one
// row, written in the commit that makes it, with its cause. Rows are dense per slot.
package change
