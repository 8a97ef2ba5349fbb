package expr

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/earmarkhq/earmark/internal/markup"
	"github.com/earmarkhq/earmark/internal/value"
)

// operand is the form of what an operator takes.
type operand uint8

const (
	operandScalar  operand = iota // text, number, true or false; or relative to now
	operandScalars                // a list of scalars
	operandSome                   // a scalar or a list of scalars
	operandBound                  // a number or a date; or relative to now
	operandPair                   // two numbers or two dates
	operandFlag                   // true or false
	operandText                   // text
	operandTexts                  // a list of texts
	operandPattern                // text with wildcards or a regular expression
	operandElem                   // a condition on an element
	operandDate                   // a date; or relative to now
	operandPeriod                 // of in_period
	operandSpan                   // a duration or {days: n}
)

// opSpec describes an operator in its positive form. Each has a negation not_<name>; that of eq
// is also written ne.
type opSpec struct {
	name    string
	operand operand
	shape   string // definition of the JSON Schema
	number  bool   // an aggregate or metric takes it too
}

// opSpecs in the order in which messages and documents list them.
var opSpecs = []opSpec{
	{OpEq, operandScalar, "scalarOrRel", true},
	{OpIn, operandScalars, "scalars", true},
	{OpGt, operandBound, "bound", true},
	{OpGte, operandBound, "bound", true},
	{OpLt, operandBound, "bound", true},
	{OpLte, operandBound, "bound", true},
	{OpBetween, operandPair, "boundPair", true},
	{OpExists, operandFlag, "flag", false},
	{OpContains, operandText, "textOperand", false},
	{OpIContains, operandText, "textOperand", false},
	{OpContainsAny, operandTexts, "texts", false},
	{OpStartsWith, operandText, "textOperand", false},
	{OpEndsWith, operandText, "textOperand", false},
	{OpLike, operandPattern, "pattern", false},
	{OpRegex, operandPattern, "pattern", false},
	{OpIncludes, operandSome, "scalarOrScalars", false},
	{OpHasAll, operandScalars, "scalars", false},
	{OpAny, operandElem, "element", false},
	{OpBefore, operandDate, "date", false},
	{OpAfter, operandDate, "date", false},
	{OpOn, operandDate, "date", false},
	{OpAt, operandDate, "date", false},
	{OpInPeriod, operandPeriod, "period", false},
	{OpWithinLast, operandSpan, "span", false},
	{OpOlderThan, operandSpan, "span", false},
}

// findOp is the operator of a written name, and whether it is the negation.
func findOp(key string, class opClass) (spec *opSpec, neg bool) {
	name := key
	if key == "ne" {
		name, neg = OpEq, true
	} else if rest, ok := strings.CutPrefix(key, "not_"); ok {
		name, neg = rest, true
	}
	for i := range opSpecs {
		if s := &opSpecs[i]; s.name == name && (class == valueOps || class == numberOps && s.number) {
			return s, neg
		}
	}
	return nil, false
}

func isOp(key string, class opClass) bool {
	s, _ := findOp(key, class)
	return s != nil
}

// opNames lists the operators of a class, positive ones first, for suggestions.
func opNames(class opClass) []string {
	var out, negated []string
	if class == noOps {
		return nil
	}
	for _, s := range opSpecs {
		if class == valueOps || s.number {
			out = append(out, s.name)
			negated = append(negated, "not_"+s.name)
		}
	}
	return append(append(out, "ne"), negated...)
}

// ops reads the operators among the keys of n, in the order written.
func (p *parser) ops(n *markup.Node, path string, class opClass) []Op {
	var out []Op
	var keys []string
	before := len(p.faults)
	for i := range n.Pairs {
		pair := &n.Pairs[i]
		if isOp(pair.Key, class) {
			keys = append(keys, pair.Key)
			out = append(out, p.op(pair.Value, join(path, pair.Key), pair.Key, class))
		}
	}
	if len(p.faults) == before && contradict(out) {
		p.bad(n, path, "expr.never_bounds", "key", strings.Join(keys, ", "))
	}
	return out
}

// oneOp reads the operand n of an operator that is not written.
func (p *parser) oneOp(n *markup.Node, path, name string, class opClass) []Op {
	return []Op{p.op(n, path, name, class)}
}

