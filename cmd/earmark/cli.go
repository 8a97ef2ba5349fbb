package main

import (
	"context"

	"github.com/earmarkhq/earmark/internal/app"
)

// cli is the command line. The texts in ${…} are in help.go, in both languages.
type cli struct {
	Lang   string `help:"${lang}" enum:"zh,en," default:"" placeholder:"zh|en"`
	Config string `help:"${config}" short:"c" env:"EARMARK_CONFIG" placeholder:"FILE"`

	Serve   serveCmd   `cmd:"" help:"${serve}"`
	Demo    demoCmd    `cmd:"" help:"${demo}"`
	Import  importCmd  `cmd:"" help:"${import}"`
	Rules   rulesCmd   `cmd:"" help:"${rules}"`
	Verify  verifyCmd  `cmd:"" help:"${verify}"`
	Version versionCmd `cmd:"" help:"${version}"`
}

// store are the flags of commands that open one.
type store struct {
	Data string `help:"${data}" short:"d" placeholder:"DIR"`
}

type serveCmd struct {
	store
	Listen string `help:"${listen}" placeholder:"HOST:PORT"`
}

func (c *serveCmd) Run(ctx context.Context, root *cli, env *app.Env) error {
	cfg, err := root.load(map[string]string{"data_dir": c.Data, "listen": c.Listen})
	if err != nil {
		return err
	}
	return app.Serve(ctx, cfg, env)
}

type demoCmd struct {
	Data    string `help:"${demo_data}" short:"d" placeholder:"DIR" default:"earmark-demo"`
	Listen  string `help:"${listen}" placeholder:"HOST:PORT"`
	NoServe bool   `help:"${no_serve}" aliases:"once"`
}

func (c *demoCmd) Run(ctx context.Context, root *cli, env *app.Env) error {
	cfg, err := root.load(map[string]string{"data_dir": c.Data, "listen": c.Listen})
	if err != nil {
		return err
	}
	return app.Demo(ctx, cfg, env, app.DemoOptions{NoServe: c.NoServe})
}

type importCmd struct {
	store
	Files   []string `arg:"" help:"${import_files}" name:"file"`
	Mapping string   `help:"${import_mapping}" short:"m" required:"" placeholder:"FILE"`
	Clock   string   `help:"${import_clock}" enum:"event,wall" default:"wall"`
	DryRun  bool     `help:"${import_dry_run}"`
	Errors  string   `help:"${import_errors}" placeholder:"FILE"`
}

func (c *importCmd) Run(ctx context.Context, root *cli, env *app.Env) error {
	cfg, err := root.load(map[string]string{"data_dir": c.Data})
	if err != nil {
		return err
	}
	return app.Import(ctx, cfg, env, app.ImportOptions{
		Files: c.Files, Mapping: c.Mapping, EventClock: c.Clock == "event", DryRun: c.DryRun, Errors: c.Errors,
	})
}

type rulesCmd struct {
	Check   rulesCheckCmd   `cmd:"" help:"${rules_check}"`
	Test    rulesTestCmd    `cmd:"" help:"${rules_test}"`
	Publish rulesPublishCmd `cmd:"" help:"${rules_publish}"`
}

type rulesCheckCmd struct {
	Files  []string `arg:"" help:"${rules_files}" name:"file"`
	Format string   `help:"${format}" enum:"text,json" default:"text"`
}

func (c *rulesCheckCmd) Run(ctx context.Context, root *cli, env *app.Env) error {
	cfg, err := root.load(map[string]string{})
	if err != nil {
		return err
	}
	return app.CheckRules(ctx, cfg, env, app.CheckOptions{Files: c.Files, JSON: c.Format == "json"})
}

type rulesTestCmd struct {
	Files  []string `arg:"" optional:"" help:"${scenario_files}" name:"file"`
	Format string   `help:"${scenario_format}" enum:"text,json" default:"text"`
}

func (c *rulesTestCmd) Run(ctx context.Context, env *app.Env) error {
	return app.TestRules(ctx, env, app.TestOptions{Files: c.Files, JSON: c.Format == "json"})
}

type rulesPublishCmd struct {
	store
	File string `arg:"" help:"${rules_file}" name:"file"`
}

func (c *rulesPublishCmd) Run(ctx context.Context, root *cli, env *app.Env) error {
	cfg, err := root.load(map[string]string{"data_dir": c.Data})
	if err != nil {
		return err
	}
	return app.PublishRules(ctx, cfg, env, c.File)
}

type verifyCmd struct {
	store
	Format string `help:"${format}" enum:"text,json" default:"text"`
}

func (c *verifyCmd) Run(ctx context.Context, root *cli, env *app.Env) error {
	cfg, err := root.load(map[string]string{"data_dir": c.Data})
	if err != nil {
		return err
	}
	return app.Verify(ctx, cfg, env, app.VerifyOptions{JSON: c.Format == "json"})
}

type versionCmd struct{}

func (versionCmd) Run(env *app.Env) error { return app.PrintVersion(env) }
