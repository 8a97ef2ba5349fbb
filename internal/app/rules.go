package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/earmarkhq/earmark/internal/config"
	"github.com/earmarkhq/earmark/internal/definition"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/markup"
	"github.com/earmarkhq/earmark/internal/rule"
	"github.com/earmarkhq/earmark/internal/scenario"
)

// CheckOptions of CheckRules.
type CheckOptions struct {
	Files []string
	JSON  bool
}

// checked is what CheckRules says of one file.
type checked struct {
	File   string        `json:"file"`
	Rules  []checkedRule `json:"rules,omitempty"`
	Faults fault.List    `json:"faults,omitempty"`
}

type checkedRule struct {
	Name     string `json:"name"`
	Sentence string `json:"sentence"`
}

// CheckRules checks rule files, each for itself, and says how each rule was understood. Files with
// faults make it ErrWrong; one that can not be read is an error.
func CheckRules(_ context.Context, cfg config.Config, env *Env, o CheckOptions) error {
	var all []checked
	wrong := false
	for _, file := range o.Files {
		data, err := readFile(file)
		if err != nil {
			return err
		}
		c := checkFile(cfg, env, file, data)
		wrong = wrong || len(c.Faults) > 0
		all = append(all, c)
	}
	if o.JSON {
		enc := json.NewEncoder(env.Out)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if err := enc.Encode(all); err != nil {
			return err
		}
	} else {
		for _, c := range all {
			c.print(env)
		}
	}
	if wrong {
		return ErrWrong
	}
	return nil
}

func checkFile(cfg config.Config, env *Env, file string, data []byte) checked {
	c := checked{File: file}
	doc, err := rule.ReadDocument(data, rule.DocumentOptions{Zone: documentZone(cfg, data)})
	if err == nil {
		_, err = rule.Build(doc.Set(0, nil))
	}
	if c.Faults = fault.All(err); err != nil {
		return c
	}
	for i := range doc.Rules {
		r := &doc.Rules[i]
		c.Rules = append(c.Rules, checkedRule{Name: r.Label(), Sentence: definition.Sentence(doc, r, env.Lang)})
	}
	return c
}

// documentZone is the zone in which a file without a store is read: its own, else the configured one.
func documentZone(cfg config.Config, data []byte) *time.Location {
	if root, err := markup.Read(data, markup.Auto); err == nil && root.Has("zone") {
		return nil
	}
	return cfg.Location()
}

func (c *checked) print(env *Env) {
	if len(c.Faults) > 0 {
		for _, e := range c.Faults {
			_, _ = fmt.Fprintf(env.Out, "%s\n", faultLine(c.File, e, env.Lang))
		}
		return
	}
	if env.Lang == fault.EN {
		_, _ = fmt.Fprintf(env.Out, "%s: %d rules, no faults\n", c.File, len(c.Rules))
	} else {
		_, _ = fmt.Fprintf(env.Out, "%s：%d 条规则，没有错误\n", c.File, len(c.Rules))
	}
	for _, r := range c.Rules {
		_, _ = fmt.Fprintf(env.Out, "  %s: %s\n", r.Name, r.Sentence)
	}
}

// faultLine is a fault as editors understand it: file:line:column: text.
func faultLine(file string, e *fault.Error, lang fault.Lang) string {
	at := file
	if e.Line > 0 {
		at = fmt.Sprintf("%s:%d:%d", file, e.Line, max(e.Col, 1))
	}
	text := e.Text(lang)
	if e.Path != "" {
		text = e.Path + ": " + text
	}
	return at + ": " + text
}

// readFile reads a file that the command line names.
func readFile(file string) ([]byte, error) {
	data, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fault.NotFound("app.no_file", "file", file)
	case err != nil:
		return nil, fault.Unavailable("app.unreadable", "file", file).Wrap(err)
	}
	return data, nil
}

// TestOptions of TestRules.
type TestOptions struct {
	Files []string // "-" is standard input; none: standard input
	JSON  bool
}

// TestRules runs scenario files. Scenarios that fail make it ErrWrong.
func TestRules(ctx context.Context, env *Env, o TestOptions) error {
	files := o.Files
	if len(files) == 0 {
		files = []string{"-"}
	}
	report, err := scenario.RunFiles(ctx, files, scenario.Options{Stdin: env.In, Lang: env.Lang})
	if err != nil {
		return err
	}
	write := report.WriteText
	if o.JSON {
		write = report.WriteJSON
	}
	if err := write(env.Out, env.Lang); err != nil {
		return err
	}
	if report.Failed > 0 {
		return ErrWrong
	}
	return nil
}

// PublishRules publishes a rule file as the whole set of a store that is not being served. Faults of
// the file are printed and make it ErrWrong.
func PublishRules(ctx context.Context, cfg config.Config, env *Env, file string) error {
	data, err := readFile(file)
	if err != nil {
		return err
	}
	return With(ctx, cfg, env, func(a *App) error {
		g, err := a.publisher.PublishWhole(ctx, a.by("cli"), data, "rules publish "+file)
		if fault.KindOf(err) == fault.KindInvalid {
			c := checked{File: file, Faults: fault.All(err)}
			c.print(env)
			return ErrWrong
		}
		if err != nil {
			return err
		}
		if env.Lang == fault.EN {
			a.say("Generation %d is in force: %d rules.", g.Number, len(g.Rules))
		} else {
			a.say("第 %d 代规则已生效，共 %d 条。", g.Number, len(g.Rules))
		}
		return nil
	})
}

// With opens the store, runs fn and closes the store.
func With(ctx context.Context, cfg config.Config, env *Env, fn func(*App) error) error {
	a, err := Open(ctx, cfg, env)
	if err != nil {
		return err
	}
	return errors.Join(fn(a), a.closeInTime(ctx))
}

// PrintVersion prints the version.
func PrintVersion(env *Env) error {
	_, err := fmt.Fprintln(env.Out, "earmark "+env.Version)
	return err
}

var _ = fault.Register(fault.Messages{
	"app.no_file":    {ZH: "没有文件 {file}", EN: "there is no file {file}"},
	"app.unreadable": {ZH: "读不了文件 {file}", EN: "the file {file} can not be read"},
})
