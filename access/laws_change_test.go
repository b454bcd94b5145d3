package access_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"bailiwick/access"
)

// renaming gives every user, service user, agent, team, custom role and resource another name.
func renaming(_ *rand.Rand, org access.Organization) (consequence, bool) {
	for i := range org.Platforms {
		for j := range org.Platforms[i].Resources {
			org.Platforms[i].Resources[j].Path = renamedPath(org.Platforms[i].Resources[j].Path)
		}
		for j := range org.Platforms[i].Roles {
			org.Platforms[i].Roles[j].Name += "-renamed"
		}
	}
	for i := range org.Users {
		org.Users[i].ID = "renamed." + org.Users[i].ID
	}
	for i := range org.ServiceUsers {
		org.ServiceUsers[i] = "renamed." + org.ServiceUsers[i]
	}
	for i := range org.Agents {
		org.Agents[i] = "renamed." + org.Agents[i]
	}
	for i := range org.Teams {
		org.Teams[i].Name = "renamed." + org.Teams[i].Name
		for j := range org.Teams[i].Members {
			org.Teams[i].Members[j] = "renamed." + org.Teams[i].Members[j]
		}
	}
	for i, g := range org.Grants {
		org.Grants[i].To.ID = "renamed." + g.To.ID
		org.Grants[i].On = renamedPath(g.On)
		if slices.ContainsFunc(customRoles(org, g.On), func(r access.Role) bool { return r.Name == g.Role+"-renamed" }) {
			org.Grants[i].Role += "-renamed"
		}
	}
	ask := func(q access.Question) access.Question {
		q.Subject.ID, q.Resource = "renamed."+q.Subject.ID, renamedPath(q.Resource)
		return q
	}
	return consequence{org: org, ask: ask, wrong: sameAnswer}, true
}

func customRoles(org access.Organization, path string) []access.Role {
	slug, _, _ := cutPlatform(path)
	for _, p := range org.Platforms {
		if p.Slug == slug {
			return p.Roles
		}
	}
	return nil
}

// renamedPath renames all but the platform and the "*" scopes.
func renamedPath(path string) string {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		if i == 0 || strings.HasSuffix(s, "*") || s == "" {
			continue
		}
		segments[i] = s + "-renamed"
	}
	return strings.Join(segments, "/")
}

func movingTime(_ *rand.Rand, org access.Organization) (consequence, bool) {
	// Windows are kept to the microsecond.
	const shift = 40*24*time.Hour + time.Microsecond
	for i := range org.Grants {
		g := &org.Grants[i]
		if !g.From.IsZero() {
			g.From = g.From.Add(shift)
		}
		if !g.Until.IsZero() {
			g.Until = g.Until.Add(shift)
		}
	}
	ask := func(q access.Question) access.Question {
		q.At = q.At.Add(shift)
		return q
	}
	return consequence{org: org, ask: ask, wrong: sameAnswer}, true
}

// narrowing lets a grant begin later or end earlier.
func narrowing(rng *rand.Rand, org access.Organization) (consequence, bool) {
	if len(org.Grants) == 0 {
		return consequence{}, false
	}
	g := &org.Grants[rng.IntN(len(org.Grants))]
	switch {
	case rng.IntN(2) == 0 && g.Until.IsZero():
		g.Until = noonPlus(3)
	case g.From.IsZero():
		g.From = noonPlus(-3)
	}
	if g.Until.IsZero() || g.From.IsZero() || g.Until.Sub(g.From) > time.Hour {
		if rng.IntN(2) == 0 && !g.Until.IsZero() {
			g.Until = g.Until.Add(-30 * time.Minute)
		} else if !g.From.IsZero() {
			g.From = g.From.Add(30 * time.Minute)
		}
	}
	return consequence{org: org, wrong: neverGives}, true
}

// cuttingAWindow replaces a grant by two that meet.
func cuttingAWindow(rng *rand.Rand, org access.Organization) (consequence, bool) {
	if len(org.Grants) == 0 {
		return consequence{}, false
	}
	i := rng.IntN(len(org.Grants))
	g := org.Grants[i]
	middle := noonPlus(0)
	if !g.From.IsZero() && !middle.After(g.From) || !g.Until.IsZero() && !middle.Before(g.Until) {
		return consequence{}, false
	}
	first, second := g, g
	first.Until, second.From = middle, middle
	org.Grants[i] = first
	org.Grants = append(org.Grants, second)
	return consequence{org: org, wrong: sameAnswer}, true
}

func fewerCategories(_ *rand.Rand, org access.Organization) (consequence, bool) {
	for i, g := range org.Grants {
		if len(g.Environments) > 0 {
			org.Grants[i].Environments = g.Environments[1:]
			return consequence{org: org, wrong: neverGives}, true
		}
	}
	return consequence{}, false
}

func doubling(rng *rand.Rand, org access.Organization) (consequence, bool) {
	if len(org.Grants) == 0 {
		return consequence{}, false
	}
	org.Grants = append(org.Grants, org.Grants[rng.IntN(len(org.Grants))])
	return consequence{org: org, wrong: sameAnswer}, true
}

// throughATeam moves all own Dagster and newer Astro grants of a user to a new team of one. It is not so on dbt, where
// own grants do not count, and in astro-2022, where those of teams do not.
func throughATeam(rng *rand.Rand, org access.Organization) (consequence, bool) {
	user := access.Holder{Kind: access.User, ID: org.Users[rng.IntN(len(org.Users))].ID}
	team := access.Holder{Kind: access.Team, ID: "team of one"}
	moved := false
	for i, g := range org.Grants {
		switch edition := editionOf(org, g.On); {
		case g.To != user || edition == "" || g.Role == "agent":
		default:
			org.Grants[i].To, moved = team, true
		}
	}
	org.Teams = append(org.Teams, access.TeamFacts{Name: team.ID, Members: []string{user.ID}})
	return consequence{org: org, wrong: sameAnswer}, moved
}

// editionOf is the edition at a path where teams and users are treated alike, or "".
func editionOf(org access.Organization, path string) string {
	slug, _, _ := cutPlatform(path)
	for _, p := range org.Platforms {
		if p.Slug == slug && slices.Contains([]string{"dagster-plus", "dagster-cloud-2023", "astro-2024"}, p.Model.Edition) {
			return p.Model.Edition
		}
	}
	return ""
}

func noonPlus(hours int) time.Time {
	return time.Date(2027, time.January, 1, 12+hours, 0, 0, 0, time.UTC)
}

// isBeneath follows the paths: "*" scopes and roots are above what they stand for, a deployment is not above its branch
// deployments.
func isBeneath(path, above string) bool {
	if prefix, isScope := strings.CutSuffix(above, "*"); isScope {
		parent := strings.TrimSuffix(prefix, "branch:")
		return strings.HasPrefix(path, prefix) ||
			strings.HasSuffix(prefix, "branch:") && strings.HasPrefix(path, parent) && strings.Contains(path, "/branch:")
	}
	if !strings.Contains(above, "/") {
		return strings.HasPrefix(path, above+"/")
	}
	rest, beneath := strings.CutPrefix(path, above+"/")
	return beneath && !strings.HasPrefix(rest, "branch:")
}
