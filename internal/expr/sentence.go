package expr

import (
	"strconv"
	"strings"
	"time"

	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/value"
)

// SentenceOptions say how a condition is put into words.
type SentenceOptions struct {
	Lang fault.Lang
	// Zone shows the instants of `between` that were not written as text; nil is UTC.
	Zone *time.Location
	// Rename gives what people call an event type or a property, or the name itself. kind is
	// "event" or "property" (attributes too, with dots). nil renames nothing.
	Rename func(kind, name string) string
	// Metric tells what a named metric is, so that amounts are shown in yuan; nil knows none.
	Metric func(name string) (Num, bool)
}

// Sentence is the condition in words of lang.
func Sentence(n Node, lang fault.Lang) string { return SentenceWith(n, SentenceOptions{Lang: lang}) }

// SentenceWith is Sentence with names and a zone.
func SentenceWith(n Node, opts SentenceOptions) string {
	s := newSpeaker(opts)
	return s.tidy(s.node(n))
}

// SentenceNum is a metric expression in words.
func SentenceNum(n Num, opts SentenceOptions) string {
	s := newSpeaker(opts)
	return s.tidy(s.num(n))
}

// SentenceWindow is a window in words; "" for all history.
func SentenceWindow(w Window, opts SentenceOptions) string {
	if w.Kind == Ever {
		return ""
	}
	s := newSpeaker(opts)
	return s.tidy(s.window(w))
}

// SentenceProp is a property condition in words.
func SentenceProp(p Prop, opts SentenceOptions) string {
	s := newSpeaker(opts)
	return s.tidy(s.prop(p))
}

// SentenceDuration is a duration in words: exact days as n×24 hours.
func SentenceDuration(d Duration, lang fault.Lang) string {
	s := newSpeaker(SentenceOptions{Lang: lang})
	return s.tidy(s.duration(d))
}

// speaker puts trees into words of one language.
type speaker struct {
	SentenceOptions
	depth  int  // of metric names looked up, against definitions that go in circles
	bucket bool // inside regular, whose periods are the window
}

func newSpeaker(opts SentenceOptions) *speaker {
	if opts.Zone == nil {
		opts.Zone = time.UTC
	}
	return &speaker{SentenceOptions: opts}
}

