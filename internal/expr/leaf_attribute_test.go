package expr_test

import "testing"

func TestAttributes(t *testing.T) {
	play(t, []scene{
		{
			name: "the newest by its own time, a tie to the later arrival, ahead waits",
			events: []string{
				`2024-01-02 | $identify | {"city": "北京"}`, `2024-01-01 | $identify | {"city": "广州"}`,
				`2024-01-02 | $identify | {"city": "上海"}`, `2024-02-01 | $identify | {"city": "北京"}`,
			},
			cond: `{attribute: city, in: [北京]}`,
			want: []answer{
				{"2024-01-01", false, "2024-02-01"}, {"2024-01-02", false, "2024-02-01"}, {"2024-02-01", true, ""},
			},
		},
		{
			name:   "an update replaces its whole key",
			events: []string{`2024-01-01 | $identify | {"profile": {"city": "北京", "age": 3}}`, `2024-01-05 | $identify | {"profile": {"age": 4}}`},
			cond:   `{attribute: profile.city}`,
			want:   []answer{{"2024-01-02", true, "2024-01-05"}, {"2024-01-05", false, ""}},
		},
		{
			name:   "null, empty text and empty list are absent, and match every negation",
			events: []string{`2024-01-01 | $identify | {"a": null, "b": "", "c": []}`},
			cond: `{all: [{none: [{attribute: a}, {attribute: b}, {attribute: c}, {attribute: d}]},
				{attribute: a, ne: x}, {attribute: b, not_contains: x}, {attribute: c, not_includes: x}, {attribute: d, not_in: [x]}, {attribute: d, exists: false}]}`,
			want: []answer{{"2024-01-02", true, ""}},
		},
		{
			name: "held: repeats do not restart, a removal does",
			events: []string{
				`2024-01-01 | $identify | {"level": "gold"}`, `2024-01-03 | $identify | {"level": "gold"}`,
				`2024-01-10 | $identify | {"level": null}`, `2024-01-11 | $identify | {"level": "gold"}`,
			},
			cond: `{attribute: level, eq: gold, held: {for: 5d}}`,
			want: []answer{
				{"2024-01-01", false, "2024-01-06"}, {"2024-01-05 23:59:59.999", false, "2024-01-06"},
				{"2024-01-06", true, "2024-01-10"}, {"2024-01-10", false, "2024-01-16"}, {"2024-01-16", true, ""},
			},
		},
		{
			name: "held: a value replaced at the same instant was never there",
			events: []string{
				`2024-01-01 | $identify | {"level": "gold"}`, `2024-01-03 | $identify | {"level": "silver"}`, `2024-01-03 | $identify | {"level": "gold"}`,
			},
			cond: `{attribute: level, eq: gold, held: {for: 5d}}`,
			want: []answer{{"2024-01-04", false, "2024-01-06"}},
		},
		{
			name:   "held for less than",
			events: []string{`2024-01-01 | $identify | {"level": "gold"}`},
			cond:   `{attribute: level, eq: gold, held: {less_than: 5d}}`,
			want:   []answer{{"2024-01-01", true, "2024-01-06"}, {"2024-01-06", false, ""}},
		},
	})
}

func TestValueOperators(t *testing.T) {
	set := []string{`2024-01-01 | $identify | {"n": 10, "d": "1.50", "s": "Blue Shoes", "yes": true, "l": ["a", "1"],
		"code": "A_1", "o": [{"k": "x", "n": 1}, {"k": "y", "n": 5}], "big": 9007199254740993}`}
	yes := []string{
		`{attribute: n, eq: "10"}`, `{attribute: n, gt: 9.99}`, `{attribute: n, between: [10, 10]}`, `{attribute: d, eq: 1.5}`,
		`{attribute: d, lte: 1.5}`, `{attribute: s, contains: Shoes}`, `{attribute: s, icontains: shoes}`,
		`{attribute: s, starts_with: Blue}`, `{attribute: s, ends_with: oes}`, `{attribute: s, contains_any: [red, lue]}`,
		`{attribute: s, like: "blue%s"}`, `{attribute: code, like: "a__"}`, `{attribute: s, regex: "^B.*s$"}`, `{attribute: s, regex: "Sh"}`,
		`{attribute: yes, eq: true}`, `{attribute: yes, eq: "true"}`, `{attribute: l, includes: [b, a]}`, `{attribute: l, includes: [1]}`,
		`{attribute: l, has_all: [a, 1]}`, `{attribute: o, any: {k: y, n: {gte: 5}}}`, `{attribute: big, eq: 9007199254740993}`,
		`{attribute: n, gte: 10, lt: 11}`, `{attribute: l, any: {eq: a}}`,
	}
	no := []string{
		`{attribute: n, gt: 10}`, `{attribute: s, gt: 1}`, `{attribute: s, contains: shoes}`, `{attribute: yes, eq: 1}`,
		`{attribute: yes, eq: "TRUE"}`, `{attribute: l, has_all: [a, b]}`, `{attribute: o, any: {k: x, n: {gte: 5}}}`,
		`{attribute: o.k}`, `{attribute: big, eq: 9007199254740992}`, `{attribute: s, like: "blue"}`, `{attribute: l, eq: a}`,
		`{attribute: n, after: 2024-01-01}`, `{attribute: l, contains: a}`,
	}
	for _, cond := range yes {
		play(t, []scene{{name: cond, events: set, cond: cond, want: []answer{{"2024-02-01", true, ""}}}})
		play(t, []scene{{name: "not " + cond, events: set, cond: "{not: " + cond + "}", want: []answer{{"2024-02-01", false, ""}}}})
	}
	for _, cond := range no {
		play(t, []scene{{name: cond, events: set, cond: cond, want: []answer{{"2024-02-01", false, ""}}}})
	}
}

