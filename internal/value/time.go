package value

import "time"

const (
	secondMillis = 1000
	dayMillis    = 86400 * secondMillis
	// firstEpochMilli is the number from which on an epoch is in milliseconds, below in seconds.
	firstEpochMilli = 100_000_000_000
	// minTime and endTime bound the instants of the language: years 1 to 9999 in UTC.
	minTime = -62135596800 * secondMillis
	endTime = 253402300800 * secondMillis
)

// ParseTime reads a value as an instant in Unix milliseconds. It takes RFC 3339,
// YYYY-MM-DD[ hh:mm[:ss[.fff]]] in loc (T may stand for the blank), and numbers or numeric text
// as epoch: milliseconds from 1e11 on (either sign), else seconds. Fractions below a millisecond
// are cut off. dateOnly marks a bare date, which is the first instant of that local day. A local
// time that the zone skips is read with the offset before the gap, one that it repeats is the
// first. ok is false for everything else.
func ParseTime(v Value, loc *time.Location) (ms int64, dateOnly, ok bool) {
	switch v.kind {
	case Text:
		s := v.str()
		if len(s) >= 10 && s[4] == '-' {
			return ParseTimeText(s, loc)
		}
		d, isNumber := ParseTextDec(s)
		if !isNumber {
			return 0, false, false
		}
		ms, ok = epoch(d)
		return ms, false, ok
	case Number:
		d, isDec := v.Dec()
		if !isDec {
			return 0, false, false
		}
		ms, ok = epoch(d)
		return ms, false, ok
	}
	return 0, false, false
}

// epoch reads a number as an instant.
func epoch(d Dec) (ms int64, ok bool) {
	if d.Cmp(Dec{Coef: firstEpochMilli}) < 0 && d.Cmp(Dec{Coef: -firstEpochMilli}) > 0 {
		d.Exp += 3
	}
	n, ok := d.floor()
	return n, ok && n >= minTime && n < endTime
}

// floor is the greatest whole number not above d; ok is false beyond int64.
func (d Dec) floor() (n int64, ok bool) {
	if d.Exp >= 0 {
		return rescale(d.Coef, d.Exp)
	}
	if d.Exp < -MaxDigits {
		if d.Coef < 0 {
			return -1, true
		}
		return 0, true
	}
	unit := int64(pow10[-d.Exp])
	n = d.Coef / unit
	if d.Coef < 0 && n*unit != d.Coef {
		n--
	}
	return n, true
}

// ParseTimeText is ParseTime of the written forms alone, without epochs.
func ParseTimeText(s string, loc *time.Location) (ms int64, dateOnly, ok bool) {
	c := cursor{s: s}
	year, month, day := c.number(4), c.after('-', 2), c.after('-', 2)
	if c.bad || year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return 0, false, false
	}
	days := daysFromCivil(year, month, day)
	if c.done() {
		return startOfDay(days*dayMillis, loc), true, true
	}
	if t := c.next(); t != ' ' && t|0x20 != 't' {
		return 0, false, false
	}
	hour, minute := c.number(2), c.after(':', 2)
	if c.bad || hour > 23 || minute > 59 {
		return 0, false, false
	}
	wall := days*dayMillis + int64(hour*60+minute)*60*secondMillis
	if c.done() {
		return localMillis(wall, loc), false, true
	}
	second := c.after(':', 2)
	frac := c.fraction()
	if c.bad || second > 59 {
		return 0, false, false
	}
	wall += int64(second)*secondMillis + int64(frac)
	if c.done() {
		return localMillis(wall, loc), false, true
	}
	offset, ok := c.offset()
	if !ok || !c.done() {
		return 0, false, false
	}
	return wall - int64(offset)*60*secondMillis, false, true
}

// cursor reads fixed-width fields; bad stays set after the first mismatch.
type cursor struct {
	s   string
	i   int
	bad bool
}

func (c *cursor) done() bool { return c.i == len(c.s) }

