package server

import (
	"context"
	"fmt"
	"slices"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/examples"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/change"
	"bailiwick/internal/console"
	"bailiwick/internal/history"
	"bailiwick/internal/state"
)

// A story makes the demo's organization: ninety days in which people came, got roles, lost some, and one left.
type story struct {
	p     *product
	clock *demoClock
	ada   change.Actor
	more  string // what else is there to try

	tokens []sample
}

// A sample is somebody of the demo whose token is printed.
type sample struct{ who, does, secret string }

// demoPeople returns those as whom anybody may look around in a browser: from both sides of a refusal.
func demoPeople() []console.Person {
	return []console.Person{
		{Email: demoOwner, Name: "Ada Byrne", About: "owner of the directory"},
		{Email: demoAdministrator, Name: "Grace Holm", About: "administers every platform"},
		{Email: "paula@acme.test", Name: "Paula Reyes", About: "marketing: Viewer in Dagster"},
		{Email: "priya@acme.test", Name: "Priya Raman", About: "data engineering: Launcher in Dagster, Editor in its code location ingest"},
		{Email: "lena@acme.test", Name: "Lena Voss", About: "analytics: Editor in Dagster, dbt by her team's permission sets"},
		{Email: "iris@acme.test", Name: "Iris Chen", About: "auditor: reads everything, changes nothing"},
		{Email: "farid@acme.test", Name: "Farid Nasser", About: "a Read-Only license in dbt"},
	}
}

const (
	demoOrganization = "acme"
	demoFounder      = "harald@acme.test" // set everything up, moved on, and is still administrator of two platforms
	demoOwner        = "ada@acme.test"
	// demoAdministrator holds the top role on every platform.
	demoAdministrator = "grace@acme.test"
	demoDays          = 90
	demoStages        = 8
	neverVisits       = 8       // one person of so many was never there
	visitedWithin     = 30 * 24 // hours
)

func (s *story) tell(ctx context.Context) error {
	today := time.Now()
	s.clock.set(today.AddDate(0, 0, -demoDays))
	defer s.clock.told.Store(nil)
	file, err := accessfile.Read("acme.yaml", examples.Acme(), nil)
	if err != nil {
		return err
	}
	r, err := s.p.changes.Create(ctx, change.Actor{Rule: change.RuleSetup, Via: "demo"}, change.Setup{Organization: demoOrganization, Name: file.Names[demoFounder], Email: demoFounder})
	if err != nil {
		return err
	}
	actor := change.Actor{Subject: access.Subject{Kind: access.User, ID: r.Results[0].ID}, Via: "demo"}
	for stage := 1; stage <= demoStages; stage++ {
		s.pass(time.Duration(stage) * 20 * time.Hour)
		if _, err := s.p.changes.Apply(ctx, demoOrganization, actor, change.How{}, change.PlanRequest{File: until(file, stage)}); err != nil {
			return fmt.Errorf("stage %d: %w", stage, err)
		}
		if stage > 1 {
			continue
		}
		if s.ada, err = s.person(demoOwner); err != nil {
			return err
		}
		if actor, err = s.person(demoAdministrator); err != nil {
			return err
		}
		if err := s.token(ctx, sample{who: demoOwner, does: "owner: may do everything in the directory"}, s.ada, client.NewToken{Kind: "user"}); err != nil {
			return err
		}
	}
	if err := s.happen(ctx, actor); err != nil {
		return err
	}
	s.clock.set(today.AddDate(0, 0, -1))
	if _, err := s.p.changes.Apply(ctx, demoOrganization, s.ada, change.How{}, change.PlanRequest{File: file, Prune: true}); err != nil {
		return err
	}
	s.clock.told.Store(nil)
	if err := s.visit(today); err != nil {
		return err
	}
	return s.issue(ctx)
}

// visit has most people sign in within the last weeks; some were never there, and the founder moved on.
func (s *story) visit(today time.Time) error {
	st, err := s.p.engine.Current(demoOrganization)
	if err != nil {
		return err
	}
	for _, u := range st.ListUsers(state.UserQuery{Sort: "email", Limit: 100}).Users {
		n := int(u.Number)
		if u.Inactive || u.Email == demoFounder || n%neverVisits == 0 {
			continue
		}
		s.p.history.Record(demoOrganization, history.Activity{Subject: access.Subject{Kind: access.User, ID: u.ID}.String(), Operation: "sign_in", Result: "allowed",
			Reason: "demo", Via: "signin", At: today.Add(-time.Duration(1+n*n*17%visitedWithin) * time.Hour)})
	}
	return nil
}

// person returns somebody of the demo as an actor.
func (s *story) person(email string) (change.Actor, error) {
	st, err := s.p.engine.Current(demoOrganization)
	if err != nil {
		return change.Actor{}, err
	}
	u := st.UserByEmail(email)
	if u == nil {
		return change.Actor{}, fmt.Errorf("there is no %s", email)
	}
	return change.Actor{Subject: access.Subject{Kind: access.User, ID: u.ID}, Via: "demo"}, nil
}

func (s *story) pass(d time.Duration) { s.clock.set(s.clock.now().Add(d)) }

