package conformance

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"bailiwick/access"
)

// A dbtCell is one cell of the page: W, R, R* or -.
type dbtCell struct {
	Role, Row string
	Account   bool // an account permission, asked at the account
	OfProject bool // of a project role
	Value     string
	Printed   bool
}

func (c dbtCell) read() bool  { return c.Value != "-" }
func (c dbtCell) write() bool { return c.Value == "W" }

func dbtCells(t *testing.T) []dbtCell {
	t.Helper()
	var cells []dbtCell
	for _, tb := range readTables(t, "dbt-enterprise-2024.md") {
		for _, row := range tb.Rows {
			for _, role := range tb.rolesOf("Permission") {
				c := dbtCell{Role: role, Row: row["Permission"], Printed: true, Value: row[role],
					Account:   strings.HasPrefix(tb.Heading, "Account permissions"),
					OfProject: strings.HasSuffix(tb.Heading, "of project roles")}
				if c.Value == "(-)" {
					c.Value, c.Printed = "-", false
				}
				if !strings.Contains(" W R R* - ", " "+c.Value+" ") {
					t.Fatalf("%s × %s: unknown cell %q", c.Role, c.Row, c.Value)
				}
				cells = append(cells, c)
			}
		}
	}
	return cells
}

// category → environment of the project jaffle that has it.
var dbtEnvironments = map[string]string{"development": "dev", "staging": "ci", "production": "prod", "other": "adhoc"}

func dbtWorld(model *access.Model) *world {
	resources := []access.Resource{{Path: "dbt/jaffle"}, {Path: "dbt/other"},
		{Path: "dbt/other/prod", Category: "production"}, {Path: "dbt/other/prod/job:nightly"}}
	for category, env := range dbtEnvironments {
		resources = append(resources, access.Resource{Path: "dbt/jaffle/" + env, Category: category},
			access.Resource{Path: "dbt/jaffle/" + env + "/job:nightly"})
	}
	return newWorld("dbt", model, nil, resources...)
}

// dbtPlaces says where a permission is asked, and whether a holder on the scope is expected to have it there.
func dbtPlaces(c dbtCell, scope string) map[string]bool {
	everywhere := scope != "dbt/jaffle"
	switch {
	case c.Account: // a project set's account permissions hold for the account
		return map[string]bool{"dbt": true}
	case c.Row == "jobs" || c.Row == "runs":
		return map[string]bool{"dbt/jaffle/prod/job:nightly": true, "dbt/jaffle/dev/job:nightly": true, "dbt/jaffle/prod": true,
			"dbt/jaffle": true, "dbt/other/prod/job:nightly": everywhere, "dbt": everywhere, "dbt/*": everywhere}
	}
	return map[string]bool{"dbt/jaffle": true, "dbt/other": everywhere, "dbt": everywhere, "dbt/*": everywhere}
}

func dbtAsks(c dbtCell, who access.Subject, name, scope string, role string) []ask {
	var asks []ask
	places := dbtPlaces(c, scope)
	for _, path := range slices.Sorted(maps.Keys(places)) {
		within := places[path]
		asks = append(asks,
			ask{cell{role, c.Row}, name, who, c.Row + ".read", path, within && c.read()},
			ask{cell{role, c.Row}, name, who, c.Row + ".write", path, within && c.write()})
	}
	return asks
}

// dbtTable asks each cell of a team member with a developer license; R* is read here, for no category is granted.
func dbtTable(w *world, cells []dbtCell) []ask {
	holders := make(map[string]access.Subject)
	var asks []ask
	for _, c := range cells {
		scopes := []string{"dbt"}
		if c.OfProject {
			scopes = []string{"dbt/jaffle", "dbt/*"}
		}
		for _, scope := range scopes {
			name := c.Role + "@" + scope
			if _, made := holders[name]; !made {
				holders[name] = w.member("dbt", "developer", nil, name)
			}
			asks = append(asks, dbtAsks(c, holders[name], name, scope, c.Role)...)
		}
	}
	return asks
}

func TestDbtTables(t *testing.T) {
	cells := dbtCells(t)
	printed := 0
	for _, c := range cells {
		if c.Printed {
			printed++
		}
	}
	if printed != 462 || len(cells) != 19*27 {
		t.Errorf("%d cells, %d of them printed; want 19 roles × 27 permissions, 462 printed", len(cells), printed)
	}
	w := dbtWorld(edition(t, "dbt-enterprise-2024"))
	asks := dbtTable(w, cells)
	if got := len(cellsIn(asks)); got != 19*27 {
		t.Errorf("compared %d cells, want 19 × 27", got)
	}
	report(t, w.build(t), asks)
}

func TestDbtTablesNameEveryPermission(t *testing.T) {
	sameNames(t, edition(t, "dbt-enterprise-2024"), func(yield func(string)) {
		for _, c := range dbtCells(t) {
			if c.Role == "account_admin" {
				yield(c.Row + ".read")
				yield(c.Row + ".write")
			}
		}
	})
}

// A service user holds sets directly and has no license: the same cells.
func TestDbtTablesForServiceUsers(t *testing.T) {
	w := dbtWorld(edition(t, "dbt-enterprise-2024"))
	holders := make(map[string]access.Subject)
	var asks []ask
	for _, c := range dbtCells(t) {
		scope := "dbt"
		if c.OfProject {
			scope = "dbt/jaffle"
		}
		if _, made := holders[c.Role]; !made {
			holders[c.Role] = w.serviceUser(c.Role, c.Role+"@"+scope)
		}
		asks = append(asks, dbtAsks(c, holders[c.Role], "service user with "+c.Role+" on "+scope, scope, c.Role)...)
	}
	report(t, w.build(t), asks)
}
