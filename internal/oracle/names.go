package oracle

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Names that have gone wrong in other people's programs: separators, escapes, wildcards, prefixes of our own path
// syntax, letters that compare equal only after normalization or folding. Source: access-file, Resource paths: names are
// "compared exactly (case, spaces and all)".
var (
	plainNames = []string{"prod", "dev", "etl", "ml", "reports", "jaffle", "nightly"}
	weirdNames = []string{
		"Prod", "prod ", "a b", "a/b", "100%", "%2F", "*", "branch:*", "branch:x", "job:x", "a:b", "..", ".", "größe", "gro\u0308ße",
		"日本", "a\tb", "prod/etl", "a%2fb", "-", "\"q\"", "{x}", "user:ana", "𝒫", "a'b", "İ",
	}
	people = []string{"ana", "bo", "cem", "dee", "eve", "flo"}
)

// EncodeName writes a raw name as a segment of a path. Source: access-file, Resource paths: "`/`, `%`, `:`, `*` and
// control characters inside a name are percent-encoded".
func EncodeName(raw string) string {
	var b strings.Builder
	for _, r := range raw {
		if strings.ContainsRune("/%:*", r) || r < 0x20 || r >= 0x7f && r < 0xa0 {
			for _, c := range []byte(string(r)) {
				fmt.Fprintf(&b, "%%%02X", c)
			}
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// freshName picks a name that is not in taken, mostly an ordinary one, and enters it there. It may repeat a name used
// elsewhere: the same location name in two deployments is where mix-ups show.
func freshName(rng *rand.Rand, taken map[string]bool) string {
	for range 20 {
		name := plainNames[rng.IntN(len(plainNames))]
		if rng.IntN(6) == 0 {
			name = weirdNames[rng.IntN(len(weirdNames))]
		}
		if !taken[EncodeName(name)] {
			taken[EncodeName(name)] = true
			return EncodeName(name)
		}
	}
	name := fmt.Sprintf("n%d", len(taken))
	taken[name] = true
	return name
}

// chance is true in one of n cases.
func chance(rng *rand.Rand, n int) bool { return rng.IntN(n) == 0 }

// pick returns any of the choices.
func pick[T any](rng *rand.Rand, from []T) T { return from[rng.IntN(len(from))] }
