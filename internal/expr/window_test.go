package expr_test

import "testing"

// Every window at its edges, one millisecond before and at them; the instants are worked out by
// hand from the definition of the window.
func TestWindowEdges(t *testing.T) {
	play(t, []scene{
		{
			name:   "within counts for exactly its length",
			events: []string{"2024-01-01 10:00 | order.paid"},
			cond:   `{event: order.paid, within: 10d}`,
			want: []answer{
				{"2024-01-01 09:59:59.999", false, "2024-01-01 10:00"},
				{"2024-01-01 10:00", true, "2024-01-11 10:00"},
				{"2024-01-11 09:59:59.999", true, "2024-01-11 10:00"},
				{"2024-01-11 10:00", false, ""},
			},
		},
		{
			name:   "ago begins and ends",
			events: []string{"2024-01-01 | order.paid"},
			cond:   `{event: order.paid, ago: [60d, 30d]}`,
			want: []answer{
				{"2024-01-30 23:59:59.999", false, "2024-01-31"},
				{"2024-01-31", true, "2024-03-01"},
				{"2024-02-29 23:59:59.999", true, "2024-03-01"},
				{"2024-03-01", false, ""},
			},
		},
		{
			name:   "days: today and those before it",
			events: []string{"2024-01-01 23:30 | order.paid"},
			cond:   `{event: order.paid, days: 7}`,
			want: []answer{
				{"2024-01-01 23:29:59.999", false, "2024-01-01 23:30"},
				{"2024-01-01 23:30", true, "2024-01-08"},
				{"2024-01-07 23:59:59.999", true, "2024-01-08"},
				{"2024-01-08", false, ""},
			},
		},
		{
			name:   "the seven days that ended yesterday",
			events: []string{"2024-01-01 23:30 | order.paid"},
			cond:   `{event: order.paid, days: [-7, -1]}`,
			want: []answer{
				{"2024-01-01 23:59:59.999", false, "2024-01-02"},
				{"2024-01-02", true, "2024-01-09"},
				{"2024-01-08 23:59:59.999", true, "2024-01-09"},
				{"2024-01-09", false, ""},
			},
		},
		{
			name:   "a window of days does not ask again every midnight",
			events: []string{"2024-01-01 08:00 | order.paid", "2024-01-03 08:00 | order.paid"},
			cond:   `{event: order.paid, days: 30}`,
			want:   []answer{{"2024-01-05", true, "2024-02-02"}},
		},
		{
			name:   "today",
			events: []string{"2024-01-01 10:00 | order.paid", "2024-01-02 09:00 | order.paid"},
			cond:   `{event: order.paid, during: today}`,
			want: []answer{
				{"2024-01-01 12:00", true, "2024-01-02"},
				{"2024-01-02", false, "2024-01-02 09:00"},
				{"2024-01-02 09:00", true, "2024-01-03"},
			},
		},
		{
			name:   "last week begins on Monday",
			events: []string{"2024-01-03 | order.paid"},
			cond:   `{event: order.paid, during: last_week}`,
			want: []answer{
				{"2024-01-03", false, "2024-01-08"},
				{"2024-01-07 23:59:59.999", false, "2024-01-08"},
				{"2024-01-08", true, "2024-01-15"},
				{"2024-01-15", false, ""},
			},
		},
		{
			name:   "this month",
			events: []string{"2024-02-29 12:00 | order.paid"},
			cond:   `{event: order.paid, during: this_month}`,
			want:   []answer{{"2024-02-29 12:00", true, "2024-03-01"}, {"2024-03-01", false, ""}},
		},
		{
			name:   "this quarter and last year",
			events: []string{"2024-02-29 12:00 | order.paid"},
			cond:   `{any: [{event: order.paid, during: this_quarter}, {event: order.paid, during: last_year}]}`,
			want: []answer{
				{"2024-03-01", true, "2024-04-01"}, {"2024-04-01", false, "2025-01-01"},
				{"2025-01-01", true, "2026-01-01"}, {"2026-01-01", false, ""},
			},
		},
		{
			name:   "three whole months past",
			events: []string{"2024-01-15 | order.paid"},
			cond:   `{event: order.paid, during: {last: {n: 3, unit: month}}}`,
			want: []answer{
				{"2024-01-31", false, "2024-02-01"}, {"2024-02-01", true, "2024-05-01"},
				{"2024-04-30 23:59:59.999", true, "2024-05-01"}, {"2024-05-01", false, ""},
			},
		},
		{
			name:   "between includes both bare dates",
			events: []string{"2024-01-09 23:59:59.999 | order.paid", "2024-01-12 23:59:59.999 | order.paid", "2024-01-13 | order.paid"},
			cond:   `{event: order.paid, between: [2024-01-10, 2024-01-12], count: {gte: 1}}`,
			want: []answer{
				{"2024-01-11", false, "2024-01-12 23:59:59.999"},
				{"2024-01-12 23:59:59.999", true, ""},
				{"2024-02-01", true, ""},
			},
		},
		{
			name:   "between instants is half open",
			events: []string{"2024-01-10 12:00 | order.paid", "2024-01-11 12:00 | order.paid"},
			cond:   `{event: order.paid, between: ["2024-01-10 12:00", "2024-01-11 12:00"], count: {eq: 1}}`,
			want:   []answer{{"2024-01-10 12:00", true, ""}, {"2024-01-12", true, ""}},
		},
		{
			name: "since an attribute's date, and a later date of it",
			events: []string{
				`2024-01-01 | $identify | {"start": "2024-01-10"}`, "2024-01-09 | order.paid", "2024-01-11 | order.paid",
				`2024-02-01 | $identify | {"start": "2024-01-20"}`, "2024-03-01 | order.paid",
			},
			cond: `{event: order.paid, since: {attribute: start}}`,
			want: []answer{
				{"2024-01-10 23:59:59.999", false, "2024-01-11"},
				{"2024-01-11", true, "2024-02-01"},
				{"2024-02-01", false, "2024-03-01"},
				{"2024-03-01", true, ""},
			},
		},
		{
			name:   "since the first follow",
			events: []string{"2024-01-01 | order.paid", `2024-01-02 | follow.added | {"staff": "s"}`, "2024-01-03 | order.paid", "2024-01-04 | order.paid"},
			cond:   `{event: order.paid, since: first_follow, count: {gte: 2}}`,
			want:   []answer{{"2024-01-01", false, "2024-01-04"}, {"2024-01-04", true, ""}},
		},
		{
			name:   "ever",
			events: []string{"2000-01-01 | order.paid"},
			cond:   `{event: order.paid}`,
			want:   []answer{{"1999-12-31", false, "2000-01-01"}, {"2000-01-01", true, ""}, {"2030-01-01", true, ""}},
		},
	})
}

