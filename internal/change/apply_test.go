package change_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
	"bailiwick/internal/journal"
)

// agent creates an agent with a grant.
func (w *world) agent() string {
	w.t.Helper()
	ada := w.as("ada@acme.test")
	id := w.must(ada, client.AgentCreate{Description: "runs code"}).Results[0].ID
	w.must(ada, grant("agent:"+id, "agent", "dagster"))
	return id
}

const smallFile = `organization: acme
platforms:
  dagster:
    model: dagster-plus
    deployments: {prod: {code_locations: [etl, reports]}, dev: [etl]}
users:
  olga@acme.test: {name: Olga Owner}
  ada@acme.test: {on: [dagster]}
  bo@acme.test: {name: Bo, on: [dagster]}
service_users: {ci: {description: deploys}}
teams: {data: {members: [bo@acme.test]}}
roles: {dagster: {releaser: {at: deployment, based_on: launcher, permissions: [code_locations.reload]}}}
grants:
  - {to: user:olga@acme.test, role: owner, on: org}
  - {to: user:ada@acme.test, role: organization_admin, on: dagster}
  - {to: team:data, role: viewer, on: dagster/prod}
  - {to: team:data, role: launcher, on: dagster/prod/etl}
  - {to: service_user:ci, role: releaser, on: dagster/dev}
tests:
  - {who: user:bo@acme.test, can: runs.launch, on: dagster/prod/etl}
`

// small is a world that follows smallFile.
func small(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.apply(w.owner, read(t, smallFile), true)
	return w
}

// edited is smallFile with some of its text replaced.
func edited(t *testing.T, pairs ...string) string {
	t.Helper()
	text := smallFile
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("the file does not say %q", pairs[i])
		}
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	return text
}

