package oracle

import (
	"maps"
	"slices"
	"time"

	"bailiwick/access"
)

// An option is a role with the scopes that it is for and the holders that it is for.
type option struct {
	role    string
	scopes  []string
	holders []access.HolderKind
}

var (
	peopleAndTeams = []access.HolderKind{access.User, access.User, access.Team, access.Team, access.ServiceUser}
	everyHolder    = []access.HolderKind{access.User, access.Team, access.ServiceUser, access.Agent}
)

// grantsOn makes grants on one platform: mostly what the rules allow, sometimes to a holder or at a scope that they do
// not allow, which a decision must ignore.
func (g *generator) grantsOn(p access.Platform) {
	options := g.optionsFor(p)
	holders := len(g.org.Users) + len(g.org.Teams) + len(g.org.ServiceUsers)
	for range 1 + g.rng.IntN(2*holders+2) {
		o := pick(g.rng, options)
		if len(o.scopes) == 0 {
			continue
		}
		grant := access.Grant{Role: o.role, On: pick(g.rng, o.scopes)}
		kinds := o.holders
		if chance(g.rng, 15) {
			kinds = everyHolder
		}
		if chance(g.rng, 25) {
			grant.On = pick(g.rng, append(New(g.org).Resources(p.Slug), New(g.org).Scopes(p.Slug)...))
		}
		to, found := g.holder(pick(g.rng, kinds))
		if !found {
			continue
		}
		grant.To = to
		g.window(&grant)
		g.categories(p, &grant)
		g.put(grant)
	}
	if p.Model.Edition == DagsterPlus || p.Model.Edition == DagsterCloud2023 {
		g.overrides(p, options)
	}
}

func (g *generator) optionsFor(p access.Platform) []option {
	switch p.Model.Edition {
	case DagsterPlus, DagsterCloud2023:
		return g.dagsterOptions(p)
	case DbtEnterprise:
		return g.dbtOptions(p)
	case Astro2022, Astro2024:
		return g.astroOptions(p)
	}
	root := []string{p.Slug}
	programs := []access.HolderKind{access.ServiceUser, access.ServiceUser, access.User}
	return []option{
		{"owner", root, []access.HolderKind{access.User}}, {"auditor", root, []access.HolderKind{access.User}},
		{"decision_client", root, programs}, {"gate", root, programs},
	}
}

// scopesOf lists the paths of a platform that are of one of the kinds.
func (g *generator) scopesOf(p access.Platform, kinds ...string) []string {
	o := New(access.Organization{Platforms: []access.Platform{p}})
	var scopes []string
	for _, path := range append(o.Resources(p.Slug), o.Scopes(p.Slug)...) {
		if slices.Contains(kinds, o.rulesOf(p).kindOf(path)) {
			scopes = append(scopes, path)
		}
	}
	return scopes
}

func (g *generator) dagsterOptions(p access.Platform) []option {
	// Deployments twice: the other roles hang on theirs.
	usual := g.scopesOf(p, dagDeployment, dagAllBranches, dagBranchesOf)
	usual = append(usual, g.scopesOf(p, dagDeployment)...)
	agents := []access.HolderKind{access.Agent}
	options := []option{
		{"organization_admin", []string{p.Slug}, peopleAndTeams},
		{"agent", g.scopesOf(p, dagOrganization, dagDeployment, dagAllBranches), agents},
	}
	for range 3 {
		for _, role := range []string{"viewer", "launcher", "editor", "admin"} {
			options = append(options, option{role, usual, peopleAndTeams})
		}
	}
	for _, role := range p.Roles {
		scopes := usual
		if role.At[0] == "organization" {
			scopes = []string{p.Slug}
		}
		options = append(options, option{role.Name, scopes, peopleAndTeams})
	}
	return options
}

// overrides puts location roles onto deployment roles that are there, higher, equal and lower ones, and some onto none.
func (g *generator) overrides(p access.Platform, options []option) {
	locations := g.scopesOf(p, dagLocation)
	if len(locations) == 0 {
		return
	}
	for range g.rng.IntN(len(locations) + 2) {
		grant := access.Grant{On: pick(g.rng, locations)}
		for grant.Role == "" || grant.Role == "agent" || grant.Role == "organization_admin" || grant.Role == "overseer" {
			grant.Role = pick(g.rng, options).role
		}
		for _, base := range g.org.Grants {
			if base.On == parentOf(grant.On) && chance(g.rng, 2) {
				grant.To = base.To
				if members := g.membersOf(base.To); len(members) > 0 && chance(g.rng, 2) {
					// An own override beside the team's deployment role, which does not carry it.
					grant.To = access.Holder{Kind: access.User, ID: pick(g.rng, members)}
				}
			}
		}
		if to, found := g.holder(pick(g.rng, peopleAndTeams)); grant.To.ID == "" && found {
			grant.To = to
		}
		if grant.To.ID != "" {
			g.window(&grant)
			g.put(grant)
		}
	}
}

