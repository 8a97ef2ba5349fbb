package segment

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strconv"

	"github.com/earmarkhq/earmark/internal/value"
)

// derivedIDs makes message ids for calls that have none. The id is a digest of what the call
// says, so that the same call sent again is known; equal calls of one body get the number of
// their occurrence. A call that does not say when it happened can not be told from its
// repetition; the instant of receipt goes into its digest, and nothing is lost.
type derivedIDs struct {
	receivedAt int64
	buf        []byte
	seen       map[string]int
}

func (d *derivedIDs) begin(receivedAt int64) {
	d.receivedAt = receivedAt
	clear(d.seen)
}

func (d *derivedIDs) derive(c *Call, at value.Value) string {
	b := d.buf[:0]
	for _, s := range [...]string{string(c.Kind), c.UserID, c.AnonymousID, c.PreviousID, c.GroupID, c.Name} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	if at.Absent() {
		b = binary.AppendVarint(b, d.receivedAt)
	}
	b = value.AppendJSON(b, at)
	b = value.AppendJSON(b, c.Props)
	b = value.AppendJSON(b, c.Traits)
	d.buf = b
	sum := sha256.Sum256(b)
	id := "derived-" + hex.EncodeToString(sum[:16])
	if d.seen == nil {
		d.seen = map[string]int{}
	}
	d.seen[id]++
	if n := d.seen[id]; n > 1 {
		id += "-" + strconv.Itoa(n)
	}
	return id
}
