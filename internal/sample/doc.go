// Package sample holds the data that ships with Earmark: a year of real orders, the mapping by
// which the importer reads them, and the rules of the demo. See data/SOURCE.md for where the
// orders come from and how they were prepared.
//
// It only holds them. Loading goes through the real import path, which package app wires; the
// tags that must result at any instant are computed independently in the tests of
// internal/sample/check.
//
// Imports: the standard library only.
package sample
