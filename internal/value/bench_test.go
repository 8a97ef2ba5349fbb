package value_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/earmarkhq/earmark/internal/value"
)

// order is an event as an SDK sends it, about 0.4 KB.
const order = `{"type":"track","event":"order.paid","userId":"user-102938","messageId":"node-next-1712345678901-9b2c1f1e-5d5a-4c39-8b3f-0d1d3f3c9f11",` +
	`"timestamp":"2024-02-29T12:34:56.789Z","properties":{"order_id":"SO-20240229-000123","amount_fen":12850,"currency":"CNY","coupon":null,"first":false,` +
	`"items":[{"sku":"A-1001","category":"母婴","quantity":2,"price_fen":4900},{"sku":"B-2","category":"food","quantity":1,"price_fen":3050}]},"context":{"ip":"10.0.0.1"}}`

func BenchmarkParseJSON(b *testing.B) {
	doc := []byte(order)
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := value.ParseJSON(doc); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseJSONBatch(b *testing.B) {
	doc := []byte("[" + strings.Repeat(order+",", 99) + order + "]")
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := value.ParseJSON(doc); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/100, "ns/event")
}

// BenchmarkStandardJSON is what ParseJSON is compared with.
func BenchmarkStandardJSON(b *testing.B) {
	doc := []byte(order)
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		var v any
		if err := json.Unmarshal(doc, &v); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendJSON(b *testing.B) {
	v := parse(b, order)
	var out []byte
	b.ReportAllocs()
	for b.Loop() {
		out = value.AppendJSON(out[:0], v)
	}
}

func BenchmarkAppendBinary(b *testing.B) {
	v := parse(b, order)
	dict := &value.MemDict{}
	var out []byte
	b.ReportAllocs()
	for b.Loop() {
		out = value.AppendBinary(out[:0], v, dict)
	}
	b.ReportMetric(float64(len(out)), "bytes")
}

func BenchmarkDecodeBinary(b *testing.B) {
	dict := &value.MemDict{}
	in := value.AppendBinary(nil, parse(b, order), dict)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := value.DecodeBinary(in, dict); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecCmp(b *testing.B) {
	x, y := value.Dec{Coef: 12850, Exp: -2}, value.Dec{Coef: 128}
	for b.Loop() {
		if x.Cmp(y) <= 0 {
			b.Fatal("128.50 is not above 128")
		}
	}
}

func BenchmarkParseTime(b *testing.B) {
	v, loc := value.NewText("2024-02-29 12:34:56"), zone(b, "Asia/Shanghai")
	for b.Loop() {
		if _, _, ok := value.ParseTime(v, loc); !ok {
			b.Fatal("no time")
		}
	}
}
