package check_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/earmarkhq/earmark/internal/sample"
)

// instants are ten moments of the year: the first order, edges of days, months and windows to
// the millisecond, ordinary ones, the last order, and after the end. Local times of the sample.
var instants = []string{
	"2010-12-01 08:26:00.000", // the first order
	"2010-12-11 08:25:59.999", // a millisecond before its customer has been silent for 10 days
	"2010-12-31 23:59:59.999",
	"2011-01-01 00:00:00.000", // a new month: what counts as the last three moves
	"2011-03-01 08:26:00.000", // 90 days after the first order
	"2011-05-31 12:00:00.000",
	"2011-08-30 09:30:00.001",
	"2011-11-30 23:59:59.999",
	"2011-12-09 12:50:00.000", // the last order
	"2012-03-31 10:00:00.000", // after the end everything lapses
}

func parse(t *testing.T, local string) int64 {
	t.Helper()
	zone, err := time.LoadLocation(sample.Zone)
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.ParseInLocation("2006-01-02 15:04:05.000", local, zone)
	if err != nil {
		t.Fatal(err)
	}
	return at.UnixMilli()
}

// The figures are those of data/SOURCE.md and of the description of the source.
func TestSampleIsWhatItsSourceSays(t *testing.T) {
	type item struct {
		SKU       string `json:"sku"`
		Quantity  int64  `json:"quantity"`
		AmountFen int64  `json:"amount_fen"`
	}
	type order struct {
		ID        string `json:"order_id"`
		Time      string `json:"time"`
		Customer  string `json:"customer_id"`
		Cancelled bool   `json:"cancelled"`
		AmountFen int64  `json:"amount_fen"`
		Items     []item `json:"items"`
	}
	type figures struct {
		orders, lines, free int
		fen                 int64
	}
	var paid, cancelled figures
	customers, buyers, ids := map[string]bool{}, map[string]bool{}, map[string]bool{}
	var times []string
	longest := 0
	zip, err := gzip.NewReader(bytes.NewReader(sample.Orders()))
	if err != nil {
		t.Fatal(err)
	}
	scan := bufio.NewScanner(zip)
	scan.Buffer(nil, 1<<20)
	for scan.Scan() {
		longest = max(longest, len(scan.Bytes()))
		var o order
		if err := json.Unmarshal(scan.Bytes(), &o); err != nil {
			t.Fatal(err)
		}
		sum := int64(0)
		for _, it := range o.Items {
			sum += it.AmountFen
			if it.SKU == "" || it.Quantity <= 0 || it.AmountFen < 0 {
				t.Errorf("order %s: item %+v", o.ID, it)
			}
		}
		if sum != o.AmountFen || ids[o.ID] || o.Customer == "" {
			t.Errorf("order %s of customer %q: %d fen, items %d fen, seen before: %v", o.ID, o.Customer, o.AmountFen, sum, ids[o.ID])
		}
		ids[o.ID], customers[o.Customer] = true, true
		times = append(times, o.Time)
		f := &cancelled
		if !o.Cancelled {
			f, buyers[o.Customer] = &paid, true
		}
		f.orders++
		f.lines += len(o.Items)
		f.fen += o.AmountFen
		if o.AmountFen == 0 {
			f.free++
		}
	}
	if err := scan.Err(); err != nil {
		t.Fatal(err)
	}
	if want := (figures{orders: 18_536, lines: 397_924, free: 4, fen: 891_140_790}); paid != want {
		t.Errorf("orders: %+v, want %+v", paid, want)
	}
	if want := (figures{orders: 3_654, lines: 8_905, fen: 61_134_209}); cancelled != want {
		t.Errorf("cancellations: %+v, want %+v", cancelled, want)
	}
	if len(customers) != 4_372 || len(buyers) != 4_339 {
		t.Errorf("%d customers, %d with an order; want 4,372 and 4,339", len(customers), len(buyers))
	}
	if len(times) != sample.OrderCount || !slices.IsSorted(times) || times[0] != sample.First || times[len(times)-1] != sample.Last {
		t.Errorf("%d lines from %s to %s, sorted: %v", len(times), times[0], times[len(times)-1], slices.IsSorted(times))
	}
	if longest >= 32_000 {
		t.Errorf("a line of %d bytes: more than the tracking API takes as one event", longest)
	}
}

