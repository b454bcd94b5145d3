package cli

import (
	"fmt"
	"strings"

	"bailiwick/client"
	"bailiwick/internal/terminal"
)

type whoCanCommand struct {
	fromFile
	atTime
	Permission string `arg:"" help:"What they would do: runs.launch, or dagster.runs.launch."`
	Resource   string `arg:"" help:"Where: a path such as dagster/prod/etl."`
}

// Help is printed below the usage.
func (whoCanCommand) Help() string {
	return `Prints everybody who may do it, and the grant by which they may. Exit code: 0, or 2 for an error.

Examples:
  bailiwick who-can -f acme.yaml secrets.view_values dagster/prod
  bailiwick who-can -f acme.yaml jobs.write dbt/jaffle/prod -o json | jq -r '.subjects[].subject'
  bailiwick who-can secrets.view_values dagster/prod --at 2026-11-17T09:00:00Z     # of the server`
}

// Run lists the subjects.
func (c whoCanCommand) Run(s *session) error {
	ask, err := s.asker(c.File, c.At)
	if err != nil {
		return err
	}
	found, err := ask.whoCan(c.Permission, c.Resource)
	if err != nil {
		return err
	}
	if s.output != "table" {
		return s.object(found)
	}
	table := terminal.Table{Header: []string{"WHO", "NAME", "ROLE", "ON", "THROUGH"}, Width: s.width()}
	for _, line := range found.Subjects {
		table.Add(line.Subject, line.Name, line.Role, line.On, owner(line.Via))
	}
	s.printf("%s%s\n", table.Render(s.style), s.style.Faint(fmt.Sprintf("%s may %s on %s", people(found.Count), found.Permission, found.Resource)))
	return nil
}

func people(n int) string {
	switch n {
	case 0:
		return "nobody"
	case 1:
		return "1 subject"
	}
	return fmt.Sprintf("%d subjects", n)
}

type whatCanCommand struct {
	fromFile
	atTime
	Who      string `arg:"" help:"Whom the question is about: ana@acme.test, service_user:ci or ci."`
	Resource string `arg:"" optional:"" help:"Only there: a path such as dagster/prod. Every resource, where left out."`
}

// Help is printed below the usage.
func (whatCanCommand) Help() string {
	return `Without a resource: every resource where somebody has something, with the roles that give it. With one: the
permissions there and everywhere beneath it. Exit code: 0, or 2 for an error.

Examples:
  bailiwick what-can -f acme.yaml ana@acme.test
  bailiwick what-can -f acme.yaml service_user:ci dagster/prod
  bailiwick what-can ana@acme.test                                     # of the server`
}

// Run lists permissions or resources.
func (c whatCanCommand) Run(s *session) error {
	ask, err := s.asker(c.File, c.At)
	if err != nil {
		return err
	}
	found, err := ask.whatCan(c.Who, c.Resource)
	if err != nil {
		return err
	}
	if s.output != "table" {
		return s.object(found)
	}
	if found.Resource != "" {
		s.whatAt(found)
	} else {
		s.whatEverywhere(found)
	}
	return nil
}

// whatAt prints permissions at one resource.
func (s *session) whatAt(found client.WhatCan) {
	table := terminal.Table{Header: []string{"PERMISSION", "LEVEL", "WHAT"}, Width: s.width()}
	for _, line := range found.Permissions {
		table.Add(line.Permission, strings.ReplaceAll(line.Level, "_", " "), line.Title)
	}
	by := ""
	if len(found.Roles) > 0 {
		by = " by " + strings.Join(found.Roles, ", ")
	}
	s.printf("%s%s\n", table.Render(s.style), s.style.Faint(fmt.Sprintf("%s may do %s on %s%s", found.Subject, things(len(found.Permissions)), found.Resource, by)))
}

func things(n int) string {
	switch n {
	case 0:
		return "nothing"
	case 1:
		return "1 thing"
	}
	return fmt.Sprintf("%d things", n)
}

// whatEverywhere prints the resources where a subject has something at their own level.
func (s *session) whatEverywhere(found client.WhatCan) {
	table := terminal.Table{Header: []string{"RESOURCE", "KIND", "ROLES", "MAY"}, Width: s.width()}
	for _, row := range siblings(found.Resources) {
		line, name := row[0], row[0].Resource
		if len(row) > listed {
			name = fmt.Sprintf("%d in %s", len(row), parentOf(name))
		}
		table.Add(name, strings.ReplaceAll(line.Kind, "_", " "), strings.Join(line.Roles, ", "), line.Summary)
	}
	s.printf("%s%s\n", table.Render(s.style), s.style.Faint(fmt.Sprintf("%s has something on %s", found.Subject, resources(len(found.Resources)))))
}

// siblings joins more than a few resources of one parent where somebody has the same, for the eye.
func siblings(lines []client.Holding) [][]client.Holding {
	var rows [][]client.Holding
	byKey := map[string]int{}
	for _, line := range lines {
		key := strings.Join([]string{parentOf(line.Resource), line.Kind, strings.Join(line.Roles, " "), strings.Join(line.Permissions, " ")}, "\x00")
		i, known := byKey[key]
		if !known {
			i = len(rows)
			byKey[key] = i
			rows = append(rows, nil)
		}
		rows[i] = append(rows[i], line)
	}
	var short [][]client.Holding
	for _, row := range rows {
		if len(row) > listed {
			short = append(short, row)
			continue
		}
		for _, line := range row {
			short = append(short, []client.Holding{line})
		}
	}
	return short
}

func resources(n int) string {
	switch n {
	case 0:
		return "no resource"
	case 1:
		return "1 resource"
	}
	return fmt.Sprintf("%d resources", n)
}

// parentOf is the path above a path; the root is its own.
func parentOf(path string) string {
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		return path[:i]
	}
	return path
}