func (c *cursor) next() byte {
	if c.i == len(c.s) {
		c.bad = true
		return 0
	}
	c.i++
	return c.s[c.i-1]
}

func (c *cursor) number(width int) (n int) {
	for range width {
		d := c.next() - '0'
		if d > 9 {
			c.bad = true
			return 0
		}
		n = n*10 + int(d)
	}
	return n
}

func (c *cursor) after(sep byte, width int) int {
	if c.next() != sep {
		c.bad = true
	}
	return c.number(width)
}

// fraction reads an optional fraction of a second of one digit or more, in milliseconds.
func (c *cursor) fraction() (ms int) {
	if c.bad || c.done() || c.s[c.i] != '.' {
		return 0
	}
	c.i++
	start, unit := c.i, 100
	for ; c.i < len(c.s) && c.s[c.i]-'0' <= 9; c.i++ {
		ms += int(c.s[c.i]-'0') * unit
		unit /= 10
	}
	if c.i == start {
		c.bad = true
	}
	return ms
}

// offset reads Z or ±hh:mm, in minutes.
func (c *cursor) offset() (minutes int, ok bool) {
	sign := 1
	switch c.next() {
	case 'Z', 'z':
		return 0, true
	case '+':
	case '-':
		sign = -1
	default:
		return 0, false
	}
	hour, minute := c.number(2), c.after(':', 2)
	return sign * (hour*60 + minute), !c.bad && hour < 24 && minute < 60
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// daysFromCivil is the number of days from 1970-01-01 to a date of the Gregorian calendar,
// year ≥ 1: years are counted from March, so that the leap day is the last of its year.
func daysFromCivil(year, month, day int) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	return int64(year)*365 + int64(year/4-year/100+year/400) + int64((month*153-457)/5+day) - 719469
}

// StartOfDay is the first instant of a local day in Unix milliseconds: where the zone skips
// midnight (or the whole day), the instant at which the local clock jumps over it.
func StartOfDay(year int, month time.Month, day int, loc *time.Location) int64 {
	return startOfDay(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).UnixMilli(), loc)
}

// startOfDay takes midnight of the local day as if it were UTC.
func startOfDay(wall int64, loc *time.Location) int64 {
	ms := localMillis(wall, loc)
	if loc == time.UTC || loc == nil || ms+offsetAt(ms, loc) == wall {
		return ms
	}
	// Midnight is skipped. localMillis went beyond the jump; the day begins at the jump.
	start, _ := time.UnixMilli(ms).In(loc).ZoneBounds()
	return start.UnixMilli()
}

// LocalMillis is the instant in Unix milliseconds of a local date and time (normalised as
// time.Date does). A local time that the zone skips is read with the offset before the gap, one
// that it repeats is the first.
func LocalMillis(year int, month time.Month, day, hour, minute, second, milli int, loc *time.Location) int64 {
	return localMillis(time.Date(year, month, day, hour, minute, second, milli*1e6, time.UTC).UnixMilli(), loc)
}

// localMillis takes the local time as if it were UTC.
func localMillis(wall int64, loc *time.Location) int64 {
	if loc == time.UTC || loc == nil {
		return wall
	}
	// No zone changes twice within two days, so these are the offsets before and after any
	// change that wall may be near. The one before gives the earlier instant of a repeated
	// time and the instant beyond the jump for a skipped one.
	before := offsetAt(wall-dayMillis, loc)
	ms := wall - before
	if offsetAt(ms, loc) == before {
		return ms
	}
	after := offsetAt(wall+dayMillis, loc)
	if offsetAt(wall-after, loc) == after {
		return wall - after
	}
	return ms
}

// offsetAt is the zone's offset from UTC at an instant, in milliseconds.
func offsetAt(ms int64, loc *time.Location) int64 {
	_, seconds := time.UnixMilli(ms).In(loc).Zone()
	return int64(seconds) * secondMillis
}
