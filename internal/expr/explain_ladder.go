package expr

import "strconv"

// ExplainLadder says why a customer is on a step of a ladder, or is not. spec is what l was
// compiled from by c. The kids are the conditions of the steps down to the one asked for or
// shown, and that of the demotion.
func ExplainLadder(c *Compiler, spec LadderSpec, l *Ladder, step int, s *State, at int64) *Explanation {
	shown, next := l.Eval(s, at)
	raw, _ := l.raw(s, at)
	x := &Explanation{Kind: "ladder", Decides: true, Actual: level(shown), Need: level(step)}
	x.answer(shown == step, next)
	last := max(step, shown, raw)
	for i, n := range spec.Steps {
		if i > last {
			break
		}
		k := Explain(c, n, s, at)
		// A step decides by itself when it is the one asked for, unless a better one holds.
		if decides := i == step && (raw < 0 || raw >= step) || i == raw && raw < step; !decides {
			k.undecide()
		}
		x.Kids = append(x.Kids, k)
	}
	t, ok := l.begin(s)
	if l.Keep == nil && l.DemoteWhen == nil || !ok || t > at {
		return x
	}
	w, _ := l.walk(s, t, at)
	x.ladderWords(c, &w, raw, at)
	if spec.DemoteWhen != nil {
		k := Explain(c, spec.DemoteWhen, s, at)
		if !w.lowering {
			k.undecide()
		}
		x.Kids = append(x.Kids, k)
	}
	return x
}

// ladderWords says what keep and demotion did.
func (x *Explanation) ladderWords(c *Compiler, w *walker, raw int, at int64) {
	zh, en := "", ""
	if raw < 0 {
		raw = len(w.l.Steps)
	}
	if w.level < raw {
		until := timeText(w.until, c.cal)
		zh, en = "级别保留至 "+until, "the level is kept until "+until
	}
	if n := w.lowered(at); n > 0 {
		since := timeText(w.lowerFrom, c.cal)
		if zh != "" {
			zh, en = zh+"，", en+", "
		}
		zh += "自 " + since + " 起降 " + strconv.Itoa(n) + " 级"
		en += "lowered by " + strconv.Itoa(n) + " since " + since
	}
	if zh != "" {
		x.found(zh, en)
	}
}

// level is a step for people, from 1; 0 is none.
func level(step int) string { return strconv.Itoa(step + 1) }

func (x *Explanation) undecide() {
	x.Decides = false
	for _, k := range x.Kids {
		k.undecide()
	}
}
