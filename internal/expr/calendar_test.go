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
