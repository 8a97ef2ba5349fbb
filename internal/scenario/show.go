package scenario

import (
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/tag"
)

// show gives answers that nothing was expected of: for all tags in force and all customers.
func (r *runner) show(a *Ask, out *Answers) error {
	if len(a.Show) == 0 {
		return nil
	}
	people, err := r.t.Customers(r.ctx)
	if err != nil {
		return err
	}
	for _, what := range a.Show {
		switch what {
		case "members", "count":
			err = r.showMembers(what, out)
		default:
			for _, p := range people {
				if err = r.showPerson(what, p, out); err != nil {
					break
				}
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *runner) showMembers(what string, out *Answers) error {
	for _, t := range r.d.prog.Set.Tags {
		got, err := r.membersOf(t.ID, &Ask{})
		if err != nil {
			return err
		}
		if what == "count" {
			set(&out.Count, r.d.label[t.ID], int64(len(got)))
		} else {
			set(&out.Members, r.d.label[t.ID], got)
		}
	}
	return nil
}

func (r *runner) showPerson(what string, p Person, out *Answers) error {
	name := nameOf(p)
	switch what {
	case "tags":
		held, err := r.holding(p.ID, &Ask{})
		if fault.Is(err, "customer.unknown") {
			return nil
		}
		set(&out.Tags, name, r.labels(held))
		return err
	case "next":
		at, err := r.t.Next(r.ctx, p.ID)
		if fault.Is(err, "customer.unknown") {
			return nil
		}
		set(&out.Next, name, r.nextText(at))
		return err
	case "metric":
		return r.showMetrics(p, out)
	}
	for _, t := range r.d.prog.Set.Tags {
		if err := r.showTag(what, p, t.ID, out); err != nil {
			return err
		}
	}
	return nil
}

func (r *runner) showMetrics(p Person, out *Answers) error {
	for name := range r.d.prog.Set.Metrics {
		v, ok, err := r.t.Metric(r.ctx, p.ID, name)
		if fault.Is(err, "customer.unknown") {
			return nil
		}
		if err != nil {
			return err
		}
		var got *Decimal
		if ok {
			d := Decimal(v.String())
			got = &d
		}
		put(&out.Metric, name, nameOf(p), got)
	}
	return nil
}

func (r *runner) showTag(what string, p Person, t tag.ID, out *Answers) error {
	switch what {
	case "entered", "left":
		to := &out.Entered
		if what == "left" {
			to = &out.Left
		}
		n, err := r.moves(p.ID, t, what == "entered")
		put(to, r.d.label[t], nameOf(p), n)
		return err
	case "because":
		if _, derived := r.d.prog.Owner(t); !derived {
			return nil
		}
		why, err := r.why(p.ID, t)
		put(&out.Because, nameOf(p), r.d.label[t], r.lines(why))
		return err
	}
	return nil
}