// Counts that were worked out apart from the queries guard against a slip in them.
func TestExpectedAtTheEndOfTheYear(t *testing.T) {
	got := expected(t, parse(t, "2011-12-09 12:50:00.000"))
	want := map[string]int{
		"沉默/沉默10天":     3_568,
		"沉默/沉默30天":     2_677,
		"沉默/沉默60天":     1_934,
		"购买行为/高客单":     787,
		"购买行为/年购10单以上": 318,
		"购买行为/近7天有下单":  506,
	}
	for tag, n := range want {
		if len(got[tag]) != n {
			t.Errorf("%s: %d customers, want %d", tag, len(got[tag]), n)
		}
	}
}

// Two customers followed by hand through the demotions of 会员等级. 13093 ordered last on 2011-03-09
// 12:14, having spent 7,741.47 net; 90 days later is 2011-06-07 12:14. 13631 ordered last on
// 2011-09-01 09:57, having spent 3,021.77; 90 days later is 2011-11-30 09:57, and three months after
// that, February having no 30th, 2012-02-29 09:57.
func TestExpectedDemotion(t *testing.T) {
	cases := []struct{ customer, at, level string }{
		{"13093", "2011-06-07 12:13:59.999", "钻石"},
		{"13093", "2011-06-07 12:14:00.000", "黄金"},
		{"13093", "2011-09-07 12:13:59.999", "黄金"},
		{"13093", "2011-09-07 12:14:00.000", "白银"},
		{"13093", "2011-12-01 14:59:59.999", "白银"},
		{"13631", "2011-11-30 09:56:59.999", "黄金"},
		{"13631", "2011-11-30 09:57:00.000", "白银"},
		{"13631", "2012-02-29 09:56:59.999", "白银"},
		{"13631", "2012-02-29 09:57:00.000", ""},
	}
	for _, c := range cases {
		t.Run(c.customer+" "+c.at, func(t *testing.T) {
			all := expected(t, parse(t, c.at))
			for _, level := range []string{"钻石", "黄金", "白银"} {
				if got, want := all["会员等级/"+level][c.customer], level == c.level; got != want {
					t.Errorf("has %s: %v, want %v", level, got, want)
				}
			}
		})
	}
}

func TestExpectedIsConsistentAtEveryInstant(t *testing.T) {
	within := func(t *testing.T, all population, narrow, wide string) {
		t.Helper()
		for c := range all[narrow] {
			if !all[wide][c] {
				t.Errorf("customer %s is in %s and not in %s", c, narrow, wide)
			}
		}
	}
	for _, at := range instants {
		t.Run(at, func(t *testing.T) {
			all := expected(t, parse(t, at))
			within(t, all, "沉默/沉默60天", "沉默/沉默30天")
			within(t, all, "沉默/沉默30天", "沉默/沉默10天")
			within(t, all, "客户价值/重要价值客户", "购买行为/年购10单以上")
			within(t, all, "客户价值/重要价值客户", "购买行为/近7天有下单")
			for _, ladder := range [][]string{
				{"会员等级/钻石", "会员等级/黄金", "会员等级/白银"},
				{"生命周期/复购", "生命周期/下单", "生命周期/流失"},
				{"月均消费/月均1000元以上", "月均消费/月均300至1000元", "月均消费/月均300元以下"},
			} {
				seen := map[string]string{}
				for _, step := range ladder {
					for c := range all[step] {
						if seen[c] != "" {
							t.Errorf("customer %s is on two steps: %s and %s", c, seen[c], step)
						}
						seen[c] = step
					}
				}
			}
		})
	}
}
