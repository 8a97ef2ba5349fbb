package identity

import (
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/fault"
)

// The codes of conflicts, and the errors of this package.
const (
	// Contradiction: the customers have different values of one strong kind.
	Contradiction = "identity.contradiction"
	// MergeNeeded: the call says that two customers are one; nothing contradicts it, or an
	// alias asks for it, and it takes a merge to make it so.
	MergeNeeded = "identity.merge_needed"

	codeMissing   = "identity.missing"
	codeContended = "identity.contended"
)

var _ = fault.Register(fault.Messages{
	"identity.contradiction": {
		ZH: "{key} 没有归给这位客户：同一种身份上两边的值不同",
		EN: "{key} was not given to this customer: the two have different values of one kind of identity",
	},
	"identity.merge_needed": {
		ZH: "{key} 属于另一位客户；要让两者成为一位客户，需要合并",
		EN: "{key} belongs to another customer; a merge is needed to make the two one",
	},
	"identity.missing": {
		ZH: "没有任何身份标识",
		EN: "there is no identity",
	},
	"identity.contended": {
		ZH: "身份标识正被同时改写，请重试",
		EN: "the identities are being changed by others at the same time, try again",
	},
})

// Conflict is an identity of a call that was not given to the customer the call was accepted
// for. It is shown to operators; the call itself stands.
type Conflict struct {
	Code     string       // Contradiction or MergeNeeded
	Key      customer.Key // the identity that was not given
	Customer customer.ID  // the customer the call was accepted for
	Other    customer.ID  // the customer the call might have meant too; 0 for none
	// Has is, in a contradiction, the identity that Customer (or Other, where Key would have gone
	// to Customer only through it) has of the contested kind.
	Has customer.Key
}
