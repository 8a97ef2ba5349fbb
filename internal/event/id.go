package event

import (
	"encoding/binary"
	"strconv"
	"strings"

	"github.com/earmarkhq/earmark/internal/value"
)

// Forms of a message id. The numbers are part of the format.
const (
	idText   = 0 // one text
	idPrefix = 1 // a text and a UUID behind it
	idNext   = 2 // node-next-<milliseconds>-<UUID>, as @segment/analytics-node 3 sends
)

const (
	uuidLen    = 36
	nextPrefix = "node-next-"
)

// appendID appends a message id in its shortest form.
func appendID(dst []byte, id string) (out []byte, form byte) {
	cut := len(id) - uuidLen
	if cut <= 0 || id[cut+8] != '-' {
		return value.AppendText(dst, id), idText
	}
	prefix, uuid := id[:cut], id[cut:]
	if ms, ok := nextMillis(prefix); ok {
		return value.AppendText(binary.AppendUvarint(dst, ms), uuid), idNext
	}
	return value.AppendText(value.AppendText(dst, prefix), uuid), idPrefix
}

// nextMillis reads node-next-<milliseconds>-.
func nextMillis(prefix string) (ms uint64, ok bool) {
	digits, found := strings.CutPrefix(prefix, nextPrefix)
	if !found {
		return 0, false
	}
	if digits, found = strings.CutSuffix(digits, "-"); !found || len(digits) != 13 || digits[0] == '0' {
		return 0, false
	}
	for i := range len(digits) {
		if digits[i]-'0' > 9 {
			return 0, false
		}
		ms = ms*10 + uint64(digits[i]-'0')
	}
	return ms, true
}

// decodeID reads what appendID wrote.
func decodeID(form byte, b []byte) (id string, rest []byte, ok bool) {
	switch form {
	case idText:
		return value.DecodeText(b)
	case idPrefix:
		prefix, rest, ok := value.DecodeText(b)
		if !ok {
			return "", nil, false
		}
		uuid, rest, ok := value.DecodeText(rest)
		return prefix + uuid, rest, ok
	case idNext:
		r := reader{b: b}
		ms := r.uvarint()
		uuid, rest, ok := value.DecodeText(r.b)
		return nextPrefix + strconv.FormatUint(ms, 10) + "-" + uuid, rest, ok && !r.bad
	}
	return "", nil, false
}
