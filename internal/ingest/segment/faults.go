package segment

import "github.com/earmarkhq/earmark/internal/fault"

// Limits of what is accepted.
const (
	MaxBody = 500 << 10 // bytes of a request, after inflation, unless Options say another
	MaxCall = 32 << 10  // bytes of one call, unless Options say another
	// MaxProperties is the number of members and elements of one call on all levels together.
	MaxProperties = 1000
	// MaxID is the length of identities, message ids and names in bytes.
	MaxID = 255
	// MaxAhead is how far in the future a call may be after correction, in milliseconds.
	MaxAhead = 24 * 3600 * 1000
	// skewTolerance is the difference between sentAt and receipt that is taken for the way and
	// not for a wrong clock, in milliseconds.
	skewTolerance = 60 * 1000
)

var _ = fault.Register(fault.Messages{
	"segment.body_unreadable":    {ZH: "无法读取请求内容", EN: "the request could not be read"},
	"segment.body_too_large":     {ZH: "请求超过 {limit} 字节", EN: "the request has more than {limit} bytes"},
	"segment.body_not_gzip":      {ZH: "请求的 gzip 数据已损坏", EN: "the gzip data of the request is damaged"},
	"segment.body_not_json":      {ZH: "请求不是有效的 JSON：第 {offset} 字节处{reason}", EN: "the request is no valid JSON: {reason} at byte {offset}"},
	"segment.batch_missing":      {ZH: "请求缺少 batch 列表", EN: "the request has no list called batch"},
	"segment.key_unknown":        {ZH: "写入密钥未知或已停用", EN: "the write key is unknown or revoked"},
	"segment.path_unknown":       {ZH: "没有这个跟踪接口：{path}", EN: "there is no such tracking call: {path}"},
	"segment.method":             {ZH: "跟踪接口只接受 POST", EN: "tracking calls are sent with POST"},
	"segment.unavailable":        {ZH: "暂时无法接收，请稍后重试", EN: "events can not be taken at the moment, repeat later"},
	"segment.call_not_object":    {ZH: "batch 的元素不是对象", EN: "an element of batch is no object"},
	"segment.call_too_large":     {ZH: "该事件有 {size} 字节，上限为 {limit}", EN: "the call has {size} bytes, the limit is {limit}"},
	"segment.call_too_deep":      {ZH: "该事件嵌套 {depth} 层，上限为 {limit}", EN: "the call is nested {depth} deep, the limit is {limit}"},
	"segment.call_too_wide":      {ZH: "该事件有 {count} 个属性，上限为 {limit}", EN: "the call has {count} properties, the limit is {limit}"},
	"segment.type_unknown":       {ZH: "未知的调用类型 {type}", EN: "unknown type of call {type}"},
	"segment.type_missing":       {ZH: "缺少 type", EN: "type is missing"},
	"segment.identity_missing":   {ZH: "userId 和 anonymousId 都缺少", EN: "both userId and anonymousId are missing"},
	"segment.field_missing":      {ZH: "缺少 {field}", EN: "{field} is missing"},
	"segment.field_too_long":     {ZH: "{field} 超过 {limit} 字节", EN: "{field} has more than {limit} bytes"},
	"segment.field_not_object":   {ZH: "{field} 不是对象", EN: "{field} is no object"},
	"segment.event_reserved":     {ZH: "以 $ 开头的事件名保留给系统：{event}", EN: "event names that begin with $ are reserved: {event}"},
	"segment.time_unreadable":    {ZH: "无法识别的时间 {time}", EN: "{time} is no time"},
	"segment.time_too_far_ahead": {ZH: "时间 {time} 比现在晚 24 小时以上", EN: "{time} is more than 24 hours ahead"},
})
