package history

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"bailiwick/event"
	"bailiwick/internal/fault"
	"bailiwick/internal/journal"
)

// An index knows, for one organization, in which rows of the journal each actor, type, target and platform occurs: some forty
// bytes a row, so that nobody's question scans the journal. It holds opaque ids and no personal data. It is read from the
// journal when it is first asked for, and then follows it.
type index struct {
	mu    sync.RWMutex
	upto  int64
	at    []int64             // microseconds, of each revision from 1
	words map[string][]uint32 // revisions, ascending
	// own has a holder's rows that name no platform; concerns, the platforms whose rows they are.
	own      map[string][]uint32
	concerns map[string][]string
	tokens   map[string]token
	links    map[string]string // link → user
	names    map[string]string // "team:team_…" → the last name; of people names are personal, and not here
	editions map[string]string // slug → edition
}

type token struct{ kind, subject string }

func newIndex() *index {
	return &index{words: map[string][]uint32{}, own: map[string][]uint32{}, concerns: map[string][]string{}, tokens: map[string]token{},
		links: map[string]string{}, names: map[string]string{}, editions: map[string]string{}}
}

// The first letters of words, by what they are of.
const (
	wordActor  = "a "
	wordType   = "t "
	wordVia    = "v "
	wordTarget = "x "
	wordEvent  = "e "
	wordSlug   = "p "
)

// follow reads what was appended since.
func (x *index) follow(ctx context.Context, j *journal.Journal, organization string) error {
	head, err := j.Head(ctx, organization)
	if err != nil {
		return err
	}
	x.mu.RLock()
	current := x.upto >= head.Revision
	x.mu.RUnlock()
	if current {
		return nil
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if head.Revision >= math.MaxUint32 {
		return fault.New(fault.Internal, "the journal of %s has more rows than the audit log can look through", organization)
	}
	if x.upto >= head.Revision {
		return nil
	}
	return j.Read(ctx, organization, x.upto, head.Revision, x.add)
}

func (x *index) add(r *journal.Record) error {
	e, err := event.Decode(event.Encoded{Type: r.Type, Version: r.Version, Facts: r.Facts})
	if err != nil {
		return fmt.Errorf("revision %d: %w", r.Revision, err)
	}
	x.note(e)
	a := x.aboutOf(e)
	row := uint32(r.Revision) //nolint:gosec // follow has looked
	x.word(wordActor+r.Actor, row)
	x.word(wordType+r.Type, row)
	x.word(wordVia+r.Via, row)
	for _, target := range a.targets {
		x.target(target, row)
	}
	if name := x.dagster(r.Type, a); name != "" {
		x.word(wordEvent+name, row)
	}
	x.platforms(a, row)
	x.upto, x.at = r.Revision, append(x.at, r.At.UnixMicro())
	return nil
}

// word notes a row, once.
func (x *index) word(word string, row uint32) {
	list := x.words[word]
	if n := len(list); n > 0 && list[n-1] == row {
		return
	}
	x.words[word] = append(list, row)
}

// target notes a target; a path with all above it.
func (x *index) target(target string, row uint32) {
	x.word(wordTarget+target, row)
	if !isPath(target) {
		return
	}
	for i := len(target) - 1; i > 0; i-- {
		if target[i] == '/' {
			x.word(wordTarget+target[:i], row)
		}
	}
}

// platforms notes whose row it is. One that names no platform is a row of those that its holder has to do with, from the
// holder's first row on: so the rows before the one that tells are entered late.
func (x *index) platforms(a *about, row uint32) {
	for _, slug := range a.slugs {
		x.word(wordSlug+slug, row)
		if len(a.targets) < 2 || isPath(a.targets[0]) {
			continue
		}
		if holder := a.targets[0]; !strings.HasPrefix(holder, "role:") && !slices.Contains(x.concerns[holder], slug) {
			x.concerns[holder] = append(x.concerns[holder], slug)
			for _, early := range x.own[holder] {
				x.late(wordSlug+slug, early)
			}
		}
	}
	if len(a.slugs) > 0 || a.owner == "" {
		return
	}
	x.own[a.owner] = append(x.own[a.owner], row)
	for _, slug := range x.concerns[a.owner] {
		x.word(wordSlug+slug, row)
	}
}

func (x *index) late(word string, row uint32) {
	list := x.words[word]
	if i, there := slices.BinarySearch(list, row); !there {
		x.words[word] = slices.Insert(list, i, row)
	}
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
func (x *index) rowsOf(lists [][]string) (rows []uint32, all bool) {
	all = true
	slices.SortFunc(lists, func(a, b []string) int { return x.size(a) - x.size(b) })
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

func (x *index) size(words []string) int {
	n := 0
	for _, w := range words {
		n += len(x.words[w])
	}
	return n
}

func (x *index) union(words []string) []uint32 {
	var all []uint32
	for _, w := range words {
		all = append(all, x.words[w]...)
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
