// Package catalogtest is the suite that every implementation of the catalog must pass: each line
// of the comments in package catalog has a test here, and random edits are compared with a model.
//
// It may import catalog and what catalog imports. It is used by tests only.
package catalogtest
