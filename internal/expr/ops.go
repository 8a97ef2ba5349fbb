package expr

import (
	"regexp"
	"slices"
	"strings"

	"github.com/earmarkhq/earmark/internal/value"
)

// opFn asks one value at an instant: whether the operator matches, and the earliest later
// instant at which it may answer differently; Never where the operator does not look at now.
type opFn func(v value.Value, at int64) (bool, int64)

// maxPatternText bounds the text that like, regex and icontains look at; the rest is ignored.
const maxPatternText = 32 << 10

// ops compiles operators joined by AND.
func (c *Compiler) ops(ops []Op) opFn {
	fns := make([]opFn, len(ops))
	for i, op := range ops {
		fns[i] = c.op(op)
	}
	switch len(fns) {
	case 0:
		return func(v value.Value, _ int64) (bool, int64) { return !v.Absent(), Never }
	case 1:
		return fns[0]
	}
	return func(v value.Value, at int64) (bool, int64) {
		holds, soon, late := true, Never, int64(minInstant)
		for _, f := range fns {
			h, n := f(v, at)
			if h {
				soon = min(soon, n)
				continue
			}
			if n == Never {
				return false, Never
			}
			holds, late = false, max(late, n)
		}
		if holds {
			return true, soon
		}
		return false, late
	}
}

// stillOps compiles operators joined by AND none of which looks at now.
func (c *Compiler) stillOps(ops []Op) func(value.Value) bool {
	if len(ops) == 1 && !ops[0].Neg && c.dateOp(ops[0]) == nil {
		switch op := ops[0]; op.Name {
		case OpEq:
			if s, ok := plainText(arg(op, 0)); ok && s != "" {
				return func(v value.Value) bool { return v.Text() == s }
			}
		case OpExists:
			return func(v value.Value) bool { return !v.Absent() }
		case OpGt, OpGte, OpLt, OpLte: // an absent value is no number and no date
			return c.plainOp(op)
		case OpIn:
			if !slices.ContainsFunc(op.Args, value.Value.Absent) {
				return c.plainOp(op)
			}
		}
	}
	f := c.ops(ops)
	return func(v value.Value) bool {
		h, _ := f(v, 0)
		return h
	}
}

// op compiles one operator. An absent value matches no positive form, so it matches every
// negated one.
func (c *Compiler) op(op Op) opFn {
	neg := op.Neg
	if f := c.dateOp(op); f != nil {
		return func(v value.Value, at int64) (bool, int64) {
			h, n := f(v, at)
			return h != neg, n
		}
	}
	if op.Name == OpAny && c.elemMoves(op) {
		f := c.anyElement(op)
		return func(v value.Value, at int64) (bool, int64) {
			h, n := f(v, at)
			return h != neg, n
		}
	}
	f := c.plainOp(op)
	return func(v value.Value, _ int64) (bool, int64) {
		return (!v.Absent() && f(v)) != neg, Never
	}
}

func (c *Compiler) elemMoves(op Op) bool { return op.Elem != nil && moves(op.Elem) }

// plainOp compiles an operator whose answer does not depend on now; it is asked of present
// values only.
func (c *Compiler) plainOp(op Op) func(value.Value) bool {
	switch op.Name {
	case OpExists:
		return func(value.Value) bool { return true }
	case OpEq:
		return equalTo(arg(op, 0))
	case OpIn:
		return oneOf(op.Args)
	case OpGt, OpGte, OpLt, OpLte:
		return c.compare(op.Name, arg(op, 0))
	case OpBetween:
		lo, hi := c.compare(OpGte, arg(op, 0)), c.compare(OpLte, arg(op, 1))
		return func(v value.Value) bool { return lo(v) && hi(v) }
	case OpIncludes:
		is := oneOf(op.Args)
		return func(v value.Value) bool { return someElement(v, is) }
	case OpHasAll:
		return hasAll(op.Args)
	case OpAny:
		f := c.anyElement(op)
		return func(v value.Value) bool {
			h, _ := f(v, 0)
			return h
		}
	}
	return c.textOp(op)
}

func never(value.Value) bool { return false }

func arg(op Op, i int) value.Value {
	if i < len(op.Args) {
		return op.Args[i]
	}
	return value.Value{}
}

// equalTo is value.Equal with one side known.
func equalTo(a value.Value) func(value.Value) bool {
	if s, ok := plainText(a); ok {
		return func(v value.Value) bool { return v.Kind() == value.Text && v.Text() == s }
	}
	return func(v value.Value) bool { return value.Equal(v, a) }
}

// plainText is a text that only the same text equals.
func plainText(a value.Value) (string, bool) {
	s := a.Text()
	if a.Kind() != value.Text || s == "true" || s == "false" {
		return "", false
	}
	_, number := value.AsDec(a)
	return s, !number
}

