package expr_test

import "testing"

func TestAggregates(t *testing.T) {
	amounts := []string{
		`2024-01-01 08:00 | order.paid | {"amount": 10, "sku": "a"}`,
		`2024-01-01 20:00 | order.paid | {"amount": "20.5", "sku": 1}`,
		`2024-01-03 08:00 | order.paid | {"amount": 5, "sku": "1"}`,
		`2024-01-04 08:00 | order.paid | {"amount": "free"}`,
	}
	play(t, []scene{
		{
			name: "sum, numbers in text among it, others skipped", events: amounts,
			cond: `{event: order.paid, within: 10d, sum: {of: amount, eq: 35.5}}`,
			want: []answer{{"2024-01-02", false, "2024-01-03 08:00"}, {"2024-01-05", true, "2024-01-11 08:00"}, {"2024-01-11 08:00", false, ""}},
		},
		{
			name: "sum stays above its bound as entries leave", events: amounts,
			cond: `{event: order.paid, within: 10d, sum: {of: amount, gte: 5}}`,
			want: []answer{{"2024-01-05", true, "2024-01-13 08:00"}, {"2024-01-13 08:00", false, ""}},
		},
		{
			name: "sum over no events is 0", cond: `{event: order.paid, sum: {of: amount, lte: 0}}`,
			want: []answer{{"2024-01-01", true, ""}},
		},
		{
			name: "average", events: amounts, cond: `{event: order.paid, within: 10d, avg: {of: amount, gt: 12}}`,
			want: []answer{
				{"2024-01-01 08:00", false, "2024-01-01 20:00"}, // 10
				{"2024-01-01 20:00", true, "2024-01-03 08:00"},  // 15.25
				{"2024-01-03 08:00", false, "2024-01-11 08:00"}, // 11.83…
				{"2024-01-11 08:00", true, "2024-01-11 20:00"},  // 12.75
				{"2024-01-11 20:00", false, ""},                 // 5
			},
		},
		{
			name: "an average over nothing matches nothing, not even negated", events: amounts,
			cond: `{any: [{event: visit, avg: {of: amount, ne: 3}}, {event: visit, min: {of: amount, lt: 3}}, {event: visit, median: {of: amount, gte: 0}}]}`,
			want: []answer{{"2024-01-05", false, ""}},
		},
		{
			name: "least", events: amounts, cond: `{event: order.paid, within: 10d, min: {of: amount, lte: 5}}`,
			want: []answer{{"2024-01-01 08:00", false, "2024-01-03 08:00"}, {"2024-01-03 08:00", true, "2024-01-13 08:00"}, {"2024-01-13 08:00", false, ""}},
		},
		{
			name: "greatest", events: amounts, cond: `{event: order.paid, within: 10d, max: {of: amount, gte: 20}}`,
			want: []answer{{"2024-01-02", true, "2024-01-11 20:00"}, {"2024-01-11 20:00", false, ""}},
		},
		{
			name: "median and percentile interpolate", events: amounts, // 5 10 20.5: p75 = 15.25
			cond: `{all: [{event: order.paid, median: {of: amount, eq: 10}}, {event: order.paid, p75: {of: amount, eq: 15.25}}]}`,
			want: []answer{{"2024-01-05", true, ""}},
		},
		{
			name: "distinct: 1 and its text are one value, absent is none", events: amounts,
			cond: `{event: order.paid, within: 10d, distinct: {of: sku, eq: 2}}`,
			want: []answer{{"2024-01-05", true, "2024-01-11 08:00"}, {"2024-01-11 08:00", false, ""}},
		},
		{
			name: "distinct days", events: amounts, cond: `{event: order.paid, within: 10d, days: {gte: 3}}`,
			want: []answer{{"2024-01-02", false, "2024-01-04 08:00"}, {"2024-01-05", true, "2024-01-11 20:00"}, {"2024-01-11 20:00", false, ""}},
		},
		{
			name: "days are local", events: []string{"2024-01-01T15:59:59.999Z | visit", "2024-01-01T16:00:00Z | visit"},
			cond: `{event: visit, days: {eq: 2}}`, want: []answer{{"2024-01-03", true, ""}},
		},
	})
}

func TestAggregatesPerPeriod(t *testing.T) {
	events := []string{
		`2024-01-10 | order.paid | {"amount": 30}`, `2024-01-20 | order.paid | {"amount": 30}`,
		`2024-03-05 | order.paid | {"amount": 60}`,
	}
	play(t, []scene{
		{
			name: "mean of sums, empty months count", events: events,
			cond: `{event: order.paid, sum: {of: amount}, per: {unit: month, n: 3, mean: {gte: 40}}}`,
			want: []answer{
				{"2024-03-04", false, "2024-03-05"}, // 60 0 0
				{"2024-03-05", true, "2024-04-01"},  // 60 0 60
				{"2024-04-01", false, ""},           // 0 60 0
			},
		},
		{
			name: "least over whole past months", events: events,
			cond: `{event: order.paid, count: {}, per: {unit: month, n: 2, min: {gte: 1}, past: true}}`,
			want: []answer{{"2024-03-31", false, ""}},
		},
		{
			name: "an average of months leaves empty ones out", events: events,
			cond: `{event: order.paid, avg: {of: amount}, per: {unit: month, n: 3, mean: {eq: 45}}}`,
			want: []answer{{"2024-03-10", true, "2024-04-01"}},
		},
	})
}

// where that looks at now is asked of the entries at each instant.
func TestWhereThatMoves(t *testing.T) {
	play(t, []scene{
		{
			name: "coupons that run out within three days",
			events: []string{
				`2024-01-01 | coupon.given | {"due": "2024-01-10", "kind": "a"}`, `2024-01-02 | coupon.given | {"due": "2024-01-20", "kind": "a"}`,
				`2024-01-02 | coupon.given | {"due": "2024-01-20", "kind": "b"}`,
			},
			cond: `{event: coupon.given, where: {kind: a, due: {before: {ahead: 3d}, after: {ahead: 0d}}}}`,
			want: []answer{
				{"2024-01-05", false, "2024-01-07 00:00:00.001"}, {"2024-01-07 00:00:00.001", true, "2024-01-10"},
				{"2024-01-10", false, "2024-01-17 00:00:00.001"}, {"2024-01-20", false, ""},
			},
		},
		{
			name:   "elements",
			events: []string{`2024-01-01 | basket | {"items": [{"due": "2024-02-01"}, {"due": "2024-03-01"}]}`},
			cond:   `{event: basket, each: {list: items, where: {due: {older_than: 1d}}}, count: {gte: 2}}`,
			want:   []answer{{"2024-02-10", false, "2024-03-02"}, {"2024-03-02", true, ""}},
		},
	})
}