// say fills the phrase of a key; args are pairs of placeholder and text.
func (s *speaker) say(key string, args ...string) string {
	p, ok := phrases[key]
	if !ok {
		return key
	}
	text := p.ZH
	if s.Lang == fault.EN {
		text = p.EN
	}
	if len(args) == 0 {
		return text
	}
	pairs := make([]string, len(args))
	for i := 0; i+1 < len(args); i += 2 {
		pairs[i], pairs[i+1] = "{"+args[i]+"}", args[i+1]
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

func (s *speaker) node(n Node) string {
	switch n := n.(type) {
	case All:
		return s.joined("and", n.Kids)
	case Any:
		return s.joined("or", n.Kids)
	case None:
		return s.say("none", "kids", s.listed(n.Kids))
	case Not:
		return s.not(n.Kid)
	case AtLeast:
		return s.say("at_least", "n", strconv.Itoa(n.N), "of", strconv.Itoa(len(n.Kids)), "kids", s.listed(n.Kids))
	case Everyone:
		return s.say("everyone")
	case Customers:
		return s.customers(n)
	case Segment:
		return s.say("segment", "name", user(n.Name))
	case Share:
		return s.say("share", "percent", n.Percent.String(), "salt", user(n.Salt))
	case Attribute:
		return s.attribute(n)
	case Aggregate:
		return s.aggregate(n)
	case Occurrence:
		return s.occurrence(n)
	case Sequence:
		return s.sequence(n)
	case Regular:
		return s.regular(n)
	case TagCond:
		return s.tag(n)
	case FollowCond:
		return s.follow(n)
	case MetricCond:
		return s.metric(n)
	case Quantile:
		return s.quantile(n)
	}
	return ""
}

// joined joins conditions by a word.
func (s *speaker) joined(word string, kids []Node) string {
	parts := make([]string, len(kids))
	for i, k := range kids {
		parts[i] = s.node(k)
	}
	return s.join(word, parts)
}

// join joins texts by a word, those that have joints of their own in brackets.
func (s *speaker) join(word string, parts []string) string {
	if len(parts) > 1 {
		for i, p := range parts {
			if s.hasJoint(p) {
				parts[i] = s.say("brackets", "x", p)
			}
		}
	}
	return strings.Join(parts, s.say(word))
}

func (s *speaker) listed(kids []Node) string {
	parts := make([]string, len(kids))
	for i, k := range kids {
		parts[i] = s.node(k)
	}
	return strings.Join(parts, s.say("list"))
}

// not words the common negations plainly.
func (s *speaker) not(kid Node) string {
	switch k := kid.(type) {
	case Aggregate:
		if k.Per == nil && k.Each == nil && isBareCount(k.Agg, k.Cmp) {
			return s.say("event.none", "window", s.window(k.Window), "event", s.events(k.Events, k.Where))
		}
	case TagCond:
		if k.Held == nil && k.SetBy == "" && k.Tagged == nil {
			return s.say("tag.not."+k.Mode, "names", s.tagNames(k))
		}
	case Segment:
		return s.say("segment.outside", "name", user(k.Name))
	}
	return s.say("not", "x", s.node(kid))
}

func (s *speaker) customers(n Customers) string {
	const shown = 3
	var names []string
	for i, k := range n.Keys {
		if i == shown {
			names = append(names, "…")
			break
		}
		if k.Kind == "" {
			names = append(names, user(k.Value))
		} else {
			names = append(names, user(string(k.Kind)+"="+k.Value))
		}
	}
	return s.say("customers", "n", strconv.Itoa(len(n.Keys)), "names", strings.Join(names, s.say("comma")))
}

func (s *speaker) attribute(n Attribute) string {
	name := s.property(n.Path)
	text := s.tests(name, n.Ops, isFen(n.Path))
	if len(n.Ops) == 0 {
		text = s.say("op.exists", "name", name)
	}
	if n.Held == nil {
		return text
	}
	return text + s.held("attribute.held", n.Held)
}

// held is the phrase key.for or key.less with the duration.
func (s *speaker) held(key string, h *Held) string {
	if h.For != nil {
		return s.say(key+".for", "d", s.duration(*h.For))
	}
	return s.say(key+".less", "d", s.duration(*h.LessThan))
}

func (s *speaker) tagNames(n TagCond) string {
	if n.Mode == "all" {
		return s.quotedList(n.Names, "comma")
	}
	return s.quotedList(n.Names, "or.word")
}

func (s *speaker) quotedList(names []string, sep string) string {
	parts := make([]string, len(names))
	for i, n := range names {
		parts[i] = s.say("quoted", "x", user(n))
	}
	return strings.Join(parts, s.say(sep))
}

func (s *speaker) tag(n TagCond) string {
	text := s.say("tag."+n.Mode, "names", s.tagNames(n))
	if n.SetBy != "" {
		text += s.say("tag.by." + n.SetBy)
	}
	if n.Held != nil {
		text += s.held("tag.held", n.Held)
	}
	if n.Tagged != nil {
		text += s.say("tag.tagged", "window", s.within(*n.Tagged))
	}
	return text
}

func (s *speaker) follow(n FollowCond) string {
	var parts []string
	if len(n.By) > 0 {
		parts = append(parts, s.say("follow.by", "names", s.quotedList(n.By, "or.word")))
	}
	if n.Added != nil {
		parts = append(parts, s.say("follow.added", "window", s.within(*n.Added)))
	}
	if len(n.AddWay) > 0 {
		parts = append(parts, s.tests(s.say("follow.way"), n.AddWay, false))
	}
	if len(n.State) > 0 {
		parts = append(parts, s.tests(s.say("follow.state"), n.State, false))
	}
	if n.Replied != nil {
		parts = append(parts, s.say("follow.replied", "window", s.windowOrNothing(*n.Replied)))
	}
	head := s.say("follow.now")
	if n.Lost != "" {
		head = s.say("follow.lost." + n.Lost)
	}
	if len(parts) > 0 {
		head += s.say("brackets", "x", strings.Join(parts, s.say("and")))
	}
	if len(n.Count) > 0 {
		head += s.say("follow.count", "cmp", s.compare(n.Count, plain))
	}
	return head
}

func (s *speaker) metric(n MetricCond) string {
	if n.Expr != nil {
		return s.num(n.Expr) + " " + s.compare(n.Cmp, s.unitOf(n.Expr))
	}
	return s.say("metric", "name", user(n.Name)) + " " + s.compare(n.Cmp, s.unitOf(NumMetric{Name: n.Name}))
}

func (s *speaker) quantile(n Quantile) string {
	name := user(n.Metric)
	if n.Expr != nil {
		name = s.num(n.Expr)
	}
	return s.say("quantile", "metric", name, "table", user(n.Table), "cmp", s.compare(n.Cmp, plain))
}

// unit is how a number is shown.
type unit uint8

const (
	plain unit = iota
	fen        // a number of fen, shown in yuan
)

// unitOf is the unit of what an expression computes: amounts in fen stay so under sums,
// differences and division by a plain number.
func (s *speaker) unitOf(n Num) unit {
	switch n := n.(type) {
	case NumAgg:
		if n.Agg.Fn != Distinct && isFen(n.Agg.Of) {
			return fen
		}
	case NumAttr:
		if isFen(n.Path) {
			return fen
		}
	case NumMetric:
		if isFen([]string{n.Name}) {
			return fen
		}
		if s.Metric == nil || s.depth > MaxDepth {
			return plain
		}
		if def, ok := s.Metric(n.Name); ok {
			s.depth++
			defer func() { s.depth-- }()
			return s.unitOf(def)
		}
	case NumOp:
		if n.Op == "div" {
			if s.unitOf(n.Args[0]) == fen && s.unitOf(n.Args[1]) == plain {
				return fen
			}
			return plain
		}
		for _, a := range n.Args {
			if s.unitOf(a) == fen {
				return fen
			}
		}
	}
	return plain
}

// isFen reports whether a property holds an amount in fen, by its name.
func isFen(path []string) bool {
	return len(path) > 0 && strings.HasSuffix(path[len(path)-1], "_fen")
}

var numSigns = map[string]string{"add": " + ", "sub": " − ", "mul": " × ", "div": " ÷ "}

func (s *speaker) num(n Num) string {
	switch n := n.(type) {
	case NumConst:
		return n.Val.String()
	case NumAttr:
		return s.property(n.Path)
	case NumMetric:
		return s.say("metric", "name", user(n.Name))
	case NumDays:
		key := "days_since"
		if n.Elapsed {
			key = "days_elapsed"
		}
		side := s.say("side.last")
		if n.First {
			side = s.say("side.first")
		}
		return s.say(key, "side", side, "event", s.events(n.Events, n.Where))
	case NumAgg:
		return s.aggregated(n.Events, n.Where, n.Window, n.Each, n.Agg, n.Per, "agg.number")
	case NumOp:
		return s.operation(n)
	}
	return ""
}

func (s *speaker) operation(n NumOp) string {
	money := n.Op != "mul" && n.Op != "div" && s.unitOf(n) == fen
	parts := make([]string, len(n.Args))
	for i, a := range n.Args {
		parts[i] = s.num(a)
		switch a := a.(type) {
		case NumConst:
			if money {
				parts[i] = yuan(a.Val)
			}
		case NumOp:
			if _, signed := numSigns[a.Op]; signed {
				parts[i] = s.say("brackets", "x", parts[i])
			}
		}
	}
	if sign, ok := numSigns[n.Op]; ok {
		return strings.Join(parts, sign)
	}
	return s.say("num."+n.Op, "args", strings.Join(parts, s.say("comma")))
}

// shown is an operand as text, amounts in yuan.
func shown(v value.Value, u unit) string {
	if u == fen {
		if d, ok := value.AsDec(v); ok {
			return yuan(d)
		}
	}
	text, _ := value.TextOf(v)
	return user(text)
}

// yuan shows fen as yuan: 1234500 → ¥12,345.00.
func yuan(d value.Dec) string {
	d = value.Dec{Coef: d.Coef, Exp: d.Exp - 2}
	text := d.String()
	sign := ""
	if rest, neg := strings.CutPrefix(text, "-"); neg {
		sign, text = "-", rest
	}
	whole, frac, _ := strings.Cut(text, ".")
	for len(frac) < 2 {
		frac += "0"
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return sign + "¥" + whole + "." + frac
}
