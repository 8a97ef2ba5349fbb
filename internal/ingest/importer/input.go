package importer

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/earmarkhq/earmark/internal/fault"
)

// Encoding is how the characters of a file are written.
type Encoding string

// The encodings. The zero Encoding is found from the file's beginning: by a byte order mark,
// else UTF-8 or GB18030 (of which GBK is a part), whichever more of its lines are.
const (
	UTF8    Encoding = "utf-8"
	GB18030 Encoding = "gb18030"
	UTF16   Encoding = "utf-16"
)

// Stdin as a file name is the standard input.
const Stdin = "-"

var _ = fault.Register(fault.Messages{
	"import.open":   {ZH: "无法打开文件 {file}", EN: "the file {file} can not be opened"},
	"import.gzip":   {ZH: "文件 {file} 的 gzip 数据已损坏", EN: "the gzip data of {file} is damaged"},
	"import.format": {ZH: "看不出 {file} 的格式，请在映射里写明 format", EN: "the name {file} does not tell the format; give it in the mapping, format"},
	"import.read":   {ZH: "读取文件 {file} 出错", EN: "reading {file} failed"},
})

// sniffBytes is how much of a file is looked at to find its encoding.
const sniffBytes = 256 << 10

// input is a file being read, unpacked and in UTF-8.
type input struct {
	io.Reader
	name   string
	size   int64 // bytes of the file as it lies there, 0 when unknown
	read   atomic.Int64
	packed bool
	close  []io.Closer
}

// openInput opens a file, or stdin for "-".
func openInput(name string, stdin io.Reader, enc Encoding) (*input, error) {
	in := &input{name: name}
	var raw io.Reader = stdin
	if name != Stdin {
		f, err := os.Open(name)
		if err != nil {
			return nil, fault.NotFound("import.open", "file", name).Wrap(err)
		}
		in.close = append(in.close, f)
		if st, err := f.Stat(); err == nil && st.Mode().IsRegular() {
			in.size = st.Size()
		}
		raw = f
	}
	r := bufio.NewReaderSize(&counting{raw, &in.read}, 256<<10)
	if magic, _ := r.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(r)
		if err != nil {
			in.Close()
			return nil, fault.Invalid("import.gzip", "file", name).Wrap(err)
		}
		in.packed = true
		in.close = append(in.close, z)
		r = bufio.NewReaderSize(z, sniffBytes)
	}
	text, err := decode(r, enc, name)
	if err != nil {
		in.Close()
		return nil, err
	}
	in.Reader = text
	return in, nil
}

// Close closes the file.
func (in *input) Close() {
	for i := len(in.close) - 1; i >= 0; i-- {
		_ = in.close[i].Close() // it was only read
	}
}

// counting counts the bytes read.
type counting struct {
	r io.Reader
	n *atomic.Int64
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// decode makes text of an encoding into UTF-8 without a byte order mark.
func decode(r *bufio.Reader, enc Encoding, name string) (io.Reader, error) {
	if r.Size() < sniffBytes {
		r = bufio.NewReaderSize(r, sniffBytes)
	}
	head, err := r.Peek(sniffBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, readError(name, err)
	}
	whole := errors.Is(err, io.EOF)
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		_, _ = r.Discard(3)
		return r, nil
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")), enc == UTF16:
		return &decoded{transform.NewReader(r, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder())}, nil
	case enc == UTF8, enc == "" && likelyUTF8(head, whole):
		return r, nil
	}
	return &decoded{transform.NewReader(r, simplifiedchinese.GB18030.NewDecoder())}, nil
}

// decoded is text that was not UTF-8: characters that are none have become U+FFFD.
type decoded struct{ io.Reader }

// likelyUTF8 reports whether b is UTF-8 rather than GB18030: fewer of its lines are wrong, and
// of equally many it is. Unless b is whole its last line is not looked at.
func likelyUTF8(b []byte, whole bool) bool {
	if !whole {
		b = b[:bytes.LastIndexByte(b, '\n')+1]
	}
	if utf8.Valid(b) {
		return true
	}
	gb := simplifiedchinese.GB18030.NewDecoder()
	wrong := 0 // lines wrong as UTF-8, less those wrong as GB18030
	for line := range bytes.SplitSeq(b, []byte("\n")) {
		if !utf8.Valid(line) {
			wrong++
		}
		if out, err := gb.Bytes(line); err != nil || bytes.ContainsRune(out, utf8.RuneError) {
			wrong--
		}
	}
	return wrong <= 0
}

func readError(name string, err error) error {
	if errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fault.Invalid("import.gzip", "file", name).Wrap(err)
	}
	return fault.Unavailable("import.read", "file", name).Wrap(err)
}

// formatOf is the format that a file's name tells, behind .gz and .txt.
func formatOf(name string) (Format, bool) {
	base := strings.ToLower(filepath.Base(name))
	base = strings.TrimSuffix(base, ".gz")
	switch filepath.Ext(base) {
	case ".csv":
		return CSV, true
	case ".tsv", ".tab":
		return TSV, true
	case ".jsonl", ".ndjson", ".json":
		return JSONLines, true
	}
	return "", false
}

// contentHash is the SHA-256 of a file as it lies there, in hex; "" for stdin.
func contentHash(name string) (string, error) {
	if name == Stdin {
		return "", nil
	}
	f, err := os.Open(name)
	if err != nil {
		return "", fault.NotFound("import.open", "file", name).Wrap(err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("hash %s: %w", name, readError(name, err))
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
