package console

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"bailiwick/client"
	"bailiwick/internal/fault"
	"bailiwick/internal/oidc"
	"bailiwick/internal/orgtest"
	"bailiwick/internal/paging"
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

// TestATestMasksWhatDecidesNothing : the page of a test shows what sign-ins go by, and of the rest that it was sent.
func TestATestMasksWhatDecidesNothing(t *testing.T) {
	w := orgtest.New(t, orgtest.Options{})
	o := w.Create("acme")
	o.Do(client.ProviderPut{Name: "Acme", Issuer: "https://id.acme.test", ClientID: "bailiwick", GroupsClaim: "groups"})
	templates, err := parsePages()
	if err != nil {
		t.Fatal(err)
	}
	p := &pages{templates: templates, answers: map[string]bool{}, Options: Options{Engine: w.Engine, Changes: w.Changes, Reader: w.Reader, Desk: w.Desk, History: w.History, Log: w.Log,
		External: &url.URL{Scheme: "https", Host: "access.acme.test"}, About: func(context.Context) (string, netip.Addr) { return "req_1", netip.Addr{} }}}
	if p.cursors, err = paging.New(w.Key, "console"); err != nil {
		t.Fatal(err)
	}
	arrival := &signin.Arrival{Next: providerAddress(o.Now().Providers()[0].Provider), Claims: []oidc.Claim{{Name: "email", Value: "olga@acme.test"},
		{Name: "groups", Value: "engineers"}, {Name: "sub", Value: "subject-4711"}, {Name: "phone_number", Value: "555-4711", UserInfo: true}}}
	for failed, wants := range map[error][]string{nil: {"The identity provider works", "enforced now"}, fault.New(fault.Unauthenticated, "nobody knows them"): {"does not work yet", "Nobody knows them."}} {
		answer := httptest.NewRecorder()
		p.ask(answer, httptest.NewRequest(http.MethodGet, "https://access.acme.test/signin/callback", http.NoBody), w.Caller(o.SignIn("olga")), func(a *asking) error {
			a.tested(arrival, failed)
			return nil
		})
		text := answer.Body.String()
		for _, want := range append(wants, "olga@acme.test", "engineers", "phone_number", "user info", `href="`+arrival.Next+`"`) {
			if !strings.Contains(text, want) {
				t.Errorf("it does not say %q:\n%s", want, text)
			}
		}
		if strings.Contains(text, "4711") {
			t.Error("it shows what decides nothing")
		}
	}
}
