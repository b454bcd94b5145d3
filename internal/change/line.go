package change

import (
	"slices"
	"strings"

	"bailiwick/access"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
	"bailiwick/rolemodel"
)

// A line is a grant line that a change gains or loses: holder, role, scope, categories and window. Whether it is in force,
// and whether anybody holds it now, does not matter.
type line struct {
	access.Grant
	// through says what brings it where that is no grant: "membership", "license".
	through string
	// identity is true where it is gained by a credential or by sign-in administration, or lost by off-boarding: whoever
	// administers identities may do that with every line.
	identity bool
	command  int // that gains or loses it
}

func (j *judge) gain(l line) {
	if j.rule == "" {
		l.command = j.command
		j.gained = append(j.gained, l)
	}
}

func (j *judge) lose(l line) {
	if j.rule == "" {
		l.command = j.command
		j.lost = append(j.lost, l)
	}
}

// gainAll gains every line of a holder; loseAll loses them.
func (j *judge) gainAll(h access.Holder, through string, identity bool) {
	for _, l := range j.linesOf(h, through, identity) {
		j.gain(l)
	}
}

func (j *judge) loseAll(h access.Holder, through string, identity bool) {
	for _, l := range j.linesOf(h, through, identity) {
		j.lose(l)
	}
}

// linesOf lists a holder's own grants, and a user's teams' and licenses'.
func (j *judge) linesOf(h access.Holder, through string, identity bool) []line {
	var lines []line
	for _, g := range j.now().GrantsOf(h) {
		lines = append(lines, line{Grant: g.Grant, through: through, identity: identity})
	}
	if h.Kind != access.User {
		return lines
	}
	u := j.now().User(h.ID)
	if u == nil {
		return lines
	}
	for _, t := range u.Teams {
		lines = append(lines, j.linesOf(access.Holder{Kind: access.Team, ID: t}, "membership", identity)...)
	}
	for slug, name := range u.Licenses {
		for _, l := range j.licenseLines(u, slug, name) {
			l.identity = identity
			lines = append(lines, l)
		}
	}
	return lines
}

// licenseLines lists what a license gives: a replacing one its profile, another one everything that the user's teams hold on
// the platform.
func (j *judge) licenseLines(u *state.User, slug, name string) []line {
	p := j.now().Platform(slug)
	i := slices.IndexFunc(p.Model.Licenses, func(l access.License) bool { return l.Name == name })
	if i < 0 {
		return nil
	}
	var lines []line
	if l := &p.Model.Licenses[i]; l.Replaces {
		for _, r := range l.Profile {
			lines = append(lines, line{through: "license", Grant: access.Grant{To: access.Holder{Kind: access.User, ID: u.ID}, Role: r.Role, On: pathAt(p, r.At)}})
		}
		return lines
	}
	for _, t := range u.Teams {
		for _, g := range j.now().GrantsOf(access.Holder{Kind: access.Team, ID: t}) {
			if access.SlugOf(g.On) == slug {
				lines = append(lines, line{Grant: g.Grant, through: "license"})
			}
		}
	}
	return lines
}

// pathAt returns the root, or the "*" scope of the root, of a kind.
func pathAt(p *state.Platform, kind string) string {
	k := p.Model.Kind(kind)
	if k == nil || k.StarOf == "" {
		return p.Slug
	}
	if prefix := p.Model.Kind(k.StarOf).Prefix; prefix != "" {
		return p.Slug + "/" + prefix + ":*"
	}
	return p.Slug + "/*"
}

// mayGive tells whether the actor may give, and take, a line; if not, the error says what it needs.
func (j *judge) mayGive(l *line) error {
	slug := access.SlugOf(l.On)
	p := j.now().Platform(slug)
	switch {
	case l.identity && j.isIdentity("users.manage"):
		return nil
	case j.attached[slug] && j.mayDirectory("platforms.attach"):
		return nil
	case p == nil:
		return nil // the platform was detached: its lines vanished with it
	case slices.Contains(p.Model.Governance.Administrators, l.Role) && l.On == slug && j.mayDirectory("administrators.seat") && !j.administered(j.base, slug):
		return nil // the platform's first administrator
	}
	given, needed := j.byTable(p, l)
	switch {
	case given:
		return nil
	case needed == "" && len(p.Model.Governance.MayGive) == 0:
		if j.mayDirectory("platforms.attach") && j.holdsAll(p, l) {
			return nil
		}
		needed = "the role owner at org, and every permission of " + l.Role + " at " + l.On
	case needed == "":
		needed = "what nobody has here"
	}
	holder := j.base.Readable(j.now().Readable(l.To.String())) // who is gone by now has a name in what was
	return j.discreet(j.sees(l.On), fault.New(fault.Forbidden, "%s may not give or take %s on %s (%s)", j.who(), l.Role, l.On, holder).
		By("may_give").Rather("it needs %s", needed), j.who()+" may not give or take all that this change would: some of it is on a platform out of their sight")
}

