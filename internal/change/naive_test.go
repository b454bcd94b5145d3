package change_test

import (
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/internal/oracle"
	"bailiwick/rolemodel"
)

// A naive is a second, simple-minded account of what is true and who may change it. It was written from the documents, as
// maps and loops, and knows nothing of editions' governance.
type naive struct {
	active map[string]bool            // user → active
	on     map[string]bool            // "user platform": explicit member
	teams  map[string]map[string]bool // team → members
	grants map[held]bool
}

// held is a grant: "user:ID" or "team:ID", a role, a scope.
type held struct{ to, role, on string }

func (n *naive) clone() *naive {
	c := &naive{active: map[string]bool{}, on: map[string]bool{}, teams: map[string]map[string]bool{}, grants: map[held]bool{}}
	for k, v := range n.active {
		c.active[k] = v
	}
	for k, v := range n.on {
		c.on[k] = v
	}
	for t, members := range n.teams {
		c.teams[t] = map[string]bool{}
		for u := range members {
			c.teams[t][u] = true
		}
	}
	for g := range n.grants {
		c.grants[g] = true
	}
	return c
}

// has tells whether an active user holds a role at a scope, by a grant of their own or a team's.
func (n *naive) has(user, role, on string) bool {
	if !n.active[user] {
		return false
	}
	for g := range n.grants {
		if g.role == role && g.on == on && (g.to == "user:"+user || strings.HasPrefix(g.to, "team:") && n.teams[g.to[5:]][user]) {
			return true
		}
	}
	return false
}

func (n *naive) owner(u string) bool    { return n.has(u, "owner", "org") }
func (n *naive) orgAdmin(u string) bool { return n.has(u, "organization_admin", "dagster") }
func (n *naive) account(u string) bool  { return n.has(u, "account_admin", "dbt") }
func (n *naive) security(u string) bool { return n.has(u, "security_admin", "dbt") }

// identities: "owner, or the top role on every attached platform".
func (n *naive) identities(u string) bool { return n.owner(u) || n.orgAdmin(u) && n.account(u) }

// members tells who has Members W: Account Admin, Security admin, and Admin of any project.
func (n *naive) members(u string) bool {
	return n.account(u) || n.security(u) || n.has(u, "admin", "dbt/*") || n.has(u, "admin", "dbt/jaffle") || n.has(u, "admin", "dbt/other")
}

// holds tells whether somebody has all of a permission set at a scope: by that set, or as Admin of the project.
func (n *naive) holds(u, role, on string) bool {
	return n.has(u, role, on) || on != "dbt" && (n.has(u, role, "dbt/*") || n.has(u, "admin", on) || n.has(u, "admin", "dbt/*"))
}

// mayGive judges a line by the words of the documents. joining is true for what a person gets by entering a team.
func (n *naive) mayGive(u string, g held, joining bool) bool {
	switch platform, _, _ := strings.Cut(g.on, "/"); platform {
	case "org":
		return n.owner(u) // an owner gives every directory role
	case "dagster":
		// "Organization Admin: every role." "Admin users can modify teams only in deployments where they're an Admin."
		deploymentAdmin := g.on != "dagster" && n.has(u, "admin", g.on) && strings.HasPrefix(g.to, "team:") && !joining
		first := g.role == "organization_admin" && n.owner(u) && len(n.administrators("dagster")) == 0
		return n.orgAdmin(u) || deploymentAdmin || first
	case "dbt":
		// Account Admin: every set. Groups W: every set except those that write groups or all projects' permissions.
		writesGroups := slices.Contains([]string{"account_admin", "project_creator", "security_admin"}, g.role) || g.role == "admin" && g.on == "dbt/*"
		if n.account(u) || n.security(u) && !writesGroups {
			return true
		}
		// Members W puts people into groups, Permissions W (Admin of a project) writes the project's rows: nobody hands out
		// more than they hold.
		if joining {
			return n.members(u) && n.holds(u, g.role, g.on)
		}
		return g.on != "dbt" && g.on != "dbt/*" && n.holds(u, "admin", g.on) && n.holds(u, g.role, g.on)
	}
	return false
}

// lines lists what a team holds.
func (n *naive) lines(team string) (list []held) {
	for g := range n.grants {
		if g.to == "team:"+team {
			list = append(list, g)
		}
	}
	return list
}

