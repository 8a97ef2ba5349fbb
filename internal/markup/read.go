package markup

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/value"
)

// Format is how a document is written.
type Format uint8

// The formats. Auto takes a document that begins with { or [ as JSON if it is JSON, and
// everything else as YAML.
const (
	Auto Format = iota
	YAML
	JSON
)

// Bounds of a document, see Limits.
const (
	MaxBytes = 256 << 10 // of the text
	MaxDepth = 64        // lists and maps nested
	MaxNodes = 100_000   // values, each alias counted with all it stands for
)

// Limits bounds a document. Zero fields mean the constants above.
type Limits struct {
	Bytes, Depth, Nodes int
}

var _ = fault.Register(fault.Messages{
	"markup.too_large":     {ZH: "文档有 {size} 字节，最多 {limit} 字节", EN: "the document has {size} bytes, at most {limit} are allowed"},
	"markup.too_deep":      {ZH: "嵌套超过 {limit} 层", EN: "nested more than {limit} levels deep"},
	"markup.too_many":      {ZH: "文档里的值超过 {limit} 个（别名按展开后计）", EN: "the document has more than {limit} values, aliases counted with what they stand for"},
	"markup.syntax":        {ZH: "写法有误：{reason}", EN: "syntax error: {reason}"},
	"markup.utf8":          {ZH: "不是有效的 UTF-8 文本", EN: "the text is not valid UTF-8"},
	"markup.empty":         {ZH: "文档是空的", EN: "the document is empty"},
	"markup.duplicate_key": {ZH: "{key} 写了两次（第一次在第 {first} 行）", EN: "{key} is given twice (first on line {first})"},
	"markup.key":           {ZH: "键必须是文字，写的是 {value}", EN: "a key must be text, not {value}"},
	"markup.tag":           {ZH: "不支持 YAML 标记 {tag}", EN: "the YAML tag {tag} is not supported"},
	"markup.merge":         {ZH: "不支持 YAML 的合并键 <<，请把内容写出来或用别名", EN: "the YAML merge key << is not supported; write the content out or use an alias"},
	"markup.cycle":         {ZH: "别名 {name} 包含它自己", EN: "the alias {name} contains itself"},
	"markup.alias":         {ZH: "没有名为 {name} 的锚点", EN: "there is no anchor named {name}"},
	"markup.documents":     {ZH: "一个文件只能有一份文档", EN: "a file holds one document only"},
})

// Read reads a document within the standard limits. The error is a fault.List.
func Read(data []byte, format Format) (*Node, error) { return ReadWithin(data, format, Limits{}) }

// ReadWithin is Read with limits of the caller's.
func ReadWithin(data []byte, format Format, lim Limits) (*Node, error) {
	lim = lim.orStandard()
	if len(data) > lim.Bytes {
		return nil, one(fault.Invalid("markup.too_large", "size", len(data), "limit", lim.Bytes))
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(data) {
		line, col := place(string(data), firstInvalid(data))
		return nil, one(fault.Invalid("markup.utf8").At("", line, col))
	}
	trimmed := bytes.TrimLeft(data, " \t\r\n")
	if len(trimmed) == 0 {
		return nil, one(fault.Invalid("markup.empty"))
	}
	if format == YAML || format == Auto && trimmed[0] != '{' && trimmed[0] != '[' {
		return readYAML(data, lim)
	}
	root, err := readJSON(string(data), lim)
	if err != nil && format == Auto && fault.Is(err, "markup.syntax") && !likeJSON.Match(trimmed) {
		return readYAML(data, lim)
	}
	return root, err
}

// likeJSON recognises a text that means to be JSON: its first key is in quotes.
var likeJSON = regexp.MustCompile(`^[\[{\s]*(?:"(?:[^"\\]|\\.)*"\s*[:,\]]|$)`)

func (l Limits) orStandard() Limits {
	if l.Bytes == 0 {
		l.Bytes = MaxBytes
	}
	if l.Depth == 0 {
		l.Depth = MaxDepth
	}
	if l.Nodes == 0 {
		l.Nodes = MaxNodes
	}
	return l
}

func one(e *fault.Error) error { return fault.List{e} }

// place turns an offset in bytes into a line and a column in characters.
func place(s string, offset int) (line, col int) {
	before := s[:min(offset, len(s))]
	return strings.Count(before, "\n") + 1, utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
}

func firstInvalid(b []byte) int {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n <= 1 {
			return i
		}
		i += n
	}
	return len(b)
}

// child is the path of a key below path.
func child(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// number is a numeral as a property value: a Dec, or the literal where Dec can not hold it.
func number(literal string) value.Value {
	v, err := value.ParseJSONText(literal)
	if err != nil {
		return value.NewText(literal)
	}
	return v
}
