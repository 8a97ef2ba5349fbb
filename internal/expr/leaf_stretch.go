package expr

import (
	"cmp"
	"slices"
)

// stretch is a range of instants, from ≤ at < until; empty where from ≥ until.
type stretch struct{ from, until int64 }

// union reports whether an instant lies in one of the stretches, and the next one at which that
// changes. It sorts the list.
func union(list []stretch, at int64) (bool, int64) {
	slices.SortFunc(list, func(a, b stretch) int { return cmp.Compare(a.from, b.from) })
	holds, end := false, at
	for _, x := range list {
		switch {
		case x.from >= x.until || x.until <= at:
		case x.from <= at:
			holds, end = true, max(end, x.until)
		case !holds:
			return false, x.from
		case x.from <= end:
			end = max(end, x.until)
		default:
			return true, end
		}
	}
	if holds {
		return true, end
	}
	return false, Never
}

// budget is how many edges a leaf looks beyond that reads all entries of a stream at each.
func (s *State) budget(stream int) int {
	if stream >= len(s.Streams) {
		return settleSteps
	}
	return min(max(4096/(len(s.Streams[stream])+1), 8), settleSteps)
}
