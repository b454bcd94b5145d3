// Package suggest finds the name that somebody most likely meant.
//
// It owns the distance between two names and the wording of a suggestion. It does not own any list of names.
package suggest

import (
	"sort"
	"strings"
)

// maxListed is how many names a suggestion lists when none is near.
const maxListed = 12

// OneOf says what would be right in place of a name that is none of names: the nearest one where it is near enough,
// otherwise all of them, or the first dozen. It returns "" where there are none.
func OneOf(name string, names []string) string {
	if near := Nearest(name, names); near != "" {
		return "did you mean " + quote(near) + "?"
	}
	if len(names) == 0 {
		return ""
	}
	sorted := append([]string(nil), names...)
	sort.Strings(sorted)
	if len(sorted) > maxListed {
		return "it can be " + strings.Join(sorted[:maxListed], ", ") + " …"
	}
	return "it can be " + strings.Join(sorted, ", ")
}

// Nearest returns the one of names that is at most a third of its letters away from name, or "".
func Nearest(name string, names []string) string {
	best, bestDistance := "", 1+len(name)/3
	for _, candidate := range names {
		d := distance(strings.ToLower(name), strings.ToLower(candidate), bestDistance)
		if d < bestDistance || (d == bestDistance && best != "" && candidate < best) {
			best, bestDistance = candidate, d
		}
	}
	return best
}

// distance counts the letters to insert, remove, change or swap with their neighbour, cut off: a result above limit
// means "further".
func distance(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, last, row = last, row, before
		row[0] = i
		for j := 1; j <= len(b); j++ {
			row[j] = last[j-1]
			if a[i-1] == b[j-1] {
				continue
			}
			row[j] = 1 + min(last[j-1], last[j], row[j-1])
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], 1+before[j-2])
			}
		}
	}
	return row[len(b)]
}

func quote(s string) string { return "\"" + s + "\"" }
