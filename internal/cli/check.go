package cli

import (
	"fmt"

	"bailiwick/access"
)

// question is what check and explain ask.
type questionArgs struct {
	fromFile
	atTime
	Who        string `arg:"" help:"Whom the question is about: ana@acme.test, user:ana@acme.test, service_user:ci or ci."`
	Permission string `arg:"" help:"What they would do: runs.launch, or with its platform dagster.runs.launch."`
	Resource   string `arg:"" help:"Where: a path such as dagster/prod/etl."`
}

type checkCommand struct{ questionArgs }

// Help is printed below the usage.
func (checkCommand) Help() string {
	return `Prints allow or deny and one line of why. Exit code: 0 allow, 1 deny, 2 error.

Asked above the level of the permission, the question means everything beneath, now and later:
runs.launch on dagster/prod is about every code location of prod.

Examples:
  bailiwick check -f acme.yaml ana@acme.test runs.launch dagster/prod/etl
  bailiwick check -f acme.yaml service_user:ci runs.launch dagster/prod --at 2027-01-31
  bailiwick check -f acme.yaml ci jobs.write dbt/jaffle/prod -o json | jq .allowed`
}

// Run answers and sets the exit code.
func (c checkCommand) Run(s *session) error {
	file, q, err := c.ask(s)
	if err != nil {
		return err
	}
	e := file.snapshot.Explain(q.Question)
	s.code = exitNo
	if e.Decision.Allowed {
		s.code = exitOK
	}
	answer := file.checkAnswer(q, e)
	if s.output != "table" {
		return s.object(answer)
	}
	s.printf("%s\n%s\n", s.word(e.Decision), answer.Why)
	return nil
}

// ask reads the file and the question's words.
func (c questionArgs) ask(s *session) (*source, query, error) {
	at := s.moment(c.At)
	file, err := s.load(c.File, at)
	if err != nil {
		return nil, query{}, err
	}
	sub, err := file.subject(c.Who)
	if err != nil {
		return nil, query{}, err
	}
	q, err := file.question(sub, c.Permission, c.Resource, at)
	return file, q, err
}

// word is the answer in one word.
func (s *session) word(d access.Decision) string {
	if d.Allowed {
		return s.style.Good("allow")
	}
	return s.style.Bad("deny")
}

func (f *source) checkAnswer(q query, e access.Explanation) checkAnswer {
	answer := checkAnswer{
		Decision: "deny", Allowed: e.Decision.Allowed, Code: e.Decision.Code.String(),
		Subject: q.Subject.String(), Permission: q.full(), Resource: q.Resource, At: q.At, Why: f.why(q, e),
	}
	if e.Decision.Allowed {
		answer.Decision = "allow"
	}
	return answer
}

// why says the answer's reason in one line.
func (f *source) why(q query, e access.Explanation) string {
	if q.platform == nil {
		return join(fmt.Sprintf("there is no resource %q", q.Resource), f.nearResource(q.Resource))
	}
	switch e.Decision.Code {
	case access.UnknownSubject:
		return join(fmt.Sprintf("there is no %s", q.Subject), f.nearSubject(q.Subject))
	case access.UnknownResource:
		return join(fmt.Sprintf("there is no resource %q", q.Resource), f.nearResource(q.Resource))
	case access.Granted:
		return fmt.Sprintf("%s has %s", q.Subject, origin(e.Reasons[0]))
	}
	switch {
	case e.Inactive:
		return q.Subject.String() + " is deactivated"
	case len(e.Reasons) == 0:
		return join(q.Subject.String()+" has no grant that could give "+q.full()+" on "+q.Resource, noLicense(q, e))
	}
	nearest := e.Reasons[0]
	return fmt.Sprintf("%s has only %s: %s", q.Subject, origin(nearest), nearest.Detail)
}

// noLicense adds that somebody without a licence has nothing.
func noLicense(q query, e access.Explanation) string {
	if e.License != "none" {
		return ""
	}
	return "without a licence on " + q.platform.Slug + " nobody has anything there"
}

// origin says a grant and how it comes to the subject: "editor on dagster/prod through team:data".
func origin(r access.Reason) string {
	return fmt.Sprintf("%s on %s%s", r.Grant.Role, r.Grant.On, via(r.Via))
}

func via(word string) string {
	switch {
	case word == "":
		return ""
	case word == "membership":
		return " as a member"
	case len(word) > len("license:") && word[:len("license:")] == "license:":
		return " by the licence " + word[len("license:"):]
	}
	return " through " + word
}

func join(a, b string) string {
	if b == "" {
		return a
	}
	return a + "; " + b
}
