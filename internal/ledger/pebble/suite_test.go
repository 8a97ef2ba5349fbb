package pebble

import (
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/earmarkhq/earmark/internal/ledger"
	"github.com/earmarkhq/earmark/internal/ledger/ledgertest"
)

// lab keeps a store on a file system in memory that forgets what was not synced, or only some
// of it, when it crashes.
func lab(o Options) func(testing.TB) ledgertest.Lab {
	return func(t testing.TB) ledgertest.Lab {
		seed := rand.Uint64()
		t.Logf("crash seed %d", seed)
		rng := rand.New(rand.NewPCG(seed, seed))
		fs := vfs.NewCrashableMem()
		var open *Store
		return ledgertest.Lab{
			Open: func() (ledger.Store, error) {
				o := o
				o.fs = fs
				s, err := Open("ledger", o)
				open = s
				return s, err
			},
			Crash: func() {
				old := open
				fs = fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: []int{0, 50, 100}[rng.IntN(3)], RNG: rng})
				if err := old.Close(); err != nil { // it goes on in the world that was left, to end its goroutines
					t.Error(err)
				}
			},
		}
	}
}

func TestSuite(t *testing.T) { ledgertest.Run(t, lab(Options{})) }

// Everything goes through files and leaves the caches all the time.
func TestSuiteSmall(t *testing.T) {
	ledgertest.Run(t, lab(Options{CacheBytes: 1, BlockBytes: 1 << 20, Identities: 1, memTable: 256 << 10, few: 3}))
}
