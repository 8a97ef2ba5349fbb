package pebble

import (
	"errors"
	"fmt"

	"github.com/earmarkhq/earmark/internal/event"
)

// appendEvent writes an event row with its checksum.
func appendEvent(dst []byte, ev *event.Event, names *dictionary) []byte {
	from := len(dst)
	return seal(event.AppendEvent(dst, ev, names), from)
}

// decodeEvent reads an event row into ev, whose texts share the memory of b.
func decodeEvent(ev *event.Event, b, key []byte, names *dictionary) error {
	b, err := unseal(b)
	if err == nil {
		err = event.DecodeEvent(b, names, ev)
	}
	if err == nil {
		if t, arrival := eventKeyTime(key); t != ev.Time || arrival != ev.Arrival {
			err = errors.New("it stands under the key of another")
		}
	}
	if err != nil {
		return corruptEvent(key, err)
	}
	return nil
}

// decodeKey reads source and message id of an event row; they share the memory of b.
func decodeKey(b, key []byte, names *dictionary) (source, id string, err error) {
	b, err = unseal(b)
	if err == nil {
		source, id, err = event.DecodeKey(b, names)
	}
	if err != nil {
		err = corruptEvent(key, err)
	}
	return source, id, err
}

func corruptEvent(key []byte, err error) error {
	t, arrival := eventKeyTime(key)
	return corrupt(fmt.Sprintf("event %d of customer %s at %d", arrival, keyCustomer(key), t), "%v", err)
}

// chunk is memory for the bytes of rows that events go on sharing after the iterator has moved.
type chunk []byte

func (c *chunk) keep(b []byte) []byte {
	if cap(*c)-len(*c) < len(b) {
		*c = make([]byte, 0, max(4<<10, len(b), min(4*cap(*c), 64<<10)))
	}
	from := len(*c)
	*c = append(*c, b...)
	return (*c)[from:len(*c):len(*c)]
}
