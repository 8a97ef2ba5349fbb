package engine

import (
	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/tag"
	"github.com/earmarkhq/earmark/internal/value"
)

// StatementEvent makes the event of a statement about a stated tag: from t on (Unix milliseconds)
// the customer has it or has it not, until the instant given (exclusive; expr.Never: open). by is hand, import or
// platform; actor names who.
func StatementEvent(tg tag.ID, present bool, t, until int64, by, actor string) event.Event {
	fields := []value.Field{
		{Key: "tag", Val: value.NewText(tg.String())},
		{Key: "present", Val: value.NewBool(present)},
		{Key: "by", Val: value.NewText(by)},
		{Key: "actor", Val: value.NewText(actor)},
	}
	if until != expr.Never {
		fields = append(fields, value.Field{Key: "until", Val: value.NewInt(until)})
	}
	return event.Event{Type: event.Statement, Time: t, Props: value.NewObject(fields...)}
}

// statementOf reads a statement event; ok is false when it names no tag.
func statementOf(ev *event.Event) (statement, bool) {
	id, ok := tag.ParseID(ev.Props.Get("tag").Text())
	if !ok {
		return statement{}, false
	}
	st := statement{
		tag: id, t: ev.Time, seq: ev.Arrival, present: ev.Props.Get("present").Bool(), until: expr.Never,
		by: ev.Props.Get("by").Text(), actor: ev.Props.Get("actor").Text(),
	}
	if n, ok := ev.Props.Get("until").Int(); ok {
		st.until = n
	}
	if st.by == "" {
		st.by = "hand"
	}
	return st, true
}

// register returns the statement that holds at an instant: the newest by time, ties by arrival.
func (s *state) register(t tag.ID, at int64) (newest *statement) {
	for i := range s.statements {
		st := &s.statements[i]
		if st.tag == t && st.t <= at {
			newest = st
		}
	}
	return newest
}

// statementEdge is the earliest instant after `after` at which a register changes by time alone.
func (s *state) statementEdge(after int64) int64 {
	next := expr.Never
	for i := range s.statements {
		st := &s.statements[i]
		if st.t > after {
			next = min(next, st.t)
		}
		if st.until > after {
			next = min(next, max(st.until, st.t))
		}
	}
	return next
}

// evalStated moves the stated tags at an instant: every tag that has a statement.
func (sh *shard) evalStated(wk *worker, at int64, mark func(int32, why)) {
	s := &wk.s
	last := tag.ID(0)
	for i := 0; i < len(s.statements); i++ {
		t := s.statements[i].tag
		if t == last {
			continue
		}
		last = t
		siblings, ok := wk.p.Stated(t)
		if !ok {
			continue // retired, or kept by a rule now: recorded, without effect
		}
		reg := s.register(t, at)
		want := reg != nil && reg.present && at < reg.until
		if want {
			if winner := s.winner(reg, siblings, at); winner != reg {
				want, reg = false, winner // the sibling's statement removes it
			}
		}
		sh.moveStated(wk, t, want, reg, at, mark)
	}
	s.forget(at)
	s.statedNext = s.statementEdge(at)
}

// winner is the newest present statement of a single-choice group, by time and then arrival: reg or that
// of a sibling.
func (s *state) winner(reg *statement, siblings []tag.ID, at int64) *statement {
	for _, sib := range siblings {
		o := s.register(sib, at)
		if o != nil && o.present && (o.t > reg.t || o.t == reg.t && o.seq > reg.seq) {
			reg = o
		}
	}
	return reg
}

func (sh *shard) moveStated(wk *worker, t tag.ID, want bool, reg *statement, at int64, mark func(int32, why)) {
	s := &wk.s
	if _, has := s.find(t); has == want {
		return
	}
	c := change.Cause{Kind: change.ByStatement}
	if reg != nil {
		c.Arrival, c.Actor = reg.seq, reg.actor
		if reg.tag == t && reg.present && at >= reg.until {
			c.Kind = change.ByDeadline
		}
	}
	row := change.Row{Kind: change.TagRemoved, Tag: t, At: at, Since: at, Cause: c}
	if want {
		row.Kind, row.Since, row.LateBy = change.TagAdded, min(reg.t, at), max(0, at-reg.t)
		s.hold(held{tag: t, at: at, since: row.Since, by: reg.by, cause: c})
	} else {
		s.drop(t)
	}
	wk.u.rows = append(wk.u.rows, row)
	s.syncTags()
	for _, reader := range wk.p.TagRules(t) {
		mark(reader, why{kind: change.ByTag, tag: t})
	}
}

// forget drops statements that can not decide any more: older than the newest one of their tag.
func (s *state) forget(at int64) {
	kept := s.statements[:0]
	for i := range s.statements {
		next := i + 1
		if next < len(s.statements) && s.statements[next].tag == s.statements[i].tag && s.statements[next].t <= at {
			continue
		}
		kept = append(kept, s.statements[i])
	}
	s.statements = kept
}
