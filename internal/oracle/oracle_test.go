package oracle

import (
	"testing"
	"time"

	"bailiwick/access"
)

// anchor is one worked example, written by hand from a document, that the oracle itself must get right.
type anchor struct {
	source     string
	who        string
	permission string
	resource   string
	want       bool
}

func ask(t *testing.T, org access.Organization, anchors []anchor) {
	t.Helper()
	for _, a := range anchors {
		subject := access.Subject{Kind: access.User, ID: a.who}
		switch a.who {
		case "ci":
			subject.Kind = access.ServiceUser
		case "k8s":
			subject.Kind = access.Agent
		}
		q := access.Question{Subject: subject, Permission: a.permission, Resource: a.resource, At: Noon}
		if got := New(org).Allowed(q); got != a.want {
			t.Errorf("%s: %s got %v, want %v", a.source, DescribeQuestion(q), got, a.want)
		}
	}
}

func user(id string) access.Holder { return access.Holder{Kind: access.User, ID: id} }
func team(id string) access.Holder { return access.Holder{Kind: access.Team, ID: id} }

func paths(names ...string) []access.Resource {
	var all []access.Resource
	for _, n := range names {
		all = append(all, access.Resource{Path: n})
	}
	return all
}

func dagsterExample(edition string) access.Organization {
	return access.Organization{
		Platforms: []access.Platform{{
			Slug: "dagster", Model: &access.Model{Edition: edition},
			Resources: paths("dagster/prod", "dagster/prod/etl", "dagster/prod/reports", "dagster/prod/branch:f",
				"dagster/prod/branch:f/etl", "dagster/prod/branch:f/only", "dagster/staging", "dagster/staging/etl",
				"dagster/staging/branch:g", "dagster/staging/branch:g/etl"),
		}},
		Users:        []access.UserFacts{{ID: "ana"}, {ID: "bo"}, {ID: "cem"}, {ID: "dee"}, {ID: "off", Inactive: true}},
		ServiceUsers: []string{"ci"},
		Agents:       []string{"k8s"},
		Teams: []access.TeamFacts{{Name: "one", Members: []string{"ana"}}, {Name: "two", Members: []string{"ana"}},
			{Name: "admins", Members: []string{"dee"}}},
		Grants: []access.Grant{
			{To: team("one"), Role: "launcher", On: "dagster/prod"},
			{To: team("two"), Role: "viewer", On: "dagster/prod"},
			{To: user("ana"), Role: "viewer", On: "dagster/prod"},
			{To: user("ana"), Role: "editor", On: "dagster/prod/reports"},
			{To: user("bo"), Role: "viewer", On: "dagster/prod"},
			{To: user("bo"), Role: "editor", On: "dagster/branch:*"},
			{To: user("cem"), Role: "organization_admin", On: "dagster"},
			{To: user("off"), Role: "organization_admin", On: "dagster"},
			{To: team("admins"), Role: "admin", On: "dagster/prod"},
			{To: user("dee"), Role: "editor", On: "dagster/staging/etl"},
			{To: access.Holder{Kind: access.Agent, ID: "k8s"}, Role: "agent", On: "dagster/branch:*"},
		},
	}
}