func (p *parser) op(n *markup.Node, path, key string, class opClass) Op {
	spec, neg := findOp(key, class)
	op := Op{Pos: pos(n, path), Name: spec.name, Neg: neg}
	switch spec.operand {
	case operandFlag:
		if !p.flag(n, path) {
			op.Neg = !op.Neg
		}
	case operandElem:
		op.Elem = p.elem(n, path)
	case operandPeriod:
		op.Period = p.period(n, path)
	case operandSpan:
		p.span(&op, n, path)
	case operandPattern:
		op.Re = p.pattern(n, path, spec.name)
	case operandPair:
		op.Args = p.boundPair(n, path, class)
	case operandScalars, operandTexts:
		op.Args = p.scalars(n, path, spec.operand, class)
	case operandSome:
		if n.Kind == markup.List {
			op.Args = p.scalars(n, path, spec.operand, class)
		} else {
			op.Args = p.scalar(n, path, class)
		}
	default:
		p.single(&op, n, path, spec.operand, class)
	}
	return op
}

// single reads one value or a date relative to now.
func (p *parser) single(op *Op, n *markup.Node, path string, want operand, class opClass) {
	if n.Kind == markup.Map && want != operandText && class == valueOps {
		op.Rel = p.rel(n, path)
		return
	}
	switch want {
	case operandText:
		op.Args = p.text(n, path)
	case operandDate:
		if v := n.Value(); !isDate(v, p) {
			p.bad(n, path, "expr.want_date")
		} else {
			op.Args = []value.Value{v}
		}
	case operandBound:
		op.Args = p.bound(n, path, class)
	default:
		op.Args = p.scalar(n, path, class)
	}
}

// scalar reads a value that is not empty; a number where only numbers are compared.
func (p *parser) scalar(n *markup.Node, path string, class opClass) []value.Value {
	switch {
	case n.Kind == markup.Null || n.Kind == markup.Text && n.Text == "":
		p.bad(n, path, "expr.never_empty")
	case !n.Scalar():
		p.bad(n, path, "expr.want_scalar")
	case len(n.Text) > MaxText:
		p.bad(n, path, "expr.too_long", "size", len(n.Text), "limit", MaxText)
	case class == numberOps && !isNumber(n.Value()):
		p.bad(n, path, "expr.want_number")
	default:
		return []value.Value{n.Value()}
	}
	return nil
}

func (p *parser) scalars(n *markup.Node, path string, want operand, class opClass) []value.Value {
	if !p.list(n, path) {
		return nil
	}
	out := make([]value.Value, 0, len(n.Items))
	for i, it := range n.Items {
		if want == operandTexts {
			out = append(out, p.text(it, item(path, i))...)
		} else {
			out = append(out, p.scalar(it, item(path, i), class)...)
		}
	}
	return out
}

// text reads a text that is not empty; a number stands for its digits.
func (p *parser) text(n *markup.Node, path string) []value.Value {
	switch {
	case n.Kind != markup.Text && n.Kind != markup.Number:
		p.bad(n, path, "expr.want_text")
	case n.Text == "":
		p.bad(n, path, "expr.empty")
	case len(n.Text) > MaxText:
		p.bad(n, path, "expr.too_long", "size", len(n.Text), "limit", MaxText)
	default:
		return []value.Value{value.NewText(n.Text)}
	}
	return nil
}

// bound reads a value that can be greater or less than another.
func (p *parser) bound(n *markup.Node, path string, class opClass) []value.Value {
	v := n.Value()
	switch {
	case class == numberOps && !isNumber(v):
		p.bad(n, path, "expr.want_number")
	case n.Kind == markup.Null || n.Kind == markup.Text && n.Text == "":
		p.bad(n, path, "expr.never_empty")
	case n.Kind == markup.List || n.Kind == markup.Map:
		p.bad(n, path, "expr.want_scalar")
	case !isNumber(v) && !isDate(v, p):
		p.bad(n, path, "expr.never_text")
	default:
		return []value.Value{v}
	}
	return nil
}

func (p *parser) boundPair(n *markup.Node, path string, class opClass) []value.Value {
	if !p.pair(n, path) {
		return nil
	}
	lo := p.bound(n.Items[0], item(path, 0), class)
	hi := p.bound(n.Items[1], item(path, 1), class)
	if lo == nil || hi == nil {
		return nil
	}
	args := []value.Value{lo[0], hi[0]}
	a, okA := value.AsNum(lo[0])
	b, okB := value.AsNum(hi[0])
	switch {
	case okA != okB:
		p.bad(n, path, "expr.mixed_pair")
	case okA && a.Cmp(b) > 0 || !okA && dateMs(lo[0], p) > dateMs(hi[0], p):
		p.bad(n, path, "expr.never_range", "from", n.Items[0].Short(), "to", n.Items[1].Short())
	}
	return args
}

