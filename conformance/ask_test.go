package conformance

import (
	"fmt"
	"sort"
	"strings"
	"testing"
	"time"

	"bailiwick/access"
	"bailiwick/rolemodel"
)

// noon is the moment of every question here: no table depends on time.
var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// A cell is one cell of a vendor's table.
type cell struct{ Role, Permission string }

// An ask is one question that a cell decides.
type ask struct {
	Cell   cell
	Case   string // which grants the holder has: "editor on dagster/prod"
	Who    access.Subject
	Asked  string // permission name
	On     string
	Expect bool
}

// A wrong is an answer that differs from its cell.
type wrong struct {
	ask
	Got access.Decision
}

func (w wrong) String() string {
	return fmt.Sprintf("%s: %s on %s: the table says %v, the decision is %v (%v)",
		w.Case, w.Asked, w.On, w.Expect, w.Got.Allowed, w.Got.Code)
}

// compare puts every question and returns those answered against the table.
func compare(s *access.Snapshot, asks []ask) []wrong {
	var bad []wrong
	for _, a := range asks {
		got := s.Decide(access.Question{Subject: a.Who, Permission: a.Asked, Resource: a.On, At: noon})
		if got.Allowed != a.Expect {
			bad = append(bad, wrong{a, got})
		}
	}
	return bad
}

// report fails the test once for each wrong answer and logs how much was compared.
func report(t *testing.T, s *access.Snapshot, asks []ask) {
	t.Helper()
	for _, w := range compare(s, asks) {
		t.Error(w)
	}
	t.Logf("%d cells, %d questions", len(cellsIn(asks)), len(asks))
}

func cellsIn(asks []ask) map[cell]bool {
	cells := make(map[cell]bool)
	for _, a := range asks {
		cells[a.Cell] = true
	}
	return cells
}

// wrongCells names the cells behind wrong answers, each once, sorted.
func wrongCells(bad []wrong) []string {
	seen := make(map[string]bool)
	for _, w := range bad {
		seen[w.Cell.Role+" × "+w.Cell.Permission] = true
	}
	names := make([]string, 0, len(seen))
	for n := range seen {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// A world is a small organization with one platform, growing one holder at a time.
type world struct{ org access.Organization }

func newWorld(slug string, model *access.Model, settings map[string]string, resources ...access.Resource) *world {
	return &world{access.Organization{Name: "acme", Platforms: []access.Platform{
		{Slug: slug, Model: model, Settings: settings, Resources: resources},
	}}}
}

// user adds a user who holds exactly the grants "role@scope".
func (w *world) user(grants ...string) access.Subject {
	id := fmt.Sprintf("u%d@acme.test", len(w.org.Users))
	w.org.Users = append(w.org.Users, access.UserFacts{ID: id})
	return w.give(access.Subject{Kind: access.User, ID: id}, grants...)
}

// agent adds an agent who holds exactly the grants "role@scope".
func (w *world) agent(grants ...string) access.Subject {
	id := fmt.Sprintf("a%d", len(w.org.Agents))
	w.org.Agents = append(w.org.Agents, id)
	return w.give(access.Subject{Kind: access.Agent, ID: id}, grants...)
}

// serviceUser adds a service user who holds exactly the grants "role@scope".
func (w *world) serviceUser(id string, grants ...string) access.Subject {
	w.org.ServiceUsers = append(w.org.ServiceUsers, id)
	return w.give(access.Subject{Kind: access.ServiceUser, ID: id}, grants...)
}

// member adds a user with a license, whose only team holds exactly the grants "role@scope" with the categories.
func (w *world) member(platform, license string, categories []string, grants ...string) access.Subject {
	id := fmt.Sprintf("u%d@acme.test", len(w.org.Users))
	user := access.UserFacts{ID: id}
	if license != "" {
		user.Licenses = map[string]string{platform: license}
	}
	w.org.Users = append(w.org.Users, user)
	team := fmt.Sprintf("t%d", len(w.org.Teams))
	w.org.Teams = append(w.org.Teams, access.TeamFacts{Name: team, Members: []string{id}})
	first := len(w.org.Grants)
	w.give(access.Holder{Kind: access.Team, ID: team}, grants...)
	for i := first; i < len(w.org.Grants); i++ {
		w.org.Grants[i].Environments = categories
	}
	return access.Subject{Kind: access.User, ID: id}
}

func (w *world) give(to access.Holder, grants ...string) access.Holder {
	for _, g := range grants {
		role, on, _ := strings.Cut(g, "@")
		w.org.Grants = append(w.org.Grants, access.Grant{To: to, Role: role, On: on})
	}
	return to
}

func (w *world) build(t *testing.T) *access.Snapshot {
	t.Helper()
	s, err := access.Build(w.org, noon)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func edition(t *testing.T, name string) *access.Model {
	t.Helper()
	m, err := rolemodel.Edition(name)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// with returns a copy of a model in which one role's permissions are changed; the model itself stays as it is.
func with(t *testing.T, model *access.Model, role string, change func([]string) []string) *access.Model {
	t.Helper()
	changed := *model
	changed.Roles = append([]access.Role(nil), model.Roles...)
	for i := range changed.Roles {
		if changed.Roles[i].Name == role {
			changed.Roles[i].Permissions = change(append([]string(nil), changed.Roles[i].Permissions...))
			return &changed
		}
	}
	t.Fatalf("edition %s has no role %q", model.Edition, role)
	return nil
}
