package e2e

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// alike is how many pages of one kind are looked at: the users' pages are alike, the platforms' are not.
const alike = 2

var (
	hrefs  = regexp.MustCompile(`(?:href|hx-get)="(/[^"#]*)`)
	opaque = regexp.MustCompile(`^[a-z]+_[a-z2-7]{20,}$`)
)

// kind is what a page has in common with others of its kind.
func kind(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	for i, p := range parts {
		if opaque.MatchString(p) {
			parts[i] = "{}"
		}
	}
	if len(parts) > 2 && (parts[0] == "platforms" || parts[0] == "roles") {
		parts[1] = "{}"
	}
	if len(parts) > 2 && parts[0] == "roles" {
		parts[2] = "{}"
	}
	var keys []string
	for k := range u.Query() {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	if u.Path == "/audit" && len(keys) > 1 { // its filters go together in every way
		keys = []string{"filters"}
	}
	return strings.Join(parts, "/") + "?" + strings.Join(keys, "&")
}

// pagesOf are the pages that somebody comes to by following links from the first one on, a few of each kind. What is not a page,
// or not of the console, is left out.
func (s *server) pagesOf(b *browser) []string {
	s.t.Helper()
	c := b.session()
	pages, seen, kinds := []string{}, map[string]bool{"/": true}, map[string]int{}
	queue := []string{"/", "/account", "/access?who=tom%40acme.test&can=dagster.schedules.toggle&on=dagster%2Fprod%2Fml", "/access?who=paula%40acme.test&can=dagster.runs.launch&on=dagster%2Fprod%2Fetl",
		"/access?can=dagster.secrets.view_values&on=dagster%2Fprod", "/access?who=priya%40acme.test", "/users?query=nobody+is+called+so", "/roles?platform=dagster&one=viewer&other=editor",
		"/platforms/dagster/tree", "/platforms/airflow/tree", "/platforms/dbt/tree", "/settings/general", "/settings/signin", "/settings/danger", "/no/such/page"}
	for ; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		status, text := s.with(c, http.MethodGet, strings.TrimPrefix(at, "/"), nil)
		if !strings.Contains(text, `id="main"`) || status != http.StatusOK && at != "/no/such/page" {
			continue
		}
		pages = append(pages, at)
		for _, m := range hrefs.FindAllStringSubmatch(text, -1) {
			next := html.UnescapeString(m[1])
			if seen[next] || strings.HasPrefix(next, "/files/") {
				continue
			}
			seen[next] = true
			if k := kind(next); kinds[k] < alike {
				kinds[k]++
				queue = append(queue, next)
			}
		}
	}
	return pages
}

// TestConsoleHasItsPages : whoever may see everything comes to each place by links.
func TestConsoleHasItsPages(t *testing.T) {
	s, b := administrates(t)
	pages := s.pagesOf(b)
	t.Logf("%d pages: %s", len(pages), strings.Join(pages, " "))
	for _, want := range []string{"/users", "/users/add", "/teams", "/teams/new", "/platforms", "/roles", "/access", "/audit", "/account", "/tokens", "/service-users", "/settings/general"} {
		if !slices.Contains(pages, want) {
			t.Errorf("no link leads to %s", want)
		}
	}
}
