package gate

import (
	"encoding/json"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"bailiwick/internal/signin"
)

// sentReport is what a report that is let through is written as.
func sentReport(t *testing.T, d *door) (string, map[string]any) {
	t.Helper()
	reached := d.upstream.took()
	if len(reached) != 1 {
		return "", nil
	}
	var sent map[string]any
	if err := json.Unmarshal(reached[0].body, &sent); err != nil || reached[0].header.Get("Content-Type") != "application/json" || reached[0].method != http.MethodPost {
		t.Fatalf("reached %+v: %v", reached[0], err)
	}
	return reached[0].uri, sent
}

func TestAttack090ReportsAreJudgedByTheAssetsLocations(t *testing.T) {
	d := open(t)
	at := "/report_asset_materialization/"
	for _, c := range []struct{ path, body string }{
		{at + "orders", ""}, {at, `{"asset_key": ["orders"]}`}, {at + "?asset_key=orders", ""}, {at + "?asset_key=" + url.QueryEscape(`["orders"]`), ""},
	} {
		headers := []string{}
		if c.body != "" {
			headers = []string{"Content-Type", "application/json"}
		}
		for who, may := range map[string]bool{"viewer": false, "launcher": false, "nobody": false, "etl": true, "editor": true, "owner": true} {
			got := d.do(t, who, "POST", c.path, c.body, headers...)
			uri, sent := sentReport(t, d)
			if may != (uri == at) || may && !reflect.DeepEqual(sent["asset_key"], []any{"orders"}) {
				t.Errorf("%s %s %s: %d %s, sent %s %v", who, c.path, c.body, got.status, got.body, uri, sent)
			}
			if !may && got.status != http.StatusForbidden {
				t.Errorf("%s: %d", who, got.status)
			}
			told := d.office.told()
			if len(told) != 1 || told[0].Allowed != may || told[0].Operation != "dagster.report_asset_materialization" {
				t.Errorf("%s: told %+v", who, told)
			}
		}
	}
	// The other asset is defined in reports as well, and one that nobody has heard of is the deployment's.
	for _, body := range []string{`{"asset_key": ["shared", "a/b"]}`, `{"asset_key": ["unheard", "of"]}`} {
		if got := d.do(t, "etl", "POST", at, body, "Content-Type", "application/json"); got.status != http.StatusForbidden {
			t.Errorf("%s: %d %s", body, got.status, got.body)
		}
		if got := d.do(t, "editor", "POST", at, body, "Content-Type", "application/json"); got.status != http.StatusOK {
			t.Errorf("%s: %d %s", body, got.status, got.body)
		}
	}
	// All other routes take seeing the deployment at least.
	for _, path := range []string{"/logs/a/b.out", "/download_debug/run", "/notebook?path=a.ipynb&repoLocName=etl", "/dagit/notebook?path=a.ipynb&repoLocName=etl", "/server_info", "/dagit_info", "/", "/favicon.png", "/_next/a.js", "/graphql"} {
		d.upstream.took()
		if got := d.do(t, "nobody", "GET", path, "", "Accept", "text/html"); got.status != http.StatusForbidden || len(d.upstream.took()) != 0 {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
		if got := d.do(t, "viewer", "GET", path, "", "Accept", "text/html"); got.status != http.StatusOK || len(d.upstream.took()) != 1 {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
}

func TestReportsHaveOneReading(t *testing.T) {
	d := open(t)
	for path, body := range map[string]string{
		"/report_asset_check/orders?passed=true&check_name=c": `{"passed": false}`,
		"/report_asset_check/orders":                          `{"asset_key": ["shared", "a/b"], "passed": true}`,
		"/report_asset_check/orders?asset_key=orders":         "",
		"/report_asset_check/?asset_key=orders&asset_key=x":   "",
		"/report_asset_check/?asset_key=a-b":                  "",
		"/report_asset_check/?asset_key=%5B1%5D":              "",
		"/report_asset_check/":                                `{"asset_key": "orders"}`,
		"/report_asset_check/?x=1":                            `{"asset_key": ["orders", ""]}`,
		"/report_asset_check/?x=2":                            `{"asset_key": []}`,
		"/report_asset_check/?x=3":                            `{"asset_key": ["orders"], "asset_key": ["shared"]}`,
		"/report_asset_check/?x=4":                            `["orders"]`,
		"/report_asset_check/?x=5":                            `{"Asset_key": ["orders"]}`,
		"/report_asset_check/?x=6":                            `{"asset_key": ["orders"]} {}`,
		"/report_asset_check/orders?passed=yes":               "",
		"/report_asset_check/orders?a=1;b=2":                  "",
	} {
		headers := []string{}
		if body != "" {
			headers = []string{"Content-Type", "application/json"}
		}
		if got := d.do(t, "owner", "POST", path, body, headers...); got.status != http.StatusBadRequest || !strings.HasPrefix(got.body, `{"error":`) {
			t.Errorf("%s %s: %d %s", path, body, got.status, got.body)
		}
	}
	if got := d.do(t, "owner", "POST", "/report_asset_check/orders", `{"passed": true}`, "Content-Type", "text/plain"); got.status != http.StatusBadRequest {
		t.Errorf("text/plain: %d", got.status)
	}
	if reached := d.upstream.took(); len(reached) > 0 {
		t.Errorf("reached %+v", reached)
	}
	body := `{"check_name": "c", "metadata": {"n": 12345678901234567890, "N": 1.50}, "unknown": 1, "passed": true}`
	if got := d.do(t, "owner", "POST", "/report_asset_check/orders?severity=WARN", body, "Content-Type", "application/json"); got.status != http.StatusOK {
		t.Fatalf("%d %s", got.status, got.body)
	}
	want := `{"asset_key":["orders"],"check_name":"c","metadata":{"N":1.50,"n":12345678901234567890},"passed":true,"severity":"WARN"}`
	if reached := d.upstream.took(); len(reached) != 1 || string(reached[0].body) != want {
		t.Errorf("reached %s", reached[0].body)
	}
}

func TestNotebooksAndLogsAreNoPagesOfTheGates(t *testing.T) {
	d := open(t)
	d.upstream.with(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<script>alert(1)</script>"))
	})
	for _, path := range []string{"/notebook?path=a.ipynb&repoLocName=etl", "/dagit/notebook?path=a.ipynb&repoLocName=etl", "/logs/a/b.html"} {
		got := d.do(t, "viewer", "GET", path, "")
		if policy := got.header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "sandbox; default-src 'none'") || got.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", path, got.header)
		}
	}
	d.upstream.took()
	for _, path := range []string{"/notebook", "/notebook?path=a.ipynb", "/notebook?path=a.txt&repoLocName=etl", "/notebook?path=a.ipynb&repoLocName=etl&repoLocName=x", "/notebook?path=a.ipynb&repoLocName=etl&x=1"} {
		if got := d.do(t, "owner", "GET", path, ""); got.status != http.StatusBadRequest {
			t.Errorf("%s: %d", path, got.status)
		}
	}
	if reached := d.upstream.took(); len(reached) > 0 {
		t.Errorf("reached %+v", reached)
	}
}

