package feed

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/rolemodel"
)

// A Mirror is what a feed has told so far. It is for one goroutine; the snapshots and tokens that it returns do not change.
type Mirror struct {
	Revision, Epoch int64
	Snapshot        *access.Snapshot // nil before the first full line

	platform  *client.FeedPlatform
	model     *access.Model
	resources map[string]*client.FeedResource
	teams     map[string]*client.FeedHolder
	users     map[string]*client.FeedUser
	services  map[string]*client.FeedHolder
	tokens    map[string]*client.FeedToken // by id
	byHash    map[string]string            // hash → id
}

// manyChanges is how many small changes cost more than compiling anew.
const manyChanges = 4096

// Platform is the slug of the platform that is told of; "" before the first full line.
func (m *Mirror) Platform() string {
	if m.platform == nil {
		return ""
	}
	return m.platform.Slug
}

// User returns what is known of a user, or nil.
func (m *Mirror) User(id string) *client.FeedUser { return m.users[id] }

// ServiceUser returns what is known of a service user, or nil.
func (m *Mirror) ServiceUser(id string) *client.FeedHolder { return m.services[id] }

// Token returns a token's id and what is known of it by its hash; "" and nil where nothing is.
func (m *Mirror) Token(hash string) (id string, t *client.FeedToken) {
	id = m.byHash[hash]
	return id, m.tokens[id]
}

// TokenByID returns what is known of a token, or nil.
func (m *Mirror) TokenByID(id string) *client.FeedToken { return m.tokens[id] }

// Take takes a line into account. After an error whoever follows begins again, and the Snapshot is as it was, or nil.
func (m *Mirror) Take(line *client.GateFeed) error {
	switch {
	case line.Epoch < m.Epoch || line.Epoch == m.Epoch && line.Revision < m.Revision:
		// Another replica may be behind: what was taken back must not live again.
		return fmt.Errorf("the feed goes back from revision %d of epoch %d to revision %d of epoch %d", m.Revision, m.Epoch, line.Revision, line.Epoch)
	case line.Kind == client.FeedFull:
		return m.full(line)
	case m.Snapshot == nil:
		return fmt.Errorf("the feed began with a line of the kind %q and not with a full one", line.Kind)
	case line.Epoch != m.Epoch:
		return fmt.Errorf("the feed went on to epoch %d without a full line", line.Epoch)
	case line.Kind == client.FeedBeat:
		m.Revision = line.Revision
		return nil
	case line.Kind == client.FeedChange:
		return m.change(line)
	}
	return fmt.Errorf("the feed has a line of the kind %q, which this program does not know", line.Kind)
}

func (m *Mirror) full(line *client.GateFeed) error {
	if line.Platform == nil {
		return fmt.Errorf("the full line names no platform")
	}
	*m = Mirror{Revision: m.Revision, Epoch: m.Epoch, resources: map[string]*client.FeedResource{}, teams: map[string]*client.FeedHolder{}, users: map[string]*client.FeedUser{},
		services: map[string]*client.FeedHolder{}, tokens: map[string]*client.FeedToken{}, byHash: map[string]string{}}
	if err := m.attach(line.Platform); err != nil {
		return err
	}
	m.store(line)
	return m.build(line)
}

// attach takes the platform over, with its edition: that of this program by name, if it is the very same, or the operator's own.
func (m *Mirror) attach(p *client.FeedPlatform) error {
	var err error
	switch shipped, unknown := rolemodel.EditionHash(p.Edition); {
	case p.Text != "":
		if hash := rolemodel.Hash([]byte(p.Text)); hash != p.Hash {
			return fmt.Errorf("the text of edition %q is not the one that the platform is pinned to", p.Edition)
		}
		m.model, err = rolemodel.Load(p.Edition, []byte(p.Text))
	case unknown != nil || shipped != p.Hash:
		return fmt.Errorf("edition %q is not known to this program as the server has it: use the server's version", p.Edition)
	default:
		m.model, err = rolemodel.Edition(p.Edition)
	}
	m.platform = p
	return err
}

