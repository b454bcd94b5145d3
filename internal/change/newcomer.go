package change

import (
	"slices"

	"bailiwick/access"
	"bailiwick/event"
	"bailiwick/internal/state"
)

// createFor creates the user for an account, with what everybody gets; nobody where that is nothing.
func (j *judge) createFor(p *state.Provider, in *SignOn) (*state.User, error) {
	if !p.Create || p.Issuer == google {
		return nil, noEntry("added_first", "the provider %q creates nobody, and %s is unknown: you must be added first", p.Name, in.Email)
	}
	if j.now().Settings[SettingProvisioning] == "on" {
		return nil, noEntry("provisioning", "provisioning is on, and %s is unknown: it adds people", in.Email)
	}
	address, err := verified(in.Email)
	if err != nil {
		return nil, err
	}
	join := j.welcoming(&p.ProviderPut)
	if len(join) == 0 && (!in.HasGroups || !j.maps(&p.ProviderPut, in.Groups)) {
		return nil, noEntry("no_access", "%s would be given nothing: every default is no access, and no group is mapped", address)
	}
	id := newID(state.UserPrefix)
	if err := j.createWith(id, address, join); err != nil {
		return nil, err
	}
	return j.now().User(id), j.bind(p, id, event.Account{Issuer: in.Issuer, Subject: in.Subject, Email: address})
}

func (j *judge) createWith(id, address string, join []string) error {
	j.people = true
	if err := j.emit(&event.UserAdded{User: id, Number: j.number(), Profile: event.Profile{Email: address}}); err != nil {
		return err
	}
	for _, slug := range join {
		if err := j.emit(&event.MemberAdded{User: id, Platform: slug}); err != nil {
			return err
		}
		if err := j.byRule(RuleDefaultRole, func() error { return j.defaultRoles(j.now().Platform(slug), id) }); err != nil {
			return err
		}
	}
	return nil
}

// welcoming lists the platforms that somebody new becomes a member of. Where the default of every resource is no access,
// nobody does.
func (j *judge) welcoming(p *event.ProviderPut) []string {
	var join []string
	for _, slug := range p.Join {
		platform := j.now().Platform(slug)
		if platform == nil {
			continue
		}
		if grants, barred := j.defaultsOf(platform); len(grants) > 0 || !barred {
			join = append(join, slug)
		}
	}
	return join
}

// defaultsOf lists what a new explicit member of a platform is given, whoever that is; barred is true where a resource gives
// no access.
func (j *judge) defaultsOf(p *state.Platform) (grants []access.Grant, barred bool) {
	if p.Model.Governance.DefaultRole == nil {
		return nil, false
	}
	for path, r := range j.now().Resources(p.Slug) {
		role, named := defaultRole(p.Model, r)
		barred = barred || named && role == ""
		if role != "" {
			grants = append(grants, access.Grant{To: access.Holder{Kind: access.User}, Role: role, On: path})
		}
	}
	return grants, barred
}

// defaultRole returns the role that a resource names for new members, "" where that is no access; named is false for a
// resource that names none.
func defaultRole(m *access.Model, r *state.Resource) (role string, named bool) {
	d := m.Governance.DefaultRole
	if d == nil {
		return "", false
	}
	i := slices.IndexFunc(m.Settings, func(s access.Setting) bool { return s.Name == d.Setting })
	if m.KindOf(r.Path) != m.Settings[i].At {
		return "", false
	}
	role = r.Settings[d.Setting]
	if role == "" {
		role = defaultOf(m, d.Setting)
	}
	if role == d.None {
		return "", true
	}
	return role, true
}

// defaultRoles gives a new explicit member what the platform's resources name as their default. It adds nothing where the
// member has a grant of their own.
func (j *judge) defaultRoles(p *state.Platform, user string) error {
	h := access.Holder{Kind: access.User, ID: user}
	grants, _ := j.defaultsOf(p)
	grants = slices.DeleteFunc(grants, func(g access.Grant) bool { return j.holdsAt(h, g.On) })
	for _, g := range grants {
		g.To = h
		if err := j.give(g); err != nil {
			return err
		}
	}
	return nil
}

// holdsAt tells whether a holder has a grant of its own at exactly that scope.
func (j *judge) holdsAt(h access.Holder, path string) bool {
	for _, g := range j.now().GrantsOf(h) {
		if g.On == path {
			return true
		}
	}
	return false
}

// maps tells whether groups come to a team or a license.
func (j *judge) maps(p *event.ProviderPut, groups []string) bool {
	for _, id := range mappedTeams(p) {
		if j.now().Team(id) != nil && j.administering(id) == "" && inTeam(p, id, groups) {
			return true
		}
	}
	for _, slug := range mappedPlatforms(p) {
		if platform := j.now().Platform(slug); platform != nil {
			if _, matched := licenseFor(platform, p, groups); matched {
				return true
			}
		}
	}
	return false
}
