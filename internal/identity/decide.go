package identity

import (
	"context"
	"fmt"
	"slices"

	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/ledger"
)

// attempts is how often a decision is made again because somebody else linked an identity of
// the call in between.
const attempts = 32

// claim is one identity of a call with whom it belongs to.
type claim struct {
	key    customer.Key
	owner  customer.ID // 0: nobody
	former []customer.ID
}

// decision is the work on one call.
type decision struct {
	r      *Resolver
	ctx    context.Context
	claims []claim  // strongest kind first; equal ranks in the call's order
	strong int      // the first so many are strong
	held   []holder // the customers that matter
	res    Resolution
	raced  bool          // an identity had another owner than was thought
	need   []customer.ID // customers that must be asked about first
}

// holder is a customer with what it holds. It stays valid when the Resolver forgets the customer.
type holder struct {
	id customer.ID
	*holding
}

// settle decides a call that is not simply known. found is what the store said of identities
// the cache lacks, by their place in keys; it may be out of date, which the linking notices.
func (r *Resolver) settle(ctx context.Context, keys []customer.Key, found []ledger.Identity) (Resolution, error) {
	if len(keys) == 0 {
		return Resolution{}, missing()
	}
	r.stats.decided.Add(1)
	for range attempts {
		d, err := r.attempt(ctx, keys, found)
		if err != nil {
			return Resolution{}, err
		}
		switch {
		case len(d.need) > 0:
			if err := r.learn(ctx, d.need); err != nil {
				return Resolution{}, err
			}
		case d.raced:
			found = nil
		default:
			r.stats.conflicts.Add(int64(len(d.res.Conflicts)))
			return d.res, nil
		}
	}
	return Resolution{}, fault.Unavailable(codeContended)
}

// attempt makes one decision under the lock.
func (r *Resolver) attempt(ctx context.Context, keys []customer.Key, found []ledger.Identity) (*decision, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	d := &decision{r: r, ctx: ctx}
	if err := d.load(keys, found); err != nil {
		return nil, err
	}
	ids := asks(len(d.claims), d.strong, func(i int) customer.ID { return d.claims[i].owner })
	if d.need = r.holders.incomplete(ids); len(d.need) > 0 {
		return d, nil
	}
	for _, id := range ids {
		d.held = append(d.held, holder{id, r.holders.get(id)})
	}
	if d.strong > 0 {
		return d, d.byStrong()
	}
	return d, d.byWeak()
}

// load sorts the identities and finds their owners: from the cache, from found, from the store.
func (d *decision) load(keys []customer.Key, found []ledger.Identity) error {
	var ask []customer.Key
	for i, k := range keys {
		if slices.ContainsFunc(d.claims, func(c claim) bool { return c.key == k }) {
			continue
		}
		c := claim{key: k}
		var ok bool
		if c.owner, c.former, ok = d.r.cache.get(d.r.cache.print(k)); !ok {
			if found != nil {
				c.owner, c.former = found[i].Customer, found[i].Former
			} else {
				ask = append(ask, k)
			}
		}
		d.claims = append(d.claims, c)
		if k.Kind.Strong() {
			d.strong++
		}
	}
	got, err := d.r.lookup(d.ctx, ask)
	if err != nil {
		return err
	}
	for i, k := range ask {
		at := slices.IndexFunc(d.claims, func(c claim) bool { return c.key == k })
		d.claims[at].owner, d.claims[at].former = got[i].Customer, got[i].Former
	}
	slices.SortStableFunc(d.claims, func(a, b claim) int { return a.key.Kind.Rank() - b.key.Kind.Rank() })
	return nil
}