// store takes over what a line says.
func (m *Mirror) store(line *client.GateFeed) {
	merge(m.resources, line.Resources)
	merge(m.teams, line.Teams)
	merge(m.users, line.Users)
	merge(m.services, line.ServiceUsers)
	for id, t := range line.Tokens {
		if old := m.tokens[id]; old != nil {
			delete(m.byHash, old.Hash)
		}
		if t != nil {
			m.byHash[t.Hash] = id
		}
	}
	merge(m.tokens, line.Tokens)
}

func merge[V any](into, from map[string]*V) {
	for key, thing := range from {
		if thing == nil {
			delete(into, key)
			continue
		}
		into[key] = thing
	}
}

// build compiles everything anew.
func (m *Mirror) build(line *client.GateFeed) error {
	built, err := access.Build(m.organization(), line.At)
	if err != nil {
		m.Snapshot = nil
		return fmt.Errorf("compiling the feed: %w", err)
	}
	m.Snapshot, m.Revision, m.Epoch = built, line.Revision, line.Epoch
	return nil
}

// change derives the next snapshot.
func (m *Mirror) change(line *client.GateFeed) error {
	anew := line.Platform != nil
	if anew {
		if err := m.attach(line.Platform); err != nil {
			m.Snapshot = nil
			return err
		}
	}
	d := difference{m: m, line: line}
	if !anew {
		d.find()
	}
	m.store(line)
	if anew || len(d.changes) > manyChanges {
		return m.build(line)
	}
	next, err := m.Snapshot.Apply(d.changes...)
	if err != nil {
		return m.build(line) // the facts are what counts
	}
	m.Snapshot, m.Revision = next, line.Revision
	return nil
}

// organization is what access.Build compiles.
func (m *Mirror) organization() access.Organization {
	org := access.Organization{Name: m.platform.Slug, Platforms: []access.Platform{m.attached()}}
	for _, path := range slices.Sorted(maps.Keys(m.resources)) {
		org.Platforms[0].Resources = append(org.Platforms[0].Resources, resourceOf(path, m.resources[path]))
	}
	members := map[string][]string{}
	for id, u := range m.users {
		org.Users = append(org.Users, m.userOf(id, u))
		for _, team := range u.Teams {
			members[team] = append(members[team], id)
		}
		org.Grants = append(org.Grants, grantsOf(access.Holder{Kind: access.User, ID: id}, u.Grants)...)
	}
	for id, s := range m.services {
		org.ServiceUsers = append(org.ServiceUsers, id)
		org.Grants = append(org.Grants, grantsOf(access.Holder{Kind: access.ServiceUser, ID: id}, s.Grants)...)
	}
	for id, t := range m.teams {
		org.Teams = append(org.Teams, access.TeamFacts{Name: id, Members: members[id]})
		org.Grants = append(org.Grants, grantsOf(access.Holder{Kind: access.Team, ID: id}, t.Grants)...)
	}
	return org
}

func (m *Mirror) attached() access.Platform {
	p := access.Platform{Slug: m.platform.Slug, Model: m.model, Plan: m.platform.Plan, Settings: m.platform.Settings}
	for _, r := range m.platform.Roles {
		role := access.Role{Name: r.Name, At: r.At, Permissions: r.Permissions, BasedOn: r.BasedOn, Custom: true}
		for _, word := range r.Holders {
			role.Holders = append(role.Holders, access.ParseHolderKind(word))
		}
		p.Roles = append(p.Roles, role)
	}
	return p
}

func (m *Mirror) userOf(id string, u *client.FeedUser) access.UserFacts {
	facts := access.UserFacts{ID: id, Inactive: u.Inactive}
	if u.Member {
		facts.On = []string{m.platform.Slug}
	}
	if u.License != "" {
		facts.Licenses = map[string]string{m.platform.Slug: u.License}
	}
	return facts
}

func resourceOf(path string, r *client.FeedResource) access.Resource {
	return access.Resource{Path: path, Category: r.Category, Settings: r.Settings}
}

func grantsOf(to access.Holder, told []client.FeedGrant) []access.Grant {
	var list []access.Grant
	for _, g := range told {
		list = append(list, access.Grant{To: to, Role: g.Role, On: g.On, Environments: g.Environments, From: moment(g.From), Until: moment(g.Until)})
	}
	return list
}

func moment(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}
