package segment

import (
	"errors"
	"strings"
	"time"

	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/value"
)

// Decoder reads bodies one after the other and keeps its memory. Not safe for concurrent use.
// The zero Decoder is ready.
type Decoder struct {
	// MaxCall bounds one call in bytes; 0 is the constant of that name.
	MaxCall int

	r     value.Reader
	body  string
	b     Batch
	times []stamp
	ids   derivedIDs
}

// stamp is what a call says about its time, until the whole body is read.
type stamp struct {
	at     value.Value // timestamp or originalTimestamp
	sentAt value.Value // of the call itself, as RudderStack sends it
	raw    string      // the call as sent
}

// envelope is what the body says about all its calls.
type envelope struct {
	sentAt  value.Value
	context value.Value
	batch   bool // there was a list called batch
}

// Decode reads the body of one request. kind is the kind of a path for single calls, "" for a
// batch. receivedAt is the instant of receipt in Unix milliseconds. Bad calls become Refusals;
// the error is for a body that is none: a *fault.Error of kind invalid.
func (d *Decoder) Decode(body string, kind Kind, receivedAt int64) (*Batch, error) {
	body = strings.TrimPrefix(body, "\ufeff")
	d.begin(body)
	var env envelope
	if kind == "" {
		d.batch(&env)
	} else {
		d.single(kind, &env)
	}
	if err := d.r.End(); err != nil {
		return nil, notJSON(err)
	}
	if kind == "" && !env.batch {
		return nil, fault.Invalid("segment.batch_missing")
	}
	d.finish(&env, receivedAt)
	return &d.b, nil
}

func (d *Decoder) begin(body string) {
	d.r.Reset(body, maxNesting)
	d.body = body
	d.b = Batch{Calls: d.b.Calls[:0], Refusals: d.b.Refusals[:0]}
	d.times = d.times[:0]
}

// maxNesting is deeper than any call may be, so that one that is too deep is refused alone.
const maxNesting = 2 * value.MaxDepth

// Release drops what the Decoder refers to, so that it can wait in a pool. The Batch it made is
// no longer valid.
func (d *Decoder) Release() {
	d.r.Release()
	d.body = ""
	if cap(d.b.Calls) > 512 || cap(d.b.Refusals) > 512 {
		d.b, d.times = Batch{}, nil
	}
	clear(d.b.Calls[:cap(d.b.Calls)])
	clear(d.b.Refusals[:cap(d.b.Refusals)])
	clear(d.times[:cap(d.times)])
	d.b = Batch{Calls: d.b.Calls[:0], Refusals: d.b.Refusals[:0]}
}

func notJSON(err error) error {
	var s *value.SyntaxError
	if !errors.As(err, &s) {
		return fault.Invalid("segment.body_not_json", "offset", 0, "reason", err.Error())
	}
	return fault.Invalid("segment.body_not_json", "offset", s.Offset, "reason", s.Reason)
}

// single reads a body that is one call.
func (d *Decoder) single(kind Kind, env *envelope) {
	d.call(kind, env)
}

// batch reads a body with a list of calls; a bare list counts as one.
func (d *Decoder) batch(env *envelope) {
	r := &d.r
	if r.Peek() == value.List {
		d.calls(env)
		return
	}
	for ok := r.Object(); ok; ok = r.More() {
		switch r.Key() {
		case "batch":
			if r.Peek() != value.List {
				r.Skip()
				continue
			}
			d.calls(env)
		case "writeKey":
			d.b.WriteKey, _ = r.Text()
		case "sentAt":
			env.sentAt = r.Value()
		case "context":
			env.context = r.Value()
		default:
			r.Skip()
		}
	}
}

func (d *Decoder) calls(env *envelope) {
	env.batch = true
	for ok := d.r.List(); ok; ok = d.r.More() {
		d.call("", env)
	}
}

// call reads one call. kind is that of the path, "" where the call has to say it.
func (d *Decoder) call(kind Kind, env *envelope) {
	r := &d.r
	index := len(d.b.Calls) + len(d.b.Refusals)
	start := r.Offset()
	if r.Peek() != value.Object {
		r.Skip()
		if r.Err() == nil {
			d.refuse(&Call{Index: index}, start, fault.Invalid("segment.call_not_object"))
		}
		return
	}
	d.b.Calls = append(d.b.Calls, Call{})
	d.times = append(d.times, stamp{})
	c, t := &d.b.Calls[len(d.b.Calls)-1], &d.times[len(d.times)-1]
	c.Kind, c.Index = kind, index
	r.Measure()
	err := d.members(c, t, kind == "", env)
	if r.Err() != nil {
		return
	}
	if err == nil {
		err = check(c)
	}
	t.raw = d.body[start:r.Offset()]
	if err == nil {
		err = d.measure(t.raw)
	}
	if err != nil {
		refused := *c
		d.b.Calls = d.b.Calls[:len(d.b.Calls)-1]
		d.times = d.times[:len(d.times)-1]
		d.refuse(&refused, start, err)
	}
}

