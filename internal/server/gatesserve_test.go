package server

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"bailiwick/client"
	"bailiwick/internal/history"
)

const page = "text/html,application/xhtml+xml"

// TestAGateIsPartOfTheServer : people sign in at the server and come back, each does what their role lets them, and the audit log says
// who did what.
func TestAGateIsPartOfTheServer(t *testing.T) {
	g := openGated(t, "")
	lena, vic := g.browser("lena@acme.test"), g.browser("vic@acme.test")
	for _, b := range []*http.Client{lena, vic} { // through the server's sign-in, which knows them, and back
		if status, text := g.send(b, http.MethodGet, "/", "", "Accept", page); status != http.StatusOK || !strings.Contains(text, "launchRun") {
			t.Fatalf("signing in ends at %d %s", status, text)
		}
	}
	g.webserver.launches()
	launched, heard, text := g.launch(lena, "etl")
	if !launched || !strings.Contains(text, "LaunchRunSuccess") {
		t.Fatalf("a launcher is refused: %s", text)
	}
	for name := range heard {
		if name == "Authorization" || strings.Contains(strings.Join(heard[name], " "), "bwk_") {
			t.Errorf("the upstream was sent %s: %v", name, heard[name])
		}
	}
	if launched, _, text := g.launch(vic, "etl"); launched || !strings.Contains(text, "runs.launch") {
		t.Errorf("a viewer is answered %s", text)
	}
	if launched, _, _ := g.launch(http.DefaultClient, "etl"); launched {
		t.Error("nobody launched something")
	}
	said := g.audit(history.Query{Via: []string{"gate"}, Activity: true})
	for _, want := range []string{"lena@acme.test launched a run in prod/etl", "vic@acme.test was not allowed to launch a run in prod/etl", "lena@acme.test signed in at " + g.origin} {
		if !strings.Contains(said, want) {
			t.Errorf("the audit log lacks %q:\n%s", want, said)
		}
	}
	g.do(client.GrantAdd{Grant: client.Grant{To: "user:vic@acme.test", Role: "editor", On: "dagster/prod"}},
		client.GrantRemove{Grant: client.Grant{To: "user:lena@acme.test", Role: "launcher", On: "dagster/prod"}})
	if launched, _, text := g.launch(lena, "etl"); launched {
		t.Errorf("whose role was taken away: %s", text)
	}
	if launched, _, text := g.launch(vic, "etl"); !launched {
		t.Errorf("who was given a role: %s", text)
	}
	g.do(client.UserDeactivate{User: "vic@acme.test"})
	if status, text := g.send(vic, http.MethodPost, "/graphql", `{"query":"{ version }"}`, "Origin", g.origin); status != http.StatusUnauthorized {
		t.Errorf("who was deactivated: %d %s", status, text)
	}
}

// TestAttack035NoDecisionServesAnotherToken : tokens of one service user differ in what they let through, on each request anew.
func TestAttack035NoDecisionServesAnotherToken(t *testing.T) {
	g := openGated(t, "")
	g.found("dagster/prod/reports")
	token := func(with client.NewToken) []string {
		with.Kind, with.Subject = "svc", "service_user:ci"
		return []string{"Authorization", "Bearer " + g.do(client.TokenIssue{NewToken: with}).Results[0].Secret}
	}
	whole, elsewhere := token(client.NewToken{}), token(client.NewToken{Scopes: []string{"dagster/prod/reports"}})
	looks := token(client.NewToken{Permissions: []string{"dagster.runs.view", "dagster.deployments.view"}})
	for range 3 {
		for what, c := range map[string]struct {
			header   []string
			location string
			want     bool
		}{
			"the whole":                   {whole, "etl", true},
			"the whole elsewhere":         {whole, "reports", true},
			"one for reports in etl":      {elsewhere, "etl", false},
			"one that looks":              {looks, "etl", false},
			"the whole where nothing was": {whole, "nowhere", true}, // judged by the deployment's role
		} {
			if launched, _, text := g.launch(http.DefaultClient, c.location, c.header...); launched != c.want {
				t.Errorf("%s: launched %v: %s", what, launched, text)
			}
		}
	}
	g.do(client.GrantRemove{Grant: client.Grant{To: "service_user:ci", Role: "launcher", On: "dagster/prod"}})
	if launched, _, text := g.launch(http.DefaultClient, "etl", whole...); launched {
		t.Errorf("after the role was taken away: %s", text)
	}
}

// TestAGateAnswersToItsOwnNameOnly : a name that somebody else points here is not one of ours.
func TestAGateAnswersToItsOwnNameOnly(t *testing.T) {
	g := openGated(t, "")
	for host, want := range map[string]int{"evil.test": http.StatusMisdirectedRequest, "localhost": http.StatusMisdirectedRequest, "": http.StatusUnauthorized} {
		header := []string{}
		if host != "" {
			header = []string{"Host", host}
		}
		if status, text := g.send(http.DefaultClient, http.MethodGet, "/graphql?query=%7Bversion%7D", "", header...); status != want {
			t.Errorf("as %q: %d %s", host, status, text)
		}
	}
	if status, _ := g.send(http.DefaultClient, http.MethodGet, "/.bailiwick/health", "", "Host", "10.1.2.3"); status != http.StatusOK {
		t.Errorf("a probe by address: %d", status)
	}
}

func TestWhatAGateFindsIsInTheTree(t *testing.T) {
	g := openGated(t, "")
	g.found("dagster/prod/reports")
	if said := g.audit(history.Query{Actors: []string{"rule:discovery"}, Journal: true}); said != "the rule discovery created dagster/prod/reports" {
		t.Errorf("the audit log says %q", said)
	}
}

// found waits until discovery has added a code location.
func (g *gated) found(path string) {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(g.t.Context(), 20*time.Second)
	defer cancel()
	for st := g.now(); st.Resource(path) == nil; {
		var err error
		if st, err = g.p.engine.AtLeast(ctx, "acme", st.Revision+1, 0); err != nil {
			g.t.Fatalf("%s was not found: %v", path, err)
		}
	}
}

// TestAGateIsOfOneOrganization : another organization's first page does not say that a Dagster is connected.
func TestAGateIsOfOneOrganization(t *testing.T) {
	g := openGated(t, "")
	if !g.p.gates.any("acme") || g.p.gates.any("globex") {
		t.Errorf("a gate of acme's: %t; of another organization's: %t", g.p.gates.any("acme"), g.p.gates.any("globex"))
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, g.base+"/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := g.browser("ana@acme.test").Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if home, err := io.ReadAll(answer.Body); err != nil || !strings.Contains(string(home), "3 of 5 done") {
		t.Errorf("%v: the first page does not count the gate among what is done:\n%s", err, home)
	}
}
