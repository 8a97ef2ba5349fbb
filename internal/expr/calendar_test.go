package expr

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

var testZones = []string{
	"UTC", "Asia/Shanghai", "Asia/Kolkata", "America/New_York", "Europe/London", "Europe/Dublin", "Australia/Lord_Howe",
	"America/Sao_Paulo", "America/St_Johns", "America/Havana", "Pacific/Apia", "Africa/Casablanca", "Asia/Tehran",
	"America/Santiago", "Antarctica/Troll", "Asia/Gaza",
}

func zone(t interface{ Fatal(...any) }, name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// The table must agree with the library wherever it is asked.
func TestCalendarAgreesWithTheLibrary(t *testing.T) {
	for _, name := range testZones {
		t.Run(name, func(t *testing.T) {
			loc := zone(t, name)
			c := calendarOf(loc)
			t.Logf("%d changes", len(c.starts))
			rapid.Check(t, func(t *rapid.T) {
				ms := rapid.Int64Range(-2208988800000, 20000000000000).Draw(t, "ms")
				if rapid.Bool().Draw(t, "near a change") {
					i := rapid.IntRange(1, max(len(c.starts)-1, 1)).Draw(t, "change")
					if i < len(c.starts) {
						ms = c.starts[i] + rapid.Int64Range(-2, 2).Draw(t, "off")
					}
				}
				_, off := time.UnixMilli(ms).In(loc).Zone()
				if got := c.local(ms) - ms; got != int64(off)*1000 {
					t.Fatalf("offset at %d = %d, want %d", ms, got, int64(off)*1000)
				}
			})
		})
	}
}

// What days, wall times and moving ends promise, asked where zones change and months end.
func TestCalendarLaws(t *testing.T) {
	for _, name := range testZones {
		t.Run(name, func(t *testing.T) {
			c := calendarOf(zone(t, name))
			rapid.Check(t, func(t *rapid.T) {
				at := instantNear(t, c)
				if w := c.wall(at); w < c.wall(at-1) || c.instant(w) > at || c.local(c.instant(w)) < w || c.wall(c.instant(w)-1) >= w {
					t.Fatalf("%d: wall %d, its instant %d", at, w, c.instant(w))
				}
				n := c.day(at)
				if c.dayStart(n) > at || c.dayStart(n+1) <= at {
					t.Fatalf("%d is outside its day %d", at, n)
				}
				for _, u := range []Unit{Day, Week, Month, Quarter, Year} {
					if p := c.period(u, at); c.periodStart(u, p) > at || c.periodStart(u, p+1) <= at {
						t.Fatalf("%d is outside its %s %d", at, u, p)
					}
				}
				d := Duration{Months: rapid.IntRange(1, 25).Draw(t, "months")}
				sign := rapid.SampledFrom([]int64{-1, 1}).Draw(t, "sign")
				if c.moved(at, d, sign) < c.moved(at-1, d, sign) {
					t.Fatalf("the moving end of %d months goes back at %d", d.Months, at)
				}
				if r := c.movedReaches(at, d, sign); c.moved(r, d, sign) < at || c.moved(r-1, d, sign) >= at {
					t.Fatalf("%d: reached at %d", at, r)
				}
			})
		})
	}
}

func instantNear(t *rapid.T, c *calendar) int64 {
	at := rapid.Int64Range(-3000000000000, 30000000000000).Draw(t, "at")
	switch rapid.IntRange(0, 2).Draw(t, "near") {
	case 0:
		at = c.starts[rapid.IntRange(0, len(c.starts)-1).Draw(t, "change")]
		at = max(at, -5000000000000) + rapid.Int64Range(-2, 2).Draw(t, "off") + rapid.Int64Range(-2, 2).Draw(t, "hours")*1800000
	case 1:
		at = c.dayStart(c.day(at)+rapid.Int64Range(0, 3).Draw(t, "days")) + rapid.Int64Range(-2, 2).Draw(t, "off")
	}
	return at
}

func TestCivilDates(t *testing.T) {
	for n := int64(-800000); n < 1200000; n += 97 {
		y, m, d := civil(n)
		lib := time.Unix(n*86400, 0).UTC()
		if int(y) != lib.Year() || int(m) != int(lib.Month()) || int(d) != lib.Day() || dayNumber(y, m, d) != n {
			t.Fatalf("day %d is %d-%d-%d, want %s", n, y, m, d, lib.Format(time.DateOnly))
		}
	}
}
