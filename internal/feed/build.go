package feed

import (
	"maps"
	"reflect"
	"slices"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/fault"
	"bailiwick/internal/state"
)

// Full tells all that a gate has to know of a platform. The error is NotFound where the platform is not attached.
func Full(st *state.State, slug string) (*client.GateFeed, error) {
	v := view{st, slug}
	line := v.line(client.FeedFull)
	if line.Platform = v.platform(); line.Platform == nil {
		return nil, fault.New(fault.NotFound, "the platform %q is not attached", slug).In("platform")
	}
	for path := range st.Resources(slug) {
		line.Resources[path] = v.resource(path)
	}
	for id := range st.Teams() {
		put(line.Teams, id, v.team(id))
	}
	for id := range st.Users() {
		put(line.Users, id, v.user(id))
	}
	for id := range st.ServiceUsers() {
		put(line.ServiceUsers, id, v.serviceUser(id))
	}
	for id := range st.Tokens() {
		put(line.Tokens, id, v.token(id))
	}
	return line, nil
}

// put notes what there is.
func put[V any](into map[string]*V, id string, thing *V) {
	if thing != nil {
		into[id] = thing
	}
}

func (v view) line(kind string) *client.GateFeed {
	return &client.GateFeed{Kind: kind, Revision: v.Revision, Epoch: v.Epoch, At: v.At.UTC(), Resources: map[string]*client.FeedResource{},
		Teams: map[string]*client.FeedHolder{}, Users: map[string]*client.FeedUser{}, ServiceUsers: map[string]*client.FeedHolder{},
		Tokens: map[string]*client.FeedToken{}}
}

// Between tells what of a platform's facts differs from an older state that was told of: what is in it takes the place of what
// was, and null of what is not there any more. The line is a beat where nothing differs. States of two epochs have nothing to do with
// each other: the line is a full one.
func Between(older, st *state.State, slug string) (*client.GateFeed, error) {
	if older.Epoch != st.Epoch || older.Revision > st.Revision {
		return Full(st, slug)
	}
	b := between{then: view{older, slug}, now: view{st, slug}}
	b.line = b.now.line(client.FeedChange)
	switch was, is := older.Platform(slug), st.Platform(slug); {
	case is == nil:
		return nil, fault.New(fault.NotFound, "the platform %q is not attached any more", slug).In("platform")
	case was == nil:
		return Full(st, slug)
	case was != is: // records are never changed in place
		b.line.Platform = b.now.platform()
	}
	b.holders(st.Touched(older))
	b.credentials(st.SignInSince(older))
	if b.empty() {
		b.line.Kind = client.FeedBeat
	}
	return b.line, nil
}

type between struct {
	then, now view
	line      *client.GateFeed
}

func (b *between) empty() bool {
	l := b.line
	return l.Platform == nil && len(l.Resources)+len(l.Teams)+len(l.Users)+len(l.ServiceUsers)+len(l.Tokens)+len(l.Ended) == 0 && !l.EndedAll
}

// holders tells of everybody whose facts differ.
func (b *between) holders(t *state.Touched) {
	for path := range t.Resources {
		if access.SlugOf(path) == b.now.slug {
			b.line.Resources[path] = b.now.resource(path)
		}
	}
	users, services, teams := maps.Clone(t.Users), maps.Clone(t.ServiceUsers), maps.Clone(t.Teams)
	for h := range t.Holders {
		switch h.Kind {
		case access.User:
			users[h.ID] = true
		case access.ServiceUser:
			services[h.ID] = true
		case access.Team:
			teams[h.ID] = true
		case access.NoHolder, access.Agent:
		}
	}
	for id := range teams {
		if !replace(b.line.Teams, id, b.then.team(id), b.now.team(id)) {
			continue
		}
		if b.then.concerns(id) != b.now.concerns(id) { // its members come into the feed with it, and leave it
			for _, user := range slices.Concat(b.then.Members(id), b.now.Members(id)) {
				users[user] = true
			}
		}
	}
	for id := range users {
		if replace(b.line.Users, id, b.then.user(id), b.now.user(id)) {
			b.tokensOf(access.Subject{Kind: access.User, ID: id})
		}
		if was, is := b.then.User(id), b.now.User(id); was != nil && (is == nil || is.Inactive || !is.EndedBefore.Equal(was.EndedBefore)) {
			b.ended(id)
		}
	}
	for id := range services {
		if replace(b.line.ServiceUsers, id, b.then.serviceUser(id), b.now.serviceUser(id)) {
			b.tokensOf(access.Subject{Kind: access.ServiceUser, ID: id})
		}
	}
}

// replace notes what is now, where it is not what was, and tells whether that is so.
func replace[V any](into map[string]*V, id string, was, is *V) bool {
	if reflect.DeepEqual(was, is) { // a name was changed, or something on another platform
		return false
	}
	into[id] = is
	return true
}

// tokensOf tells of all tokens of somebody who may have come into the feed or left it.
func (b *between) tokensOf(h access.Subject) {
	if b.then.told(h) == b.now.told(h) {
		return
	}
	for t := range b.then.TokensOf(h) {
		b.token(t.Token)
	}
	for t := range b.now.TokensOf(h) {
		b.token(t.Token)
	}
}

func (b *between) token(id string) {
	replace(b.line.Tokens, id, b.then.token(id), b.now.token(id))
}

// credentials tells of tokens, and whose sessions to ask about anew.
func (b *between) credentials(s *state.Since) {
	for id := range s.Tokens {
		b.token(id)
	}
	for id := range s.Ended {
		b.ended(id)
	}
	b.line.EndedAll = s.Sessions
	slices.Sort(b.line.Ended)
	b.line.Ended = slices.Compact(b.line.Ended)
}

// ended notes that sessions of somebody may be over. Who is not in the feed may have a session at a gate all the same, with
// which nothing is allowed there; it is asked about anew when they come into the feed.
func (b *between) ended(user string) {
	if b.then.user(user) != nil || b.now.user(user) != nil {
		b.line.Ended = append(b.line.Ended, user)
	}
}
