package cli

import (
	"fmt"
	"strings"
	"time"

	"bailiwick/access"
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
  bailiwick who-can -f acme.yaml jobs.write dbt/jaffle/prod -o json | jq -r '.subjects[].subject'`
}

// Run lists the subjects.
func (c whoCanCommand) Run(s *session) error {
	at := s.moment(c.At)
	file, err := s.load(c.File, at)
	if err != nil {
		return err
	}
	q, err := file.question(access.Subject{}, c.Permission, c.Resource, at)
	if err != nil {
		return err
	}
	subjects, code := file.snapshot.SearchSubjects(q.Permission, q.Resource, at)
	if code != access.Granted {
		return wrong(fmt.Sprintf("there is no resource %q", q.Resource), file.nearResource(q.Resource))
	}
	answer := whoAnswer{Permission: q.full(), Resource: q.Resource, At: at, Count: len(subjects), Subjects: []subjectAnswer{}}
	for _, sub := range subjects {
		q.Subject = sub
		answer.Subjects = append(answer.Subjects, file.subjectAnswer(q.Question))
	}
	if s.output != "table" {
		return s.object(answer)
	}
	table := terminal.Table{Header: []string{"WHO", "NAME", "ROLE", "ON", "THROUGH"}, Width: s.width()}
	for _, line := range answer.Subjects {
		table.Add(line.Subject, line.Name, line.Role, line.On, owner(line.Via))
	}
	s.printf("%s%s\n", table.Render(s.style), s.style.Faint(fmt.Sprintf("%s may %s on %s", people(len(subjects)), answer.Permission, answer.Resource)))
	return nil
}

func (f *source) subjectAnswer(q access.Question) subjectAnswer {
	answer := subjectAnswer{Subject: q.Subject.String()}
	if q.Subject.Kind == access.User {
		answer.Name = f.Names[q.Subject.ID]
	}
	if reasons := f.snapshot.Explain(q).Reasons; len(reasons) > 0 {
		answer.Role, answer.On, answer.Via = reasons[0].Grant.Role, reasons[0].Grant.On, reasons[0].Via
	}
	return answer
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
  bailiwick what-can -f acme.yaml service_user:ci dagster/prod`
}

// Run lists permissions or resources.
func (c whatCanCommand) Run(s *session) error {
	at := s.moment(c.At)
	file, err := s.load(c.File, at)
	if err != nil {
		return err
	}
	sub, err := file.subject(c.Who)
	if err != nil {
		return err
	}
	if _, exists := file.snapshot.Subject(sub); !exists {
		return wrong(fmt.Sprintf("there is no %s", sub), file.nearSubject(sub))
	}
	if c.Resource != "" {
		return s.whatAt(file, sub, c.Resource, at)
	}
	return s.whatEverywhere(file, sub, at)
}

// whatAt prints permissions at one resource.
func (s *session) whatAt(file *source, sub access.Subject, resource string, at time.Time) error {
	path, err := access.CanonicalPath(resource)
	if err != nil {
		return wrong("the resource cannot be read: "+err.Error(), "write it as dagster/prod/etl")
	}
	effective, code := file.snapshot.Effective(sub, path, at)
	if code != access.Granted {
		return wrong(fmt.Sprintf("there is no resource %q", path), file.nearResource(path))
	}
	slug, _, _ := strings.Cut(path, "/")
	platform := file.Platform(slug)
	answer := whatAnswer{Subject: sub.String(), At: at, Resource: path, Roles: effective.Roles, Permissions: []permissionAnswer{}}
	table := terminal.Table{Header: []string{"PERMISSION", "LEVEL", "WHAT"}, Width: s.width()}
	for _, name := range effective.Permissions {
		permission := permissionOf(platform, name)
		answer.Permissions = append(answer.Permissions, permissionAnswer{Permission: slug + "." + name, Title: permission.Title, Level: permission.At})
		table.Add(slug+"."+name, strings.ReplaceAll(permission.At, "_", " "), permission.Title)
	}
	if s.output != "table" {
		return s.object(answer)
	}
	by := ""
	if len(effective.Roles) > 0 {
		by = " by " + strings.Join(effective.Roles, ", ")
	}
	s.printf("%s%s\n", table.Render(s.style), s.style.Faint(fmt.Sprintf("%s may do %s on %s%s", sub, things(len(effective.Permissions)), path, by)))
	return nil
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
func (s *session) whatEverywhere(file *source, sub access.Subject, at time.Time) error {
	answer := whatAnswer{Subject: sub.String(), At: at, Resources: []resourceAnswer{}}
	for i := range file.Organization.Platforms {
		platform := &file.Organization.Platforms[i]
		paths := []string{platform.Slug}
		for _, res := range platform.Resources {
			paths = append(paths, res.Path)
		}
		for _, path := range paths {
			if line, some := file.resourceAnswer(platform, sub, path, at); some {
				answer.Resources = append(answer.Resources, line)
			}
		}
	}
	if s.output != "table" {
		return s.object(answer)
	}
	table := terminal.Table{Header: []string{"RESOURCE", "KIND", "ROLES", "MAY"}, Width: s.width()}
	for _, row := range siblings(answer.Resources) {
		line, name := row[0], row[0].Resource
		if len(row) > listed {
			name = fmt.Sprintf("%d in %s", len(row), parentOf(name))
		}
		table.Add(name, strings.ReplaceAll(line.Kind, "_", " "), strings.Join(line.Roles, ", "), file.compact(line.Resource, line.Permissions))
	}
	s.printf("%s%s\n", table.Render(s.style), s.style.Faint(fmt.Sprintf("%s has something on %s", sub, resources(len(answer.Resources)))))
	return nil
}

// siblings joins more than a few resources of one parent where somebody has the same, for the eye.
func siblings(lines []resourceAnswer) [][]resourceAnswer {
	var rows [][]resourceAnswer
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
	var short [][]resourceAnswer
	for _, row := range rows {
		if len(row) > listed {
			short = append(short, row)
			continue
		}
		for _, line := range row {
			short = append(short, []resourceAnswer{line})
		}
	}
	return short
}

func (f *source) resourceAnswer(platform *access.Platform, sub access.Subject, path string, at time.Time) (resourceAnswer, bool) {
	segments, err := access.SplitPath(path)
	if err != nil {
		return resourceAnswer{}, false
	}
	kind, err := platform.Model.PathKind(segments[1:])
	if err != nil {
		return resourceAnswer{}, false
	}
	line := resourceAnswer{Resource: path, Kind: kind.Name, Permissions: []string{}}
	effective, _ := f.snapshot.Effective(sub, path, at)
	line.Roles = append([]string{}, effective.Roles...)
	for _, name := range effective.Permissions {
		if at := permissionOf(platform, name).At; at == kind.Name || at == kind.Level {
			line.Permissions = append(line.Permissions, name)
		}
	}
	return line, len(line.Permissions) > 0
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
