package importer

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/ingest"
	"github.com/earmarkhq/earmark/internal/value"
)

// Report is what an import comes to.
type Report struct {
	File     string `json:"file"`
	Mode     Mode   `json:"clock"`
	DryRun   bool   `json:"dry_run,omitempty"`
	Complete bool   `json:"complete"`          // it got to the end
	Resumed  int64  `json:"resumed,omitempty"` // what an earlier run had taken: rows, sorted events in Event mode

	Rows    int64            `json:"rows"`    // read
	Skipped int64            `json:"skipped"` // left out as the mapping says
	Refused int64            `json:"refused"` // rows
	Events  int64            `json:"events"`  // that the rows brought
	Types   map[string]int64 `json:"types"`   // events by type, as the mapping names them
	First   int64            `json:"first,omitempty"`
	Last    int64            `json:"last,omitempty"` // earliest and latest time, Unix milliseconds

	Accepted  int64 `json:"accepted"`
	Repeated  int64 `json:"repeated"`
	Conflicts int64 `json:"conflicts"` // of the repeated: with other content
	Changes   int64 `json:"changes"`   // of tags

	Refusals []Refusal     `json:"refusals,omitempty"` // the first ones
	Sample   []event.Event `json:"-"`                  // of a dry run
	Elapsed  time.Duration `json:"elapsed_ns"`
}

// sampleEvents is how many events a dry run shows.
const sampleEvents = 5

// maxTypes is how many types are counted by name.
const maxTypes = 1000

// noteTimes counts the entries of a batch from from on.
func (r *Report) noteTimes(b *ingest.Batch, from int) {
	for i := from; i < b.Len(); i++ {
		ev := &b.Events[i]
		if r.Events == 0 {
			r.First, r.Last = ev.Time, ev.Time
		}
		r.Events++
		r.First, r.Last = min(r.First, ev.Time), max(r.Last, ev.Time)
		if _, ok := r.Types[ev.Type]; ok {
			r.Types[ev.Type]++
		} else if len(r.Types) < maxTypes {
			r.Types[strings.Clone(ev.Type)] = 1
		}
	}
}

// dry reads everything and takes nothing.
func (im *run) dry(ctx context.Context) error {
	watch, stop := context.WithCancel(ctx)
	defer stop()
	im.state.enter(stepReading, 0, im.started.UnixMilli())
	watching := make(chan struct{})
	go func() {
		im.watch(watch)
		close(watching)
	}()
	err := im.rowsInto(unitRows, func(p parsed) error {
		for i := range p.batch.Events {
			if len(im.report.Sample) == sampleEvents {
				break
			}
			im.report.Sample = append(im.report.Sample, p.batch.Events[i])
		}
		return ctx.Err()
	})
	stop()
	<-watching
	return err
}

// words of the report.
type words struct {
	dry, rows, skipped, refused, events, accepted, repeated, conflicts, changes, types, times, resumed, rate, sample, more, stopped string
}

var (
	zhWords = words{
		dry: "试运行：没有写入任何数据", rows: "读取行数", skipped: "按映射略过", refused: "拒收行数", events: "事件数",
		accepted: "新接收", repeated: "重复", conflicts: "重复但内容不同", changes: "标签变化", types: "事件类型", times: "时间范围",
		resumed: "接着上次，之前已处理", rate: "用时 %s，每秒 %s 行", sample: "样例", more: "……其余可用 --errors 写入文件", stopped: "没有到文件末尾；再次运行会从这里继续",
	}
	enWords = words{
		dry: "dry run: nothing was written", rows: "rows read", skipped: "left out by the mapping", refused: "rows refused", events: "events",
		accepted: "accepted", repeated: "repeated", conflicts: "repeated with other content", changes: "tag changes", types: "event types", times: "times",
		resumed: "going on behind", rate: "%s, %s rows/s", sample: "sample", more: "… --errors FILE has the rest", stopped: "not the whole file; running it again goes on from here",
	}
)

func wordsOf(lang fault.Lang) *words {
	if lang == fault.EN {
		return &enWords
	}
	return &zhWords
}

// Write prints the report for people.
func (r *Report) Write(w io.Writer, lang fault.Lang, zone *time.Location) {
	t := wordsOf(lang)
	fmt.Fprintln(w, r.File)
	if r.DryRun {
		fmt.Fprintf(w, "  %s\n", t.dry)
	}
	for _, c := range []struct {
		name string
		n    int64
		show bool
	}{
		{t.resumed, r.Resumed, r.Resumed > 0},
		{t.rows, r.Rows, true},
		{t.skipped, r.Skipped, r.Skipped > 0},
		{t.refused, r.Refused, true},
		{t.events, r.Events, true},
		{t.accepted, r.Accepted, !r.DryRun},
		{t.repeated, r.Repeated, !r.DryRun},
		{t.conflicts, r.Conflicts, r.Conflicts > 0},
		{t.changes, r.Changes, !r.DryRun},
	} {
		if c.show {
			fmt.Fprintf(w, "  %s: %s\n", c.name, grouped(c.n))
		}
	}
	r.writeEvents(w, t, zone)
	r.writeSample(w, t, zone)
	for _, x := range r.Refusals {
		fmt.Fprintf(w, "  %s\n", x)
	}
	if r.Refused > int64(len(r.Refusals)) && len(r.Refusals) > 0 {
		fmt.Fprintf(w, "  %s\n", t.more)
	}
	if !r.Complete {
		fmt.Fprintf(w, "  %s\n", t.stopped)
	}
	if s := r.Elapsed.Seconds(); s > 0 {
		fmt.Fprintf(w, "  "+t.rate+"\n", r.Elapsed.Round(10*time.Millisecond), grouped(int64(float64(r.Rows)/s)))
	}
}

// shownTypes is how many types a report names.
const shownTypes = 20

func (r *Report) writeEvents(w io.Writer, t *words, zone *time.Location) {
	if r.Events == 0 {
		return
	}
	const layout = "2006-01-02 15:04:05"
	fmt.Fprintf(w, "  %s: %s – %s\n", t.times, time.UnixMilli(r.First).In(zone).Format(layout), time.UnixMilli(r.Last).In(zone).Format(layout))
	fmt.Fprintf(w, "  %s (%d):\n", t.types, len(r.Types))
	byCount := slices.SortedFunc(maps.Keys(r.Types), func(a, b string) int {
		return cmp.Or(cmp.Compare(r.Types[b], r.Types[a]), strings.Compare(a, b))
	})
	for _, typ := range byCount[:min(len(byCount), shownTypes)] {
		fmt.Fprintf(w, "    %s %s\n", typ, grouped(r.Types[typ]))
	}
}

func (r *Report) writeSample(w io.Writer, t *words, zone *time.Location) {
	if len(r.Sample) == 0 {
		return
	}
	fmt.Fprintf(w, "  %s:\n", t.sample)
	for i := range r.Sample {
		ev := &r.Sample[i]
		fmt.Fprintf(w, "    %s %s #%s %s\n", time.UnixMilli(ev.Time).In(zone).Format(time.RFC3339), ev.Type, ev.ID, value.AppendJSON(nil, ev.Props))
	}
}

// grouped is a number with commas between thousands.
func grouped(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
