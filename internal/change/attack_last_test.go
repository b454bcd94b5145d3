package change_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/decide"
	"bailiwick/internal/fault"
)

// Closed by the guard: a change that takes the last administrator is refused, whatever its shape. What SCIM and forced
// sign-on would take is not there yet.
func TestAttack016TheLastAdministrator(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.company()
		w.warehouse()
		ada, ann := w.as("ada@acme.test"), w.as("ann@acme.test")
		shape := func(name string, actor change.Actor, commands ...client.Command) {
			t.Run(name, func(t *testing.T) {
				inner := &world{t: t, engine: w.engine, Service: w.Service}
				inner.refused(actor, fault.Conflict, "last_administrator", commands...)
			})
		}
		shape("removed from the directory", w.owner, client.UserRemove{User: "ada@acme.test"})
		shape("removed from the platform", ada, client.MemberRemove{User: "ada@acme.test", Platform: "dagster"})
		shape("disabled", w.owner, client.UserDeactivate{User: "ada@acme.test"})
		shape("demoted", ada, take("user:ada@acme.test", "organization_admin", "dagster"), grant("user:ada@acme.test", "admin", "dagster/prod"))
		shape("with an end", ada, take("user:ada@acme.test", "organization_admin", "dagster"),
			until(grant("user:ada@acme.test", "organization_admin", "dagster"), w.soon()))
		shape("replaced by somebody who cannot sign in", ada, take("user:ada@acme.test", "organization_admin", "dagster"), grant("user:vi@acme.test", "organization_admin", "dagster"))
		for token := range w.now().TokensOf(ada.Subject) {
			shape("locked out", ada, client.TokenRevoke{Token: token.Token})
		}
		w.must(ada, client.ServiceUserCreate{ServiceUser: "robot"})
		shape("replaced by a program", ada, take("user:ada@acme.test", "organization_admin", "dagster"), grant("service_user:robot", "organization_admin", "dagster"))
		shape("its team deleted", ann, client.TeamDelete{Team: "owners"})
		shape("its team's grant taken", ann, take("team:owners", "account_admin", "dbt"))
		// As the owner of the directory nobody takes a license, so somebody else of dbt has to try.
		w.must(ann, grant("team:security", "account_admin", "dbt"))
		shape("brought back without a way in", w.owner, client.UserDeactivate{User: "ann@acme.test"}, client.UserReactivate{User: "ann@acme.test"})
		shape("unlicensed", w.as("sec@acme.test"), client.LicenseSet{User: "ann@acme.test", Platform: "dbt", License: "read_only"})
		shape("without any license", w.as("sec@acme.test"), client.LicenseSet{User: "ann@acme.test", Platform: "dbt"})
		shape("the directory's own", w.owner, take("user:olga@acme.test", "owner", "org"))
		// Once a second one is there, each of these is an ordinary change.
		w.canSignIn("sec@acme.test")
		w.must(w.as("sec@acme.test"), client.LicenseSet{User: "ann@acme.test", Platform: "dbt", License: "read_only"})
	})
}

// Closed by append and the guard: both are judged one after the other, so one of them is the last. Whether they remove each
// other or themselves, and however many others wait with them to be committed.
func TestAttack017TwoAdministratorsRemoveEachOther(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.company()
		ada := w.as("ada@acme.test")
		for round := range 12 {
			w.must(ada, grant("user:vi@acme.test", "organization_admin", "dagster"))
			w.canSignIn("vi@acme.test")
			ways := []struct{ by, of string }{{"ada@acme.test", "vi@acme.test"}, {"vi@acme.test", "ada@acme.test"}}
			if round%2 == 1 {
				ways[0].of, ways[1].of = ways[1].of, ways[0].of
			}
			failed := make([]error, 2)
			var both sync.WaitGroup
			for i := range 6 { // so that the two are judged in one group
				both.Go(func() { _ = w.try(w.owner, client.TeamCreate{Team: fmt.Sprintf("t%d-%d", round, i)}) })
			}
			for i, way := range ways {
				actor := w.as(way.by)
				both.Go(func() { failed[i] = w.try(actor, take("user:"+way.of, "organization_admin", "dagster")) })
			}
			both.Wait()
			if (failed[0] == nil) == (failed[1] == nil) {
				t.Fatalf("round %d: %v, %v", round, failed[0], failed[1])
			}
			if w.now().Holds(access.Grant{To: ada.Subject, Role: "organization_admin", On: "dagster"}) == nil { // ada comes back
				w.must(w.as("vi@acme.test"), grant("user:ada@acme.test", "organization_admin", "dagster"), take("user:vi@acme.test", "organization_admin", "dagster"))
			}
		}
	})
}

