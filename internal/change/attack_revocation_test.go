package change_test

import (
	"testing"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
)

// Closed by the fold and by the dropped row, each of which is enough: no session outlives its user, whatever follows.
func TestAttack022ADisabledUserKeepsTheSession(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.withWays(false)
		w.company()
		row, found := w.row(w.session("vi@acme.test", "password"))
		if !found || !w.signedIn(row) {
			t.Fatal("vi is not signed in")
		}
		w.must(w.owner, client.UserDeactivate{User: "vi@acme.test"})
		if _, found := w.row(row.ID); found || w.signedIn(row) {
			t.Error("the session is good after the deactivation returned")
		}
		w.must(w.owner, client.UserReactivate{User: "vi@acme.test"})
		if w.signedIn(row) {
			t.Error("the session came back with its user, as far as the facts go")
		}
		row, _ = w.row(w.session("vi@acme.test", "password"))
		if !w.signedIn(row) {
			t.Fatal("vi does not get in any more")
		}
		w.must(w.owner, client.UserRemove{User: "vi@acme.test"})
		if _, found := w.row(row.ID); found || w.signedIn(row) {
			t.Error("the session is good after the removal returned")
		}
	})
}

// Closed by the off-boarding: a person's tokens end for good, not only for as long as the person is deactivated.
func TestAttack023ADisabledUserKeepsTokens(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.withWays(false)
		w.company()
		w.canSignIn("vi@acme.test")
		id, vi := w.tokenOf("vi@acme.test"), w.as("vi@acme.test")
		w.must(w.owner, client.UserDeactivate{User: "vi@acme.test"})
		if !w.now().Token(id).Ended {
			t.Error("the token is good")
		}
		// Nor does whoever is deactivated make another one, by any way to one.
		w.refused(vi, fault.Unauthenticated, "actor", client.TokenIssue{NewToken: client.NewToken{Kind: "user"}})
		w.refused(vi, fault.Conflict, "rotation", client.TokenRotate{Token: id})
		w.must(w.owner, client.UserReactivate{User: "vi@acme.test"})
		if !w.now().Token(id).Ended {
			t.Error("the token came back with its user")
		}
		w.refused(vi, fault.Conflict, "rotation", client.TokenRotate{Token: id})
	})
}

// Closed by the off-boarding: whoever made a token for a service user or an agent knows its secret.
func TestAttack024ADisabledUserKeepsTokensOfServiceUsers(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.withWays(false)
		w.company()
		ada, vi := w.as("ada@acme.test"), w.as("vi@acme.test")
		w.must(ada, client.ServiceUserCreate{ServiceUser: "robot"}, grant("user:vi@acme.test", "organization_admin", "dagster"))
		agent := w.must(ada, client.AgentCreate{}).Results[0].ID
		w.must(ada, grant("agent:"+agent, "agent", "dagster"))
		issue := func(actor change.Actor, kind, subject string) string {
			return w.must(actor, client.TokenIssue{NewToken: client.NewToken{Kind: kind, Subject: subject}}).Results[0].ID
		}
		adas := issue(ada, "svc", "service_user:robot")
		overlapping := issue(ada, "svc", "service_user:robot")
		known := map[string]string{
			"of a service user":              issue(vi, "svc", "service_user:robot"),
			"of an agent":                    issue(vi, "agent", "agent:"+agent),
			"that was ada's, and vi rotated": w.must(vi, client.TokenRotate{Token: overlapping, Overlap: 3600}).Results[0].ID,
		}
		known["that is good until its successor takes over"] = overlapping
		w.must(w.owner, client.UserDeactivate{User: "vi@acme.test"})
		for what, id := range known {
			if !w.now().Token(id).Ended {
				t.Errorf("the token %s is good", what)
			}
		}
		if w.now().Token(adas).Ended {
			t.Error("a token that vi never saw ended")
		}
	})
}

