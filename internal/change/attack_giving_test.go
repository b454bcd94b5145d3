package change_test

import (
	"testing"
	"time"

	"bailiwick/client"
	"bailiwick/internal/fault"
)

// Each attack is named with its number in docs/security/attacks.md, and says which step of the pipeline closes it.

// Closed by the guard: a line that the actor may not give.
func TestAttack001GrantingARoleAboveOnesOwn(t *testing.T) {
	onBoth(t, func(_ *testing.T, w *world) {
		w.company()
		dan, ed := w.as("dan@acme.test"), w.as("ed@acme.test")
		w.refused(dan, fault.Forbidden, "may_give", grant("user:dan@acme.test", "organization_admin", "dagster"))
		w.refused(dan, fault.Forbidden, "may_give", grant("user:vi@acme.test", "editor", "dagster/prod")) // to people: organization admins only
		w.refused(ed, fault.Forbidden, "may_give", grant("user:ed@acme.test", "admin", "dagster/prod"))
		w.refused(w.owner, fault.Forbidden, "may_give", grant("user:olga@acme.test", "organization_admin", "dagster"))
	})
}

// Closed by the guard: a team's line is judged like a person's.
func TestAttack002GrantingToATeamOfOnesOwn(t *testing.T) {
	onBoth(t, func(_ *testing.T, w *world) {
		w.company()
		dan := w.as("dan@acme.test")
		w.refused(dan, fault.Forbidden, "may_give", grant("team:data", "organization_admin", "dagster"))
		w.refused(dan, fault.Forbidden, "may_give", grant("team:data", "admin", "dagster/dev"))
		w.refused(dan, fault.Forbidden, "may_give", grant("team:data", "admin", "dagster/branch:*"))
		w.must(dan, grant("team:data", "admin", "dagster/prod")) // what the guide lets an Admin of prod do
	})
}

// Closed by the guard: who edits roles may not give what the role now contains.
func TestAttack003GrantingThroughACustomRole(t *testing.T) {
	onBoth(t, func(_ *testing.T, w *world) {
		w.company()
		cora := w.as("cora@acme.test")
		everything := client.RolePut{Platform: "dagster", Role: "everything", At: "organization", BasedOn: "organization_admin"}
		w.refused(w.as("dan@acme.test"), fault.Forbidden, "permission", everything)
		w.must(cora, everything) // nobody holds it
		w.refused(cora, fault.Forbidden, "may_give", grant("user:cora@acme.test", "everything", "dagster"))
		w.refused(cora, fault.Forbidden, "may_give", grant("user:cora@acme.test", "everything", "dagster"), client.RolePut{Platform: "dagster", Role: "everything", At: "organization", Permissions: []string{"users.view"}})
	})
}

// Closed by the guard: a role that changes is a line lost and a line gained for each holder.
func TestAttack004WideningARoleThatOneHolds(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.company()
		cora := w.as("cora@acme.test")
		wide := client.RolePut{Platform: "dagster", Role: "role_editor", At: "organization", Permissions: []string{"users.view", "custom_roles.edit", "users.edit_roles"}}
		w.refused(cora, fault.Forbidden, "may_give", wide)
		w.refused(cora, fault.Forbidden, "may_give", client.RolePut{Platform: "dagster", Role: "robot_keeper", At: "organization", Permissions: []string{"users.view"}}) // narrowing takes
		if w.may("cora@acme.test", "users.edit_roles", "dagster") {
			t.Error("cora edits roles of people")
		}
		w.must(w.as("ada@acme.test"), wide)
	})
}

// Closed by validate (nothing moves to another parent, nothing nests in a team) and the guard (joining a team gains its
// lines).
func TestAttack005MovingUnderSomethingOneManages(t *testing.T) {
	onBoth(t, func(_ *testing.T, w *world) {
		w.company()
		ada, dan, tess := w.as("ada@acme.test"), w.as("dan@acme.test"), w.as("tess@acme.test")
		w.refused(dan, fault.Invalid, "rename", client.ResourceRename{Resource: "dagster/dev/etl", To: "dagster/prod/stolen"})
		w.refused(dan, fault.Invalid, "rename", client.ResourceRename{Resource: "dagster/prod/etl", To: "dagster/dev/moved"})
		w.must(ada, client.TeamCreate{Team: "admins"}, grant("team:admins", "organization_admin", "dagster"))
		w.refused(tess, fault.Forbidden, "may_give", client.TeamJoin{Team: "admins", Members: []string{"tess@acme.test"}})
		w.refused(tess, fault.Forbidden, "may_give", client.TeamCreate{Team: "mine", Members: []string{"tess@acme.test"}}, grant("team:mine", "admin", "dagster/prod"))
		w.refused(tess, fault.NotFound, "", client.TeamJoin{Team: "admins", Members: []string{"team:data"}})
	})
}

