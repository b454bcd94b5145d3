package feed

import (
	"slices"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/signin"
	"bailiwick/internal/state"
)

// A view is what of a state concerns one platform.
type view struct {
	*state.State
	slug string
}

// grants are a holder's on the platform, in a fixed order.
func (v view) grants(h access.Holder) []client.FeedGrant {
	var list []client.FeedGrant
	for _, g := range v.GrantsOf(h) {
		if access.SlugOf(g.On) == v.slug {
			list = append(list, shown(&g.Grant))
		}
	}
	return list
}

func shown(g *access.Grant) client.FeedGrant {
	return client.FeedGrant{Role: g.Role, On: g.On, Environments: g.Environments, From: bound(g.From), Until: bound(g.Until)}
}

// bound is one end of a grant's window; nil: it is open.
func bound(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// concerns tells whether a team has anything on the platform.
func (v view) concerns(team string) bool {
	for _, g := range v.GrantsOf(access.Holder{Kind: access.Team, ID: team}) {
		if access.SlugOf(g.On) == v.slug {
			return true
		}
	}
	return false
}

// team is what a team has on the platform; nil: nothing.
func (v view) team(id string) *client.FeedHolder {
	if grants := v.grants(access.Holder{Kind: access.Team, ID: id}); v.Team(id) != nil && len(grants) > 0 {
		return &client.FeedHolder{Grants: grants}
	}
	return nil
}

// user is somebody whom the platform concerns; nil: it does not.
func (v view) user(id string) *client.FeedUser {
	u := v.User(id)
	if u == nil {
		return nil
	}
	told := &client.FeedUser{Inactive: u.Inactive, Member: slices.Contains(u.On, v.slug), License: u.Licenses[v.slug],
		Grants: v.grants(access.Holder{Kind: access.User, ID: id})}
	for _, team := range u.Teams {
		if v.concerns(team) {
			told.Teams = append(told.Teams, team)
		}
	}
	if !told.Member && told.License == "" && len(told.Grants) == 0 && len(told.Teams) == 0 {
		return nil
	}
	return told
}

// serviceUser is what a service user has on the platform; nil: nothing.
func (v view) serviceUser(id string) *client.FeedHolder {
	if grants := v.grants(access.Holder{Kind: access.ServiceUser, ID: id}); v.ServiceUser(id) != nil && len(grants) > 0 {
		return &client.FeedHolder{Grants: grants}
	}
	return nil
}

// Tells tells whether a subject is in the feed of a platform.
func Tells(st *state.State, slug string, s access.Subject) bool { return view{st, slug}.told(s) }

// told tells whether a subject is in the feed.
func (v view) told(s access.Subject) bool {
	switch s.Kind {
	case access.User:
		return v.user(s.ID) != nil
	case access.ServiceUser:
		return v.serviceUser(s.ID) != nil
	case access.NoHolder, access.Agent, access.Team:
	}
	return false
}

// token is what a token is known by that may work on the platform; nil for every other one.
func (v view) token(id string) *client.FeedToken {
	t := v.Token(id)
	if t == nil || t.Ended || t.Kind != string(signin.UserToken) && t.Kind != string(signin.ServiceUserToken) || !v.told(t.Holder) {
		return nil
	}
	narrow := signin.Caller{Permissions: t.Permissions, Scopes: t.Scopes}
	if !narrow.Reaches(v.slug) {
		return nil
	}
	// What it narrows to elsewhere is left out. As it reaches the platform, no list that narrows becomes empty, which would
	// narrow nothing.
	return &client.FeedToken{Hash: t.Hash, Kind: t.Kind, Subject: t.Holder.String(), Expires: t.Expires,
		Permissions: kept(t.Permissions, func(p string) bool { return strings.HasPrefix(p, v.slug+".") }),
		Scopes:      kept(t.Scopes, func(path string) bool { return access.SlugOf(path) == v.slug })}
}

func kept(list []string, keep func(string) bool) []string {
	var some []string
	for _, text := range list {
		if keep(text) {
			some = append(some, text)
		}
	}
	return some
}

func (v view) resource(path string) *client.FeedResource {
	r := v.Resource(path)
	if r == nil || access.SlugOf(path) != v.slug {
		return nil
	}
	return &client.FeedResource{Category: r.Category, Settings: r.Settings}
}

// platform is the platform itself; nil: it is not attached.
func (v view) platform() *client.FeedPlatform {
	p := v.Platform(v.slug)
	if p == nil {
		return nil
	}
	told := &client.FeedPlatform{Slug: p.Slug, Edition: p.Edition, Hash: p.Hash, Plan: p.Plan, Settings: p.Settings}
	if own := v.Edition(p.Edition); own != nil && own.Hash == p.Hash {
		told.Text = own.Text
	}
	for _, r := range p.Roles {
		role := client.FeedRole{Name: r.Name, At: r.At, Permissions: r.Permissions, BasedOn: r.BasedOn}
		for _, kind := range r.Holders {
			role.Holders = append(role.Holders, kind.String())
		}
		told.Roles = append(told.Roles, role)
	}
	return told
}
