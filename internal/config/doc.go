// Package config is what a process of Earmark is told before it starts: where its store is, where
// it listens, how much memory it may take. What the business wants (rules, tags, keys) is in the
// store and never here.
//
// One table, [settings], says for each setting its key in the file, its default, its bounds and
// what it means; from it come the names of the environment variables, the checks and the example
// file docs/earmark.example.yaml. A setting is taken from the first of: flag, environment, file,
// default. [Load] reports the faults of all of them at once, each with its place.
//
// It may import fault and markup.
package config
