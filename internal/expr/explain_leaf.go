package expr

import (
	"strconv"
	"strings"

	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/value"
)

// explainYesNo words a leaf that has nothing to show but its answer.
func explainYesNo(yes, no Words) explainFn {
	return func(_ *State, _ int64, x *Explanation) {
		if x.Holds {
			x.Found = &yes
		} else {
			x.Found = &no
		}
	}
}

func (l *attrLeaf) explain(c *Compiler, n Attribute) explainFn {
	name := strings.Join(n.Path, ".")
	return func(s *State, at int64, x *Explanation) {
		x.Need, x.Closes = needOf(n.Ops), []string{event.Identify}
		es, i := current(s, l.stream, at)
		if i < 0 || es[i].Vals[l.slot].Absent() {
			x.found("没有 "+name, "no "+name)
		} else {
			x.Actual = plainValue(es[i].Vals[l.slot])
			x.found(name+" = "+x.Actual, name+" = "+x.Actual)
		}
		if i >= 0 {
			x.entries(es[i : i+1])
		}
		if l.held == nil || i < 0 {
			return
		}
		es = s.all(l.stream)
		since := timeText(l.runStart(es, known(es, at)-1), c.cal)
		x.found(x.Found.ZH+"，自 "+since, x.Found.EN+" since "+since)
	}
}

func (l *tagLeaf) explain(_ *Compiler, n TagCond) explainFn {
	return func(s *State, at int64, x *Explanation) {
		var has, lacks []string
		for i, id := range l.ids {
			name := id.String()
			if n.Mode != "group" && i < len(n.Names) {
				name = n.Names[i]
			}
			h, ok := s.held(id)
			if ok && (l.setBy == "" || h.SetBy == l.setBy) {
				ok, _ = l.asked(s, h, at)
			}
			if ok {
				has = append(has, name)
			} else {
				lacks = append(lacks, name)
			}
		}
		if n.Mode == "group" && len(has) == 0 {
			lacks = n.Names
		}
		x.Actual = strings.Join(has, ", ")
		if x.Holds {
			x.found("有标签 "+x.Actual, "has the tag "+x.Actual)
		} else {
			x.found("没有标签 "+strings.Join(lacks, "、"), "has not the tag "+strings.Join(lacks, ", "))
		}
	}
}

func (l *followLeaf) explain(_ *Compiler, n FollowCond) explainFn {
	return func(s *State, at int64, x *Explanation) {
		count, _ := l.count(s, at)
		v := value.FromInt(int64(count))
		x.number(l.test, v, true)
		x.Need, x.Closes = needOf(n.Count), []string{event.FollowAdded, event.FollowLost}
		if n.Replied != nil {
			x.Closes = append(x.Closes, event.MessageReceived)
		}
		zh, en := "好友关系", "follows"
		if n.Lost != "" {
			zh, en = "流失的好友关系", "lost follows"
		}
		x.found(zh+" × "+x.Actual, en+" × "+x.Actual)
		es := s.all(l.stream)
		es = es[:known(es, at)]
		for _, r := range l.relations(es) {
			if ok, _ := l.matches(s, es, r, at); ok {
				x.entries(es[r.last : r.last+1])
			}
		}
	}
}

func (l *daysSince) explain(_ *Compiler, n NumDays, test *numTest, name, need string) explainFn {
	label := n.Events.label()
	return func(s *State, at int64, x *Explanation) {
		x.Need, x.Closes = need, n.Events.names()
		t, ok, _ := l.event(s, at)
		if !ok {
			x.found("没有 "+label, "no "+label)
			return
		}
		x.number(test, value.FromInt(l.days(t, at)), true)
		es := s.after(l.stream, t)
		if i := known(es, t) - 1; i >= 0 && es[i].T == t {
			x.entries(es[i : i+1])
		}
		x.found(wordsOf(name, "距 "+label+" 天数")+" = "+x.Actual, wordsOf(name, "days since "+label)+" = "+x.Actual)
	}
}

func wordsOf(name, other string) string {
	if name != "" {
		return name
	}
	return other
}

func (c *Compiler) explainMetric(m Metric, n Num, test *numTest, name, need string) explainFn {
	closes := c.numEvents(n, nil, 0)
	return func(s *State, at int64, x *Explanation) {
		v, ok, _ := m(s, at)
		x.number(test, v, ok)
		x.Need, x.Closes = need, closes
		if ok {
			x.found(wordsOf(name, "指标")+" = "+x.Actual, wordsOf(name, "metric")+" = "+x.Actual)
		} else {
			x.found(wordsOf(name, "指标")+" 无值", "no value of "+wordsOf(name, "the metric"))
		}
	}
}

// numEvents lists the kinds of events that a metric reads.
func (c *Compiler) numEvents(n Num, list []string, depth int) []string {
	add := func(names ...string) {
		for _, x := range names {
			found := false
			for _, y := range list {
				found = found || x == y
			}
			if !found {
				list = append(list, x)
			}
		}
	}
	switch n := n.(type) {
	case NumAgg:
		add(n.Events.names()...)
	case NumDays:
		add(n.Events.names()...)
	case NumAttr:
		add(event.Identify)
	case NumOp:
		for _, a := range n.Args {
			list = c.numEvents(a, list, depth)
		}
	case NumMetric:
		if c.names != nil && depth < maxExplainDepth {
			if def, ok := c.names.Metric(n.Name); ok {
				return c.numEvents(def, list, depth+1)
			}
		}
	}
	return list
}

// withBand adds the band to what a quantile found.
func withBand(x explainFn, test *numTest) explainFn {
	if x == nil {
		return nil
	}
	return func(s *State, at int64, e *Explanation) {
		x(s, at, e)
		if d, ok := value.ParseDec(e.Actual); ok && e.Actual != "" {
			band := strconv.FormatInt(test.bands.of(value.FromDec(d)), 10)
			e.found(e.Found.ZH+"，第 "+band+" 档", e.Found.EN+", band "+band)
		}
	}
}

// titled words an aggregate by the name of its metric.
func titled(x explainFn, name string) explainFn {
	if name == "" {
		return x
	}
	return func(s *State, at int64, e *Explanation) {
		x(s, at, e)
		if e.Actual == "" {
			e.found(name+" 无值", "no value of "+name)
		} else {
			e.found(name+" = "+e.Actual, name+" = "+e.Actual)
		}
	}
}
