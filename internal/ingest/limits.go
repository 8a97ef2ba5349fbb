package ingest

import (
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/value"
)

// Limits of one event, whatever its source. Sources may have narrower ones of their own: the
// tracking API has 32 KB and 1,000 properties, a row of a file has 1 MB.
const (
	MaxIDBytes    = 255              // of message ids and identities
	MaxNameBytes  = 255              // of event types
	MaxProperties = 20_000           // members and elements on all levels together
	MaxAhead      = 24 * 3600 * 1000 // milliseconds after now
)

var _ = fault.Register(fault.Messages{
	"ingest.no_type":        {ZH: "缺少事件名", EN: "the event has no type"},
	"ingest.name_too_long":  {ZH: "事件名超过 {limit} 字节", EN: "the event type has more than {limit} bytes"},
	"ingest.name_reserved":  {ZH: "以 $ 开头的事件名保留给系统：{name}", EN: "event types that begin with $ are reserved: {name}"},
	"ingest.no_id":          {ZH: "缺少消息 id", EN: "the event has no message id"},
	"ingest.id_too_long":    {ZH: "消息 id 超过 {limit} 字节", EN: "the message id has more than {limit} bytes"},
	"ingest.no_identity":    {ZH: "没有任何身份标识", EN: "there is no identity"},
	"ingest.identity":       {ZH: "身份标识 {kind} 超过 {limit} 字节", EN: "the identity {kind} has more than {limit} bytes"},
	"ingest.time_ahead":     {ZH: "时间比现在晚 24 小时以上", EN: "the time is more than 24 hours ahead"},
	"ingest.time_too_early": {ZH: "时间不晚于 1970-01-01", EN: "the time is not after 1970-01-01"},
	"ingest.too_many":       {ZH: "有 {count} 个属性，上限为 {limit}", EN: "there are {count} properties, the limit is {limit}"},
	"ingest.too_deep":       {ZH: "嵌套超过 {limit} 层", EN: "nested more than {limit} deep"},
})

// Check finds what makes an event of these identities unacceptable at now (Unix milliseconds);
// nil for nothing. CheckProps looks at its properties.
func Check(ev *event.Event, keys []customer.Key, now int64) *fault.Error {
	switch {
	case ev.Type == "":
		return fault.Invalid("ingest.no_type")
	case len(ev.Type) > MaxNameBytes:
		return fault.Invalid("ingest.name_too_long", "limit", MaxNameBytes)
	case ev.Type[0] == '$' && ev.Type != event.Identify:
		return fault.Invalid("ingest.name_reserved", "name", ev.Type)
	case ev.ID == "":
		return fault.Invalid("ingest.no_id")
	case len(ev.ID) > MaxIDBytes:
		return fault.Invalid("ingest.id_too_long", "limit", MaxIDBytes)
	case ev.Time > now+MaxAhead:
		return fault.Invalid("ingest.time_ahead")
	case ev.Time <= 0:
		return fault.Invalid("ingest.time_too_early")
	case len(keys) == 0:
		return fault.Invalid("ingest.no_identity")
	}
	for i := range keys {
		if len(keys[i].Value) > MaxIDBytes {
			return fault.Invalid("ingest.identity", "kind", string(keys[i].Kind), "limit", MaxIDBytes)
		}
	}
	return nil
}

// CheckProps finds what makes properties unacceptable; nil for nothing.
func CheckProps(props value.Value) *fault.Error {
	kids, deep := measure(props, 0)
	switch {
	case kids > MaxProperties:
		return fault.Invalid("ingest.too_many", "count", kids, "limit", MaxProperties)
	case deep:
		return fault.Invalid("ingest.too_deep", "limit", value.MaxDepth)
	}
	return nil
}

func measure(v value.Value, depth int) (kids int, deep bool) {
	if v.Kind() != value.List && v.Kind() != value.Object {
		return 0, false
	}
	if depth == value.MaxDepth {
		return 0, true
	}
	kids = v.Len()
	for _, f := range v.Fields() {
		n, d := measure(f.Val, depth+1)
		kids, deep = kids+n, deep || d
	}
	return kids, deep
}
