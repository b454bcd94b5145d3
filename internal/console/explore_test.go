package console

import (
	"context"
	"html"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"bailiwick/client"
	"bailiwick/internal/history"
	"bailiwick/internal/orgtest"
)

// askedOrganization is the usual organization, and how somebody's browser asks for a page of it.
func askedOrganization(t *testing.T) (o *orgtest.Organization, get func(who, address string) (status int, body string)) {
	t.Helper()
	w := orgtest.New(t, orgtest.Options{})
	o = w.Create("acme")
	o.Furnish()
	routes, err := New(Options{Engine: w.Engine, Changes: w.Changes, Reader: w.Reader, Desk: w.Desk, History: w.History, Log: w.Log, CursorKey: w.Key,
		TokensUsed: w.Journal.TokensUsed, External: &url.URL{Scheme: "https", Host: "access.acme.test"}, Unset: func() bool { return false },
		About: func(context.Context) (string, netip.Addr) { return "req_1", netip.Addr{} }})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	for _, r := range routes {
		mux.Handle(r.Pattern, r.Handler)
	}
	return o, func(who, address string) (int, string) {
		t.Helper()
		r, answer := httptest.NewRequest(http.MethodGet, "https://access.acme.test"+address, http.NoBody), httptest.NewRecorder()
		if who != "" {
			r.AddCookie(o.SignIn(who).Cookie)
		}
		mux.ServeHTTP(answer, r)
		return answer.Code, html.UnescapeString(answer.Body.String())
	}
}

// says checks what a page says, and what it does not say where the text begins with "!".
func says(t *testing.T, what string, status, wanted int, body string, texts ...string) {
	t.Helper()
	if status != wanted {
		t.Errorf("%s: status %d, want %d", what, status, wanted)
	}
	for _, text := range texts {
		hidden, not := strings.CutPrefix(text, "!")
		if strings.Contains(body, hidden) == not {
			t.Errorf("%s: contains %q is %v in\n%s", what, hidden, not, body)
		}
	}
}

// TestAccessExplorerAnswersEachShapeOfAQuestion : whichever fields are filled, an administrator is answered, with sentences.
func TestAccessExplorerAnswersEachShapeOfAQuestion(t *testing.T) {
	_, get := askedOrganization(t)
	for address, texts := range map[string][]string{
		"/access": {"Fill in what you know", "For example", `href="/access?who=ada%40acme.test">What may I do?</a>`, `href="/access?on=dagster%2Fprod">Who may do what with dagster/prod?</a>`,
			`<option value="bo@acme.test">Bo</option>`, `value="dagster/prod/etl"`},
		"/access?who=bo@acme.test&can=dagster.runs.launch&on=dagster/prod": {"Yes</h2>", "Bo is a member of the team data, which has Editor on dagster/prod: Editor contains runs.launch.",
			"Gives it", "!The nearest ways"},
		"/access?who=service_user:ci&can=dagster.runs.launch&on=dagster/prod": {"No</h2>", "ci has Viewer on dagster/prod: Viewer does not contain runs.launch.", "Does not give it",
			"The nearest ways to a yes", "Give ci the role Launcher on dagster/prod.", `/role?on=dagster%2Fprod&role=launcher">Give it`},
		"/access?can=dagster.runs.launch&on=dagster/prod":                              {"Who may do Launch runs of jobs on dagster/prod", "<code>dagster.runs.launch</code>", "<small>bo@acme.test</small>", "<strong>Bo</strong>", "!<strong>ci"},
		"/access?who=bo@acme.test":                                                     {">Bo</a> may do something", "<b>Editor</b>", "!<b>editor</b>", "dagster/prod/etl", "!dbt/core</a>"},
		"/access?who=bo@acme.test&can=runs.launch":                                     {">Bo</a> may do Launch runs of jobs <small>bo@acme.test</small></h2>", "dagster/prod/etl</a>"},
		"/access?who=bo@acme.test&on=dagster/prod":                                     {"What <a href=\"/users/", ">Bo</a> may do on dagster/prod <small>bo@acme.test</small>", "roles: Editor", "dagster.runs.launch"},
		"/access?on=dagster/prod":                                                      {"Choose what", "can=dagster.runs.launch&on=dagster%2Fprod"},
		"/access?can=runs.launch":                                                      {"Choose where", "can=dagster.runs.launch&on=dagster%2Fprod%2Fetl"},
		"/access?who=bo@acme.test&can=runs.launch&on=dagster/prod&at=2031-01-31T12:00": {`<time datetime="2031-01-31T12:00:00Z">31 Jan 2031 12:00:00 UTC</time>`, "Yes</h2>", "Ask about now"},
	} {
		status, body := get("ada", address)
		says(t, address, status, http.StatusOK, body, texts...)
	}
}

