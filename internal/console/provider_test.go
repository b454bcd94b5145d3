package console

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"bailiwick/internal/signin"
)

// TestOnlyWhoIsHereBeginsALink : a page of another site cannot have the account that a provider finds in a browser bound to who
// is signed in here, neither at once nor after a sign-in.
func TestOnlyWhoIsHereBeginsALink(t *testing.T) {
	templates, err := parsePages()
	if err != nil {
		t.Fatal(err)
	}
	p := &pages{templates: templates, Options: Options{Reader: signin.NewReader(nil, nil, slog.New(slog.DiscardHandler))}}
	for site, want := range map[string]bool{"": true, "none": true, "same-origin": true, "same-site": false, "cross-site": false, "else": false} {
		begun := false
		r, w := httptest.NewRequest(http.MethodGet, "https://console.acme.test/account/link/idp_x", nil), httptest.NewRecorder()
		if site != "" {
			r.Header.Set("Sec-Fetch-Site", site)
		}
		p.deliberate(func(http.ResponseWriter, *http.Request, *signin.Caller) { begun = true })(w, r, nil)
		if begun != want || !want && w.Code != http.StatusForbidden {
			t.Errorf("%q: begun %v, status %d", site, begun, w.Code)
		}
	}
	for next, want := range map[string]string{"/account/link/idp_x": "/account", "/account/test/idp_x?a=b": "/account", "/gate/signin?gate=a": "/gate/signin?gate=a",
		"//evil.test": "/", "/account": "/account"} {
		w := httptest.NewRecorder()
		p.enter(w, httptest.NewRequest(http.MethodPost, "https://console.acme.test/o/acme/signin", nil), &signin.Entered{}, next)
		if got := w.Header().Get("Location"); got != want {
			t.Errorf("after a sign-in %q leads to %q, want %q", next, got, want)
		}
	}
}
