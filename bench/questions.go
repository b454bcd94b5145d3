package main

import (
	"math/rand/v2"
	"strings"
	"time"

	"bailiwick/access"
)

// asked is the moment of every question; W has no grant that begins or ends.
var asked = time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC)

// A stream is the questions that every engine answers, in the order in which they are put, and the right answers.
type stream struct {
	names   []access.Question
	perms   []uint8 // place of the permission in the model
	answers []bool
	allowed int
}

// newStream draws questions about random users, permissions and locations. A permission that belongs to a deployment
// or to the organization is asked there, above the location drawn; the permissions of locations make four fifths.
func newStream(w *workload, n int) *stream {
	random := rand.New(rand.NewPCG(7, uint64(len(w.org.Users))))
	levels := map[string][]int{}
	for i, p := range w.model.Permissions {
		levels[p.At] = append(levels[p.At], i)
	}
	// Names are copies, so that no engine gains from comparing a string with itself; one copy of each, as a program
	// has just read them: what is measured is the lookup, not the fetching of a hundred thousand questions from memory.
	copies := map[string]string{}
	clone := func(name string) string {
		if copies[name] == "" {
			copies[name] = strings.Clone(name)
		}
		return copies[name]
	}
	s := &stream{names: make([]access.Question, n), perms: make([]uint8, n)}
	for i := range n {
		level, resource := drawLevel(random, w)
		p := levels[level][random.IntN(len(levels[level]))]
		s.perms[i] = uint8(p)
		s.names[i] = access.Question{
			Subject:    access.Subject{Kind: access.User, ID: clone(w.org.Users[random.IntN(len(w.org.Users))].ID)},
			Permission: clone(w.model.Permissions[p].Name),
			Resource:   clone(resource),
			At:         asked,
		}
	}
	return s
}

func drawLevel(random *rand.Rand, w *workload) (kind, path string) {
	l := random.IntN(len(w.locations))
	switch n := random.IntN(100); {
	case n < 80:
		return "code_location", w.locations[l]
	case n < 95:
		return "deployment", w.deployments[l/locations]
	default:
		return "organization", platform
	}
}

// answer fills in what the reference says.
func (s *stream) answer(r *reference) {
	s.answers, s.allowed = make([]bool, len(s.names)), 0
	for i, q := range s.names {
		s.answers[i] = r.decide(q)
		if s.answers[i] {
			s.allowed++
		}
	}
}

// first is the beginning of the stream, for the slower engines.
func (s *stream) first(n int) *stream {
	n = min(n, len(s.names))
	part := &stream{names: s.names[:n], perms: s.perms[:n], answers: s.answers[:n]}
	for _, yes := range part.answers {
		if yes {
			part.allowed++
		}
	}
	return part
}