// TestAccessExplorerAsksThePast : the answer is that of the moment, and the address of the page brings it back.
func TestAccessExplorerAsksThePast(t *testing.T) {
	o, get := askedOrganization(t)
	before := o.Now().Revision
	o.As("ada", orgtest.Revoke("team:data", "editor", "dagster/prod"))
	address := "/access?who=bo@acme.test&can=dagster.runs.launch&on=dagster/prod"
	status, body := get("ada", address)
	says(t, "now", status, http.StatusOK, body, "No</h2>")
	status, body = get("ada", address+"&at="+client.When{Revision: before}.String())
	says(t, "before", status, http.StatusOK, body, "Yes</h2>", "As it was")
	status, body = get("ada", address+"&at=1999-01-01T00:00")
	says(t, "before there was anything", status, http.StatusNotFound, body, "!Yes</h2>", "!No</h2>", `role="alert"`)
	status, body = get("ada", address+"&at=yesterday")
	says(t, "no moment", status, http.StatusUnprocessableEntity, body, "neither a moment nor a revision")
}

// TestAccessExplorerHidesOthers : who may see nobody else is answered about themselves only, and is suggested no names.
func TestAccessExplorerHidesOthers(t *testing.T) {
	o, get := askedOrganization(t)
	status, body := get("bo", "/access?who=bo@acme.test&can=dagster.runs.launch&on=dagster/prod")
	says(t, "about oneself", status, http.StatusOK, body, "Yes</h2>")
	for _, address := range []string{"/access?who=ada@acme.test", "/access?can=dagster.runs.launch&on=dagster/prod", "/access?on=dagster/prod", "/access?can=runs.launch"} {
		status, body = get("zoe", address)
		says(t, address, status, http.StatusForbidden, body, `role="alert"`, "!Ada", "!>Bo<", "!Editor", `value="zoe@acme.test"`, "!value=\"dagster/prod/etl\"")
	}
	if err := o.History.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	rows, err := o.History.Trail().List(t.Context(), o.Now(), history.Query{Actions: []string{"access.explain"}, Results: []string{"refused"}, From: time.Unix(0, 0)})
	if err != nil || len(rows.Rows) == 0 {
		t.Errorf("the refusals left %d rows, error %v", len(rows.Rows), err)
	}
	if status, _ = get("", "/access"); status != http.StatusSeeOther {
		t.Errorf("a visitor got %d", status)
	}
}

// TestAccessExplorerExports : the file has all that the page shows, harmless in a spreadsheet, for whoever may see the page.
func TestAccessExplorerExports(t *testing.T) {
	_, get := askedOrganization(t)
	for query, texts := range map[string][]string{
		"can=dagster.runs.launch&on=dagster/prod":                  {"who,name,permission", "user:bo@acme.test,Bo,dagster.runs.launch,dagster/prod,", "!service_user:ci"},
		"who=bo@acme.test&on=dagster/prod":                         {"who,permission,title", ",dagster.runs.launch,"},
		"who=bo@acme.test":                                         {"who,resource,kind", ",dagster/prod/etl,"},
		"who=bo@acme.test&can=dagster.runs.launch&on=dagster/prod": {"allowed,reason", `,yes,"Bo is a member of the team data`},
	} {
		status, body := get("ada", "/access?"+query)
		says(t, query, status, http.StatusOK, body, "All of this as CSV", "/access/export?")
		status, body = get("ada", "/access/export?"+query)
		says(t, query, status, http.StatusOK, body, texts...)
		status, body = get("zoe", "/access/export?"+query)
		says(t, "zoe, "+query, status, http.StatusForbidden, body, "!who,", "!Bo,")
	}
	status, _ := get("ada", "/access/export?on=dagster/prod")
	says(t, "too little", status, http.StatusUnprocessableEntity, "")
}

// TestAccessExplorerSuggests : what is typed, among what one may see.
func TestAccessExplorerSuggests(t *testing.T) {
	_, get := askedOrganization(t)
	for query, texts := range map[string][]string{"who=Bo": {`<option value="bo@acme.test">Bo</option>`, "!ada@", "!<html"}, "can=runs.la": {`value="dagster.runs.launch"`, "!secrets"}, "on=prod/e": {`value="dagster/prod/etl"`, "!dbt"}} {
		status, body := get("ada", "/access/suggest?"+query)
		says(t, query, status, http.StatusOK, body, texts...)
		status, body = get("zoe", "/access/suggest?"+query)
		says(t, "zoe, "+query, status, http.StatusOK, body, "!bo@acme.test", "!dagster")
	}
}

// TestAccessExplorerLeadsToTheForm : whoever may give what is missing is led to the form with that role chosen, about now; nobody else is.
func TestAccessExplorerLeadsToTheForm(t *testing.T) {
	_, get := askedOrganization(t)
	question := "/access?who=service_user:ci&can=dagster.runs.launch&on=dagster/prod"
	_, body := get("ada", question)
	_, rest, _ := strings.Cut(body, `class="review"><li>`)
	form := regexp.MustCompile(`href="([^"]*/role\?[^"]*)"`).FindStringSubmatch(rest)
	if form == nil {
		t.Fatalf("no form in %s", rest)
	}
	status, body := get("ada", html.UnescapeString(form[1]))
	says(t, "the form", status, http.StatusOK, body, `value="launcher" required checked`, `!value="viewer" required checked`)
	status, body = get("ada", question+"&at=2031-01-31T12:00")
	says(t, "at another time", status, http.StatusOK, body, "Give ci the role Launcher", "!>Give it")
	status, body = get("zoe", "/access?who=zoe@acme.test&can=dagster.runs.launch&on=dagster/prod")
	says(t, "to who may not give it", status, http.StatusOK, body, "No</h2>", "The nearest ways", "!>Give it")
}
