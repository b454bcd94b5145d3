package remote

import (
	"strconv"
	"time"

	"bailiwick/client"
)

const (
	// remembered is how long an answer about a session or an address counts that nothing has cut.
	remembered = 5 * time.Second
	// namedFor is how long the name of a token's subject is not asked for again.
	namedFor = 5 * time.Minute
	// mostRemembered bounds each list.
	mostRemembered = 20_000
)

// A visit is who somebody was found to be.
type visit struct {
	secret, origin string // of a session
	answer         client.GateSession
	asked          time.Time
}

// A named is what runs of a token's subject are tagged with.
type named struct {
	name  string
	until time.Time
}

// memory is what the server answered about callers. Whoever uses it holds the authority's mu.
type memory struct {
	visits   map[string]*visit // by hash of origin and secret
	sessions map[string]string // session id → key in visits
	byUser   map[string]map[string]bool
	people   map[string]*visit // by address
	names    map[string]named  // by token id

	// cuts says at which revision it was last said of a user that a session may be over; all, of everybody. An answer that the
	// server gave from older facts counts no more.
	cuts  map[string]int64
	ended map[string]int64 // of those, what was said of sessions and not of the user
	all   int64
	epoch int64
}

func newMemory() memory {
	return memory{visits: map[string]*visit{}, sessions: map[string]string{}, byUser: map[string]map[string]bool{}, people: map[string]*visit{}, names: map[string]named{},
		cuts: map[string]int64{}, ended: map[string]int64{}}
}

// cut forgets what a line says may be over.
func (m *memory) cut(line *client.GateFeed) {
	switch {
	case line.Kind == client.FeedBeat:
		return
	case line.Kind == client.FeedFull || line.EndedAll:
		m.epoch = line.Epoch
		m.everybody(line.Revision)
		return
	}
	for _, user := range line.Ended {
		m.user(user, line.Revision)
		m.ended[user] = line.Revision
	}
	for user := range line.Users { // whoever comes into the feed may have been away while sessions ended
		m.user(user, line.Revision)
	}
	for token := range line.Tokens {
		delete(m.names, token)
	}
}

func (m *memory) everybody(revision int64) {
	names := m.names
	*m = memory{epoch: m.epoch, all: revision}
	fresh := newMemory()
	m.visits, m.sessions, m.byUser, m.people, m.cuts, m.ended, m.names = fresh.visits, fresh.sessions, fresh.byUser, fresh.people, fresh.cuts, fresh.ended, names
}

func (m *memory) user(user string, revision int64) {
	if len(m.cuts) >= mostRemembered {
		m.everybody(revision)
	}
	m.cuts[user] = revision
	for key := range m.byUser[user] {
		m.forget(key)
	}
	for address, v := range m.people {
		if v.answer.User == user {
			delete(m.people, address)
		}
	}
}

func (m *memory) forget(key string) {
	v := m.visits[key]
	if v == nil {
		return
	}
	delete(m.visits, key)
	delete(m.byUser[v.answer.User], key)
	if len(m.byUser[v.answer.User]) == 0 {
		delete(m.byUser, v.answer.User)
	}
	if m.sessions[v.answer.Session] == key {
		delete(m.sessions, v.answer.Session)
	}
}

// counts tells whether an answer was given from facts as new as what is known of its user's sessions.
func (m *memory) counts(user string, from client.Facts) bool {
	return from.Epoch == m.epoch && from.Revision >= max(m.all, m.cuts[user])
}

// keep remembers an answer about a session.
func (m *memory) keep(key string, v *visit) {
	if len(m.visits) >= mostRemembered {
		for old := range m.visits { // whichever comes: it is asked about anew
			if m.forget(old); len(m.visits) < mostRemembered-mostRemembered/8 {
				break
			}
		}
	}
	m.forget(key)
	m.visits[key], m.sessions[v.answer.Session] = v, key
	if m.byUser[v.answer.User] == nil {
		m.byUser[v.answer.User] = map[string]bool{}
	}
	m.byUser[v.answer.User][key] = true
}

func visitKey(hash, origin string) string { return strconv.Itoa(len(origin)) + origin + hash }
