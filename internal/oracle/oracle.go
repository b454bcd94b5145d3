package oracle

import (
	"slices"
	"strings"
	"time"

	"bailiwick/access"
)

// The names of the editions that the oracle knows.
const (
	DagsterPlus      = "dagster-plus"
	DagsterCloud2023 = "dagster-cloud-2023"
	DbtEnterprise    = "dbt-enterprise-2024"
	Astro2022        = "astro-2022"
	Astro2024        = "astro-2024"
	Directory        = "bailiwick"
)

// Editions lists the editions that the oracle knows.
func Editions() []string {
	return []string{DagsterPlus, DagsterCloud2023, DbtEnterprise, Astro2022, Astro2024, Directory}
}

// An Oracle answers questions about one organization, slowly and by the letter.
type Oracle struct {
	org access.Organization
	// fault is a deliberately wrong reading; tests use it to see that a difference would be found.
	fault fault
}

// New returns an oracle over the facts of org, which must not change afterwards.
func New(org access.Organization) *Oracle { return &Oracle{org: org} }

// rules is what an edition has to say.
type rules interface {
	// permissions lists the names in the order of the documents.
	permissions() []string
	// kindOf names the kind of a path, "" for one that is not there.
	kindOf(path string) string
	// mayAsk says whether a permission may be asked at a kind: at its own level or above.
	mayAsk(permission, kind string) bool
	// allowed answers a question at a place that is there and not below the permission's level.
	allowed(q access.Question) bool
}

// Allowed answers a question. Source: architecture, "Rules that must hold": unknown subject, permission, resource: no.
func (o *Oracle) Allowed(q access.Question) bool {
	if !o.isSubject(q.Subject) || o.isDeactivated(q.Subject) {
		return false
	}
	platform, found := o.platformOf(q.Resource)
	if !found {
		return false
	}
	r := o.rulesOf(platform)
	kind := r.kindOf(q.Resource)
	if kind == "" || !slices.Contains(r.permissions(), q.Permission) || !r.mayAsk(q.Permission, kind) {
		return false
	}
	return r.allowed(q)
}

func (o *Oracle) rulesOf(p access.Platform) rules {
	switch p.Model.Edition {
	case DagsterPlus, DagsterCloud2023:
		return dagster{o, p}
	case DbtEnterprise:
		return dbt{o, p}
	case Astro2022, Astro2024:
		return astro{o, p}
	case Directory:
		return directory{o, p}
	}
	panic("oracle: unknown edition " + p.Model.Edition)
}

// platformOf finds the platform by the first segment of a path.
func (o *Oracle) platformOf(path string) (access.Platform, bool) {
	slug, _, _ := strings.Cut(path, "/")
	for _, p := range o.org.Platforms {
		if p.Slug == slug {
			return p, true
		}
	}
	return access.Platform{}, false
}

// isSubject: a Subject is a user, a service user or an agent; teams never ask. Source: architecture, Words.
func (o *Oracle) isSubject(s access.Subject) bool {
	switch s.Kind {
	case access.User:
		_, found := o.user(s)
		return found
	case access.ServiceUser:
		return slices.Contains(o.org.ServiceUsers, s.ID)
	case access.Agent:
		return slices.Contains(o.org.Agents, s.ID)
	}
	return false
}

// isDeactivated. Source: architecture, Union: "a deactivated subject has nothing".
func (o *Oracle) isDeactivated(s access.Subject) bool {
	if o.fault == deactivatedKeepsTeams {
		return false
	}
	u, isUser := o.user(s)
	return isUser && u.Inactive
}

func (o *Oracle) user(s access.Subject) (access.UserFacts, bool) {
	for _, u := range o.org.Users {
		if s.Kind == access.User && u.ID == s.ID {
			return u, true
		}
	}
	return access.UserFacts{}, false
}

// grantsOf lists what a subject holds at a moment: "the union over its own grants and its teams' grants" (architecture,
// Union). Whether a grant covers the place, and whether its holder may hold it, is for the editions.
func (o *Oracle) grantsOf(s access.Subject, at time.Time) []access.Grant {
	var held []access.Grant
	for _, g := range o.org.Grants {
		if o.inForce(g, at) && (g.To == s || o.isMember(s, g.To)) {
			held = append(held, g)
		}
	}
	return held
}

// isMember says whether a subject is in a team. Source: seed 002: service users cannot be members of a team.
func (o *Oracle) isMember(s access.Subject, team access.Holder) bool {
	if s.Kind != access.User || team.Kind != access.Team {
		return false
	}
	for _, t := range o.org.Teams {
		if t.Name == team.ID && slices.Contains(t.Members, s.ID) {
			return true
		}
	}
	return false
}

// inForce. Source: access-file, "The access file": "`from` is inclusive, `until` exclusive".
func (o *Oracle) inForce(g access.Grant, at time.Time) bool {
	if o.fault == untilInclusive && !g.Until.IsZero() && at.Equal(g.Until) {
		return g.From.IsZero() || !at.Before(g.From)
	}
	if o.fault == fromExclusive && !g.From.IsZero() && at.Equal(g.From) {
		return false
	}
	begun := g.From.IsZero() || !at.Before(g.From)
	ended := !g.Until.IsZero() && !at.Before(g.Until)
	return begun && !ended
}

// customRole finds a role that the organization made on a platform.
func customRole(p access.Platform, name string) (access.Role, bool) {
	for _, r := range p.Roles {
		if r.Name == name {
			return r, true
		}
	}
	return access.Role{}, false
}

// resource finds a node of a platform's tree by its exact path.
func resource(p access.Platform, path string) (access.Resource, bool) {
	for _, r := range p.Resources {
		if r.Path == path {
			return r, true
		}
	}
	return access.Resource{}, false
}

// parentOf cuts the last segment off.
func parentOf(path string) string {
	i := strings.LastIndex(path, "/")
	if i < 0 {
		return ""
	}
	return path[:i]
}

func lastSegment(path string) string { return path[strings.LastIndex(path, "/")+1:] }
