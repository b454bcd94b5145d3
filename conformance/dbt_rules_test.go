package conformance

import (
	"strings"
	"testing"
)

// R*: read by default; each category of the same grant lifts jobs and runs in its environments, "all" in every one.
func TestDbtLiftedCells(t *testing.T) {
	var lifted []dbtCell
	for _, c := range dbtCells(t) {
		if c.Value == "R*" {
			lifted = append(lifted, c)
		}
	}
	if len(lifted) != 10 {
		t.Fatalf("%d cells R*, want jobs and runs of five sets", len(lifted))
	}
	w := dbtWorld(edition(t, "dbt-enterprise-2024"))
	var asks []ask
	for _, c := range lifted {
		asks = append(asks, liftedAsks(w, c, nil)...)
		asks = append(asks, liftedAsks(w, c, []string{"all"})...)
		// The four categories written out are not "all": a category that does not exist yet (decision 0002, 7).
		asks = append(asks, liftedAsks(w, c, []string{"development", "staging", "production", "other"})...)
		for category := range dbtEnvironments {
			asks = append(asks, liftedAsks(w, c, []string{category})...)
		}
	}
	if got := len(cellsIn(asks)); got != 10 {
		t.Errorf("compared %d cells, want 10", got)
	}
	report(t, w.build(t), asks)
}

func liftedAsks(w *world, c dbtCell, categories []string) []ask {
	who := w.member("dbt", "developer", categories, c.Role+"@dbt/jaffle")
	name := c.Role + "@dbt/jaffle environments [" + strings.Join(categories, " ") + "]"
	all := len(categories) == 1 && categories[0] == "all"
	var asks []ask
	add := func(verb, path string, expect bool) {
		asks = append(asks, ask{cell{c.Role, c.Row}, name, who, c.Row + verb, path, expect})
	}
	for category, env := range dbtEnvironments {
		is := all
		for _, granted := range categories {
			is = is || granted == category
		}
		add(".write", "dbt/jaffle/"+env+"/job:nightly", is)
		add(".write", "dbt/jaffle/"+env, is) // the environment: every job in it shares its category
		add(".read", "dbt/jaffle/"+env+"/job:nightly", true)
	}
	add(".write", "dbt/jaffle", all)
	add(".read", "dbt/jaffle", true)
	add(".write", "dbt/other/prod/job:nightly", false)
	add(".write", "dbt", false)
	return asks
}

// Categories lift jobs and runs only (dbt.md trap 9), and only the R* cells: every other cell stays as printed.
func TestDbtCategoriesLiftNothingElse(t *testing.T) {
	cells := dbtCells(t)
	lifts := make(map[string]bool)
	for _, c := range cells {
		if c.Value == "R*" {
			lifts[c.Role] = true
		}
	}
	w := dbtWorld(edition(t, "dbt-enterprise-2024"))
	var asks []ask
	for role := range lifts {
		who := w.member("dbt", "developer", []string{"all"}, role+"@dbt/jaffle")
		for _, c := range cells {
			if c.Role == role && c.Value != "R*" {
				asks = append(asks, dbtAsks(c, who, role+"@dbt/jaffle environments [all]", "dbt/jaffle", role)...)
			}
		}
	}
	if got := len(cellsIn(asks)); got != 5*25 {
		t.Errorf("compared %d cells, want 5 sets × 25 permissions", got)
	}
	report(t, w.build(t), asks)
}

// A license replaces the grants: Read-Only by the Stakeholder column on all projects, IT by Security admin and Billing
// admin, none by nothing. What the person's team holds changes nothing.
func TestDbtLicenses(t *testing.T) {
	columns := map[string][]string{"read_only": {"stakeholder"}, "it": {"security_admin", "billing_admin"}, "": nil}
	byColumn := make(map[cell]dbtCell)
	for _, c := range dbtCells(t) {
		byColumn[cell{c.Role, c.Row}] = c
	}
	w := dbtWorld(edition(t, "dbt-enterprise-2024"))
	var asks []ask
	for license, roles := range columns {
		for _, grants := range [][]string{nil, {"account_admin@dbt"}, {"admin@dbt/jaffle"}, {"manage_marketplace_apps@dbt"}} {
			who := w.member("dbt", license, nil, grants...)
			name := "license " + license + " beside " + strings.Join(grants, " ")
			for key, c := range byColumn {
				if key.Role != "account_admin" {
					continue // one cell for each of the 27 rows
				}
				profile := dbtCell{Row: c.Row, Account: c.Account, Value: "-"}
				for _, r := range roles {
					if v := byColumn[cell{r, c.Row}].Value; v == "W" || v == "R" && profile.Value == "-" {
						profile.Value = v
					}
				}
				asks = append(asks, dbtAsks(profile, who, name, "dbt/*", "license "+license)...)
			}
		}
	}
	if got := len(cellsIn(asks)); got != 3*27 {
		t.Errorf("compared %d cells, want 3 licenses × 27 permissions", got)
	}
	report(t, w.build(t), asks)
}

// A developer license by itself, without a team that holds anything, gives nothing.
func TestDbtDeveloperLicenseAlone(t *testing.T) {
	w := dbtWorld(edition(t, "dbt-enterprise-2024"))
	who := w.member("dbt", "developer", nil)
	var asks []ask
	for _, c := range dbtCells(t) {
		if c.Role == "account_admin" {
			asks = append(asks, dbtAsks(dbtCell{Row: c.Row, Account: c.Account, Value: "-"}, who, "developer license alone", "dbt", "license developer")...)
		}
	}
	report(t, w.build(t), asks)
}
