package expr_test

import (
	"testing"

	"github.com/earmarkhq/earmark/internal/expr"
)

func TestCountWithin(t *testing.T) {
	st := newStand(t, "UTC")
	st.event(0, "order.paid")
	st.event(10*day, "order.paid")
	st.event(20*day, "order.paid")
	f := st.compile(orders(within(30*day), num(expr.OpGte, 2)))
	for _, c := range []struct {
		at    int64
		holds bool
		next  int64
	}{
		{-1, false, 10 * day},
		{0, false, 10 * day},
		{10*day - 1, false, 10 * day},
		{10 * day, true, 40 * day},
		{40*day - 1, true, 40 * day},
		{40 * day, false, expr.Never},
	} {
		if h, n := f(st.s, c.at); h != c.holds || n != c.next {
			t.Errorf("at %d: %v, %d; want %v, %d", c.at, h, n, c.holds, c.next)
		}
	}
}