// measure holds a call against the limits. raw may have white space behind it.
func (d *Decoder) measure(raw string) *fault.Error {
	limit := d.maxCall()
	switch {
	case len(raw) > limit && len(strings.TrimSpace(raw)) > limit:
		return fault.Invalid("segment.call_too_large", "size", len(strings.TrimSpace(raw)), "limit", limit)
	case d.r.Nested() > value.MaxDepth:
		return fault.Invalid("segment.call_too_deep", "depth", d.r.Nested(), "limit", value.MaxDepth)
	case d.r.Kids() > MaxProperties:
		return fault.Invalid("segment.call_too_wide", "count", d.r.Kids(), "limit", MaxProperties)
	}
	return nil
}

func (d *Decoder) maxCall() int {
	if d.MaxCall == 0 {
		return MaxCall
	}
	return d.MaxCall
}

func (d *Decoder) refuse(c *Call, start int, err *fault.Error) {
	d.b.Refusals = append(d.b.Refusals, refusal(c, d.body[start:d.r.Offset()], err))
}

func refusal(c *Call, raw string, err *fault.Error) Refusal {
	if len(raw) > MaxCall {
		raw = strings.ToValidUTF8(raw[:MaxCall], "") // the cut may be inside a character
	}
	raw = strings.TrimSpace(raw)
	return Refusal{Index: c.Index, Kind: c.Kind, MessageID: c.MessageID, Name: c.Name, Raw: raw, Err: err}
}

// members reads the members of a call. typed is false where the path has said the kind.
func (d *Decoder) members(c *Call, t *stamp, typed bool, env *envelope) *fault.Error {
	r := &d.r
	var bad *fault.Error
	var original, name, category value.Value
	for ok := r.Object(); ok; ok = r.More() {
		switch key := r.Key(); key {
		case "type":
			if s, ok := r.Text(); ok && typed {
				c.Kind = Kind(s)
			}
		case "messageId":
			c.MessageID, _ = r.Text()
		case "userId":
			c.UserID, _ = r.Text()
		case "anonymousId":
			c.AnonymousID, _ = r.Text()
		case "previousId":
			c.PreviousID, _ = r.Text()
		case "groupId":
			c.GroupID, _ = r.Text()
		case "event":
			c.Name, _ = r.Text()
		case "properties":
			c.Props = object(r.Value(), key, &bad)
		case "traits":
			c.Traits = object(r.Value(), key, &bad)
		case "context":
			c.Context = object(r.Value(), key, &bad)
		case "timestamp":
			t.at = r.Value()
		case "originalTimestamp":
			original = r.Value()
		case "sentAt":
			t.sentAt = r.Value()
		case "name":
			name = r.Value()
		case "category":
			category = r.Value()
		case "writeKey":
			if !typed {
				d.b.WriteKey, _ = r.Text()
				continue
			}
			r.Skip()
		default:
			r.Skip()
		}
	}
	if t.at.Absent() {
		t.at = original
	}
	switch c.Kind {
	case Page, Screen:
		viewed(c, name, category)
	case Identify:
		identified(c)
	}
	return bad
}

// object passes objects on; null counts as missing, anything else is a fault.
func object(v value.Value, key string, bad **fault.Error) value.Value {
	if v.Kind() != value.Object && v.Kind() != value.Null {
		if *bad == nil {
			*bad = fault.Invalid("segment.field_not_object", "field", key)
		}
		return value.Value{}
	}
	return v
}

// viewed puts name and category of a page or screen among its properties, where they are not
// already.
func viewed(c *Call, name, category value.Value) {
	if s, ok := value.TextOf(name); ok {
		c.Name = s
	}
	if !category.Absent() && c.Props.Get("category").Absent() {
		c.Props = withMember(c.Props, "category", category)
	}
	if c.Name != "" && c.Props.Get("name").Absent() {
		c.Props = withMember(c.Props, "name", value.NewText(c.Name))
	}
}

// identified takes the traits from the context where the call has none; where both have them,
// RudderStack has sent them twice.
func identified(c *Call) {
	repeated := c.Context.Get("traits")
	if repeated.Kind() != value.Object {
		return
	}
	if c.Traits.Kind() != value.Object {
		c.Traits = repeated
	}
	if !value.Same(c.Traits, repeated) {
		return
	}
	fields := make([]value.Field, 0, c.Context.Len())
	for _, f := range c.Context.Fields() {
		if f.Key != "traits" {
			fields = append(fields, f)
		}
	}
	c.Context = value.NewObject(fields...)
}

