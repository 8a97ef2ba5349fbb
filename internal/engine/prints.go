package engine

import (
	"slices"

	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/ledger"
)

// maxPrints bounds the prints of a state: 2 bytes each, 1 in 128 new ids of the busiest customers that
// have any is looked up in vain. Customers with more events are looked up always.
const maxPrints = 512

func printOf(ev *event.Event) uint16 { return uint16(ledger.MessageHash(ev.Source, ev.ID)) }

// unseen reports whether the event is certainly none of those the customer has.
func (s *state) unseen(ev *event.Event) bool {
	return len(s.prints) == int(s.arrivals) && s.arrivals < maxPrints && !slices.Contains(s.prints, printOf(ev))
}

// print notes an event that is about to become arrival number s.arrivals.
func (s *state) print(ev *event.Event) {
	switch {
	case s.arrivals > maxPrints:
		s.prints = s.prints[:0]
	case len(s.prints) == int(s.arrivals)-1:
		s.prints = append(s.prints, printOf(ev))
	}
}
