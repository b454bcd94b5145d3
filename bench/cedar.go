package main

import (
	"fmt"
	"strings"

	"github.com/cedar-policy/cedar-go"

	"bailiwick/access"
)

// A cedarModel is one way to write W in Cedar: policies, and entities to judge them on.
type cedarModel struct {
	policies *cedar.PolicySet
	entities cedar.EntityMap
}

// actionRoles are Cedar's action groups: for each permission the roles it is listed under.
type actionRoles func(m *access.Model, permission int) []string

func newCedarModel(m *access.Model, policies string, roles actionRoles) (*cedarModel, error) {
	set, err := cedar.NewPolicySetFromBytes("bench.cedar", []byte(policies))
	if err != nil {
		return nil, fmt.Errorf("%w in\n%s", err, policies)
	}
	c := &cedarModel{policies: set, entities: cedar.EntityMap{}}
	for i, p := range m.Permissions {
		var parents []cedar.EntityUID
		for _, role := range roles(m, i) {
			parents = append(parents, cedar.NewEntityUID("Action", cedar.String(role)))
		}
		c.put(cedar.Entity{UID: cedar.NewEntityUID("Action", cedar.String(p.Name)), Parents: cedar.NewEntityUIDSet(parents...)})
	}
	return c, nil
}

func (c *cedarModel) put(e cedar.Entity) { c.entities[e.UID] = e }

// lowestOnly lists a permission under the lowest role that has it.
func lowestOnly(m *access.Model, permission int) []string {
	if lowest := lowestRoles(m)[permission]; lowest != "" {
		return []string{lowest}
	}
	return nil
}

// everyHolder lists a permission under every role that has it.
func everyHolder(m *access.Model, permission int) []string {
	masks, _ := masks(m)
	var roles []string
	for _, role := range everyRole() {
		if masks[role]>>permission&1 != 0 {
			roles = append(roles, role)
		}
	}
	return roles
}

// authorizing asks a Cedar model the whole of a stream.
func (c *cedarModel) authorizing(s *stream) run {
	return run{n: len(s.names), pass: func() int {
		yes := 0
		for i := range s.names {
			if c.decide(s.names[i]) {
				yes++
			}
		}
		return yes
	}}
}

func (c *cedarModel) decide(q access.Question) bool {
	decision, _ := cedar.Authorize(c.policies, c.entities, cedar.Request{
		Principal: cedar.NewEntityUID("User", cedar.String(q.Subject.ID)),
		Action:    cedar.NewEntityUID("Action", cedar.String(q.Permission)),
		Resource:  cedar.NewEntityUID("Resource", cedar.String(q.Resource)),
	})
	return decision == cedar.Allow
}

// A standing is the highest role that a user has at each scope, over all its own and its teams' grants: what both
// models hold about a user.
type standing map[string]int // path → place in everyRole

// standings flattens W. The organization stands for the highest role anywhere, from which some permissions rise.
func standings(w *workload) map[string]standing {
	rank := map[string]int{}
	for i, role := range everyRole() {
		rank[role] = i
	}
	teams, all := map[string][]access.Grant{}, map[string]standing{}
	for _, u := range w.org.Users {
		all[u.ID] = standing{}
	}
	for _, g := range w.org.Grants {
		if g.To.Kind == access.Team {
			teams[g.To.ID] = append(teams[g.To.ID], g)
		} else {
			all[g.To.ID].raise(w, g.On, rank[g.Role])
		}
	}
	for _, t := range w.org.Teams {
		for _, g := range teams[t.Name] {
			for _, user := range t.Members {
				all[user].raise(w, g.On, rank[g.Role])
			}
		}
	}
	return all
}

func (s standing) raise(w *workload, on string, rank int) {
	if old, ok := s[on]; !ok || old < rank {
		s[on] = rank
	}
	switch {
	case isDeployment(on):
		s.raise(w, platform, rank)
	case on == platform && everyRole()[rank] == orgAdmin:
		for _, d := range w.deployments {
			if old, ok := s[d]; !ok || old < rank {
				s[d] = rank
			}
		}
	}
}

// scopes are the paths at which a question about a resource is decided: a location and its deployment, or itself.
func scopes(resource string) []string {
	if strings.Count(resource, "/") == 2 {
		return []string{parent(resource), resource}
	}
	return []string{resource}
}

func (w *workload) paths() []string {
	return append(append([]string{platform}, w.deployments...), w.locations...)
}

func measureCedar(b *bench) error {
	standings := standings(b.w)
	tags, err := newCedarTags(b.w, standings)
	if err != nil {
		return err
	}
	groups, err := newCedarGroups(b.w, standings)
	if err != nil {
		return err
	}
	part := b.stream.first(10_000)
	for i, q := range part.names {
		if err := b.agree(i, map[string]bool{"cedar with tags": tags.decide(q), "cedar with groups": groups.decide(q)}); err != nil {
			return err
		}
	}
	t := measure(max(b.rounds/2, 3), deciding(b.snapshot, b.stream), tags.authorizing(part), groups.authorizing(part))
	b.value("cedar-go, precomputed tags", t[1].median(), "ns").times(t[1].over(t[0]), "Decide")
	b.value("cedar-go, groups, hierarchy flattened", t[2].median(), "ns").times(t[2].over(t[0]), "Decide").atLeast(80)
	return nil
}
