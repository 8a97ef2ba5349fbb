package importer_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/earmarkhq/earmark/internal/catalog"
)

// screen is what was shown, with a signal for each line.
type screen struct {
	mu    sync.Mutex
	text  strings.Builder
	lines chan struct{}
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text.Write(p)
	s.lines <- struct{}{}
	return len(p), nil
}

func TestProgressIsShownAndThePositionSavedUnderWay(t *testing.T) {
	for name, c := range map[string]struct {
		terminal bool
		want     string
	}{
		"a file":     {false, "reading ████████████████████████ 100% "},
		"a terminal": {true, "\r\x1b[Kreading ████████████████████████ 100% "},
	} {
		t.Run(name, func(t *testing.T) {
			b := setup(t)
			out := &screen{lines: make(chan struct{}, 100)}
			o := b.options(b.write("orders.csv", ordersFile(2000)), orders)
			o.Out, o.Terminal = out, c.terminal
			var saved catalog.Import
			b.engine.fail = func(n int) error {
				if n < 3 {
					return nil
				}
				// The last unit waits until the clock has moved on and the line is there.
				for range 20 {
					if err := b.clock.AwaitTimers(context.Background(), 1); err != nil {
						return err
					}
					b.clock.Advance(200 * time.Millisecond)
				}
				<-out.lines
				if err := b.clock.AwaitTimers(context.Background(), 1); err != nil {
					return err
				}
				saved, _ = b.imports.Import(context.Background(), 1)
				return nil
			}
			b.run(o)
			out.mu.Lock()
			defer out.mu.Unlock()
			if !strings.HasPrefix(out.text.String(), c.want) || c.terminal != strings.HasSuffix(out.text.String(), "\r\x1b[K") {
				t.Errorf("shown %q", out.text.String())
			}
			if saved.State != catalog.ImportRunning || saved.Updated <= start.UnixMilli() {
				t.Errorf("saved under way %+v", saved)
			}
		})
	}
}

// BenchmarkRead reads JSON lines of about 400 bytes into batches, and takes them nowhere.
func BenchmarkRead(b *testing.B) {
	const rows = 20_000
	bench := setup(b)
	var in strings.Builder
	for i := range rows {
		writeLine(&in, i)
	}
	file := bench.write("events.jsonl", in.String())
	o := bench.options(file, lines)
	o.DryRun = true
	b.SetBytes(int64(in.Len() / rows))
	b.ReportAllocs()
	for i := 0; i < b.N; i += rows {
		bench.run(o)
	}
}

// BenchmarkReadCSV does the same with order lines of about 90 bytes.
func BenchmarkReadCSV(b *testing.B) {
	const rows = 20_000
	bench := setup(b)
	text := ordersFile(rows)
	o := bench.options(bench.write("orders.csv", text), orders)
	o.DryRun = true
	b.SetBytes(int64(len(text) / rows))
	b.ReportAllocs()
	for i := 0; i < b.N; i += rows {
		bench.run(o)
	}
}

const lines = `
source: bench
format: jsonl
identities: {user_id: userId, anonymous_id: anonymousId}
event: {column: event}
time: {column: timestamp}
id: messageId
properties: {"*": properties}
context: {ip: context.ip, page: context.page.path}
`

func writeLine(s *strings.Builder, i int) {
	n := string(rune('a'+i%26)) + strings.Repeat("7", i%3)
	s.WriteString(`{"type":"track","messageId":"node-next-1717200000000-3f2a7c1e-9b1d-4e5f-8a6b-` + pad(i) + `","userId":"user-` + pad(i*7919%1000000) +
		`","anonymousId":"9c1fbb0e-11aa-4a4b-8a4e-` + pad(i*31%1000000) + `","event":"Article Read ` + n +
		`","timestamp":"2024-05-31T12:34:56.789Z","properties":{"article":"a-` + pad(i) + `","seconds":31.5,"price":"12.50","channel":"wecom","first":true},"context":{"ip":"10.1.2.3","page":{"path":"/p/1","title":"标题"},"library":{"name":"x","version":"1"}}}` + "\n")
}

func pad(i int) string {
	s := "000000000000"
	d := []byte(s)
	for at := len(d) - 1; i > 0; at-- {
		d[at] = byte('0' + i%10)
		i /= 10
	}
	return string(d)
}