// TestNobodyLearnsThatThereIsADeployment: a page that says who is signed in, and names nothing.
func TestNobodyLearnsThatThereIsADeployment(t *testing.T) {
	d := open(t)
	got := d.do(t, "nobody", "GET", "/runs", "", "Accept", "text/html")
	if got.status != http.StatusForbidden || !strings.Contains(got.body, "nobody@acme.test") || strings.Contains(strings.ToLower(got.body), "prod") {
		t.Errorf("%d %s", got.status, got.body)
	}
	if policy := got.header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || got.header.Get("X-Frame-Options") != "DENY" {
		t.Errorf("%v", got.header)
	}
	got = d.ask(t, "nobody", "{ version }", nil)
	if got.status != http.StatusForbidden || !strings.Contains(got.body, `"errors"`) || strings.Contains(got.body, "prod") {
		t.Errorf("%d %s", got.status, got.body)
	}
	if reached := d.upstream.took(); len(reached) > 0 {
		t.Errorf("reached %+v", reached)
	}
	if told := d.office.told(); len(told) != 2 || told[0].Operation != "dagster.index" || told[1].Operation != "dagster.graphql" || told[0].Allowed {
		t.Errorf("told %+v", told)
	}
	if got := d.do(t, "", "GET", "/runs", ""); got.status != http.StatusUnauthorized {
		t.Errorf("nobody known: %d", got.status)
	}
}

