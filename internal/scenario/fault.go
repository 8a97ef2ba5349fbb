package scenario

import "github.com/earmarkhq/earmark/internal/fault"

var _ = fault.Register(fault.Messages{
	"scenario.want_map":      {ZH: "{key} 下应写“键: 值”，写的是 {value}", EN: "{key} wants keys with values, not {value}"},
	"scenario.want_list":     {ZH: "{key} 应为列表，写的是 {value}", EN: "{key} wants a list, not {value}"},
	"scenario.want_text":     {ZH: "{key} 应为文字，写的是 {value}", EN: "{key} wants text, not {value}"},
	"scenario.want_whole":    {ZH: "{key} 应为 {min} 到 {max} 的整数，写的是 {value}", EN: "{key} wants a whole number from {min} to {max}, not {value}"},
	"scenario.want_number":   {ZH: "{key} 应为数或 null，写的是 {value}", EN: "{key} wants a number or null, not {value}"},
	"scenario.want_bool":     {ZH: "{key} 应为 true 或 false，写的是 {value}", EN: "{key} wants true or false, not {value}"},
	"scenario.want_time":     {ZH: "{key} 应为距起点的时长（如 0、10d、-3d、1h30m）或日期时间，写的是 {value}", EN: "{key} wants an offset from the start such as 0, 10d, -3d or 1h30m, or a date, not {value}"},
	"scenario.want_duration": {ZH: "{key} 应为时长（如 1h、1d），写的是 {value}", EN: "{key} wants a duration such as 1h or 1d, not {value}"},
	"scenario.want_customer": {ZH: "{key} 应为用户编号，或 {example} 这样的身份，写的是 {value}", EN: "{key} wants a user id or identities such as {example}, not {value}"},
	"scenario.want_tags":     {ZH: "{key} 应为 true、false、标签列表或“标签: true”，写的是 {value}", EN: "{key} wants true, false, a list of tags or tags with true or false, not {value}"},
	"scenario.want_one_of":   {ZH: "{key} 应为 {allowed} 之一，写的是 {value}", EN: "{key} wants one of {allowed}, not {value}"},
	"scenario.zone":          {ZH: "不认识的时区 {value}", EN: "unknown time zone {value}"},
	"scenario.unknown_key":   {ZH: "不认识的写法 {key}，这里可以写 {allowed}", EN: "unknown key {key}; allowed here: {allowed}"},
	"scenario.missing":       {ZH: "缺少 {missing}", EN: "{missing} is missing"},
	"scenario.conflict":      {ZH: "{keys} 不能同时写", EN: "{keys} can not be given together"},
	"scenario.alone":         {ZH: "{key} 只能与 {with} 一起写", EN: "{key} is only allowed together with {with}"},
	"scenario.nothing":       {ZH: "这一步什么也没有做、没有问", EN: "the step does nothing and asks nothing"},
	"scenario.order":         {ZH: "这一步的时刻 {at} 早于前一步的 {before}", EN: "the step is at {at}, before {before} of the step before it"},
	"scenario.single":        {ZH: "有多条规则时，{key} 要写明标签", EN: "with several rules {key} must name the tag"},
	"scenario.early":         {ZH: "时刻 {value} 早于 1970-01-02，引擎不支持", EN: "the instant {value} is before 1970-01-02, which the engine does not take"},
	"scenario.customer":      {ZH: "没有名为 {name} 的客户", EN: "there is no customer {name}"},
	"scenario.tag":           {ZH: "没有标签 {name}", EN: "there is no tag {name}"},
	"scenario.metric":        {ZH: "没有指标 {name}", EN: "there is no metric {name}"},
	"scenario.as_of":         {ZH: "as_of 问的是日志：只能与 expect、members、count 一起写", EN: "as_of asks the log: it goes with expect, members and count only"},
	"scenario.not_refused":   {ZH: "应以 {code} 拒绝，却没有", EN: "should have been refused with {code}, but was not"},
	"scenario.read":          {ZH: "读不了文件 {file}", EN: "can not read the file {file}"},
	"scenario.empty":         {ZH: "{file} 里没有场景", EN: "there is no scenario in {file}"},
})
