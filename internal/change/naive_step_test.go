package change_test

import (
	"slices"
	"strings"
	"time"

	"bailiwick/client"
)

// A step is one change that somebody tries.
type step struct {
	by, only  string // who, and to what their token is narrowed
	do        string // give, take, replace, join, leave, deactivate, reactivate, enrol, member, signin, create, rename, remove, define, recall, forget
	g         held
	team, who string
	slug      string // of the platform that somebody becomes a member of
	path, to  string // of resources
	from      string // the deployment whose grants a new one begins with
	role      called
	is        custom
	over      string // what overrides the role of a replacement on the first location beneath, if there is one
}

// after returns what is true after a step, or nil where the documents refuse it.
func (n *naive) after(s step) *naive {
	next := n.clone()
	if ok := next.try(n, s); !ok || !next.sound() {
		return nil
	}
	for slug := range simulated {
		if len(next.administrators(slug)) == 0 && len(n.administrators(slug)) > 0 {
			return nil
		}
	}
	return next
}

// try carries a step out, and tells whether n, which is before it, lets its actor.
func (next *naive) try(n *naive, s step) bool {
	by := asker{s.by, s.only}
	if s.do == "signin" { // a rule acts
		return next.signIn(s.who)
	}
	if !n.active[s.by] {
		return false
	}
	switch s.do {
	case "give":
		next.grants[s.g] = true
		return !n.grants[s.g] && n.proper(s.g) && n.mayGive(by, s.g, false)
	case "take":
		next.lose(s.g)
		return n.grants[s.g] && n.mayGive(by, s.g, false)
	case "replace":
		return next.replace(n, by, s)
	case "join":
		next.teams[s.team][s.who] = true
		return n.mayEnter(by, s.team, s.who, true)
	case "leave":
		delete(next.teams[s.team], s.who)
		return n.teams[s.team][s.who] && n.mayEnter(by, s.team, s.who, false)
	case "deactivate":
		next.active[s.who] = false
		delete(next.enters, s.who) // it ends what lets somebody in
		return n.active[s.who] && n.identities(by, "users.manage")
	case "reactivate":
		next.active[s.who] = true
		return !n.active[s.who] && n.identities(by, "users.manage")
	case "enrol":
		next.enters[s.by] = true
		return s.only == "" // a narrowed token makes no tokens
	case "member":
		next.welcome(s.who, s.slug)
		return !n.on[s.who+" "+s.slug] && n.can(by, invites[s.slug], s.slug)
	case "create", "rename", "remove":
		return next.shape(s) && n.mayShape(by, s.do, s.path) && n.mayCopy(by, s)
	}
	return next.define(n, by, s)
}

// mayCopy judges the lines that a new deployment begins with.
func (n *naive) mayCopy(by asker, s step) bool {
	for g := range n.grants {
		if s.from != "" && g.on == s.from {
			if g.on = s.path; !n.mayGive(by, g, false) {
				return false
			}
		}
	}
	return true
}

// welcome makes a member: "by default, users will be granted Viewer permissions on each deployment".
func (next *naive) welcome(who, slug string) {
	next.on[who+" "+slug] = true
	if slug != "dagster" {
		return
	}
	for path := range next.places {
		if strings.HasPrefix(path, "dagster/") && strings.Count(path, "/") == 1 && !next.standsAt("user:"+who, path) {
			g := held{to: "user:" + who, role: "viewer", on: path}
			next.grants[g], next.ruled[g] = true, true
		}
	}
}

func (next *naive) standsAt(holder, path string) bool {
	for g := range next.grants {
		if g.to == holder && g.on == path {
			return true
		}
	}
	return false
}

// signIn: "the first 3 users that log in to a new Organization will automatically become Organization Owners".
func (next *naive) signIn(who string) bool {
	news := false
	for slug := range simulated {
		news = news || next.member(who, slug) && !next.signed[who+" "+slug]
	}
	if !news || !next.active[who] {
		return !news // from the second time on nothing changes
	}
	before := 0
	for name := range next.signed {
		if strings.HasSuffix(name, " astro22") {
			before++
		}
	}
	first := !next.signed[who+" astro22"] && next.member(who, "astro22")
	for slug := range simulated {
		if next.member(who, slug) {
			next.signed[who+" "+slug] = true
		}
	}
	seat := held{to: "user:" + who, role: "organization_owner", on: "astro22"}
	if !first || before >= 3 || next.grants[seat] {
		return true
	}
	for g := range next.grants {
		if g.to == seat.to && g.on == seat.on {
			delete(next.grants, g)
		}
	}
	next.grants[seat], next.ruled[seat] = true, true
	return true
}

