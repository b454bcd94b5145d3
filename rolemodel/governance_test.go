package rolemodel

import (
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"bailiwick/access"
)

// everybody stands for the holders of an operation that needs no permission.
const everybody = "everybody"

// TestGovernance compares who may change what with tables that were transcribed from the vendors' documents, by roles:
// testdata/governance. The tables say everything: a row of an edition that no line names is a mistake too.
func TestGovernance(t *testing.T) {
	for _, name := range Editions() {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile("testdata/governance/" + name + ".txt")
			if err != nil {
				t.Fatal(err)
			}
			m := edition(t, name)
			operations, gifts := expected(t, string(text))
			compare(t, operations, operationsByRole(m))
			compare(t, gifts, giftsByRole(m))
		})
	}
}

func compare(t *testing.T, want, got map[string]bool) {
	t.Helper()
	for _, line := range slices.Sorted(maps.Keys(want)) {
		if !got[line] {
			t.Errorf("the documents say, and the edition does not: %s", line)
		}
	}
	for _, line := range slices.Sorted(maps.Keys(got)) {
		if !want[line] {
			t.Errorf("the edition says, and the documents do not: %s", line)
		}
	}
}

// expected reads a table into sets of lines: one for each role that may do an operation, and one for each role that one
// may give to one kind of holder at one kind of scope.
func expected(t *testing.T, text string) (operations, gifts map[string]bool) {
	t.Helper()
	operations, gifts = map[string]bool{}, map[string]bool{}
	section := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		what, who, ok := strings.Cut(line, ": ")
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			section = line
		case !ok:
			t.Fatalf("no line of a table: %s", line)
		case section == "[operations]":
			for _, role := range strings.Fields(who) {
				note(t, operations, what+": "+role)
			}
		default:
			roles, where, _ := strings.Cut(who, " on ")
			kinds, holders, _ := strings.Cut(where, " to ")
			for _, role := range strings.Fields(roles) {
				for _, kind := range strings.Fields(kinds) {
					for _, holder := range strings.Fields(holders) {
						note(t, gifts, gift(what, role, kind, holder))
					}
				}
			}
		}
	}
	if len(operations) == 0 || len(gifts) == 0 {
		t.Fatal("the table is empty")
	}
	return operations, gifts
}

func note(t *testing.T, set map[string]bool, line string) {
	t.Helper()
	if set[line] {
		t.Errorf("the table says it twice: %s", line)
	}
	set[line] = true
}

func gift(giver, role, kind, holder string) string {
	return fmt.Sprintf("%s gives %s on %s to %s", giver, role, kind, holder)
}

func operationsByRole(m *access.Model) map[string]bool {
	lines := map[string]bool{}
	for _, o := range m.Governance.Operations {
		what := strings.Join(strings.Fields(o.Name+" "+o.Kind+" @"+o.At), " ") + ": "
		if o.Permission == "" {
			lines[what+everybody] = true
		}
		for _, role := range m.Roles {
			switch {
			case slices.Contains(role.Permissions, o.Permission):
				lines[what+role.Name] = true
			case slices.Contains(role.Lifted, o.Permission):
				lines[what+role.Name+"*"] = true
			}
		}
	}
	return lines
}

func giftsByRole(m *access.Model) map[string]bool {
	lines := map[string]bool{}
	for _, giver := range m.Roles {
		for _, row := range m.Governance.MayGive {
			if !slices.Contains(giver.Permissions, row.With) {
				continue
			}
			for _, kind := range row.On {
				for _, holder := range row.To {
					giftsOfRow(m, lines, giver.Name, &row, kind, holder)
				}
			}
		}
	}
	return lines
}

func giftsOfRow(m *access.Model, lines map[string]bool, giver string, row *access.MayGive, kind string, holder access.HolderKind) {
	if row.Held {
		lines[gift(giver, heldRoles, kind, holder.String())] = true
		return
	}
	for _, role := range m.Roles {
		can := slices.Contains(role.Holders, holder) || holder == access.User && slices.Contains(role.Holders, access.Team)
		if can && slices.Contains(role.At, kind) && Covers(m, row, &role, kind, holder) {
			lines[gift(giver, role.Name, kind, holder.String())] = true
		}
	}
}

