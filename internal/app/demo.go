package app

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/earmarkhq/earmark/internal/catalog"
	"github.com/earmarkhq/earmark/internal/clock"
	"github.com/earmarkhq/earmark/internal/config"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/sample"
)

// DemoOptions of Demo.
type DemoOptions struct {
	NoServe bool // show what was found and end
}

// Demo fills a store with the sample through the real import path, shows what came of it, takes it
// live and serves it. A store that is there already is used as it is; an interrupted load goes on.
func Demo(ctx context.Context, cfg config.Config, env *Env, o DemoOptions) error {
	if !cfg.Given("log.level") {
		cfg.Log.Level = slog.LevelWarn // the terminal is for what was found
	}
	return With(ctx, cfg, env, func(a *App) error {
		if !a.engine.Live() {
			if err := a.loadSample(ctx); err != nil {
				return err
			}
		}
		if err := a.engine.GoLive(ctx); err != nil {
			return err
		}
		if err := a.showFound(ctx); err != nil {
			return err
		}
		if o.NoServe {
			return nil
		}
		s, err := a.Start(ctx)
		if err != nil {
			return err
		}
		a.showCalls(s.Base, s.Keys)
		return s.Run(ctx)
	})
}

// loadSample publishes the sample's rules, then replays its orders at their own times.
func (a *App) loadSample(ctx context.Context) error {
	if _, err := a.publisher.PublishWhole(ctx, a.by("demo"), sample.Rules(), "demo"); err != nil {
		return err
	}
	days, err := a.sampleDays(ctx)
	if err != nil {
		return err
	}
	file, err := a.writeSample(days)
	if err != nil {
		return err
	}
	if a.env.Lang == fault.EN {
		a.say("Loading %d orders and cancellations of a real shop, moved by %d weeks so that they end now …", sample.OrderCount, days/7)
	} else {
		a.say("正在载入一家真实网店一年多的 %d 笔订单和取消（整体后移 %d 周，结束于现在）……", sample.OrderCount, days/7)
	}
	r, err := a.importFile(ctx, file, sample.Mapping(), ImportOptions{EventClock: true})
	if err != nil {
		return err
	}
	r.Write(a.env.Out, a.env.Lang, a.zone)
	return os.Remove(file)
}

// sampleDays is by how many days the sample is moved: whole weeks, decided at the first load.
func (a *App) sampleDays(ctx context.Context) (int, error) {
	const day = 24 * 60 * 60 * 1000
	weeks := sample.Weeks(a.env.Clock.Now(), a.zone)
	kept, err := a.catalog.KeepSetting(ctx, a.by("demo"), catalog.SettingShift, strconv.Itoa(weeks*7*day))
	if err != nil {
		return 0, err
	}
	ms, err := strconv.Atoi(kept)
	return ms / day, err
}

// writeSample writes the sample's file with its times moved by whole days, wall clock kept.
func (a *App) writeSample(days int) (string, error) {
	file := filepath.Join(a.cfg.DataDir, "sample-orders.jsonl")
	zip, err := gzip.NewReader(bytes.NewReader(sample.Orders()))
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	lines := bufio.NewScanner(zip)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		moved, err := moveTime(lines.Bytes(), days)
		if err != nil {
			return "", err
		}
		out.Write(moved)
		out.WriteByte('\n')
	}
	if err := lines.Err(); err != nil {
		return "", err
	}
	if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
		return "", fault.Unavailable("app.data_dir", "dir", a.cfg.DataDir).Wrap(err)
	}
	return file, nil
}

// timeField is how a line of the sample begins its time.
var timeField = []byte(`"time":"`)

// moveTime moves the time of a line. Dates move on the calendar, so that the time of day stays.
func moveTime(line []byte, days int) ([]byte, error) {
	at := bytes.Index(line, timeField)
	if at < 0 || len(line) < at+len(timeField)+len(time.DateOnly) {
		return nil, fmt.Errorf("a line of the sample has no time: %.80s", line)
	}
	at += len(timeField)
	date, err := time.Parse(time.DateOnly, string(line[at:at+len(time.DateOnly)]))
	if err != nil {
		return nil, err
	}
	moved := bytes.Clone(line)
	copy(moved[at:], date.AddDate(0, 0, days).Format(time.DateOnly))
	return moved, nil
}

// showCalls prints the address, a key and calls that work.
func (a *App) showCalls(base string, keys FirstKeys) {
	titles := [...]string{"标客已启动：", "接口密钥：", "试一试：", "按 Ctrl-C 停止；再次运行 earmark demo 会沿用同一份数据。"}
	if a.env.Lang == fault.EN {
		titles = [...]string{"Earmark serves ", "API key: ", "Try:", "Ctrl-C stops; running earmark demo again uses the same data."}
	}
	a.say("\n%s%s", titles[0], base)
	if keys.API != "" {
		a.say("%s%s", titles[1], keys.API)
	}
	auth := `-H "Authorization: Bearer ` + keys.API + `"`
	a.say("\n%s", titles[2])
	a.say("  curl %s %s/api/v1/tag-counts", auth, base)
	if id := a.shown; id != "" {
		a.say("  curl %s %s/api/v1/customers/%s", auth, base, id)
		a.say("  curl %s '%s/api/v1/customers/%s/timeline?limit=5'", auth, base, id)
	}
	a.say("  curl -u %s: -d '%s' %s/v1/track", keys.Write, a.trackExample(), base)
	a.say("\n%s", titles[3])
}

// trackExample is an event that a reader can send: an order of somebody new, now.
func (a *App) trackExample() string {
	return fmt.Sprintf(`{"userId":"u1","event":"Order Completed","messageId":"demo-%d","properties":{"order_id":"1","total":"128.50"}}`, clock.Millis(a.env.Clock))
}
