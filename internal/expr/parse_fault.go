package expr

import "github.com/earmarkhq/earmark/internal/fault"

// The sentences of what can be wrong with a condition. {key} is the key at fault, {value} what
// was written there.
var _ = fault.Register(fault.Messages{
	// Structure.
	"expr.unknown_key":    {ZH: "不认识的写法 {key}，这里可以写 {allowed}", EN: "unknown key {key}; allowed here: {allowed}"},
	"expr.kind_missing":   {ZH: "这里没有条件，需要下列之一：{allowed}", EN: "no condition here; one of these is needed: {allowed}"},
	"expr.kinds_conflict": {ZH: "{keys} 不能写在同一个条件里，请分开放到 all 下", EN: "{keys} can not stand in one condition; put them apart under all"},
	"expr.keys_conflict":  {ZH: "{keys} 不能同时写，只能选一个", EN: "{keys} can not be given together; choose one"},
	"expr.missing_key":    {ZH: "缺少 {missing}", EN: "{missing} is missing"},
	"expr.missing_op":     {ZH: "{key} 没有写比较条件，例如 {example}", EN: "{key} lacks a comparison, for example {example}"},
	"expr.empty":          {ZH: "{key} 是空的", EN: "{key} is empty"},
	"expr.too_deep":       {ZH: "条件嵌套超过 {limit} 层", EN: "conditions are nested more than {limit} deep"},
	"expr.too_many_nodes": {ZH: "条件超过 {limit} 个节点", EN: "the condition has more than {limit} nodes"},
	"expr.too_few":        {ZH: "{key} 至少要有 {min} 项", EN: "{key} needs at least {min} entries"},
	"expr.too_long":       {ZH: "{key} 有 {size} 字节，最多 {limit} 字节", EN: "{key} has {size} bytes, at most {limit} are allowed"},
	"expr.list_too_long":  {ZH: "{key} 有 {size} 项，最多 {limit} 项", EN: "{key} has {size} entries, at most {limit} are allowed"},

	// What a value should have been.
	"expr.want_condition": {ZH: "这里应是一个条件（如 event、attribute、tag），写的是 {value}", EN: "a condition (event, attribute, tag …) is wanted here, not {value}"},
	"expr.want_map":       {ZH: "{key} 下应写“键: 值”，写的是 {value}", EN: "{key} wants keys with values, not {value}"},
	"expr.want_list":      {ZH: "{key} 应为列表 […]，写的是 {value}", EN: "{key} wants a list […], not {value}"},
	"expr.want_text":      {ZH: "{key} 应为文字，写的是 {value}", EN: "{key} wants text, not {value}"},
	"expr.want_number":    {ZH: "{key} 应为数，写的是 {value}", EN: "{key} wants a number, not {value}"},
	"expr.want_whole":     {ZH: "{key} 应为 {min} 到 {max} 的整数，写的是 {value}", EN: "{key} wants a whole number from {min} to {max}, not {value}"},
	"expr.want_bool":      {ZH: "{key} 应为 true 或 false，写的是 {value}", EN: "{key} wants true or false, not {value}"},
	"expr.want_true":      {ZH: "{key} 只能写 true，写的是 {value}", EN: "{key} can only be true, not {value}"},
	"expr.want_scalar":    {ZH: "{key} 应为单个值（文字、数、true/false），写的是 {value}", EN: "{key} wants one value (text, number, true or false), not {value}"},
	"expr.want_duration":  {ZH: "{key} 应为时长（如 90s、12h、7d、2w、3mo、1y），写的是 {value}", EN: "{key} wants a duration such as 90s, 12h, 7d, 2w, 3mo or 1y, not {value}"},
	"expr.want_date":      {ZH: "{key} 应为日期（如 2024-05-01、\"2024-05-01 08:30\"、2024-05-01T08:30:00+08:00），写的是 {value}", EN: "{key} wants a date such as 2024-05-01, \"2024-05-01 08:30\" or 2024-05-01T08:30:00+08:00, not {value}"},
	"expr.want_path":      {ZH: "{key} 应为属性名（如 amount_fen、address.city 或 [a.b, c]），写的是 {value}", EN: "{key} wants the name of a property such as amount_fen, address.city or [a.b, c], not {value}"},
	"expr.want_one_of":    {ZH: "{key} 应为 {allowed} 之一，写的是 {value}", EN: "{key} wants one of {allowed}, not {value}"},
	"expr.want_percent":   {ZH: "{key} 应大于 0、至多 100、至多两位小数，写的是 {value}", EN: "{key} wants a number above 0, up to 100, with at most two decimals, not {value}"},
	"expr.want_event":     {ZH: "{key} 应为事件名、事件名列表或 order.* 这样的前缀，写的是 {value}", EN: "{key} wants an event name, a list of them or a prefix such as order.*, not {value}"},
	"expr.want_days":      {ZH: "{key} 应为天数（如 7）或 [-7, -1] 这样的范围，写的是 {value}", EN: "{key} wants a number of days such as 7 or a range such as [-7, -1], not {value}"},
	"expr.want_pair":      {ZH: "{key} 应为两个值 [从, 到]，写的是 {value}", EN: "{key} wants two values [from, to], not {value}"},
	"expr.want_since":     {ZH: "{key} 应为 first_follow、{attribute: 属性名} 或 {tag: 标签名}，写的是 {value}", EN: "{key} wants first_follow, an attribute or a tag ({forms}), not {value}"},
	"expr.want_period":    {ZH: "{key} 应为 {allowed}，写的是 {value}", EN: "{key} wants {allowed}, not {value}"},
	"expr.want_customer":  {ZH: "{key} 应为身份值，或 kind 加 value，写的是 {value}", EN: "{key} wants the value of an identity, or kind and value, not {value}"},
	"expr.want_metric":    {ZH: "{key} 应为数、指标名或指标表达式（event、attribute、metric、add、div…），写的是 {value}", EN: "{key} wants a number or a metric expression (event, attribute, metric, add, div …), not {value}"},
	"expr.want_step":      {ZH: "{key} 应为一个步骤（event、where、max_gap，或最后一步 then_not），写的是 {value}", EN: "{key} wants a step (event, where, max_gap, or then_not as the last one), not {value}"},

	// Bounds that can never match, and bounds out of range.
	"expr.never_text":      {ZH: "{key} 比较数或日期，{value} 两者都不是，永远不会满足", EN: "{key} compares numbers and dates; {value} is neither, so it can never match"},
	"expr.never_empty":     {ZH: "{key} 的值是空的：空值视为不存在，请改用 exists", EN: "{key} has an empty operand: an empty value counts as missing, use exists instead"},
	"expr.never_range":     {ZH: "起点 {from} 不早于（小于）终点 {to}，永远不会满足", EN: "the start {from} is not before the end {to}, so it can never match"},
	"expr.never_bounds":    {ZH: "{key} 的上下限互相矛盾，永远不会满足", EN: "the bounds of {key} contradict each other, so it can never match"},
	"expr.never_count":     {ZH: "{key} 只会是 0、1、2…，这个比较永远不会满足", EN: "{key} is only ever 0, 1, 2 …, so this comparison can never match"},
	"expr.mixed_pair":      {ZH: "{key} 的两端一端是数、一端是日期", EN: "{key} has a number at one end and a date at the other"},
	"expr.regex":           {ZH: "{key} 不是有效的正则表达式：{reason}", EN: "{key} is not a valid regular expression: {reason}"},
	"expr.negative":        {ZH: "{key} 不能是负的：{value}", EN: "{key} can not be negative: {value}"},
	"expr.zero":            {ZH: "{key} 必须大于零", EN: "{key} must be greater than zero"},
	"expr.window_too_long": {ZH: "{key} 超过上限 {limit}", EN: "{key} is longer than {limit}"},
	"expr.ago_order":       {ZH: "ago 先写远的一端：[{far}, {near}] 里 {far} 不比 {near} 远", EN: "ago begins with the far end: in [{far}, {near}] {far} is not further back than {near}"},
	"expr.future_days":     {ZH: "{key} 不能晚于今天（0），写的是 {value}", EN: "{key} can not lie after today (0), not {value}"},
	"expr.wildcard":        {ZH: "事件名里的 * 只能放在末尾：{value}", EN: "* may only end an event name: {value}"},
	"expr.in_of":           {ZH: "in（{in}）大于 of（{of}），永远不会满足", EN: "in ({in}) is greater than of ({of}), so it can never match"},
	"expr.at_least":        {ZH: "n（{n}）大于条件个数（{of}），永远不会满足", EN: "n ({n}) is greater than the number of conditions ({of}), so it can never match"},
	"expr.gap_on_first":    {ZH: "第一步之前没有步骤，不能写 max_gap", EN: "the first step has no step before it and can not have max_gap"},
	"expr.then_not_last":   {ZH: "then_not 只能是最后一步，而且前面要有步骤", EN: "then_not can only be the last step, with a step before it"},
	"expr.path_too_deep":   {ZH: "{key} 超过 {limit} 级", EN: "{key} has more than {limit} keys"},
	"expr.zone":            {ZH: "不认识的时区 {value}", EN: "unknown time zone {value}"},
})
