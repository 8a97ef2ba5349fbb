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
// than limit bytes, before or after inflation, is a *fault.Error; so is broken gzip.
func readBody(body io.Reader, limit int64) (string, error) {
	b := bodyReaders.Get().(*bodyReader)
	defer b.release()
	b.sent.Reset()
	if err := fill(&b.sent, body, limit); err != nil {
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
	if err := fill(&b.inflated, &b.zip, limit); err != nil {
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

// fill reads everything, at most limit bytes.
func fill(to *bytes.Buffer, from io.Reader, limit int64) error {
	n, err := to.ReadFrom(io.LimitReader(from, limit+1))
	if n > limit {
		return fault.Invalid("segment.body_too_large", "limit", limit)
	}
	return err
}
