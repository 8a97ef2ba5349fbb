package app

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/earmarkhq/earmark/internal/config"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/ingest/importer"
)

// ImportOptions of Import.
type ImportOptions struct {
	Files      []string
	Mapping    string
	EventClock bool // an initial load by the events' own time
	DryRun     bool
	Errors     string // file for refused rows; "" for none
}

// Import takes files in, in order, each as an import of its own. Refused rows make it ErrWrong after
// everything else was taken.
func Import(ctx context.Context, cfg config.Config, env *Env, o ImportOptions) error {
	text, err := readFile(o.Mapping)
	if err != nil {
		return err
	}
	if o.Errors != "" && len(o.Files) > 1 {
		return UsageError{fault.Invalid("app.one_errors_file")}
	}
	return With(ctx, cfg, env, func(a *App) error {
		refused := false
		for _, file := range o.Files {
			r, err := a.importFile(ctx, file, text, o)
			var list fault.List
			if errors.As(err, &list) {
				c := checked{File: o.Mapping, Faults: list}
				c.print(env)
				return ErrWrong
			}
			if r.Rows > 0 || err == nil {
				r.Write(env.Out, env.Lang, a.zone)
			}
			if err != nil {
				return err
			}
			refused = refused || r.Refused > 0
		}
		if refused {
			return ErrWrong
		}
		return nil
	})
}

// importFile takes one file in through the same path as the demo.
func (a *App) importFile(ctx context.Context, file string, mapping []byte, o ImportOptions) (importer.Report, error) {
	m, err := importer.ParseMapping(mapping, a.zone)
	if err != nil {
		return importer.Report{File: file}, err
	}
	mode := importer.Wall
	if o.EventClock {
		mode = importer.Event
	}
	return importer.Run(ctx, importer.Options{
		File: file, Stdin: a.env.In, Mapping: m, Mode: mode, DryRun: o.DryRun, Errors: o.Errors,
		Taker: a.taker, Live: a.engine.Live(), Imports: a.catalog, By: a.by("cli"), Clock: a.env.Clock,
		Out: a.env.Err, Terminal: terminal(a.env.Err), Lang: a.env.Lang, TempDir: a.cfg.DataDir,
	})
}

// terminal reports whether somebody looks at w as it is written.
func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

var _ = fault.Register(fault.Messages{
	"app.one_errors_file": {ZH: "--errors 一次只能用于一个文件", EN: "--errors goes with one file at a time"},
})
