package server

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"bailiwick/internal/change"
	"bailiwick/internal/state"
)

// TestDoctorLooksAtGates : whether the upstream answers, where it and the tree differ, and whether there is a way around.
func TestDoctorLooksAtGates(t *testing.T) {
	g := openGated(t, "")
	g.found("dagster/prod/reports")
	one := *g.p.config.Gates[0]
	look := func() Result {
		facts := Facts{Now: time.Now, Organizations: func(_ context.Context, visit func(*state.State)) error { visit(g.now()); return nil }}
		return checkGate(t.Context(), g.p.config, &one, facts)
	}
	says := func(what string, r Result, level Level, want string) {
		t.Helper()
		if r.Level != level || !strings.Contains(r.Says, want) {
			t.Errorf("%s: %+v, want %s: %s", what, r, level, want)
		}
	}
	says("all is well", look(), OK, "Dagster 1.13.27 answers")
	one.UpstreamSecret = goodSecret
	says("without the secret", look(), Warn, "answers without the secret")
	one.UpstreamSecret = ""
	gone := change.Discovery{Deployment: "dagster/prod", Gone: map[string]time.Time{"dagster/prod/etl": time.Now()}}
	if _, err := g.p.changes.Discovered(t.Context(), "acme", gone); err != nil {
		t.Fatal(err)
	}
	says("a location that is gone", look(), Warn, "not seen any more: dagster/prod/etl since")
	one.Deployment = "dagster/nowhere"
	says("another deployment", look(), Warn, "dagster/nowhere is not in the tree of acme")
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	var err error
	if one.Upstream, err = url.Parse(other.URL); err != nil {
		t.Fatal(err)
	}
	says("no Dagster", look(), Fail, "is no Dagster")
	if names := gateChecks(g.p.config, Facts{}); len(names) != 1 || names[0].Name != "gate prod" {
		t.Errorf("the checks are %v", names)
	}
	for host, want := range map[string]bool{"127.0.0.1": true, "10.1.2.3": true, "webserver": true, "dagster.svc.cluster.local": true, "8.8.8.8": false, "dagster.example.com": false} {
		if isPrivate(host) != want {
			t.Errorf("%s is private: %v", host, !want)
		}
	}
}