func TestCalendarMonths(t *testing.T) {
	play(t, []scene{
		{
			name:   "a month later at the same time",
			events: []string{"2024-01-15 12:00 | order.paid"},
			cond:   `{event: order.paid, within: 1mo}`,
			want:   []answer{{"2024-02-15 11:59:59.999", true, "2024-02-15 12:00"}, {"2024-02-15 12:00", false, ""}},
		},
		{
			name:   "no day of February is a month after 31 January",
			events: []string{"2024-01-31 12:00 | order.paid"},
			cond:   `{event: order.paid, within: 1mo}`,
			want:   []answer{{"2024-02-29 23:59:59.999", true, "2024-03-01"}, {"2024-03-01", false, ""}},
		},
		{
			name:   "what left on 28 March does not come back on the 29th to the 31st",
			events: []string{"2023-02-28 12:00 | order.paid"},
			cond:   `{event: order.paid, within: 1mo}`,
			want: []answer{
				{"2023-03-28 11:59:59.999", true, "2023-03-28 12:00"}, {"2023-03-28 12:00", false, ""},
				{"2023-03-29 00:00", false, ""}, {"2023-03-31 11:00", false, ""},
			},
		},
		{
			name:   "the leap day lasts a year and one day",
			events: []string{"2024-02-29 10:00 | order.paid"},
			cond:   `{event: order.paid, within: 1y}`,
			want:   []answer{{"2025-02-28 23:59:59.999", true, "2025-03-01"}, {"2025-03-01", false, ""}},
		},
		{
			name:   "older than a month is the complement",
			events: []string{"2024-01-31 12:00 | order.paid"},
			cond:   `{event: order.paid, last: {older_than: 1mo}}`,
			want:   []answer{{"2024-02-29 23:59:59.999", false, "2024-03-01"}, {"2024-03-01", true, ""}},
		},
	})
}

