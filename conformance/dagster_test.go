package conformance

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"bailiwick/access"
)

// The roles of a deployment, in the columns of the transcription.
var deploymentRoles = []string{"viewer", "launcher", "editor", "admin"}

// A dagsterRow is one permission of the matrix.
type dagsterRow struct {
	Permission, Level string
	Ticks             map[string]bool // role → yes
}

func dagsterRows(t *testing.T) []dagsterRow {
	t.Helper()
	column := map[string]string{"viewer": "V", "launcher": "L", "editor": "E", "admin": "A", "organization_admin": "O"}
	var rows []dagsterRow
	for _, tb := range readTables(t, "dagster-plus.md") {
		for _, r := range tb.Rows {
			ticks := make(map[string]bool)
			for role, c := range column {
				ticks[role] = r[c] == "y"
			}
			for _, p := range strings.Fields(r["Permissions"]) {
				rows = append(rows, dagsterRow{p, r["Level"], ticks})
			}
		}
	}
	return rows
}

// A station is a holder with known grants; places say which column of the matrix decides where ("" for none).
type station struct {
	name  string
	who   access.Subject
	role  string                       // the column that the station is about
	place map[string]map[string]string // level → path → role
}

func (st station) asks(rows []dagsterRow) []ask {
	var asks []ask
	for _, row := range rows {
		level := row.Level
		if level == "agent" {
			level = "deployment"
		}
		for _, path := range slices.Sorted(maps.Keys(st.place[level])) {
			role := st.place[level][path]
			// A deployment Admin's right over team permissions reaches the branch scope of that deployment
			// (access file, level table; decision 0002, 5); nothing else of a deployment role does.
			if reached, reaches := strings.CutPrefix(role, "reach:"); reaches {
				role = ""
				if row.Permission == "team_permissions.edit" {
					role = reached
				}
			}
			if excepted, is := strings.CutPrefix(role, "not-teams:"); is {
				role = excepted
				if row.Permission == "team_permissions.edit" {
					role = ""
				}
			}
			asks = append(asks, ask{cell{st.role, row.Permission}, st.name, st.who, row.Permission, path, row.Ticks[role]})
		}
	}
	return asks
}

func dagsterWorld(model *access.Model, settings map[string]string) *world {
	var resources []access.Resource
	for _, p := range []string{
		"dagster/prod", "dagster/prod/etl", "dagster/prod/reports", "dagster/dev", "dagster/dev/etl",
		"dagster/prod/branch:feature-1", "dagster/prod/branch:feature-1/etl", "dagster/prod/branch:feature-1/new",
		"dagster/dev/branch:fix", "dagster/dev/branch:fix/etl",
	} {
		resources = append(resources, access.Resource{Path: p})
	}
	return newWorld("dagster", model, settings, resources...)
}

// tableStations hold each role of the matrix by itself: a deployment role on prod, Organization Admin at the root.
func tableStations(w *world) []station {
	var all []station
	for _, r := range deploymentRoles {
		all = append(all, station{r + " on dagster/prod", w.user(r + "@dagster/prod"), r, map[string]map[string]string{
			"code_location": {"dagster/prod/etl": r, "dagster/prod/reports": r, "dagster/prod": r,
				"dagster/dev/etl": "", "dagster/dev": "", "dagster": "", "dagster/prod/branch:feature-1/etl": "",
				"dagster/prod/branch:feature-1": "", "dagster/prod/branch:*": "", "dagster/branch:*": ""},
			"deployment": {"dagster/prod": r, "dagster/dev": "", "dagster": "",
				"dagster/prod/branch:feature-1": "reach:" + r, "dagster/prod/branch:*": "reach:" + r,
				"dagster/dev/branch:fix": "", "dagster/branch:*": ""},
			"organization": {"dagster": r},
		}})
	}
	o := "organization_admin"
	return append(all, station{o + " on dagster", w.user(o + "@dagster"), o, map[string]map[string]string{
		"code_location": {"dagster/prod/etl": o, "dagster/prod": o, "dagster/dev/etl": o, "dagster": o,
			"dagster/prod/branch:feature-1/etl": o, "dagster/prod/branch:feature-1/new": o, "dagster/prod/branch:*": o, "dagster/branch:*": o},
		"deployment": {"dagster/prod": o, "dagster/dev": o, "dagster": o, "dagster/prod/branch:feature-1": o,
			"dagster/prod/branch:*": o, "dagster/branch:*": o},
		"organization": {"dagster": o},
	}})
}

func dagsterTable(w *world, rows []dagsterRow) []ask {
	var asks []ask
	for _, st := range tableStations(w) {
		asks = append(asks, st.asks(rows)...)
	}
	return asks
}

func TestDagsterMatrix(t *testing.T) {
	rows := dagsterRows(t)
	// Two editions, one matrix: seed 001 prints none of its own.
	for _, name := range []string{"dagster-plus", "dagster-cloud-2023"} {
		t.Run(name, func(t *testing.T) {
			w := dagsterWorld(edition(t, name), nil)
			asks := dagsterTable(w, rows)
			if got := len(cellsIn(asks)); got != 57*5 {
				t.Errorf("compared %d cells, want 57 permissions × 5 roles", got)
			}
			report(t, w.build(t), asks)
		})
	}
}

func TestDagsterMatrixNamesEveryPermission(t *testing.T) {
	for _, name := range []string{"dagster-plus", "dagster-cloud-2023"} {
		sameNames(t, edition(t, name), func(yield func(string)) {
			for _, r := range dagsterRows(t) {
				yield(r.Permission)
			}
		})
	}
}

func TestDagsterQuestionBelowItsLevel(t *testing.T) {
	w := dagsterWorld(edition(t, "dagster-plus"), nil)
	boss := w.user("organization_admin@dagster")
	s := w.build(t)
	for _, row := range dagsterRows(t) {
		below := map[string]string{"deployment": "dagster/prod/etl", "organization": "dagster/prod"}[row.Level]
		if below == "" {
			continue
		}
		got := s.Decide(access.Question{Subject: boss, Permission: row.Permission, Resource: below, At: noon})
		if got.Allowed || got.Code != access.BelowLevel {
			t.Errorf("%s on %s is below its level %s, the decision is %v (%v)", row.Permission, below, row.Level, got.Allowed, got.Code)
		}
	}
}
