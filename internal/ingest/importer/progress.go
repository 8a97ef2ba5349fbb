package importer

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/earmarkhq/earmark/internal/catalog"
	"github.com/earmarkhq/earmark/internal/clock"
	"github.com/earmarkhq/earmark/internal/fault"
)

// step is a stage of an import.
type step int32

const (
	stepReading  step = iota // progress goes by the bytes of the file
	stepApplying             // by sorted events
)

// phase is where an import is, for the goroutine that shows it.
type phase struct {
	step  atomic.Int32
	total atomic.Int64 // events to apply
	done  atomic.Int64 // of these, handed to the engine
	began atomic.Int64 // Unix milliseconds
}

func (p *phase) enter(s step, total, now int64) {
	p.total.Store(total)
	p.done.Store(0)
	p.began.Store(now)
	p.step.Store(int32(s))
}

// How often the line on a terminal changes.
const redraw = 200 * time.Millisecond

// watch shows how far the import is, and saves it, until ctx ends.
func (im *run) watch(ctx context.Context) {
	every := saveEvery
	if im.o.Terminal && im.o.Out != nil {
		every = redraw
	}
	saved := im.o.Clock.Now()
	for clock.Sleep(ctx, im.o.Clock, every) == nil {
		im.show()
		if clock.Since(im.o.Clock, saved) < saveEvery {
			continue
		}
		saved = im.o.Clock.Now()
		if !im.o.DryRun {
			// A position that can not be saved costs only repetition; the next one may be.
			_ = im.save(ctx, catalog.ImportRunning, nil)
		}
	}
	if im.o.Terminal && im.o.Out != nil {
		fmt.Fprint(im.o.Out, "\r\x1b[K")
	}
}

// show writes one line of progress.
func (im *run) show() {
	if im.o.Out == nil {
		return
	}
	now := clock.Millis(im.o.Clock)
	at := step(im.state.step.Load())
	done, total := im.in.read.Load(), im.in.size
	rows := im.rows.Load()
	if at == stepApplying {
		done, total = im.state.done.Load(), im.state.total.Load()
		rows = done
	}
	line := progressLine(im.o.Lang, at, done, total, rows, time.Duration(now-im.state.began.Load())*time.Millisecond)
	if im.o.Terminal {
		fmt.Fprint(im.o.Out, "\r\x1b[K"+line)
		return
	}
	fmt.Fprintln(im.o.Out, line)
}

// barCells is the length of the bar.
const barCells = 24

// progressLine is the progress in words: done of total (0: unknown), rows, and what is left at
// the rate of the time that has passed.
func progressLine(lang fault.Lang, at step, done, total, rows int64, passed time.Duration) string {
	zh := lang != fault.EN
	name := [2][2]string{{"reading", "applying"}, {"读取", "写入"}}[index(zh)][at]
	rate := int64(0)
	if passed > 0 {
		rate = int64(float64(rows) / passed.Seconds())
	}
	tail := fmt.Sprintf("%s rows, %s/s", grouped(rows), grouped(rate))
	if zh {
		tail = fmt.Sprintf("%s 行，%s 行/秒", grouped(rows), grouped(rate))
	}
	if total <= 0 {
		return name + " " + tail
	}
	done = min(done, total)
	full := int(done * barCells / total)
	bar := strings.Repeat("█", full) + strings.Repeat("░", barCells-full)
	line := fmt.Sprintf("%s %s %d%% %s", name, bar, done*100/total, tail)
	if done == 0 || passed <= 0 {
		return line
	}
	left := time.Duration(float64(passed) * float64(total-done) / float64(done)).Round(time.Second)
	if zh {
		return line + "，剩余 " + left.String()
	}
	return line + ", " + left.String() + " left"
}

func index(b bool) int {
	if b {
		return 1
	}
	return 0
}
