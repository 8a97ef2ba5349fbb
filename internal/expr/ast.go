package expr

import (
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/value"
)

// Pos is the place of a node in its document. Path is like "rules[0].when.all[1].count".
type Pos struct {
	Line, Col int // 1-based; 0 when the tree was not read from a document
	Path      string
}

// Node is one node of a condition tree. The concrete types are those of this file.
type Node interface{ Position() Pos }

func (p Pos) Position() Pos { return p }

// All holds when every kid holds, Any when one does, None when none does. Kids is never empty.
type (
	All struct {
		Pos
		Kids []Node
	}
	Any struct {
		Pos
		Kids []Node
	}
	None struct {
		Pos
		Kids []Node
	}
	Not struct {
		Pos
		Kid Node
	}
	// AtLeast holds when at least N of the kids hold, 1 ≤ N ≤ len(Kids).
	AtLeast struct {
		Pos
		N    int
		Kids []Node
	}
	// Everyone always holds.
	Everyone struct{ Pos }
	// Customers holds for customers that have one of the identities; an entry without a kind
	// ("u1") matches any identity of that value.
	Customers struct {
		Pos
		Keys []customer.Key
	}
	// Segment is the condition of the named segment, inlined when compiled.
	Segment struct {
		Pos
		Name string
	}
	// Share holds for a stable share of the customers: hash(salt, customer) below Percent
	// (0 < Percent ≤ 100, at most two decimals). A larger share contains a smaller one.
	Share struct {
		Pos
		Salt    string
		Percent value.Dec
	}
)

// Attribute asks the current value of an attribute. Ops are joined by AND; without Ops it
// asks that the attribute exists. With a Held the newest run of equal values (by own time)
// must have lasted ForMs (Held.For) or less than (Held.LessThan).
type Attribute struct {
	Pos
	Path []string // first element is the top-level key that updates replace
	Ops  []Op
	Held *Held
}

// Held is a bound on how long a value or tag has been as it is.
type Held struct {
	For      *Duration // at least
	LessThan *Duration // strictly less
}

// Selector picks events by type: exact names, or prefixes written "order.*".
type Selector struct {
	Types    []string // sorted, exact
	Prefixes []string // without the *, sorted
}

// Matches reports whether the type is selected. Types that begin with $ are never matched
// by a prefix.
func (s Selector) Matches(typ string) bool {
	for _, t := range s.Types {
		if t == typ {
			return true
		}
	}
	if len(typ) > 0 && typ[0] == '$' {
		return false
	}
	for _, p := range s.Prefixes {
		if len(typ) >= len(p) && typ[:len(p)] == p {
			return true
		}
	}
	return false
}

// AggFn is an aggregate function.
type AggFn string

// Aggregates. Days counts distinct local days.
const (
	Count      AggFn = "count"
	Sum        AggFn = "sum"
	Avg        AggFn = "avg"
	Min        AggFn = "min"
	Max        AggFn = "max"
	Median     AggFn = "median"
	Percentile AggFn = "percentile"
	Distinct   AggFn = "distinct"
	Days       AggFn = "days"
)

// Agg is an aggregate of the matching events (or of list elements with Each).
type Agg struct {
	Fn AggFn
	Of []string  // path of the property (of the element with Each); nil for count and days
	P  value.Dec // percentile, 0..100
}

// Each aggregates over the elements of the list at Path instead of over events; Where is
// asked of each element with paths relative to it.
type Each struct {
	Path  []string
	Where Prop // nil: every element
}

// Per computes the aggregate for each of N calendar periods and combines them with Fn (Avg,
// Min or Max; empty periods count as 0 for count, sum, distinct and days and are left out for
// the other aggregates). The periods are the N newest including the current one, or with Past the N whole past ones.
type Per struct {
	Unit Unit
	N    int
	Past bool
	Fn   AggFn
}

// Aggregate compares an aggregate over the events of a window. Cmp is never empty; a bare
// event node is count ≥ 1.
type Aggregate struct {
	Pos
	Events Selector
	Where  Prop
	Window Window
	Each   *Each
	Agg    Agg
	Per    *Per
	Cmp    []Op
}

