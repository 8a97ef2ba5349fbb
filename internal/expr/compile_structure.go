package expr

import "slices"

func always(*State, int64) (bool, int64)  { return true, Never }
func nowhere(*State, int64) (bool, int64) { return false, Never }

func notOf(f Cond) Cond {
	return func(s *State, at int64) (bool, int64) {
		h, n := f(s, at)
		return !h, n
	}
}

// allOf: holding, it lasts until the first kid may fail; failing, all failing kids must come to
// hold, so nothing changes before the last of them may.
func allOf(kids []Cond) Cond {
	if len(kids) == 1 {
		return kids[0]
	}
	return func(s *State, at int64) (bool, int64) {
		soon := Never
		for i, f := range kids {
			h, n := f(s, at)
			if !h {
				return false, lastFailing(kids[i+1:], s, at, n)
			}
			soon = min(soon, n)
		}
		return true, soon
	}
}

func lastFailing(kids []Cond, s *State, at, late int64) int64 {
	for _, f := range kids {
		if late == Never {
			break
		}
		if h, n := f(s, at); !h {
			late = max(late, n)
		}
	}
	return late
}

// anyOf is the mirror image of allOf.
func anyOf(kids []Cond) Cond {
	if len(kids) == 1 {
		return kids[0]
	}
	return func(s *State, at int64) (bool, int64) {
		soon := Never
		for i, f := range kids {
			h, n := f(s, at)
			if h {
				return true, lastHolding(kids[i+1:], s, at, n)
			}
			soon = min(soon, n)
		}
		return false, soon
	}
}

func lastHolding(kids []Cond, s *State, at, late int64) int64 {
	for _, f := range kids {
		if late == Never {
			break
		}
		if h, n := f(s, at); h {
			late = max(late, n)
		}
	}
	return late
}

// atLeast: with h kids holding it lasts until h − k + 1 of them may have failed; failing, it
// needs k − h more of the others.
func atLeast(k int, kids []Cond) Cond {
	return func(s *State, at int64) (bool, int64) {
		var a, b [16]int64
		holding, failing := a[:0], b[:0]
		for _, f := range kids {
			if h, n := f(s, at); h {
				holding = append(holding, n)
			} else {
				failing = append(failing, n)
			}
		}
		if h := len(holding); h >= k {
			if k <= 0 {
				return true, Never
			}
			slices.Sort(holding)
			return true, holding[h-k]
		}
		slices.Sort(failing)
		if i := k - len(holding) - 1; i < len(failing) {
			return false, failing[i]
		}
		return false, Never
	}
}
