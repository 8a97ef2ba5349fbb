package ingest

import (
	"strings"
	"time"

	"github.com/earmarkhq/earmark/internal/value"
)

// Form is what a property is made into. The zero Form leaves it as it was sent.
type Form string

// The forms.
const (
	AsSent    Form = ""
	AsText    Form = "text"          // numbers and booleans become their text
	AsInt     Form = "int"           // a whole number, also one that is written as text or as 3.0
	AsDecimal Form = "decimal"       // an exact number, also one that is written as text
	AsFen     Form = "fen_from_yuan" // an amount in yuan becomes fen: 128.50 → 12850
	AsBool    Form = "bool"          // true false yes no y n t f 1 0 是 否, whatever the case
	AsTime    Form = "time"          // an instant in RFC 3339, UTC; a bare date stays a date
	AsList    Form = "list"          // text is cut at the separator; parts are trimmed, empty ones dropped
	AsJSON    Form = "json"          // text that holds a JSON document
)

// Forms are all forms that have a name, for messages.
var Forms = []Form{AsText, AsInt, AsDecimal, AsFen, AsBool, AsTime, AsList, AsJSON}

// Rounding says what becomes of a part of a fen.
type Rounding string

// The roundings. The zero Rounding keeps the amount exact (1.005 yuan is 100.5 fen).
const (
	Exact    Rounding = ""
	HalfUp   Rounding = "half_up"   // away from zero from half a fen on
	HalfEven Rounding = "half_even" // to the nearest, from exactly half a fen to the even one
	Refuse   Rounding = "refuse"    // no conversion
)

// Conversion makes a value into a form. The zero Conversion leaves values as they are.
type Conversion struct {
	Form  Form
	Strip string    // characters removed from text before anything else, like ¥ and the comma of thousands
	Round Rounding  // AsFen
	Time  TimeForm  // AsTime
	Cut   string    // AsList; "" is a comma
	Words boolWords // AsBool; zero: the usual words
}

type boolWords struct{ yes, no []string }

// BoolWords sets what AsBool takes for true and for false instead of the usual words.
func (c *Conversion) BoolWords(yes, no []string) { c.Words = boolWords{yes, no} }

var usualWords = boolWords{
	yes: []string{"true", "1", "yes", "y", "t", "是"},
	no:  []string{"false", "0", "no", "n", "f", "否"},
}

// Apply converts v. ok is false when v can not be made into the form; an absent value stays as
// it is.
func (c *Conversion) Apply(v value.Value) (out value.Value, ok bool) {
	if c.Strip != "" && v.Kind() == value.Text {
		v = value.NewText(c.strip(v.Text()))
	}
	if c.Form == AsSent || v.Absent() {
		return v, true
	}
	switch c.Form {
	case AsText:
		s, ok := value.TextOf(v)
		return value.NewText(s), ok
	case AsInt:
		d, ok := value.AsDec(v)
		if !ok {
			return v, false
		}
		n, ok := d.Int()
		return value.NewInt(n), ok
	case AsDecimal:
		d, ok := value.AsDec(v)
		return value.NewDec(d), ok
	case AsFen:
		return c.fen(v)
	case AsBool:
		return c.bool(v)
	case AsTime:
		return c.Time.property(v)
	case AsList:
		return c.list(v)
	case AsJSON:
		return fromJSON(v)
	}
	return v, false
}

func (c *Conversion) strip(s string) string {
	if !strings.ContainsAny(s, c.Strip) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(c.Strip, r) {
			return -1
		}
		return r
	}, s)
}

func (c *Conversion) fen(v value.Value) (value.Value, bool) {
	d, ok := value.AsDec(v)
	if !ok {
		return v, false
	}
	d.Exp += 2
	if n, whole := d.Int(); whole {
		return value.NewInt(n), true
	}
	d = d.Reduce()
	if d.Exp > 0 { // beyond int64
		return v, false
	}
	switch c.Round {
	case Exact:
		return value.NewDec(d), true
	case Refuse:
		return v, false
	}
	return value.NewInt(roundDec(d, c.Round)), true
}

// roundDec rounds a number with a fraction to a whole one.
func roundDec(d value.Dec, how Rounding) int64 {
	if d.Exp < -value.MaxDigits-1 { // far below half
		return 0
	}
	unit := uint64(1)
	for range -d.Exp {
		unit *= 10
	}
	neg := d.Coef < 0
	mag := uint64(d.Coef)
	if neg {
		mag = -mag
	}
	n, rest := mag/unit, mag%unit
	half := unit / 2
	if rest > half || rest == half && (how == HalfUp || n%2 == 1) {
		n++
	}
	if neg {
		return -int64(n)
	}
	return int64(n)
}