// TestGovernanceRules holds the vendors' rules about changes that are no table.
func TestGovernanceRules(t *testing.T) {
	dagster := access.Governance{
		Administrators:      []string{"organization_admin"},
		NotWhileProvisioned: []string{"member.add"},
		DefaultRole:         &access.DefaultRole{Setting: "sso_default_role", None: "no_access"},
		CopyGrants:          []string{"deployment"},
		KeepLast:            []string{"deployment"},
	}
	for name, want := range map[string]access.Governance{
		"dagster-plus":       dagster,
		"dagster-cloud-2023": dagster,
		"dbt-enterprise-2024": {
			Administrators: []string{"account_admin"}, AdministratorLicenses: []string{"it"},
			NotOnSelf: []string{"license.set", "team.edit_members"}, NotWhileProvisioned: []string{"member.add"},
		},
		"astro-2022": {
			Administrators: []string{"organization_owner"}, NotWhileProvisioned: []string{"member.add"},
			FirstLogins: &access.FirstLogins{Count: 3, Role: "organization_owner"},
			Creators:    []access.Creator{{Kind: "workspace", Role: "workspace_admin"}},
			DeleteEmpty: []string{"workspace"},
		},
		"astro-2024": {
			Administrators: []string{"organization_owner"}, NotWhileProvisioned: []string{"member.add", "team.create", "team.edit_members"},
			Creators:    []access.Creator{{Kind: "workspace", Role: "workspace_owner"}},
			DeleteEmpty: []string{"workspace"},
		},
		"bailiwick": {Administrators: []string{"owner"}},
	} {
		got := edition(t, name).Governance
		got.Operations, got.MayGive = nil, nil
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
}

// TestOnlyOwnTokensNeedNoPermission: what changes anything for others is never left to everybody.
func TestOnlyOwnTokensNeedNoPermission(t *testing.T) {
	for _, name := range Editions() {
		for _, o := range edition(t, name).Governance.Operations {
			if o.Permission == "" && o.Name != access.OpTokenIssueUser {
				t.Errorf("%s: everybody may %s", name, o.Name)
			}
		}
	}
}

// TestCustomRolesAreCovered: a custom role can be given where a built-in role that contains it can.
func TestCustomRolesAreCovered(t *testing.T) {
	m := edition(t, "dagster-plus")
	all, teams := &m.Governance.MayGive[0], &m.Governance.MayGive[2]
	custom := func(basedOn string, permissions ...string) *access.Role {
		return &access.Role{Name: "own", Custom: true, BasedOn: basedOn, Permissions: permissions}
	}
	user, team := access.User, access.Team
	except := &access.MayGive{Except: []string{"admin"}, On: []string{"deployment"}, To: []access.HolderKind{team}}
	held := &access.MayGive{Held: true, On: []string{"deployment"}, To: []access.HolderKind{team}}
	for _, c := range []struct {
		what string
		row  *access.MayGive
		role *access.Role
		kind string
		to   access.HolderKind
		want bool
	}{
		{"every role", all, custom("", "users.edit_roles"), "organization", user, true},
		{"within admin", teams, custom("", "team_permissions.edit", "runs.launch"), "deployment", team, true},
		{"to a person", teams, custom("", "runs.launch"), "deployment", user, false},
		{"elsewhere", teams, custom("", "runs.launch"), "all_branch_deployments", team, false},
		{"beyond admin", teams, custom("", "runs.launch", "deployments.create"), "deployment", team, false},
		{"based on one within", teams, custom("editor", "team_permissions.edit"), "deployment", team, true},
		{"based on one beyond", teams, custom("organization_admin"), "deployment", team, false},
		{"based on none that is known", teams, custom("nobody"), "deployment", team, false},
		{"within what is not left out", except, custom("editor"), "deployment", team, true},
		{"within only what is left out", except, custom("", "team_permissions.edit"), "deployment", team, false},
		{"what the giver holds", held, custom("", "users.edit_roles"), "deployment", team, true},
	} {
		if got := Covers(m, c.row, c.role, c.kind, c.to); got != c.want {
			t.Errorf("%s: got %t", c.what, got)
		}
	}
}
