package conformance

import (
	"testing"

	"bailiwick/access"
)

// An override counts at its location only, on top of the deployment role (dagster.md §2, code location level).
func TestDagsterMatrixUnderOverrides(t *testing.T) {
	rows := dagsterRows(t)
	for name, roles := range map[string][]string{
		"dagster-plus":       {"launcher", "editor", "admin"},
		"dagster-cloud-2023": {"launcher", "editor"}, // seed 001: "an Editor or Launcher user role"
	} {
		t.Run(name, func(t *testing.T) {
			w := dagsterWorld(edition(t, name), nil)
			var asks []ask
			for _, r := range roles {
				st := station{"viewer on dagster/prod, " + r + " on dagster/prod/etl", w.user("viewer@dagster/prod", r+"@dagster/prod/etl"), r,
					map[string]map[string]string{
						"code_location": {"dagster/prod/etl": r, "dagster/prod/reports": "viewer", "dagster/prod": "viewer",
							"dagster/dev/etl": "", "dagster/prod/branch:feature-1/etl": ""},
						"deployment":   {"dagster/prod": "viewer", "dagster/prod/branch:feature-1": "", "dagster/prod/branch:*": ""},
						"organization": {"dagster": "viewer"}, // deployment grants only: an override Admin adds nobody
					}}
				asks = append(asks, st.asks(rows)...)
			}
			if got := len(cellsIn(asks)); got != 57*len(roles) {
				t.Errorf("compared %d cells, want 57 permissions × %d roles", got, len(roles))
			}
			report(t, w.build(t), asks)
		})
	}
}

// A branch role counts where its holder has access to the parent (seed 001's example), from both scopes.
func TestDagsterMatrixInBranchDeployments(t *testing.T) {
	rows := dagsterRows(t)
	for _, name := range []string{"dagster-plus", "dagster-cloud-2023"} {
		t.Run(name, func(t *testing.T) {
			w := dagsterWorld(edition(t, name), nil)
			var asks []ask
			for _, scope := range []string{"dagster/branch:*", "dagster/prod/branch:*"} {
				for _, r := range deploymentRoles {
					asks = append(asks, branchAlone(w, r, scope).asks(rows)...)
					asks = append(asks, branchBesideViewer(w, r, scope).asks(rows)...)
				}
			}
			if got := len(cellsIn(asks)); got != 57*4 {
				t.Errorf("compared %d cells, want 57 permissions × 4 roles", got)
			}
			report(t, w.build(t), asks)
		})
	}
}

func branchAlone(w *world, role, scope string) station {
	return station{role + " on " + scope + " alone", w.user(role + "@" + scope), role, map[string]map[string]string{
		"code_location": {"dagster/prod/branch:feature-1/etl": "", "dagster/prod/branch:feature-1/new": "", "dagster/prod/branch:feature-1": "",
			"dagster/prod/branch:*": "", "dagster/branch:*": "", "dagster/dev/branch:fix/etl": "", "dagster/prod/etl": "", "dagster": ""},
		"deployment":   {"dagster/prod/branch:feature-1": "", "dagster/prod/branch:*": "", "dagster/branch:*": "", "dagster/prod": ""},
		"organization": {"dagster": ""},
	}}
}

func branchBesideViewer(w *world, role, scope string) station {
	return station{"viewer on dagster/prod, " + role + " on " + scope, w.user("viewer@dagster/prod", role+"@"+scope), role,
		map[string]map[string]string{
			"code_location": {"dagster/prod/branch:feature-1/etl": role, "dagster/prod/branch:feature-1/new": role,
				"dagster/prod/branch:feature-1": role, "dagster/prod/branch:*": role, "dagster/branch:*": "",
				"dagster/dev/branch:fix/etl": "", "dagster/dev/branch:fix": "", "dagster/prod/etl": "viewer", "dagster/prod": "viewer", "dagster": ""},
			"deployment": {"dagster/prod/branch:feature-1": role, "dagster/prod/branch:*": role, "dagster/branch:*": "",
				"dagster/dev/branch:fix": "", "dagster/prod": "viewer"},
			"organization": {"dagster": "viewer"}, // a branch role is no deployment grant
		}}
}

