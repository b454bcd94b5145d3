package e2e

import (
	"sync"
	"testing"

	"bailiwick/client"
)

// "The first 3 users that log in to a new Organization will automatically become Organization Owners. Any new users after that
// will automatically become Organization Members." A new organization of Astro's is a platform here, so that one server has many.
func TestSeed004TheFirstThreeSignInsBecomeOwnersConcurrently(t *testing.T) {
	rounds := 200
	if raced || testing.Short() { // a pass that looks for something else; make test has run all of them
		rounds = 20
	}
	s := serve(t, folder(t), local...)
	owner, _ := s.settle()
	i := newIDP(t, s)
	settings := i.settings("Acme ID")
	settings.Join = nil
	id := s.addProvider(owner, settings)
	for round := range rounds {
		slug := "astro" + itoa(round)
		s.change(owner, client.PlatformAttach{Platform: slug, Model: "astro-2022"})
		settings.Join = []string{slug}
		s.setProvider(owner, id, settings)
		var all sync.WaitGroup
		for person := range 5 {
			who := known("p" + itoa(person) + "r" + itoa(round))
			i.put(who)
			all.Go(func() {
				if _, at, page, err := i.through(s, id, who); err != nil || at != "/" {
					t.Errorf("round %d: %s is at %s: %v\n%s", round, who.Username, at, err, page)
				}
			})
		}
		all.Wait()
		grants, err := s.as(owner).Grants(t.Context(), client.GrantQuery{On: slug})
		if err != nil {
			t.Fatal(err)
		}
		owners := 0
		for _, g := range grants.Grants {
			if g.Role == "organization_owner" && g.On == slug {
				owners++
			}
		}
		users, err := s.as(owner).Users(t.Context(), client.UserQuery{Platform: slug})
		if err != nil {
			t.Fatal(err)
		}
		if owners != 3 || users.Total != 5 {
			t.Fatalf("round %d: %d owners of %d", round, owners, users.Total)
		}
		settings.Join = nil
		s.setProvider(owner, id, settings)
		s.change(owner, client.PlatformDetach{Platform: slug})
	}
}
