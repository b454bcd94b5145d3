package cli

import (
	"fmt"

	"bailiwick/client"
	"bailiwick/examples"
	"bailiwick/internal/answer"
)

type demoCommand struct {
	Data      string `type:"path" placeholder:"DIR" help:"The folder of the demo server. One of its own, where left out."`
	Listen    string `placeholder:"ADDR" help:"Where the demo server listens: 127.0.0.1:8080."`
	Reset     bool   `help:"Begin the demo again."`
	Questions bool   `help:"Only walk through six questions about the example; no server is started."`

	WithDagster bool   `help:"Also install a real Dagster into the demo's folder, start it, and put the gate in front."`
	DagsterVenv string `type:"path" placeholder:"DIR" help:"A Python environment that has dagster-webserver already; nothing is installed then."`
	GateListen  string `placeholder:"ADDR" help:"Where the gate listens: 127.0.0.1:8081."`
}

// Help is printed below the usage.
func (demoCommand) Help() string {
	return `Starts a server with a realistic organization (examples/acme.yaml: 40 people, three platforms) and says what to
try. With --questions, or in a build without a server, six questions about it are asked here, each printed as the
command that asks it.

With --with-dagster there is a real, unchanged Dagster behind the gate: sign in as somebody who may launch runs, and as
somebody who may not. The first time it is downloaded (Python 3.11 to 3.14, a minute or two); afterwards it starts without
a network.

Examples:
  bailiwick demo
  bailiwick demo --with-dagster
  bailiwick demo --questions`
}

// Run starts the demo server, or walks through the questions.
func (c demoCommand) Run(s *session) error {
	dagster := c.WithDagster || c.DagsterVenv != "" || c.GateListen != ""
	flags := c.Data != "" || c.Listen != "" || c.Reset || dagster
	switch {
	case c.Questions && flags:
		return wrong("--questions starts no server", "leave its other flags out")
	case c.Questions, s.Server.Demo == nil && !flags:
		return s.questions()
	case s.Server.Demo == nil:
		return absent("demo")
	}
	ctx, stop := s.context()
	defer stop()
	return s.Server.Demo(ctx, DemoOptions{Streams: s.streams(), Terminal: s.ErrTerminal, Data: c.Data, Listen: c.Listen, Reset: c.Reset,
		Dagster: dagster, DagsterVenv: c.DagsterVenv, GateListen: c.GateListen})
}

// A demoQuestion is one stop of the walk.
type demoQuestion struct {
	title                     string
	who, permission, resource string
	at                        string
}

// demoQuestions lead from the plain to what people find hard to see.
func demoQuestions() []demoQuestion {
	return []demoQuestion{
		{"A team's role on a deployment reaches its code locations.", "priya@acme.test", "runs.launch", "dagster/prod/etl", ""},
		{"A branch deployment needs access to its parent: this role alone is not enough.", "nils@acme.test", "runs.launch", "dagster/staging/branch:pr-1201/etl", ""},
		{"An override lets one person do more in one code location.", "tom@acme.test", "schedules.toggle", "dagster/prod/ml", ""},
		{"dbt: writing jobs in the environment categories of the grant, and only there.", "lena@acme.test", "jobs.write", "dbt/finance/prod", ""},
		{"A license stands in the place of all grants.", "viktor@acme.test", "groups.write", "dbt", ""},
		{"A grant for a time is over by itself.", "casey@contractor.test", "dags.pause", "airflow/ml/training", "2027-02-01T00:00:00Z"},
	}
}

// questions walks through the questions.
func (s *session) questions() error {
	file, err := compile("acme.yaml", examples.Acme(), nil, s.Now())
	if err != nil {
		return err
	}
	org := file.Organization
	table := s.output == "table"
	if table {
		s.printf("%s: %d people, %d teams, %d platforms, %d grants. The file is examples/acme.yaml.\n",
			s.style.Strong("Acme"), len(org.Users), len(org.Teams), len(org.Platforms)-1, len(org.Grants))
	}
	answers := []client.Explanation{}
	for i, ask := range demoQuestions() {
		e, err := file.demo(s, ask)
		if err != nil {
			return fmt.Errorf("question %d of the demo: %w", i+1, err)
		}
		answers = append(answers, e)
		if !table {
			continue
		}
		command := fmt.Sprintf("bailiwick explain -f examples/acme.yaml %s %s %s", ask.who, ask.permission, ask.resource)
		if ask.at != "" {
			command += " --at " + ask.at
		}
		s.printf("\n%s\n%s\n\n%s", s.style.Strong(fmt.Sprintf("%d. %s", i+1, ask.title)), s.style.Faint("$ "+command), s.explanation(e))
	}
	if !table {
		return s.object(demoAnswer{Questions: answers})
	}
	s.printf("\nNow your own: write an access file (examples/ has one for each product) and ask it.\n")
	return nil
}

// demoAnswer is what demo --questions prints.
type demoAnswer struct {
	Questions []client.Explanation `json:"questions"`
}

func (f *source) demo(s *session, ask demoQuestion) (client.Explanation, error) {
	at, err := client.ParseWhen(ask.at)
	if err != nil {
		return client.Explanation{}, err
	}
	moment, err := s.moment(at)
	if err != nil {
		return client.Explanation{}, err
	}
	sub, err := f.subject(ask.who)
	if err != nil {
		return client.Explanation{}, err
	}
	q, err := answer.Ask(f, sub, ask.permission, ask.resource, moment)
	if err != nil {
		return client.Explanation{}, err
	}
	return answer.Explain(f, q), nil
}
