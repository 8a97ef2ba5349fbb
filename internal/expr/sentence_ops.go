package expr

import "maps"

// opPhrases are the words of operators on a value {name}. A negation is the complement: it also
// matches where there is no value, so its words say so.
var opPhrases = map[string]phrase{
	"op.eq":              {ZH: "{name} 为 {x}", EN: "{name} is {x}"},
	"op.not.eq":          {ZH: "{name} 不为 {x}（或没有值）", EN: "{name} is not {x} (or has no value)"},
	"op.eq.rel":          {ZH: "{name} 正是 {x}", EN: "{name} is exactly {x}"},
	"op.not.eq.rel":      {ZH: "{name} 不是 {x}（或没有值）", EN: "{name} is not exactly {x} (or has no value)"},
	"op.in":              {ZH: "{name} 为 {x} 之一", EN: "{name} is one of {x}"},
	"op.not.in":          {ZH: "{name} 不为 {x} 中任何一个（或没有值）", EN: "{name} is none of {x} (or has no value)"},
	"op.gt":              {ZH: "{name} > {x}", EN: "{name} > {x}"},
	"op.gte":             {ZH: "{name} ≥ {x}", EN: "{name} ≥ {x}"},
	"op.lt":              {ZH: "{name} < {x}", EN: "{name} < {x}"},
	"op.lte":             {ZH: "{name} ≤ {x}", EN: "{name} ≤ {x}"},
	"op.not.gt":          {ZH: "{name} 不大于 {x}（或没有值）", EN: "{name} is not > {x} (or has no value)"},
	"op.not.gte":         {ZH: "{name} 小于 {x}（或没有值）", EN: "{name} is not ≥ {x} (or has no value)"},
	"op.not.lt":          {ZH: "{name} 不小于 {x}（或没有值）", EN: "{name} is not < {x} (or has no value)"},
	"op.not.lte":         {ZH: "{name} 大于 {x}（或没有值）", EN: "{name} is not ≤ {x} (or has no value)"},
	"op.between":         {ZH: "{name} 在 {a} 到 {b} 之间（含两端）", EN: "{name} is from {a} to {b} inclusive"},
	"op.not.between":     {ZH: "{name} 不在 {a} 到 {b} 之间（或没有值）", EN: "{name} is not from {a} to {b} (or has no value)"},
	"op.exists":          {ZH: "{name} 有值", EN: "{name} has a value"},
	"op.not.exists":      {ZH: "{name} 没有值", EN: "{name} has no value"},
	"op.contains":        {ZH: "{name} 包含「{x}」", EN: "{name} contains “{x}”"},
	"op.not.contains":    {ZH: "{name} 不包含「{x}」（或没有值）", EN: "{name} does not contain “{x}” (or has no value)"},
	"op.icontains":       {ZH: "{name} 包含「{x}」（不分大小写）", EN: "{name} contains “{x}” in any case"},
	"op.not.icontains":   {ZH: "{name} 不包含「{x}」（不分大小写；或没有值）", EN: "{name} does not contain “{x}” in any case (or has no value)"},
	"op.contains_any":    {ZH: "{name} 包含 {x}", EN: "{name} contains {x}"},
	"op.starts_with":     {ZH: "{name} 以「{x}」开头", EN: "{name} starts with “{x}”"},
	"op.not.starts_with": {ZH: "{name} 不以「{x}」开头（或没有值）", EN: "{name} does not start with “{x}” (or has no value)"},
	"op.ends_with":       {ZH: "{name} 以「{x}」结尾", EN: "{name} ends with “{x}”"},
	"op.not.ends_with":   {ZH: "{name} 不以「{x}」结尾（或没有值）", EN: "{name} does not end with “{x}” (or has no value)"},
	"op.like":            {ZH: "{name} 形如「{x}」", EN: "{name} is like “{x}”"},
	"op.not.like":        {ZH: "{name} 不形如「{x}」（或没有值）", EN: "{name} is not like “{x}” (or has no value)"},
	"op.regex":           {ZH: "{name} 匹配正则「{x}」", EN: "{name} matches the pattern “{x}”"},
	"op.not.regex":       {ZH: "{name} 不匹配正则「{x}」（或没有值）", EN: "{name} does not match the pattern “{x}” (or has no value)"},
	"op.includes":        {ZH: "{name} 列表里有 {x} 之一", EN: "the list {name} has one of {x}"},
	"op.not.includes":    {ZH: "{name} 列表里没有 {x}（或没有值）", EN: "the list {name} has none of {x} (or has no value)"},
	"op.has_all":         {ZH: "{name} 列表里同时有 {x}", EN: "the list {name} has all of {x}"},
	"op.not.has_all":     {ZH: "{name} 列表里没有同时有 {x}（或没有值）", EN: "the list {name} has not all of {x} (or has no value)"},
	"op.any":             {ZH: "{name} 中有一项满足：{x}", EN: "one of {name} has: {x}"},
	"op.not.any":         {ZH: "{name} 中没有一项满足：{x}（或没有值）", EN: "none of {name} has: {x} (or there is no value)"},
	"op.before":          {ZH: "{name} 早于 {x}", EN: "{name} is before {x}"},
	"op.not.before":      {ZH: "{name} 不早于 {x}（或没有值）", EN: "{name} is not before {x} (or has no value)"},
	"op.after":           {ZH: "{name} 晚于 {x}", EN: "{name} is after {x}"},
	"op.not.after":       {ZH: "{name} 不晚于 {x}（或没有值）", EN: "{name} is not after {x} (or has no value)"},
	"op.on":              {ZH: "{name} 在 {x} 当天", EN: "{name} is on the day of {x}"},
	"op.not.on":          {ZH: "{name} 不在 {x} 当天（或没有值）", EN: "{name} is not on the day of {x} (or has no value)"},
	"op.at":              {ZH: "{name} 正是 {x}（精确到秒）", EN: "{name} is at {x} to the second"},
	"op.not.at":          {ZH: "{name} 不是 {x}（精确到秒；或没有值）", EN: "{name} is not at {x} to the second (or has no value)"},
	"op.in_period":       {ZH: "{name} {x}", EN: "{name} is {x}"},
	"op.not.in_period":   {ZH: "{name} 不{x}（或没有值）", EN: "{name} is not {x} (or has no value)"},
	"op.within_last":     {ZH: "{name} 在过去 {x}内", EN: "{name} is in the past {x}"},
	"op.not.within_last": {ZH: "{name} 不在过去 {x}内（或没有值）", EN: "{name} is not in the past {x} (or has no value)"},
	"op.older_than":      {ZH: "{name} 距今已满 {x}", EN: "{name} is at least {x} ago"},
	"op.not.older_than":  {ZH: "{name} 距今不满 {x}（或没有值）", EN: "{name} is not at least {x} ago (or has no value)"},

	"op.not.contains_any":     {ZH: "{name} 不包含 {x}（或没有值）", EN: "{name} contains none of {x} (or has no value)"},
	"op.within_last.days":     {ZH: "{name} 在最近 {x} 天（含今天）", EN: "{name} is in the last {x} days including today"},
	"op.not.within_last.days": {ZH: "{name} 不在最近 {x} 天（或没有值）", EN: "{name} is not in the last {x} days (or has no value)"},
	"op.older_than.days":      {ZH: "{name} 在 {x} 天前那天或更早", EN: "{name} is on the day {x} days ago or earlier"},
	"op.not.older_than.days":  {ZH: "{name} 晚于 {x} 天前那天（或没有值）", EN: "{name} is after the day {x} days ago (or has no value)"},

	// Comparisons of numbers.
	"cmp.eq": {ZH: "= {x}", EN: "= {x}"}, "cmp.not.eq": {ZH: "≠ {x}", EN: "≠ {x}"},
	"cmp.in": {ZH: "为 {x} 之一", EN: "is one of {x}"}, "cmp.not.in": {ZH: "不为 {x} 中任何一个", EN: "is none of {x}"},
	"cmp.gt": {ZH: "> {x}", EN: "> {x}"}, "cmp.gte": {ZH: "≥ {x}", EN: "≥ {x}"},
	"cmp.lt": {ZH: "< {x}", EN: "< {x}"}, "cmp.lte": {ZH: "≤ {x}", EN: "≤ {x}"},
	"cmp.not.gt": {ZH: "不大于 {x}", EN: "not > {x}"}, "cmp.not.gte": {ZH: "不满 {x}", EN: "not ≥ {x}"},
	"cmp.not.lt": {ZH: "不小于 {x}", EN: "not < {x}"}, "cmp.not.lte": {ZH: "超过 {x}", EN: "not ≤ {x}"},
	"cmp.between":     {ZH: "在 {a} 到 {b} 之间（含两端）", EN: "from {a} to {b} inclusive"},
	"cmp.not.between": {ZH: "不在 {a} 到 {b} 之间", EN: "not from {a} to {b}"},

	// Periods of in_period.
	"p.this.day": {ZH: "在今天", EN: "today"}, "p.last.day": {ZH: "在昨天", EN: "yesterday"}, "p.next.day": {ZH: "在明天", EN: "tomorrow"},
	"p.this.week": {ZH: "在本周", EN: "this week"}, "p.last.week": {ZH: "在上周", EN: "last week"}, "p.next.week": {ZH: "在下周", EN: "next week"},
	"p.this.month": {ZH: "在本月", EN: "this month"}, "p.last.month": {ZH: "在上月", EN: "last month"}, "p.next.month": {ZH: "在下月", EN: "next month"},
	"p.this.quarter": {ZH: "在本季度", EN: "this quarter"}, "p.last.quarter": {ZH: "在上季度", EN: "last quarter"},
	"p.next.quarter": {ZH: "在下季度", EN: "next quarter"},
	"p.this.year":    {ZH: "在今年", EN: "this year"}, "p.last.year": {ZH: "在去年", EN: "last year"}, "p.next.year": {ZH: "在明年", EN: "next year"},
	"p.days": {ZH: "在{from}到{to}之间", EN: "on a day from {from} to {to}"},

	"anniversary":  {ZH: "{name} 的周年日", EN: "the anniversary of {name}"},
	"prop.self":    {ZH: "该项", EN: "it"},
	"prop.$type":   {ZH: "事件名", EN: "event name"},
	"prop.$time":   {ZH: "发生时间", EN: "event time"},
	"prop.$source": {ZH: "来源", EN: "source"},
}

var _ = addPhrases()

// addPhrases makes one table; gt and its like take dates relative to now in the same words.
func addPhrases() struct{} {
	maps.Copy(phrases, opPhrases)
	for _, op := range []string{OpGt, OpGte, OpLt, OpLte, OpBefore, OpAfter, OpOn, OpAt} {
		phrases["op."+op+".rel"] = phrases["op."+op]
		phrases["op.not."+op+".rel"] = phrases["op.not."+op]
	}
	return struct{}{}
}
