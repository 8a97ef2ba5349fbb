// Package identity turns the identity keys of a call into one customer.
//
// Kinds are strong (they prove who the customer is) or weak (a browser, a device); package
// customer says which and in what order. The rules, each with a test of its name:
//
//   - The strongest identity decides. One nobody has yet goes to the customer that the next
//     ones name, unless that customer has another value of its kind; else to a new customer.
//   - A new strong identity that comes with a weak one of an anonymous customer makes that
//     customer known: a sign-up.
//   - A weak identity seen with a strong one moves to that customer. Between weak identities
//     the one of a customer known by a strong identity decides; others move to it unless they
//     are a known customer's.
//   - A weak identity never merges customers that have strong ones, and nothing here merges two
//     customers: where a call claims that two are one, it is accepted for the stronger
//     identity's, the other identity stays where it is, and the conflict is reported.
//
// Invariants: a strong identity belongs to one customer and does not move; a customer has at
// most one value of each strong kind; of calls made one after the other, the later sees the
// links of the earlier.
//
// Identity rows have their own commit, before the customer's, so an identity whose customer
// has no row is normal: the next event completes it. There is one Resolver per store and
// process; its cache trusts that nobody else moves identities, while new ones may come from
// elsewhere.
//
// It may import ledger, customer and fault.
package identity
