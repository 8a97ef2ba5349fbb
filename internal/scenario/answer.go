package scenario

import (
	"fmt"
	"slices"
	"strings"

	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/tag"
	"github.com/earmarkhq/earmark/internal/value"
)

// answer works out what a step asks and compares it with what it expects.
func (r *runner) answer(a *Ask) error {
	out := &Answers{}
	r.cur.Results = out
	for _, part := range []func(*Ask, *Answers) error{
		r.expectTags, r.expectMembers, r.expectCounts, r.expectMoves, r.expectNext, r.expectMetrics, r.expectBecause, r.expectReceipts, r.show,
	} {
		if err := part(a, out); err != nil {
			return err
		}
	}
	return nil
}

func (r *runner) fail(p Place, what string, expected, got any, because ...string) {
	r.cur.Failures = append(r.cur.Failures, Failure{What: what, Line: p.Line, Expected: expected, Got: got, Because: because})
}

// holding are the tags of a customer: now, or at an instant as the log has it.
func (r *runner) holding(id customer.ID, a *Ask) ([]tag.ID, error) {
	if a.AsOf == nil {
		return r.t.Tags(r.ctx, id)
	}
	log, err := r.t.Log(r.ctx, id)
	held := []tag.ID{}
	for _, m := range log {
		if m.At > *a.AsOf || a.KnownAt != nil && m.Recorded > *a.KnownAt {
			continue
		}
		held = slices.DeleteFunc(held, func(t tag.ID) bool { return t == m.Tag })
		if m.Entered {
			held = append(held, m.Tag)
		}
	}
	return held, err
}

// tagsOf are the names of the tags of a named customer, sorted; none for one never seen.
func (r *runner) tagsOf(name string, a *Ask) ([]string, error) {
	id, ok, err := r.person(name)
	if err != nil || !ok {
		return []string{}, err
	}
	ids, err := r.holding(id, a)
	if fault.Is(err, "customer.unknown") {
		return []string{}, nil
	}
	return r.labels(ids), err
}

func (r *runner) labels(ids []tag.ID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = r.d.label[id]
	}
	slices.Sort(out)
	return out
}

func (r *runner) expectTags(a *Ask, out *Answers) error {
	for _, e := range a.Expect {
		got, err := r.tagsOf(e.Customer, a)
		if err != nil {
			return err
		}
		set(&out.Tags, e.Customer, got)
		var missing, extra []string
		for name, want := range e.Tags {
			id, ok := r.d.tag(name)
			if !ok {
				return unknownTag(name)
			}
			label := r.d.label[id]
			if has := slices.Contains(got, label); want && !has {
				missing = append(missing, label)
			} else if !want && has {
				extra = append(extra, label)
			}
		}
		for _, label := range got {
			if e.Exact && !r.named(e.Tags, label) {
				extra = append(extra, label)
			}
		}
		if len(missing)+len(extra) == 0 {
			continue
		}
		why, err := r.whyOf(e.Customer, append(missing, extra...))
		if err != nil {
			return err
		}
		switch {
		case e.Single:
			r.fail(e.Place, "expect."+e.Customer, e.Tags[""], !e.Tags[""], why...)
		case e.Exact:
			r.fail(e.Place, "expect."+e.Customer, sorted(e.Tags), got, why...)
		default:
			r.fail(e.Place, "expect."+e.Customer, e.Tags, got, why...)
		}
	}
	return nil
}

// named says whether one of the names stands for the tag with a label.
func (r *runner) named(names map[string]bool, label string) bool {
	for n := range names {
		if id, ok := r.d.tag(n); ok && r.d.label[id] == label {
			return true
		}
	}
	return false
}