// TestAttack043TokensNarrowAtTheGate: what a token is not for is refused, although its owner may.
func TestAttack043TokensNarrowAtTheGate(t *testing.T) {
	d := open(t)
	seen := []string{"dagster.deployments.view", "dagster.runs.launch"}
	d.office.narrow["owner@acme.test"] = signin.Caller{Permissions: seen, Scopes: []string{"dagster/prod"}}
	if d.ask(t, "owner", launch, map[string]any{"at": "etl"}); len(d.upstream.took()) != 1 {
		t.Error("a launch was refused")
	}
	got := d.ask(t, "owner", `mutation { reloadWorkspace { __typename ... on UnauthorizedError { message } } }`, nil)
	if len(d.upstream.took()) != 0 || !strings.Contains(got.body, "token") {
		t.Errorf("%s", got.body)
	}
	d.office.narrow["owner@acme.test"] = signin.Caller{Scopes: []string{"dagster/stage"}}
	if got := d.do(t, "owner", "GET", "/runs", ""); got.status != http.StatusForbidden {
		t.Errorf("%d", got.status)
	}
}

// TestTrap24ThePrefixIsTheUpstreams: pages build their addresses from it, so it is the gate's as well.
func TestTrap24ThePrefixIsTheUpstreams(t *testing.T) {
	d := openAt(t, newUpstream(t, "/data/dagster"), "/data/dagster")
	d.upstream.with(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", "script-src 'nonce-1'")
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"data": {}}`))
	})
	for path, uri := range map[string]string{"/data/dagster/": "/data/dagster/", "/data/dagster/runs/x": "/data/dagster/", "/data/dagster/_next/a.js": "/data/dagster/_next/a.js", "/data/dagster/graphql?query=%7Bversion%7D": "/data/dagster/graphql"} {
		got := d.do(t, "viewer", "GET", path, "")
		if reached := d.upstream.took(); got.status != http.StatusOK || len(reached) != 1 || reached[0].uri != uri || got.header.Get("Content-Security-Policy") != "script-src 'nonce-1'" {
			t.Errorf("%s: %d %s, reached %+v", path, got.status, got.body, reached)
		}
	}
	for _, path := range []string{"/", "/data/dagster"} {
		if got := d.do(t, "viewer", "GET", path, ""); got.status != http.StatusFound || got.header.Get("Location") != "/data/dagster/" {
			t.Errorf("%s: %d %v", path, got.status, got.header)
		}
	}
	for _, path := range []string{"/graphql?query=%7Bversion%7D", "/data/graphql", "/data/dagsterx/", "/data"} {
		if got := d.do(t, "owner", "GET", path, ""); got.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, got.status)
		}
	}
	if reached := d.upstream.took(); len(reached) > 0 {
		t.Errorf("reached %+v", reached)
	}
	for _, path := range []string{"/graphql", "/a%2fb", "//a", "/a/../b", "/.bailiwick"} {
		o := d.gate.Options
		o.Upstream, _ = url.Parse(d.upstream.URL + path)
		if _, err := New(o); err == nil {
			t.Errorf("an upstream at %s", path)
		}
	}
}
