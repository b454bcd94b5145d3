package e2e

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"bailiwick/client"

	_ "modernc.org/sqlite"
)

func (s *server) get(path string) (int, string) {
	s.t.Helper()
	status, text, err := send(s.t.Context(), http.MethodGet, s.url+path, "", "")
	if err != nil {
		s.t.Fatal(err)
	}
	return status, text
}

func TestAttack123BeforeSetupNothingAnswersButSetupAndHealth(t *testing.T) {
	token := filepath.Join(t.TempDir(), "metrics")
	if err := os.WriteFile(token, []byte("metrics-token-metrics-token-metrics"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := serve(t, folder(t), "--metrics-token-file", token)
	s.secret()
	if n := strings.Count(s.out.String(), "/setup#"); n != 1 {
		t.Errorf("%d setup links were printed:\n%s", n, s.out)
	}
	if strings.Contains(s.log.String(), "bwk_setup_") {
		t.Error("the secret is in the log")
	}
	for path, want := range map[string]int{"healthz": 200, "readyz": 200, "setup": 200, "files/console.css": 200, "": 503, "api/v1/whoami": 503, "api/v1/users": 503,
		"nonsense": 503, ".well-known/authzen-configuration": 503, "metrics": 401} {
		status, text := s.get(path)
		if status != want {
			t.Errorf("/%s answered %d, want %d: %s", path, status, want, text)
		}
		if want == 503 && !strings.Contains(text, "has no organization yet") {
			t.Errorf("/%s does not say why: %s", path, text)
		}
	}
	if status, text := s.evaluate("bwk_svc_x", "u", "runs.launch", "prod/etl"); status != 503 {
		t.Errorf("a decision before setup: %d %s", status, text)
	}
}

func TestAttack123TwoSubmitsAtOnceMakeOneOwner(t *testing.T) {
	for range 5 {
		s := serve(t, folder(t))
		secret := s.secret()
		var made sync.Map
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				name := string(rune('a' + i))
				r := client.SetupRequest{Secret: secret, Organization: "org-" + name, Name: "X", Email: name + "@acme.test"}
				if done, err := s.as("").Setup(context.WithoutCancel(t.Context()), r); err == nil {
					made.Store(name, done.Secret)
				}
			})
		}
		all.Wait()
		var winners []string
		made.Range(func(name, token any) bool {
			winners = append(winners, name.(string))
			who, err := s.as(token.(string)).Whoami(t.Context())
			if err != nil || who.Organization != "org-"+name.(string) {
				t.Errorf("the winner's token: %v %v", who, err)
			}
			return true
		})
		if len(winners) != 1 {
			t.Fatalf("%d setups succeeded: %v", len(winners), winners)
		}
		s.kill()
	}
}

func TestAttack123SetupIsClosedForGood(t *testing.T) {
	data := folder(t)
	s := serve(t, data)
	first := s.secret()
	closed := func(when string) {
		t.Helper()
		for _, path := range []string{"setup"} {
			if status, _ := s.get(path); status != 404 {
				t.Errorf("%s: GET /%s answered %d", when, path, status)
			}
		}
		for _, secret := range []string{first, "", "bwk_setup_wrong"} {
			if _, err := s.as("").Setup(t.Context(), client.SetupRequest{Secret: secret, Organization: "evil", Name: "E", Email: "e@evil.test"}); err == nil {
				t.Errorf("%s: the secret %q made an organization", when, secret)
			}
		}
		if strings.Contains(s.out.String(), "/setup") && when != "after setup" {
			t.Errorf("%s: a link was printed:\n%s", when, s.out)
		}
	}
	if _, err := s.as("").Setup(t.Context(), client.SetupRequest{Secret: flipped(first), Organization: "evil", Name: "E", Email: "e@evil.test"}); err == nil {
		t.Error("a wrong secret made an organization")
	}
	owner := s.setUp()
	closed("after setup")
	if code := s.stop(); code != 0 {
		t.Errorf("SIGTERM ended the server with %d:\n%s", code, s.log)
	}
	s = serve(t, data)
	closed("after a restart")
	if _, err := s.as(owner).Whoami(t.Context()); err != nil {
		t.Error(err)
	}
	s.stop()

	// Whoever can write the database empties it, more and more thoroughly.
	for _, emptying := range []string{
		`DELETE FROM journal WHERE organization = 'acme'; DELETE FROM head WHERE organization = 'acme'`,
		`DELETE FROM snapshot; DELETE FROM checkpoint`,
		`DELETE FROM journal; DELETE FROM head`,
	} {
		tamper(t, data, emptying)
		refused(t, data, "setup is closed for good")
	}
}

// flipped is a secret with another last character.
func flipped(secret string) string {
	last := "x"
	if strings.HasSuffix(secret, last) {
		last = "y"
	}
	return secret[:len(secret)-1] + last
}

// tamper changes the database of a stopped server by hand.
func tamper(t *testing.T, data, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(data, "bailiwick.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// count asks the database of a stopped server for a number.
func count(t *testing.T, data, question string) (n int) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(data, "bailiwick.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.QueryRow(question).Scan(&n), db.Close()); err != nil {
		t.Fatal(err)
	}
	return n
}

// refused starts a server that must not start, and looks for why.
func refused(t *testing.T, data string, why ...string) {
	t.Helper()
	code, out, errs := bailiwick(t, "serve", "--data", data, "--listen", "127.0.0.1:0")
	if code == 0 || strings.Contains(out, "http") {
		t.Errorf("the server started: %s", out)
	}
	for _, words := range why {
		if !strings.Contains(errs, words) {
			t.Errorf("the refusal does not say %q: %s", words, errs)
		}
	}
}

func TestAttack123ARestartEndsTheOldLink(t *testing.T) {
	data := folder(t)
	s := serve(t, data)
	old := s.secret()
	s.kill()
	s = serve(t, data)
	if _, err := s.as("").Setup(t.Context(), client.SetupRequest{Secret: old, Organization: "evil", Name: "E", Email: "e@evil.test"}); err == nil {
		t.Error("the link of an earlier start still worked")
	}
	s.setUp()
}

func TestAttack123DemoAndProductionFoldersAreNotMixed(t *testing.T) {
	production := folder(t)
	s := serve(t, production)
	s.setUp()
	s.stop()
	if code, out, errs := bailiwick(t, "demo", "--data", production, "--listen", "127.0.0.1:0"); code == 0 || !strings.Contains(errs, "is a production folder") {
		t.Errorf("demo on a production folder: %d %s%s", code, out, errs)
	}
	if code, out, errs := bailiwick(t, "demo", "--data", production, "--listen", "127.0.0.1:0", "--reset"); code == 0 || !strings.Contains(errs, "is a production folder") {
		t.Errorf("demo --reset on a production folder: %d %s%s", code, out, errs)
	}
	demo := folder(t)
	d := launch(t, "demo", demo, "--listen", "127.0.0.1:0")
	d.stop()
	refused(t, demo, "is a demo folder")
}
