package bench_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/earmarkhq/earmark/internal/bench"
	"github.com/earmarkhq/earmark/internal/clock"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/engine"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/identity"
	"github.com/earmarkhq/earmark/internal/ingest"
	"github.com/earmarkhq/earmark/internal/ingest/importer"
	"github.com/earmarkhq/earmark/internal/ingest/segment"
)

// known answers the resolver from the engine, as the program does.
type known struct{ e *engine.Engine }

func (k known) Known(ctx context.Context, ids []customer.ID) ([][]customer.Key, error) {
	out := make([][]customer.Key, len(ids))
	for i, id := range ids {
		v, err := k.e.View(ctx, id)
		if err != nil {
			return nil, err
		}
		out[i] = v.Identities
	}
	return out, nil
}

// taker is the way of the doors into a store: identity, aliases, engine.
func taker(s *store) *ingest.Taker {
	return ingest.New(ingest.Options{
		Resolver: identity.New(identity.Options{Identities: s.ledger, Known: known{s.e}}), Engine: s.e, Clock: clock.System{},
	})
}

// seedThrough makes n known customers through the taker: user u0 … u(n−1), one event each.
func seedThrough(b testing.TB, s *store, t *ingest.Taker, n int) {
	dir := directory(b)
	file := filepath.Join(dir, "seed.jsonl")
	writeLines(b, s, file, n, func(i int) int { return i })
	runImport(b, t, file)
	must(b, os.Remove(file))
}

const mapping = `
source: bench
format: jsonl
identities: {user_id: user}
event: {column: type}
time: {column: time, layout: unix_ms}
id: {column: id}
properties: all
`

// writeLines writes n events of about 400 bytes, one JSON object a line.
func writeLines(b testing.TB, s *store, file string, n int, user func(i int) int) {
	f, err := os.Create(file)
	must(b, err)
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	now := clock.Millis(clock.System{})
	for i := range n {
		props := s.src.Properties()
		fmt.Fprintf(w, `{"id":"%s","user":"u%d","type":"%s","time":%d,%s`+"\n", s.src.MessageID(), user(i), bench.TypeName(s.src.Customer(bench.Types)), now-int64(i%1000), props[1:])
	}
	must(b, w.Flush())
}

func runImport(b testing.TB, t *ingest.Taker, file string) importer.Report {
	zone, err := time.LoadLocation("Asia/Shanghai")
	must(b, err)
	m, err := importer.ParseMapping([]byte(mapping), zone)
	must(b, err)
	r, err := importer.Run(context.Background(), importer.Options{
		File: file, Mapping: m, Mode: importer.Wall, Live: true, Taker: t, Clock: clock.System{}, Lang: fault.EN, Out: io.Discard,
	})
	must(b, err)
	return r
}

// BenchmarkImport is `import` of JSON lines of known customers into a live store.
func BenchmarkImport(b *testing.B) {
	for range b.N {
		dir := directory(b)
		s := openStore(b, dir)
		t := taker(s)
		seedThrough(b, s, t, *customers)
		file := filepath.Join(dir, "events.jsonl")
		writeLines(b, s, file, *events, func(int) int { return s.src.Customer(*customers) })
		start := clock.System{}.Now()
		r := runImport(b, t, file)
		took := clock.Since(clock.System{}, start)
		if r.Accepted != int64(*events) {
			b.Fatalf("accepted %d of %d", r.Accepted, *events)
		}
		b.ReportMetric(float64(*events)/took.Seconds(), "events/s")
		b.ReportMetric(0, "ns/op")
		s.close(b)
	}
}

type oneKey struct{}

func (oneKey) Source(string) (string, bool) { return "bench", true }

// BenchmarkHTTP is the tracking API over loopback in batches of 100, the clients on the same cores.
func BenchmarkHTTP(b *testing.B) {
	for range b.N {
		dir := directory(b)
		s := openStore(b, dir)
		t := taker(s)
		seedThrough(b, s, t, *customers)
		srv := httptest.NewServer(segment.NewHandler(segment.Options{Sink: t, Keys: oneKey{}, Clock: clock.System{}}))
		const perBatch, clients = 100, 8
		bodies := make([][]byte, *events/perBatch)
		for i := range bodies {
			bodies[i] = batchBody(s, perBatch)
		}
		start := clock.System{}.Now()
		var wg sync.WaitGroup
		for c := range clients {
			wg.Add(1)
			go func() {
				defer wg.Done()
				client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 2}}
				for i := c; i < len(bodies); i += clients {
					post(b, client, srv.URL+"/v1/batch", bodies[i])
				}
			}()
		}
		wg.Wait()
		took := clock.Since(clock.System{}, start)
		b.ReportMetric(float64(len(bodies)*perBatch)/took.Seconds(), "events/s")
		b.ReportMetric(0, "ns/op")
		srv.Close()
		s.close(b)
	}
}

func post(b testing.TB, client *http.Client, url string, body []byte) {
	req, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		b.Error(err)
		return
	}
	req.SetBasicAuth("key", "")
	res, err := client.Do(req)
	if err != nil {
		b.Error(err)
		return
	}
	_, _ = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		b.Errorf("status %d", res.StatusCode)
	}
}

func batchBody(s *store, n int) []byte {
	now := time.UnixMilli(clock.Millis(clock.System{})).UTC().Format("2006-01-02T15:04:05.000Z")
	var w bytes.Buffer
	w.WriteString(`{"batch":[`)
	for i := range n {
		if i > 0 {
			w.WriteByte(',')
		}
		fmt.Fprintf(&w, `{"type":"track","messageId":"%s","userId":"u%d","event":"%s","timestamp":"%s","properties":`,
			s.src.MessageID(), s.src.Customer(*customers), bench.TypeName(s.src.Customer(bench.Types)), now)
		w.Write(s.src.Properties())
		w.WriteByte('}')
	}
	w.WriteString(`],"sentAt":` + strconv.Quote(now) + `}`)
	return w.Bytes()
}
