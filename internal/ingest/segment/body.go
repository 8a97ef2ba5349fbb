package segment

import (
	"bytes"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"

	"github.com/earmarkhq/earmark/internal/fault"
)

// bodyReader reads bodies into memory that it keeps.
type bodyReader struct {
	sent     bytes.Buffer
	inflated bytes.Buffer
	zip      gzip.Reader
}

var bodyReaders = sync.Pool{New: func() any { return new(bodyReader) }}

// readBody reads a request's body as text. Whether it is compressed is seen from its first
// bytes: RudderStack names a wrong content type, proxies inflate and leave the header. More
// than MaxBody bytes, before or after inflation, is a *fault.Error; so is broken gzip.
func readBody(body io.Reader) (string, error) {
	b := bodyReaders.Get().(*bodyReader)
	defer b.release()
	b.sent.Reset()
	if err := fill(&b.sent, body); err != nil {
		if fault.KindOf(err) == fault.KindInvalid {
			return "", err
		}
		return "", fault.Invalid("segment.body_unreadable").Wrap(err)
	}
	raw := b.sent.Bytes()
	if len(raw) < 2 || raw[0] != 0x1f || raw[1] != 0x8b {
		return string(raw), nil
	}
	b.inflated.Reset()
	if err := b.zip.Reset(&b.sent); err != nil {
		return "", fault.Invalid("segment.body_not_gzip").Wrap(err)
	}
	if err := fill(&b.inflated, &b.zip); err != nil {
		if fault.KindOf(err) == fault.KindInvalid {
			return "", err
		}
		return "", fault.Invalid("segment.body_not_gzip").Wrap(err)
	}
	return b.inflated.String(), nil
}

// release gives the memory back, unless a rare big body has blown it up.
func (b *bodyReader) release() {
	if b.sent.Cap()+b.inflated.Cap() <= 2*MaxBody {
		bodyReaders.Put(b)
	}
}

// fill reads everything, at most MaxBody bytes.
func fill(to *bytes.Buffer, from io.Reader) error {
	n, err := to.ReadFrom(io.LimitReader(from, MaxBody+1))
	if n > MaxBody {
		return fault.Invalid("segment.body_too_large", "limit", MaxBody)
	}
	return err
}
