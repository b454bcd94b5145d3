package cli

import (
	"fmt"

	"bailiwick/access"
	"bailiwick/examples"
)

type demoCommand struct{}

// Help is printed below the usage.
func (demoCommand) Help() string {
	return `Reads the realistic example that is built in (examples/acme.yaml: 40 people, three platforms) and asks six
questions about it. Each is printed as the command that asks it.

Example:
  bailiwick demo`
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
		{"A licence stands in the place of all grants.", "viktor@acme.test", "groups.write", "dbt", ""},
		{"A grant for a time is over by itself.", "casey@contractor.test", "dags.pause", "airflow/ml/training", "2027-02-01T00:00:00Z"},
	}
}

// Run walks through the questions.
func (demoCommand) Run(s *session) error {
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
	answers := []explainAnswer{}
	for i, ask := range demoQuestions() {
		q, e, err := file.demo(s, ask)
		if err != nil {
			return fmt.Errorf("question %d of the demo: %w", i+1, err)
		}
		answers = append(answers, file.explainAnswer(q, e))
		if !table {
			continue
		}
		command := fmt.Sprintf("bailiwick explain -f examples/acme.yaml %s %s %s", ask.who, ask.permission, ask.resource)
		if ask.at != "" {
			command += " --at " + ask.at
		}
		s.printf("\n%s\n%s\n\n%s", s.style.Strong(fmt.Sprintf("%d. %s", i+1, ask.title)), s.style.Faint("$ "+command), s.explanation(file, q, e))
	}
	if !table {
		return s.object(demoAnswer{Questions: answers})
	}
	s.printf("\nNow your own: write an access file (examples/ has one for each product) and ask it.\n")
	return nil
}

// demoAnswer is what demo prints.
type demoAnswer struct {
	Questions []explainAnswer `json:"questions"`
}

func (f *source) demo(s *session, ask demoQuestion) (query, access.Explanation, error) {
	var at moment
	if ask.at != "" {
		if err := at.UnmarshalText([]byte(ask.at)); err != nil {
			return query{}, access.Explanation{}, err
		}
	}
	sub, err := f.subject(ask.who)
	if err != nil {
		return query{}, access.Explanation{}, err
	}
	q, err := f.question(sub, ask.permission, ask.resource, s.moment(at))
	if err != nil {
		return query{}, access.Explanation{}, err
	}
	return q, f.snapshot.Explain(q.Question), nil
}