// Closed by authorize (nobody makes another person's token, a narrowed token makes none) and the guard (a credential gains
// every line of its subject).
func TestAttack007ATokenStrongerThanItsMaker(t *testing.T) {
	onBoth(t, func(_ *testing.T, w *world) {
		w.company()
		ada, sam := w.as("ada@acme.test"), w.as("sam@acme.test")
		token := func(kind, subject string) client.TokenIssue {
			return client.TokenIssue{NewToken: client.NewToken{Kind: kind, Subject: subject}}
		}
		w.must(ada, client.ServiceUserCreate{ServiceUser: "robot"}, grant("service_user:robot", "organization_admin", "dagster"))
		w.refused(sam, fault.Forbidden, "may_give", token("svc", "service_user:robot"))
		w.refused(sam, fault.Forbidden, "own_token", token("user", "user:ada@acme.test"))
		w.must(sam, client.ServiceUserCreate{ServiceUser: "weak"}, token("svc", "service_user:weak"))
		w.refused(sam, fault.Forbidden, "may_give", grant("service_user:weak", "viewer", "dagster/prod"))
		w.refused(w.service("weak"), fault.Forbidden, "may_give", grant("service_user:weak", "viewer", "dagster/prod"))
		w.refused(sam, fault.Invalid, "token_kind", token("agent", "service_user:weak"))
		narrow := ada
		narrow.Within = func(permission, _ string) bool { return permission == "dagster.runs.view" }
		w.refused(narrow, fault.Forbidden, "narrowed", token("user", ""))
		w.refused(narrow, fault.Forbidden, "narrowed", token("svc", "service_user:weak"))
		w.refused(narrow, fault.Forbidden, "may_give", grant("service_user:weak", "viewer", "dagster/prod"))
		w.refused(narrow, fault.Forbidden, "permission", client.UserProfile{User: "ada@acme.test", Profile: client.Profile{Name: ptr("Ada N")}})
	})
}

// Closed by validate: a default is a line of everybody to come.
func TestAttack008RaisingTheDefaultRole(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.company()
		ada, ed := w.as("ada@acme.test"), w.as("ed@acme.test")
		set := func(value string) client.ResourceUpdate {
			return client.ResourceUpdate{Resource: "dagster/prod", Settings: map[string]string{"sso_default_role": value}}
		}
		w.refused(ed, fault.Forbidden, "may_give", set("admin"))
		w.refused(w.as("vi@acme.test"), fault.Forbidden, "permission", set("viewer"))
		w.must(ed, set("editor"))
		w.must(ed, set("no_access"))
		// Settings alone: back to "what the edition says" is Viewer, which is more than none.
		w.must(ada, client.RolePut{Platform: "dagster", Role: "settings", At: "deployment", Permissions: []string{"deployments.edit_settings"}},
			add("set@acme.test"), grant("user:set@acme.test", "settings", "dagster/prod"))
		if err := w.try(w.as("set@acme.test"), set("")); w.may("set@acme.test", "runs.launch", "dagster/prod") || err == nil && !w.may("set@acme.test", "runs.view", "dagster/prod") {
			t.Errorf("a reset gave a default above the giver: %v", err)
		}
	})
}

// Closed by the guard. Requests and approvals do not exist yet; a second account or service user is judged like any holder.
func TestAttack009ASecondAccountOfOnesOwn(t *testing.T) {
	onBoth(t, func(_ *testing.T, w *world) {
		w.company()
		dan, sam := w.as("dan@acme.test"), w.as("sam@acme.test")
		w.must(dan, client.MemberAdd{User: "dan2@acme.test", Platform: "dagster"})
		w.wantRoles("user:dan2@acme.test", "viewer on dagster/dev", "viewer on dagster/prod")
		w.refused(dan, fault.Forbidden, "may_give", grant("user:dan2@acme.test", "admin", "dagster/prod"))
		w.refused(w.as("dan2@acme.test"), fault.Forbidden, "may_give", grant("user:dan@acme.test", "admin", "dagster/dev"))
		w.must(sam, client.ServiceUserCreate{ServiceUser: "mine"})
		w.refused(sam, fault.Forbidden, "may_give", grant("service_user:mine", "organization_admin", "dagster"))
		w.refused(w.as("vi@acme.test"), fault.Forbidden, "permission", client.UserAdd{NewUser: client.NewUser{Email: "vi2@acme.test"}})
	})
}

// Closed by authorize and the checks of stored tests.
func TestAttack011EditingTheTestsThatForbid(t *testing.T) {
	onBoth(t, func(_ *testing.T, w *world) {
		w.company()
		ada := w.as("ada@acme.test")
		w.must(w.owner, client.TestsSet{Tests: []client.Test{{Who: "user:vi@acme.test", Permission: "dagster.runs.launch", Resource: "dagster/prod/etl"}}})
		w.refused(ada, fault.Conflict, "policy_test", take("user:vi@acme.test", "viewer", "dagster/prod"), grant("user:vi@acme.test", "editor", "dagster/prod"))
		w.refused(ada, fault.Forbidden, "permission", client.TestsSet{})
		w.refused(ada, fault.Forbidden, "permission", client.TestsSet{}, grant("user:vi@acme.test", "organization_admin", "dagster"))
		wrong := client.TestsSet{Tests: []client.Test{{Who: "user:vi@acme.test", Permission: "dagster.runs.launch", Resource: "dagster/prod/etl", Allowed: true}}}
		w.refused(w.owner, fault.Conflict, "policy_test", wrong)
		// Nor where the test that it replaces has become wrong by itself.
		w.must(ada, until(grant("user:ed@acme.test", "admin", "dagster/dev"), w.soon()))
		w.must(w.owner, client.TestsSet{Tests: []client.Test{{Who: "user:ed@acme.test", Permission: "dagster.runs.launch", Resource: "dagster/dev/etl", Allowed: true}}})
		w.ahead.Store(int64(2 * time.Hour))
		w.refused(w.owner, fault.Conflict, "policy_test", wrong)
	})
}

