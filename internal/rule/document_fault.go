package rule

import "github.com/earmarkhq/earmark/internal/fault"

// The sentences of what can be wrong with a rule document, besides its conditions.
var _ = fault.Register(fault.Messages{
	"rule.unknown_key":    {ZH: "不认识的写法 {key}，这里可以写 {allowed}", EN: "unknown key {key}; allowed here: {allowed}"},
	"rule.missing":        {ZH: "缺少 {missing}", EN: "{missing} is missing"},
	"rule.empty":          {ZH: "{key} 是空的", EN: "{key} is empty"},
	"rule.too_many":       {ZH: "{key} 有 {size} 项，最多 {limit} 项", EN: "{key} has {size} entries, at most {limit} are allowed"},
	"rule.want_map":       {ZH: "{key} 下应写“键: 值”，写的是 {value}", EN: "{key} wants keys with values, not {value}"},
	"rule.want_document":  {ZH: "规则文档应由 {allowed} 组成，写的是 {value}", EN: "a rule document consists of {allowed}, not {value}"},
	"rule.want_list":      {ZH: "{key} 应为列表，写的是 {value}", EN: "{key} wants a list, not {value}"},
	"rule.want_name":      {ZH: "{key} 应为名称（文字，首尾无空格），写的是 {value}", EN: "{key} wants a name (text without blanks around), not {value}"},
	"rule.want_text":      {ZH: "{key} 应为文字，最多 {limit} 字节", EN: "{key} wants text of at most {limit} bytes"},
	"rule.want_bool":      {ZH: "{key} 应为 true 或 false，写的是 {value}", EN: "{key} wants true or false, not {value}"},
	"rule.want_number":    {ZH: "{key} 应为数，写的是 {value}", EN: "{key} wants a number, not {value}"},
	"rule.want_duration":  {ZH: "{key} 应为大于零的时长（如 90d、3mo、1y），写的是 {value}", EN: "{key} wants a duration above zero such as 90d, 3mo or 1y, not {value}"},
	"rule.want_closed":    {ZH: "closed 应为 left 或 right，写的是 {value}", EN: "closed wants left or right, not {value}"},
	"rule.name_too_long":  {ZH: "名称有 {size} 字节，最多 {limit} 字节", EN: "the name has {size} bytes, at most {limit} are allowed"},
	"rule.slash":          {ZH: "名称里不能有 /（它分隔标签组和标签）：{value}", EN: "a name can not contain /, which separates group and tag: {value}"},
	"rule.zone":           {ZH: "不认识的时区 {value}（例如 Asia/Shanghai）", EN: "unknown time zone {value}; write one such as Asia/Shanghai"},
	"rule.other_zone":     {ZH: "时区 {value} 与库的时区 {zone} 不同", EN: "the zone {value} is not the store's, {zone}"},
	"rule.bounds_order":   {ZH: "分界要从小到大：{value} 不大于前一个 {before}", EN: "bounds must ascend: {value} is not greater than the one before, {before}"},
	"rule.demote_to":      {ZH: "to 只能写 previous", EN: "to can only be previous"},
	"rule.tag_and_ladder": {ZH: "一条规则只能有 tag 或 ladder 之一", EN: "a rule has either a tag or a ladder"},

	"rule.duration_too_long": {ZH: "{key} 最多 {days} 天（十年）", EN: "{key} can be at most {days} days (ten years)"},
	"rule.duplicate_group":   {ZH: "标签组 {name} 写了两次（第一次在第 {first} 行）", EN: "the group {name} is given twice (first on line {first})"},
	"rule.duplicate_tag":     {ZH: "标签组 {group} 里 {name} 写了两次（第一次在第 {first} 行）", EN: "{name} is given twice in the group {group} (first on line {first})"},
	"rule.duplicate_id":      {ZH: "规则编号 {name} 用了两次（第一次在第 {first} 行）", EN: "the rule id {name} is used twice (first on line {first})"},
	"rule.two_groups":        {ZH: "标签 {tag} 写了两个不同的标签组", EN: "the tag {tag} is given two different groups"},
	"rule.two_writers":       {ZH: "标签 {name} 已由第 {first} 行的规则维护，一个标签只能由一条规则维护", EN: "the tag {name} is kept by the rule on line {first} already; a tag is kept by one rule only"},
	"rule.tag_not_in_group":  {ZH: "标签组 {group} 里没有标签 {name}", EN: "the group {group} has no tag {name}"},
	"rule.ladder_not_single": {ZH: "阶梯的标签组 {group} 必须是单选，这里声明了 single: false", EN: "the group {group} of a ladder is single-choice, but single: false is declared"},
	"rule.single_state_rule": {ZH: "单选标签组 {group} 的标签 {name} 不能由单独的规则维护（两条规则可能同时成立），请改用 ladder", EN: "the tag {name} of the single-choice group {group} can not have a rule of its own, because two rules may hold at once; use a ladder"},
	"rule.two_ladders":       {ZH: "标签组 {group} 已有阶梯（第 {first} 行）", EN: "the group {group} has a ladder already (line {first})"},
	"rule.group_mixed":       {ZH: "单选标签组 {group} 由阶梯维护，但标签 {name} 不是它的一级", EN: "the single-choice group {group} is kept by a ladder, but its tag {name} is none of the steps"},
	"rule.ambiguous_tag":     {ZH: "{name} 在几个标签组里都有（{groups}），请写成 组/名", EN: "{name} stands in several groups ({groups}); write group/tag"},
	"rule.cycle":             {ZH: "标签规则相互引用成环:{path}", EN: "the rules refer to each other in a circle: {path}"},
	"rule.segment_loop":      {ZH: "人群互相引用成环：{path}", EN: "segments refer to each other in a circle: {path}"},
	"rule.metric_loop":       {ZH: "指标互相引用成环：{path}", EN: "metrics refer to each other in a circle: {path}"},

	"ladder.history_reads_tag": {
		ZH: "有 keep 或 demote 的阶梯按事件历史推算，不能引用标签或身份：{path}",
		EN: "a ladder with keep or demote is computed from event history and can not read tags or identities: {path}",
	},
})
