package conformance

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bailiwick/access"
)

// An astroRow is one permission of a table.
type astroRow struct {
	Permission, Level string
	Ticks             map[string]bool
}

func astroRows(t *testing.T, file, heading string) (rows []astroRow, roles []string) {
	t.Helper()
	tb := named(t, readTables(t, file), heading)
	roles = tb.rolesOf("Permissions")
	for _, r := range tb.Rows {
		ticks := make(map[string]bool)
		for _, role := range roles {
			ticks[role] = r[role] == "y"
		}
		for _, p := range strings.Fields(r["Permissions"]) {
			rows = append(rows, astroRow{p, r["Level"], ticks})
		}
	}
	return rows, roles
}

func astroWorld(model *access.Model) *world {
	return newWorld("airflow", model, nil, access.Resource{Path: "airflow/ml"}, access.Resource{Path: "airflow/ml/training"},
		access.Resource{Path: "airflow/ml/serving"}, access.Resource{Path: "airflow/bi"}, access.Resource{Path: "airflow/bi/reports"})
}

// astroTable asks every cell of both tables: organization roles at the root and in workspaces (there only by Owners'
// reach, where the edition has it), workspace roles in their workspace, in a sibling, above, and at the root.
func astroTable(t *testing.T, w *world, file string) []ask {
	organization, organizationRoles := astroRows(t, file, "Organization roles")
	workspace, workspaceRoles := astroRows(t, file, "Workspace roles")
	reach := make(map[string]bool)
	var asks []ask
	for _, role := range organizationRoles {
		who := w.user(role + "@airflow")
		name := role + " on airflow"
		for _, row := range organization {
			if row.Permission == "OWNER-REACH" {
				reach[role] = row.Ticks[role]
				continue
			}
			asks = append(asks, ask{cell{role, row.Permission}, name, who, row.Permission, "airflow", row.Ticks[role]})
		}
		for _, row := range workspace {
			asks = append(asks, workspaceAsks(cell{role, row.Permission}, name, who, row, map[string]bool{
				"airflow/ml": reach[role], "airflow/bi": reach[role], "airflow": reach[role]})...)
		}
	}
	for _, role := range workspaceRoles {
		who := w.user(role + "@airflow/ml")
		name := role + " on airflow/ml"
		for _, row := range workspace {
			has := row.Ticks[role]
			asks = append(asks, workspaceAsks(cell{role, row.Permission}, name, who, row, map[string]bool{
				"airflow/ml": has, "airflow/bi": false, "airflow": false})...)
		}
		for _, row := range organization {
			if row.Permission == "OWNER-REACH" {
				continue
			}
			// The grant makes its holder a member, and a member without an organization role is Organization Member.
			member := row.Ticks["organization_member"]
			asks = append(asks, ask{cell{role, row.Permission}, name, who, row.Permission, "airflow", member})
		}
	}
	return asks
}

// workspaceAsks puts a row of a workspace table at the places and, where it is asked of deployments, at those beneath.
func workspaceAsks(c cell, name string, who access.Subject, row astroRow, places map[string]bool) []ask {
	beneath := map[string][]string{"airflow/ml": {"airflow/ml/training", "airflow/ml/serving"}, "airflow/bi": {"airflow/bi/reports"}}
	var asks []ask
	for _, path := range slices.Sorted(maps.Keys(places)) {
		expect := places[path]
		asks = append(asks, ask{c, name, who, row.Permission, path, expect})
		if row.Level == "deployment" {
			for _, deployment := range beneath[path] {
				asks = append(asks, ask{c, name, who, row.Permission, deployment, expect})
			}
		}
	}
	return asks
}

func TestAstroTables(t *testing.T) {
	for name, cells := range map[string]int{
		// organization table + workspace table, each by all roles: what a table does not print is nothing
		"astro-2022": (5 + 6) * (3 + 3),
		"astro-2024": (15 + 28) * (3 + 5),
	} {
		t.Run(name, func(t *testing.T) {
			w := astroWorld(edition(t, name))
			asks := astroTable(t, w, name+".md")
			if got := len(cellsIn(asks)); got != cells {
				t.Errorf("compared %d cells, want %d", got, cells)
			}
			report(t, w.build(t), asks)
		})
	}
}

func TestAstroTablesNameEveryPermission(t *testing.T) {
	for _, name := range []string{"astro-2022", "astro-2024"} {
		sameNames(t, edition(t, name), func(yield func(string)) {
			for _, heading := range []string{"Organization roles", "Workspace roles"} {
				rows, _ := astroRows(t, name+".md", heading)
				for _, r := range rows {
					if r.Permission != "OWNER-REACH" {
						yield(r.Permission)
					}
				}
			}
		})
	}
}

// Deployment Admin: Workspace Operator's powers of deployment level, inside one deployment (astro-airflow.md §2.1).
func TestAstroDeploymentAdmin(t *testing.T) {
	w := astroWorld(edition(t, "astro-2024"))
	who := w.user("deployment_admin@airflow/ml/training")
	rows, _ := astroRows(t, "astro-2024.md", "Workspace roles")
	var asks []ask
	for _, row := range rows {
		c := cell{"deployment_admin", row.Permission}
		own := row.Level == "deployment" && row.Ticks["workspace_operator"] && row.Permission != "deployments.create"
		for path, expect := range map[string]bool{"airflow/ml/training": own, "airflow/ml/serving": false, "airflow/ml": false, "airflow": false} {
			asks = append(asks, ask{c, "deployment_admin on airflow/ml/training", who, row.Permission, path, expect})
		}
	}
	if got := len(cellsIn(asks)); got != 28 {
		t.Errorf("compared %d cells, want 28", got)
	}
	report(t, w.build(t), asks)
}

// The page of 2022 has lost which column a tick stands in, not how many a row has; they fill from the right.
func TestAstro2022TranscriptionIsThePage(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "astro-2022.page.txt"))
	if err != nil {
		t.Fatal(err)
	}
	ticks := make(map[string]int)
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		if row, _, has := strings.Cut(line, "✔"); has {
			ticks[row] = strings.Count(line, "✔")
		}
	}
	rows := 0
	for _, tb := range readTables(t, "astro-2022.md") {
		roles := tb.rolesOf("Permissions")
		for _, r := range tb.Rows {
			rows++
			for i, role := range roles {
				want := "-"
				if i >= len(roles)-ticks[r["Permission"]] {
					want = "y"
				}
				if r[role] != want {
					t.Errorf("%s × %s: the page's %d ticks say %q, the transcription %q", role, r["Permission"], ticks[r["Permission"]], want, r[role])
				}
			}
		}
	}
	if rows != 11 || len(ticks) != 11 {
		t.Errorf("%d rows transcribed, %d on the page; want 11", rows, len(ticks))
	}
}
