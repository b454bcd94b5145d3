package server

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/change"
	"bailiwick/internal/decide"
	"bailiwick/internal/journal"
	"bailiwick/internal/signin"
)

// productIn is a product on a folder, with a clock that can be put forward.
func productIn(t *testing.T, data string) (p *product, ahead *atomic.Int64) {
	t.Helper()
	c, err := Load([]string{"--data", data, "--listen", "127.0.0.1:0"}, nil, os.ReadFile)
	if err != nil {
		t.Fatal(err)
	}
	ahead = &atomic.Int64{}
	clock := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	if p, err = openProduct(t.Context(), c, slog.New(slog.DiscardHandler), clock, Production); err != nil {
		t.Fatal(err)
	}
	return p, ahead
}

func TestAttack123ASetupLinkIsOverAfterHalfAnHour(t *testing.T) {
	p, ahead := productIn(t, filepath.Join(t.TempDir(), "data"))
	defer func() { _ = p.close() }()
	link, err := p.firstRun(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	routes, err := p.pages()
	if err != nil {
		t.Fatal(err)
	}
	page := routes[slices.IndexFunc(routes, func(r Route) bool { return r.Pattern == "POST /setup" })].Handler
	submit := func() (int, string) {
		form := url.Values{"secret": {link.Secret.Reveal()}, "organization": {"acme"}, "name": {"Ana"}, "email": {"ana@acme.test"}, "password": {"four words that differ"}}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/setup", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		page.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	ahead.Store(int64(30*time.Minute + time.Second))
	if status, text := submit(); status != http.StatusUnauthorized || !strings.Contains(text, "not older than 30 minutes") {
		t.Errorf("after half an hour: %d %s", status, text)
	}
	if !p.unset() {
		t.Fatal("an organization was made")
	}
	if link, err = p.firstRun(t.Context()); err != nil {
		t.Fatal(err)
	}
	ahead.Store(int64(59 * time.Minute))
	if status, text := submit(); status != http.StatusOK || !strings.Contains(text, "bwk_user_") {
		t.Errorf("within half an hour: %d %s", status, text)
	}
}

func TestErasedPeopleAreGoneFromTheFileAndDecisionsStay(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	p, _ := productIn(t, data)
	const organization, address = "acme", "quentin.unmistakable@acme.test"
	r, err := p.changes.Create(t.Context(), change.Actor{Rule: change.RuleSetup}, change.Setup{Organization: organization, Name: "Olga", Email: "olga@acme.test"})
	if err != nil {
		t.Fatal(err)
	}
	owner := change.Actor{Subject: access.Subject{Kind: access.User, ID: r.Results[0].ID}, Via: "test"}
	file, err := accessfile.Read("a.yaml", []byte(`organization: acme
platforms:
  dagster: {model: dagster-plus, deployments: {prod: {code_locations: [etl]}}}
users:
  olga@acme.test: {}
  `+address+`: {name: Quentin Unmistakable}
teams:
  data: {members: [`+address+`]}
grants:
  - {to: user:olga@acme.test, role: organization_admin, on: dagster}
  - {to: "user:`+address+`", role: launcher, on: dagster/prod}
  - {to: team:data, role: viewer, on: dagster/prod}
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.changes.Apply(t.Context(), organization, owner, change.How{}, change.PlanRequest{File: file}); err != nil {
		t.Fatal(err)
	}
	now, err := p.engine.Current(organization)
	if err != nil {
		t.Fatal(err)
	}
	person := now.UserByEmail(address).ID
	if _, err := p.changes.Do(t.Context(), organization, owner, change.How{}, client.UserRemove{User: address}); err != nil {
		t.Fatal(err)
	}
	before := decisions(t, p, organization, person)
	if !strings.Contains(before, "allow") || !strings.Contains(before, "deny") {
		t.Fatalf("the decisions before prove nothing:\n%s", before)
	}
	if !inFiles(t, data, "unmistakable") {
		t.Fatal("the name is not in the files to begin with")
	}
	if _, err := p.changes.Erase(t.Context(), organization, owner, person); err != nil {
		t.Fatal(err)
	}
	if after := decisions(t, p, organization, person); !strings.HasPrefix(after, before) {
		t.Errorf("decisions of the past have changed:\n%s\nwere\n%s", after, before)
	}
	report, err := p.journal.Verify(t.Context(), organization, journal.VerifyOptions{})
	if err != nil || report.Finding != nil || report.Erased == 0 {
		t.Errorf("verify: %+v %v", report, err)
	}
	if err := p.close(); err != nil {
		t.Fatal(err)
	}
	if inFiles(t, data, "unmistakable") {
		t.Error("the name is still in the folder's files")
	}
	p, _ = productIn(t, data)
	defer func() { _ = p.close() }()
	if again := decisions(t, p, organization, person); !strings.HasPrefix(again, before) {
		t.Errorf("after a start decisions of the past have changed:\n%s", again)
	}
}

// decisions asks about somebody at every revision.
func decisions(t *testing.T, p *product, organization, person string) string {
	t.Helper()
	now, err := p.engine.Current(organization)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for revision := int64(1); revision <= now.Revision; revision++ {
		st, err := p.engine.Past(t.Context(), organization, decide.When{Revision: revision})
		if err != nil {
			t.Fatal(err)
		}
		for _, permission := range []string{"runs.view", "runs.launch", "secrets.edit"} {
			d := st.Access.Decide(access.Question{Subject: access.Subject{Kind: access.User, ID: person}, Permission: permission, Resource: "dagster/prod/etl", At: st.At})
			word := "deny"
			if d.Allowed {
				word = "allow"
			}
			text.WriteString(permission + " " + word + "\n")
		}
	}
	return text.String()
}

// inFiles tells whether any file of a folder has a text in it, in any case.
func inFiles(t *testing.T, data, text string) bool {
	t.Helper()
	entries, err := os.ReadDir(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(data, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(bytes.ToLower(content), []byte(text)) {
			return true
		}
	}
	return false
}

func TestAttack124ATokensHashIsAllThatIsKept(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	p, _ := productIn(t, data)
	link, err := p.firstRun(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	secret := link.Secret.Reveal()
	r, err := p.changes.SetUp(t.Context(), signin.HashOf(secret), change.Setup{Organization: "acme", Name: "Olga", Email: "olga@acme.test"}, "")
	if err != nil {
		t.Fatal(err)
	}
	backup := filepath.Join(t.TempDir(), "backup")
	if err := p.journal.Backup(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	if err := p.close(); err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{secret, r.Results[1].Secret} {
		for _, folder := range []string{data, filepath.Dir(backup)} {
			if inFiles(t, folder, strings.ToLower(s[len(s)-40:])) {
				t.Errorf("a secret is in the files of %s", folder)
			}
		}
	}
}
