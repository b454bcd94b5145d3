package change_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/change"
	"bailiwick/internal/decide"
	"bailiwick/internal/journal"
	"bailiwick/rolemodel"
)

// large makes a file of 10,000 users, 500 teams of 100, 14,000 grants and 1,050 resources.
func large(t testing.TB) *accessfile.File {
	t.Helper()
	const users, teams, deployments, locations = 10_000, 500, 50, 20
	random := rand.New(rand.NewPCG(7, users))
	model, err := rolemodel.Edition("dagster-plus")
	if err != nil {
		t.Fatal(err)
	}
	f := &accessfile.File{Platforms: map[string]accessfile.Attachment{"dagster": {Model: "dagster-plus"}}}
	org := &f.Organization
	org.Name = acme
	directory, err := rolemodel.Edition("bailiwick")
	if err != nil {
		t.Fatal(err)
	}
	p := access.Platform{Slug: "dagster", Model: model}
	for d := range deployments {
		path := fmt.Sprintf("dagster/deployment-%02d", d)
		p.Resources = append(p.Resources, access.Resource{Path: path})
		for l := range locations {
			p.Resources = append(p.Resources, access.Resource{Path: fmt.Sprintf("%s/location-%02d", path, l)})
		}
	}
	org.Platforms = []access.Platform{{Slug: "org", Model: directory}, p}
	give := func(kind access.HolderKind, id, role, on string) {
		org.Grants = append(org.Grants, access.Grant{To: access.Holder{Kind: kind, ID: id}, Role: role, On: on})
	}
	for i := range teams {
		name := fmt.Sprintf("team-%03d", i)
		org.Teams = append(org.Teams, access.TeamFacts{Name: name})
		for d := range 5 {
			give(access.Team, name, []string{"viewer", "launcher", "editor"}[random.IntN(3)], fmt.Sprintf("dagster/deployment-%02d", (i+d*10)%deployments))
		}
	}
	for i := range users {
		id := fmt.Sprintf("person-%05d@acme.test", i)
		org.Users = append(org.Users, access.UserFacts{ID: id})
		for n := range 5 {
			team := &org.Teams[(i+n*97)%teams]
			team.Members = append(team.Members, id)
		}
		on := fmt.Sprintf("dagster/deployment-%02d", i%deployments)
		give(access.User, id, "viewer", on)
		if i%20 == 7 {
			for l := range 3 {
				give(access.User, id, "editor", fmt.Sprintf("%s/location-%02d", on, l))
			}
		}
	}
	text, err := accessfile.Write(f)
	if err != nil {
		t.Fatal(err)
	}
	read, err := accessfile.Read("acme.yaml", text, nil)
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// BenchmarkApply applies a large file: by the owner who attaches the platform, and by an administrator of a platform that
// is there, who must be allowed every single line. The target is 5 s.
func BenchmarkApply(b *testing.B) {
	f := large(b)
	for name, before := range map[string][]client.Command{
		"with the platform": nil,
		"by an administrator": {client.PlatformAttach{Platform: "dagster", Model: "dagster-plus"}, client.UserAdd{NewUser: client.NewUser{Email: "ada@acme.test"}},
			grant("user:ada@acme.test", "organization_admin", "dagster")},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				s, actor, stop := served(b, before)
				b.StartTimer()
				if _, err := s.Apply(context.Background(), acme, actor, change.How{}, change.PlanRequest{File: f}); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				stop()
				b.StartTimer()
			}
		})
	}
}

// served makes an organization with its owner, carries out commands, and returns the last person whom they made.
func served(b *testing.B, before []client.Command) (*change.Service, change.Actor, func()) {
	b.Helper()
	ctx := context.Background()
	check := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	j, err := journal.Open(ctx, "sqlite:"+filepath.Join(b.TempDir(), "bailiwick.db"), journal.Options{Now: time.Now})
	check(err)
	e, err := decide.Open(ctx, j, decide.Options{Logger: slog.New(slog.DiscardHandler)})
	check(err)
	s := change.New(j, e, change.Options{Mint: func(string) (string, string, string, error) { return "secret", "hash", "last", nil }})
	r, err := s.Create(ctx, change.Actor{Rule: change.RuleSetup}, change.Setup{Organization: acme, Email: "olga@acme.test"})
	check(err)
	actor := change.Actor{Subject: access.Subject{Kind: access.User, ID: r.Results[0].ID}}
	if len(before) > 0 {
		r, err = s.Do(ctx, acme, actor, change.How{}, before...)
		check(err)
		for _, made := range r.Results {
			if made.Do == "user.add" {
				actor.Subject.ID = made.ID
			}
		}
	}
	return s, actor, func() {
		s.Close()
		e.Close()
		check(j.Close())
	}
}
