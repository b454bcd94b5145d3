package access_test

import (
	"testing"
	"time"

	"bailiwick/access"
	"bailiwick/internal/oracle"
)

// A found case is an organization in which the differential once showed a difference, written down small.
type found struct {
	rule     string
	edition  string
	settings map[string]string
	roles    []access.Role
	paths    []string
	grants   []access.Grant // to the user where no holder is named
	can      string
	on       string
}

var ana = access.Holder{Kind: access.User, ID: "ana@acme.test"}

func foundCases() []found {
	ended := oracle.Noon.Add(-time.Hour)
	return []found{
		{
			rule:    "access-file: in dagster-cloud-2023 a location role is launcher or editor only; others give nothing",
			edition: oracle.DagsterCloud2023, paths: []string{"p/prod", "p/prod/etl"},
			grants: []access.Grant{{Role: "viewer", On: "p/prod"}, {Role: "admin", On: "p/prod/etl"}},
			can:    "assets.wipe", on: "p/prod/etl",
		},
		{
			rule:    "access-file: the smallest fix of a branch role without its parent is the parent's role alone",
			edition: oracle.DagsterPlus, paths: []string{"p/prod", "p/prod/branch:f"},
			grants: []access.Grant{{Role: "editor", On: "p/prod/branch:*"}},
			can:    "secrets.edit", on: "p/prod/branch:f",
		},
		{
			rule:    "access-file: the smallest fix of an override without its base is the base alone",
			edition: oracle.DagsterPlus, paths: []string{"p/prod", "p/prod/etl"},
			grants: []access.Grant{{Role: "editor", On: "p/prod/etl"}},
			can:    "assets.wipe", on: "p/prod/etl",
		},
		{
			rule:    "decisions 0002, line 11: no fix is an override that an ended deployment role makes refused",
			edition: oracle.DagsterPlus, paths: []string{"p/prod", "p/prod/etl"},
			grants: []access.Grant{{Role: "editor", On: "p/prod", Until: ended}},
			can:    "assets.wipe", on: "p/prod/etl",
		},
		{
			rule:    "access-file: a fix has no step that is not needed (member beside a license)",
			edition: oracle.DbtEnterprise, paths: []string{"p/a"},
			grants: []access.Grant{{To: access.Holder{Kind: access.Team, ID: "data"}, Role: "account_viewer", On: "p"}},
			can:    "projects.read", on: "p/a",
		},
		{
			rule:    "access-file: a denial's fixes; owner holds every permission of the directory and a person may hold it",
			edition: oracle.Directory, can: "decisions.ask", on: "p",
		},
		{
			rule:    "architecture: reasons in a fixed order, whatever the order of the facts (two roles at the root)",
			edition: oracle.Astro2022, settings: map[string]string{"owners_reach_workspaces": "on"}, paths: []string{"p/ml"},
			grants: []access.Grant{{Role: "organization_billing_admin", On: "p"}, {Role: "organization_member", On: "p"}},
			can:    "users.view", on: "p/ml",
		},
		{
			rule:    "architecture: reasons in a fixed order, whatever the order of the facts (custom roles)",
			edition: oracle.Astro2024, paths: []string{"p/ml", "p/ml/training"},
			roles: []access.Role{
				{Name: "pusher", At: []string{"deployment"}, Custom: true, Permissions: []string{"dags.pause"}},
				{Name: "pauser", At: []string{"deployment"}, Custom: true, Permissions: []string{"dags.pause"}},
				{Name: "other", At: []string{"deployment"}, Custom: true, Permissions: []string{"dags.pause"}},
			},
			can: "dags.pause", on: "p/ml/training",
		},
	}
}

func TestDifferencesOnceFound(t *testing.T) {
	t.Parallel()
	models := shippedModels(t)
	for _, f := range foundCases() {
		t.Run(f.rule, func(t *testing.T) {
			t.Parallel()
			w, err := newWorld(f.organization(models), oracle.Noon)
			if err != nil {
				t.Fatal(err)
			}
			q := access.Question{Subject: ana, Permission: f.can, Resource: f.on, At: oracle.Noon}
			checks := []string{singly(w, q), searches(w, q), explained(w, q), fixable(w, q)}
			for seed := range uint64(8) {
				checks = append(checks, sameExplanation(w, q, seed))
			}
			for _, difference := range checks {
				if difference != "" {
					t.Fatalf("%s\n%s", difference, oracle.Describe(w.org))
				}
			}
		})
	}
}

func (f found) organization(models oracle.Models) access.Organization {
	p := access.Platform{Slug: "p", Model: models[f.edition], Settings: f.settings, Roles: f.roles}
	for _, path := range f.paths {
		p.Resources = append(p.Resources, access.Resource{Path: path})
	}
	org := access.Organization{
		Platforms: []access.Platform{p},
		Users:     []access.UserFacts{{ID: ana.ID}},
		Teams:     []access.TeamFacts{{Name: "data", Members: []string{ana.ID}}},
	}
	for _, g := range f.grants {
		if g.To.ID == "" {
			g.To = ana
		}
		org.Grants = append(org.Grants, g)
	}
	return org
}