// member: "explicit, or implied by any grant or license there".
func (next *naive) member(who, slug string) bool {
	if next.on[who+" "+slug] || slug == "dbt" {
		return true // everybody here has a license
	}
	for g := range next.grants {
		if strings.HasPrefix(g.on+"/", slug+"/") && next.reaches(g, who) && next.inForce(g) {
			return true
		}
	}
	return false
}

// define makes, changes or deletes a custom role: each line of it is taken and given anew; one in use stays.
func (next *naive) define(n *naive, by asker, s step) bool {
	old, there := n.roles[s.role]
	permission := editsRoles[s.role.slug]
	if permission == "" || !n.can(by, permission, s.role.slug) {
		return false
	}
	if s.do == "recall" {
		return next.recall(s)
	}
	for g := range n.grants {
		slug, _, _ := strings.Cut(g.on, "/")
		if slug != s.role.slug || g.role != s.role.name {
			continue
		}
		if s.do == "forget" || !n.mayGive(by, g, false) {
			return false
		}
	}
	if s.do == "forget" {
		delete(next.roles, s.role)
		return there
	}
	next.roles[s.role] = s.is
	return (!there || old.at == s.is.at) && (s.is.base != "" || s.is.more != "") // "the type cannot be changed"
}

// command is what the step asks the server for.
func (s step) command(n *naive) client.Command {
	window := func(tick int) *time.Time {
		if tick == 0 {
			return nil
		}
		return ptr(n.hour(tick))
	}
	g := client.Grant{To: s.g.to, Role: s.g.role, On: s.g.on, From: window(s.g.from), Until: window(s.g.until)}
	switch s.do {
	case "give":
		return client.GrantAdd{Grant: g}
	case "take":
		return client.GrantRemove{Grant: g}
	case "replace":
		c := client.GrantsReplace{To: s.g.to, On: s.g.on, Role: s.g.role}
		if over, there := n.override(s); there {
			c.Locations = []client.LocationRole{{Name: over.on[strings.LastIndexByte(over.on, '/')+1:], Role: over.role}}
		}
		return c
	case "join":
		return client.TeamJoin{Team: s.team, Members: []string{s.who}}
	case "leave":
		return client.TeamLeave{Team: s.team, Members: []string{s.who}}
	case "deactivate":
		return client.UserDeactivate{User: s.who}
	case "reactivate":
		return client.UserReactivate{User: s.who}
	case "enrol":
		return client.TokenIssue{NewToken: client.NewToken{Kind: "user"}}
	case "member":
		return client.MemberAdd{User: s.who, Platform: s.slug}
	case "create":
		return client.ResourceCreate{Resource: s.path, CopyFrom: s.from}
	case "rename":
		return client.ResourceRename{Resource: s.path, To: s.to}
	case "remove":
		return client.ResourceDelete{Resource: s.path}
	case "recall":
		return client.RoleRename{Platform: s.role.slug, Role: s.role.name, To: s.to}
	case "define":
		return client.RolePut{Platform: s.role.slug, Role: s.role.name, At: s.is.at, BasedOn: s.is.base, Permissions: strings.Fields(s.is.more)}
	}
	return client.RoleDelete{Platform: s.role.slug, Role: s.role.name}
}

// within is the narrowing of the step's token.
func (s step) within() func(permission, path string) bool {
	if s.only == "" {
		return nil
	}
	return func(permission, path string) bool {
		if scope, narrowed := strings.CutPrefix(s.only, "in "); narrowed {
			return path == scope || strings.HasPrefix(path, scope+"/")
		}
		return permission == s.only
	}
}

// gains lists the lines that are new, or mean more, and that no rule gave.
func gains(before, now, want *naive) (list []held) {
	for g := range now.grants {
		slug, _, _ := strings.Cut(g.on, "/")
		name := called{slug, g.role}
		more := slices.ContainsFunc(strings.Fields(now.roles[name].more), func(p string) bool { return !slices.Contains(strings.Fields(before.roles[name].more), p) })
		if (!before.grants[g] || more || now.roles[name].base != before.roles[name].base) && !want.ruled[g] {
			list = append(list, g)
		}
	}
	return list
}
