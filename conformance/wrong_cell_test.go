package conformance

import (
	"slices"
	"testing"

	"bailiwick/access"
)

// A deliberately wrong cell is reported, and no other: the comparisons can fail.
func TestAWrongCellIsCaught(t *testing.T) {
	without := func(permission string) func([]string) []string {
		return func(all []string) []string {
			return slices.DeleteFunc(all, func(p string) bool { return p == permission })
		}
	}
	also := func(permission string) func([]string) []string {
		return func(all []string) []string { return append(all, permission) }
	}
	dagster := func(t *testing.T, m *access.Model) (*world, []ask) {
		w := dagsterWorld(m, nil)
		return w, dagsterTable(w, dagsterRows(t))
	}
	dbt := func(t *testing.T, m *access.Model) (*world, []ask) {
		w := dbtWorld(m)
		return w, dbtTable(w, dbtCells(t))
	}
	astro := func(t *testing.T, m *access.Model) (*world, []ask) {
		w := astroWorld(m)
		return w, astroTable(t, w, m.Edition+".md")
	}
	for _, c := range []struct {
		edition, role string
		change        func([]string) []string
		table         func(*testing.T, *access.Model) (*world, []ask)
		reported      string
	}{
		{"dagster-plus", "editor", without("schedules.toggle"), dagster, "editor × schedules.toggle"},
		{"dagster-plus", "launcher", also("assets.wipe"), dagster, "launcher × assets.wipe"},
		{"dagster-plus", "organization_admin", without("audit_log.view"), dagster, "organization_admin × audit_log.view"},
		{"dbt-enterprise-2024", "account_admin", also("marketplace_app.write"), dbt, "account_admin × marketplace_app"},
		{"dbt-enterprise-2024", "job_runner", without("runs.write"), dbt, "job_runner × runs"},
		{"dbt-enterprise-2024", "developer", also("jobs.write"), dbt, "developer × jobs"},
		{"astro-2022", "workspace_viewer", also("deploys.push"), astro, "workspace_viewer × deploys.push"},
		{"astro-2024", "workspace_operator", without("workspace_tokens.edit"), astro, "workspace_operator × workspace_tokens.edit"},
	} {
		t.Run(c.edition+" "+c.reported, func(t *testing.T) {
			w, asks := c.table(t, with(t, edition(t, c.edition), c.role, c.change))
			if got := wrongCells(compare(w.build(t), asks)); !slices.Equal(got, []string{c.reported}) {
				t.Errorf("reported %q, want exactly %q", got, c.reported)
			}
		})
	}
}
