package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/earmarkhq/earmark/internal/config"
	"github.com/earmarkhq/earmark/internal/engine"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/rule"
)

// VerifyOptions of Verify.
type VerifyOptions struct{ JSON bool }

// Verify recomputes a store from its events and compares. Differences make it ErrWrong. The store
// must not be served meanwhile.
func Verify(ctx context.Context, cfg config.Config, env *Env, o VerifyOptions) error {
	if _, err := os.Stat(filepath.Join(cfg.DataDir, "ledger")); err != nil {
		return fault.NotFound("app.no_store", "dir", cfg.DataDir)
	}
	a := &App{env: env, cfg: cfg, log: newLog(cfg, env.Err)}
	report, err := a.verify(ctx)
	err = errors.Join(err, a.closeStores())
	if err != nil {
		return err
	}
	if o.JSON {
		enc := json.NewEncoder(env.Out)
		enc.SetIndent("", "  ")
		if err := enc.Encode(report); err != nil {
			return err
		}
	} else {
		printReport(env, report)
	}
	if report.Wrong > 0 {
		return ErrWrong
	}
	return nil
}

func (a *App) verify(ctx context.Context) (engine.Report, error) {
	if err := a.openStores(ctx); err != nil {
		return engine.Report{}, err
	}
	var err error
	if a.defs, err = openDefinitions(ctx, a); err != nil {
		return engine.Report{}, err
	}
	tty := terminal(a.env.Err)
	report, err := engine.Verify(ctx, engine.VerifyOptions{
		Ledger:   a.ledger,
		Programs: func(gen uint32) (*rule.Program, error) { return a.defs.Program(ctx, gen) },
		Progress: func(done, total int64) {
			if tty {
				_, _ = fmt.Fprintf(a.env.Err, "\r%d / %d ", done, total)
			}
		},
	})
	if tty {
		_, _ = fmt.Fprint(a.env.Err, "\r                    \r")
	}
	return report, err
}

func printReport(env *Env, r engine.Report) {
	form := "%d customers, %d events, %d rows of the log, %d states, %d timers, %d tags: %d differences\n"
	if env.Lang != fault.EN {
		form = "客户 %d，事件 %d，日志 %d 行，状态 %d，定时 %d，标签 %d：发现 %d 处不一致\n"
	}
	_, _ = fmt.Fprintf(env.Out, form, r.Customers, r.Events, r.Rows, r.States, r.Timers, r.Tags, r.Wrong)
	for _, f := range r.Findings {
		_, _ = fmt.Fprintf(env.Out, "  %s slot %d customer %s: %s\n", f.Code, f.Slot, f.Customer, f.Text)
	}
}

var _ = fault.Register(fault.Messages{
	"app.no_store": {ZH: "{dir} 里没有数据", EN: "there is no store in {dir}"},
})
