package history

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"bailiwick/event"
	"bailiwick/internal/journal"
	"bailiwick/internal/state"
)

// An index knows, for one organization, in which rows of the journal each actor, type, target and platform occurs: some forty
// bytes a row, so that nobody's question scans the journal. It holds opaque ids and no personal data. It is read from the
// journal in the background, and then follows it; until it is ready, questions are answered without it (see scan).
type index struct {
	following sync.Mutex  // held by who reads the journal
	ready     atomic.Bool // it has been as new as the journal
	building  atomic.Bool

	mu     sync.RWMutex
	failed error // of the last building; told once
	upto   int64
	at     []int64           // microseconds, of each revision from 1
	words  map[word]*posting // where each occurs
	// own has a holder's rows that name no platform; concerns, the platforms whose rows they are.
	own      map[string][]uint32
	concerns map[string][]string
	lately   []*posting // with rows that wait to be put in their places
	tokens   map[string]token
	links    map[string]string // link → user
	names    map[string]string // "team:team_…" → the last name; of people names are personal, and not here
	editions map[string]string // slug → edition
}

type token struct{ kind, subject string }

// A word is something that a row can be found by. It is a key of a map without a new text being made for it.
type word struct {
	of   byte
	text string
}

// What words are of.
const (
	ofActor  = 'a'
	ofType   = 't'
	ofVia    = 'v'
	ofTarget = 'x'
	ofEvent  = 'e'
	ofSlug   = 'p'
)

// A posting has the revisions of one word.
type posting struct {
	rows []uint32 // ascending
	late []uint32 // revisions between those, to be put in their places together
}

// newIndex makes an index that has no rows yet. What the state knows of tokens, editions and whose rows concern which platforms
// is in it from the start: so rows are shown right before it is built, and few of them are entered late.
func newIndex(st *state.State) *index {
	x := &index{words: map[word]*posting{}, own: map[string][]uint32{}, concerns: map[string][]string{}, tokens: map[string]token{},
		links: map[string]string{}, names: map[string]string{}, editions: map[string]string{}}
	for id, t := range st.Tokens() {
		x.tokens[id] = token{kind: t.Kind, subject: t.Subject}
	}
	for _, slug := range st.Slugs() {
		x.editions[slug] = st.Platform(slug).Edition
	}
	for _, g := range st.Grants() {
		slug, _, _ := strings.Cut(g.On, "/")
		x.concern(g.To.String(), slug)
	}
	for id, u := range st.Users() {
		for _, slug := range slices.Concat(u.On, u.SignedIn, slices.Collect(maps.Keys(u.Licenses))) {
			x.concern("user:"+id, slug)
		}
	}
	return x
}

// add enters one row. The caller holds the index.
func (x *index) add(r *journal.Record) error {
	e, err := event.Decode(event.Encoded{Type: r.Type, Version: r.Version, Facts: r.Facts})
	if err != nil {
		return fmt.Errorf("revision %d: %w", r.Revision, err)
	}
	x.note(e)
	a := x.aboutOf(e)
	row := uint32(r.Revision) //nolint:gosec // follow has looked
	x.platforms(a, row)
	x.wordsOf(r, a, func(w word) { x.enter(w, row) })
	x.upto, x.at = r.Revision, append(x.at, r.At.UnixMicro())
	return nil
}

// wordsOf visits what a row is found by; a path with all above it.
func (x *index) wordsOf(r *journal.Record, a *about, visit func(word)) {
	visit(word{ofActor, r.Actor})
	visit(word{ofType, r.Type})
	visit(word{ofVia, r.Via})
	for _, target := range a.targets {
		visit(word{ofTarget, target})
		if !isPath(target) {
			continue
		}
		for i := len(target) - 1; i > 0; i-- {
			if target[i] == '/' {
				visit(word{ofTarget, target[:i]})
			}
		}
	}
	if name := x.dagster(r.Type, a); name != "" {
		visit(word{ofEvent, name})
	}
	slugs := a.slugs
	if len(slugs) == 0 && a.owner != "" {
		slugs = x.concerns[a.owner]
	}
	for _, slug := range slugs {
		visit(word{ofSlug, slug})
	}
}

func (x *index) posting(w word) *posting {
	p := x.words[w]
	if p == nil {
		p = &posting{}
		w.text = strings.Clone(w.text) // it may be a part of a longer one
		x.words[w] = p
	}
	return p
}

