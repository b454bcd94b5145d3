package e2e

import (
	"testing"
	"time"

	"bailiwick/client"
)

func TestSetupThatIsCutOffCanBeFinished(t *testing.T) {
	data := folder(t)
	serve(t, data).kill()
	// Nothing of an organization can be written: what a kill between the link's use and the organization would leave.
	tamper(t, data, `CREATE TRIGGER cut BEFORE INSERT ON journal WHEN NEW.organization <> '_server' BEGIN SELECT RAISE(ABORT, 'cut'); END`)
	s := serve(t, data)
	if _, err := s.as("").Setup(t.Context(), client.SetupRequest{Secret: s.secret(), Organization: "acme", Name: "Olga", Email: "olga@acme.test"}); err == nil {
		t.Fatal("setup was not cut off")
	}
	s.kill()
	tamper(t, data, `DROP TRIGGER cut`)
	s = serve(t, data)
	owner := s.setUp()
	if _, err := s.as(owner).Whoami(t.Context()); err != nil {
		t.Error(err)
	}
	s.stop()
	must(t, "verify", "--data", data)
}

func TestSetupKilledAtAnyMomentIsDoneOrOpen(t *testing.T) {
	open, done := 0, 0
	for round := range 12 {
		data := folder(t)
		s := serve(t, data)
		api, request := s.as(""), client.SetupRequest{Secret: s.secret(), Organization: "acme", Name: "Olga", Email: "olga@acme.test"}
		sent := make(chan error, 1)
		go func() { _, err := api.Setup(t.Context(), request); sent <- err }()
		time.Sleep(time.Duration(round) * time.Millisecond) // the moment of the kill moves through the setup
		s.kill()
		answered := <-sent
		s = serve(t, data)
		if status, _ := s.get("setup"); status == 404 {
			done++
		} else if open++; answered == nil {
			t.Errorf("round %d: setup was answered, and the link is open again", round)
		} else {
			s.setUp()
		}
		s.stop()
	}
	t.Logf("%d done, %d open", done, open)
}
