package reference

import (
	"math"
	"time"

	"github.com/earmarkhq/earmark/internal/expr"
)

const dayMs = 24 * 60 * 60 * 1000

// local is an instant on the tenant's clock.
func (w *World) local(at int64) time.Time { return time.UnixMilli(at).In(w.Zone) }

// day is the number of the local day of an instant, counted from 1970-01-01.
func (w *World) day(at int64) int {
	y, m, d := w.local(at).Date()
	return dayNumber(y, m, d)
}

func dayNumber(y int, m time.Month, d int) int {
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// civil is the date of a day number.
func civil(day int) (y int, m time.Month, d int) {
	return time.Unix(int64(day)*86400, 0).UTC().Date()
}

// start is the first instant of a local day, found by search: the least instant whose local
// day is not before it. It is right also where midnight does not exist.
func (w *World) start(day int) int64 {
	if at, ok := w.days[day]; ok {
		return at
	}
	lo, hi := int64(day)*dayMs-16*3600*1000, int64(day)*dayMs+16*3600*1000
	for lo < hi {
		mid := lo + (hi-lo)/2
		if w.day(mid) >= day {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	if w.days == nil {
		w.days = map[int]int64{}
	}
	w.days[day] = lo
	return lo
}

// periodDay is the first day of the calendar period that lies n periods after the one of at.
func (w *World) periodDay(unit expr.Unit, at int64, n int) int {
	y, m, d := w.local(at).Date()
	switch unit {
	case expr.Day:
		return dayNumber(y, m, d) + n
	case expr.Week:
		today := dayNumber(y, m, d)
		sinceMonday := (int(w.local(at).Weekday()) + 6) % 7
		return today - sinceMonday + 7*n
	case expr.Month:
		return dayNumber(y, m+time.Month(n), 1)
	case expr.Quarter:
		first := (int(m)-1)/3*3 + 1
		return dayNumber(y, time.Month(first+3*n), 1)
	case expr.Year:
		return dayNumber(y+n, 1, 1)
	}
	panic("reference: unknown unit " + string(unit))
}

// period is the calendar period n periods after the one of at, as [from, to).
func (w *World) period(unit expr.Unit, at int64, n int) span {
	return span{w.start(w.periodDay(unit, at, n)), w.start(w.periodDay(unit, at, n+1))}
}

// shift is an instant moved by n times a duration. Months keep the local time of day and are
// clamped to the end of the month; a time of day that the clock skips is the moment it skips.
func (w *World) shift(at int64, d expr.Duration, n int) int64 {
	if d.Months == 0 {
		return at + d.Ms*int64(n)
	}
	t := w.local(at)
	y, m, day := t.Date()
	first := time.Date(y, m+time.Month(d.Months*n), 1, 0, 0, 0, 0, time.UTC)
	y, m, _ = first.Date()
	if last := first.AddDate(0, 1, -1).Day(); day > last {
		day = last
	}
	wall := time.Date(y, m, day, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
	moved := w.instant(wall)
	if moved+w.offset(moved) == wall.UnixMilli() {
		return moved
	}
	_, jump := w.local(moved - dayMs).ZoneBounds()
	return jump.UnixMilli()
}

// instant is the instant at which the tenant's clock shows a local time, given as if it were
// UTC: the first of two, and for a time that is skipped the one that the clock would show had
// it not been put forward.
func (w *World) instant(wall time.Time) int64 {
	t := wall.UnixMilli()
	before, after := w.offset(t-dayMs), w.offset(t+dayMs) // of the zone, on both sides of a change
	found := int64(math.MaxInt64)
	for _, east := range []int64{before, after} {
		if at := t - east; w.offset(at) == east {
			found = min(found, at)
		}
	}
	if found == math.MaxInt64 {
		return t - before
	}
	return found
}

// offset is how far the tenant's clock is ahead of UTC.
func (w *World) offset(at int64) int64 {
	_, seconds := w.local(at).Zone()
	return int64(seconds) * 1000
}

// bound is now moved by n times a duration, as the edge of what moves with now. It never goes
// back: where several days end up on the last of a month (now − 1mo on 29, 30 and 31 March), or
// the clock is put back, it waits for now to catch up, so that an event leaves a window once.
func (w *World) bound(at int64, d expr.Duration, n int) int64 {
	most := w.shift(at, d, n)
	if d.Months == 0 {
		return most
	}
	const quarter = 15 * 60 * 1000
	for u := at - at%quarter; u > at-4*3600*1000; u -= quarter { // a clock is put back on a quarter of an hour
		most = max(most, w.shift(u-1, d, n))
	}
	for day := w.day(at); day > w.day(at)-4; day-- {
		most = max(most, w.shift(w.start(day)-1, d, n))
	}
	return most
}