// asks are the customers whose strong identities a decision over n identities needs, the
// strong ones first: none where the only strong identity is known, since weak ones just follow
// it, or where weak ones name one customer.
func asks(n, strong int, owner func(i int) customer.ID) []customer.ID {
	if strong == 1 && owner(0) != 0 {
		return nil
	}
	var ids []customer.ID
	for i := range n {
		if id := owner(i); id != 0 && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if strong == 0 && len(ids) == 1 {
		return nil
	}
	return ids
}

// of is what a customer that matters holds.
func (d *decision) of(id customer.ID) *holding {
	for _, h := range d.held {
		if h.id == id {
			return h.holding
		}
	}
	return nil
}

// byStrong decides a call with strong identities.
func (d *decision) byStrong() error {
	if err := d.choose(); err != nil || d.raced {
		return err
	}
	for i := range d.claims {
		c := &d.claims[i]
		if c.owner == d.res.Customer {
			continue
		}
		if i >= d.strong || !d.refused(c) {
			if err := d.link(c); err != nil || d.raced {
				return err
			}
		}
	}
	d.finish()
	return nil
}

// choose finds the customer of the strongest identity and links the two.
func (d *decision) choose() error {
	first := &d.claims[0]
	if first.owner != 0 {
		d.res.Customer = first.owner
		return nil
	}
	id := d.candidate(first)
	if id == 0 {
		var err error
		if id, err = d.create(); err != nil {
			return err
		}
	}
	d.res.Customer = id
	return d.link(first)
}

// candidate is the customer that the other identities offer for one nobody has: the strongest
// one's that has no other value of its kind, else the first weak one's that is anonymous.
func (d *decision) candidate(first *claim) customer.ID {
	for _, c := range d.claims[1:] {
		if c.owner == 0 {
			continue
		}
		h := d.of(c.owner)
		if !c.key.Kind.Strong() {
			if len(h.strong) == 0 {
				return c.owner
			}
			continue
		}
		if _, taken := h.of(first.key.Kind); !taken {
			return c.owner
		}
	}
	return 0
}

// refused reports whether a strong identity can not be given to the customer, and notes the
// conflict: it is another customer's, or the customer has another value of its kind.
func (d *decision) refused(c *claim) bool {
	conflict := Conflict{Code: Contradiction, Key: c.key, Customer: d.res.Customer, Other: c.owner}
	h := d.of(d.res.Customer)
	mine, taken := h.of(c.key.Kind)
	switch {
	case taken:
		conflict.Has = mine
	case c.owner != 0:
		other := d.of(c.owner)
		conflict.Code = MergeNeeded
		for _, k := range h.strong {
			if theirs, differs := other.of(k.Kind); differs && theirs != k {
				conflict.Code, conflict.Has = Contradiction, theirs
				break
			}
		}
	default:
		return false
	}
	d.res.Conflicts = append(d.res.Conflicts, conflict)
	return true
}

// byWeak decides a call with weak identities only.
func (d *decision) byWeak() error {
	for _, c := range d.claims {
		if c.owner == 0 {
			continue
		}
		if d.res.Customer == 0 {
			d.res.Customer = c.owner
		}
		if d.isKnown(c.owner) {
			d.res.Customer = c.owner
			break
		}
	}
	if d.res.Customer == 0 {
		id, err := d.create()
		if err != nil {
			return err
		}
		d.res.Customer = id
	}
	for i := range d.claims {
		c := &d.claims[i]
		if c.owner == d.res.Customer || c.owner != 0 && d.isKnown(c.owner) {
			continue
		}
		if err := d.link(c); err != nil || d.raced {
			return err
		}
	}
	d.finish()
	return nil
}

// isKnown reports whether the customer has a strong identity. Where only one customer is named
// it is false, and makes no difference.
func (d *decision) isKnown(id customer.ID) bool {
	h := d.of(id)
	return h != nil && len(h.strong) > 0
}

// create takes a new customer id; everything about it is known here.
func (d *decision) create() (customer.ID, error) {
	id, err := d.r.ids.NewCustomer(d.ctx)
	if err != nil {
		return 0, fmt.Errorf("new customer: %w", err)
	}
	d.r.stats.created.Add(1)
	h := d.r.holders.touch(id)
	h.complete = true
	d.held = append(d.held, holder{id, h})
	return id, nil
}

// link gives an identity to the customer of the decision.
func (d *decision) link(c *claim) error {
	to := d.res.Customer
	owner, ok, err := d.r.ids.Link(d.ctx, c.key, c.owner, to)
	if err != nil {
		return fmt.Errorf("link identity: %w", err)
	}
	if !ok && owner != to {
		d.raced = true
		for _, c := range d.claims {
			d.r.cache.drop(d.r.cache.print(c.key))
		}
		return nil
	}
	d.r.stats.linked.Add(1)
	if c.owner != 0 {
		d.r.stats.moved.Add(1)
		d.lose(c.owner, c.key)
		c.former = join([]customer.ID{c.owner}, c.former, to)
	}
	c.owner = to
	if c.key.Kind.Strong() {
		d.r.holders.touch(to).add(c.key)
	}
	d.r.cache.put(d.r.cache.print(c.key), to, c.former)
	return nil
}

func (d *decision) lose(from customer.ID, k customer.Key) {
	for i := range d.res.Lost {
		if d.res.Lost[i].Customer == from {
			d.res.Lost[i].Keys = append(d.res.Lost[i].Keys, k)
			return
		}
	}
	d.res.Lost = append(d.res.Lost, Loss{Customer: from, Keys: []customer.Key{k}})
}

// finish fills in what belongs to the customer now.
func (d *decision) finish() {
	for _, c := range d.claims {
		if c.owner == d.res.Customer {
			d.res.Keys = append(d.res.Keys, c.key)
			d.res.Former = join(d.res.Former, c.former, d.res.Customer)
		}
	}
}
