package scenario

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"bailiwick/access"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/yamltext"
)

// Load reads every *.yaml at the top of a folder. The error is a *yamltext.Error with every problem.
func Load(folder fs.FS) ([]Scenario, error) {
	names, err := fs.Glob(folder, "*.yaml")
	if err != nil {
		return nil, err
	}
	l := &loader{folder: folder, seen: make(map[string]yamltext.Place)}
	for _, name := range names {
		text, err := fs.ReadFile(folder, name)
		if err != nil {
			return nil, fmt.Errorf("reading scenarios: %w", err)
		}
		l.topic(name, text)
	}
	if err := l.p.Err(); err != nil {
		return nil, err
	}
	return l.scenarios, nil
}

type loader struct {
	folder    fs.FS
	p         yamltext.Problems
	seen      map[string]yamltext.Place // scenario name → where
	scenarios []Scenario
}

// topic reads one file.
func (l *loader) topic(name string, text []byte) {
	root := yamltext.Parse(name, text, &l.p)
	var organization, agents, scenarios yamltext.Value
	root.Fields(&l.p, map[string]func(yamltext.Value){
		"organization": func(v yamltext.Value) { organization = v },
		"agents":       func(v yamltext.Value) { agents = v },
		"scenarios":    func(v yamltext.Value) { scenarios = v },
	})
	if !scenarios.Given() {
		l.p.Add(root, "the file has no scenarios", "add scenarios:")
		return
	}
	var shared *accessfile.File
	if organization.Given() {
		shared = l.organization(organization, agents)
	} else if agents.Given() {
		l.p.Add(agents, "the agents have no organization", "write organization: beside them")
	}
	for _, item := range scenarios.List(&l.p) {
		s := l.scenario(item, shared)
		s.Topic = strings.TrimSuffix(name, ".yaml")
		l.scenarios = append(l.scenarios, s)
	}
}

func (l *loader) scenario(v yamltext.Value, shared *accessfile.File) Scenario {
	s := Scenario{File: shared, Place: v.Place()}
	var organization, agents yamltext.Value
	v.Fields(&l.p, map[string]func(yamltext.Value){
		"name":         func(v yamltext.Value) { s.Name = v.Text(&l.p) },
		"source":       func(v yamltext.Value) { s.Source = v.Text(&l.p) },
		"why":          func(v yamltext.Value) { s.Why = v.Text(&l.p) },
		"organization": func(v yamltext.Value) { organization = v },
		"agents":       func(v yamltext.Value) { agents = v },
		"ask": func(v yamltext.Value) {
			for _, item := range v.List(&l.p) {
				s.Lines = append(s.Lines, readLine(item, &l.p))
			}
		},
	})
	switch {
	case organization.Given():
		s.File = l.organization(organization, agents)
	case agents.Given():
		l.p.Add(agents, "the agents have no organization", "write organization: beside them")
	case shared == nil:
		l.p.Add(v, "the scenario has no organization", "write organization: here or at the top of the file")
	}
	l.complete(v, s)
	return s
}

// complete reports what a scenario lacks, and a name that another one has.
func (l *loader) complete(v yamltext.Value, s Scenario) {
	if s.Name == "" || s.Source == "" {
		l.p.Add(v, "a scenario needs a name and a source", "name what holds, and the line of the document that says so")
	}
	if len(s.Lines) == 0 {
		l.p.Add(v, "the scenario asks nothing", "add ask: with at least one line")
	}
	if first, twice := l.seen[s.Name]; twice {
		l.p.Add(v, fmt.Sprintf("the name %q stands twice (first at %s)", s.Name, first), "give each scenario its own name")
	}
	l.seen[s.Name] = v.Place()
}

// organization reads an access file that stands inside a scenario file, and gives it its agents.
func (l *loader) organization(v, agents yamltext.Value) *accessfile.File {
	// Blank lines in front keep the line numbers of the file around it; a block text begins on the line after its "|".
	text := strings.Repeat("\n", v.Place().Line) + v.Text(&l.p)
	file, err := accessfile.Read(v.Place().File, []byte(text), func(name string) ([]byte, error) {
		return fs.ReadFile(l.folder, strings.TrimPrefix(name, "./"))
	})
	var wrong *yamltext.Error
	switch {
	case errors.As(err, &wrong):
		for _, problem := range wrong.Problems {
			l.p.AddAt(problem.Place, v.Path+": "+problem.Path, problem.Wrong, problem.Right)
		}
		return nil
	case err != nil:
		l.p.Add(v, err.Error(), "")
		return nil
	}
	for _, e := range agents.Entries(&l.p) {
		file.Organization.Agents = append(file.Organization.Agents, e.Key)
		for _, scope := range e.Value.List(&l.p) {
			file.Organization.Grants = append(file.Organization.Grants, access.Grant{
				To: access.Holder{Kind: access.Agent, ID: e.Key}, Role: "agent", On: scope.Text(&l.p),
			})
			file.Places.Grants = append(file.Places.Grants, scope.Place())
		}
	}
	return file
}