// Closed by authorize and the guard: who comes back gains every line. A restore of a backup belongs to attack 124.
func TestAttack012BringingAnOldUserBack(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.company()
		w.warehouse() // ada no longer holds the top role of every platform
		w.must(w.as("ada@acme.test"), grant("user:vi@acme.test", "organization_admin", "dagster"))
		w.must(w.owner, client.UserDeactivate{User: "vi@acme.test"})
		back := client.UserReactivate{User: "vi@acme.test"}
		w.refused(w.as("dan@acme.test"), fault.Forbidden, "permission", back)
		w.refused(w.as("ada@acme.test"), fault.Forbidden, "permission", back)
		w.refused(w.as("vi@acme.test"), fault.Forbidden, "permission", back)
		w.refused(w.as("vi@acme.test"), fault.Unauthenticated, "actor", client.TokenIssue{NewToken: client.NewToken{Kind: "user"}})
		if w.may("vi@acme.test", "runs.view", "dagster/prod") {
			t.Error("a deactivated user may something")
		}
		w.must(w.owner, back)
	})
}

// Closed by authorize (memberships of a team are the organization's) and the guard (rows of a team on each deployment are
// its Admins').
func TestAttack013ATeamThatHasRightsElsewhere(t *testing.T) {
	onBoth(t, func(_ *testing.T, w *world) {
		w.company()
		dan, tess := w.as("dan@acme.test"), w.as("tess@acme.test")
		w.refused(dan, fault.Forbidden, "permission", client.TeamJoin{Team: "data", Members: []string{"vi@acme.test"}})
		w.refused(tess, fault.Forbidden, "may_give", client.TeamJoin{Team: "data", Members: []string{"tess@acme.test"}})
		w.refused(dan, fault.Forbidden, "may_give", take("team:data", "editor", "dagster/dev"))
		w.refused(tess, fault.Forbidden, "may_give", client.TeamDelete{Team: "data"})
		w.must(dan, grant("team:data", "viewer", "dagster/prod"), take("team:data", "viewer", "dagster/prod"))
	})
}

// Closed by the guard: taking a line needs the right to give it.
func TestAttack014TakingFromSomebodyMorePowerful(t *testing.T) {
	onBoth(t, func(_ *testing.T, w *world) {
		w.company()
		dan, tess, sam, ada := w.as("dan@acme.test"), w.as("tess@acme.test"), w.as("sam@acme.test"), w.as("ada@acme.test")
		w.must(ada, client.TeamCreate{Team: "admins", Members: []string{"vi@acme.test"}}, grant("team:admins", "organization_admin", "dagster"))
		w.refused(dan, fault.Forbidden, "may_give", take("user:ada@acme.test", "organization_admin", "dagster"))
		w.refused(dan, fault.Forbidden, "permission", client.MemberRemove{User: "ada@acme.test", Platform: "dagster"})
		w.refused(dan, fault.Forbidden, "permission", client.UserDeactivate{User: "ada@acme.test"})
		w.refused(tess, fault.Forbidden, "may_give", client.TeamLeave{Team: "admins", Members: []string{"vi@acme.test"}})
		w.refused(tess, fault.Forbidden, "may_give", client.TeamDelete{Team: "admins"})
		for token := range w.now().TokensOf(ada.Subject) {
			w.refused(sam, fault.Forbidden, "may_give", client.TokenRevoke{Token: token.Token})
		}
		w.refused(w.as("cora@acme.test"), fault.Forbidden, "may_give", client.RolePut{Platform: "dagster", Role: "team_editor", At: "organization", Permissions: []string{"users.view"}})
	})
}

// Closed by authorize: the permission is asked at the target.
func TestAttack015TheActionButNotOnThisTarget(t *testing.T) {
	onBoth(t, func(_ *testing.T, w *world) {
		w.company()
		dan := w.as("dan@acme.test")
		w.must(dan, client.ResourceCreate{Resource: "dagster/prod/new"})
		w.must(w.as("ada@acme.test"), take("team:data", "editor", "dagster/dev"))
		for _, command := range []client.Command{
			client.ResourceCreate{Resource: "dagster/dev/new"}, client.ResourceDelete{Resource: "dagster/dev/etl"}, client.ResourceDelete{Resource: "dagster/dev"},
			client.ResourceRename{Resource: "dagster/dev/etl", To: "dagster/dev/new"},
			client.ResourceUpdate{Resource: "dagster/dev", Settings: map[string]string{"sso_default_role": "viewer"}},
		} {
			w.refused(dan, fault.Forbidden, "permission", command)
		}
	})
}
