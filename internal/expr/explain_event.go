package expr

import (
	"strconv"
	"strings"
)

func (a *aggregator) explain(c *Compiler, n NumAgg, test *numTest, need string) explainFn {
	label := n.Events.label()
	if n.Each != nil {
		label += " " + strings.Join(n.Each.Path, ".")
	}
	return func(s *State, at int64, x *Explanation) {
		w, _ := a.win.fixed(s, at)
		v, ok, _ := a.measure(s, w, at)
		x.number(test, v, ok)
		x.Need, x.Closes = need, n.Events.names()
		a.evidence(s, w, at, x)
		x.Found = foundAgg(label, n, x.Actual)
	}
}

// foundAgg words an aggregate: "order.paid × 11".
func foundAgg(label string, n NumAgg, actual string) *Words {
	zh, en := actual, actual
	if actual == "" {
		zh, en = "无", "none"
	}
	if n.Per != nil {
		en += " (" + string(n.Per.Fn) + " per " + string(n.Per.Unit) + ")"
		zh += "（每" + unitZH[n.Per.Unit] + fnZH[n.Per.Fn] + "）"
	}
	of := strings.Join(n.Agg.Of, ".")
	switch n.Agg.Fn {
	case Count:
		return &Words{label + " × " + zh, label + " × " + en}
	case Days:
		return &Words{label + " 的天数 = " + zh, "days with " + label + " = " + en}
	}
	fn, fz := string(n.Agg.Fn), fnZH[n.Agg.Fn]
	if n.Agg.Fn == Percentile {
		fn, fz = "p"+n.Agg.P.String(), n.Agg.P.String()+" 分位"
	}
	return &Words{label + " 的 " + of + " " + fz + " = " + zh, fn + " of " + of + " of " + label + " = " + en}
}

var (
	fnZH = map[AggFn]string{
		Sum: "合计", Avg: "平均", Min: "最小", Max: "最大", Median: "中位数", Distinct: "去重数", Count: "次数", Days: "天数",
	}
	unitZH = map[Unit]string{Day: "日", Week: "周", Month: "月", Quarter: "季", Year: "年"}
)

// evidence shows the entries inside the window.
func (a *aggregator) evidence(s *State, w *span, at int64, x *Explanation) {
	lo, hi := w.bounds(at)
	es := s.after(a.stream, lo)
	from, to := first(es, lo), first(es, hi)
	if from >= to {
		return
	}
	if a.moving == nil {
		x.entries(es[from:to])
		return
	}
	var pass []Entry
	for _, e := range es[from:to] {
		if ok, _ := a.moving(subject{vals: e.Vals}, at); ok {
			pass = append(pass, e)
		}
	}
	x.entries(pass)
}

func (l *occurrence) explain(c *Compiler, n Occurrence) explainFn {
	return func(s *State, at int64, x *Explanation) {
		x.Closes = n.Events.names()
		if l.key >= 0 {
			l.explainKeyed(s, at, n, x)
			return
		}
		es, _ := l.known(s, at)
		label := n.Events.label()
		if len(es) < l.n {
			x.Actual, x.Need = strconv.Itoa(len(es)), strconv.Itoa(l.n)
			x.Gap = strconv.Itoa(l.n - len(es))
			if len(es) == 0 {
				x.found("没有 "+label, "no "+label)
			} else {
				x.found(label+" × "+x.Actual, label+" × "+x.Actual)
			}
			x.entries(es)
			return
		}
		which, zh := "last ", "最近 "
		if l.first {
			which, zh, es = "first ", "最早 ", es[:l.n]
		} else {
			es = es[len(es)-l.n:]
		}
		x.Actual = c.stamp(es[0].T)
		x.entries(es)
		zhHow, enHow := l.how(n, es, at)
		x.found(zh+label+zhHow, which+label+enHow)
	}
}

// how words where the entries lie: "older than 7d", "within 7d", or their time.
func (l *occurrence) how(n Occurrence, es []Entry, at int64) (zh, en string) {
	d, old := n.Window.D, false
	switch {
	case n.OlderThan != nil:
		d = *n.OlderThan
		old = l.cal.leaves(es[len(es)-1].T, d) <= at
	case n.Window.Kind == Within:
		old = l.cal.leaves(es[0].T, d) <= at
	default:
		stamp := " " + timeText(es[0].T, l.cal)
		return stamp, stamp
	}
	if old {
		return " 早于 " + durationText(d), " older than " + durationText(d)
	}
	return " 在 " + durationText(d) + " 内", " within " + durationText(d)
}

// timeText is a local date and time to the minute.
func timeText(t int64, cal *calendar) string {
	w := cal.local(t)
	n := floorDiv(w, dayMs)
	y, m, d := civil(n)
	mins := (w - n*dayMs) / 60000
	two := func(n int64) string {
		if n < 10 {
			return "0" + strconv.FormatInt(n, 10)
		}
		return strconv.FormatInt(n, 10)
	}
	return strconv.FormatInt(y, 10) + "-" + two(m) + "-" + two(d) + " " + two(mins/60) + ":" + two(mins%60)
}

