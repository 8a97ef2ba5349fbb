package expr

import (
	"strconv"
	"time"

	"github.com/earmarkhq/earmark/internal/value"
)

// duration words exact days as n×24 hours, because a calendar day is another thing.
func (s *speaker) duration(d Duration) string {
	count := func(n int64, unit string) string {
		key := "d." + unit
		if n != 1 {
			key += "s"
		}
		return s.say(key, "n", strconv.FormatInt(n, 10))
	}
	switch {
	case d.Months > 0 && d.Months%12 == 0:
		return count(int64(d.Months/12), "year")
	case d.Months > 0:
		return count(int64(d.Months), "month")
	case d.Ms == 0:
		return count(0, "second")
	case d.Ms%msDay == 0 && d.Ms > msDay:
		return s.say("d.days", "n", strconv.FormatInt(d.Ms/msDay, 10))
	case d.Ms%msHour == 0:
		return count(d.Ms/msHour, "hour")
	case d.Ms%msMinute == 0:
		return count(d.Ms/msMinute, "minute")
	case d.Ms%msSecond == 0:
		return count(d.Ms/msSecond, "second")
	}
	return count(d.Ms, "milli")
}

// within is a window as a predicate: 在过去 7×24 小时内.
func (s *speaker) within(w Window) string { return s.say("in", "window", s.window(w)) }

func (s *speaker) windowOrNothing(w Window) string {
	if w.Kind == Ever {
		return ""
	}
	return s.window(w)
}

func (s *speaker) window(w Window) string {
	switch w.Kind {
	case Within:
		return s.say("w.within", "d", s.duration(w.D))
	case Ago:
		if w.D2.Ms == 0 && w.D2.Months == 0 {
			return s.say("w.within", "d", s.duration(w.D))
		}
		return s.say("w.ago", "far", s.duration(w.D), "near", s.duration(w.D2))
	case LocalDays:
		return s.localDays(w.From, w.To)
	case During:
		return s.during(w)
	case Between:
		return s.between(w)
	case Since:
		switch r := w.SinceRef; {
		case r.FirstFollow:
			return s.say("w.since.follow")
		case r.Tag != "":
			return s.say("w.since.tag", "name", user(r.Tag))
		default:
			return s.say("w.since", "name", s.property(r.Attribute))
		}
	}
	if s.bucket {
		return ""
	}
	return s.say("w.ever")
}

func (s *speaker) localDays(from, to int) string {
	n := strconv.Itoa(to - from + 1)
	switch {
	case from == 0 && to == 0:
		return s.say("w.this.day")
	case from == -1 && to == -1:
		return s.say("w.last.day")
	case to == 0:
		return s.say("w.days", "n", n)
	case to == -1:
		return s.say("w.days.yesterday", "n", n)
	}
	return s.say("w.days.range", "from", s.dayOffset(from), "to", s.dayOffset(to))
}

// dayOffset names a day relative to today.
func (s *speaker) dayOffset(n int) string {
	switch {
	case n >= -1 && n <= 1:
		return s.say([]string{"day.yesterday", "day.today", "day.tomorrow"}[n+1])
	case n < 0:
		return s.say("day.ago", "n", strconv.Itoa(-n))
	}
	return s.say("day.ahead", "n", strconv.Itoa(n))
}

func (s *speaker) during(w Window) string {
	switch w.N {
	case 0:
		return s.say("w.this." + string(w.Unit))
	case 1:
		return s.say("w.last." + string(w.Unit))
	}
	return s.say("w.past", "n", strconv.Itoa(w.N), "units", s.units(w.Unit, w.N))
}

// between words the ends as days where they are whole local days, both included.
func (s *speaker) between(w Window) string {
	// After an instant, strictly, is from the next millisecond on.
	start, after := w.Lo, ""
	if w.Lo != nil && w.LoText == "" && *w.Lo%1000 == 1 {
		before := *w.Lo - 1
		start, after = &before, ".after"
	}
	lo, loDay := s.edge(start, w.LoText, false, after == "")
	hi, hiDay := s.edge(w.Hi, w.HiText, true, true)
	hiKey := "time"
	if hiDay {
		hiKey = "day"
	}
	switch {
	case w.Lo == nil:
		return s.say("w.until."+hiKey, "to", hi)
	case w.Hi == nil:
		return s.say("w.from"+after, "from", lo)
	case loDay && hiDay && lo == hi && after == "":
		return s.say("w.on", "day", lo)
	}
	return s.say("w.between."+hiKey+after, "from", lo, "to", hi)
}

// edge is one end of between as text, and whether it is a whole day, where days is set. The end
// of a day is the day before its instant.
func (s *speaker) edge(ms *int64, written string, end, days bool) (text string, day bool) {
	if ms == nil {
		return "", false
	}
	if written != "" {
		_, bare, ok := value.ParseTimeText(written, s.Zone)
		if ok {
			return written, bare
		}
	}
	t := time.UnixMilli(*ms).In(s.Zone)
	y, m, d := t.Date()
	if days && value.StartOfDay(y, m, d, s.Zone) == *ms {
		if end {
			t = time.Date(y, m, d-1, 12, 0, 0, 0, s.Zone)
		}
		return t.Format(time.DateOnly), true
	}
	if t.Second() == 0 && t.Nanosecond() == 0 {
		return t.Format("2006-01-02 15:04"), false
	}
	return t.Format("2006-01-02 15:04:05.999"), false
}

// period words the operand of in_period.
func (s *speaker) period(p Period) string {
	switch {
	case p.Birthday && p.Unit == Month:
		return s.say("p.this.month")
	case (p.Birthday || p.Days) && p.From == 0 && p.To == 0:
		return s.say("p.this.day")
	case p.Birthday || p.Days:
		return s.say("p.days", "from", s.dayOffset(p.From), "to", s.dayOffset(p.To))
	}
	return s.say("p." + []string{"last", "this", "next"}[p.Shift+1] + "." + string(p.Unit))
}
