package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// A routeCase is one request beside GraphQL, what it takes, and how it is answered to those who may.
type routeCase struct {
	name, method, path, kind, body string
	takes                          []take
	status                         int
	sees                           func(g *gated) string // what it changes, or nil
}

// routes are all of dagster-webserver's routes (build_routes in its webserver.py, read 2026-11 in 1.13.27).
func routes(run string) []routeCase {
	const report, view = "assets.report_events", "runs.view"
	recorded := func(asset string) func(*gated) string {
		return func(g *gated) string { return fmt.Sprint(g.d.Materializations(g.t, asset)) }
	}
	get := func(name, path, may string, status int) routeCase {
		return routeCase{name: name, method: http.MethodGet, path: path, takes: wide(may), status: status}
	}
	post := func(name, path, kind, body string, takes []take, sees func(*gated) string) routeCase {
		return routeCase{name: name, method: http.MethodPost, path: path, kind: kind, body: body, takes: takes, status: http.StatusOK, sees: sees}
	}
	return []routeCase{
		post("a materialization by path", "/report_asset_materialization/orders", "", "", on(report), recorded("orders")),
		post("a materialization by body", "/report_asset_materialization/", "application/json", `{"asset_key": ["orders"]}`, on(report), recorded("orders")),
		post("a materialization by query", "/report_asset_materialization/?asset_key=orders", "", "", on(report), recorded("orders")),
		post("a materialization of no asset", "/report_asset_materialization/no_such_asset", "", "", wide(report), nil),
		post("an observation", "/report_asset_observation/orders", "application/json", `{"data_version": "3"}`, on(report), nil),
		post("a check", "/report_asset_check/orders", "application/json", `{"check_name": "orders_exist", "passed": true}`, on(report), nil),
		get("the debug file of a run", "/download_debug/"+run, view, http.StatusOK),
		get("logs that are not there", "/logs/"+run+"/compute_logs/work.out", view, http.StatusNotFound),
		get("versions", "/server_info", "deployments.view", http.StatusOK),
		get("versions by the old name", "/dagit_info", "deployments.view", http.StatusOK),
		get("the pages", "/", "deployments.view", http.StatusOK),
		get("one of the pages", "/locations/etl/jobs/nightly", "deployments.view", http.StatusOK),
		get("a file of the pages", "/manifest.json", "deployments.view", http.StatusOK),
	}
}

// TestAttack090EveryRouteAnswersAsTheRoleModelSays asks every route as everybody.
func TestAttack090EveryRouteAnswersAsTheRoleModelSays(t *testing.T) {
	d := queued.Start(t)
	g := newGated(t, d, slices.DeleteFunc(callers(), func(c caller) bool {
		return strings.HasPrefix(c.name, onlyCaller) && c.name != onlyCaller+"assets.report_events"
	}))
	run := d.LaunchRun(t, etl.name, etl.job)
	asked := 0
	for _, r := range routes(run) {
		for _, deployment := range []string{prod, branch} {
			for i := range g.callers {
				c := &g.callers[i]
				want, _ := g.wants(*c, mutation{takes: r.takes}, deployment, etl)
				status := map[outcome]int{nobody: http.StatusUnauthorized, outside: http.StatusForbidden, denied: http.StatusForbidden, let: r.status}[want]
				before := ""
				if r.sees != nil {
					before = r.sees(g)
				}
				a := g.send(g.gates[deployment], c, r.method, r.path, r.kind, r.body)
				if asked++; a.status != status {
					t.Errorf("%s of %s as %s: %d, want %d\n\t%.300s", r.name, deployment, c.name, a.status, status, a.text)
				}
				if r.sees != nil && (r.sees(g) != before) != (want == let) {
					t.Errorf("%s of %s as %s (%s): %s recorded before, %s after", r.name, deployment, c.name, want, before, r.sees(g))
				}
			}
		}
	}
	t.Logf("%d questions", asked)
	g.browserIsSentToSignIn()
}

// browserIsSentToSignIn checks that a person who opens a page is led to the server, and a program is not.
func (g *gated) browserIsSentToSignIn() {
	g.t.Helper()
	for deployment, e := range g.gates {
		r, err := http.NewRequestWithContext(g.t.Context(), http.MethodGet, e.origin+"/runs", http.NoBody)
		if err != nil {
			g.t.Fatal(err)
		}
		r.Header.Set("Accept", "text/html")
		said, err := once().Do(r)
		if err != nil {
			g.t.Fatal(err)
		}
		_ = said.Body.Close()
		to, err := said.Location()
		if err != nil || said.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to.String(), g.url+"gate/signin?") {
			g.t.Errorf("a browser at %s: %s %v", deployment, said.Status, to)
		}
	}
}