func (c *Conversion) bool(v value.Value) (value.Value, bool) {
	if v.Kind() == value.Bool {
		return v, true
	}
	s, ok := value.TextOf(v)
	if !ok {
		return v, false
	}
	words := c.Words
	if words.yes == nil && words.no == nil {
		words = usualWords
	}
	s = strings.TrimSpace(s)
	for _, w := range words.yes {
		if strings.EqualFold(s, w) {
			return value.NewBool(true), true
		}
	}
	for _, w := range words.no {
		if strings.EqualFold(s, w) {
			return value.NewBool(false), true
		}
	}
	return v, false
}

func (c *Conversion) list(v value.Value) (value.Value, bool) {
	switch v.Kind() {
	case value.List:
		return v, true
	case value.Object:
		return v, false
	}
	s, _ := value.TextOf(v)
	cut := c.Cut
	if cut == "" {
		cut = ","
	}
	var items []value.Value
	for part := range strings.SplitSeq(s, cut) {
		if part = strings.TrimSpace(part); part != "" {
			items = append(items, value.NewText(part))
		}
	}
	return value.NewList(items...), true
}

func fromJSON(v value.Value) (value.Value, bool) {
	if v.Kind() != value.Text {
		return v, true
	}
	out, err := value.ParseJSONText(v.Text())
	return out, err == nil
}

// TimeForm is how instants are written. The zero TimeForm is auto in UTC.
type TimeForm struct {
	// Layout is one of Auto, Unix (seconds), UnixMilli, or a layout of Go's time package.
	Layout string
	Zone   *time.Location // of times without an offset; nil is UTC
}

// The layouts with a name.
const (
	Auto      = "auto" // all forms of the language: RFC 3339, date and time in the zone, epoch
	Unix      = "unix"
	UnixMilli = "unix_ms"
)

// dateTime is the layout that most exports have; it is read without package time.
const dateTime = "2006-01-02 15:04:05"

// Millis reads v as an instant in Unix milliseconds; date marks one that names a day only.
func (f *TimeForm) Millis(v value.Value) (ms int64, date, ok bool) {
	zone := f.Zone
	if zone == nil {
		zone = time.UTC
	}
	switch f.Layout {
	case "", Auto:
		return value.ParseTime(v, zone)
	case Unix, UnixMilli:
		d, ok := value.AsDec(v)
		if !ok {
			return 0, false, false
		}
		if f.Layout == Unix {
			d.Exp += 3
		}
		ms, ok = floor(d)
		return ms, false, ok
	}
	s, isText := value.TextOf(v)
	if !isText {
		return 0, false, false
	}
	if f.Layout == dateTime {
		if len(s) != len(dateTime) || s[10] != ' ' {
			return 0, false, false
		}
		return value.ParseTimeText(s, zone)
	}
	t, err := time.ParseInLocation(f.Layout, s, zone)
	if err != nil {
		return 0, false, false
	}
	return t.UnixMilli(), !namesHour(f.Layout), true
}

func namesHour(layout string) bool {
	return strings.Contains(layout, "15") || strings.Contains(layout, "04") || strings.Contains(layout, "PM")
}

// floor is the greatest whole number not above d within the years 1 to 9999.
func floor(d value.Dec) (int64, bool) {
	d = d.Reduce()
	n, ok := d.Int()
	if !ok {
		if d.Exp >= 0 {
			return 0, false
		}
		unit := int64(1)
		for e := d.Exp; e < 0 && unit <= 1e17; e++ {
			unit *= 10
		}
		if n = d.Coef / unit; d.Coef < 0 {
			n--
		}
	}
	const first, end = -62135596800000, 253402300800000
	return n, n >= first && n < end
}

// property is the instant as a property value.
func (f *TimeForm) property(v value.Value) (value.Value, bool) {
	ms, date, ok := f.Millis(v)
	if !ok {
		return v, false
	}
	if date {
		zone := f.Zone
		if zone == nil {
			zone = time.UTC
		}
		return value.NewText(time.UnixMilli(ms).In(zone).Format(time.DateOnly)), true
	}
	return value.NewText(time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z")), true
}