func (g *generator) membersOf(team access.Holder) []string {
	for _, t := range g.org.Teams {
		if team.Kind == access.Team && t.Name == team.ID {
			return t.Members
		}
	}
	return nil
}

func (g *generator) dbtOptions(p access.Platform) []option {
	holders := []access.HolderKind{access.Team, access.Team, access.Team, access.ServiceUser, access.User}
	var options []option
	for _, set := range dbtMatrix().AccountRoles {
		options = append(options, option{set.ID, []string{p.Slug}, holders})
	}
	for _, set := range dbtMatrix().ProjectRoles {
		scopes := g.scopesOf(p, dbtProject, dbtAllProjects)
		options = append(options, option{set.ID, scopes, holders})
		if cell(set.ID, "jobs") == "read_env_write" {
			options = append(options, option{set.ID, scopes, holders}, option{set.ID, scopes, holders})
		}
	}
	return options
}

func (g *generator) astroOptions(p access.Platform) []option {
	a := astro{New(access.Organization{}), p}
	holders := peopleAndTeams
	if p.Model.Edition == Astro2022 {
		holders = []access.HolderKind{access.User, access.User, access.User, access.Team}
	}
	var options []option
	for _, role := range a.roles().organization {
		options = append(options, option{role, []string{p.Slug}, holders})
	}
	for _, role := range a.roles().workspace {
		for range 2 {
			options = append(options, option{role, g.scopesOf(p, astroWorkspace), holders})
		}
	}
	if p.Model.Edition == Astro2024 {
		options = append(options, option{"deployment_admin", g.scopesOf(p, astroDeployment), holders})
	}
	for _, role := range p.Roles {
		options = append(options, option{role.Name, g.scopesOf(p, astroDeployment), holders})
	}
	return options
}

func (g *generator) holder(kind access.HolderKind) (access.Holder, bool) {
	var ids []string
	switch kind {
	case access.User:
		for _, u := range g.org.Users {
			ids = append(ids, u.ID)
		}
	case access.ServiceUser:
		ids = g.org.ServiceUsers
	case access.Agent:
		ids = g.org.Agents
	case access.Team:
		for _, t := range g.org.Teams {
			ids = append(ids, t.Name)
		}
	}
	if len(ids) == 0 {
		return access.Holder{}, false
	}
	return access.Holder{Kind: kind, ID: pick(g.rng, ids)}, true
}

// window leaves most grants open, and lets the others begin and end at the same few moments.
func (g *generator) window(grant *access.Grant) {
	if !chance(g.rng, 3) {
		return
	}
	from, until := g.rng.IntN(len(ticks)+1), g.rng.IntN(len(ticks)+1)
	if from < len(ticks) {
		grant.From = Noon.Add(time.Duration(ticks[from]) * time.Hour)
	}
	if until < len(ticks) {
		grant.Until = Noon.Add(time.Duration(ticks[until]) * time.Hour)
	}
	if chance(g.rng, 6) {
		grant.From = pick(g.rng, extremes)
	}
	if chance(g.rng, 6) {
		grant.Until = pick(g.rng, extremes)
	}
	if !grant.From.IsZero() && !grant.Until.IsZero() && !grant.Until.After(grant.From) {
		grant.Until = time.Time{}
	}
}

// categories puts environment categories on dbt grants, seldom on a set that has no R*.
func (g *generator) categories(p access.Platform, grant *access.Grant) {
	if p.Model.Edition != DbtEnterprise {
		return
	}
	if cell(grant.Role, "jobs") != "read_env_write" && !chance(g.rng, 20) {
		return
	}
	four := []string{"development", "staging", "production", "other"}
	switch g.rng.IntN(6) {
	case 0:
	case 1:
		grant.Environments = []string{"all"}
	case 2:
		grant.Environments = four
	default:
		grant.Environments = slices.Clone(four[g.rng.IntN(4):])
	}
}

// put adds a grant; seldom one that is there already, which a file may not say but an older state may hold.
func (g *generator) put(grant access.Grant) {
	same := func(other access.Grant) bool { return grantKey(other) == grantKey(grant) }
	if !slices.ContainsFunc(g.org.Grants, same) || chance(g.rng, 8) {
		g.org.Grants = append(g.org.Grants, grant)
	}
}

func sortedKeys(m map[string]bool) []string { return slices.Sorted(maps.Keys(m)) }
