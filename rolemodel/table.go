package rolemodel

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"bailiwick/internal/yamltext"
)

// A table is one of a product's tables as it stands in a text: a header line and rows of cells between bars.
type table struct {
	heading string
	path    string
	head    []cell
	rows    [][]cell
}

// A cell is the text between two bars, with its place in the file.
type cell struct {
	text string
	at   yamltext.Place
}

// readTable splits the text of a table into cells.
func (r *reader) readTable(v yamltext.Value) table {
	t := table{path: v.Path}
	text := v.Text(&r.Problems)
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		at := r.lineOf(v, i, line)
		if len(line) < 2 || line[0] != '|' || line[len(line)-1] != '|' {
			r.AddAt(at, v.Path, "the line is no row of a table", "begin and end it with |, as in | runs.view | code_location | y | - | View runs |")
			continue
		}
		row := split(line, at)
		if t.head == nil {
			t.head = row
			continue
		}
		if len(row) != len(t.head) {
			r.AddAt(at, v.Path+"."+row[0].text, fmt.Sprintf("the row has %d cells, the header %d", len(row), len(t.head)),
				"write one cell for each column; - means nothing")
			continue
		}
		t.rows = append(t.rows, row)
	}
	if len(t.rows) == 0 && v.IsText() && !r.Any() {
		r.Add(v, "the table has no rows", "write a header line and a line for each permission, after \"table: |\"")
	}
	return t
}

// lineOf finds the place of a line of a block text. A text that is no block is only placed as a whole.
func (r *reader) lineOf(v yamltext.Value, i int, line string) yamltext.Place {
	at := v.Place()
	n := at.Line + i // counting from 0, the line after the one that the block begins on
	if n < len(r.lines) && strings.TrimSpace(r.lines[n]) == line {
		indent := strings.Index(r.lines[n], line)
		return yamltext.Place{File: r.file, Line: n + 1, Column: utf8.RuneCountInString(r.lines[n][:indent]) + 1}
	}
	return at
}

// split cuts a line "| a | b |" into its cells.
func split(line string, at yamltext.Place) []cell {
	parts := strings.Split(line[1:len(line)-1], "|")
	cells := make([]cell, len(parts))
	column := at.Column + 1
	for i, part := range parts {
		text := strings.TrimSpace(part)
		indent := max(strings.Index(part, text), 0)
		cells[i] = cell{text: text, at: yamltext.Place{File: at.File, Line: at.Line, Column: column + utf8.RuneCountInString(part[:indent])}}
		column += utf8.RuneCountInString(part) + 1
	}
	return cells
}
