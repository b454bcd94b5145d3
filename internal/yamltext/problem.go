package yamltext

import (
	"fmt"
	"sort"
	"strings"
)

// A Place is where a value stands. Line and Column count from 1; 0 means the text as a whole.
type Place struct {
	File         string
	Line, Column int
}

// String writes FILE:LINE:COLUMN.
func (p Place) String() string { return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column) }

// A Problem is one thing wrong in a text.
type Problem struct {
	Place
	Path  string // of the value: "grants[3].role"
	Wrong string // what is wrong
	Right string // what would be right; may be empty
}

// Error writes FILE:LINE:COLUMN: path: what is wrong; what would be right.
func (p Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.String())
	b.WriteString(": ")
	if p.Path != "" {
		b.WriteString(p.Path)
		b.WriteString(": ")
	}
	b.WriteString(p.Wrong)
	if p.Right != "" {
		b.WriteString("; ")
		b.WriteString(p.Right)
	}
	return b.String()
}

// maxProblems bounds what one text can report: past it a reader learns nothing more.
const maxProblems = 200

// Problems collects what is wrong in one or more texts. The zero value is ready to use.
type Problems struct {
	list    []Problem
	dropped int
}

// Add records a problem at a value. Texts are complete clauses without a final full stop.
func (p *Problems) Add(v Value, wrong, right string) {
	p.AddAt(v.Place(), v.Path, wrong, right)
}

// AddAt records a problem at a place.
func (p *Problems) AddAt(at Place, path, wrong, right string) {
	if len(p.list) >= maxProblems {
		p.dropped++
		return
	}
	p.list = append(p.list, Problem{Place: at, Path: path, Wrong: wrong, Right: right})
}

// List returns the problems in the order of their places.
func (p *Problems) List() []Problem {
	sort.SliceStable(p.list, func(i, j int) bool {
		a, b := p.list[i].Place, p.list[j].Place
		if a.File != b.File {
			return a.File < b.File
		}
		if a.Line != b.Line {
			return a.Line < b.Line
		}
		return a.Column < b.Column
	})
	return p.list
}

// Any reports whether something is wrong.
func (p *Problems) Any() bool { return len(p.list) > 0 }

// Err returns nil, or an error whose text is one problem a line.
func (p *Problems) Err() error {
	if !p.Any() {
		return nil
	}
	return &Error{Problems: p.List(), Dropped: p.dropped}
}

// Error is all that is wrong in a text.
type Error struct {
	Problems []Problem
	Dropped  int // how many more there were
}

// Error writes one problem a line.
func (e *Error) Error() string {
	lines := make([]string, 0, len(e.Problems)+1)
	for _, p := range e.Problems {
		lines = append(lines, p.Error())
	}
	if e.Dropped > 0 {
		lines = append(lines, fmt.Sprintf("… and %d more problems", e.Dropped))
	}
	return strings.Join(lines, "\n")
}
