package sample_test

import (
	"testing"
	"time"

	"github.com/earmarkhq/earmark/internal/sample"
)

func at(t *testing.T, text, zone string) (time.Time, *time.Location) {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	instant, err := time.ParseInLocation(time.DateTime, text, loc)
	if err != nil {
		t.Fatal(err)
	}
	return instant, loc
}

func TestWeeksMovesTheHistoryToEndWithinTheLastWeek(t *testing.T) {
	cases := map[string]struct {
		now, zone string
		want      int
	}{
		"the moment it ends":              {sample.Last, sample.Zone, 0},
		"a second before a week later":    {"2011-12-16 12:49:59", sample.Zone, 0},
		"a week later":                    {"2011-12-16 12:50:00", sample.Zone, 1},
		"a second before it ends":         {"2011-12-09 12:49:59", sample.Zone, -1},
		"a week and a second before":      {"2011-12-02 12:49:59", sample.Zone, -2},
		"years later":                     {"2026-11-21 12:00:00", sample.Zone, 780},
		"summer time, at the local hour":  {"2012-04-06 12:50:00", "Europe/London", 17},
		"summer time, a second before it": {"2012-04-06 12:49:59", "Europe/London", 16},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			now, zone := at(t, c.now, c.zone)
			if got := sample.Weeks(now, zone); got != c.want {
				t.Fatalf("weeks = %d, want %d", got, c.want)
			}
		})
	}
}

func TestWeeksAlwaysEndsWithinSevenDays(t *testing.T) {
	last, zone := at(t, sample.Last, sample.Zone)
	for hour := range 400 * 24 {
		now := last.Add(time.Duration(hour) * time.Hour)
		end := last.AddDate(0, 0, 7*sample.Weeks(now, zone))
		if age := now.Sub(end); age < 0 || age >= 7*24*time.Hour {
			t.Fatalf("at %v the history ends %v ago", now, age)
		}
	}
}
