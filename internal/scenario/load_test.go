package scenario_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"bailiwick/internal/scenario"
)

const goodFile = `organization: |
  organization: acme
  platforms:
    dagster: {model: dagster-plus, deployments: {prod: {code_locations: [etl]}}}
  users: {ana@acme.test: {}}
  grants:
    - {to: user:ana@acme.test, role: viewer, on: dagster/prod}
agents: {hybrid: [dagster]}
scenarios:
  - name: a viewer views
    source: here
    ask:
      - user:ana@acme.test can runs.view on dagster/prod/etl at 2027-01-31T02:00:00+02:00
      - agent:hybrid cannot runs.view on dagster/prod/a cat at home
`

func TestLoad(t *testing.T) {
	all, err := scenario.Load(fstest.MapFS{"one.yaml": {Data: []byte(goodFile)}, "models/other.yaml": {Data: []byte("x: 1")}})
	if err != nil || len(all) != 1 {
		t.Fatalf("%d scenarios, %v", len(all), err)
	}
	s := all[0]
	first, second := s.Lines[0], s.Lines[1]
	if !first.Can || first.Subject.String() != "user:ana@acme.test" || first.Permission != "runs.view" ||
		first.Resource != "dagster/prod/etl" || first.At.Format("2006-01-02T15:04Z07:00") != "2027-01-31T00:00Z" {
		t.Errorf("read %+v", first)
	}
	if second.Can || second.Resource != "dagster/prod/a cat at home" || !second.At.Equal(scenario.Moment()) {
		t.Errorf("read %+v", second)
	}
	if s.Topic != "one" || len(s.File.Organization.Agents) != 1 || len(s.File.Organization.Grants) != 2 {
		t.Errorf("topic %q, agents %v, grants %v", s.Topic, s.File.Organization.Agents, s.File.Organization.Grants)
	}
}

func TestLoadIsStrict(t *testing.T) {
	for name, c := range map[string]struct{ from, to, says string }{
		"unknown key":                {"    source: here", "    sauce: here", `one.yaml:11:5: scenarios[0].sauce: unknown key "sauce"`},
		"no source":                  {"    source: here\n", "", "needs a name and a source"},
		"no organization":            {goodFile[:strings.Index(goodFile, "scenarios:")], "", "has no organization"},
		"agents alone":               {goodFile[:strings.Index(goodFile, "agents:")], "", "the agents have no organization"},
		"not a question":             {" can runs.view on", " may runs.view on", "is not a question"},
		"unknown kind of subject":    {"- user:ana@acme.test can", "- person:ana can", `"person" is no kind of subject`},
		"not a moment":               {"at 2027-01-31T02", "at 2027-13-31T02", "is no moment"},
		"the same name twice":        {"scenarios:\n", "scenarios:\n  - {name: a viewer views, source: here, ask: [user:b can runs.view on dagster]}\n", "stands twice"},
		"nothing asked":              {goodFile[strings.Index(goodFile, "    ask:"):], "", "asks nothing"},
		"wrong access file":          {"role: viewer", "role: watcher", "one.yaml:7:"},
		"an unknown key at the root": {"agents:", "agent:", `unknown key "agent"`},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(goodFile, c.from, c.to, 1)
			if text == goodFile {
				t.Fatal("the change does not apply")
			}
			_, err := scenario.Load(fstest.MapFS{"one.yaml": {Data: []byte(text)}})
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("says %v, want %q", err, c.says)
			}
		})
	}
}