// durationText is a duration as written, or in its largest whole unit.
func durationText(d Duration) string {
	if d.Text != "" {
		return d.Text
	}
	if d.Months > 0 {
		return strconv.Itoa(d.Months) + "mo"
	}
	for _, u := range []struct {
		ms   int64
		name string
	}{{dayMs, "d"}, {3600000, "h"}, {60000, "m"}, {1000, "s"}} {
		if d.Ms%u.ms == 0 && d.Ms > 0 {
			return strconv.FormatInt(d.Ms/u.ms, 10) + u.name
		}
	}
	return strconv.FormatInt(d.Ms, 10) + "ms"
}

// explainKeyed shows the entries of the first key whose answer is yes, or says that none is.
func (l *occurrence) explainKeyed(s *State, at int64, n Occurrence, x *Explanation) {
	w, _ := l.win.fixed(s, at)
	all := *l
	all.n = allOfThem
	es, _ := all.known(s, at)
	byKey := map[string][]Entry{}
	var order []string
	for _, e := range es {
		v := e.Vals[l.key]
		if v.Absent() {
			continue
		}
		k := plainValue(v)
		if byKey[k] == nil {
			order = append(order, k)
		}
		byKey[k] = append(byKey[k], e)
	}
	name := strings.Join(n.Key, ".")
	for _, k := range order {
		list := byKey[k]
		if len(list) < l.n {
			continue
		}
		if l.first {
			list = list[:l.n]
		} else {
			list = list[len(list)-l.n:]
		}
		x1 := l.stretch(w, list[0].T, list[len(list)-1].T)
		ok, _ := x1.at(at)
		for _, e := range list {
			if l.has != nil && ok {
				ok, _ = l.has(subject{vals: e.Vals}, at)
			}
		}
		if ok {
			x.Actual = k
			x.entries(list)
			x.found(name+" = "+k+"："+n.Events.label(), name+" = "+k+": "+n.Events.label())
			return
		}
	}
	x.found("没有符合的 "+name, "no such "+name)
}

func (l *sequence) explain(_ *Compiler, n Sequence) explainFn {
	var names []string
	for _, st := range n.Steps {
		names = append(names, st.Events.label())
	}
	label := strings.Join(names, " → ")
	zh, en := label, label
	if n.ThenNot != nil {
		zh += "，此后没有 " + n.ThenNot.Events.label()
		en += ", then no " + n.ThenNot.Events.label()
	}
	return func(s *State, at int64, x *Explanation) {
		w, _ := l.win.fixed(s, at)
		reached, chain := l.witness(s, w, at)
		x.Actual, x.Need = strconv.Itoa(reached), strconv.Itoa(len(l.steps))
		x.entries(chain)
		switch {
		case x.Holds:
			x.found(zh, en)
			return
		case reached < len(l.steps):
			x.Gap = strconv.Itoa(len(l.steps) - reached)
			x.Closes = n.Steps[reached].Events.names()
		case n.ThenNot != nil:
			x.Closes = n.ThenNot.Events.names()
		}
		x.found(zh+"：到第 "+x.Actual+" 步", en+": reached step "+x.Actual)
	}
}

// witness is how many steps a chain inside the window reaches by now, and the newest such chain.
func (l *sequence) witness(s *State, w *span, at int64) (reached int, chain []Entry) {
	lo, hi := w.bounds(at)
	var table []chains
	for i := range l.steps {
		es, _ := l.steps[i].entries(s, lo, at)
		es = es[:first(es, hi)]
		next := chains{es: es, start: make([]int64, len(es))}
		if i == 0 {
			for j, e := range es {
				next.start[j] = e.T
			}
		} else {
			next = l.follow(table[i-1], es, l.steps[i].gap)
		}
		table = append(table, next)
		best := -1
		for j, t := range next.start {
			if t != none {
				best = j
			}
		}
		if best < 0 {
			break
		}
		reached = i + 1
		chain = l.backtrack(table, best)
	}
	return reached, chain
}

// backtrack follows a chain from its last entry to the first.
func (l *sequence) backtrack(table []chains, j int) []Entry {
	i := len(table) - 1
	start := table[i].start[j]
	chain := []Entry{table[i].es[j]}
	for ; i > 0; i-- {
		t, gap := chain[0].T, l.steps[i].gap
		for p := first(table[i-1].es, t) - 1; p >= 0; p-- {
			e := table[i-1].es[p]
			if table[i-1].start[p] == start && (gap == nil || l.cal.add(e.T, *gap, 1) >= t) {
				chain = append([]Entry{e}, chain...)
				break
			}
		}
	}
	return chain
}

func (l *regular) explain(_ *Compiler, n Regular) explainFn {
	label := n.Events.label()
	of := strconv.Itoa(n.Of)
	return func(s *State, at int64, x *Explanation) {
		passed, _ := l.passed(s, at)
		x.Actual, x.Need, x.Closes = strconv.Itoa(passed), ">= "+strconv.Itoa(n.In), n.Events.names()
		if passed < n.In {
			x.Gap = strconv.Itoa(n.In - passed)
		}
		x.found(label+"：最近 "+of+" 期中有 "+x.Actual+" 期", label+": in "+x.Actual+" of the last "+of+" periods")
		lo := l.edge(at, l.of)
		es := s.after(l.agg.stream, lo)
		if i, j := first(es, lo), known(es, at); i < j {
			x.entries(es[i:j])
		}
	}
}
