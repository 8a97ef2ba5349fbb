package catalog

import "github.com/earmarkhq/earmark/internal/fault"

// The codes of the catalog. what is the noun: "tag", "rule", "source", …
const (
	CodeNotFound           = "catalog.not_found"
	CodeNameTaken          = "catalog.name_taken"
	CodeName               = "catalog.name"
	CodeVersionConflict    = "catalog.version_conflict"
	CodeGenerationConflict = "catalog.generation_conflict"
	CodeInvalid            = "catalog.invalid"
)

var _ = fault.Register(fault.Messages{
	"catalog.not_found":  {ZH: "找不到{what} {id}", EN: "there is no {what} {id}"},
	"catalog.name_taken": {ZH: "{what}的名称 {name} 已被使用", EN: "the name {name} of a {what} is taken"},
	"catalog.name": {
		ZH: "{what}的名称须为 1 到 {max} 个字节，首尾不能有空白",
		EN: "the name of a {what} has 1 to {max} bytes and no blank at either end",
	},
	"catalog.version_conflict": {
		ZH: "规则 {rule} 已有更新的版本 {newest}，您看到的是 {seen}",
		EN: "rule {rule} has version {newest} by now; you saw {seen}",
	},
	"catalog.generation_conflict": {
		ZH: "已发布到第 {newest} 代，您看到的是第 {seen} 代",
		EN: "generation {newest} is published by now; you saw {seen}",
	},
	"catalog.invalid": {ZH: "{what}的 {field} 不合法：{value}", EN: "{field} of a {what} can not be {value}"},
})

// NotFound, NameTaken and their like make the errors, so that every implementation says the same.
func NotFound(what string, id any) error {
	return fault.NotFound(CodeNotFound, "what", what, "id", id)
}

// NameTaken is for a second thing of one name.
func NameTaken(what, name string) error {
	return fault.Conflict(CodeNameTaken, "what", what, "name", name)
}

// Invalid is for a field that can not have that value.
func Invalid(what, field string, value any) error {
	return fault.Invalid(CodeInvalid, "what", what, "field", field, "value", value)
}

// MaxName bounds names, in bytes.
const MaxName = 255

// CheckName refuses names that people could not tell apart or read.
func CheckName(what, name string) error {
	if name == "" || len(name) > MaxName || blank(name[0]) || blank(name[len(name)-1]) {
		return fault.Invalid(CodeName, "what", what, "max", MaxName)
	}
	return nil
}

func blank(c byte) bool { return c <= ' ' }
