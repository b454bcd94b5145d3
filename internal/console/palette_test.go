package console_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"bailiwick/client"
)

// stranger asks for a page without a session.
func (d *teamDesk) stranger(address string) (status int, text, location string) {
	w := httptest.NewRecorder()
	d.mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "https://access.acme.test"+address, http.NoBody))
	return w.Code, w.Body.String(), w.Header().Get("Location")
}

// hits is what the search shows somebody beneath its field.
func (d *teamDesk) hits(who, query string) string {
	d.t.Helper()
	if d.cookies[who] == nil {
		d.cookies[who] = d.SignIn(who).Cookie
	}
	r := httptest.NewRequest(http.MethodGet, "https://access.acme.test/search?query="+query, http.NoBody)
	r.Header.Set("HX-Request", "true")
	r.AddCookie(d.cookies[who])
	w := httptest.NewRecorder()
	d.mux.ServeHTTP(w, r)
	if w.Code != http.StatusOK || strings.Contains(w.Body.String(), "<html") || !strings.Contains(w.Body.String(), `role="listbox"`) {
		d.t.Fatalf("the search of %s for %q: status %d\n%s", who, query, w.Code, w.Body)
	}
	return w.Body.String()
}

// TestSearchFindsWhatThereIs : people, teams, resources, roles and pages, by a part of their names; the page says the same.
func TestSearchFindsWhatThereIs(t *testing.T) {
	d := newTeamDesk(t)
	has(t, d.hits("olga", "zoe"), `href="/users/`+d.User("zoe").ID+`/roles"`, "zoe@acme.test", `data-query="zoe"`)
	has(t, d.hits("olga", "DATA"), `>data<`, `/members"`, ">Teams<")
	has(t, d.hits("olga", "etl"), "dagster/prod/etl", "Code location")
	has(t, d.hits("olga", "launcher"), "/roles/dagster/launcher")
	has(t, d.hits("olga", "audit"), `href="/audit"`, "Auditor")
	has(t, d.hits("olga", "no+such+thing"), "Nothing that you may see is called")
	has(t, d.see("olga", "/search?query=zoe"), "zoe@acme.test", `name="query" value="zoe"`)
	has(t, d.see("zoe", "/search"), "Your account", `href="/access"`)
	has(t, d.hits("olga", "%3Cb%3E"), "&lt;b&gt;")
}

// TestSearchShowsOnlyWhatMayBeSeen : nothing that lists hide is found.
func TestSearchShowsOnlyWhatMayBeSeen(t *testing.T) {
	d := newTeamDesk(t)
	for _, query := range []string{"ada", "data", "etl", "launcher", "users", "ci", "dagster"} {
		hasNot(t, d.hits("zoe", query), "/users/", "/teams/", "/platforms/", "/roles/", `href="/users"`, "/service-users/")
	}
	hasNot(t, d.hits("dan", "zoe"), "zoe@acme.test")
	hasNot(t, d.hits("dan", "etl"), "dagster/prod/etl")
	has(t, d.hits("dan", "dan"), "dan@acme.test")
	if status, _, to := d.stranger("/search?query=a"); status != http.StatusSeeOther || !strings.HasPrefix(to, "/o/acme/signin?next=") {
		t.Errorf("a stranger searches: status %d, to %s", status, to)
	}
}

// TestSearchShowsAFewOfEach : twelve lines, however many there are, and of every kind some.
func TestSearchShowsAFewOfEach(t *testing.T) {
	d := newTeamDesk(t)
	var all []client.Command
	for n := range 30 {
		all = append(all, d.Adding("prod"+strconv.Itoa(n), "dagster"))
	}
	d.As("ada", all...)
	text := d.hits("olga", "prod")
	if n := strings.Count(text, `class="hit"`); n != 12 {
		t.Errorf("%d lines", n)
	}
	has(t, text, "There is more. Type more of the name.", "dagster/prod", "prod0@acme.test")
}
