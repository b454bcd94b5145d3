package gate

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bailiwick/access"
	"bailiwick/internal/fault"
	"bailiwick/internal/signin"
	"bailiwick/rolemodel"
)

// office is an authority of people that a test made up. Everybody's token and session is his name.
type office struct {
	mu         sync.Mutex
	snapshot   *access.Snapshot
	narrow     map[string]signin.Caller // what limits the tokens of some
	activities []Activity
	discovered [][]string
	down       error
}

func (o *office) Facts(context.Context) (Facts, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return Facts{Snapshot: o.snapshot, Revision: 7, At: time.Unix(1_800_000_000, 0)}, o.down
}

func (o *office) Changed(ctx context.Context, _ int64) (int64, error) {
	<-ctx.Done()
	return 0, ctx.Err()
}

func (o *office) caller(name string) (*Caller, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	subject := access.Subject{Kind: access.User, ID: name}
	if _, known := o.snapshot.Subject(subject); !known {
		return nil, fault.New(fault.Unauthenticated, "nobody is called that")
	}
	c := o.narrow[name]
	c.Organization, c.Subject = "acme", subject
	return &Caller{Caller: &c, Name: name}, nil
}

func (o *office) BySession(_ context.Context, _, secret string) (*Caller, error) {
	c, err := o.caller(secret)
	if err == nil {
		c.Session = "s-" + secret
		if secret == "renewed@acme.test" {
			c.Renewed = &http.Cookie{Name: "renewed", Value: "1", HttpOnly: true}
		}
	}
	return c, err
}

func (o *office) ByToken(r *http.Request) (*Caller, error) {
	c, err := o.caller(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	if err == nil {
		c.Token = "t-" + c.Name
	}
	return c, err
}

func (o *office) ByName(_ context.Context, email string) (*Caller, error) { return o.caller(email) }

func (o *office) Enter(context.Context, string, string, string) (*http.Cookie, error) {
	return nil, fault.New(fault.Unauthenticated, "there are no codes here")
}

func (o *office) Leave(context.Context, *Caller) error { return nil }

func (o *office) Hold(ctx context.Context, _ *Caller) (context.Context, func()) {
	return context.WithCancel(ctx)
}

func (o *office) Record(a Activity) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.activities = append(o.activities, a)
}

func (o *office) Discovered(_ context.Context, _ string, locations []string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.discovered = append(o.discovered, locations)
	return nil
}

func (o *office) told() []Activity {
	o.mu.Lock()
	defer o.mu.Unlock()
	told := o.activities
	o.activities = nil
	return told
}

// company has a deployment with three code locations, a branch deployment, and somebody for each role.
func company(t testing.TB) *access.Snapshot {
	t.Helper()
	model, err := rolemodel.Edition("dagster-plus")
	if err != nil {
		t.Fatal(err)
	}
	organization := access.Organization{Name: "acme", Platforms: []access.Platform{{Slug: "dagster", Model: model, Resources: []access.Resource{
		{Path: "dagster/prod"}, {Path: "dagster/prod/etl"}, {Path: "dagster/prod/reports"}, {Path: "dagster/prod/" + access.EncodeName("sales / emea")},
		{Path: "dagster/prod/broken"}, {Path: "dagster/prod/branch:feature-1"},
	}}}}
	person := func(id string, grants ...string) {
		organization.Users = append(organization.Users, access.UserFacts{ID: id})
		for _, grant := range grants {
			role, on, _ := strings.Cut(grant, " ")
			organization.Grants = append(organization.Grants, access.Grant{To: access.Holder{Kind: access.User, ID: id}, Role: role, On: on})
		}
	}
	person("owner@acme.test", "organization_admin dagster")
	for _, role := range []string{"viewer", "launcher", "editor", "admin"} {
		person(role+"@acme.test", role+" dagster/prod")
	}
	person("etl@acme.test", "viewer dagster/prod", "editor dagster/prod/etl", "editor dagster/prod/broken")
	person("branch@acme.test", "editor dagster/prod/branch:*")
	person("renewed@acme.test", "viewer dagster/prod")
	person("nobody@acme.test")
	snapshot, err := access.Build(organization, time.Unix(1_800_000_000, 0))
	if err != nil {
		t.Fatal(err)
	}
	return snapshot
}

// A heard is what reached the upstream.
type heard struct {
	method, uri string
	header      http.Header
	body        []byte
}

// upstream is a Dagster that answers the gate's own questions, and anything else with an echo.
type upstream struct {
	*httptest.Server
	schema json.RawMessage
	asked  atomic.Int64 // by the gate itself

	mu     sync.Mutex
	heard  []heard
	answer http.HandlerFunc // in place of the echo
}

