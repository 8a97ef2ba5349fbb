package ledgertest

import (
	"testing"

	"github.com/earmarkhq/earmark/internal/ledger"
)

// Lab is a place in which one store lives, empty at first.
type Lab struct {
	// Open opens the store; what was durable before is there again.
	Open func() (ledger.Store, error)
	// Crash makes the open store as useless as if its process had been killed: what was not
	// durable is lost, wholly or in part. The next Open finds what a kill leaves. It is nil for a
	// store that does not outlive its process; the tests of durability are then left out.
	Crash func()
}

// Run runs the suite; make prepares a fresh lab for each test.
func Run(t *testing.T, make func(t testing.TB) Lab) {
	for _, c := range []struct {
		name    string
		durable bool // needs a store that can be reopened
		run     func(*testing.T, *bench)
	}{
		{"nothing staged is visible before the commit and all of it after", false, testAtomic},
		{"loading reflects what is staged", false, testLoadStaged},
		{"states of any size are replaced and come back", false, testStates},
		{"an event comes back whole", false, testEventLossless},
		{"events are ordered by time and arrival in half-open ranges", false, testEventOrder},
		{"a row comes back whole", false, testRowLossless},
		{"rows and ordinals of a slot are dense over many writers", false, testDense},
		{"a message id is known per customer and source", false, testSeen},
		{"an event is stored once", false, testRepeatRefused},
		{"events without a state are the tail at once", false, testUnevaluated},
		{"customers are listed by id", false, testCustomers},
		{"timers are put, moved and deleted", false, testTimers},
		{"counts follow added and removed tags", false, testCounts},
		{"a part has one writer", false, testParts},
		{"what a writer did not commit is discarded", false, testDiscard},
		{"a link is a compare-and-set", false, testLink},
		{"of many links from nobody one wins", false, testLinkRace},
		{"identities are found by the beginning of their value", false, testSearch},
		{"a customer id is handed out once", false, testNewCustomer},
		{"small values are kept", false, testMeta},
		{"an error of the callback ends every listing", false, testCallbackError},
		{"readers may read while writers write", false, testConcurrent},
		{"a clean reopening leaves no tail", true, testCleanReopen},
		{"after a crash the tail is what the snapshot lacks", true, testTail},
		{"a state that was behind stays behind over a clean reopening", true, testBehindReopen},
		{"what was waited for survives a crash, in order", true, testCrashPrefix},
		{"an empty commit waits for the earlier ones", true, testEmptyCommit},
		{"a link is durable no later than the next commit", true, testLinkDurable},
		{"ids are not handed out again after a crash", true, testNewCustomerCrash},
		{"small values are durable at once", true, testMetaCrash},
		{"the number of parts may change between openings", true, testReparts},
		{"a customer of 5,000 events", true, testBigCustomer},
		{"random operations agree with the model", true, testModel},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, make)
			if !c.durable || b.lab.Crash != nil {
				c.run(t, b)
			}
			b.close()
		})
	}
}