// until is the organization as it was at a stage: whoever is not there yet has nothing yet.
func until(file *accessfile.File, stage int) *accessfile.File {
	early := *file
	org := &early.Organization
	there := map[access.Holder]bool{}
	for _, id := range []string{demoOwner, demoFounder, demoAdministrator, "iris@acme.test"} {
		there[access.Holder{Kind: access.User, ID: id}] = true // who holds something that only the founder could give
	}
	for _, name := range []string{"portal", "dagster-gate"} {
		there[access.Holder{Kind: access.ServiceUser, ID: name}] = true
	}
	for i, u := range org.Users {
		if 1+i*demoStages/len(org.Users) <= stage {
			there[access.Holder{Kind: access.User, ID: u.ID}] = true
		}
	}
	for i, name := range org.ServiceUsers {
		if 2+i <= stage {
			there[access.Holder{Kind: access.ServiceUser, ID: name}] = true
		}
	}
	org.Users = slices.DeleteFunc(slices.Clone(org.Users), func(u access.UserFacts) bool { return !there[access.Holder{Kind: access.User, ID: u.ID}] })
	org.ServiceUsers = slices.DeleteFunc(slices.Clone(org.ServiceUsers), func(n string) bool { return !there[access.Holder{Kind: access.ServiceUser, ID: n}] })
	org.Teams = slices.Clone(org.Teams)
	for i, t := range org.Teams {
		there[access.Holder{Kind: access.Team, ID: t.Name}] = i/2 < stage
		org.Teams[i].Members = slices.DeleteFunc(slices.Clone(t.Members), func(m string) bool { return !there[access.Holder{Kind: access.User, ID: m}] })
	}
	grants, places := org.Grants, early.Places.Grants
	org.Grants, early.Places.Grants = nil, nil
	for i, g := range grants {
		if there[g.To] {
			org.Grants, early.Places.Grants = append(org.Grants, g), append(early.Places.Grants, places[i])
		}
	}
	early.Tests, early.Places.Tests = nil, nil
	return &early
}

// happen is what an auditor asks about: things that were given for a time, a leaver, a token that was revoked.
func (s *story) happen(ctx context.Context, administrator change.Actor) error {
	const migration = "service_user:migration"
	for _, day := range []struct {
		pass     int // days
		commands []client.Command
	}{
		{6, []client.Command{client.UserAdd{NewUser: client.NewUser{Email: "temp@contractor.test", Name: "Tim Emery", On: []string{"dagster"}}}}},
		{3, []client.Command{client.ServiceUserCreate{ServiceUser: "migration", Description: "moves the warehouse; for October only"},
			client.GrantAdd{Grant: client.Grant{To: migration, Role: "launcher", On: "dagster/staging"}}}},
		{9, []client.Command{client.UserDeactivate{User: "walter@acme.test"}}},
		{2, []client.Command{client.UserReactivate{User: "walter@acme.test"}}},
		{8, []client.Command{client.TeamJoin{Team: "operations", Members: []string{"temp@contractor.test"}}}},
		{5, []client.Command{client.TeamLeave{Team: "operations", Members: []string{"temp@contractor.test"}}}},
		{7, []client.Command{client.UserRemove{User: "temp@contractor.test"}}},
		{4, []client.Command{client.GrantRemove{Grant: client.Grant{To: migration, Role: "launcher", On: "dagster/staging"}}, client.ServiceUserDelete{ServiceUser: "migration"}}},
	} {
		s.pass(time.Duration(day.pass) * 24 * time.Hour)
		if _, err := s.p.changes.Do(ctx, demoOrganization, administrator, change.How{}, day.commands...); err != nil {
			return fmt.Errorf("%s: %w", day.commands[0].Do(), err)
		}
	}
	// Only an owner takes the directory's roles away.
	_, err := s.p.changes.Do(ctx, demoOrganization, s.ada, change.How{}, client.GrantRemove{Grant: client.Grant{To: "user:" + demoFounder, Role: "owner", On: accessfile.Directory}})
	return err
}

// issue makes the tokens that are printed. Everybody makes their own, as everywhere.
func (s *story) issue(ctx context.Context) error {
	for _, one := range []sample{
		{who: "priya@acme.test", does: "data engineering: Launcher in Dagster by her team"},
		{who: "lena@acme.test", does: "analytics: dbt by her team's permission sets"},
		{who: "iris@acme.test", does: "auditor: reads everything, changes nothing"},
		{who: "farid@acme.test", does: "a Read-Only license in dbt"},
	} {
		actor, err := s.person(one.who)
		if err != nil {
			return err
		}
		if err := s.token(ctx, one, actor, client.NewToken{Kind: "user"}); err != nil {
			return err
		}
	}
	portal := sample{who: "portal", does: "a program that asks for decisions (AuthZEN)"}
	return s.token(ctx, portal, s.ada, client.NewToken{Kind: "svc", Subject: "service_user:portal"})
}

func (s *story) token(ctx context.Context, of sample, actor change.Actor, token client.NewToken) error {
	token.Description = "printed by the demo"
	r, err := s.p.changes.Do(ctx, demoOrganization, actor, change.How{}, client.TokenIssue{NewToken: token})
	if err != nil {
		return fmt.Errorf("a token for %s: %w", of.who, err)
	}
	of.secret = r.Results[0].Secret
	s.tokens = append(s.tokens, of)
	return nil
}
