package rolemodel

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"bailiwick/access"
)

func edition(t *testing.T, name string) *access.Model {
	t.Helper()
	m, err := Edition(name)
	if err != nil {
		t.Fatalf("%s:\n%v", name, err)
	}
	return m
}

func TestEditionsLoad(t *testing.T) {
	want := []string{"astro-2022", "astro-2024", "bailiwick", "dagster-cloud-2023", "dagster-plus", "dbt-enterprise-2024"}
	if got := Editions(); !slices.Equal(got, want) {
		t.Fatalf("shipped editions %v, want %v", got, want)
	}
	for _, name := range want {
		if m := edition(t, name); m.Edition != name {
			t.Errorf("%s.yaml says that it is %s", name, m.Edition)
		}
	}
}

func TestUnknownEdition(t *testing.T) {
	_, err := Edition("dagster-plsu")
	want := `there is no role model edition "dagster-plsu"; did you mean "dagster-plus"? (shipped: astro-2022, astro-2024, bailiwick, dagster-cloud-2023, dagster-plus, dbt-enterprise-2024)`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if _, err := EditionHash("../editions/dagster-plus"); err == nil {
		t.Error("a path is taken for an edition")
	}
}

// TestEditionsStay holds that a shipped edition does not change: platforms are pinned to it. A correction is a new dated
// edition; until the first release, go test ./rolemodel -update.
func TestEditionsStay(t *testing.T) {
	var got strings.Builder
	for _, name := range Editions() {
		hash, err := EditionHash(name)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&got, "%s  %s\n", hash, name)
	}
	checkGolden(t, "testdata/editions.sha256", []byte(got.String()))
}

func TestModelIsTheCallersOwn(t *testing.T) {
	first := edition(t, "dagster-plus")
	first.Roles[0].Permissions[0] = "spoiled"
	first.Kinds[1].Under[0] = "spoiled"
	first.MinimumRole["deployment"] = "spoiled"
	if second := edition(t, "dagster-plus"); second.Roles[0].Permissions[0] == "spoiled" || second.Kinds[1].Under[0] == "spoiled" || second.MinimumRole["deployment"] == "spoiled" {
		t.Error("a change to one model shows in the next")
	}
}

// TestRoleGroupsShareNothing: roles written in one group are still each other's equals, not each other.
func TestRoleGroupsShareNothing(t *testing.T) {
	m := edition(t, "dagster-plus")
	m.Roles[0].At[0] = "spoiled"
	if m.Roles[1].At[0] == "spoiled" {
		t.Error("two roles share a list")
	}
}

// TestSameMatrix: where the guide of 2023 is silent, Dagster Cloud has the tables of Dagster+.
func TestSameMatrix(t *testing.T) {
	plus, cloud := edition(t, "dagster-plus"), edition(t, "dagster-cloud-2023")
	for i := range plus.Permissions {
		plus.Permissions[i].Closed = false // it says something about custom roles, which Dagster Cloud had not
	}
	if !reflect.DeepEqual(plus.Permissions, cloud.Permissions) || !reflect.DeepEqual(plus.Roles, cloud.Roles) || !reflect.DeepEqual(plus.Kinds, cloud.Kinds) {
		t.Error("the tables differ")
	}
}

// TestLadders counts what each role of a ranked edition adds to the one below it: none is a double of another.
func TestLadders(t *testing.T) {
	for _, name := range Editions() {
		m := edition(t, name)
		for i := range m.Roles {
			for j := range i {
				low, high := m.Roles[j], m.Roles[i]
				if !m.Ranked || low.Unconditional || high.Unconditional || !slices.Equal(low.At, high.At) {
					continue
				}
				if missing(&low, &high) != "" || len(high.Permissions) <= len(low.Permissions) {
					t.Errorf("%s: %s (%d) is not above %s (%d)", name, high.Name, len(high.Permissions), low.Name, len(low.Permissions))
				}
			}
		}
	}
}