func TestSummerTime(t *testing.T) {
	play(t, []scene{
		{
			name:   "a day of 23 hours",
			zone:   "America/New_York",
			events: []string{"2024-03-10 01:30 | order.paid"},
			cond:   `{event: order.paid, days: 1}`,
			want:   []answer{{"2024-03-10 01:30", true, "2024-03-11T00:00:00-04:00"}, {"2024-03-11T04:00:00Z", false, ""}},
		},
		{
			name:   "24 hours across the gap",
			zone:   "America/New_York",
			events: []string{"2024-03-09 12:00 | order.paid"},
			cond:   `{event: order.paid, within: 24h}`,
			want:   []answer{{"2024-03-10T12:59:59.999-04:00", true, "2024-03-10T13:00:00-04:00"}, {"2024-03-10T13:00:00-04:00", false, ""}},
		},
		{
			name:   "a month that would end in the gap ends after it",
			zone:   "America/New_York",
			events: []string{"2024-02-10 02:30 | order.paid"},
			cond:   `{event: order.paid, within: 1mo}`,
			want:   []answer{{"2024-03-10T06:59:59.999Z", true, "2024-03-10T07:00:00Z"}, {"2024-03-10T07:00:00Z", false, ""}},
		},
		{
			name:   "a month that ends in the repeated hour ends in its first pass",
			zone:   "America/New_York",
			events: []string{"2024-10-03 01:30 | order.paid"},
			cond:   `{event: order.paid, within: 1mo}`,
			want: []answer{
				{"2024-11-03T01:29:59.999-04:00", true, "2024-11-03T01:30:00-04:00"},
				{"2024-11-03T01:30:00-04:00", false, ""}, {"2024-11-03T01:00:00-05:00", false, ""},
			},
		},
		{
			name:   "and one that ends after it is not cut short by it",
			zone:   "America/New_York",
			events: []string{"2024-10-03 02:15 | order.paid"},
			cond:   `{event: order.paid, within: 1mo}`,
			want:   []answer{{"2024-11-03T01:59:59.999-05:00", true, "2024-11-03T02:15:00-05:00"}},
		},
		{
			name:   "an event in the second pass leaves when the first instant beyond it is a month old",
			zone:   "America/New_York",
			events: []string{"2024-11-03T01:30:00-05:00 | order.paid"},
			cond:   `{event: order.paid, within: 1mo}`,
			want:   []answer{{"2024-12-03 01:59:59.999", true, "2024-12-03 02:00"}, {"2024-12-03 02:00", false, ""}},
		},
		{
			name:   "a day of 25 hours",
			zone:   "America/New_York",
			events: []string{"2024-11-03T00:30:00-04:00 | order.paid"},
			cond:   `{event: order.paid, during: today}`,
			want:   []answer{{"2024-11-03T23:59:59.999-05:00", true, "2024-11-04T05:00:00Z"}},
		},
		{
			name:   "London's midnight in summer",
			zone:   "Europe/London",
			events: []string{"2024-03-31 23:30 | order.paid", "2024-10-26 23:30 | order.paid"},
			cond:   `{event: order.paid, days: 1}`,
			want: []answer{
				{"2024-03-31T22:30:00Z", true, "2024-03-31T23:00:00Z"}, {"2024-03-31T23:00:00Z", false, "2024-10-26T22:30:00Z"},
				{"2024-10-26T22:30:00Z", true, "2024-10-26T23:00:00Z"},
			},
		},
		{
			name:   "where midnight is skipped the day begins at one",
			zone:   "America/Sao_Paulo",
			events: []string{"2018-11-03 12:00 | order.paid"},
			cond:   `{event: order.paid, during: today}`,
			want:   []answer{{"2018-11-04T02:59:59.999Z", true, "2018-11-04T03:00:00Z"}, {"2018-11-04T03:00:00Z", false, ""}},
		},
	})
}
