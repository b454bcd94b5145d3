package main

import (
	"fmt"
	"math/rand/v2"

	"bailiwick/access"
)

const (
	platform  = "dagster"
	orgAdmin  = "organization_admin"
	locations = 20 // in each deployment
)

// ladder is the roles of a deployment from the least to the most permissive, and shares what part of the grants
// each has, in percent.
var (
	ladder = []string{"viewer", "launcher", "editor", "admin"}
	shares = []int{60, 20, 15, 5}
)

// A workload is W at some size: 10,000 users have 500 teams and 50 deployments of 20 locations, and everything else
// follows in proportion.
type workload struct {
	model *access.Model
	org   access.Organization

	deployments []string // paths
	locations   []string // paths; deployment d has [d*20, d*20+20)
	ownGrants   []access.Grant
	teamGrants  []access.Grant
	members     int // of the average team
}

// newWorkload makes W for a number of users. The seed is fixed: the same size is the same organization everywhere.
func newWorkload(model *access.Model, users int) *workload {
	random := rand.New(rand.NewPCG(20261121, uint64(users)))
	w := &workload{model: model}
	w.addResources(max(users/200, 5))
	teams := w.addTeams(random, max(users/20, 10))
	w.addUsers(random, users, teams)
	w.org = access.Organization{
		Name:      "acme",
		Platforms: []access.Platform{{Slug: platform, Model: model, Resources: w.resources()}},
		Users:     w.org.Users,
		Teams:     teams,
		Grants:    w.org.Grants,
	}
	w.members = users * 5 / len(teams)
	return w
}

func (w *workload) addResources(deployments int) {
	for d := range deployments {
		path := fmt.Sprintf("%s/deployment-%04d", platform, d)
		w.deployments = append(w.deployments, path)
		for l := range locations {
			w.locations = append(w.locations, fmt.Sprintf("%s/location-%02d", path, l))
		}
	}
}

func (w *workload) resources() []access.Resource {
	var all []access.Resource
	for d, path := range w.deployments {
		all = append(all, access.Resource{Path: path})
		for _, l := range w.locations[d*locations : (d+1)*locations] {
			all = append(all, access.Resource{Path: l})
		}
	}
	return all
}

// addTeams gives each team one role on five deployments.
func (w *workload) addTeams(random *rand.Rand, n int) []access.TeamFacts {
	teams := make([]access.TeamFacts, n)
	for i := range teams {
		teams[i].Name = fmt.Sprintf("team-%05d", i)
		holder := access.Holder{Kind: access.Team, ID: teams[i].Name}
		role := ladder[randomRole(random)]
		for _, d := range distinct(random, 5, len(w.deployments)) {
			w.teamGrants = append(w.teamGrants, access.Grant{To: holder, Role: role, On: w.deployments[d]})
		}
	}
	w.org.Grants = append(w.org.Grants, w.teamGrants...)
	return teams
}

// addUsers puts each user in five teams and gives it one deployment role; one in a thousand is an organization
// admin, and one in twenty has three location overrides, which its own role must allow.
func (w *workload) addUsers(random *rand.Rand, n int, teams []access.TeamFacts) {
	w.org.Users = make([]access.UserFacts, n)
	for i := range n {
		id := fmt.Sprintf("person-%07d@acme.test", i)
		w.org.Users[i].ID = id
		for _, t := range distinct(random, 5, len(teams)) {
			teams[t].Members = append(teams[t].Members, id)
		}
		holder := access.Holder{Kind: access.User, ID: id}
		d, role := random.IntN(len(w.deployments)), randomRole(random)
		own := access.Grant{To: holder, Role: ladder[role], On: w.deployments[d]}
		w.ownGrants = append(w.ownGrants, own)
		w.org.Grants = append(w.org.Grants, own)
		switch {
		case i%1000 == 500:
			w.org.Grants = append(w.org.Grants, access.Grant{To: holder, Role: orgAdmin, On: platform})
		case i%19 == 7 && role < len(ladder)-1: // 95 of 100 roles are below admin: one in twenty remains
			w.addOverrides(random, holder, d, role)
		}
	}
}

func (w *workload) addOverrides(random *rand.Rand, holder access.Holder, deployment, above int) {
	for _, l := range distinct(random, 3, locations) {
		role := ladder[above+1+random.IntN(len(ladder)-above-1)]
		grant := access.Grant{To: holder, Role: role, On: w.locations[deployment*locations+l]}
		w.org.Grants = append(w.org.Grants, grant)
	}
}

// randomRole draws a place on the ladder.
func randomRole(random *rand.Rand) int {
	n := random.IntN(100)
	for i, share := range shares {
		if n < share {
			return i
		}
		n -= share
	}
	return 0
}

// distinct draws k different numbers below n.
func distinct(random *rand.Rand, k, n int) []int {
	drawn := make([]int, 0, k)
next:
	for len(drawn) < k {
		x := random.IntN(n)
		for _, y := range drawn {
			if x == y {
				continue next
			}
		}
		drawn = append(drawn, x)
	}
	return drawn
}
