package conformance

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The page's column heads, as printed, to the names of the sets.
var dbtColumns = map[string]string{
	"Account Admin": "account_admin", "Billing admin": "billing_admin", "Manage marketplace apps": "manage_marketplace_apps",
	"Project creator": "project_creator", "Security admin": "security_admin", "Viewer": "account_viewer",
	"Admin": "admin", "Analyst": "analyst", "Database admin": "database_admin", "Developer": "developer", "Git Admin": "git_admin",
	"Job admin": "job_admin", "Job runner": "job_runner", "Job viewer": "job_viewer",
	"Metadata (Discovery API only)": "metadata_only", "Semantic Layer": "semantic_layer_only", "Stakeholder": "stakeholder",
	"Team admin": "team_admin", "Webhook": "webhooks_only",
}

// The page's text is a second source: its 462 cells are parsed as they stand and compared with the transcription.
func TestDbtTranscriptionIsThePage(t *testing.T) {
	transcribed := make(map[cell]string)
	names := make(map[string]string) // row as printed → permission
	for _, tb := range readTables(t, "dbt-enterprise-2024.md") {
		for _, row := range tb.Rows {
			names[row["Page"]] = row["Permission"]
			for _, role := range tb.rolesOf("Permission") {
				transcribed[cell{role, row["Permission"]}] = row[role]
			}
		}
	}
	names["Data platform configurations"] = "data_platform_configs" // one permission, two spellings
	page := dbtPage(t, names)
	for c, printed := range page {
		if printed == "v" { // a slip of the page: no level is called v, the cell was blank before and is a dash since
			printed = "-"
		}
		if transcribed[c] != printed {
			t.Errorf("%s × %s: the page says %q, the transcription %q", c.Role, c.Permission, printed, transcribed[c])
		}
	}
	if len(page) != 462 {
		t.Errorf("the page has %d cells, want 462", len(page))
	}
	for c, value := range transcribed {
		if _, printed := page[c]; !printed && value != "(-)" {
			t.Errorf("%s × %s: %q is not printed on the page", c.Role, c.Permission, value)
		}
	}
	counts := make(map[string]int)
	for _, printed := range page {
		counts[printed]++
	}
	for value, want := range map[string]int{"W": 93, "R": 132, "R*": 10, "-": 226, "v": 1} {
		if counts[value] != want {
			t.Errorf("%d cells %s on the page, want %d", counts[value], value, want)
		}
	}
}

func dbtPage(t *testing.T, names map[string]string) map[cell]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "dbt-enterprise-2024.page.txt"))
	if err != nil {
		t.Fatal(err)
	}
	cells := make(map[cell]string)
	var columns []string
	for n, line := range strings.Split(string(text), "\n") {
		if !strings.HasSuffix(line, "|") || strings.HasPrefix(line, "---|") {
			continue
		}
		parts := cellsOf(line)
		if strings.Contains(parts[0], "-level permission") {
			columns = parts[1:]
			continue
		}
		if len(parts) != len(columns)+1 {
			t.Fatalf("page line %d: %d cells under %d columns", n+1, len(parts)-1, len(columns))
		}
		permission := names[parts[0]]
		if permission == "" {
			t.Fatalf("page line %d: unknown row %q", n+1, parts[0])
		}
		for i, value := range parts[1:] {
			head := strings.TrimSuffix(columns[i], "↑↓")
			role := dbtColumns[head]
			if role == "" {
				t.Fatalf("page line %d: unknown column %q", n+1, head)
			}
			cells[cell{role, permission}] = value
		}
	}
	return cells
}