// Occurrence is first or last: the earliest or newest N events of ever that satisfy Where
// (N ≥ 1; there must be N); then every one of them must lie in Window, and satisfy OlderThan and Has.
// With Key it is asked for each value of that property and holds when one value's answer is yes.
type Occurrence struct {
	Pos
	First     bool
	N         int
	Events    Selector
	Where     Prop
	Key       []string
	Window    Window    // Ever when not asked
	OlderThan *Duration // event time ≤ at − d
	Has       Prop
}

// Step is one step of a sequence. MaxGap bounds the time from the step before (inclusive).
type Step struct {
	Events Selector
	Where  Prop
	MaxGap *Duration
}

// ThenNot ends a sequence: no such event later than the last step and within (inclusive)
// Within of it; it is known to hold from last step + Within on.
type ThenNot struct {
	Events Selector
	Where  Prop
	Within Duration
}

// Sequence holds when events for all steps exist, each strictly later than the one before,
// all inside Window. Any start may be chosen.
type Sequence struct {
	Pos
	Steps   []Step
	Window  Window
	ThenNot *ThenNot
}

// Regular holds when in at least In of the last Of buckets the aggregate passes Cmp. Buckets are
// rolling, (at−(i+1)·Every, at−i·Every], or calendar periods (Unit) including the current one.
type Regular struct {
	Pos
	Events Selector
	Where  Prop
	Each   *Each
	Agg    Agg
	Cmp    []Op
	Every  *Duration // rolling when set
	Unit   Unit      // calendar when Every is nil
	In, Of int
}

// TagCond asks the customer's tags. Names are "tag" or "group/tag", or decimal ids.
// Mode any, all, or group (any tag in the one group named).
type TagCond struct {
	Pos
	Mode  string // "any", "all", "group"
	Names []string
	Held  *Held  // time since tagged
	SetBy string // "", "rule", "hand", "import", "platform"
	// Tagged bounds the instant at which the present assignment was made.
	Tagged *Window
}

// FollowCond asks for follows (relations of staff and customer). Without fields: at least one
// current follow. Count compares the number of matching follows instead of ≥ 1.
type FollowCond struct {
	Pos
	By      []string // staff ids; empty: anyone
	Added   *Window  // added inside
	AddWay  []Op     // on the add_way text
	State   []Op     // on the channel state text
	Lost    string   // "": current follows; "staff", "customer", "any": lost by that side
	Replied *Window  // the customer sent a message to that staff member after adding, inside
	Count   []Op
}

// MetricCond compares a metric. Division by zero or an absent operand makes it absent, and an
// absent metric matches no comparison.
type MetricCond struct {
	Pos
	Name string // named metric, or
	Expr Num    // inline expression
	Cmp  []Op
}

// Quantile compares the band (1-based) of a metric in a cut table.
type Quantile struct {
	Pos
	Metric string
	Expr   Num
	Table  string
	Cmp    []Op
}

// Num is a node of a metric expression: NumConst, NumAgg, NumAttr, NumMetric, NumOp, NumDays.
type Num interface{ Position() Pos }

type (
	NumConst struct {
		Pos
		Val value.Dec
	}
	// NumAgg is an aggregate without comparison.
	NumAgg struct {
		Pos
		Events Selector
		Where  Prop
		Window Window
		Each   *Each
		Agg    Agg
		Per    *Per
	}
	NumAttr struct {
		Pos
		Path []string
	}
	NumMetric struct {
		Pos
		Name string
	}
	// NumOp is add, sub, mul, div, min, max or coalesce over two or more operands.
	NumOp struct {
		Pos
		Op   string
		Args []Num
	}
	// NumDays is the days since the first or last matching event: calendar days in the tenant's
	// zone, or whole elapsed 24-hour days with Elapsed. Absent without an event.
	NumDays struct {
		Pos
		Events  Selector
		Where   Prop
		First   bool
		Elapsed bool
	}
)

// WindowKind is the form of a window.
type WindowKind uint8

// Window forms, see Window.
const (
	Ever WindowKind = iota
	Within
	Ago
	LocalDays
	During
	Between
	Since
)

