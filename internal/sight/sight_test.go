package sight_test

import (
	"crypto/rand"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/decide"
	"bailiwick/internal/fault"
	"bailiwick/internal/journal"
	"bailiwick/internal/sight"
	"bailiwick/internal/state"
)

// facts has an owner (olga), who adds an auditor (aud), the administrators of dagster (ada) and dbt (dan), a member of
// dagster in the team data (bo) and somebody who has nothing (zoe).
func facts(t *testing.T) *state.State {
	t.Helper()
	ctx, log := t.Context(), slog.New(slog.DiscardHandler)
	j, err := journal.Open(ctx, "sqlite:"+filepath.Join(t.TempDir(), "journal.db"), journal.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	engine, err := decide.Open(ctx, j, decide.Options{Staleness: -1, Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	changes := change.New(j, engine, change.Options{Mint: mint, Logger: log})
	t.Cleanup(func() {
		changes.Close()
		engine.Close()
		_ = j.Close()
	})
	made, err := changes.Create(ctx, change.Actor{Rule: change.RuleSetup}, change.Setup{Organization: "acme", Name: "Olga", Email: "olga@acme.test"})
	if err != nil {
		t.Fatal(err)
	}
	user := func(name string, on ...string) client.Command {
		return client.UserAdd{NewUser: client.NewUser{Email: name + "@acme.test", On: on}}
	}
	grant := func(to, role, on string) client.Command {
		return client.GrantAdd{Grant: client.Grant{To: to, Role: role, On: on}}
	}
	done, err := changes.Do(ctx, "acme", change.Actor{Subject: of(t, made.After, "olga")}, change.How{},
		client.PlatformAttach{Platform: "dagster", Model: "dagster-plus"}, client.PlatformAttach{Platform: "dbt", Model: "dbt-enterprise-2024"},
		client.ResourceCreate{Resource: "dagster/prod"}, client.ResourceCreate{Resource: "dbt/core"},
		user("ada", "dagster"), user("bo", "dagster"), user("dan", "dbt"), user("zoe"), user("aud"),
		grant("user:ada@acme.test", "organization_admin", "dagster"), grant("user:aud@acme.test", "auditor", "org"),
		client.LicenseSet{User: "dan@acme.test", Platform: "dbt", License: "developer"},
		client.TeamCreate{Team: "admins-of-dbt", Members: []string{"dan@acme.test"}}, grant("team:admins-of-dbt", "account_admin", "dbt"))
	if err != nil {
		t.Fatal(err)
	}
	done, err = changes.Do(ctx, "acme", change.Actor{Subject: of(t, done.After, "ada")}, change.How{},
		client.TeamCreate{Team: "data", Members: []string{"bo@acme.test"}}, grant("team:data", "editor", "dagster/prod"))
	if err != nil {
		t.Fatal(err)
	}
	return done.After
}

func mint(string) (secret, hash, last string, err error) {
	secret = rand.Text()
	return secret, "hash of " + secret, secret[:4], nil
}

func of(t *testing.T, st *state.State, name string) access.Subject {
	t.Helper()
	u := st.UserByEmail(name + "@acme.test")
	if u == nil {
		t.Fatalf("there is no %s", name)
	}
	return access.Subject{Kind: access.User, ID: u.ID}
}

func TestWhoSeesWhom(t *testing.T) {
	st := facts(t)
	everybody := []string{"ada", "aud", "bo", "dan", "olga", "zoe"}
	dagster := func(permission, path string) bool {
		return strings.HasPrefix(permission, "dagster.") && strings.HasPrefix(path, "dagster")
	}
	for _, c := range []struct {
		who    string
		within func(permission, path string) bool
		sees   []string
		all    bool
		grants int // of all
	}{
		{who: "olga", sees: everybody, all: true, grants: 7},
		{who: "aud", sees: everybody, all: true, grants: 7},
		{who: "ada", sees: []string{"ada", "bo"}, grants: 4},
		{who: "dan", sees: []string{"dan"}, grants: 1},
		{who: "zoe", sees: []string{"zoe"}},
		{who: "olga", within: dagster, sees: []string{"olga"}},
		{who: "ada", within: dagster, sees: []string{"ada", "bo"}, grants: 4},
		{who: "ada", within: func(permission, _ string) bool { return permission == "dagster.runs.view" }, sees: []string{"ada"}},
	} {
		s := sight.Of(st, change.Actor{Subject: of(t, st, c.who), Within: c.within}, st.At).Over(st)
		var sees []string
		for _, name := range everybody {
			if s.SeesSubject(of(t, st, name)) {
				sees = append(sees, name)
			}
		}
		if !slices.Equal(sees, c.sees) || s.All() != c.all {
			t.Errorf("%s, narrowed %v, sees %v, everything %v; want %v, %v", c.who, c.within != nil, sees, s.All(), c.sees, c.all)
		}
		if n := len(slices.Collect(s.SomeGrants(access.Holder{}, "", ""))); n != c.grants {
			t.Errorf("%s, narrowed %v, sees %d grants; want %d", c.who, c.within != nil, n, c.grants)
		}
		if err := s.Everything(); (err == nil) != c.all || err != nil && !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s asks for everything: %v", c.who, err)
		}
		if err := s.Others(); (err == nil) == s.None() {
			t.Errorf("%s asks for others: %v", c.who, err)
		}
		if err := s.On("dagster/prod"); (err == nil) != s.Sees("dagster") {
			t.Errorf("%s asks about dagster/prod: %v", c.who, err)
		}
	}
}

func TestWhatOneSeesOfOneself(t *testing.T) {
	st := facts(t)
	bo := change.Actor{Subject: of(t, st, "bo")}
	teams := st.User(bo.Subject.ID).Teams
	held := func(v *sight.View) int { return len(v.Over(st).Held(bo.Subject, teams)) }
	if n := held(sight.Of(st, bo, st.At).Mine(nil)); n != 2 {
		t.Errorf("bo sees %d of his own grants; want the one that every member has, and the team's", n)
	}
	bo.Within = func(permission, _ string) bool { return permission == "dagster.runs.view" }
	if n := held(sight.Of(st, bo, st.At)); n != 0 {
		t.Errorf("a token that sees nobody tells %d grants", n)
	}
	for slug, want := range map[string]int{"dagster": 2, "dbt": 0} {
		if n := held(sight.Of(st, bo, st.At).Mine(func(s string) bool { return s == slug })); n != want {
			t.Errorf("a token for %s tells %d grants of its own subject; want %d", slug, n, want)
		}
	}
}
