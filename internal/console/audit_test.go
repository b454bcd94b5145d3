package console

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"bailiwick/client"
)

// TestAuditLogIsFiltered : rows are sentences, what is filtered is in the address, and its export is of the same.
func TestAuditLogIsFiltered(t *testing.T) {
	o, get := askedOrganization(t)
	status, body := get("aud", "/audit?action=grant.*&target=team:data")
	says(t, "filtered", status, http.StatusOK, body, "Ada gave team data the role Editor on dagster/prod<", "!ci viewer", `value="grant.*"`, "/api/v1/audit/export?action=grant.%2A&format=csv&target=team%3Adata", `href="/audit" aria-current="page"`)
	status, body = get("aud", "/audit?from=2001-01-01&until=2001-01-02")
	says(t, "empty", status, http.StatusOK, body, "Nothing is like that")
	status, body = get("aud", "/audit?text=MADE+BO")
	says(t, "a text", status, http.StatusOK, body, "!gave", "Show everything", "text=MADE+BO", "text: MADE BO")
	for _, wrong := range []string{"from=yesterday", "until=2", "result=maybe"} {
		status, body = get("aud", "/audit?"+wrong)
		says(t, wrong, status, http.StatusUnprocessableEntity, body, `role="alert"`, "!gave")
	}
	if err := o.History.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	status, body = get("aud", "/audit?action=audit.read")
	says(t, "that it was read", status, http.StatusOK, body, "<span>Aud read the audit log", "!did audit.read")
}

// TestAuditLogIsPaged : every row is on one page, the newest first.
func TestAuditLogIsPaged(t *testing.T) {
	o, get := askedOrganization(t)
	for i := range perPage + 10 {
		o.Do(client.TeamCreate{Team: "team-" + strconv.Itoa(i)})
	}
	_, first := get("olga", "/audit?action=team.created")
	if n := strings.Count(first, "<details>"); n != perPage || !strings.Contains(first, "team-"+strconv.Itoa(perPage+9)) {
		t.Fatalf("%d rows on the first page, or without the newest", n)
	}
	_, rest, _ := strings.Cut(first, `<p class="pages"><a class="button quiet" href="`)
	next, _, _ := strings.Cut(rest, `"`)
	if u, err := url.Parse(next); err != nil || u.Query().Get("action") != "team.created" {
		t.Fatalf("the next page is %q", next)
	}
	status, second := get("olga", next)
	says(t, "second", status, http.StatusOK, second, "team-0", "!team-"+strconv.Itoa(perPage+9))
}

// TestAuditLogIsNotForEverybody : who may not read it is refused, and the navigation does not lead there.
func TestAuditLogIsNotForEverybody(t *testing.T) {
	_, get := askedOrganization(t)
	for _, who := range []string{"bo", "zoe"} {
		status, body := get(who, "/audit")
		says(t, who, status, http.StatusForbidden, body, "The audit log is not yours to read", `!href="/audit"`, "!gave")
	}
	status, body := get("ada", "/audit")
	says(t, "of one platform", status, http.StatusOK, body, "dagster/prod", "!dbt/core", "!account_admin")
}

// TestSentencesAreForPeople : names, titles and moments as pages have them; what is searched and exported is exact. A name that two
// people have says nothing, so theirs are addresses.
func TestSentencesAreForPeople(t *testing.T) {
	o, get := askedOrganization(t)
	until := time.Date(2031, 3, 4, 5, 6, 0, 0, time.UTC)
	o.As("ada", client.GrantAdd{Grant: client.Grant{To: "user:bo@acme.test", Role: "launcher", On: "dagster/prod", Until: &until}})
	moment := `<time datetime="2031-03-04T05:06:00Z">4 Mar 2031 05:06 UTC</time>`
	said := "Ada gave Bo the role Launcher on dagster/prod until " + moment
	status, body := get("aud", "/audit?action=grant.added")
	says(t, "the log", status, http.StatusOK, body, said, ">Bo</a> <small>bo@acme.test</small>", `"role": "launcher"`, "!>user:bo@")
	for _, text := range []string{"ada gave bo the", "ada@acme.test gave bo@acme"} {
		status, body = get("aud", "/audit?"+url.Values{"text": {text}}.Encode())
		says(t, text, status, http.StatusOK, body, said)
	}
	status, body = get("aud", "/access?who=bo@acme.test&can=dagster.runs.launch&on=dagster/prod")
	says(t, "the explorer", status, http.StatusOK, body, "Bo has Launcher on dagster/prod until "+moment+": Launcher contains runs.launch.")
	status, body = get("aud", "/access/export?who=bo@acme.test&can=dagster.runs.launch&on=dagster/prod")
	says(t, "the file", status, http.StatusOK, body, "until 2031-03-04T05:06:00Z: launcher contains runs.launch.")

	o.Do(client.UserAdd{NewUser: client.NewUser{Email: "bo2@acme.test", Name: "bo"}})
	status, body = get("aud", "/audit?action=grant.added")
	says(t, "two of that name", status, http.StatusOK, body, "Ada gave bo@acme.test the role Launcher", "!gave Bo")
}
