package pebble

import (
	"fmt"

	"github.com/earmarkhq/earmark/internal/fault"
)

var _ = fault.Register(fault.Messages{
	"ledger.locked": {
		ZH: "账本目录 {dir} 正被另一个进程使用（{owner}）",
		EN: "the ledger directory {dir} is in use by another process ({owner})",
	},
	"ledger.not_a_ledger": {
		ZH: "目录 {dir} 不为空，也不是账本",
		EN: "the directory {dir} is not empty and is no ledger",
	},
	"ledger.format": {
		ZH: "账本 {dir} 的格式是 {found}，本程序只认识 {known}",
		EN: "the ledger {dir} has format {found}; this program knows {known}",
	},
	"ledger.corrupt": {
		ZH: "账本中有一行已损坏：{row}，{reason}",
		EN: "a row of the ledger is damaged: {row}, {reason}",
	},
	"ledger.part_taken": {
		ZH: "分片 {part}/{of} 已有写入者",
		EN: "part {part} of {of} already has a writer",
	},
	"ledger.parts_differ": {
		ZH: "已打开的写入者把账本分成 {open} 份，不能再分成 {of} 份",
		EN: "the open writers divide the ledger by {open}, not by {of}",
	},
	"ledger.part_range": {
		ZH: "没有分片 {part}/{of}",
		EN: "there is no part {part} of {of}",
	},
	"ledger.slot_foreign": {
		ZH: "分槽 {slot} 不属于分片 {part}/{of}",
		EN: "slot {slot} does not belong to part {part} of {of}",
	},
	"ledger.event_repeated": {
		ZH: "事件 {id} 已经在账本里",
		EN: "the event {id} is already in the ledger",
	},
	"ledger.failed": {
		ZH: "账本写入失败，需要重新启动",
		EN: "writing the ledger failed; a restart is needed",
	},
	"ledger.closed": {ZH: "账本已关闭", EN: "the ledger is closed"},
	"ledger.in_use": {ZH: "账本还有写入者", EN: "the ledger still has writers"},
	"ledger.identity_key": {
		ZH: "身份 {kind} 不合法：类型和值须为 1 到 255 字节，类型不含零字节",
		EN: "identity of kind {kind} is not valid: kind and value have 1 to 255 bytes, the kind no zero byte",
	},
	"ledger.link_to_nobody": {ZH: "身份必须归属某位客户", EN: "an identity is linked to a customer"},
	"ledger.meta_name": {
		ZH: "名称 {name} 不能用于账本的小值",
		EN: "{name} can not name a small value of the ledger",
	},
})

// corrupt is a damaged row; row says which, for people.
func corrupt(row, reason string, args ...any) error {
	return fault.Internal("ledger.corrupt", "row", row, "reason", fmt.Sprintf(reason, args...))
}
