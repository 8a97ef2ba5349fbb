package value_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/earmarkhq/earmark/internal/value"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestParseTime(t *testing.T) {
	t.Parallel()
	shanghai := zone(t, "Asia/Shanghai")
	berlin := zone(t, "Europe/Berlin")
	for _, c := range []struct {
		in   string // JSON
		loc  *time.Location
		want string // RFC 3339 in UTC, "" where it is no time
		date bool
	}{
		{`"2024-02-29T12:34:56Z"`, shanghai, "2024-02-29T12:34:56Z", false},
		{`"2024-02-29t12:34:56.7z"`, shanghai, "2024-02-29T12:34:56.7Z", false},
		{`"2024-02-29 12:34:56.7899999+08:00"`, nil, "2024-02-29T04:34:56.789Z", false},
		{`"2024-02-29T00:00:00-05:30"`, shanghai, "2024-02-29T05:30:00Z", false},
		{`"2024-02-29"`, shanghai, "2024-02-28T16:00:00Z", true},
		{`"2024-02-29 08:30"`, shanghai, "2024-02-29T00:30:00Z", false},
		{`"2024-02-29 08:30:15"`, shanghai, "2024-02-29T00:30:15Z", false},
		{`"2024-02-29T08:30:15.250"`, shanghai, "2024-02-29T00:30:15.25Z", false},
		{`"2024-02-29 08:30:15.2"`, nil, "2024-02-29T08:30:15.2Z", false},
		{`"2024-03-31 02:30"`, berlin, "2024-03-31T01:30:00Z", false}, // skipped: read as +01:00
		{`"2024-10-27 02:30"`, berlin, "2024-10-27T00:30:00Z", false}, // repeated: the first
		{`1709210096`, shanghai, "2024-02-29T12:34:56Z", false},
		{`1709210096.5`, shanghai, "2024-02-29T12:34:56.5Z", false},
		{`1709210096789`, shanghai, "2024-02-29T12:34:56.789Z", false},
		{`1709210096789.9`, shanghai, "2024-02-29T12:34:56.789Z", false},
		{`"1709210096"`, shanghai, "2024-02-29T12:34:56Z", false},
		{`"1709210096789"`, shanghai, "2024-02-29T12:34:56.789Z", false},
		{`0`, shanghai, "1970-01-01T00:00:00Z", false},
		{`-1.0005`, shanghai, "1969-12-31T23:59:58.999Z", false},
		{`99999999999`, shanghai, "5138-11-16T09:46:39Z", false},
		{`100000000000`, shanghai, "1973-03-03T09:46:40Z", false},
		{`1e11`, shanghai, "1973-03-03T09:46:40Z", false},
		{`"0001-01-01"`, nil, "0001-01-01T00:00:00Z", true},
		{`"9999-12-31T23:59:59.999Z"`, nil, "9999-12-31T23:59:59.999Z", false},
		{`"2023-02-29"`, nil, "", false}, {`"1900-02-29"`, nil, "", false}, {`"2024-13-01"`, nil, "", false},
		{`"2024-00-01"`, nil, "", false}, {`"2024-04-31"`, nil, "", false}, {`"0000-01-01"`, nil, "", false},
		{`"2024-1-1"`, nil, "", false}, {`"2024-01-01T"`, nil, "", false}, {`"2024-01-01 24:00"`, nil, "", false},
		{`"2024-01-01 10"`, nil, "", false}, {`"2024-01-01 10:60"`, nil, "", false}, {`"2024-01-01 10:00:60"`, nil, "", false},
		{`"2024-01-01T10:00Z"`, nil, "", false}, {`"2024-01-01T10:00:00."`, nil, "", false},
		{`"2024-01-01T10:00:00+0800"`, nil, "", false}, {`"2024-01-01T10:00:00+24:00"`, nil, "", false},
		{`"2024-01-01T10:00:00Zx"`, nil, "", false}, {`"2024-01-01Z"`, nil, "", false}, {`" 2024-01-01"`, nil, "", false},
		{`"2024/01/01"`, nil, "", false}, {`"today"`, nil, "", false}, {`""`, nil, "", false}, {`true`, nil, "", false},
		{`null`, nil, "", false}, {`[1]`, nil, "", false}, {`1e300`, nil, "", false}, {`"1e9"`, nil, "", false},
		{`12345678901234567890123`, nil, "", false}, {`9223372036854775807`, nil, "", false},
	} {
		v, err := value.ParseJSON([]byte(c.in))
		if err != nil {
			t.Fatal(err)
		}
		ms, date, ok := value.ParseTime(v, c.loc)
		if ok != (c.want != "") || date != c.date {
			t.Errorf("%s: ok %v, dateOnly %v", c.in, ok, date)
			continue
		}
		if got := time.UnixMilli(ms).UTC().Format(time.RFC3339Nano); ok && got != c.want {
			t.Errorf("%s: got %s, want %s", c.in, got, c.want)
		}
	}
}

