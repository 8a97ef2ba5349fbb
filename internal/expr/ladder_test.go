package expr_test

import (
	"slices"
	"testing"

	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/fault"
)

// levels asks a ladder at written instants.
func (st *stand) levels(spec expr.LadderSpec, want ...level) {
	st.Helper()
	l, _, err := st.c.CompileLadder(spec)
	if err != nil {
		st.Fatal(err)
	}
	st.fill()
	for _, w := range want {
		next := expr.Never
		if w.next != "" {
			next = st.at(w.next)
		}
		if step, n := l.Eval(st.s, st.at(w.at)); step != w.step || n != next {
			st.Errorf("at %s: step %d, next %d; want %d, %d", w.at, step, n, w.step, next)
		}
	}
}

type level struct {
	at   string
	step int
	next string
}

func (st *stand) steps(conds ...string) (list []expr.Node) {
	for _, c := range conds {
		list = append(list, st.parse(c))
	}
	return list
}

func TestLadderFirstMatchWins(t *testing.T) {
	st := newStand(t, "Asia/Shanghai")
	st.tell("2024-01-01 | order.paid", "2024-01-02 | order.paid")
	st.levels(expr.LadderSpec{Steps: st.steps(`{event: order.paid, within: 10d, count: {gte: 2}}`, `{event: order.paid, within: 10d}`)},
		level{"2023-12-31", -1, "2024-01-01"}, level{"2024-01-01", 1, "2024-01-02"},
		level{"2024-01-02", 0, "2024-01-11"}, level{"2024-01-11", 1, "2024-01-12"}, level{"2024-01-12", -1, ""})
}

func TestLadderKeepsALevelReached(t *testing.T) {
	st := newStand(t, "Asia/Shanghai")
	st.tell("2024-01-01 | order.paid", "2024-01-02 | order.paid", "2024-01-25 | order.paid")
	keep := months(1)
	st.levels(expr.LadderSpec{
		Steps: st.steps(`{event: order.paid, within: 10d, count: {gte: 2}}`, `{event: order.paid, within: 10d}`), Keep: &keep,
	},
		level{"2023-12-31", -1, "2024-01-01"},
		level{"2024-01-01", 1, "2024-01-02"},
		level{"2024-01-02", 0, "2024-02-02"}, // kept though the condition ends on 11 January
		level{"2024-02-01 23:59:59.999", 0, "2024-02-02"},
		level{"2024-02-02", 1, "2024-03-02"}, // the worse level is reached now, and kept
		level{"2024-03-02", -1, ""},
	)
}

func TestLadderDemotes(t *testing.T) {
	st := newStand(t, "Asia/Shanghai")
	st.tell("2024-01-01 | order.paid", "2024-01-02 | order.paid", "2024-01-25 | order.paid")
	every := ms(5 * day)
	spec := expr.LadderSpec{
		Steps:      st.steps(`{event: order.paid, count: {gte: 2}}`, `{event: order.paid}`, `{everyone: true}`),
		DemoteWhen: st.parse(`{event: order.paid, last: {older_than: 10d}}`), DemoteEvery: &every,
	}
	st.levels(spec,
		level{"2024-01-01", 1, "2024-01-02"}, level{"2024-01-05", 0, "2024-01-12"}, level{"2024-01-12", 1, "2024-01-17"},
		level{"2024-01-16 23:59:59.999", 1, "2024-01-17"}, level{"2024-01-17", 2, "2024-01-22"}, level{"2024-01-22", -1, "2024-01-25"},
		level{"2024-01-25", 0, "2024-02-04"},
	)
	spec.DemoteEvery = nil
	st.levels(spec, level{"2024-01-12", 1, "2024-01-25"}, level{"2024-01-24", 1, "2024-01-25"})
}

func TestLadderExplained(t *testing.T) {
	st := newStand(t, "Asia/Shanghai")
	st.tell("2024-01-01 | order.paid", "2024-01-02 | order.paid")
	keep := months(1)
	spec := expr.LadderSpec{
		Steps: st.steps(`{event: order.paid, within: 10d, count: {gte: 2}}`, `{event: order.paid, within: 10d}`), Keep: &keep,
		DemoteWhen: st.parse(`{event: order.paid, last: {older_than: 20d}}`),
	}
	l, _, err := st.c.CompileLadder(spec)
	if err != nil {
		t.Fatal(err)
	}
	st.fill()
	for _, c := range []struct {
		at    string
		step  int
		holds bool
		lines []string
	}{
		{"2024-01-03", 0, true, []string{"order.paid × 2"}},
		{"2024-01-03", 1, false, []string{"order.paid × 2"}},
		{"2024-01-13", 0, true, []string{"the level is kept until 2024-02-02 00:00", "order.paid × 0"}},
		{"2024-01-22", 1, true, []string{
			"the level is kept until 2024-02-02 00:00, lowered by 1 since 2024-01-22 00:00", "order.paid × 0", "last order.paid older than 20d",
		}},
	} {
		x := expr.ExplainLadder(st.c, spec, l, c.step, st.s, st.at(c.at))
		if lines := x.Because(fault.EN); x.Holds != c.holds || !slices.Equal(lines, c.lines) {
			t.Errorf("at %s step %d: %v %q, want %v %q", c.at, c.step, x.Holds, lines, c.holds, c.lines)
		}
	}
}