func TestAnchorsOfDagster(t *testing.T) {
	t.Parallel()
	for _, edition := range []string{DagsterPlus, DagsterCloud2023} {
		ask(t, dagsterExample(edition), []anchor{
			{"seed 000, most permissive of teams and own: launcher", "ana", "runs.launch", "dagster/prod/etl", true},
			{"seed 000, launcher is no editor", "ana", "assets.wipe", "dagster/prod/etl", false},
			{"seed 000, override raises at its location", "ana", "assets.wipe", "dagster/prod/reports", true},
			{"seed 000, override does not answer for the deployment", "ana", "assets.wipe", "dagster/prod", false},
			{"seed 000, deployment role answers for the deployment", "ana", "runs.launch", "dagster/prod", true},
			{"seed 000, no branch deployments by a deployment role", "ana", "runs.view", "dagster/prod/branch:f/etl", false},
			{"seed 001, branch role counts in prod's locations", "bo", "assets.wipe", "dagster/prod/branch:f/etl", true},
			{"architecture, a location only in the branch", "bo", "assets.wipe", "dagster/prod/branch:f/only", true},
			{"architecture, deployment-level rights on the branch", "bo", "secrets.edit", "dagster/prod/branch:f", true},
			{"seed 001, not in staging", "bo", "assets.wipe", "dagster/staging/branch:g/etl", false},
			{"0002 line 4, scope of one parent", "bo", "assets.wipe", "dagster/prod/branch:*", true},
			{"0002 line 4, all branch deployments", "bo", "assets.wipe", "dagster/branch:*", false},
			{"seed 001, viewer in prod stays viewer", "bo", "assets.wipe", "dagster/prod/etl", false},
			{"seed 000, organization admin everywhere", "cem", "assets.wipe", "dagster/staging/branch:g/etl", true},
			{"seed 000, organization admin at the root", "cem", "runs.launch", "dagster", true},
			{"0002 line 13, agents.connect is the agents'", "cem", "agents.connect", "dagster/prod", false},
			{"architecture, deactivated", "off", "runs.view", "dagster/prod/etl", false},
			{"access-file, users.view by any role", "ana", "users.view", "dagster", true},
			{"access-file, users.add needs admin", "ana", "users.add", "dagster", false},
			{"access-file, users.add by a team's admin", "dee", "users.add", "dagster", true},
			{"0002 line 5, team_permissions.edit on the branch scope", "dee", "team_permissions.edit", "dagster/prod/branch:*", true},
			{"0002 line 5, and beneath", "dee", "team_permissions.edit", "dagster/prod/branch:f", true},
			{"0002 line 5, not all branches", "dee", "team_permissions.edit", "dagster/branch:*", false},
			{"0002 line 1, an override without a deployment role", "dee", "runs.view", "dagster/staging/etl", false},
			{"architecture, unknown subject", "nobody", "runs.view", "dagster/prod/etl", false},
			{"access-file, below the level", "cem", "deployments.view", "dagster/prod/etl", false},
			{"0002 line 13, agents need no parent", "k8s", "agents.connect", "dagster/prod/branch:f", true},
			{"0002 line 13, only where granted", "k8s", "agents.connect", "dagster/prod", false},
			{"architecture, agents hold agents.connect only", "k8s", "deployments.view", "dagster/prod/branch:f", false},
			{"architecture, nothing without a grant", "ci", "runs.view", "dagster/prod/etl", false},
		})
	}
}

func TestAnchorsOfDbt(t *testing.T) {
	t.Parallel()
	licensed := func(id, license string) access.UserFacts {
		return access.UserFacts{ID: id, Licenses: map[string]string{"dbt": license}}
	}
	org := access.Organization{
		Platforms: []access.Platform{{Slug: "dbt", Model: &access.Model{Edition: DbtEnterprise}, Resources: []access.Resource{
			{Path: "dbt/a"}, {Path: "dbt/b"},
			{Path: "dbt/a/stg", Category: "staging"}, {Path: "dbt/a/stg/job:j"},
			{Path: "dbt/b/stg", Category: "staging"}, {Path: "dbt/b/stg/job:j"},
			{Path: "dbt/b/prd", Category: "production"}, {Path: "dbt/b/prd/job:j"},
		}}},
		Users: []access.UserFacts{licensed("ana", "developer"), licensed("ro", "read_only"), licensed("it", "it"), {ID: "none"},
			licensed("own", "developer"), licensed("admin", "developer")},
		ServiceUsers: []string{"ci"},
		Teams: []access.TeamFacts{{Name: "t", Members: []string{"ana", "none"}},
			{Name: "admins", Members: []string{"ro", "it", "admin"}}},
		Grants: []access.Grant{
			{To: team("t"), Role: "developer", On: "dbt/a", Environments: []string{"staging"}},
			{To: team("t"), Role: "developer", On: "dbt/b", Environments: []string{"production"}},
			{To: team("admins"), Role: "account_admin", On: "dbt"},
			{To: user("own"), Role: "account_admin", On: "dbt"},
			{To: access.Holder{Kind: access.ServiceUser, ID: "ci"}, Role: "job_runner", On: "dbt/*"},
		},
	}
	ask(t, org, []anchor{
		{"R*, category of the row", "ana", "jobs.write", "dbt/a/stg/job:j", true},
		{"trap 6, categories are not merged over rows", "ana", "jobs.write", "dbt/b/stg/job:j", false},
		{"R* reads everywhere in its projects", "ana", "runs.read", "dbt/b/stg/job:j", true},
		{"0002 line 7, above the environment", "ana", "jobs.write", "dbt/a", false},
		{"an environment is above its jobs", "ana", "jobs.write", "dbt/a/stg", true},
		{"trap 14, account permissions of a project set", "ana", "webhooks.write", "dbt", true},
		{"trap 33, write includes read", "ci", "runs.read", "dbt/a/stg/job:j", true},
		{"job_runner has no project read", "ci", "projects.read", "dbt/a", false},
		{"runs of all projects", "ci", "runs.write", "dbt", true},
		{"account admin", "admin", "billing.write", "dbt", true},
		{"trap 1, no marketplace app", "admin", "marketplace_app.write", "dbt", false},
		{"trap 4, read-only has no billing", "ro", "billing.read", "dbt", false},
		{"trap 4, read-only reads all projects", "ro", "projects.read", "dbt/b", true},
		{"seed 003, read-only does not write", "ro", "projects.write", "dbt/b", false},
		{"it: billing admin", "it", "billing.write", "dbt", true},
		{"it: security admin, the stray v", "it", "semantic_layer_config.read", "dbt/a", false},
		{"it: no account admin", "it", "connections.write", "dbt", false},
		{"no license, nothing", "none", "jobs.read", "dbt/a/stg/job:j", false},
		{"0002 line 17", "own", "billing.read", "dbt", false},
		{"below the level", "admin", "environments.read", "dbt/a/stg", false},
	})
}

