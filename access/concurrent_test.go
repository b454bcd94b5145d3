package access_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bailiwick/access"
	"bailiwick/rolemodel"
)

var noon = time.Date(2027, 1, 1, 12, 0, 0, 0, time.UTC)

// crowd is an organization of n users, each viewer on dagster/prod through a team, and one editor.
func crowd(t testing.TB, n int) access.Organization {
	t.Helper()
	model, err := rolemodel.Edition("dagster-plus")
	if err != nil {
		t.Fatal(err)
	}
	org := access.Organization{Name: "crowd", Platforms: []access.Platform{{Slug: "dagster", Model: model,
		Resources: []access.Resource{{Path: "dagster/prod"}, {Path: "dagster/prod/etl"}}}}}
	team := access.TeamFacts{Name: "all"}
	for i := range n {
		id := fmt.Sprintf("u%04d@acme.test", i)
		org.Users = append(org.Users, access.UserFacts{ID: id})
		team.Members = append(team.Members, id)
	}
	org.Teams = []access.TeamFacts{team}
	org.Grants = []access.Grant{{To: access.Holder{Kind: access.Team, ID: "all"}, Role: "viewer", On: "dagster/prod"}}
	return org
}

func user(id string) access.Subject { return access.Subject{Kind: access.User, ID: id} }

// TestConcurrentReadersNeverSeeARevokedGrant is attack 38: while grants come and go, a reader that begins after a
// revocation was published never gets a yes, and a snapshot in hand never changes its answers.
func TestConcurrentReadersNeverSeeARevokedGrant(t *testing.T) {
	org := crowd(t, 300)
	first, err := access.Build(org, noon)
	if err != nil {
		t.Fatal(err)
	}
	grant := access.Grant{To: user("u0007@acme.test"), Role: "editor", On: "dagster/prod"}
	ask := access.Question{Subject: grant.To, Permission: "assets.wipe", Resource: "dagster/prod/etl", At: noon}
	type published struct {
		snapshot *access.Snapshot
		granted  bool
	}
	var now atomic.Pointer[published]
	now.Store(&published{first, false})
	var done atomic.Bool
	var readers sync.WaitGroup
	for range 4 {
		readers.Add(1)
		go func() {
			defer readers.Done()
			for !done.Load() {
				p := now.Load()
				if got := p.snapshot.Decide(ask).Allowed; got != p.granted {
					t.Errorf("decided %v where the grant is %v", got, p.granted)
					return
				}
				p.snapshot.Explain(ask)
				p.snapshot.SearchSubjects(ask.Permission, ask.Resource, noon)
			}
		}()
	}
	s := first
	for i := range 300 {
		change := []access.Change{access.AddGrant{Grant: grant}, access.RemoveGrant{Grant: grant}}[i%2]
		next, err := s.Apply(change, access.AddGrant{Grant: access.Grant{To: access.Holder{Kind: access.Team, ID: "all"}, Role: "launcher", On: "dagster/prod",
			From: noon.Add(time.Duration(i+1) * time.Hour), Until: noon.Add(time.Duration(i+2) * time.Hour)}})
		if err != nil {
			t.Fatal(err)
		}
		s = next
		now.Store(&published{s, i%2 == 0})
	}
	done.Store(true)
	readers.Wait()
	if first.Decide(ask).Allowed {
		t.Error("the first snapshot has changed its answer")
	}
}