// Where branch_scope says everywhere, a branch role needs no access to the parent (the newest public page).
func TestDagsterMatrixInBranchDeploymentsEverywhere(t *testing.T) {
	rows := dagsterRows(t)
	w := dagsterWorld(edition(t, "dagster-plus"), map[string]string{"branch_scope": "everywhere"})
	var asks []ask
	for _, r := range deploymentRoles {
		st := station{r + " on dagster/branch:* alone, everywhere", w.user(r + "@dagster/branch:*"), r, map[string]map[string]string{
			"code_location": {"dagster/prod/branch:feature-1/etl": r, "dagster/dev/branch:fix/etl": r, "dagster/prod/branch:*": r,
				"dagster/branch:*": r, "dagster/prod/etl": "", "dagster": ""},
			// Decision 0002, 5: dagster/branch:* itself needs Organization Admin for team permissions.
			"deployment": {"dagster/prod/branch:feature-1": r, "dagster/dev/branch:fix": r, "dagster/branch:*": "not-teams:" + r,
				"dagster/prod": "", "dagster": ""},
			"organization": {"dagster": ""},
		}}
		asks = append(asks, st.asks(rows)...)
		st = station{r + " on dagster/prod/branch:* alone, everywhere", w.user(r + "@dagster/prod/branch:*"), r, map[string]map[string]string{
			"code_location": {"dagster/prod/branch:feature-1/etl": r, "dagster/dev/branch:fix/etl": "", "dagster/branch:*": ""},
			"deployment":    {"dagster/prod/branch:feature-1": r, "dagster/prod/branch:*": r, "dagster/dev/branch:fix": "", "dagster/prod": ""},
			"organization":  {"dagster": ""},
		}}
		asks = append(asks, st.asks(rows)...)
	}
	report(t, w.build(t), asks)
}

// Agents hold agents.connect and nothing else; nobody else holds it.
func TestDagsterAgents(t *testing.T) {
	rows := dagsterRows(t)
	w := dagsterWorld(edition(t, "dagster-plus"), nil)
	connects := map[string]map[string]bool{
		"dagster":          {"dagster/prod": true, "dagster/dev": true, "dagster": true, "dagster/prod/branch:feature-1": true, "dagster/branch:*": true},
		"dagster/prod":     {"dagster/prod": true, "dagster/dev": false, "dagster": false, "dagster/prod/branch:feature-1": false},
		"dagster/branch:*": {"dagster/prod": false, "dagster/prod/branch:feature-1": true, "dagster/dev/branch:fix": true, "dagster/branch:*": true},
	}
	var asks []ask
	for scope, places := range connects {
		agent := w.agent("agent@" + scope)
		for path, want := range places {
			for _, row := range rows {
				expect := want && row.Permission == "agents.connect"
				asks = append(asks, ask{cell{"agent", row.Permission}, "agent on " + scope, agent, row.Permission, path, expect})
			}
		}
	}
	if got := len(cellsIn(asks)); got != 57 {
		t.Errorf("compared %d cells, want the 57 permissions of the agent's column", got)
	}
	report(t, w.build(t), asks)
}

// sameNames fails unless the transcription names exactly the permissions of the model, each once.
func sameNames(t *testing.T, model *access.Model, transcribed func(yield func(string))) {
	t.Helper()
	count := make(map[string]int)
	transcribed(func(name string) { count[name]++ })
	for _, p := range model.Permissions {
		if count[p.Name] != 1 {
			t.Errorf("%s: permission %s stands %d times in the transcription", model.Edition, p.Name, count[p.Name])
		}
		delete(count, p.Name)
	}
	for name := range count {
		t.Errorf("%s: the model lacks the transcribed permission %s", model.Edition, name)
	}
}
