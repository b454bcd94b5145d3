package change_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/change"
)

// add makes a member of platforms.
func add(email string, platforms ...string) client.UserAdd {
	return client.UserAdd{NewUser: client.NewUser{Email: email, On: platforms}}
}

// take is the grant that is taken away.
func take(to, role, on string) client.GrantRemove {
	return client.GrantRemove{Grant: client.Grant{To: to, Role: role, On: on}}
}

func ptr[T any](v T) *T { return &v }

// canSignIn gives people a token of their own, so that they count as administrators.
func (w *world) canSignIn(emails ...string) {
	w.t.Helper()
	for _, email := range emails {
		w.must(w.as(email), client.TokenIssue{NewToken: client.NewToken{Kind: "user"}})
	}
}

// service returns a service user as an actor.
func (w *world) service(name string) change.Actor {
	w.t.Helper()
	u := w.now().ServiceUserByName(name)
	if u == nil {
		w.t.Fatalf("there is no service user %s", name)
	}
	return change.Actor{Subject: access.Subject{Kind: access.ServiceUser, ID: u.ID}, Via: "test"}
}

// try carries out commands and returns what came of it.
func (w *world) try(actor change.Actor, commands ...client.Command) error {
	_, err := w.Do(context.Background(), acme, actor, change.How{}, commands...)
	return err
}

// roles lists a holder's own grants as "role on path", sorted.
func (w *world) roles(holder string) []string {
	w.t.Helper()
	h, err := change.Holder(w.now(), "", holder)
	if err != nil {
		w.t.Fatal(err)
	}
	var list []string
	for _, g := range w.now().GrantsOf(h) {
		list = append(list, g.Role+" on "+g.On)
	}
	slices.Sort(list)
	return list
}

func (w *world) wantRoles(holder string, want ...string) {
	w.t.Helper()
	if got := w.roles(holder); !slices.Equal(got, want) {
		w.t.Fatalf("%s holds %q, want %q", holder, got, want)
	}
}

// company is dagster with people of every power:
//
//	ada   organization admin
//	dan   admin of prod; in the team data, which is editor of dev
//	ed    editor of prod
//	vi    viewer, as every new member
//	cora  a custom role with which one edits custom roles
//	tess  a custom role with which one changes teams
//	sam   a custom role with which one manages service users and revokes tokens
func (w *world) company() {
	w.t.Helper()
	w.dagster()
	ada := w.as("ada@acme.test")
	role := func(name string, permissions ...string) client.RolePut {
		return client.RolePut{Platform: "dagster", Role: name, At: "organization", Permissions: permissions}
	}
	w.must(ada,
		add("dan@acme.test", "dagster"), add("ed@acme.test", "dagster"), add("vi@acme.test", "dagster"),
		add("cora@acme.test", "dagster"), add("tess@acme.test", "dagster"), add("sam@acme.test", "dagster"),
		client.TeamCreate{Team: "data", Members: []string{"dan@acme.test"}}, grant("team:data", "editor", "dagster/dev"),
		take("user:dan@acme.test", "viewer", "dagster/prod"), grant("user:dan@acme.test", "admin", "dagster/prod"),
		take("user:ed@acme.test", "viewer", "dagster/prod"), grant("user:ed@acme.test", "editor", "dagster/prod"),
		role("role_editor", "users.view", "custom_roles.edit"), grant("user:cora@acme.test", "role_editor", "dagster"),
		role("team_editor", "users.view", "teams.create", "teams.rename", "teams.edit_members", "teams.remove"), grant("user:tess@acme.test", "team_editor", "dagster"),
		role("robot_keeper", "service_users.manage", "user_tokens.revoke_all"), grant("user:sam@acme.test", "robot_keeper", "dagster"))
	w.canSignIn("ada@acme.test")
}

// warehouse is dbt with groups:
//
//	ann   in owners, which is account_admin
//	sec   in security, which is security_admin
//	dev   in devs, which is developer of jaffle in development
func (w *world) warehouse() {
	w.t.Helper()
	person := func(email, team string) client.UserAdd {
		return client.UserAdd{NewUser: client.NewUser{Email: email, On: []string{"dbt"}, Licenses: client.Licenses{"dbt": "developer"}, Teams: []string{team}}}
	}
	w.must(w.owner,
		client.PlatformAttach{Platform: "dbt", Model: "dbt-enterprise-2024"},
		client.ResourceCreate{Resource: "dbt/jaffle"}, client.ResourceCreate{Resource: "dbt/jaffle/dev", Category: "development"},
		client.ResourceCreate{Resource: "dbt/jaffle/prod", Category: "production"}, client.ResourceCreate{Resource: "dbt/other"},
		client.TeamCreate{Team: "owners"}, client.TeamCreate{Team: "security"}, client.TeamCreate{Team: "devs"}, client.TeamCreate{Team: "empty"},
		person("ann@acme.test", "owners"), person("sec@acme.test", "security"), person("dev@acme.test", "devs"),
		grant("team:owners", "account_admin", "dbt"), grant("team:security", "security_admin", "dbt"),
		client.GrantAdd{Grant: client.Grant{To: "team:devs", Role: "developer", On: "dbt/jaffle", Environments: []string{"development"}}})
	w.canSignIn("ann@acme.test")
}

// soon is a moment that is still to come.
func (w *world) soon() *time.Time { return ptr(w.engine.Now().Add(time.Hour)) }

func until(g client.GrantAdd, at *time.Time) client.GrantAdd {
	g.Until = at
	return g
}

func TestCastIsWhatItSays(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.company()
		w.warehouse()
		if !w.may("dan@acme.test", "team_permissions.edit", "dagster/prod") || w.may("dan@acme.test", "team_permissions.edit", "dagster/dev") {
			t.Error("dan is admin of prod alone")
		}
		if !w.may("sec@acme.test", "groups.write", "dbt") || w.may("dev@acme.test", "groups.write", "dbt") {
			t.Error("sec writes groups, dev does not")
		}
	})
}

// gainedIn is who gains or loses what by a change, by opaque ids.
func gainedIn(r *change.Result) []access.Difference {
	return access.Compare(r.Before.Access, r.After.Access, r.At)
}
