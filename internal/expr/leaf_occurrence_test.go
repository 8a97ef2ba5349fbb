package expr_test

import "testing"

func TestFirstAndLast(t *testing.T) {
	orders := []string{
		`2024-01-01 | order.paid | {"amount": 10, "shop": "a"}`, `2024-01-05 | order.paid | {"amount": 99, "shop": "b"}`,
		`2024-01-20 | order.paid | {"amount": 5, "shop": "a"}`,
	}
	play(t, []scene{
		{
			name: "silent for ten days", events: orders, cond: `{event: order.paid, last: {older_than: 10d}}`,
			want: []answer{
				{"2023-12-31", false, "2024-01-15"}, {"2024-01-05", false, "2024-01-15"}, {"2024-01-14 23:59:59.999", false, "2024-01-15"},
				{"2024-01-15", true, "2024-01-20"}, {"2024-01-20", false, "2024-01-30"}, {"2024-01-30", true, ""},
			},
		},
		{
			name: "last within", events: orders, cond: `{event: order.paid, last: {within: 7d}}`,
			want: []answer{
				{"2024-01-05", true, "2024-01-12"}, {"2024-01-12", false, "2024-01-20"}, {"2024-01-20", true, "2024-01-27"},
			},
		},
		{
			name: "what the last one has", events: orders, cond: `{event: order.paid, last: {has: {amount: {gte: 50}}}}`,
			want: []answer{{"2024-01-04", false, "2024-01-05"}, {"2024-01-05", true, "2024-01-20"}, {"2024-01-20", false, ""}},
		},
		{
			name: "the first stays the first", events: orders, cond: `{event: order.paid, first: {within: 30d}}`,
			want: []answer{{"2024-01-01", true, "2024-01-31"}, {"2024-01-31", false, ""}},
		},
		{
			name: "where before first", events: orders, cond: `{event: order.paid, where: {shop: b}, first: {has: {amount: 99}}}`,
			want: []answer{{"2024-01-04", false, "2024-01-05"}, {"2024-01-05", true, ""}},
		},
		{
			name: "the newest two, both", events: orders, cond: `{event: order.paid, last: {n: 2, within: 18d}}`,
			want: []answer{
				{"2024-01-04", false, "2024-01-05"}, {"2024-01-05", true, "2024-01-19"}, {"2024-01-19", false, "2024-01-20"},
				{"2024-01-20", true, "2024-01-23"}, {"2024-01-23", false, ""},
			},
		},
		{
			name: "there must be as many", events: orders, cond: `{event: order.paid, last: {n: 4}}`,
			want: []answer{{"2024-02-01", false, ""}},
		},
		{
			name: "on days, with a part of the day still to come", events: orders, cond: `{event: order.paid, last: {days: [-2, -1]}}`,
			want: []answer{{"2024-01-20", false, "2024-01-21"}, {"2024-01-21", true, "2024-01-23"}, {"2024-01-23", false, ""}},
		},
		{
			name:   "equal times: the later arrival is the last",
			events: []string{`2024-01-01 | visit | {"p": 1}`, `2024-01-01 | visit | {"p": 2}`},
			cond:   `{all: [{event: visit, last: {has: {p: 2}}}, {event: visit, first: {has: {p: 1}}}]}`,
			want:   []answer{{"2024-01-01", true, ""}},
		},
	})
}

func TestLastPerKey(t *testing.T) {
	events := []string{
		`2024-01-01 10:00 | order.created | {"id": "A"}`, `2024-01-01 10:10 | order.created | {"id": "B"}`,
		`2024-01-01 10:20 | order.paid | {"id": "A"}`, `2024-01-01 10:50 | order.paid | {"id": "B"}`,
		`2024-01-01 11:00 | order.created | {"id": 7}`, `2024-01-01 11:00 | order.created`,
	}
	play(t, []scene{
		{
			name: "created and not paid within half an hour", events: events,
			cond: `{event: [order.created, order.paid], last: {key: id, older_than: 30m, has: {$type: order.created}}}`,
			want: []answer{
				{"2024-01-01 10:15", false, "2024-01-01 10:40"}, {"2024-01-01 10:39:59.999", false, "2024-01-01 10:40"},
				{"2024-01-01 10:40", true, "2024-01-01 10:50"}, {"2024-01-01 10:50", false, "2024-01-01 11:30"},
				{"2024-01-01 11:30", true, ""},
			},
		},
		{
			name: "the first per key within", events: events, cond: `{event: "order.*", first: {key: id, within: 15m}}`,
			want: []answer{
				{"2024-01-01 10:00", true, "2024-01-01 10:25"}, {"2024-01-01 10:25", false, "2024-01-01 11:00"},
				{"2024-01-01 11:00", true, "2024-01-01 11:15"},
			},
		},
		{
			name: "two of one key", events: events, cond: `{event: "order.*", last: {n: 2, key: id, within: 1h}}`,
			want: []answer{{"2024-01-01 10:20", true, "2024-01-01 11:10"}, {"2024-01-01 11:10", false, ""}},
		},
	})
}