// Closed by authorize: the server's own facts are a chain in which nobody is a subject; and the directory's last owner stays.
func TestAttack018RemovingTheOperator(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.dagster()
		ada := w.as("ada@acme.test")
		if err := w.OpenSetup(t.Context(), "hash", w.engine.Now().Add(time.Hour)); fault.Of(err) != fault.Conflict {
			t.Errorf("setup opened again: %v", err)
		}
		for _, command := range []client.Command{client.OrganizationSet{Name: "provisioning", Value: "on"}, client.UserAdd{NewUser: client.NewUser{Email: "x@acme.test"}}, client.TeamCreate{Team: "x"}} {
			if _, err := w.Do(t.Context(), decide.Server, ada, change.How{}, command); err == nil {
				t.Errorf("%s changed the server's own facts", command.Do())
			}
		}
		w.refused(ada, fault.Conflict, "last_administrator", client.UserRemove{User: "olga@acme.test"})
		w.refused(ada, fault.Forbidden, "may_give", take("user:olga@acme.test", "owner", "org"))
	})
}

// Closed by append: seats are counted on the revision that the change is written after.
func TestAttack019TheRaceForTheLastSeat(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.dagster() // ada has a seat
		const seats = 6
		ada := w.as("ada@acme.test")
		w.must(ada, client.PlatformUpdate{Platform: "dagster", Seats: ptr(seats)})
		failed := make([]error, seats)
		var all sync.WaitGroup
		for i := range failed {
			all.Go(func() { failed[i] = w.try(ada, add(fmt.Sprintf("user%d@acme.test", i), "dagster")) })
		}
		all.Wait()
		refused := 0
		for _, err := range failed {
			if err != nil {
				refused++
				if f := (*fault.Error)(nil); !as(err, &f) || f.Rule != "seats" {
					t.Errorf("refused for another reason: %v", err)
				}
			}
		}
		if refused != 1 {
			t.Errorf("%d of %d were refused a seat, with one too many", refused, seats)
		}
		// Every other way to a seat.
		w.must(w.owner, client.UserAdd{NewUser: client.NewUser{Email: "late@acme.test"}})
		w.must(ada, client.TeamCreate{Team: "data"}, grant("team:data", "viewer", "dagster/prod"))
		w.refused(ada, fault.Conflict, "seats", client.TeamJoin{Team: "data", Members: []string{"late@acme.test"}})
		w.refused(ada, fault.Conflict, "seats", grant("user:late@acme.test", "viewer", "dagster/prod"))
		w.refused(ada, fault.Conflict, "seats", client.PlatformUpdate{Platform: "dagster", Seats: ptr(seats - 1)})
		w.must(w.owner, client.UserDeactivate{User: lastOf(w)})
		w.must(ada, grant("user:late@acme.test", "viewer", "dagster/prod"))
	})
}

// lastOf returns a member without any administrative role.
func lastOf(w *world) string {
	for i := range 6 {
		if e := fmt.Sprintf("user%d@acme.test", i); w.now().UserByEmail(e) != nil {
			return e
		}
	}
	return ""
}

// Closed by the decision: a token has no rights of its own, it is asked as its subject.
func TestAttack020ATokenOutlivesTheLicense(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.warehouse()
		w.canSignIn("dev@acme.test")
		may := func() bool { return w.may("dev@acme.test", "develop.write", "dbt/jaffle") }
		if !may() {
			t.Fatal("a developer develops")
		}
		w.must(w.as("ann@acme.test"), client.LicenseSet{User: "dev@acme.test", Platform: "dbt", License: "read_only"})
		for token := range w.now().TokensOf(w.as("dev@acme.test").Subject) {
			if token.Ended || token.Holder != w.as("dev@acme.test").Subject {
				t.Fatal("the token is there, and it is dev's")
			}
		}
		if may() {
			t.Error("a token of a read-only user writes")
		}
	})
}