func TestAnchorsOfAstro(t *testing.T) {
	t.Parallel()
	example := func(edition, low, middle string) access.Organization {
		return access.Organization{
			Platforms: []access.Platform{{Slug: "airflow", Model: &access.Model{Edition: edition},
				Resources: paths("airflow/ml", "airflow/ml/training", "airflow/bi")}},
			Users: []access.UserFacts{{ID: "owner"}, {ID: "ana"}, {ID: "explicit", On: []string{"airflow"}}, {ID: "nobody"},
				{ID: "late"}, {ID: "teamed"}},
			ServiceUsers: []string{"ci"},
			Teams:        []access.TeamFacts{{Name: "t", Members: []string{"teamed"}}},
			Grants: []access.Grant{
				{To: user("owner"), Role: "organization_owner", On: "airflow"},
				{To: user("ana"), Role: middle, On: "airflow/ml"},
				{To: user("late"), Role: low, On: "airflow/ml", Until: Noon},
				{To: team("t"), Role: low, On: "airflow/ml"},
				{To: access.Holder{Kind: access.ServiceUser, ID: "ci"}, Role: low, On: "airflow/ml"},
			},
		}
	}
	is2024 := map[string]bool{Astro2022: false, Astro2024: true}
	for edition, newer := range is2024 {
		middle := "workspace_editor"
		low := "workspace_viewer"
		if newer {
			middle, low = "workspace_operator", "workspace_member"
		}
		ask(t, example(edition, low, middle), []anchor{
			{"editor or operator pushes", "ana", "deploys.push", "airflow/ml/training", true},
			{"in its workspace", "ana", "deployments.update", "airflow/ml", true},
			{"a workspace role answers for one workspace", "ana", "deploys.push", "airflow", false},
			{"not user roles", "ana", "users.update", "airflow/ml", false},
			{"implied member", "ana", "organization.view", "airflow", true},
			{"who creates workspaces", "ana", "workspaces.create", "airflow", !newer},
			{"owners reach", "owner", "dags.view", "airflow/ml/training", newer},
			{"owners reach all, present and future", "owner", "dags.view", "airflow", newer},
			{"owner's own table", "owner", "members.update", "airflow", true},
			{"explicit member", "explicit", "organization.view", "airflow", true},
			{"no member", "nobody", "organization.view", "airflow", false},
			{"0002 line 9, until is exclusive", "late", "organization.view", "airflow", false},
			{"teams hold roles in 2024 only", "teamed", "dags.view", "airflow/ml/training", newer},
			{"and make members", "teamed", "organization.view", "airflow", newer},
			{"0002 line 9, only users are members", "ci", "organization.view", "airflow", false},
			{"service users in 2024 only", "ci", "dags.view", "airflow/ml/training", newer},
		})
	}
}

// TestGenerateReachesBothAnswers keeps the generator honest: most of what it makes is neither all no nor all yes.
func TestGenerateReachesBothAnswers(t *testing.T) {
	t.Parallel()
	start, yes, all := time.Now(), 0, 0
	for seed := range uint64(400) {
		org := Generate(seed, 3, NamedModels())
		rng := newRand(seed)
		for _, q := range Questions(rng, org, 60) {
			all++
			if New(org).Allowed(q) {
				yes++
			}
		}
	}
	share := 100 * yes / all
	t.Logf("%d%% of %d questions allowed, %s", share, all, time.Since(start))
	if share < 10 || share > 60 {
		t.Errorf("%d%% of the answers are yes; that is too one-sided to find much", share)
	}
}
