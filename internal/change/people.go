package change

import (
	"fmt"
	"maps"
	"slices"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/event"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

func (j *judge) addUser(c client.UserAdd) error {
	if len(c.On) == 0 && len(c.Licenses) == 0 {
		if err := j.identity("users.manage", c.Do()); err != nil {
			return err
		}
	}
	address, err := j.address("email", c.Email)
	if err != nil {
		return err
	}
	if j.now().UserByEmail(address) != nil {
		return fault.New(fault.Conflict, "there is a user %q already", address).In("email").Rather("add them to the platform instead")
	}
	u, err := j.newUser(c.Do(), address, c.Name)
	if err != nil {
		return err
	}
	for _, slug := range c.On {
		if err := j.addMember(client.MemberAdd{User: u, Platform: slug}); err != nil {
			return err
		}
	}
	for _, slug := range slices.Sorted(maps.Keys(c.Licenses)) {
		if p := j.now().Platform(slug); p != nil && !slices.Contains(c.On, slug) { // a license makes a member too
			if err := j.operation(slug, access.OpMemberAdd, "", slug); err != nil {
				return err
			}
		}
		if err := j.setLicense(client.LicenseSet{User: u, Platform: slug, License: c.Licenses[slug]}); err != nil {
			return err
		}
	}
	for _, t := range c.Teams {
		if err := j.joinTeam(client.TeamJoin{Team: t, Members: []string{u}}); err != nil {
			return err
		}
	}
	return j.invite(u)
}

func (j *judge) newUser(do, address, called string) (string, error) {
	id, number := newID(state.UserPrefix), j.number()
	j.made(do, id, number)
	return id, j.emit(&event.UserAdded{User: id, Number: number, Profile: event.Profile{Email: address, Name: called}})
}

func (j *judge) setProfile(c client.UserProfile) error {
	u, err := j.user("user", c.User)
	if err != nil {
		return err
	}
	next := event.Profile{Email: u.Email, Name: u.Name}
	set(&next.Name, c.Name)
	own := access.Subject{Kind: access.User, ID: u.ID} == j.actor.Subject && j.actor.Within == nil
	if c.Email != nil {
		if next.Email, err = j.address("email", *c.Email); err != nil {
			return err
		}
	}
	if next.Email != u.Email {
		if err := j.identity("users.manage", "a change of the sign-in e-mail"); err != nil {
			return err
		}
		if other := j.now().UserByEmail(next.Email); other != nil {
			return fault.New(fault.Conflict, "there is a user %q already", next.Email).In("email")
		}
		j.gainAll(access.Holder{Kind: access.User, ID: u.ID}, "", true)
	} else if !own {
		if err := j.profileOf(u); err != nil {
			return err
		}
	}
	return j.emit(&event.UserChanged{User: u.ID, Profile: next})
}

// profileOf judges a change of somebody else's name: identities' administrators, or those of a platform of theirs.
func (j *judge) profileOf(u *state.User) error {
	err := j.identity("users.manage", "user.profile")
	if err == nil {
		return nil
	}
	for _, slug := range j.now().Slugs() {
		if j.governs(slug, access.OpMemberUpdate) && j.now().Concerns(u, slug, j.at) && j.operation(slug, access.OpMemberUpdate, "", slug) == nil {
			return nil
		}
	}
	return err
}

func (j *judge) addMember(c client.MemberAdd) error {
	p, err := j.platform("platform", c.Platform)
	if err != nil {
		return err
	}
	if err := j.operation(p.Slug, access.OpMemberAdd, "", p.Slug); err != nil {
		return err
	}
	u, err := j.user("user", c.User)
	unknown := fault.Is(err, fault.NotFound)
	if unknown {
		address, wrong := j.address("user", c.User)
		if wrong != nil {
			return wrong
		}
		id, failed := j.newUser(c.Do(), address, "")
		if failed != nil {
			return failed
		}
		u = j.now().User(id)
	} else if err != nil {
		return err
	}
	if slices.Contains(u.On, p.Slug) {
		return fault.New(fault.Conflict, "%s is a member of %s already", u.Email, p.Slug).In("user")
	}
	j.people = true
	if err := j.emit(&event.MemberAdded{User: u.ID, Platform: p.Slug}); err != nil {
		return err
	}
	if j.how.AsStated {
		return nil
	}
	if err := j.byRule(RuleDefaultRole, func() error { return j.defaultRoles(p, u.ID) }); err != nil || !unknown {
		return err
	}
	return j.invite(u.ID)
}

// leaving finds a user and the platform that the actor may take them off.
func (j *judge) leaving(c client.MemberRemove) (*state.User, *state.Platform, error) {
	p, err := j.platform("platform", c.Platform)
	if err != nil {
		return nil, nil, err
	}
	if err := j.operation(p.Slug, access.OpMemberRemove, "", p.Slug); err != nil {
		return nil, nil, err
	}
	u, err := j.user("user", c.User)
	return u, p, err
}

func (j *judge) removeMember(c client.MemberRemove) error {
	u, p, err := j.leaving(c)
	if err != nil {
		return err
	}
	if !j.now().Concerns(u, p.Slug, j.at) {
		return fault.New(fault.NotFound, "%s is no member of %s", u.Email, p.Slug).In("user")
	}
	j.people = true
	if err := j.leaveTeamsOf(u, p.Slug); err != nil {
		return err
	}
	if u.Licenses[p.Slug] != "" {
		if err := j.setLicense(client.LicenseSet{User: u.ID, Platform: p.Slug}); err != nil {
			return err
		}
	}
	var own []access.Grant
	for _, g := range j.now().GrantsOf(access.Holder{Kind: access.User, ID: u.ID}) {
		if access.SlugOf(g.On) == p.Slug {
			own = append(own, g.Grant)
		}
	}
	for _, g := range own {
		if j.now().Holds(g) == nil {
			continue // it hung on one that was taken before
		}
		j.lose(line{Grant: g})
		if err := j.take(g); err != nil {
			return err
		}
	}
	if !slices.Contains(u.On, p.Slug) {
		return nil
	}
	return j.emit(&event.MemberRemoved{User: u.ID, Platform: p.Slug})
}

// leaveTeamsOf takes a user out of the teams that hold grants on a platform. Where a team holds others as well, somebody
// must decide about those first.
func (j *judge) leaveTeamsOf(u *state.User, slug string) error {
	for _, t := range u.Teams {
		here, elsewhere := false, ""
		for _, g := range j.now().GrantsOf(access.Holder{Kind: access.Team, ID: t}) {
			if access.SlugOf(g.On) == slug {
				here = true
			} else {
				elsewhere = access.SlugOf(g.On)
			}
		}
		switch {
		case !here:
			continue
		case elsewhere != "":
			err := fault.New(fault.Conflict, "%s is in the team %q, which has grants on %s as well", u.Email, j.now().Team(t).Name, elsewhere).
				In("user").By("team").Rather("take them out of the team first")
			return j.discreet(j.sees(elsewhere), err, fmt.Sprintf("%s is in the team %q, which has grants on a platform out of your sight as well", u.Email, j.now().Team(t).Name))
		}
		if err := j.leaveTeam(client.TeamLeave{Team: t, Members: []string{u.ID}}); err != nil {
			return err
		}
	}
	return nil
}

func (j *judge) setLicense(c client.LicenseSet) error {
	p, err := j.platform("platform", c.Platform)
	if err != nil {
		return err
	}
	if err := j.operation(p.Slug, access.OpLicenseSet, "", p.Slug); err != nil {
		return err
	}
	u, err := j.user("user", c.User)
	if err != nil {
		return err
	}
	if err := j.notOnSelf(p, access.OpLicenseSet, u.ID); err != nil {
		return err
	}
	if c.License != "" && !slices.ContainsFunc(p.Model.Licenses, func(l access.License) bool { return l.Name == c.License }) {
		return fault.New(fault.Invalid, "%s has no license %q", p.Slug, c.License).In("license")
	}
	old := u.Licenses[p.Slug]
	if old == c.License {
		return nil
	}
	for _, l := range j.licenseLines(u, p.Slug, old) {
		j.lose(l)
	}
	for _, l := range j.licenseLines(u, p.Slug, c.License) {
		j.gain(l)
	}
	j.people = true
	return j.emit(&event.LicenseSet{User: u.ID, Platform: p.Slug, License: c.License})
}

// notOnSelf refuses what nobody does to themselves. Whoever attaches a platform gives everything there, once.
func (j *judge) notOnSelf(p *state.Platform, operation, user string) error {
	if !j.attached[p.Slug] && slices.Contains(p.Model.Governance.NotOnSelf, operation) && j.actor.Subject == (access.Subject{Kind: access.User, ID: user}) {
		return fault.New(fault.Forbidden, "nobody does %s on themselves on %s", operation, p.Slug).By("not_on_self").Rather("ask somebody else who may")
	}
	return nil
}