// mayEnter judges joining and leaving: each platform where the team holds something, and each line of it. "Users cannot
// change their own group memberships" on dbt.
func (n *naive) mayEnter(u, team, who string, adding bool) bool {
	lines := n.lines(team)
	anywhere := n.owner(u) || n.orgAdmin(u) || n.members(u)
	if len(lines) == 0 {
		return anywhere && (u != who || !adding || n.owner(u) || n.orgAdmin(u))
	}
	for _, g := range lines {
		platform, _, _ := strings.Cut(g.on, "/")
		governs := n.identities(u) || platform == "dagster" && n.orgAdmin(u) || platform == "dbt" && n.members(u)
		if !governs || platform == "dbt" && u == who || !n.mayGive(u, g, true) {
			return false
		}
	}
	return true
}

// administrators lists the active people with a platform's top role. Everybody here can sign in.
func (n *naive) administrators(platform string) (list []string) {
	role := map[string]string{"org": "owner", "dagster": "organization_admin", "dbt": "account_admin"}[platform]
	for u := range n.active {
		if n.has(u, role, platform) {
			list = append(list, u)
		}
	}
	return list
}

// A step is one change that somebody tries.
type step struct {
	by, do    string // do: give, take, join, leave, deactivate, reactivate
	g         held
	team, who string
}

// after returns what is true after a step, or nil where the documents refuse it.
func (n *naive) after(s step) *naive {
	next := n.clone()
	ok := n.active[s.by]
	switch s.do {
	case "give":
		ok = ok && !n.grants[s.g] && n.mayGive(s.by, s.g, false)
		next.grants[s.g] = true
	case "take":
		ok = ok && n.grants[s.g] && n.mayGive(s.by, s.g, false)
		delete(next.grants, s.g)
	case "join":
		ok = ok && (n.teams[s.team][s.who] && n.mayAsk(s) || n.mayEnter(s.by, s.team, s.who, true))
		next.teams[s.team][s.who] = true
	case "leave":
		ok = ok && n.teams[s.team][s.who] && n.mayEnter(s.by, s.team, s.who, false)
		delete(next.teams[s.team], s.who)
	case "deactivate":
		ok = ok && n.active[s.who] && n.identities(s.by)
		next.active[s.who] = false
	case "reactivate":
		ok = ok && !n.active[s.who] && n.identities(s.by)
		next.active[s.who] = true
	}
	for _, platform := range []string{"org", "dagster", "dbt"} {
		ok = ok && (len(next.administrators(platform)) > 0 || len(n.administrators(platform)) == 0)
	}
	if !ok {
		return nil
	}
	return next
}

// mayAsk is joining somebody who is there already: nothing is gained, so only the platforms' permission is asked.
func (n *naive) mayAsk(s step) bool {
	lines := n.lines(s.team)
	for _, g := range lines {
		platform, _, _ := strings.Cut(g.on, "/")
		may := n.identities(s.by) || platform == "dagster" && n.orgAdmin(s.by) || platform == "dbt" && n.members(s.by)
		if platform == "dbt" && s.by == s.who || !may {
			return false
		}
	}
	return len(lines) > 0 || n.owner(s.by) || n.orgAdmin(s.by) || n.members(s.by)
}

// oracle answers questions by the second engine.
func (n *naive) oracle() *oracle.Oracle {
	org := access.Organization{Name: acme}
	for slug, resources := range map[string][]access.Resource{
		"org": nil, "dagster": {{Path: "dagster/prod"}, {Path: "dagster/prod/etl"}, {Path: "dagster/dev"}, {Path: "dagster/dev/etl"}},
		"dbt": {{Path: "dbt/jaffle"}, {Path: "dbt/jaffle/dev", Category: "development"}, {Path: "dbt/jaffle/prod", Category: "production"}, {Path: "dbt/other"}},
	} {
		model, err := rolemodel.Edition(map[string]string{"org": "bailiwick", "dagster": "dagster-plus", "dbt": "dbt-enterprise-2024"}[slug])
		if err != nil {
			panic(err) // a shipped edition
		}
		org.Platforms = append(org.Platforms, access.Platform{Slug: slug, Model: model, Resources: resources})
	}
	for u, active := range n.active {
		org.Users = append(org.Users, access.UserFacts{ID: u, Inactive: !active, Licenses: map[string]string{"dbt": "developer"}})
	}
	for t, members := range n.teams {
		team := access.TeamFacts{Name: t}
		for u := range members {
			team.Members = append(team.Members, u)
		}
		org.Teams = append(org.Teams, team)
	}
	for g := range n.grants {
		kind, id, _ := strings.Cut(g.to, ":")
		org.Grants = append(org.Grants, access.Grant{To: access.Holder{Kind: access.ParseHolderKind(kind), ID: id}, Role: g.role, On: g.on})
	}
	return oracle.New(org)
}