// workspace is what the gate's own questions are answered with: code locations etl, reports, "sales / emea" and new, and broken,
// which is not loaded; an asset in etl and one in etl and reports; a run in etl.
const workspaceAnswer = `"version": "1.13.28", "permissions": [{"permission": "launch_pipeline_execution"}, {"permission": "brand_new"}],
"locationStatusesOrError": {"__typename": "WorkspaceLocationStatusEntries", "entries": [
	{"name": "etl", "loadStatus": "LOADED", "updateTimestamp": 1, "versionKey": "a"}, {"name": "reports", "loadStatus": "LOADED", "updateTimestamp": 1, "versionKey": "a"}]},
"workspaceOrError": {"__typename": "Workspace", "locationEntries": [
	{"name": "etl", "loadStatus": "LOADED", "locationOrLoadError": {"__typename": "RepositoryLocation", "repositories": [{"name": "__repository__",
		"assetNodes": [{"assetKey": {"path": ["orders"]}, "isExecutable": true}, {"assetKey": {"path": ["shared", "a/b"]}, "isExecutable": true}], "schedules": [], "sensors": []}]}},
	{"name": "reports", "loadStatus": "LOADED", "locationOrLoadError": {"__typename": "RepositoryLocation", "repositories": [{"name": "__repository__",
		"assetNodes": [{"assetKey": {"path": ["shared", "a/b"]}, "isExecutable": true}], "schedules": [], "sensors": []}]}},
	{"name": "sales / emea", "loadStatus": "LOADED", "locationOrLoadError": {"__typename": "RepositoryLocation", "repositories": []}},
	{"name": "new", "loadStatus": "LOADED", "locationOrLoadError": {"__typename": "RepositoryLocation", "repositories": []}},
	{"name": "broken", "loadStatus": "LOADED", "locationOrLoadError": {"__typename": "PythonError", "message": "it does not load"}}]},
"runsOrError": {"__typename": "Runs", "results": [{"runId": "run-etl", "jobName": "nightly", "repositoryOrigin": {"repositoryLocationName": "etl"}}]}`

func newUpstream(t testing.TB, prefix string) *upstream {
	t.Helper()
	text, err := os.ReadFile("dagster/testdata/schema-1.13.27.json")
	if err != nil {
		t.Fatal(err)
	}
	var stored struct {
		Schema json.RawMessage `json:"__schema"`
	}
	if err := json.Unmarshal(text, &stored); err != nil || stored.Schema == nil {
		t.Fatalf("the stored schema: %v", err)
	}
	u := &upstream{schema: stored.Schema}
	u.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.URL.Path == prefix+"/graphql" && r.Header.Get("X-Forwarded-Host") == "" {
			u.tell(w, body)
			return
		}
		u.mu.Lock()
		u.heard = append(u.heard, heard{r.Method, r.RequestURI, r.Header, body})
		answer := u.answer
		u.mu.Unlock()
		if answer != nil {
			answer(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"data": {"echo": true}, "dagster_version": "1.13.28"}`))
	}))
	t.Cleanup(u.Close)
	return u
}

// tell answers a question of the gate's own.
func (u *upstream) tell(w http.ResponseWriter, body []byte) {
	u.asked.Add(1)
	answer := "{" + workspaceAnswer
	if bytes.Contains(body, []byte("__schema")) {
		answer += `, "__schema": ` + string(u.schema)
	}
	_, _ = w.Write([]byte(`{"data": ` + answer + `}}`))
}

func (u *upstream) with(answer http.HandlerFunc) *upstream {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.answer = answer
	return u
}

// took returns what reached the upstream since the last time.
func (u *upstream) took() []heard {
	u.mu.Lock()
	defer u.mu.Unlock()
	took := u.heard
	u.heard = nil
	return took
}

// door is a gate at an upstream, served on an origin of its own.
type door struct {
	*httptest.Server
	gate     *Gate
	office   *office
	upstream *upstream
	log      *bytes.Buffer
}

func open(t testing.TB, change ...func(*Options)) *door {
	t.Helper()
	return openAt(t, newUpstream(t, ""), "", change...)
}

func openAt(t testing.TB, u *upstream, prefix string, change ...func(*Options)) *door {
	t.Helper()
	d := &door{upstream: u, office: &office{snapshot: company(t), narrow: map[string]signin.Caller{}}, log: &bytes.Buffer{}}
	d.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { d.gate.ServeHTTP(w, r) }))
	at := func(text string) *url.URL {
		parsed, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	o := Options{Name: "prod", Origin: at("http://" + d.Listener.Addr().String()), Deployment: "dagster/prod", Upstream: at(u.URL + prefix),
		SignIn: at("https://bailiwick.acme.test/gate/signin"), Authority: d.office, Log: slog.New(slog.NewTextHandler(d.log, nil)), Now: time.Now}
	for _, f := range change {
		f(&o)
	}
	var err error
	if d.gate, err = New(o); err != nil {
		t.Fatal(err)
	}
	d.Start()
	t.Cleanup(func() {
		d.Close()
		d.gate.Close()
	})
	return d
}

// A reply is what a client got.
type reply struct {
	status int
	header http.Header
	body   string
}

// do sends a request with a token, redirects not followed. Headers come in pairs.
func (d *door) do(t testing.TB, who, method, path, body string, headers ...string) reply {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, d.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if who != "" {
		request.Header.Set("Authorization", "Bearer "+who+"@acme.test")
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header[headers[i]] = append(request.Header[headers[i]], headers[i+1])
	}
	answer, err := (&http.Transport{DisableKeepAlives: true, DisableCompression: true}).RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{answer.StatusCode, answer.Header, string(text)}
}

// ask posts a document to /graphql.
func (d *door) ask(t testing.TB, who, query string, variables map[string]any) reply {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	return d.do(t, who, http.MethodPost, "/graphql", string(body), "Content-Type", "application/json")
}
