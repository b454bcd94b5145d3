package state

import (
	"sync"
	"time"

	"github.com/tidwall/btree"

	"bailiwick/access"
	"bailiwick/event"
)

// A State is everything that is true of one organization after a row of its journal.
type State struct {
	Organization string // key of its journal
	Revision     int64  // of the last row folded; 0 before the first
	Epoch        int64
	At           time.Time // of the last row folded

	// Access decides. Its subjects and teams are named by opaque ids.
	Access *access.Snapshot

	Settings map[string]string
	Tests    []event.Test
	// Setup is the open setup link's hash; "" where none is open. SetupDone closes setup for good.
	Setup      string
	SetupUntil time.Time
	SetupDone  bool

	directory
	copying *sync.Mutex // makes copies take turns: a copy touches what it copies
	found   *found      // of this state alone
}

// directory is the part of a State that is copied as a whole, at a cost that does not depend on its size.
type directory struct {
	numbers   int32 // the last integer id given out
	platforms map[string]*Platform
	signIns   map[string]int // people who ever signed in, by platform; those who are gone too
	editions  map[string]*event.EditionStored
	users     *btree.Map[string, *User]
	emails    *btree.Map[string, string] // e-mail → id
	byName    *btree.Map[string, string] // sort key of a user → id
	services  *btree.Map[string, *ServiceUser]
	svcNames  *btree.Map[string, string]
	agents    *btree.Map[string, *Agent]
	teams     *btree.Map[string, *Team]
	teamNames *btree.Map[string, string]
	members   *btree.Map[string, struct{}] // team id, 0, user id
	resources *btree.Map[string, *Resource]
	grants    *btree.Map[string, *Grant] // by holder, see lineKey
	scopes    *btree.Map[string, *Grant] // by scope
	tokens    *btree.Map[string, *Token]
	hashes    *btree.Map[string, string] // hash → token id
	owned     *btree.Map[string, string] // subject, 0, token id

	links        *btree.Map[string, *Link]
	linkHashes   *btree.Map[string, string] // hash → link id
	linksOf      *btree.Map[string, string] // user id, 0, link id
	identities   *btree.Map[string, *Identity]
	identitiesOf *btree.Map[string, string] // user id, 0, identity id
	accounts     *btree.Map[string, string] // issuer, 0, subject → identity id
	ended        *btree.Map[string, *event.SessionEnded]
	endedLimit   int                  // how many of ended are too many
	providers    map[string]*Provider // never changed once it is in a State, as is glass
	glass        []*BreakGlass
	webhooks     map[string]*Webhook // never changed once it is in a State
}

// Empty returns the state of an organization before its first event.
func Empty(organization string) *State {
	empty, err := access.Build(access.Organization{Name: organization}, time.Unix(0, 0))
	if err != nil {
		panic("state: an organization without anything must compile: " + err.Error())
	}
	return &State{Organization: organization, Access: empty, Settings: map[string]string{}, copying: &sync.Mutex{}, found: &found{}, directory: directory{
		platforms: map[string]*Platform{}, signIns: map[string]int{}, editions: map[string]*event.EditionStored{},
		users: &btree.Map[string, *User]{}, emails: &btree.Map[string, string]{}, byName: &btree.Map[string, string]{},
		services: &btree.Map[string, *ServiceUser]{}, svcNames: &btree.Map[string, string]{},
		agents: &btree.Map[string, *Agent]{},
		teams:  &btree.Map[string, *Team]{}, teamNames: &btree.Map[string, string]{}, members: &btree.Map[string, struct{}]{},
		resources: &btree.Map[string, *Resource]{}, grants: &btree.Map[string, *Grant]{}, scopes: &btree.Map[string, *Grant]{},
		tokens: &btree.Map[string, *Token]{}, hashes: &btree.Map[string, string]{}, owned: &btree.Map[string, string]{},
		links: &btree.Map[string, *Link]{}, linkHashes: &btree.Map[string, string]{}, linksOf: &btree.Map[string, string]{},
		identities: &btree.Map[string, *Identity]{}, identitiesOf: &btree.Map[string, string]{}, accounts: &btree.Map[string, string]{},
		ended: &btree.Map[string, *event.SessionEnded]{}, endedLimit: manySessions, providers: map[string]*Provider{},
	}}
}

func (d *directory) copy() directory {
	c := *d
	c.users, c.emails, c.byName = d.users.Copy(), d.emails.Copy(), d.byName.Copy()
	c.services, c.svcNames, c.agents = d.services.Copy(), d.svcNames.Copy(), d.agents.Copy()
	c.teams, c.teamNames, c.members = d.teams.Copy(), d.teamNames.Copy(), d.members.Copy()
	c.resources, c.grants, c.scopes = d.resources.Copy(), d.grants.Copy(), d.scopes.Copy()
	c.tokens, c.hashes, c.owned = d.tokens.Copy(), d.hashes.Copy(), d.owned.Copy()
	c.links, c.linkHashes, c.linksOf = d.links.Copy(), d.linkHashes.Copy(), d.linksOf.Copy()
	c.identities, c.identitiesOf, c.accounts = d.identities.Copy(), d.identitiesOf.Copy(), d.accounts.Copy()
	c.ended = d.ended.Copy()
	return c
}

// Moment returns the decision time: the later of the clock and the last row, so that a clock set back revives nothing.
func (s *State) Moment(clock time.Time) time.Time {
	if clock.Before(s.At) {
		return s.At
	}
	return clock
}

// Decide answers a question about opaque ids.
func (s *State) Decide(q access.Question) access.Decision { return s.Access.Decide(q) }

// SignIns returns how many people ever signed in to a platform, those who are gone since included.
func (s *State) SignIns(slug string) int { return s.signIns[slug] }

// LastNumber returns the last integer id that was given out.
func (s *State) LastNumber() int32 { return s.numbers }
