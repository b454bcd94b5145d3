package conformance

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A table is one Markdown table of a transcription, under its heading.
type table struct {
	Heading string
	Columns []string
	Rows    []map[string]string // column → cell
}

// readTables reads every table of a transcription; a row with the wrong number of cells fails the test.
func readTables(t *testing.T, file string) []table {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	var tables []table
	heading := ""
	var open *table
	for n, line := range strings.Split(string(text), "\n") {
		switch {
		case strings.HasPrefix(line, "#"):
			heading, open = strings.TrimSpace(strings.TrimLeft(line, "#")), nil
		case !strings.HasPrefix(line, "|"):
			open = nil
		case strings.HasPrefix(line, "|---"):
		case open == nil:
			tables = append(tables, table{Heading: heading, Columns: cellsOf(line)})
			open = &tables[len(tables)-1]
		default:
			cells := cellsOf(line)
			if len(cells) != len(open.Columns) {
				t.Fatalf("%s:%d: %d cells in a table of %d columns", file, n+1, len(cells), len(open.Columns))
			}
			row := make(map[string]string, len(cells))
			for i, c := range cells {
				row[open.Columns[i]] = c
			}
			open.Rows = append(open.Rows, row)
		}
	}
	return tables
}

func cellsOf(line string) []string {
	parts := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

// rolesOf returns the columns of a table that are roles: those after the last descriptive column.
func (tb table) rolesOf(last string) []string {
	for i, c := range tb.Columns {
		if c == last {
			return tb.Columns[i+1:]
		}
	}
	return nil
}

func named(t *testing.T, tables []table, heading string) table {
	t.Helper()
	for _, tb := range tables {
		if tb.Heading == heading {
			return tb
		}
	}
	t.Fatalf("no table under %q", heading)
	return table{}
}
