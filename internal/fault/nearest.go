package fault

// Nearest is the name among the candidates that name was probably meant to be, or "" when none
// is close. Close means: at most one slip (a character wrong, missing, added, or two neighbours
// swapped) per three characters, at least one, and never all of them. Ties go to the earlier candidate.
func Nearest(name string, candidates []string) string {
	want := []rune(name)
	best, bestSlips := "", max(1, len(want)/3)+1
	for _, c := range candidates {
		runes := []rune(c)
		if c == name || len(runes) == 0 {
			continue
		}
		d := slips(want, runes)
		if d < bestSlips && d < max(len(want), len(runes)) {
			best, bestSlips = c, d
		}
	}
	return best
}

// slips is the optimal string alignment distance.
func slips(a, b []rune) int {
	var before []int // row i-2
	prev := make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(prev[j]+1, row[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, prev = prev, row
	}
	return prev[len(b)]
}