func isNumber(v value.Value) bool {
	_, ok := value.AsNum(v)
	return ok
}

func isDate(v value.Value, p *parser) bool {
	_, _, ok := value.ParseTime(v, p.zone)
	return ok
}

func dateMs(v value.Value, p *parser) int64 {
	ms, _, _ := value.ParseTime(v, p.zone)
	return ms
}

// pattern reads the operand of like and regex.
func (p *parser) pattern(n *markup.Node, path, name string) string {
	if n.Kind != markup.Text && n.Kind != markup.Number {
		p.bad(n, path, "expr.want_text")
		return ""
	}
	switch {
	case n.Text == "":
		p.bad(n, path, "expr.empty")
	case len(n.Text) > MaxPattern:
		p.bad(n, path, "expr.too_long", "size", len(n.Text), "limit", MaxPattern)
	case name == OpRegex:
		if _, err := regexp.Compile(n.Text); err != nil {
			p.bad(n, path, "expr.regex", "reason", regexReason(err))
		}
	}
	return n.Text
}

func regexReason(err error) string {
	if e, ok := err.(*syntax.Error); ok {
		return e.Code.String() + ": " + e.Expr
	}
	return err.Error()
}

// span reads a duration or {days: n}.
func (p *parser) span(op *Op, n *markup.Node, path string) {
	if n.Kind == markup.Map {
		if p.fields(n, path, "days") && p.require(n, path, "days") {
			op.Days = p.whole(n.Get("days"), join(path, "days"), 1, MaxRelDays)
		}
		return
	}
	d := p.duration(n, path, false, MaxRelDays, MaxRelMonths)
	op.Dur = &d
}

// periodWords are the named periods of in_period.
func periodWords() []string {
	out := []string{"today", "yesterday", "tomorrow"}
	for _, u := range units[1:] {
		out = append(out, "this_"+string(u.unit), "last_"+string(u.unit), "next_"+string(u.unit))
	}
	return out
}

// shifts are the periods before, of and after now, by their word.
var shifts = map[string]int{"last": -1, "this": 0, "next": 1}

// period reads this_month, {days: [-3, 3]}, {days: 3}, {birthday: month} or {birthday: [-7, 0]}.
func (p *parser) period(n *markup.Node, path string) *Period {
	if n.Kind != markup.Map {
		return p.periodWord(n, path)
	}
	if !p.fields(n, path, "days", "birthday") {
		return nil
	}
	pair := p.exclusive(n, path, []string{"days", "birthday"})
	if pair == nil {
		p.bad(n, path, "expr.empty")
		return nil
	}
	v, at := pair.Value, join(path, pair.Key)
	out := &Period{Days: pair.Key == "days", Birthday: pair.Key == "birthday"}
	most := MaxRelDays
	if out.Birthday {
		most = 366
	}
	switch {
	case out.Birthday && v.Kind == markup.Text && v.Text == "month":
		out.Unit = Month
	case out.Birthday && v.Kind == markup.Text && v.Text == "today":
	case v.Kind == markup.Number:
		d := p.whole(v, at, 0, most)
		out.From, out.To = -d, d
	case v.Kind == markup.List:
		out.From, out.To, _ = p.dayPair(v, at, most)
	case out.Birthday:
		p.bad(v, at, "expr.want_period", "allowed", "month, today, [-7, 0]")
	default:
		p.bad(v, at, "expr.want_days")
	}
	return out
}

func (p *parser) periodWord(n *markup.Node, path string) *Period {
	words := periodWords()
	if n.Kind != markup.Text || !slices.Contains(words, n.Text) {
		e := p.bad(n, path, "expr.want_period", "allowed", strings.Join(words, ", ")+", {days: [-3, 3]}, {birthday: month}, {birthday: [-7, 0]}")
		e.WithSuggestion(suggest(n.Text, words))
		return nil
	}
	switch n.Text {
	case "today":
		return &Period{Unit: Day}
	case "yesterday":
		return &Period{Unit: Day, Shift: -1}
	case "tomorrow":
		return &Period{Unit: Day, Shift: 1}
	}
	shift, unit, _ := strings.Cut(n.Text, "_")
	return &Period{Unit: Unit(unit), Shift: shifts[shift]}
}