// enter notes a row, once.
func (x *index) enter(w word, row uint32) {
	p := x.posting(w)
	if n := len(p.rows); n == 0 || p.rows[n-1] != row {
		p.rows = append(p.rows, row)
	}
}

// platforms notes whose row it is. One that names no platform is a row of those that its holder has to do with, from the
// holder's first row on: so the rows before the one that tells are entered late.
func (x *index) platforms(a *about, row uint32) {
	if len(a.slugs) == 0 && a.owner != "" {
		x.own[a.owner] = append(x.own[a.owner], row)
	}
	if len(a.targets) < 2 || isPath(a.targets[0]) || strings.HasPrefix(a.targets[0], "role:") {
		return
	}
	for _, slug := range a.slugs {
		holder := a.targets[0]
		early := x.own[holder]
		if !x.concern(holder, slug) || len(early) == 0 {
			continue
		}
		p := x.posting(word{ofSlug, slug})
		if len(p.late) == 0 {
			x.lately = append(x.lately, p)
		}
		p.late = append(p.late, early...)
	}
}

// concern notes that a holder's rows are a platform's too; false where that is known.
func (x *index) concern(holder, slug string) bool {
	if slices.Contains(x.concerns[holder], slug) {
		return false
	}
	x.concerns[holder] = append(x.concerns[holder], slug)
	return true
}

// settle puts the late rows in their places, all at once: one by one, each would move all that come after it.
func (x *index) settle() {
	for _, p := range x.lately {
		slices.Sort(p.late)
		p.rows, p.late = merge(p.rows, p.late), nil
	}
	x.lately = nil
}

// merge puts two ascending lists together.
func merge(a, b []uint32) []uint32 {
	both := make([]uint32, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if a[0] <= b[0] {
			both, a = append(both, a[0]), a[1:]
		} else {
			both, b = append(both, b[0]), b[1:]
		}
	}
	return slices.Compact(append(append(both, a...), b...))
}

// note remembers what later rows only name by id.
func (x *index) note(e event.Event) {
	switch e := e.(type) {
	case *event.TokenIssued:
		x.tokens[e.Token] = token{kind: e.Kind, subject: e.Subject}
	case *event.LinkOpened:
		x.links[e.Link] = e.User
	case *event.TeamCreated:
		x.names["team:"+e.Team] = e.Name
	case *event.TeamRenamed:
		x.names["team:"+e.Team] = e.Name
	case *event.ServiceUserCreated:
		x.names["service_user:"+e.ServiceUser] = e.Name
	case *event.ServiceUserChanged:
		x.names["service_user:"+e.ServiceUser] = e.Name
	case *event.ProviderPut:
		x.names["provider:"+e.Provider] = e.Name
	case *event.WebhookPut:
		x.names["webhook:"+e.Webhook] = e.URL
	case *event.PlatformAttached:
		x.editions[e.Slug] = e.Edition
	case *event.PlatformChanged:
		x.editions[e.Slug] = e.Edition
	}
}

// Rows of a filter: what each of the lists lets through, together. Nil lists filter nothing.

// rowsOf returns the revisions that have one word of each list, ascending; all is true where there is no list.
func (x *index) rowsOf(lists [][]word) (rows []uint32, all bool) {
	all = true
	slices.SortFunc(lists, func(a, b []word) int { return x.size(a) - x.size(b) })
	for _, list := range lists {
		found := x.union(list)
		if all {
			rows, all = found, false
			continue
		}
		rows = intersect(rows, found)
	}
	return rows, all
}

func (x *index) size(words []word) int {
	n := 0
	for _, w := range words {
		n += len(x.rows(w))
	}
	return n
}

func (x *index) rows(w word) []uint32 {
	if p := x.words[w]; p != nil {
		return p.rows
	}
	return nil
}

func (x *index) union(words []word) []uint32 {
	var all []uint32
	for _, w := range words {
		all = append(all, x.rows(w)...)
	}
	if len(words) > 1 {
		slices.Sort(all)
		all = slices.Compact(all)
	}
	return all
}

// intersect keeps of the shorter list what is in the longer one.
func intersect(short, long []uint32) []uint32 {
	var both []uint32
	for _, row := range short {
		i, there := slices.BinarySearch(long, row)
		if there {
			both = append(both, row)
		}
		long = long[i:]
	}
	return both
}

// before is the last revision that was written before a moment.
func (x *index) before(moment time.Time) int64 {
	micros := moment.UnixMicro()
	return int64(sort.Search(len(x.at), func(i int) bool { return x.at[i] >= micros }))
}
