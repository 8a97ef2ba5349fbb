package scenario

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/fault"
)

// runner plays one scenario on one target.
type runner struct {
	ctx   context.Context
	s     *Scenario
	t     Target
	d     *definer
	total Receipt
	// rejected are events that were not taken.
	rejected int
	res      Result
	cur      *StepResult
	lang     fault.Lang
}

// Run plays a scenario on a fresh target and closes it. lang is that of explanations.
func Run(ctx context.Context, s *Scenario, t Target, lang fault.Lang) Result {
	r := &runner{ctx: ctx, s: s, t: t, d: newDefiner(s), lang: lang, res: Result{Name: s.Name, File: s.File, Line: s.Line, OK: true}}
	r.play()
	if err := t.Close(context.WithoutCancel(ctx)); err != nil {
		r.stop(err)
	}
	for i := range r.res.Steps {
		st := &r.res.Steps[i]
		st.OK = len(st.Failures) == 0
		r.res.OK = r.res.OK && st.OK
	}
	r.res.OK = r.res.OK && len(r.res.Faults) == 0
	return r.res
}

func (r *runner) play() {
	begin := r.s.Start
	if len(r.s.Steps) > 0 {
		begin = min(begin, r.s.Steps[0].At)
	}
	err := r.d.define(r.s.Define)
	if r.s.Refused != nil {
		r.res.Faults = refusal(err, r.s.Refused)
		return
	}
	if err == nil {
		err = r.t.Publish(r.ctx, begin, r.d.prog)
	}
	if err != nil {
		r.stop(err)
		return
	}
	for i := range r.s.Steps {
		if err := r.step(&r.s.Steps[i]); err != nil {
			r.stop(err)
			return
		}
	}
}

// stop notes what makes going on impossible: under the step, or as a fault of the scenario.
func (r *runner) stop(err error) {
	if r.cur == nil {
		r.res.Faults.Add(err)
		return
	}
	r.cur.Failures = append(r.cur.Failures, Failure{What: "error", Expected: nil, Got: err.Error()})
}

// refusal compares the faults of definitions with the codes that were expected.
func refusal(err error, codes []string) fault.List {
	var wrong fault.List
	found := map[string]bool{}
	for _, f := range fault.All(err) {
		found[f.Code] = true
		if !slices.Contains(codes, f.Code) {
			wrong = append(wrong, f)
		}
	}
	for _, c := range codes {
		if !found[c] {
			wrong = append(wrong, fault.Invalid("scenario.not_refused", "code", c))
		}
	}
	return wrong
}

func (r *runner) step(st *Step) error {
	if r.cur == nil || r.cur.Index != st.Index {
		r.res.Steps = append(r.res.Steps, StepResult{Index: st.Index, At: r.instant(st.At)})
		r.cur = &r.res.Steps[len(r.res.Steps)-1]
	}
	if st.Publish != nil {
		if err := r.publish(st); err != nil {
			return err
		}
	}
	if unit := r.admit(st); len(unit) > 0 {
		got, err := r.t.Apply(r.ctx, st.At, unit)
		if err != nil {
			return err
		}
		r.total.Accepted += got.Accepted
		r.total.Repeated += got.Repeated
		r.total.Conflicts += got.Conflicts
	}
	if st.Ask == nil {
		return nil
	}
	if err := r.t.Advance(r.ctx, st.At); err != nil {
		return err
	}
	return r.answer(st.Ask)
}

// admit leaves out what is dated too far ahead.
func (r *runner) admit(st *Step) []Act {
	late := func(a Act) bool { return a.Kind == ActEvent && a.Time > st.At+maxAhead }
	if !slices.ContainsFunc(st.Unit, late) {
		return st.Unit
	}
	before := len(st.Unit)
	unit := slices.DeleteFunc(slices.Clone(st.Unit), late)
	r.rejected += before - len(unit)
	return unit
}

func (r *runner) publish(st *Step) error {
	err := r.d.define(*st.Publish)
	if st.Refused == nil {
		if err != nil {
			return err
		}
		return r.t.Publish(r.ctx, st.At, r.d.prog)
	}
	for _, f := range refusal(err, st.Refused) {
		r.cur.Failures = append(r.cur.Failures, Failure{What: "refused", Line: st.Line, Expected: st.Refused, Got: f.Error()})
	}
	return nil
}

// instant is how an instant is shown.
func (r *runner) instant(at int64) string {
	return time.UnixMilli(at).In(r.s.Zone).Format("2006-01-02T15:04:05.000Z07:00")
}

// nextText is how a deadline is shown; nil is none.
func (r *runner) nextText(at int64) *string {
	if at == expr.Never {
		return nil
	}
	s := r.instant(at)
	return &s
}

// person finds a customer by the name that the document uses.
func (r *runner) person(name string) (customer.ID, bool, error) {
	return r.t.Find(r.ctx, keyOf(name))
}

// nameOf is the name of a customer in a document: the user id, else the strongest identity.
func nameOf(p Person) string {
	best := -1
	for i, k := range p.Keys {
		if best < 0 || k.Kind.Rank() < p.Keys[best].Kind.Rank() {
			best = i
		}
	}
	switch {
	case best < 0:
		return "customer " + p.ID.String()
	case p.Keys[best].Kind == customer.UserID && !strings.Contains(p.Keys[best].Value, ":"):
		return p.Keys[best].Value
	}
	return fmt.Sprintf("%s:%s", p.Keys[best].Kind, p.Keys[best].Value)
}
