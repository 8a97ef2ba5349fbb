package ledger

import (
	"context"

	"github.com/cespare/xxhash/v2"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/tag"
)

// Store is one tenant's ledger. Safe for concurrent use.
type Store interface {
	Reader
	Identities
	// Writer returns the single writer of the slots s with s % of == part. Opening one part
	// twice is a conflict. of is at most 64 and the same for all open writers.
	Writer(part, of int) (Writer, error)
	// Flush writes all dirty states of closed and open writers' caches as snapshots. No writer may be in use.
	Flush(ctx context.Context) error
	// Close flushes, marks the store clean and releases the directory.
	Close() error
	Stats() Stats
}

// Identities maps identity keys to customers. Identity rows have their own commit, before
// the customer's: an identity without a customer row is normal.
type Identities interface {
	// Lookup returns for each key the customer it belongs to (Customer 0: unknown).
	Lookup(ctx context.Context, keys []customer.Key) ([]Identity, error)
	// Link points a key from one customer (0: nobody) to another. When the key meanwhile belongs
	// to somebody else nothing is written and the present owner is returned with ok false. Durable
	// no later than any Writer commit made after it returns.
	Link(ctx context.Context, key customer.Key, from, to customer.ID) (owner customer.ID, ok bool, err error)
	// NewCustomer hands out an id never handed out before.
	NewCustomer(ctx context.Context) (customer.ID, error)
	// SearchIdentities calls fn for identities of any kind whose value begins with prefix, at most limit.
	SearchIdentities(ctx context.Context, prefix string, limit int, fn func(customer.Key, customer.ID) error) error
}

// Identity is the owner of a key now and the owners before, newest first. A repeated
// delivery may have been taken under a former owner: dedupe looks there too.
type Identity struct {
	Customer customer.ID
	Former   []customer.ID
}

// Meta says what a state includes.
type Meta struct {
	Arrivals uint32 // events with Arrival ≤ Arrivals are in it
	Seq      uint64 // rows of the customer with Seq ≤ Seq are in it
}

// Loaded is a customer's state and what was committed after it.
type Loaded struct {
	// State is nil when there is no snapshot. It is valid until the next call on the Writer.
	State []byte
	Meta  Meta
	// Events and Rows are the tail: later events by arrival, later rows by Seq. Empty when the
	// state is complete, which it is unless the process before this one was killed.
	Events []event.Event
	Rows   []change.Row
}

// Writer is the single writer of its slots; not safe for concurrent use. Staged writes
// become one atomic commit. After an error from Commit the store is unusable.
type Writer interface {
	// Load returns the customer's state, from the cache when it is there; it reflects staged writes.
	Load(id customer.ID) (Loaded, error)
	// Seen returns the stored arrival and time of the event with that idempotency key, staged ones included.
	Seen(id customer.ID, source, messageID string) (arrival uint32, time int64, ok bool, err error)
	// PutEvent stages the event row and its dedupe key.
	PutEvent(id customer.ID, ev *event.Event) error
	// PutUnseen is PutEvent without the look-up, for an event whose MessageHash no event of the customer has,
	// stored or staged. The caller answers for that.
	PutUnseen(id customer.ID, ev *event.Event) error
	// PutState replaces the cached state; it reaches disk when evicted, flushed or closed. blob is copied.
	PutState(id customer.ID, blob []byte, m Meta) error
	// PutTimer stages the customer's one timer row; expr.Never (MaxInt64) deletes it.
	PutTimer(id customer.ID, deadline int64) error
	// Append stages a row and sets its Slot and Seq. Created also makes the customer row (with the
	// slot's next ordinal); TagAdded and TagRemoved move the tag's count.
	Append(row *change.Row) error
	// Staged is the approximate size in bytes of what the next commit will write.
	Staged() int
	// Commit applies what is staged and returns at once; Pending.Wait returns when it is durable.
	// With nothing staged it returns a Pending that is durable when all earlier commits are.
	Commit() (Pending, error)
	// Timers calls fn for all timer rows of the writer's slots, in any order.
	Timers(fn func(id customer.ID, deadline int64) error) error
	// Close flushes its dirty states and gives the part back.
	Close() error
}

// MessageHash is the hash of an idempotency key under which a customer's events are looked up; two
// keys may have the same one.
func MessageHash(source, messageID string) uint64 {
	var d xxhash.Digest
	d.Reset()
	d.WriteString(source)
	d.Write(zero[:])
	d.WriteString(messageID)
	return d.Sum64()
}

var zero [1]byte

// Pending is a commit on its way to the disk.
type Pending interface{ Wait() error }

// Reader answers questions over committed data. Each call reads one consistent snapshot.
type Reader interface {
	// Events calls fn for a customer's events with from ≤ Time < to, ordered by (Time, Arrival).
	// The event passed is valid during the call only.
	Events(ctx context.Context, id customer.ID, from, to int64, fn func(*event.Event) error) error
	// Event reads the one event with that time and arrival, ok is false when there is none.
	Event(ctx context.Context, id customer.ID, time int64, arrival uint32) (ev event.Event, ok bool, err error)
	// History calls fn for the rows of one customer by Seq.
	History(ctx context.Context, id customer.ID, fn func(change.Row) error) error
	// Log calls fn for the rows of a slot with Seq > after.
	Log(ctx context.Context, slot customer.Slot, after uint64, fn func(change.Row) error) error
	// Customers calls fn for the customers of a slot with id > after, by id.
	Customers(ctx context.Context, slot customer.Slot, after customer.ID, fn func(Customer) error) error
	// Customer returns the customer row; ok is false for an unknown one.
	Customer(ctx context.Context, id customer.ID) (c Customer, ok bool, err error)
	// Timer returns the stored timer row of a customer.
	Timer(ctx context.Context, id customer.ID) (deadline int64, ok bool, err error)
	// Snapshot returns the stored snapshot (not the cached state) of a customer.
	Snapshot(ctx context.Context, id customer.ID) (blob []byte, m Meta, ok bool, err error)
	// Counts returns the number of customers holding each tag, zero counts left out.
	Counts(ctx context.Context) (map[tag.ID]int64, error)
	// Meta rows: small named values of the store (format version, going live, time shift, …).
	GetMeta(ctx context.Context, name string) (val []byte, ok bool, err error)
	// PutMeta is durable when it returns.
	PutMeta(ctx context.Context, name string, val []byte) error
}

// Customer is the row made when a customer became known.
type Customer struct {
	ID      customer.ID
	Ordinal uint32 // dense per slot from 0, never reused
	Created int64  // instant, Unix milliseconds
}

// Stats are gauges for /metrics and benchmarks. Bytes unless said.
type Stats struct {
	Customers    int64 // rows
	Events       int64 // rows accepted since open
	CacheBytes   int64
	CacheStates  int64
	DirtyStates  int64
	DiskBytes    int64
	WrittenBytes int64 // WAL, flushes and compactions since open
	CacheHits    int64
	CacheMisses  int64
}