func TestSequences(t *testing.T) {
	play(t, []scene{
		{
			name:   "each strictly later than the one before",
			events: []string{"2024-01-01 | a", "2024-01-01 | b", "2024-01-02 | a", "2024-01-03 | b"},
			cond:   `{sequence: [{event: a}, {event: b}], within: 10d}`,
			want:   []answer{{"2024-01-02", false, "2024-01-03"}, {"2024-01-03", true, "2024-01-12"}, {"2024-01-12", false, ""}},
		},
		{
			name:   "any start may be chosen",
			events: []string{"2024-01-01 | a", "2024-01-05 | a", "2024-01-05 12:00 | b", "2024-01-05 13:00 | c"},
			cond:   `{sequence: [{event: a}, {event: b, max_gap: 1d}, {event: c, max_gap: 1h}]}`,
			want:   []answer{{"2024-01-05 12:00", false, "2024-01-05 13:00"}, {"2024-01-05 13:00", true, ""}},
		},
		{
			name:   "a gap too long by one millisecond",
			events: []string{"2024-01-01 | a", "2024-01-01 01:00:00.001 | b"},
			cond:   `{sequence: [{event: a}, {event: b}], max_gap: 1h}`,
			want:   []answer{{"2024-01-02", false, ""}},
		},
		{
			name:   "a gap just long enough",
			events: []string{"2024-01-01 | a", "2024-01-01 01:00 | b"},
			cond:   `{sequence: [{event: a}, {event: b}], max_gap: 1h}`,
			want:   []answer{{"2024-01-01 01:00", true, ""}},
		},
		{
			name:   "a trial that was not followed by an order",
			events: []string{"2024-01-01 | trial", "2024-01-10 | trial", "2024-01-13 | order.paid"},
			cond:   `{sequence: [{event: trial}, {then_not: {event: order.paid, within: 3d}}]}`,
			want: []answer{
				{"2024-01-01", false, "2024-01-04"}, {"2024-01-03 23:59:59.999", false, "2024-01-04"}, {"2024-01-04", true, ""},
			},
		},
		{
			name:   "an order at the last instant counts, at the same instant as the trial it does not",
			events: []string{"2024-01-10 | trial", "2024-01-10 | order.paid", "2024-01-13 | order.paid"},
			cond:   `{sequence: [{event: trial}, {then_not: {event: order.paid, within: 3d}}]}`,
			want:   []answer{{"2024-01-12", false, ""}, {"2024-01-20", false, ""}},
		},
		{
			name:   "the newest witness decides when it ends",
			events: []string{"2024-01-01 | a", "2024-01-02 | b", "2024-01-03 | a", "2024-01-06 | b"},
			cond:   `{sequence: [{event: a}, {event: b}], within: 5d}`,
			want: []answer{
				{"2024-01-02", true, "2024-01-08"}, {"2024-01-05", true, "2024-01-08"}, {"2024-01-08", false, ""},
			},
		},
	})
}

func TestRegular(t *testing.T) {
	weekly := []string{"2024-01-01 12:00 | visit", "2024-01-09 12:00 | visit", "2024-01-16 12:00 | visit"}
	play(t, []scene{
		{
			name: "in three of four rolling weeks", events: weekly,
			cond: `{event: visit, regular: {per: 7d, each: {count: {gte: 1}}, in: 3, of: 4}}`,
			want: []answer{
				{"2024-01-16", false, "2024-01-16 12:00"},
				{"2024-01-16 12:00", true, "2024-01-29 12:00"}, // the first is 28 days old
				{"2024-01-29 12:00", false, ""},
			},
		},
		{
			name: "in both of the last two calendar weeks", events: weekly,
			cond: `{event: visit, regular: {per: week, each: {count: {gte: 1}}, in: 2, of: 2}}`,
			want: []answer{
				{"2024-01-09", false, "2024-01-09 12:00"}, {"2024-01-09 12:00", true, "2024-01-15"},
				{"2024-01-15", false, "2024-01-16 12:00"}, {"2024-01-16 12:00", true, "2024-01-22"}, {"2024-01-22", false, ""},
			},
		},
	})
}