// Closed by the state: what hangs on a thing that is gone is gone, and comes back with nothing of that name.
func TestAttack028WhatIsBeneathSomethingThatIsGone(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.withWays(false)
		w.company()
		ada := w.as("ada@acme.test")
		w.must(ada, grant("user:vi@acme.test", "launcher", "dagster/dev/etl"))
		may := func() bool { return w.may("vi@acme.test", "runs.launch", "dagster/dev/etl") }
		if !may() {
			t.Fatal("vi launches")
		}
		w.must(ada, client.ResourceDelete{Resource: "dagster/dev"})
		if may() {
			t.Error("a code location lives on without its deployment")
		}
		w.must(ada, client.ResourceCreate{Resource: "dagster/dev"}, client.ResourceCreate{Resource: "dagster/dev/etl"})
		if may() {
			t.Error("a grant came back with a deployment of the same name")
		}
		w.reopen()
		if may() {
			t.Error("a grant came back with a deployment of the same name, after a start")
		}
		w.must(w.owner, client.PlatformDetach{Platform: "dagster"})
		if w.may("ada@acme.test", "users.view", "dagster") {
			t.Error("a role lives on without its platform")
		}
	})
}

// Closed by the decision: a token has its subject's rights of now, however old it is.
func TestAttack029AGrantThatIsOverInATokenOfBefore(t *testing.T) {
	onBoth(t, func(_ *testing.T, w *world) {
		w.withWays(false)
		w.company()
		ada := w.as("ada@acme.test")
		w.must(ada, grant("user:vi@acme.test", "organization_admin", "dagster"))
		w.canSignIn("vi@acme.test")
		narrowed := w.as("vi@acme.test")
		narrowed.Within = func(permission, path string) bool { return permission == "dagster.teams.create" && path == "dagster" }
		w.must(narrowed, client.TeamCreate{Team: "first"})
		w.must(ada, take("user:vi@acme.test", "organization_admin", "dagster"))
		w.refused(narrowed, fault.Forbidden, "permission", client.TeamCreate{Team: "second"})
		w.must(ada, until(grant("user:vi@acme.test", "organization_admin", "dagster"), w.soon()))
		w.must(narrowed, client.TeamCreate{Team: "third"})
		w.ahead.Add(int64(2 * time.Hour))
		w.refused(narrowed, fault.Forbidden, "permission", client.TeamCreate{Team: "fourth"})
	})
}

// Closed by authorize: whoever is gone does nothing, and so makes no credential, whatever a door saw before.
func TestAttack030AServiceUserThatIsGoneMakesTokens(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.withWays(false)
		w.company()
		ada := w.as("ada@acme.test")
		w.must(ada, client.ServiceUserCreate{ServiceUser: "robot"}, grant("service_user:robot", "organization_admin", "dagster"))
		robot := w.service("robot")
		old := w.must(robot, client.TokenIssue{NewToken: client.NewToken{Kind: "svc", Subject: "service_user:robot"}}).Results[0].ID
		other := w.must(ada, client.ServiceUserCreate{ServiceUser: "other"}).Results[0].ID
		w.must(ada, client.ServiceUserDelete{ServiceUser: "robot"})
		if !w.now().Token(old).Ended {
			t.Error("its token is good")
		}
		for _, command := range []client.Command{
			client.TokenIssue{NewToken: client.NewToken{Kind: "svc", Subject: "service_user:other"}},
			client.TokenRotate{Token: old}, client.LinkOpen{User: "vi@acme.test", Purpose: change.LinkActivation},
			client.SessionsEnd{User: "vi@acme.test"}, client.PasswordClear{User: "vi@acme.test"},
		} {
			if err := w.try(robot, command); err == nil {
				t.Errorf("%s by somebody who is gone", command.Do())
			}
		}
		for range w.now().TokensOf(access.Subject{Kind: access.ServiceUser, ID: other}) {
			t.Error("there is a token of the other one")
		}
		if _, err := w.SetPassword(t.Context(), acme, change.SetPassword{User: "usr_nobody", Secret: "sec_x", Proven: "sec_y"}); fault.Of(err) != fault.Unauthenticated {
			t.Errorf("a password of nobody: %v", err)
		}
	})
}