func sorted(set map[string]bool) []string {
	out := []string{}
	for k := range set {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func set[V any](m *map[string]V, key string, v V) {
	if *m == nil {
		*m = map[string]V{}
	}
	(*m)[key] = v
}

// membersOf are the names of all members of a tag, sorted.
func (r *runner) membersOf(id tag.ID, a *Ask) ([]string, error) {
	people, err := r.t.Customers(r.ctx)
	if err != nil {
		return nil, err
	}
	out := []string{}
	for _, p := range people {
		held, err := r.holding(p.ID, a)
		if fault.Is(err, "customer.unknown") {
			continue
		}
		if err != nil {
			return nil, err
		}
		if slices.Contains(held, id) {
			out = append(out, nameOf(p))
		}
	}
	slices.Sort(out)
	return out, nil
}

func (r *runner) expectMembers(a *Ask, out *Answers) error {
	for _, e := range a.Members {
		id, ok := r.d.tag(e.Tag)
		if !ok {
			return unknownTag(e.Tag)
		}
		got, err := r.membersOf(id, a)
		if err != nil {
			return err
		}
		set(&out.Members, r.d.label[id], got)
		want := slices.Clone(e.Customers)
		slices.Sort(want)
		if !slices.Equal(want, got) {
			r.fail(e.Place, what("members", e.Tag), want, got)
		}
	}
	return nil
}

// what names an expectation; the tag of the single rule is not written.
func what(key string, names ...string) string {
	for _, n := range names {
		if n != "" {
			key += "." + n
		}
	}
	return key
}

func (r *runner) expectCounts(a *Ask, out *Answers) error {
	for _, e := range a.Counts {
		id, ok := r.d.tag(e.Tag)
		if !ok {
			return unknownTag(e.Tag)
		}
		got, err := r.membersOf(id, a)
		if err != nil {
			return err
		}
		set(&out.Count, r.d.label[id], int64(len(got)))
		if int64(len(got)) != e.Count {
			r.fail(e.Place, what("count", e.Tag), e.Count, len(got))
		}
	}
	return nil
}

// moves is how often a customer entered or left a tag so far.
func (r *runner) moves(id customer.ID, t tag.ID, entered bool) (int, error) {
	log, err := r.t.Log(r.ctx, id)
	n := 0
	for _, m := range log {
		if m.Tag == t && m.Entered == entered {
			n++
		}
	}
	return n, err
}

func (r *runner) expectMoves(a *Ask, out *Answers) error {
	for _, part := range []struct {
		key     string
		list    []ExpectMoves
		entered bool
		out     *map[string]map[string]int
	}{{"entered", a.Entered, true, &out.Entered}, {"left", a.Left, false, &out.Left}} {
		for _, e := range part.list {
			t, ok := r.d.tag(e.Tag)
			if !ok {
				return unknownTag(e.Tag)
			}
			got := 0
			id, ok, err := r.person(e.Customer)
			if err == nil && ok {
				got, err = r.moves(id, t, part.entered)
			}
			if err != nil {
				return err
			}
			put(part.out, r.d.label[t], e.Customer, got)
			if got != e.Count {
				r.fail(e.Place, what(part.key, e.Tag, e.Customer), e.Count, got)
			}
		}
	}
	return nil
}

func put[V any](m *map[string]map[string]V, a, b string, v V) {
	if (*m)[a] == nil {
		set(m, a, map[string]V{})
	}
	(*m)[a][b] = v
}

func (r *runner) expectNext(a *Ask, out *Answers) error {
	for _, e := range a.Next {
		id, ok, err := r.person(e.Customer)
		if err != nil {
			return err
		}
		if !ok {
			return unknownCustomer(e.Customer)
		}
		at, err := r.t.Next(r.ctx, id)
		if err != nil {
			return err
		}
		got := r.nextText(at)
		set(&out.Next, e.Customer, got)
		var want *string
		if e.At != nil {
			want = r.nextText(*e.At)
		}
		if (want == nil) != (got == nil) || want != nil && *want != *got {
			r.fail(e.Place, what("next", e.Customer), want, got)
		}
	}
	return nil
}

func (r *runner) expectMetrics(a *Ask, out *Answers) error {
	for _, e := range a.Metrics {
		id, ok, err := r.person(e.Customer)
		if err != nil {
			return err
		}
		if !ok {
			return unknownCustomer(e.Customer)
		}
		v, present, err := r.t.Metric(r.ctx, id, e.Name)
		if err != nil {
			return err
		}
		var got *Decimal
		if present {
			d := Decimal(v.String())
			got = &d
		}
		put(&out.Metric, e.Name, e.Customer, got)
		if present != (e.Value != nil) || present && value.CmpRounded(v, value.FromDec(*e.Value)) != 0 {
			var want *Decimal
			if e.Value != nil {
				d := Decimal(e.Value.String())
				want = &d
			}
			r.fail(e.Place, what("metric", e.Name, e.Customer), want, got)
		}
	}
	return nil
}

func (r *runner) expectReceipts(a *Ask, out *Answers) error {
	for _, e := range a.Receipts {
		got := map[string]int{"accepted": r.total.Accepted, "repeated": r.total.Repeated, "conflicts": r.total.Conflicts, "rejected": r.rejected}[e.What]
		set(&out.Receipt, e.What, got)
		if got != e.Count {
			r.fail(e.Place, e.What, e.Count, got)
		}
	}
	return nil
}

// whyOf explains some tags of a customer for a failure, one tag after the other.
func (r *runner) whyOf(name string, labels []string) ([]string, error) {
	id, ok, err := r.person(name)
	if err != nil || !ok {
		return []string{fmt.Sprintf("%s was never seen", name)}, err
	}
	var out []string
	for _, label := range labels {
		t, ok := r.byLabel(label)
		if !ok {
			continue
		}
		why, err := r.why(id, t)
		if err != nil {
			return nil, err
		}
		if !r.d.single && len(why) > 0 {
			out = append(out, label+":")
		}
		out = append(out, r.lines(why)...)
	}
	return out, nil
}

func (r *runner) byLabel(label string) (tag.ID, bool) {
	for id, l := range r.d.label {
		if l == label {
			return id, true
		}
	}
	return 0, false
}

// why is the explanation of a tag; none for tags that no rule keeps.
func (r *runner) why(id customer.ID, t tag.ID) ([]expr.Words, error) {
	if _, derived := r.d.prog.Owner(t); !derived {
		return nil, nil
	}
	why, err := r.t.Why(r.ctx, id, t)
	if fault.Is(err, "customer.unknown") {
		return nil, nil
	}
	return why, err
}

// lines is an explanation in the language of the report.
func (r *runner) lines(why []expr.Words) []string {
	out := make([]string, len(why))
	for i := range why {
		out[i] = why[i].In(r.lang)
	}
	return out
}

func (r *runner) expectBecause(a *Ask, out *Answers) error {
	for _, e := range a.Because {
		names := []string{e.Customer}
		if e.Customer == "" {
			names = names[:0]
			for _, x := range a.Expect {
				names = append(names, x.Customer)
			}
		}
		t, ok := r.d.tag(e.Tag)
		if !ok {
			return unknownTag(e.Tag)
		}
		for _, name := range names {
			id, ok, err := r.person(name)
			if err != nil {
				return err
			}
			if !ok {
				return unknownCustomer(name)
			}
			why, err := r.why(id, t)
			if err != nil {
				return err
			}
			put(&out.Because, name, r.d.label[t], r.lines(why))
			for _, text := range e.Texts {
				if !slices.ContainsFunc(why, func(w expr.Words) bool { return strings.Contains(w.EN, text) || strings.Contains(w.ZH, text) }) {
					r.fail(e.Place, what("because", name, e.Tag), text, r.lines(why))
				}
			}
		}
	}
	return nil
}

func unknownCustomer(name string) error { return fault.NotFound("scenario.customer", "name", name) }
