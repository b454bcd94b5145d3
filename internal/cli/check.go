package cli

// questionArgs is what check and explain ask.
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
  bailiwick check -f acme.yaml ci jobs.write dbt/jaffle/prod -o json | jq .allowed
  bailiwick check ana@acme.test runs.launch dagster/prod/etl --at 57           # of the server, at revision 57`
}

// Run answers and sets the exit code.
func (c checkCommand) Run(s *session) error {
	ask, err := s.asker(c.File, c.At)
	if err != nil {
		return err
	}
	found, err := ask.check(c.questionArgs)
	if err != nil {
		return err
	}
	s.decided(found.Allowed)
	if s.output != "table" {
		return s.object(found)
	}
	s.printf("%s\n%s\n", s.word(found.Allowed), found.Why)
	return nil
}

// decided sets the exit code of an answer.
func (s *session) decided(allowed bool) {
	s.code = exitNo
	if allowed {
		s.code = exitOK
	}
}

// word is the answer in one word.
func (s *session) word(allowed bool) string {
	if allowed {
		return s.style.Good("allow")
	}
	return s.style.Bad("deny")
}
