package app

import (
	"errors"
	"io/fs"
	"syscall"

	"github.com/earmarkhq/earmark/internal/fault"
)

// nextStep is what somebody at a terminal can do about an error; nil where the error says it all.
func nextStep(first *fault.Error, err error) *fault.Error {
	var usage UsageError
	switch {
	case errors.As(err, &usage):
		return fault.Invalid("next.usage")
	case errors.Is(err, syscall.EADDRINUSE):
		return fault.Invalid("next.address")
	case errors.Is(err, syscall.ENOSPC):
		return fault.Invalid("next.disk")
	case errors.Is(err, fs.ErrPermission):
		return fault.Invalid("next.permission")
	}
	switch first.Code {
	case "ledger.locked":
		return fault.Invalid("next.locked")
	case "ledger.format", "ledger.not_a_ledger":
		return fault.Invalid("next.format")
	case "app.zone_differs":
		return fault.Invalid("next.zone")
	case "app.no_store":
		return fault.Invalid("next.no_store")
	case "import.not_live", "engine.not_live":
		return fault.Invalid("next.not_live")
	case "engine.broken":
		return fault.Invalid("next.broken")
	}
	return nil
}

var _ = fault.Register(fault.Messages{
	"next.usage":      {ZH: "设置的写法见 docs/earmark.example.yaml，命令的用法见 earmark --help", EN: "docs/earmark.example.yaml has every setting, earmark --help every command"},
	"next.address":    {ZH: "端口被占用：停掉占用它的程序，或用 --listen 127.0.0.1:0 换一个空闲端口", EN: "the port is in use: stop what uses it, or take a free one with --listen 127.0.0.1:0"},
	"next.disk":       {ZH: "磁盘满了：腾出空间后重新启动，已确认的数据都在", EN: "the disk is full: free some space and start again; everything acknowledged is there"},
	"next.permission": {ZH: "当前用户没有权限：换一个目录（--data），或修改权限", EN: "this user may not do that: take another folder (--data), or change the permissions"},
	"next.locked":     {ZH: "另一个 earmark 正在使用这个数据目录：先停掉它，或用 --data 换一个目录", EN: "another earmark uses this folder: stop it first, or take another folder with --data"},
	"next.format":     {ZH: "用写入这个目录的那个版本打开它，或用 --data 换一个目录", EN: "open it with the version that wrote it, or take another folder with --data"},
	"next.zone":       {ZH: "去掉 zone 设置即可沿用库的时区", EN: "leave the setting zone out to use the store's"},
	"next.no_store":   {ZH: "用 --data 指定数据目录；earmark demo 的数据在 earmark-demo", EN: "name the folder with --data; that of earmark demo is earmark-demo"},
	"next.not_live":   {ZH: "要按事件时间载入历史，请加 --clock event；否则先运行一次 earmark serve 让库上线", EN: "to load history by its own time add --clock event; else run earmark serve once, which takes the store live"},
	"next.broken":     {ZH: "检查磁盘后重新启动，再运行 earmark verify", EN: "check the disk, start again, and run earmark verify"},
})
