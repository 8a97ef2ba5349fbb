package segment_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/earmarkhq/earmark/internal/clock"
	"github.com/earmarkhq/earmark/internal/ingest/segment"
)

// hundred is a batch of 100 orders of about 0.4 KB each, as analytics-node sends them.
func hundred() string {
	calls := make([]string, 100)
	for i := range calls {
		calls[i] = fmt.Sprintf(`{"userId":"user-%d","event":"Order Completed","properties":{"order_id":"SO-%d","amount_fen":%d,"currency":"CNY",`+
			`"items":[{"sku":"A-1001","category":"母婴","quantity":2,"price_fen":4900},{"sku":"B-2","category":"food","quantity":1,"price_fen":3050}]},`+
			`"timestamp":"%s","type":"track","messageId":"node-next-1709210096790-9b2c1f1e-5d5a-4c39-8b3f-0d1d3f3c9f%02x",`+
			`"context":{"library":{"name":"@segment/analytics-node","version":"3.1.0"}},"integrations":{},"_metadata":{"nodeVersion":"20.0.0"}}`,
			100000+i, i, 1000+i*37, ago(int64(1000+i)), i)
	}
	return `{"batch":[` + strings.Join(calls, ",") + `],"writeKey":"WK","sentAt":"` + ago(10) + `"}`
}

func BenchmarkDecode(b *testing.B) {
	body := hundred()
	var d segment.Decoder
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		batch, err := d.Decode(body, "", receipt)
		if err != nil || len(batch.Calls) != 100 {
			b.Fatal(err)
		}
	}
	perEvent(b)
}

func perEvent(b *testing.B) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/100, "ns/event")
	b.ReportMetric(100*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

type nowhere struct{}

func (nowhere) Submit(context.Context, string, []segment.Call) error { return nil }
func (nowhere) Source(string) (string, bool)                         { return "shop", true }

// BenchmarkHandler is a request without the network: body, decoding, answer.
func BenchmarkHandler(b *testing.B) {
	for _, c := range []struct{ name, body string }{{"plain", hundred()}, {"gzip", zipped(hundred())}} {
		b.Run(c.name, func(b *testing.B) {
			h := segment.NewHandler(segment.Options{Sink: nowhere{}, Keys: nowhere{}, Clock: clock.System{}})
			req := httptest.NewRequest(http.MethodPost, "/v1/batch", nil)
			req.SetBasicAuth("WK", "")
			b.ReportAllocs()
			for b.Loop() {
				req.Body = io.NopCloser(strings.NewReader(c.body))
				w := httptest.NewRecorder()
				if h.ServeHTTP(w, req); w.Code != http.StatusOK {
					b.Fatal(w.Body)
				}
			}
			perEvent(b)
		})
	}
}

// BenchmarkServer has the clients on the same cores, over loopback.
func BenchmarkServer(b *testing.B) {
	h := segment.NewHandler(segment.Options{Sink: nowhere{}, Keys: nowhere{}, Clock: clock.System{}})
	server := httptest.NewServer(h)
	defer server.Close()
	body := []byte(hundred())
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			req, err := http.NewRequest(http.MethodPost, server.URL+"/v1/batch", bytes.NewReader(body))
			if err != nil {
				b.Error(err)
				return
			}
			req.SetBasicAuth("WK", "")
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				b.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
		}
	})
	perEvent(b)
}