func TestStartOfDayWhereMidnightIsSkipped(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		zone, day, want string
	}{
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"}, // 00:00 → 01:00
		{"Asia/Beirut", "2024-03-31", "2024-03-30T22:00:00Z"},
		{"Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"}, // the whole day is skipped
		{"Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"},
		{"America/Havana", "2024-11-03", "2024-11-03T04:00:00Z"},  // 01:00 → 00:00: the first midnight
		{"America/Toronto", "1919-03-31", "1919-03-31T04:30:00Z"}, // 23:30 → 00:30
		{"Asia/Shanghai", "2024-03-31", "2024-03-30T16:00:00Z"},
	} {
		ms, date, ok := value.ParseTime(value.NewText(c.day), zone(t, c.zone))
		if got := time.UnixMilli(ms).UTC().Format(time.RFC3339); !ok || !date || got != c.want {
			t.Errorf("%s in %s begins %s, want %s", c.day, c.zone, got, c.want)
		}
	}
}

func TestParseTimeAgreesWithTheStandardLibrary(t *testing.T) {
	t.Parallel()
	zones := []*time.Location{time.UTC, zone(t, "Asia/Shanghai"), zone(t, "Europe/Berlin"), zone(t, "America/Sao_Paulo"), zone(t, "Australia/Lord_Howe")}
	rapid.Check(t, func(t *rapid.T) {
		loc := rapid.SampledFrom(zones).Draw(t, "zone")
		ms := rapid.Int64Range(-5e12, 1e13).Draw(t, "ms")
		local := time.UnixMilli(ms).In(loc)
		got, _, ok := value.ParseTimeText(local.Format(time.RFC3339Nano), loc)
		if _, offset := local.Zone(); offset%60 == 0 && (!ok || got != ms) {
			t.Fatalf("%s: %d, %v", local.Format(time.RFC3339Nano), got, ok)
		}
		// Without an offset the instant may be the other one of a repeated hour, never another
		// wall time.
		wall := local.Format("2006-01-02 15:04:05.000")
		got, _, ok = value.ParseTimeText(wall, loc)
		if back := time.UnixMilli(got).In(loc).Format("2006-01-02 15:04:05.000"); !ok || back != wall || got > ms {
			t.Fatalf("%s in %s: %s", wall, loc, back)
		}
		y, m, d := local.Date()
		start := value.StartOfDay(y, m, d, loc)
		before, at := time.UnixMilli(start-1).In(loc), time.UnixMilli(start).In(loc)
		if start > ms || at.Day() != d || before.Day() == d {
			t.Fatalf("day of %s begins %s", local, at)
		}
	})
}

func FuzzParseTime(f *testing.F) {
	for _, s := range []string{"2024-02-29T12:34:56.789Z", "2024-02-29", "2024-02-29 10:00", "1709210096", "2024-01-01T00:00:00+08:00"} {
		f.Add(s)
	}
	shanghai := zone(f, "Asia/Shanghai")
	layouts := []string{"2006-01-02T15:04:05Z07:00", "2006-01-02 15:04:05Z07:00", "2006-01-02", "2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02T15:04:05"}
	f.Fuzz(func(t *testing.T, s string) {
		ms, _, ok := value.ParseTimeText(s, shanghai)
		if !ok {
			return
		}
		for _, layout := range layouts {
			upper := []byte(s)
			for i, c := range upper {
				if c == 't' || c == 'z' {
					upper[i] = c - 'a' + 'A'
				}
			}
			if want, err := time.ParseInLocation(layout, string(upper), shanghai); err == nil {
				// The standard library does not say which instant of a repeated hour it takes.
				if diff := ms - want.UnixMilli(); diff != 0 && diff != 3600e3 && diff != -3600e3 {
					t.Fatalf("%q: %d, want %d", s, ms, want.UnixMilli())
				}
				return
			}
		}
		t.Fatalf("%q is taken as a time", s)
	})
}