// Window is a range of instants relative to the evaluation instant `at`.
//
//	Ever       all history up to at
//	Within     (at − D, at]
//	Ago        (at − D, at − D2], D > D2
//	LocalDays  local days From..To relative to today (0 = today, −1 = yesterday), whole, ≤ at
//	During     Unit and N: N = 0 the current period up to at; N ≥ 1 the N whole past periods
//	Between    [From, To) in milliseconds; either may be missing (nil); never beyond at
//	Since      [start, at] where start is Ref: an attribute's date, the first follow, a tag's since
type Window struct {
	Pos
	Kind     WindowKind
	D, D2    Duration
	From, To int // LocalDays
	Unit     Unit
	N        int
	Lo, Hi   *int64 // Between, resolved in the tenant's zone
	LoText   string // as written, for sentences
	HiText   string
	SinceRef SinceRef
}

// SinceRef names the start of a Since window; exactly one field is set.
type SinceRef struct {
	Attribute   []string
	FirstFollow bool
	Tag         string
}

// Unit is a calendar unit.
type Unit string

// Calendar units; weeks start on Monday.
const (
	Day     Unit = "day"
	Week    Unit = "week"
	Month   Unit = "month"
	Quarter Unit = "quarter"
	Year    Unit = "year"
)

// Duration is exact (Ms) or calendar (Months, 12 for a year, clamped to the month's end in the
// tenant's zone); exactly one is non-zero except for the zero duration. Text is as written.
type Duration struct {
	Ms     int64
	Months int
	Text   string
}

// Prop is a condition on one event's properties (or one list element): PropAll, PropAny,
// PropNone, PropNot or PropTest.
type Prop interface{ Position() Pos }

type (
	PropAll struct {
		Pos
		Kids []Prop
	}
	PropAny struct {
		Pos
		Kids []Prop
	}
	PropNone struct {
		Pos
		Kids []Prop
	}
	PropNot struct {
		Pos
		Kid Prop
	}
	// PropTest asks Ops (AND) of the value at Path. Path[0] may be the pseudo keys "$type",
	// "$time", "$source" or "context"; inside an element form an empty path is the element itself.
	PropTest struct {
		Pos
		Path []string
		Ops  []Op
	}
)

// Op is one comparison. Name is the positive operator; Neg marks its complement (ne is eq with
// Neg, not_in is in with Neg, exists: false is exists with Neg), which matches exactly where
// the positive form does not.
type Op struct {
	Pos
	Name string
	Neg  bool
	// Args: one value for most; the list for in, contains_any, includes, has_all; two for between.
	Args []value.Value
	// Rel is a bound relative to now, in place of an argument (before, after, on, at, gt, gte, lt, lte, eq).
	Rel *Rel
	// Dur for within_last and older_than; Days set asks calendar days instead.
	Dur  *Duration
	Days int
	// Period for in_period.
	Period *Period
	// Elem for any: holds when one element satisfies it.
	Elem Prop
	// Re is the source of regex and like.
	Re string
}

// Rel is now − D (Ago) or now + D.
type Rel struct {
	Ago bool
	D   Duration
}

// Period is the operand of in_period. Exactly one form: Unit with Shift (−1 last, 0 this, 1
// next); Days [From, To] whole local days around today; Birthday with Unit month (the date's month is the
// current month) or Days (the anniversary lies in those days around today).
type Period struct {
	Unit     Unit
	Shift    int
	Days     bool
	From, To int
	Birthday bool
}

// Operator names (positive forms).
const (
	OpEq          = "eq"
	OpIn          = "in"
	OpGt          = "gt"
	OpGte         = "gte"
	OpLt          = "lt"
	OpLte         = "lte"
	OpBetween     = "between" // inclusive both ends
	OpExists      = "exists"
	OpContains    = "contains"
	OpIContains   = "icontains"
	OpContainsAny = "contains_any"
	OpStartsWith  = "starts_with"
	OpEndsWith    = "ends_with"
	OpLike        = "like"
	OpRegex       = "regex"
	OpIncludes    = "includes" // list contains one of the args
	OpHasAll      = "has_all"
	OpAny         = "any"
	OpBefore      = "before"
	OpAfter       = "after"
	OpOn          = "on"
	OpAt          = "at"
	OpInPeriod    = "in_period"
	OpWithinLast  = "within_last"
	OpOlderThan   = "older_than"
)