func oneOf(args []value.Value) func(value.Value) bool {
	texts := make(map[string]bool, len(args))
	list := make([]string, 0, len(args))
	for _, a := range args {
		if s, ok := plainText(a); ok {
			texts[s] = true
			list = append(list, s)
		}
	}
	if len(list) < len(args) {
		return func(v value.Value) bool {
			for _, a := range args {
				if value.Equal(v, a) {
					return true
				}
			}
			return false
		}
	}
	if len(list) > 6 {
		return func(v value.Value) bool { return v.Kind() == value.Text && texts[v.Text()] }
	}
	return func(v value.Value) bool {
		if v.Kind() != value.Text {
			return false
		}
		text := v.Text()
		for _, s := range list {
			if s == text {
				return true
			}
		}
		return false
	}
}

func someElement(v value.Value, is func(value.Value) bool) bool {
	if v.Kind() != value.List {
		return false
	}
	for _, f := range v.Fields() {
		if is(f.Val) {
			return true
		}
	}
	return false
}

func hasAll(args []value.Value) func(value.Value) bool {
	each := make([]func(value.Value) bool, len(args))
	for i, a := range args {
		each[i] = equalTo(a)
	}
	return func(v value.Value) bool {
		for _, is := range each {
			if !someElement(v, is) {
				return false
			}
		}
		return v.Kind() == value.List
	}
}

// compare is gt, gte, lt or lte against a number or a date. A text that is both is a number.
func (c *Compiler) compare(name string, a value.Value) func(value.Value) bool {
	yes := order(name)
	if d, ok := value.AsDec(a); ok {
		return func(v value.Value) bool {
			if x, ok := value.AsDec(v); ok {
				return yes(x.Cmp(d))
			}
			r, ok := value.Compare(v, a)
			return ok && yes(r)
		}
	}
	if _, ok := value.AsNum(a); ok {
		return func(v value.Value) bool {
			r, ok := value.Compare(v, a)
			return ok && yes(r)
		}
	}
	bound, _, ok := value.ParseTime(a, c.zone)
	if !ok {
		return never
	}
	return func(v value.Value) bool {
		t, _, ok := value.ParseTime(v, c.zone)
		if !ok {
			return false
		}
		switch {
		case t < bound:
			return yes(-1)
		case t > bound:
			return yes(1)
		}
		return yes(0)
	}
}

// order says for which outcomes of a comparison an operator holds.
func order(name string) func(cmp int) bool {
	switch name {
	case OpGt:
		return func(r int) bool { return r > 0 }
	case OpGte:
		return func(r int) bool { return r >= 0 }
	case OpLt:
		return func(r int) bool { return r < 0 }
	case OpLte:
		return func(r int) bool { return r <= 0 }
	}
	return func(r int) bool { return r == 0 }
}

// textOp compiles the operators on text; other kinds of values match none of them.
func (c *Compiler) textOp(op Op) func(value.Value) bool {
	args := make([]string, 0, len(op.Args))
	for _, a := range op.Args {
		if s, ok := value.TextOf(a); ok {
			args = append(args, s)
		}
	}
	test := c.textTest(op, args)
	if test == nil {
		return never
	}
	return func(v value.Value) bool { return v.Kind() == value.Text && test(v.Text()) }
}

func (c *Compiler) textTest(op Op, args []string) func(string) bool {
	switch op.Name {
	case OpLike:
		like := value.CompileLike(op.Re)
		return func(s string) bool { return like.Match(bounded(s)) }
	case OpRegex:
		re, err := regexp.Compile(op.Re)
		if err != nil {
			c.fault("expr.bad_pattern", op.Pos, "pattern", op.Re)
			return nil
		}
		return func(s string) bool { return re.MatchString(bounded(s)) }
	case OpContainsAny:
		return func(s string) bool {
			for _, a := range args {
				if strings.Contains(s, a) {
					return true
				}
			}
			return false
		}
	}
	if len(args) == 0 {
		return nil
	}
	want := args[0]
	switch op.Name {
	case OpContains:
		return func(s string) bool { return strings.Contains(s, want) }
	case OpIContains:
		want = value.Fold(want)
		return func(s string) bool { return strings.Contains(value.Fold(bounded(s)), want) }
	case OpStartsWith:
		return func(s string) bool { return strings.HasPrefix(s, want) }
	case OpEndsWith:
		return func(s string) bool { return strings.HasSuffix(s, want) }
	}
	return nil
}

func bounded(s string) string {
	if len(s) > maxPatternText {
		return s[:maxPatternText]
	}
	return s
}

// anyElement compiles the element form: one element of a list satisfies the whole condition.
func (c *Compiler) anyElement(op Op) opFn {
	if op.Elem == nil {
		return func(value.Value, int64) (bool, int64) { return false, Never }
	}
	elem := c.prop(op.Elem, func(path []string) getter {
		return func(x subject) value.Value { return x.root.At(path) }
	})
	return func(v value.Value, at int64) (bool, int64) {
		if v.Kind() != value.List {
			return false, Never
		}
		holds, soon, late := false, Never, int64(minInstant)
		for _, f := range v.Fields() {
			h, n := elem(subject{root: f.Val}, at)
			if !h {
				soon = min(soon, n)
				continue
			}
			if n == Never {
				return true, Never
			}
			holds, late = true, max(late, n)
		}
		if holds {
			return true, late
		}
		return false, soon
	}
}