// Closed by authorize: what runs code holds an agent's role, which changes nothing.
func TestAttack021CodeOfThePlatformChangesAccess(t *testing.T) {
	onBoth(t, func(_ *testing.T, w *world) {
		w.company()
		made := w.must(w.as("ada@acme.test"), client.AgentCreate{Description: "runs code"})
		id := made.Results[0].ID
		w.must(w.as("ada@acme.test"), grant("agent:"+id, "agent", "dagster"))
		agent := change.Actor{Subject: access.Subject{Kind: access.Agent, ID: id}, Via: "test"}
		for _, command := range []client.Command{
			grant("agent:"+id, "agent", "dagster/prod"), grant("user:vi@acme.test", "admin", "dagster/prod"), add("x@acme.test", "dagster"),
			client.TeamCreate{Team: "x"}, client.ResourceCreate{Resource: "dagster/x"}, client.AgentCreate{}, client.TestsSet{},
			client.TokenIssue{NewToken: client.NewToken{Kind: "agent"}}, client.OrganizationSet{Name: "provisioning", Value: "on"},
			client.PlatformUpdate{Platform: "dagster", Plan: ptr("solo")},
		} {
			if err := w.try(agent, command); fault.Of(err) != fault.Forbidden {
				w.t.Errorf("%s: %v", command.Do(), err)
			}
		}
	})
}

// Closed by append: a change is judged on the revision that it is written after, so a right that was taken before does not
// count, however early the change was sent.
func TestAttack106BetweenTheCheckAndTheWrite(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.company()
		ada, dan := w.as("ada@acme.test"), w.as("dan@acme.test")
		var writers sync.WaitGroup
		stop := make(chan struct{})
		for i := range 4 {
			writers.Go(func() {
				for n := 0; ; n++ {
					select {
					case <-stop:
						return
					default:
						_ = w.try(dan, client.ResourceCreate{Resource: fmt.Sprintf("dagster/prod/l%d-%d", i, n)})
					}
				}
			})
		}
		r := w.must(ada, take("user:dan@acme.test", "admin", "dagster/prod"))
		after := w.try(dan, client.ResourceCreate{Resource: "dagster/prod/late"})
		close(stop)
		writers.Wait()
		if fault.Of(after) != fault.Forbidden {
			t.Errorf("after the revocation: %v", after)
		}
		for _, row := range w.rows() {
			if row.Actor == dan.String() && row.Revision > r.Revision {
				t.Errorf("revision %d is dan's, and he lost the right at %d", row.Revision, r.Revision)
			}
		}
		// A plan that was made on older facts is refused as well.
		if _, err := w.Do(context.Background(), acme, ada, change.How{Expected: r.Revision - 1}, client.TeamCreate{Team: "x"}); fault.Of(err) != fault.Conflict {
			t.Errorf("a change for an older revision: %v", err)
		}
	})
}

// Closed by the guard: what a file comes to is commands, judged like any.
func TestAttack010AFileWithGrantsThatOneCouldNotGive(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.apply(w.owner, read(t, smallFile), true)
		before := w.now().Revision
		for who, line := range map[string]string{
			"ada@acme.test": "  - {to: user:ada@acme.test, role: owner, on: org}\n",
			"bo@acme.test":  "  - {to: team:data, role: admin, on: dagster/dev}\n",
		} {
			file := read(t, edited(t, "tests:\n", line+"tests:\n"))
			for _, prune := range []bool{false, true} {
				if _, err := w.Apply(t.Context(), acme, w.as(who), change.How{}, change.PlanRequest{File: file, Prune: prune}); fault.Of(err) != fault.Forbidden {
					t.Errorf("%s applied it: %v", who, err)
				}
			}
			if err := w.try(w.as(who), client.TeamCreate{Team: "harmless"}, grant("user:"+who, "owner", "org")); fault.Of(err) != fault.Forbidden {
				t.Errorf("%s did it as a batch: %v", who, err)
			}
		}
		if w.now().Revision != before {
			t.Error("part of it is there")
		}
	})
}
