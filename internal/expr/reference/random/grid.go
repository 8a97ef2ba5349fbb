package random

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"pgregory.net/rapid"
)

// Grid is the place in time around which everything is drawn.
type Grid struct {
	Zone   *time.Location
	Anchor time.Time // midnight of the anchor day
}

// zones and the days near which something happens to their calendars.
var zones = []struct {
	name string
	days []string
}{
	{"Asia/Shanghai", []string{"2024-02-29", "2023-12-31", "2024-03-04", "2023-02-28", "2024-06-30"}},
	{"America/New_York", []string{"2024-03-10", "2024-11-03", "2024-02-29", "2024-12-31", "2024-04-10"}},
	{"Europe/London", []string{"2024-03-31", "2024-10-27", "2023-02-28", "2024-01-01"}},
	{"Asia/Kathmandu", []string{"2024-01-31", "2024-02-29", "2024-05-31"}},
}

// zone loads a zone once: evaluators remember what they know of a zone by its address.
func zone(name string) (*time.Location, error) {
	if loc, ok := loaded.Load(name); ok {
		return loc.(*time.Location), nil
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, err
	}
	first, _ := loaded.LoadOrStore(name, loc)
	return first.(*time.Location), nil
}

var loaded sync.Map // zone name → *time.Location

// NewGrid draws a zone and an anchor day.
func NewGrid(t *rapid.T) Grid {
	z := rapid.SampledFrom(zones).Draw(t, "zone")
	loc, err := zone(z.name)
	if err != nil {
		t.Fatalf("zone data of %s: %v", z.name, err)
	}
	day, err := time.ParseInLocation("2006-01-02", rapid.SampledFrom(z.days).Draw(t, "anchor"), loc)
	if err != nil {
		t.Fatal(err)
	}
	return Grid{Zone: loc, Anchor: day}
}

var (
	nearDays   = []int{-3, -2, -1, -1, 0, 0, 0, 1, 1, 2, 3}
	farDays    = []int{-7, -8, -14, -28, -29, -30, -31, -59, -60, -61, -90, -91, -365, -366, 7, 14, 28, 30, 31}
	timesOfDay = []time.Duration{
		0, 0, 12 * time.Hour, 12 * time.Hour, 30 * time.Minute, 90 * time.Minute, 150 * time.Minute,
		24*time.Hour - time.Millisecond, 12*time.Hour + time.Second, time.Millisecond,
	}
)

// Instant draws an instant of the grid.
func (g Grid) Instant(t *rapid.T, label string) int64 {
	days := nearDays
	if rapid.IntRange(0, 3).Draw(t, label+" far") == 0 {
		days = farDays
	}
	d := rapid.SampledFrom(days).Draw(t, label+" day")
	tod := rapid.SampledFrom(timesOfDay).Draw(t, label+" time")
	y, m, day := g.Anchor.Date()
	return time.Date(y, m, day+d, 0, 0, 0, int(tod), g.Zone).UnixMilli()
}

// Date draws an instant as a property would state it, in one of the forms of dates, as JSON.
func (g Grid) Date(t *rapid.T, label string) string {
	at := time.UnixMilli(g.Instant(t, label)).In(g.Zone)
	if rapid.IntRange(0, 4).Draw(t, label+" birthday") == 0 { // decades ago, for anniversaries
		at = at.AddDate(-rapid.SampledFrom([]int{4, 24, 31}).Draw(t, label+" age"), 0, 0)
	}
	switch rapid.IntRange(0, 5).Draw(t, label+" form") {
	case 0:
		return q(at.Format("2006-01-02 15:04:05.000"))
	case 1:
		return q(at.Format("2006-01-02 15:04"))
	case 2:
		return q(at.Format(time.RFC3339))
	case 3:
		return fmt.Sprint(at.UnixMilli())
	case 4:
		return q(fmt.Sprint(at.Unix()))
	}
	return q(at.Format("2006-01-02"))
}

// bound draws a date as a condition writes it, as JSON.
func (g Grid) bound(t *rapid.T, label string) string {
	at := time.UnixMilli(g.Instant(t, label)).In(g.Zone)
	if rapid.Bool().Draw(t, label+" bare") {
		return q(at.Format("2006-01-02"))
	}
	return q(at.Format("2006-01-02 15:04:05"))
}

func q(s string) string { return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"` }

func pick[T any](t *rapid.T, label string, from ...T) T {
	return rapid.SampledFrom(from).Draw(t, label)
}

// oneIn is true once in n draws.
func oneIn(t *rapid.T, n int, label string) bool { return rapid.IntRange(1, n).Draw(t, label) == n }

func duration(t *rapid.T, label string) string {
	return pick(t, label, "1d", "1d", "2d", "3d", "12h", "1h", "36h", "7d", "1w", "30d", "1mo", "3mo", "1y", "90s", "500ms")
}

// list joins JSON values drawn n times into a list.
func list(n int, draw func(i int) string) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = draw(i)
	}
	return "[" + strings.Join(parts, ",") + "]"
}

// object joins the members that are not empty.
func object(members ...string) string {
	var parts []string
	for _, m := range members {
		if m != "" {
			parts = append(parts, m)
		}
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// member is one member of an object.
func member(key, json string) string { return q(key) + ":" + json }
