package memory_test

import (
	"testing"

	"github.com/earmarkhq/earmark/internal/ledger"
	"github.com/earmarkhq/earmark/internal/ledger/ledgertest"
	"github.com/earmarkhq/earmark/internal/ledger/memory"
)

func TestLedger(t *testing.T) {
	ledgertest.Run(t, func(testing.TB) ledgertest.Lab {
		return ledgertest.Lab{Open: func() (ledger.Store, error) { return memory.New(), nil }}
	})
}
