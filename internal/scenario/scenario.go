package scenario

import (
	"time"

	"bailiwick/access"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/yamltext"
)

// A Scenario is a named statement of the documents about one organization.
type Scenario struct {
	Topic  string // the file without its ending: "dagster-roles"
	Name   string
	Source string // where the documents say so
	Why    string // a word of the explanation of the first line, or ""
	Lines  []Line
	// File is the organization; scenarios that share it have the same pointer.
	File  *accessfile.File
	Place yamltext.Place
}

// A Line is one question and its expected answer.
type Line struct {
	access.Question
	Can   bool
	Text  string // as written
	Place yamltext.Place
}

// Moment returns the moment of every question that names none.
func Moment() time.Time { return time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC) }