func TestDates(t *testing.T) {
	at := func(date string) []string { return []string{`2023-01-01 | $identify | {"d": "` + date + `"}`} }
	play(t, []scene{
		{name: "before is strict", events: at("2024-01-10"), cond: `{attribute: d, before: 2024-01-10}`, want: []answer{{"2024-01-01", false, ""}}},
		{name: "after a bare date means its start", events: at("2024-01-10 00:00:01"), cond: `{attribute: d, after: 2024-01-10}`, want: []answer{{"2024-01-01", true, ""}}},
		{name: "on is the whole local day", events: at("2024-01-10T15:59:59Z"), cond: `{attribute: d, on: 2024-01-10}`, want: []answer{{"2024-01-01", true, ""}}},
		{name: "and not the next", events: at("2024-01-10T16:00:00Z"), cond: `{attribute: d, on: 2024-01-10}`, want: []answer{{"2024-01-01", false, ""}}},
		{name: "at is to the second", events: at("2024-01-10 08:00:00.900"), cond: `{attribute: d, at: "2024-01-10 08:00:00"}`, want: []answer{{"2024-01-01", true, ""}}},
		{name: "epoch seconds", events: []string{`2023-01-01 | $identify | {"d": 1704844800}`}, cond: `{attribute: d, on: 2024-01-10}`, want: []answer{{"2024-01-01", true, ""}}},
		{name: "no date matches no date operator", events: at("soon"), cond: `{any: [{attribute: d, before: 2030-01-01}, {attribute: d, after: 2000-01-01}]}`, want: []answer{{"2024-01-01", false, ""}}},
		{
			name: "within the last 7 days", events: at("2024-01-10 12:00"), cond: `{attribute: d, within_last: 7d}`,
			want: []answer{{"2024-01-01", false, "2024-01-10 12:00"}, {"2024-01-10 12:00", true, "2024-01-17 12:00"}, {"2024-01-17 12:00", false, ""}},
		},
		{
			name: "within the last 7 calendar days", events: at("2024-01-10 12:00"), cond: `{attribute: d, within_last: {days: 7}}`,
			want: []answer{{"2024-01-10 12:00", true, "2024-01-17"}, {"2024-01-17", false, ""}},
		},
		{
			name: "older than 30 days", events: at("2024-01-01"), cond: `{attribute: d, older_than: 30d}`,
			want: []answer{{"2024-01-30 23:59:59.999", false, "2024-01-31"}, {"2024-01-31", true, ""}},
		},
		{
			name: "before three days ago", events: at("2024-01-01"), cond: `{attribute: d, before: {ago: 3d}}`,
			want: []answer{{"2024-01-04", false, "2024-01-04 00:00:00.001"}, {"2024-01-04 00:00:00.001", true, ""}},
		},
		{
			name: "on the day three days ahead", events: at("2024-01-10 12:00"), cond: `{attribute: d, on: {ahead: 3d}}`,
			want: []answer{{"2024-01-06", false, "2024-01-07"}, {"2024-01-07", true, "2024-01-08"}, {"2024-01-08", false, ""}},
		},
		{
			name: "this week", events: at("2024-01-10"), cond: `{attribute: d, in_period: this_week}`,
			want: []answer{{"2024-01-07 23:59:59.999", false, "2024-01-08"}, {"2024-01-08", true, "2024-01-15"}, {"2024-01-15", false, ""}},
		},
		{
			name: "next month", events: at("2024-03-31"), cond: `{attribute: d, in_period: next_month}`,
			want: []answer{{"2024-01-15", false, "2024-02-01"}, {"2024-02-01", true, "2024-03-01"}, {"2024-03-01", false, ""}},
		},
		{
			name: "three days around", events: at("2024-01-10 23:00"), cond: `{attribute: d, in_period: {days: 3}}`,
			want: []answer{{"2024-01-06", false, "2024-01-07"}, {"2024-01-07", true, "2024-01-14"}, {"2024-01-14", false, ""}},
		},
		{
			name: "month of birth", events: at("1990-05-20"), cond: `{attribute: d, in_period: {birthday: month}}`,
			want: []answer{{"2024-01-01", false, "2024-05-01"}, {"2024-05-31", true, "2024-06-01"}, {"2024-06-01", false, "2025-05-01"}},
		},
		{
			name: "a birthday on the leap day", events: at("2000-02-29"), cond: `{attribute: d, in_period: {birthday: [0, 1]}}`,
			want: []answer{
				{"2023-01-01", false, "2023-02-27"}, {"2023-02-28", true, "2023-03-01"}, {"2023-03-01", false, "2024-02-28"},
				{"2024-02-29", true, "2024-03-01"},
			},
		},
		{
			name: "the week before a birthday across the year", events: at("1990-01-03"), cond: `{attribute: d, in_period: {birthday: [0, 7]}}`,
			want: []answer{{"2023-12-01", false, "2023-12-27"}, {"2023-12-27", true, "2024-01-04"}, {"2024-01-04", false, "2024-12-27"}},
		},
	})
}
