package state

import (
	"bailiwick/access"
)

// Facts returns what decides, for access.Build. Holders are named by their opaque ids.
func (s *State) Facts() access.Organization {
	org := access.Organization{Name: s.Organization}
	for _, slug := range s.Slugs() {
		facts := s.platforms[slug].facts()
		for _, r := range s.Resources(slug) {
			facts.Resources = append(facts.Resources, access.Resource{Path: r.Path, Category: r.Category, Settings: r.Settings})
		}
		org.Platforms = append(org.Platforms, facts)
	}
	org.Users = make([]access.UserFacts, 0, s.users.Len())
	for _, u := range s.Users() {
		org.Users = append(org.Users, u.facts())
	}
	for id := range s.ServiceUsers() {
		org.ServiceUsers = append(org.ServiceUsers, id)
	}
	for id := range s.Agents() {
		org.Agents = append(org.Agents, id)
	}
	org.Teams = make([]access.TeamFacts, 0, s.teams.Len())
	for id := range s.Teams() {
		org.Teams = append(org.Teams, access.TeamFacts{Name: id, Members: s.Members(id)})
	}
	org.Grants = make([]access.Grant, 0, s.grants.Len())
	for _, g := range s.Grants() {
		org.Grants = append(org.Grants, g.Grant)
	}
	return org
}