// byTable looks whether a row of the platform's table lets the actor give a line; if none does, it says what the last one
// asks for.
func (j *judge) byTable(p *state.Platform, l *line) (given bool, needed string) {
	for i := range p.Model.Governance.MayGive {
		row := &p.Model.Governance.MayGive[i]
		if !covers(row, p, l) {
			continue
		}
		at := j.ancestor(p, l.On, row.At)
		if at == "" {
			continue
		}
		if j.may(row.With, at) && (!row.Held || j.holdsAll(p, l)) {
			return true, ""
		}
		needed = p.Slug + "." + row.With + " at " + at
		if row.Held {
			needed += ", and every permission of " + l.Role + " at " + l.On
		}
	}
	return false, needed
}

// covers tells whether a row of the table is about a line. What comes by membership or license comes to a person.
func covers(row *access.MayGive, p *state.Platform, l *line) bool {
	role, to := roleOf(p, l.Role), l.To.Kind
	if l.through != "" {
		to = access.User
	}
	return role != nil && rolemodel.Covers(p.Model, row, role, p.Model.KindOf(l.On), to)
}

// roleOf returns a built-in or a custom role, or nil.
func roleOf(p *state.Platform, name string) *access.Role {
	if r := p.Model.Role(name); r != nil {
		return r
	}
	if i := slices.IndexFunc(p.Roles, func(r *state.Role) bool { return r.Name == name }); i >= 0 {
		return &p.Roles[i].Role
	}
	return nil
}

// rolesOf lists the built-in and then the custom roles of a platform.
func rolesOf(p *state.Platform) []*access.Role {
	all := make([]*access.Role, 0, len(p.Model.Roles)+len(p.Roles))
	for i := range p.Model.Roles {
		all = append(all, &p.Model.Roles[i])
	}
	for _, r := range p.Roles {
		all = append(all, &r.Role)
	}
	return all
}

// rolePermissions lists everything that a role can ever give: conditional permissions and those of its base included.
func rolePermissions(p *state.Platform, name string) []string {
	r := roleOf(p, name)
	if r == nil {
		return nil
	}
	all := slices.Concat(r.Permissions, r.Lifted)
	if r.When != nil {
		all = append(all, r.When.Adds...)
	}
	if r.BasedOn != "" {
		all = append(all, rolePermissions(p, r.BasedOn)...)
	}
	return all
}

// holdsAll tells whether the actor has every permission of a line's role at its scope, with its categories. What the role
// holds above its scope (dbt's account permissions of a project's set) is asked there.
func (j *judge) holdsAll(p *state.Platform, l *line) bool {
	r := roleOf(p, l.Role)
	if r == nil {
		return false
	}
	for _, name := range rolePermissions(p, l.Role) {
		lifted := slices.Contains(r.Lifted, name) && !slices.Contains(r.Permissions, name)
		if lifted && len(l.Environments) == 0 {
			continue // without categories nothing is lifted
		}
		if j.may(name, j.askedAt(p, name, l.On)) {
			continue
		}
		if !lifted || j.actor.Within != nil || slices.ContainsFunc(l.Environments, func(c string) bool { return !j.lifts(p, name, c, l.On) }) {
			return false
		}
	}
	return true
}

// askedAt returns where a permission is asked for a grant at a scope: there, or above it where the permission's kind is.
func (j *judge) askedAt(p *state.Platform, permission, on string) string {
	i := slices.IndexFunc(p.Model.Permissions, func(q access.Permission) bool { return q.Name == permission })
	kind := p.Model.Kind(p.Model.KindOf(on))
	if i < 0 || kind == nil || kind.Name == p.Model.Permissions[i].At || kind.Level == p.Model.Permissions[i].At {
		return on
	}
	if above := j.ancestor(p, on, p.Model.Permissions[i].At); above != "" {
		return above
	}
	return on
}

// lifts tells whether the actor holds a permission in environments of a category, by a grant that covers a scope.
func (j *judge) lifts(p *state.Platform, permission, category, on string) bool {
	holders := []access.Holder{j.actor.Subject}
	if u := j.base.User(j.actor.Subject.ID); u != nil {
		licensed := slices.ContainsFunc(p.Model.Licenses, func(l access.License) bool { return l.Name == u.Licenses[p.Slug] && !l.Replaces })
		if len(p.Model.Licenses) > 0 && !licensed {
			return false
		}
		for _, t := range u.Teams {
			holders = append(holders, access.Holder{Kind: access.Team, ID: t})
		}
	}
	for _, h := range holders {
		for _, g := range j.base.GrantsOf(h) {
			r := roleOf(p, g.Role)
			covers := g.On == on || strings.HasPrefix(on, g.On+"/") || g.On == parentOf(on)+"/*"
			inForce := !g.From.After(j.at) && (g.Until.IsZero() || g.Until.After(j.at))
			if covers && inForce && r != nil && slices.Contains(r.Lifted, permission) && (slices.Contains(g.Environments, category) || slices.Contains(g.Environments, "all")) {
				return true
			}
		}
	}
	return false
}
