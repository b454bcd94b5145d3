package access_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"bailiwick/access"
	"bailiwick/internal/oracle"
)

// wideOrganizations is how many organizations are widened, and wider by how many deployments, projects or workspaces a
// platform of theirs is: so many that a row has few of them, and leaves out its dense part.
const (
	wideOrganizations = 8
	wider             = 64
)

// TestDifferentialWide compares the engines on organizations that have many more places than anybody has grants. Their
// rows are made otherwise than those of the small ones of TestDifferential.
func TestDifferentialWide(t *testing.T) {
	t.Parallel()
	models := shippedModels(t)
	first := number(t, "BAILIWICK_SEED", 0)
	for seed := first; seed < first+wideOrganizations && !t.Failed(); seed++ {
		rng := rand.New(rand.NewPCG(seed, 0x31de))
		org := oracle.Generate(seed, 6, models)
		widen(rng, &org)
		compareOn(t, seed, 6, org)
	}
}

// widen adds places beside those that each platform has, and gives some of what somebody has at a place of that kind to
// somebody at another.
func widen(rng *rand.Rand, org *access.Organization) {
	given := map[string]bool{}
	for _, g := range org.Grants {
		given[fmt.Sprint(g.To, g.Role, g.On)] = true
	}
	for i := range org.Platforms {
		p := &org.Platforms[i]
		if p.Model.Edition == oracle.Directory {
			continue
		}
		var places []string
		for n := range wider {
			path := fmt.Sprintf("%s/wide-%d", p.Slug, n)
			places = append(places, path)
			p.Resources = append(p.Resources, access.Resource{Path: path})
			// What lies beneath a place, where it has no name of its own kind, is a code location or a deployment.
			if p.Model.Edition != oracle.DbtEnterprise && rng.IntN(4) == 0 {
				p.Resources = append(p.Resources, access.Resource{Path: path + "/beneath"})
			}
		}
		for _, r := range p.Resources {
			if isPlace(r.Path) {
				places = append(places, r.Path)
			}
		}
		org.Grants = append(org.Grants, spread(rng, org.Grants, p.Slug, places, given)...)
	}
	oracle.Shuffle(rng, org)
}

// isPlace tells whether a path is of the kind that is directly beneath a platform.
func isPlace(path string) bool {
	return strings.Count(path, "/") == 1 && !strings.Contains(path, "*") && !strings.Contains(path, ":")
}

func spread(rng *rand.Rand, grants []access.Grant, slug string, places []string, given map[string]bool) (more []access.Grant) {
	holders := make([]access.Holder, 0, len(grants))
	for _, g := range grants {
		holders = append(holders, g.To)
	}
	for _, g := range slices.Clone(grants) {
		if !isPlace(g.On) || !strings.HasPrefix(g.On, slug+"/") {
			continue
		}
		for range rng.IntN(6) {
			again := g
			again.On = places[rng.IntN(len(places))]
			if to := holders[rng.IntN(len(holders))]; to.Kind == g.To.Kind {
				again.To = to
			}
			if key := fmt.Sprint(again.To, again.Role, again.On); !given[key] {
				given[key] = true
				more = append(more, again)
			}
		}
	}
	return more
}
