package oracle

import (
	"math/rand/v2"
	"testing"
)

// organizationsInCI is how many random organizations the differential test looks at; a fault must show within them.
const organizationsInCI = 10_000

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0xd1ff)) }

// TestDifferentialFindsEachPlantedFault breaks one rule at a time and looks for a random organization in which that
// shows, with the same generator, sizes and questions as the comparison with the production engine.
func TestDifferentialFindsEachPlantedFault(t *testing.T) {
	t.Parallel()
	for _, f := range faults() {
		t.Run(string(f), func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(organizationsInCI) {
				org := Generate(seed, SizeFor(seed), NamedModels())
				sound, broken := New(org), &Oracle{org: org, fault: f}
				for _, q := range Questions(newRand(seed), org, QuestionsPerOrganization) {
					if sound.Allowed(q) != broken.Allowed(q) {
						t.Logf("found in organization %d", seed+1)
						return
					}
				}
			}
			t.Errorf("not found in %d organizations", organizationsInCI)
		})
	}
}
