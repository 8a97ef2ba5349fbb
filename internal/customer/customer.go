package customer

import (
	"encoding/binary"
	"strconv"

	"github.com/cespare/xxhash/v2"
)

// ID names one customer of the tenant for ever; 0 is no customer. On the wire it is a
// decimal string, because it may exceed 2^53.
type ID uint64

// Slot is one of 4,096 shares of the customers: the unit of parallel evaluation, of the
// dense change log and of distribution.
type Slot uint16

// Slots is the number of slots; it is fixed for ever because keys begin with the slot.
const Slots = 4096

// SlotOf returns the slot of a customer: the top 12 bits of xxHash64 over the eight
// big-endian bytes of the id.
func SlotOf(id ID) Slot {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(id))
	return Slot(xxhash.Sum64(b[:]) >> 52)
}

// Slot is SlotOf(id).
func (id ID) Slot() Slot { return SlotOf(id) }

// String is the wire form.
func (id ID) String() string { return strconv.FormatUint(uint64(id), 10) }

// ParseID reads the wire form; ok is false for anything but a positive decimal number.
func ParseID(s string) (ID, bool) {
	n, err := strconv.ParseUint(s, 10, 64)
	return ID(n), err == nil && n > 0
}

// Kind names a kind of identity (user_id, external_userid, unionid, phone_hash, buyer_id,
// anonymous_id, cookie, device or one of the tenant's own).
type Kind string

// Well-known identity kinds. Strong kinds come first, in falling order of strength: where
// two customers claim one call, the stronger identity decides.
const (
	UserID         Kind = "user_id"
	ExternalUserID Kind = "external_userid"
	UnionID        Kind = "unionid"
	PhoneHash      Kind = "phone_hash"
	BuyerID        Kind = "buyer_id"
	AnonymousID    Kind = "anonymous_id"
	Cookie         Kind = "cookie"
	Device         Kind = "device"
)

// Strong reports whether the kind proves who the customer is. Unknown kinds are the
// tenant's own and strong.
func (k Kind) Strong() bool {
	switch k {
	case AnonymousID, Cookie, Device:
		return false
	}
	return k != ""
}

// Rank orders kinds by strength, 0 strongest; own kinds come after the named strong ones.
func (k Kind) Rank() int {
	switch k {
	case UserID:
		return 0
	case ExternalUserID:
		return 1
	case UnionID:
		return 2
	case PhoneHash:
		return 3
	case BuyerID:
		return 4
	case AnonymousID:
		return 10
	case Cookie:
		return 11
	case Device:
		return 12
	}
	return 5
}

// Key is one identity: a kind and its value (1 to 255 bytes).
type Key struct {
	Kind  Kind   `json:"kind"`
	Value string `json:"value"`
}
