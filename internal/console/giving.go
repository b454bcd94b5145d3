package console

import (
	"slices"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/change"
	"bailiwick/internal/state"
	"bailiwick/rolemodel"
)

// mayGive tells whether the platform's table lets the caller give a role at a place to a kind of holder, as package change reads it.
// What a row asks of the giver's own permissions is judged when the change is made.
func (a *asking) mayGive(p *state.Platform, path string, role *access.Role, to access.HolderKind) bool {
	if a.seatsFirst(p, path, role) {
		return true
	}
	rows := p.Model.Governance.MayGive
	if len(rows) == 0 {
		return a.view.May(accessfile.Directory, "platforms.attach")
	}
	kind := p.Model.KindOf(path)
	return slices.ContainsFunc(rows, func(row access.MayGive) bool {
		if !rolemodel.Covers(p.Model, &row, role, kind, to) {
			return false
		}
		at := path
		for at != "" && p.Model.KindOf(at) != row.At {
			at = parentOf(at)
		}
		return at != "" && a.now.Decide(access.Question{Subject: a.caller.Subject, Permission: row.With, Resource: at, At: a.at}).Allowed
	})
}

// rolesAt are the roles that a kind of holder can be given at a kind of place, from the least to the most permissive, then custom ones.
func rolesAt(p *state.Platform, kind string, to access.HolderKind) (list []*access.Role) {
	add := func(r *access.Role) {
		if slices.Contains(r.At, kind) && slices.Contains(r.Holders, to) {
			list = append(list, r)
		}
	}
	for i := range p.Model.Roles {
		add(&p.Model.Roles[i])
	}
	for _, r := range p.Roles {
		add(&r.Role)
	}
	return list
}

// stars are the scopes directly beneath a path that stand for all of something.
func stars(p *state.Platform, path string) (list []string) {
	for i := range p.Model.Kinds {
		k := &p.Model.Kinds[i]
		if k.StarOf == "" || !slices.Contains(k.Under, p.Model.KindOf(path)) {
			continue
		}
		name := "*"
		if prefix := p.Model.Kind(k.StarOf).Prefix; prefix != "" {
			name = prefix + ":*"
		}
		list = append(list, path+"/"+name)
	}
	return list
}

// seatsFirst tells whether a role makes somebody a platform's first administrator, and the caller is who may seat that one.
func (a *asking) seatsFirst(p *state.Platform, path string, role *access.Role) bool {
	if path != p.Slug || !slices.Contains(p.Model.Governance.Administrators, role.Name) || !a.view.May(accessfile.Directory, "administrators.seat") {
		return false
	}
	return !change.Administered(a.now, path, a.at)
}

// permissionsOf are all that a role of a platform contains, what it is based on included, each once.
func (a *asking) permissionsOf(slug, name string) []string {
	r := a.role(client.HeldGrant{Grant: client.Grant{On: slug, Role: name}})
	if r == nil {
		return nil
	}
	list := slices.Concat(r.Permissions, r.Lifted)
	if base := a.now.Platform(slug).Model.Role(r.BasedOn); base != nil {
		list = slices.Concat(list, base.Permissions, base.Lifted)
	}
	slices.Sort(list)
	return slices.Compact(list)
}
