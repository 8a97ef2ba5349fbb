package expr_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/tag"
	"github.com/earmarkhq/earmark/internal/value"
)

func TestBecause(t *testing.T) {
	events := []string{
		`2024-01-01 | order.paid | {"amount": 30, "id": "A"}`, `2024-01-05 | order.paid | {"amount": 12.5, "id": "B"}`,
		`2024-01-02 | $identify | {"city": "北京"}`, `2024-01-03 | follow.added | {"staff": "li"}`, `2024-01-04 | visit`,
	}
	for _, c := range []struct {
		cond   string
		holds  bool
		zh, en []string
	}{
		{`{event: order.paid, within: 30d, count: {gte: 2}}`, true, []string{"order.paid × 2"}, []string{"order.paid × 2"}},
		{`{event: order.paid, within: 30d, count: {gte: 5}}`, false, []string{"order.paid × 2"}, []string{"order.paid × 2"}},
		{`{event: order.paid, sum: {of: amount, gte: 40}}`, true, []string{"order.paid 的 amount 合计 = 42.5"}, []string{"sum of amount of order.paid = 42.5"}},
		{`{event: refund, avg: {of: amount, gte: 40}}`, false, []string{"refund 的 amount 平均 = 无"}, []string{"avg of amount of refund = none"}},
		{`{event: order.paid, days: {gte: 2}}`, true, []string{"order.paid 的天数 = 2"}, []string{"days with order.paid = 2"}},
		{`{event: order.paid, last: {older_than: 7d}}`, true, []string{"最近 order.paid 早于 7d"}, []string{"last order.paid older than 7d"}},
		{`{event: order.paid, last: {within: 7d}}`, false, []string{"最近 order.paid 早于 7d"}, []string{"last order.paid older than 7d"}},
		{`{event: refund, last: {older_than: 7d}}`, false, []string{"没有 refund"}, []string{"no refund"}},
		{`{attribute: city, in: [北京]}`, true, []string{"city = 北京"}, []string{"city = 北京"}},
		{`{attribute: age, gt: 3}`, false, []string{"没有 age"}, []string{"no age"}},
		{`{attribute: city, eq: 北京, held: {for: 3d}}`, true, []string{"city = 北京，自 2024-01-02 00:00"}, []string{"city = 北京 since 2024-01-02 00:00"}},
		{`{not: {tag: 拒绝}}`, true, []string{"没有标签 拒绝"}, []string{"has not the tag 拒绝"}},
		{`{tag: 复购}`, true, []string{"有标签 复购"}, []string{"has the tag 复购"}},
		{`{sequence: [{event: follow.added}, {event: visit}]}`, true, []string{"follow.added → visit"}, []string{"follow.added → visit"}},
		{`{sequence: [{event: follow.added}, {event: refund}]}`, false, []string{"follow.added → refund：到第 1 步"}, []string{"follow.added → refund: reached step 1"}},
		{`{follow: {}}`, true, []string{"好友关系 × 1"}, []string{"follows × 1"}},
		{`{metric: 客单价, gte: 20}`, true, []string{"客单价 = 21.25"}, []string{"客单价 = 21.25"}},
		{`{metric: {event: order.paid, days_since: last}, gte: 10}`, true, []string{"距 order.paid 天数 = 15"}, []string{"days since order.paid = 15"}},
		{`{event: order.paid, regular: {per: 7d, each: {count: {gte: 1}}, in: 1, of: 4}}`, true, []string{"order.paid：最近 4 期中有 1 期"}, []string{"order.paid: in 1 of the last 4 periods"}},
		{`{event: order.paid, last: {key: id, has: {amount: {gt: 20}}}}`, true, []string{"id = A：order.paid"}, []string{"id = A: order.paid"}},
		// Only what decides is named.
		{`{any: [{event: visit}, {event: refund}]}`, true, []string{"visit × 1"}, []string{"visit × 1"}},
		{`{all: [{event: visit}, {event: refund}]}`, false, []string{"refund × 0"}, []string{"refund × 0"}},
		{`{none: [{event: visit}, {event: refund}]}`, false, []string{"visit × 1"}, []string{"visit × 1"}},
	} {
		t.Run(c.cond, func(t *testing.T) {
			st := newStand(t, "Asia/Shanghai")
			st.tell(events...)
			st.named.tags = map[string]uint32{"拒绝": 4, "复购": 6}
			st.named.metrics = map[string]expr.Num{"客单价": expr.NumOp{Op: "div", Args: []expr.Num{
				expr.NumAgg{Events: on("order.paid"), Agg: expr.Agg{Fn: expr.Sum, Of: []string{"amount"}}},
				expr.NumAgg{Events: on("order.paid"), Agg: expr.Agg{Fn: expr.Count}},
			}}}
			n := st.parse(c.cond)
			st.compile(n)
			st.s.Tags = []expr.HeldTag{{Tag: tag.ID(6)}}
			x := expr.Explain(st.c, n, st.s, st.at("2024-01-20"))
			if zh, en := x.Because(fault.ZH), x.Because(fault.EN); x.Holds != c.holds || !slices.Equal(zh, c.zh) || !slices.Equal(en, c.en) {
				t.Errorf("%v %q %q, want %v %q %q", x.Holds, zh, en, c.holds, c.zh, c.en)
			}
		})
	}
}

func TestExplanationShowsGapDeadlineAndEvidence(t *testing.T) {
	st := newStand(t, "Asia/Shanghai")
	st.tell("2024-01-01 | order.paid", "2024-01-05 | order.paid", "2024-02-05 | order.paid")
	n := st.parse(`{all: [{event: order.paid, within: 30d, count: {gte: 3}}, {attribute: city}]}`)
	st.compile(n)
	x := expr.Explain(st.c, n, st.s, st.at("2024-01-20"))
	kid := x.Kids[0]
	if kid.Actual != "2" || kid.Need != ">= 3" || kid.Gap != "1" || !slices.Equal(kid.Closes, []string{"order.paid"}) || !kid.Decides {
		t.Errorf("leaf = %+v", kid)
	}
	want := []expr.Evidence{{Time: st.at("2024-01-01"), Arrival: 1}, {Time: st.at("2024-01-05"), Arrival: 2}}
	if !slices.Equal(kid.Evidence, want) {
		t.Errorf("evidence = %v, want %v", kid.Evidence, want)
	}
	raw, err := json.Marshal(x)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := value.ParseJSON(raw); err != nil || v.Get("kind").Text() != "all" || v.Get("holds").Bool() {
		t.Errorf("json = %s, %v", raw, err)
	}
}
