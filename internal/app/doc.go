// Package app builds and starts everything: it is the only place that knows all packages. Each
// command of the binary is one function here, which takes its settings and its streams and returns
// an error; cmd/earmark adds flags, signals and the exit code.
//
//   - app.go: the store of one tenant, opened: catalog, ledger, engine, ingest
//   - serve.go: the store behind its HTTP edge, until it is told to stop
//   - demo.go: a store filled with the sample, shown and served
//   - import.go, rules.go, verify.go: the other commands
//   - report.go: how errors are told to people and to shells
package app
