package change

import (
	"slices"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/event"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

// joinOf, teamsOf and licensesOf read what a provider gives.
func (j *judge) joinOf(c client.ProviderPut, next *event.ProviderPut) error {
	for _, slug := range c.Join {
		p, err := j.platform("join", slug)
		if err != nil {
			return err
		}
		if slug == accessfile.Directory {
			return fault.New(fault.Invalid, "being in the directory comes by itself").In("join").Rather("name platforms")
		}
		if !slices.Contains(next.Join, p.Slug) {
			next.Join = append(next.Join, p.Slug)
		}
	}
	slices.Sort(next.Join)
	return nil
}

func (j *judge) teamsOf(c client.ProviderPut, next *event.ProviderPut) error {
	if len(c.Teams) > manyMappings || len(c.Licenses) > manyMappings {
		return fault.New(fault.Invalid, "a provider maps at most %d groups", manyMappings).In("teams")
	}
	for _, m := range c.Teams {
		if err := group("teams", c.GroupsClaim, m.Group); err != nil {
			return err
		}
		t, err := j.team("teams", m.Team)
		if err != nil {
			return err
		}
		if slug := j.administering(t.ID); slug != "" {
			return fault.New(fault.Invalid, "the team %q administers %s, and no provider's group makes administrators", t.Name, slug).
				In("teams").By("administrators").Rather("put people into that team by hand")
		}
		if g := (event.GroupTeam{Group: m.Group, Team: t.ID}); !slices.Contains(next.Teams, g) {
			next.Teams = append(next.Teams, g)
		}
	}
	return nil
}

func (j *judge) licensesOf(c client.ProviderPut, next *event.ProviderPut) error {
	for _, m := range c.Licenses {
		if err := group("licenses", c.GroupsClaim, m.Group); err != nil {
			return err
		}
		p, err := j.platform("licenses", m.Platform)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(p.Model.Licenses, func(l access.License) bool { return l.Name == m.License }) {
			return fault.New(fault.Invalid, "%s has no license %q", p.Slug, m.License).In("licenses")
		}
		if slices.Contains(p.Model.Governance.AdministratorLicenses, m.License) {
			return fault.New(fault.Invalid, "the license %s administers %s, and no provider's group makes administrators", m.License, p.Slug).
				In("licenses").By("administrators").Rather("give that license by hand")
		}
		if g := event.GroupLicense(m); !slices.Contains(next.Licenses, g) {
			next.Licenses = append(next.Licenses, g)
		}
	}
	return nil
}

// group judges a group's name, which only has to be what the provider writes.
func group(field, claim, text string) error {
	if text == "" || len(text) > maxName {
		return fault.New(fault.Invalid, "a group has a name of 1 to %d bytes", maxName).In(field)
	}
	if claim == "" {
		return fault.New(fault.Invalid, "no claim says in which groups people are").In("groups_claim").Rather("name it; many providers call it groups")
	}
	return nil
}

// administering returns a platform that a team administers, whenever that may be; "" where there is none.
func (j *judge) administering(team string) string {
	for _, g := range j.now().GrantsOf(access.Holder{Kind: access.Team, ID: team}) {
		if p := j.now().Platform(access.SlugOf(g.On)); p != nil && p.Slug == g.On && slices.Contains(p.Model.Governance.Administrators, g.Role) {
			return p.Slug
		}
	}
	return ""
}

// gainMappings gains every line that a provider can bring to somebody: a mapping is a holder.
func (j *judge) gainMappings(next *event.ProviderPut) {
	for _, m := range next.Teams {
		j.gainAll(access.Holder{Kind: access.Team, ID: m.Team}, "membership", true)
	}
	anybody := &state.User{}
	open := map[string]bool{} // platforms where the license lets count what people's teams hold
	for _, m := range next.Licenses {
		for _, l := range j.licenseLines(anybody, m.Platform, m.License) {
			l.identity = true
			j.gain(l)
		}
		open[m.Platform] = true // whoever is in none of the groups gets the one that does
	}
	for _, g := range j.now().Grants() {
		if open[access.SlugOf(g.On)] && g.To.Kind == access.Team {
			j.gain(line{Grant: g.Grant, through: "license", identity: true})
		}
	}
	if !next.Create {
		return
	}
	for _, slug := range next.Join {
		grants, _ := j.defaultsOf(j.now().Platform(slug))
		for _, g := range grants {
			j.gain(line{Grant: g, through: "membership", identity: true})
		}
	}
}

// follow makes a user's teams and licenses what a provider's groups say.
func (j *judge) follow(p *event.ProviderPut, user string, groups []string, out *Signed) error {
	if j.now().Settings[SettingProvisioning] == "on" {
		if len(p.Teams)+len(p.Licenses) > 0 {
			out.skip("provisioning is on: groups at sign-in change nothing")
		}
		return nil
	}
	if err := j.byRule(RuleMapping, func() error { return j.followTeams(p, user, groups, out) }); err != nil {
		return err
	}
	return j.byRule(RuleLicenseMap, func() error { return j.followLicenses(p, user, groups, out) })
}

func (j *judge) followTeams(p *event.ProviderPut, user string, groups []string, out *Signed) error {
	for _, id := range mappedTeams(p) {
		t := j.now().Team(id)
		if t == nil {
			out.skip("a team that a group is mapped to is no longer there")
			continue
		}
		in, member := inTeam(p, id, groups), j.now().IsMember(id, user)
		if in == member {
			continue
		}
		j.people = true
		if !in {
			left := &event.TeamLeft{Team: id, Members: []string{user}}
			if j.takesLast(left) {
				out.skip("%s stays in %s: nobody else administers what it does", j.now().Readable(user), t.Name)
				continue
			}
			if err := j.emit(left); err != nil {
				return err
			}
			out.Left = append(out.Left, t.Name)
			continue
		}
		joined := &event.TeamJoined{Team: id, Members: []string{user}}
		if slug := j.administering(id); slug != "" || j.seats(joined, user) {
			out.skip("%s administers %s by now: only somebody who may puts people into it", t.Name, slug)
			continue
		}
		if err := j.emit(joined); err != nil {
			return err
		}
		out.Joined = append(out.Joined, t.Name)
	}
	return nil
}

// mappedTeams lists the teams that a provider maps, each once.
func mappedTeams(p *event.ProviderPut) []string {
	var teams []string
	for _, m := range p.Teams {
		if !slices.Contains(teams, m.Team) {
			teams = append(teams, m.Team)
		}
	}
	return teams
}

func inTeam(p *event.ProviderPut, team string, groups []string) bool {
	return slices.ContainsFunc(p.Teams, func(m event.GroupTeam) bool { return m.Team == team && slices.Contains(groups, m.Group) })
}

func (j *judge) followLicenses(p *event.ProviderPut, user string, groups []string, out *Signed) error {
	for _, slug := range mappedPlatforms(p) {
		platform, u := j.now().Platform(slug), j.now().User(user)
		if platform == nil {
			out.skip("%s is no longer attached", slug)
			continue
		}
		license, matched := licenseFor(platform, p, groups)
		if !matched && !j.now().IsMemberOf(u, slug, j.at) || license == "" || license == u.Licenses[slug] {
			continue
		}
		set := &event.LicenseSet{User: user, Platform: slug, License: license}
		administrators := platform.Model.Governance.AdministratorLicenses
		if slices.Contains(administrators, license) || slices.Contains(administrators, u.Licenses[slug]) || j.seats(set, user) || j.takesLast(set) {
			out.skip("the license on %s stays as it is: another one would make or unmake an administrator", slug)
			continue
		}
		j.people = true
		if err := j.emit(set); err != nil {
			return err
		}
		out.license(slug, license)
	}
	return nil
}

// mappedPlatforms lists the platforms whose licenses a provider maps, each once.
func mappedPlatforms(p *event.ProviderPut) []string {
	var slugs []string
	for _, m := range p.Licenses {
		if !slices.Contains(slugs, m.Platform) {
			slugs = append(slugs, m.Platform)
		}
	}
	return slugs
}

// licenseFor returns the license that groups come to. Of several, one under which grants count wins; then one that
// administers; then the edition's order. Whoever is in none of the mapped groups gets one under which grants count.
func licenseFor(platform *state.Platform, p *event.ProviderPut, groups []string) (license string, matched bool) {
	best, rank := "", 4
	for i := range platform.Model.Licenses {
		l, r := &platform.Model.Licenses[i], 3
		switch {
		case !l.Replaces:
			r = 1
		case slices.Contains(platform.Model.Governance.AdministratorLicenses, l.Name):
			r = 2
		}
		if r < rank && slices.ContainsFunc(p.Licenses, func(m event.GroupLicense) bool {
			return m.Platform == platform.Slug && m.License == l.Name && slices.Contains(groups, m.Group)
		}) {
			best, rank = l.Name, r
		}
	}
	if best != "" {
		return best, true
	}
	i := slices.IndexFunc(platform.Model.Licenses, func(l access.License) bool { return !l.Replaces })
	if i < 0 {
		return "", false
	}
	return platform.Model.Licenses[i].Name, false
}