// TestRules holds the rules of the editions that are no table.
func TestRules(t *testing.T) {
	plus, cloud := edition(t, "dagster-plus"), edition(t, "dagster-cloud-2023")
	dbt := edition(t, "dbt-enterprise-2024")
	old, now := edition(t, "astro-2022"), edition(t, "astro-2024")
	people := []access.HolderKind{access.User, access.ServiceUser, access.Team}
	for _, c := range []struct {
		what      string
		got, want any
	}{
		{"override of Dagster+", plus.Override, &access.Override{Kind: "code_location", Base: "deployment", DisabledFor: []string{"admin"}, DisabledForRoot: []string{"organization_admin"}}},
		{"override of Dagster Cloud", cloud.Override, &access.Override{Kind: "code_location", Base: "deployment", DisabledFor: []string{"editor", "admin"}, DisabledForRoot: []string{"organization_admin"}, Roles: []string{"launcher", "editor"}}},
		{"branch deployments", plus.Conditional, &access.Conditional{Kind: "branch_deployment", Parent: "deployment", Setting: "branch_scope", Off: "everywhere"}},
		{"minimum", cloud.MinimumRole, map[string]string{"deployment": "viewer"}},
		{"custom roles of Dagster+", plus.CustomRoles, []access.CustomRoleRule{
			{At: "deployment", GrantAt: []string{"deployment", "code_location", "all_branch_deployments", "parent_branch_deployments"}, Levels: []string{"deployment", "code_location"}, Holders: people},
			{At: "organization", GrantAt: []string{"organization"}, Levels: []string{"organization", "deployment", "code_location"}, Holders: people},
		}},
		{"custom roles of Dagster Cloud", len(cloud.CustomRoles), 0},
		{"plans of Dagster Cloud", cloud.Plans, []access.Plan{{Name: "standard", Without: []string{"role:viewer", "role:launcher", "scope:code_location"}}, {Name: "enterprise"}}},
		{"licenses", dbt.Licenses, []access.License{
			{Name: "developer", Title: "Developer"},
			{Name: "read_only", Title: "Read-Only", Replaces: true, Profile: []access.LicensedRole{{Role: "stakeholder", At: "all_projects"}}},
			{Name: "it", Title: "IT", Replaces: true, Profile: []access.LicensedRole{{Role: "security_admin", At: "account"}, {Role: "billing_admin", At: "account"}}},
		}},
		{"dbt is no ladder", dbt.Ranked, false},
		{"default of owners' reach, 2022", old.Settings[0].Values[0], "off"},
		{"default of owners' reach, 2024", now.Settings[0].Values[0], "on"},
		{"closed", names(plus, func(p access.Permission) bool { return p.Closed }), []string{"agents.connect"}},
		{"rises", names(plus, func(p access.Permission) bool { return slices.Equal(p.RisesFrom, []string{"deployment"}) }), []string{"user_tokens.manage_own", "users.view", "users.add", "teams.view"}},
		{"rises in dbt", len(names(dbt, func(p access.Permission) bool { return len(p.RisesFrom) == 2 })), 30},
		{"reaches", names(plus, func(p access.Permission) bool { return len(p.Reaches) > 0 }), []string{"team_permissions.edit"}},
	} {
		if !reflect.DeepEqual(c.got, c.want) {
			t.Errorf("%s: got %+v, want %+v", c.what, c.got, c.want)
		}
	}
}

func names(m *access.Model, is func(access.Permission) bool) []string {
	var names []string
	for _, p := range m.Permissions {
		if is(p) {
			names = append(names, p.Name)
		}
	}
	return names
}

// TestSwitches: an owner's reach adds exactly the permissions of the workspace's top role.
func TestSwitches(t *testing.T) {
	for name, top := range map[string]string{"astro-2022": "workspace_admin", "astro-2024": "workspace_owner"} {
		m := edition(t, name)
		byName := map[string]access.Role{}
		for _, r := range m.Roles {
			byName[r.Name] = r
		}
		when := byName["organization_owner"].When
		if when == nil || when.Setting != "owners_reach_workspaces" || when.Value != "on" || !slices.Equal(when.Adds, byName[top].Permissions) {
			t.Errorf("%s: got %+v", name, when)
		}
	}
}
