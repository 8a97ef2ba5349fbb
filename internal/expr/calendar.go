package expr

import (
	"sync"
	"time"
)

const (
	dayMs = int64(24 * 60 * 60 * 1000)
	// Offsets from UTC are below a day, so a local date begins within this of its midnight in UTC.
	zoneSlack = 26 * 60 * 60 * 1000

	minInstant = -1 << 63
)

// calendar answers questions of local time in one zone from a table of its changes.
//
// Instants are Unix milliseconds; days are numbered from 1970-01-01; a wall time is local
// date and time counted in milliseconds as if it were UTC. The local day n begins at the first
// instant whose local date is n or later, so days never overlap, whatever the zone does.
type calendar struct {
	starts []int64 // change i holds from here on; starts[0] is the beginning of time
	offs   []int64 // offset from UTC in milliseconds
	back   []int64 // highest wall time before change i where that turned the clock back, else minInstant
}

// The table ends in foldEnd; later instants are read 400 years earlier, where the Gregorian
// calendar, its weeks, and the zone's rule are the same.
const (
	foldDays = 146097
	foldMs   = foldDays * dayMs
)

var (
	foldEnd   = time.Date(2440, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	calendars sync.Map // zoneKey → *calendar
)

// zoneKey tells zones apart: a name may be loaded many times, and two fixed zones may share one.
type zoneKey struct {
	name   string
	probes [6]int
}

func keyOf(loc *time.Location) zoneKey {
	k := zoneKey{name: loc.String()}
	for i, sec := range [...]int64{-2e9, 0, 5e8, 9.6e8, 1.7e9, 1.715e9} {
		_, k.probes[i] = time.Unix(sec, 0).In(loc).Zone()
	}
	return k
}

// calendarOf returns the calendar of a zone; nil is UTC.
func calendarOf(loc *time.Location) *calendar {
	if loc == nil {
		loc = time.UTC
	}
	key := keyOf(loc)
	if c, ok := calendars.Load(key); ok {
		return c.(*calendar)
	}
	c, _ := calendars.LoadOrStore(key, newCalendar(loc))
	return c.(*calendar)
}

func newCalendar(loc *time.Location) *calendar {
	c := &calendar{}
	t := time.Date(1800, 1, 1, 0, 0, 0, 0, time.UTC).In(loc)
	for {
		_, off := t.Zone()
		_, end := t.ZoneBounds()
		from := int64(minInstant)
		if len(c.starts) > 0 {
			from = t.UnixMilli()
		}
		c.change(from, int64(off)*1000)
		if end.IsZero() || end.UnixMilli() >= foldEnd {
			return c
		}
		if !end.After(t) {
			// On the last day of a leap year the standard library gives bounds that do not hold
			// the instant; there is no change of offset there.
			end = t.Add(48 * time.Hour)
		}
		t = end
	}
}

func (c *calendar) change(from, off int64) {
	high := int64(minInstant)
	if n := len(c.offs); n > 0 {
		if off == c.offs[n-1] {
			return
		}
		high = from - 1 + c.offs[n-1]
		if c.back[n-1] > high {
			high = c.back[n-1]
		}
		if high < from+off {
			high = minInstant
		}
	}
	c.starts, c.offs, c.back = append(c.starts, from), append(c.offs, off), append(c.back, high)
}

// at is the index of the change in force; t is before foldEnd.
func (c *calendar) at(t int64) int {
	lo, hi := 0, len(c.starts)-1
	if t >= c.starts[hi] {
		return hi
	}
	for hi-lo > 1 {
		mid := int(uint(lo+hi) >> 1)
		if t >= c.starts[mid] {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}

// wall is the local time at an instant, without ever going back: in an hour that the zone
// repeats it stays at the end of the first pass until the second has caught up.
func (c *calendar) wall(t int64) int64 {
	if t >= foldEnd {
		k := (t-foldEnd)/foldMs + 1
		return c.wall(t-k*foldMs) + k*foldMs
	}
	i := c.at(t)
	return max(t+c.offs[i], c.back[i])
}

// local is the local time at an instant as clocks on the wall show it.
func (c *calendar) local(t int64) int64 {
	if t >= foldEnd {
		k := (t-foldEnd)/foldMs + 1
		return c.local(t-k*foldMs) + k*foldMs
	}
	return t + c.offs[c.at(t)]
}

// instant is the first instant whose local time is wall or later.
func (c *calendar) instant(wall int64) int64 {
	if wall >= foldEnd {
		k := (wall-foldEnd)/foldMs + 1
		return c.instant(wall-k*foldMs) + k*foldMs
	}
	if n := len(c.starts) - 1; n == 0 || wall-c.starts[n] > zoneSlack {
		return wall - c.offs[n]
	}
	i := c.at(wall - zoneSlack)
	for {
		t := max(c.starts[i], wall-c.offs[i])
		if i == len(c.starts)-1 || t < c.starts[i+1] {
			return t
		}
		i++
	}
}

// day is the number of the local day that an instant lies in.
func (c *calendar) day(t int64) int64 { return floorDiv(c.wall(t), dayMs) }

// dayStart is the first instant of local day n.
func (c *calendar) dayStart(n int64) int64 { return c.instant(n * dayMs) }

// floorDiv is a ÷ b rounded down; b > 0.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// civil is the date of day n; month counts from 1.
func civil(n int64) (year, month, day int64) {
	n += 719468
	era := floorDiv(n, foldDays)
	doe := n - era*foldDays
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	day = doy - (153*mp+2)/5 + 1
	month = mp + 3
	if month > 12 {
		month -= 12
	}
	year = yoe + era*400
	if month <= 2 {
		year++
	}
	return year, month, day
}

// dayNumber is the inverse of civil; month may be any number, day is as given.
func dayNumber(year, month, day int64) int64 {
	year += floorDiv(month-1, 12)
	month = month - 1 - floorDiv(month-1, 12)*12 + 1
	if month <= 2 {
		year--
		month += 12
	}
	era := floorDiv(year, 400)
	yoe := year - era*400
	doy := (153*(month-3)+2)/5 + day - 1
	return era*foldDays + yoe*365 + yoe/4 - yoe/100 + doy - 719468
}

// monthLength is the number of days of a month; month may be any number.
func monthLength(year, month int64) int64 {
	return dayNumber(year, month+1, 1) - dayNumber(year, month, 1)
}

// period is the number of the calendar unit that day n lies in, and periodDay the first day of
// unit i. Weeks are counted from the Monday of the week of 1970-01-01.
func period(u Unit, n int64) int64 {
	switch u {
	case Day:
		return n
	case Week:
		return floorDiv(n+3, 7)
	}
	y, m, _ := civil(n)
	switch u {
	case Quarter:
		return y*4 + (m-1)/3
	case Year:
		return y
	}
	return y*12 + m - 1
}

func periodDay(u Unit, i int64) int64 {
	switch u {
	case Day:
		return i
	case Week:
		return i*7 - 3
	case Quarter:
		return dayNumber(floorDiv(i, 4), (i-floorDiv(i, 4)*4)*3+1, 1)
	case Year:
		return dayNumber(i, 1, 1)
	}
	return dayNumber(floorDiv(i, 12), i-floorDiv(i, 12)*12+1, 1)
}

// period is the number of the unit that an instant lies in, and periodStart its first instant.
func (c *calendar) period(u Unit, t int64) int64      { return period(u, c.day(t)) }
func (c *calendar) periodStart(u Unit, i int64) int64 { return c.dayStart(periodDay(u, i)) }

// shiftDay moves day n by months; clamped says that the month reached is shorter and the day
// is its last.
func shiftDay(n, months int64) (shifted int64, clamped bool) {
	y, m, d := civil(n)
	if last := monthLength(y, m+months); d > last {
		return dayNumber(y, m+months, last), true
	}
	return dayNumber(y, m+months, d), false
}

// add is an instant plus n times a duration: calendar ones keep the local time of day, and the
// day is clamped to the month's end.
func (c *calendar) add(t int64, d Duration, n int64) int64 {
	if d.Months == 0 {
		return saturate(t, d.Ms*n)
	}
	w := c.local(t)
	day := floorDiv(w, dayMs)
	to, _ := shiftDay(day, int64(d.Months)*n)
	return c.instant(to*dayMs + w - day*dayMs)
}

// moved is at ± a duration as the moving end of a window: the highest value that this had so
// far. A calendar duration would else step back where months have different lengths or an hour
// is repeated, and what has left a window would come back: 29, 30 and 31 March minus a month
// are the end of 28 February.
func (c *calendar) moved(at int64, d Duration, sign int64) int64 {
	if d.Months == 0 {
		return saturate(at, sign*d.Ms)
	}
	w := c.wall(at)
	day := floorDiv(w, dayMs)
	tod := w - day*dayMs
	to, clamped := shiftDay(day, sign*int64(d.Months))
	if clamped {
		tod = dayMs - 1
	}
	return c.instant(to*dayMs + tod)
}

// movedReaches is the first instant at which moved(at, d, sign) ≥ t.
func (c *calendar) movedReaches(t int64, d Duration, sign int64) int64 {
	if d.Months == 0 {
		return saturate(t, -sign*d.Ms)
	}
	// instant(w) ≥ t exactly where w is above every wall time before t.
	want := c.wall(t-1) + 1
	day := floorDiv(want, dayMs)
	y, m, dom := civil(day)
	m -= sign * int64(d.Months)
	if dom > monthLength(y, m) { // no day moves here: the next month's first moves beyond
		return c.dayStart(dayNumber(y, m+1, 1))
	}
	return c.instant(dayNumber(y, m, dom)*dayMs + want - day*dayMs)
}

// sub is the near past end of a window of length d at an instant, and leaves the first instant
// at which that end has reached t: an event at t counts while sub(at, d) < t.
func (c *calendar) sub(at int64, d Duration) int64   { return c.moved(at, d, -1) }
func (c *calendar) leaves(t int64, d Duration) int64 { return c.movedReaches(t, d, -1) }

// saturate is t + d without overflow, and Never where it would be one.
func saturate(t, d int64) int64 {
	s := t + d
	if d > 0 && s < t {
		return Never
	}
	if d < 0 && s > t {
		return minInstant
	}
	return s
}

// times is n durations.
func (d Duration) times(n int) Duration {
	return Duration{Ms: d.Ms * int64(n), Months: d.Months * n}
}