// check finds what makes a call unusable, apart from its time.
func check(c *Call) *fault.Error {
	switch c.Kind {
	case Track:
		if c.Name == "" {
			return fault.Invalid("segment.field_missing", "field", "event")
		}
		if c.Name[0] == '$' {
			return fault.Invalid("segment.event_reserved", "event", c.Name)
		}
	case Alias:
		if c.PreviousID == "" {
			return fault.Invalid("segment.field_missing", "field", "previousId")
		}
		if c.UserID == "" {
			return fault.Invalid("segment.field_missing", "field", "userId")
		}
	case Group:
		if c.GroupID == "" {
			return fault.Invalid("segment.field_missing", "field", "groupId")
		}
	case Identify, Page, Screen:
	case "":
		return fault.Invalid("segment.type_missing")
	default:
		return fault.Invalid("segment.type_unknown", "type", shorten(string(c.Kind)))
	}
	if c.UserID == "" && c.AnonymousID == "" {
		return fault.Invalid("segment.identity_missing")
	}
	if len(c.MessageID)|len(c.UserID)|len(c.AnonymousID)|len(c.PreviousID)|len(c.GroupID)|len(c.Name) > MaxID {
		return tooLong(c)
	}
	return nil
}

func tooLong(c *Call) *fault.Error {
	for _, f := range [...]struct{ name, text string }{
		{"messageId", c.MessageID}, {"userId", c.UserID}, {"anonymousId", c.AnonymousID},
		{"previousId", c.PreviousID}, {"groupId", c.GroupID}, {"event", c.Name},
	} {
		if len(f.text) > MaxID && !(f.name == "event" && c.Kind != Track) {
			return fault.Invalid("segment.field_too_long", "field", f.name, "limit", MaxID)
		}
	}
	return nil
}

// shorten keeps what a message shows of a sender's text readable.
func shorten(s string) string {
	if len(s) <= 64 {
		return s
	}
	return strings.ToValidUTF8(s[:64], "") + "…"
}

// finish does what needs the whole body: the times, the common context, the missing ids.
func (d *Decoder) finish(env *envelope, receivedAt int64) {
	d.ids.begin(receivedAt)
	d.b.SentAt, _, _ = value.ParseTime(env.sentAt, time.UTC)
	kept := d.b.Calls[:0]
	for i := range d.b.Calls {
		c := &d.b.Calls[i]
		if env.context.Kind() == value.Object {
			c.Context = under(c.Context, env.context)
		}
		sentAt := d.b.SentAt
		if own := d.times[i].sentAt; own.Kind() != value.Null {
			sentAt, _, _ = value.ParseTime(own, time.UTC)
		}
		if err := setTime(c, d.times[i].at, sentAt, receivedAt); err != nil {
			d.b.Refusals = append(d.b.Refusals, refusal(c, d.times[i].raw, err))
			continue
		}
		if c.MessageID == "" {
			c.MessageID = d.ids.derive(c, d.times[i].at)
		}
		kept = append(kept, *c)
	}
	d.b.Calls = kept
}

// under adds the members of common that context does not have itself.
func under(context, common value.Value) value.Value {
	if context.Len() == 0 {
		return common
	}
	fields := context.Fields()[:context.Len():context.Len()]
	for _, f := range common.Fields() {
		if context.Get(f.Key).Kind() == value.Null {
			fields = append(fields, f)
		}
	}
	return value.NewObject(fields...)
}

// setTime sets the time of a call: its own by the sender's clock, moved by the difference
// between sentAt and receipt where that is beyond the tolerance; the receipt where it has none.
func setTime(c *Call, at value.Value, sentAt, receivedAt int64) *fault.Error {
	if at.Absent() {
		c.Time = receivedAt
		return nil
	}
	ms, _, ok := value.ParseTime(at, time.UTC)
	if !ok {
		text, _ := value.TextOf(at)
		return fault.Invalid("segment.time_unreadable", "time", shorten(text))
	}
	if skew := receivedAt - sentAt; sentAt != 0 && (skew > skewTolerance || skew < -skewTolerance) {
		c.Skew = skew
	}
	c.Time = ms + c.Skew
	if c.Time > receivedAt+MaxAhead {
		return fault.Invalid("segment.time_too_far_ahead", "time", written(c.Time))
	}
	return nil
}

func written(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.RFC3339) }
