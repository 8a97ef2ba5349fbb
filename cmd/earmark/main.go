// Command earmark keeps the tags of a business's customers true. `earmark --help` lists what it does.
//
// Here are flags, signals and the exit code; internal/app does the work.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // zones on machines that have none installed

	"github.com/alecthomas/kong"

	"github.com/earmarkhq/earmark/internal/app"
	"github.com/earmarkhq/earmark/internal/clock"
	"github.com/earmarkhq/earmark/internal/config"
)

// version is set by the linker.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the process without the process: its arguments, its streams, its exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	lang := config.TerminalLang(langFlag(args))
	env := &app.Env{Version: version, Lang: lang, Clock: clock.System{}, In: stdin, Out: stdout, Err: stderr}
	var root cli
	exit := -1
	parser, err := kong.New(&root,
		kong.Name("earmark"), kong.Description(help(lang)["about"]), help(lang),
		kong.Writers(stdout, stderr), kong.Exit(func(code int) { exit = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}), kong.UsageOnError(),
	)
	if err != nil {
		panic("earmark: command line: " + err.Error())
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if exit >= 0 { // --help was answered
		return exit
	}
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "earmark: %v\n→ %s\n", err, help(lang)["see_help"])
		return app.ExitUsage
	}
	command.BindTo(ctx, (*context.Context)(nil))
	if err := command.Run(&root, env); err != nil {
		app.Report(stderr, lang, err)
		return app.ExitCode(err)
	}
	return app.ExitDone
}

// langFlag finds --lang before the command line is parsed, because the help is in that language too.
func langFlag(args []string) string {
	for i, a := range args {
		if v, ok := strings.CutPrefix(a, "--lang="); ok {
			return v
		}
		if a == "--lang" && i+1 < len(args) {
			return args[i+1]
		}
	}
	return ""
}

// load reads the configuration with the flags that say where things are.
func (c *cli) load(flags map[string]string) (config.Config, error) {
	if c.Lang != "" {
		flags["lang"] = c.Lang
	}
	for key, val := range flags {
		if val == "" {
			delete(flags, key)
		}
	}
	cfg, err := config.Load(config.Sources{File: c.Config, Environ: os.Environ(), Flags: flags})
	if err != nil {
		return cfg, app.UsageError{Err: err}
	}
	return cfg, nil
}
