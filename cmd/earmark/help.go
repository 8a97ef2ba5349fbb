package main

import (
	"github.com/alecthomas/kong"

	"github.com/earmarkhq/earmark/internal/fault"
)

// texts are the help in Chinese and English, by the names that cli's tags use.
var texts = map[string][2]string{
	"about": {
		"标客：让客户标签在每一刻都是真的，并说得清为什么。",
		"Earmark keeps the tags of a business's customers true at every instant, and explains them.",
	},
	"see_help":        {"用 earmark --help 或 earmark <命令> --help 查看用法", "see earmark --help or earmark <command> --help"},
	"lang":            {"提示语言，默认跟随系统（LANG），否则中文。", "Language of messages; the locale's (LANG) by default, else Chinese."},
	"config":          {"配置文件（YAML），见 docs/earmark.example.yaml。", "Configuration file (YAML), see docs/earmark.example.yaml."},
	"data":            {"数据目录。", "Folder of the store."},
	"listen":          {"监听地址，端口 0 表示任选一个空闲端口。", "Address to listen on; port 0 takes any free one."},
	"serve":           {"启动服务：接收事件，维护标签，提供接口。", "Serve the store: take events, keep tags, answer the API."},
	"demo":            {"载入一年真实订单，展示得到的标签，然后启动服务。", "Load a year of real orders, show the tags found, and serve them."},
	"demo_data":       {"演示数据目录；已存在则直接使用。", "Folder of the demo's store; reused when it exists."},
	"no_serve":        {"只展示，不启动服务。", "Show, and do not serve."},
	"import":          {"导入 CSV 或 JSON Lines 文件（可 .gz）。", "Import CSV or JSON lines files (.gz too)."},
	"import_files":    {"要导入的文件，按顺序。", "Files to import, in order."},
	"import_mapping":  {"映射文件（YAML）：身份、事件类型、时间、属性。", "Mapping file (YAML): identities, event type, time, properties."},
	"import_clock":    {"event：按事件自己的时间重放（仅限尚未上线的库）；wall：按现在的时间。", "event: replay by the events' own time, into a store that has not gone live; wall: by the present time."},
	"import_dry_run":  {"只检查，不写入。", "Check only, write nothing."},
	"import_errors":   {"把被拒绝的行写到这个文件。", "Write refused rows to this file."},
	"rules":           {"检查、测试、发布规则。", "Check, test and publish rules."},
	"rules_check":     {"检查规则文件，一次列出全部错误。", "Check rule files and list all faults at once."},
	"rules_test":      {"运行场景测试。", "Run scenario tests."},
	"rules_publish":   {"把规则文件作为完整的一套发布（服务停止时）。", "Publish a rule file as the whole set of a store that is not being served."},
	"rules_files":     {"规则文件（YAML 或 JSON）。", "Rule files (YAML or JSON)."},
	"rules_file":      {"规则文件（YAML 或 JSON）。", "Rule file (YAML or JSON)."},
	"scenario_files":  {"场景文件；--format json 时省略则读标准输入。", "Scenario files; with --format json and none given, stdin is read."},
	"scenario_format": {"text 供人看，json 供程序用。", "text for people, json for programs."},
	"format":          {"输出格式。", "Format of the report."},
	"verify":          {"从事件重新计算一切，与库里保存的比较。", "Recompute everything from events and compare it with what is stored."},
	"version":         {"显示版本。", "Show the version."},
}

// help are the texts of one language.
func help(lang fault.Lang) kong.Vars {
	i := 0
	if lang == fault.EN {
		i = 1
	}
	vars := kong.Vars{}
	for name, both := range texts {
		vars[name] = both[i]
	}
	return vars
}
