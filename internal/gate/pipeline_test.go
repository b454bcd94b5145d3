package gate

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

const launch = `mutation ($at: String!) { launchRun(executionParams: {selector: {repositoryLocationName: $at, repositoryName: "__repository__", pipelineName: "nightly"}}) {
	__typename ... on UnauthorizedError { message } ... on PythonError { message } } }`

func TestEachRoleLaunchesWhereItMay(t *testing.T) {
	d := open(t)
	for who, may := range map[string]map[string]bool{
		"viewer":   {"etl": false, "reports": false, "sales / emea": false, "new": false},
		"launcher": {"etl": true, "reports": true, "sales / emea": true, "new": true, "gone": true},
		"editor":   {"etl": true},
		"owner":    {"etl": true, "broken": true},
		"etl":      {"etl": true, "reports": false, "sales / emea": false, "new": false, "gone": false},
	} {
		for location, allowed := range may {
			got := d.ask(t, who, launch, map[string]any{"at": location})
			reached := d.upstream.took()
			if got.status != http.StatusOK || (len(reached) == 1) != allowed {
				t.Errorf("%s in %s: %d, reached %d\n%s", who, location, got.status, len(reached), got.body)
			}
			if !allowed && !strings.Contains(got.body, `"UnauthorizedError"`) {
				t.Errorf("%s in %s is refused in another shape: %s", who, location, got.body)
			}
			told := d.office.told()
			if len(told) != 1 || told[0].Allowed != allowed || told[0].Operation != "dagster.launchRun" || told[0].Revision != 7 || told[0].Request != got.header.Get("X-Request-Id") {
				t.Errorf("%s in %s: told %+v", who, location, told)
			}
		}
	}
}

func TestARefusalNamesThePermissionTheRoleAndThePlace(t *testing.T) {
	d := open(t)
	got := d.ask(t, "viewer", launch, map[string]any{"at": "sales / emea"})
	for _, want := range []string{"runs.launch", "Launch runs of jobs", "Launcher", "code location sales / emea"} {
		if !strings.Contains(got.body, want) {
			t.Errorf("%q is not in %s", want, got.body)
		}
	}
}

// TestTrap13ALocationThatDoesNotLoadIsTheDeployments: the person may do everything in "broken", as long as it is there.
func TestTrap13ALocationThatDoesNotLoadIsTheDeployments(t *testing.T) {
	d := open(t)
	if got := d.ask(t, "etl", launch, map[string]any{"at": "broken"}); len(d.upstream.took()) != 0 {
		t.Errorf("launched: %s", got.body)
	}
	if told := d.office.told(); len(told) != 1 || told[0].Resource != "dagster/prod" {
		t.Errorf("told %+v", told)
	}
}

// TestAttack094WhatIsJudgedIsForwardedAnew: none of the client's bytes.
func TestAttack094WhatIsJudgedIsForwardedAnew(t *testing.T) {
	d := open(t)
	body := ` {"variables": {"x": "\u0041", "more": 1}, "query": "query Q($x: ID!) { a: version shouldShowNux runOrError(runId: $x) { __typename } } query Z { version }", "operationName": "Q", "extensions": {"x": 1}} `
	if got := d.do(t, "viewer", http.MethodPost, "/graphql?op=Q", body, "Content-Type", "application/json", "X-Http-Method-Override", "DELETE"); got.status != http.StatusOK {
		t.Fatalf("%d %s", got.status, got.body)
	}
	reached := d.upstream.took()
	if len(reached) != 1 || reached[0].uri != "/graphql" || reached[0].header.Get("Content-Type") != "application/json" || reached[0].header.Get("X-Http-Method-Override") != "" {
		t.Fatalf("reached %+v", reached)
	}
	var sent map[string]any
	if err := json.Unmarshal(reached[0].body, &sent); err != nil || sent["extensions"] != nil || strings.Contains(sent["query"].(string), "Z") {
		t.Errorf("sent %s", reached[0].body)
	}
	// By GET it is a POST of ours as well.
	if got := d.do(t, "viewer", http.MethodGet, "/graphql?query=%7Bversion%7D", ""); got.status != http.StatusOK {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if reached := d.upstream.took(); len(reached) != 1 || reached[0].method != http.MethodPost || reached[0].uri != "/graphql" {
		t.Errorf("reached %+v", reached)
	}
}
