package expr

import (
	"encoding/binary"

	"github.com/cespare/xxhash/v2"

	"github.com/earmarkhq/earmark/internal/customer"
)

// customers holds for those who have one of the identities listed.
func (c *Compiler) customers(n Customers) (Cond, explainFn) {
	c.in.identity = true
	keys := make(map[customer.Key]bool, len(n.Keys))
	for _, k := range n.Keys {
		keys[k] = true
	}
	return func(s *State, _ int64) (bool, int64) {
		for _, k := range s.Identities {
			if keys[k] || keys[customer.Key{Value: k.Value}] {
				return true, Never
			}
		}
		return false, Never
	}, explainYesNo(Words{"在名单中", "on the list"}, Words{"不在名单中", "not on the list"})
}

// share holds for a stable part of the customers, in steps of a hundredth of a percent.
func (c *Compiler) share(n Share) (Cond, explainFn) {
	parts := n.Percent
	parts.Exp += 2
	below, _ := parts.Int()
	salt := append([]byte(n.Salt), 0)
	return func(s *State, _ int64) (bool, int64) {
		var buf [72]byte
		b := binary.BigEndian.AppendUint64(append(buf[:0], salt...), uint64(s.Customer))
		return xxhash.Sum64(b)%10000 < uint64(below), Never
	}, explainYesNo(Words{"在抽中的份额内", "in the share"}, Words{"不在抽中的份额内", "not in the share"})
}