// types lists the events since a revision.
func (w *world) types(since int64) []string {
	w.t.Helper()
	var list []string
	err := w.journal.Read(context.Background(), acme, since, 0, func(r *journal.Record) error {
		list = append(list, r.Type)
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

func TestApplyGivesNobodyMoreThanTheFileSays(t *testing.T) {
	w := small(t)
	for _, permission := range []string{"deployments.view", "runs.view"} {
		if on := map[string]string{"deployments.view": "dagster/dev", "runs.view": "dagster/dev/etl"}[permission]; w.may("bo@acme.test", permission, on) {
			t.Errorf("bo has %s on %s: a default role was given", permission, on)
		}
	}
	if got := w.exported(); written(t, got) != written(t, read(t, smallFile)) {
		t.Errorf("the organization is\n%s", written(t, got))
	}
}

func TestWithoutPruneAFileOnlyAddsAndChanges(t *testing.T) {
	w := small(t)
	before := w.exported()
	w.apply(w.owner, read(t, "organization: acme\n"), false)
	if written(t, w.exported()) != written(t, before) {
		t.Errorf("an empty file changed the organization:\n%s", written(t, w.exported()))
	}
	ada := w.as("ada@acme.test")
	text := `organization: acme
platforms: {dagster: {model: dagster-plus, deployments: {prod: [etl], qa: {}}}}
users: {bo@acme.test: {}, cy@acme.test: {}}
teams: {data: {members: [cy@acme.test]}}
grants:
  - {to: team:data, role: viewer, on: dagster/prod}
  - {to: team:data, role: editor, on: dagster/prod/etl}
`
	r := w.apply(ada, read(t, text), false)
	if got, want := w.types(r.Before.Revision), "resource.created user.added team.joined grant.added"; strings.Join(got, " ") != want {
		t.Errorf("the change has %v, want %s", got, want)
	}
	if !w.may("bo@acme.test", "schedules.toggle", "dagster/prod/etl") || !w.may("cy@acme.test", "runs.view", "dagster/prod/reports") {
		t.Error("the file is not followed")
	}
	if f := w.exported(); f.Names["bo@acme.test"] != "Bo" || !slices.Contains(f.Organization.Users[slices.IndexFunc(f.Organization.Users, func(u access.UserFacts) bool { return u.ID == "bo@acme.test" })].On, "dagster") {
		t.Error("what the file leaves out about bo did not stay")
	}
}

// What a file does not say of a role or a resource stays when the file changes what it does say.
func TestAFileKeepsIconsAndDocuments(t *testing.T) {
	w := small(t)
	ada := w.as("ada@acme.test")
	w.must(ada, client.RolePut{Platform: "dagster", Role: "releaser", At: "deployment", BasedOn: "launcher", Permissions: []string{"code_locations.reload"}, Icon: "rocket"},
		document("dagster/prod", "settings", `{"a":1}`))
	was := w.now().Role("dagster", "releaser")
	w.apply(ada, read(t, edited(t, "code_locations.reload", "secrets.edit")), true)
	is := w.now().Role("dagster", "releaser")
	if !slices.Contains(is.Permissions, "secrets.edit") || is.ID != was.ID || is.Icon != "rocket" || w.now().Resource("dagster/prod").Documents["settings"] != `{"a":1}` {
		t.Errorf("the role was %+v and is %+v", was, is)
	}
}

func TestAReplacedRoleKeepsWhatHangsOnIt(t *testing.T) {
	w := small(t)
	text := edited(t, "role: viewer, on: dagster/prod}", "role: launcher, on: dagster/prod}", "role: launcher, on: dagster/prod/etl}", "role: editor, on: dagster/prod/etl}")
	w.apply(w.as("ada@acme.test"), read(t, text), true)
	if written(t, w.exported()) != written(t, read(t, text)) {
		t.Errorf("the organization is\n%s", written(t, w.exported()))
	}
	text = strings.Replace(text, "role: launcher, on: dagster/prod}", "role: viewer, on: dagster/prod}", 1)
	w.apply(w.as("ada@acme.test"), read(t, text), true)
	if written(t, w.exported()) != written(t, read(t, text)) {
		t.Errorf("with the override as before, the organization is\n%s", written(t, w.exported()))
	}
}

func TestWithoutPruneAnotherRoleReplacesTheOneThatThereCanBe(t *testing.T) {
	w := newWorld(t)
	const text = `organization: acme
platforms: {airflow: {model: astro-2024, workspaces: {ml: [], ops: []}}}
users: {olga@acme.test: {}, bo@acme.test: {}}
grants:
  - {to: user:olga@acme.test, role: organization_owner, on: airflow}
  - {to: user:bo@acme.test, role: workspace_member, on: airflow/ml}
  - {to: user:bo@acme.test, role: workspace_member, on: airflow/ops}
`
	w.apply(w.owner, read(t, text), false)
	const more = `organization: acme
platforms: {airflow: {model: astro-2024, workspaces: {ml: [], ops: []}}}
users: {bo@acme.test: {}}
grants: [{to: user:bo@acme.test, role: workspace_author, on: airflow/ml}]
`
	r := w.apply(w.owner, read(t, more), false)
	if got := strings.Join(w.types(r.Before.Revision), " "); got != "grant.added grant.removed" {
		t.Errorf("the change has %s", got)
	}
	want := withOlga(read(t, strings.Replace(text, "workspace_member, on: airflow/ml", "workspace_author, on: airflow/ml", 1)))
	want.Organization.Users = want.Organization.Users[1:] // she stands there already
	if written(t, w.exported()) != written(t, want) {
		t.Errorf("the organization is\n%s", written(t, w.exported()))
	}
}

func TestAFileMovesAPlatformToAnotherEdition(t *testing.T) {
	w := newWorld(t)
	const text = `organization: acme
platforms: {airflow: {model: astro-2022, workspaces: {ml: []}}}
users: {olga@acme.test: {}, bo@acme.test: {}}
grants:
  - {to: user:olga@acme.test, role: organization_owner, on: airflow}
  - {to: user:olga@acme.test, role: workspace_admin, on: airflow/ml}
  - {to: user:bo@acme.test, role: workspace_viewer, on: airflow/ml}
`
	w.apply(w.owner, read(t, text), false)
	next := strings.NewReplacer("astro-2022", "astro-2024", "workspace_viewer", "workspace_member", "workspace_admin", "workspace_owner").Replace(text)
	w.apply(w.owner, read(t, next), false)
	want := withOlga(read(t, next))
	want.Organization.Users = want.Organization.Users[1:] // she stands there already
	if written(t, w.exported()) != written(t, want) {
		t.Errorf("the organization is\n%s", written(t, w.exported()))
	}
}

func TestPruneRemovesWhatTheFileDoesNotSay(t *testing.T) {
	w := small(t)
	agent := w.agent()
	w.must(w.as("ada@acme.test"), client.ResourceCreate{Resource: "dagster/old"}, client.ResourceCreate{Resource: "dagster/old/etl"},
		client.UserAdd{NewUser: client.NewUser{Email: "cy@acme.test", On: []string{"dagster"}}}, client.TeamCreate{Team: "old", Members: []string{"cy@acme.test"}},
		grant("team:old", "viewer", "dagster/old"), grant("team:old", "viewer", "dagster/prod"), grant("user:ada@acme.test", "viewer", "dagster/old"),
		grant("user:olga@acme.test", "organization_admin", "dagster"))
	w.must(w.as("ada@acme.test"), client.TokenIssue{NewToken: client.NewToken{Kind: "user"}}) // an administrator who can sign in
	w.must(w.owner, client.PlatformAttach{Platform: "airflow", Model: "astro-2024"}, client.ResourceCreate{Resource: "airflow/ml"}, grant("user:bo@acme.test", "organization_owner", "airflow"))
	text := edited(t, "roles: {dagster: {releaser: {at: deployment, based_on: launcher, permissions: [code_locations.reload]}}}\n", "",
		"  - {to: service_user:ci, role: releaser, on: dagster/dev}\n", "", "service_users: {ci: {description: deploys}}\n", "",
		"bo@acme.test: {name: Bo, on: [dagster]}", "bo@acme.test: {}", "  - {to: user:olga@acme.test, role: owner, on: org}\n", "",
		"  olga@acme.test: {name: Olga Owner}\n", "")
	r := w.apply(w.owner, read(t, text), true)
	want := withOlga(read(t, text))
	if written(t, w.exported()) != written(t, want) {
		t.Errorf("the organization is\n%s\nwant\n%s", written(t, w.exported()), written(t, want))
	}
	if w.now().Agent(agent) == nil || !w.now().Decide(access.Question{Subject: access.Subject{Kind: access.Agent, ID: agent}, Permission: "agents.connect", Resource: "dagster/prod", At: w.engine.Now()}).Allowed {
		t.Error("the agent is gone, or what it holds")
	}
	count := map[string]int{}
	for _, name := range w.types(r.Before.Revision) {
		count[name]++
	}
	for name, want := range map[string]int{"platform.detached": 1, "team.deleted": 1, "user.removed": 1, "service_user.deleted": 1, "role.deleted": 1,
		"member.removed": 1, "resource.deleted": 1, "grant.removed": 1} {
		if count[name] != want { // grants that go with their holder or scope have no command of their own
			t.Errorf("there are %d %s, want %d", count[name], name, want)
		}
	}
}

func TestNobodyAppliesWhatTheyMayNotGive(t *testing.T) {
	w := small(t)
	before := written(t, w.exported())
	ada := w.as("ada@acme.test")
	text := edited(t, "  - {to: user:olga@acme.test, role: owner, on: org}\n", "  - {to: user:olga@acme.test, role: owner, on: org}\n  - {to: user:ada@acme.test, role: owner, on: org}\n",
		"dev: [etl]", "dev: [etl, extra]")
	revision := w.now().Revision
	_, err := w.Apply(context.Background(), acme, ada, change.How{}, change.PlanRequest{File: read(t, text), Prune: true})
	var f *fault.Error
	if !as(err, &f) || f.Kind != fault.Forbidden || f.Rule != "may_give" || f.Field != "acme.yaml:15:5: grants[1]" {
		t.Errorf("the error is %v", err)
	}
	if w.now().Revision != revision || written(t, w.exported()) != before {
		t.Error("part of a refused file was applied")
	}
	plan, err := w.Plan(context.Background(), acme, ada, change.PlanRequest{File: read(t, text), Prune: true})
	if err != nil || len(plan.Problems) != 1 || plan.Problems[0].Place != "acme.yaml:15:5" || plan.Problems[0].Rule != "may_give" || !plan.Changed {
		t.Errorf("the plan has %+v (%v)", plan, err)
	}
}

func TestErrorsNameThePlaceInTheFile(t *testing.T) {
	w := small(t)
	ada := w.as("ada@acme.test")
	for _, c := range []struct {
		text, field string
		kind        fault.Kind
	}{
		{strings.Replace(smallFile, "organization: acme", "organization: other", 1), "organization", fault.Invalid},
		{"organization: acme\nplatforms: {dagster: {model: dagster-plus, seats: 1}}\n", "seats", fault.Conflict},
		{edited(t, "platforms:\n", "platforms:\n  airflow: {model: astro-2024}\n"), "acme.yaml:3:3: platforms.airflow", fault.Forbidden},
		{edited(t, "can: runs.launch, on: dagster/prod/etl", "cannot: runs.launch, on: dagster/prod/etl"), "acme.yaml:20:5: tests", fault.Forbidden},
	} {
		_, err := w.Apply(context.Background(), acme, ada, change.How{}, change.PlanRequest{File: read(t, c.text)})
		if f := (*fault.Error)(nil); !as(err, &f) || f.Field != c.field || f.Kind != c.kind {
			t.Errorf("want %s in %s, got %v", c.kind, c.field, err)
		}
	}
	text := edited(t, "can: runs.launch, on: dagster/prod/etl", "cannot: runs.launch, on: dagster/prod/etl")
	_, err := w.Apply(context.Background(), acme, w.owner, change.How{}, change.PlanRequest{File: read(t, text)})
	if f := (*fault.Error)(nil); !as(err, &f) || f.Rule != "policy_test" || f.Field != "acme.yaml:20:5: tests[0]" {
		t.Errorf("a test that does not hold: %v", err)
	}
}

func TestAPlanSaysWhatApplyWouldDo(t *testing.T) {
	w := small(t)
	text := edited(t, "role: viewer, on: dagster/prod}", "role: admin, on: dagster/prod}", "  - {to: team:data, role: launcher, on: dagster/prod/etl}\n", "")
	what := change.PlanRequest{File: read(t, text), Prune: true}
	revision := w.now().Revision
	plan, err := w.Plan(context.Background(), acme, w.as("ada@acme.test"), what)
	if err != nil || len(plan.Problems) > 0 || !plan.Changed || !plan.Prune || plan.Revision != revision {
		t.Fatalf("the plan is %+v (%v)", plan, err)
	}
	if w.now().Revision != revision {
		t.Fatal("a plan changed something")
	}
	var names []string
	for _, o := range plan.Objects {
		names = append(names, o.Change+" "+o.Kind+" "+o.Name)
	}
	if got, want := strings.Join(names, "; "), "added grant admin to team:data on dagster/prod; removed grant viewer to team:data on dagster/prod; removed grant launcher to team:data on dagster/prod/etl"; got != want {
		t.Errorf("objects: %s", got)
	}
	if len(plan.Access) == 0 || plan.Access[0].Subject != "user:bo@acme.test" || plan.Gained == 0 {
		t.Errorf("access: %+v", plan.Access)
	}
	r := w.apply(w.as("ada@acme.test"), what.File, true)
	again, err := r.Difference()
	if err != nil || again.Gained != plan.Gained || len(again.Objects) != len(plan.Objects) {
		t.Errorf("apply did %+v (%v)", again, err)
	}
	plan, err = w.Plan(context.Background(), acme, w.as("ada@acme.test"), what)
	if err != nil || plan.Changed || len(plan.Objects)+len(plan.Access)+len(plan.Problems) > 0 {
		t.Errorf("after it, the plan is %+v (%v)", plan, err)
	}
}

func TestFilesAppliedAtOnceAreOneAfterTheOther(t *testing.T) {
	a := edited(t, "dev: [etl]", "dev: [etl, from-a]", "role: viewer, on: dagster/prod}", "role: launcher, on: dagster/prod}", "role: launcher, on: dagster/prod/etl}", "role: editor, on: dagster/prod/etl}")
	b := edited(t, "members: [bo@acme.test]", "members: [bo@acme.test, ada@acme.test]", "bo@acme.test: {name: Bo,", "bo@acme.test: {name: Bob,")
	for range 5 {
		w := small(t)
		ada := w.as("ada@acme.test")
		files := []change.PlanRequest{{File: read(t, a), Prune: true}, {File: read(t, b), Prune: true}}
		errs := make([]error, len(files))
		var both sync.WaitGroup
		for i := range files {
			both.Go(func() { _, errs[i] = w.Apply(context.Background(), acme, ada, change.How{}, files[i]) })
		}
		both.Wait()
		if errs[0] != nil || errs[1] != nil {
			t.Fatal(errs)
		}
		if got := written(t, w.exported()); got != written(t, files[0].File) && got != written(t, files[1].File) {
			t.Fatalf("the organization is neither what one nor what the other says:\n%s", got)
		}
		expected := w.now().Revision
		for i := range files {
			both.Go(func() {
				_, errs[i] = w.Apply(context.Background(), acme, ada, change.How{Expected: expected}, files[i])
			})
		}
		both.Wait()
		if errs[0] != nil && errs[1] != nil || fault.Of(first(errs)) != fault.Conflict && first(errs) != nil {
			t.Fatal(errs)
		}
	}
}

func first(list []error) error {
	for _, err := range list {
		if err != nil {
			return err
		}
	}
	return nil
}
