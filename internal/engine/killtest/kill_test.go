package killtest

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

var (
	rounds = flag.Int("rounds", 24, "how many times to kill")
	keep   = flag.String("keep", "", "folder for the store of a failure")
	seed   = flag.Uint64("seed", 0, "of the random choices; 0 takes one and prints it")
)

// asChild in the environment makes the test binary the process to be killed.
const asChild = "EARMARK_KILLTEST_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(asChild); dir != "" {
		os.Exit(child(dir))
	}
	os.Exit(m.Run())
}

// TestKill is the promise of the ledger and the engine: an acknowledged event is durable and takes effect
// exactly once, whatever is killed when.
func TestKill(t *testing.T) {
	if *seed == 0 {
		*seed = rand.Uint64()
	}
	t.Logf("seed %d", *seed)
	n := *rounds
	if testing.Short() {
		n = min(n, 8)
	}
	h := newHouse(t, filepath.Join(t.TempDir(), "ledger"), rand.New(rand.NewPCG(*seed, 0)))
	for round := range n {
		h.kill(round)
		if each := max(6, n/10); round%each == each-1 {
			h.examine(t, fmt.Sprint("after kill ", round+1))
		}
	}
	h.finish()
	h.examine(t, fmt.Sprint("after ", n, " kills and a clean stop"))
	h.tookPart(t)
	h.everythingOnce(t)
	t.Log(h.summary(n))
}
