package terminal

import (
	"strings"
)

// gap stands between two columns.
const gap = "  "

// narrowest is the least width that the last column is wrapped to.
const narrowest = 24

// beneath begins the lines of a last column that stands beneath the others.
const beneath = "    "

// A Table lays out rows in aligned columns; the last one wraps. Where the page is too narrow for that, it stands on
// lines of its own beneath the others.
type Table struct {
	Header []string
	Rows   [][]string
	Indent string
	Width  int // of the page; 0 for endless

	stacked bool // the last column stands beneath the others
}

// Add appends a row.
func (t *Table) Add(cells ...string) { t.Rows = append(t.Rows, cells) }

// Render writes the table, a line break at the end of every line. Without rows it writes nothing.
func (t *Table) Render(style Style) string {
	if len(t.Rows) == 0 {
		return ""
	}
	widths := t.columns()
	var b strings.Builder
	if len(t.Header) > 0 {
		header := make([]string, len(t.Header))
		for i, title := range t.Header {
			header[i] = style.Faint(title)
		}
		t.row(&b, header, widths)
	}
	for _, row := range t.Rows {
		t.row(&b, row, widths)
	}
	return b.String()
}

// columns measures every column but the last, and gives that one what is left.
func (t *Table) columns() []int {
	n := len(t.Header)
	for _, row := range t.Rows {
		n = max(n, len(row))
	}
	widths := make([]int, n)
	for _, row := range append([][]string{t.Header}, t.Rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], Width(cell))
		}
	}
	if t.Width <= 0 || n == 0 {
		return widths
	}
	left := t.Width - Width(t.Indent)
	for _, w := range widths[:n-1] {
		left -= w + len(gap)
	}
	if left < min(widths[n-1], narrowest) {
		left = t.Width - Width(t.Indent) - len(beneath)
		t.stacked = true
	}
	widths[n-1] = min(widths[n-1], left)
	return widths
}

func (t *Table) row(b *strings.Builder, cells []string, widths []int) {
	last := len(widths) - 1
	head := t.Indent
	for i := 0; i < last; i++ {
		cell := ""
		if i < len(cells) {
			cell = cells[i]
		}
		head += Pad(cell, widths[i]) + gap
	}
	if len(cells) <= last {
		b.WriteString(strings.TrimRight(head, " ") + "\n")
		return
	}
	blank := strings.Repeat(" ", Width(head))
	if t.stacked {
		b.WriteString(strings.TrimRight(head, " ") + "\n")
		head = t.Indent + beneath
		blank = head
	}
	for i, line := range Wrap(cells[last], widths[last]) {
		if i > 0 {
			head = blank
		}
		b.WriteString(strings.TrimRight(head+line, " ") + "\n")
	}
}

// Chain draws steps as a tree in which each hangs on the one before.
func Chain(indent string, steps []string) string {
	var b strings.Builder
	for i, step := range steps {
		b.WriteString(indent)
		if i > 0 {
			b.WriteString(strings.Repeat("   ", i-1) + "└─ ")
		}
		b.WriteString(step + "\n")
	}
	return b.String()
}
