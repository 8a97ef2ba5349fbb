package reference

import (
	"math"

	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/expr"
)

// span is the instants from ≤ t < to.
type span struct{ from, to int64 }

func (s span) has(t int64) bool { return s.from <= t && t < s.to }

var (
	always = int64(math.MinInt64)
	never  = span{}
)

// window is the instants a window covers when asked at an instant; none is after it.
func (w *World) window(win expr.Window, at int64) span {
	s := w.whole(win, at)
	if s.to > at+1 {
		s.to = at + 1
	}
	return s
}

func (w *World) whole(win expr.Window, at int64) span {
	switch win.Kind {
	case expr.Ever:
		return span{always, at + 1}
	case expr.Within: // (at − D, at]
		return span{w.bound(at, win.D, -1) + 1, at + 1}
	case expr.Ago: // (at − D, at − D2]
		return span{w.bound(at, win.D, -1) + 1, w.bound(at, win.D2, -1) + 1}
	case expr.LocalDays:
		today := w.day(at)
		return span{w.start(today + win.From), w.start(today + win.To + 1)}
	case expr.During:
		if win.N == 0 {
			return w.period(win.Unit, at, 0)
		}
		return span{w.period(win.Unit, at, -win.N).from, w.period(win.Unit, at, 0).from}
	case expr.Between:
		s := span{always, at + 1}
		if win.Lo != nil {
			s.from = *win.Lo
		}
		if win.Hi != nil {
			s.to = *win.Hi
		}
		return s
	case expr.Since:
		from, ok := w.since(win.SinceRef, at)
		if !ok {
			return never
		}
		return span{from, at + 1}
	}
	panic("reference: unknown window")
}

// since is the start of a since window; without its date, follow or tag it covers nothing.
func (w *World) since(ref expr.SinceRef, at int64) (int64, bool) {
	switch {
	case ref.Attribute != nil:
		return w.date(w.current(ref.Attribute, at))
	case ref.FirstFollow:
		for _, ev := range w.known(at) {
			if ev.Type == event.FollowAdded {
				return ev.Time, true
			}
		}
		return 0, false
	}
	held, ok := w.tag(at, ref.Tag)
	return held.Since, ok
}
