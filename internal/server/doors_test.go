package server

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/signin"
)

// doorRows says which kinds of credential a door takes. The first row that fits a route is the route's.
var doorRows = []struct {
	prefix string // of the path
	public bool   // anybody is answered, and a credential makes no difference
	takes  []string
}{
	{prefix: "/access/v1/", takes: []string{"user", "svc"}},
	{prefix: "/.well-known/", public: true},
	{prefix: "/api/v1/gate/", takes: []string{"gate"}},
	{prefix: "/api/v1/setup", public: true},
	{prefix: "/api/v1/login", public: true},
	{prefix: "/api/v1/", takes: []string{"user", "svc", "session"}},
	{prefix: "/graphql/", public: true}, // what the explorer loads
	{prefix: "/graphql", takes: []string{"user", "svc", "session"}},
	{prefix: "/{deployment}/graphql", takes: []string{"user", "svc", "session"}},
	{prefix: "/o/{organization}/graphql", takes: []string{"user", "svc", "session"}},
	{prefix: "/o/{organization}/{deployment}/graphql", takes: []string{"user", "svc", "session"}},
	{prefix: "/account", takes: []string{"session"}},
	{prefix: "/denied", takes: []string{"session"}},
	{prefix: "/cli/", takes: []string{"session"}},
	{prefix: "/gate/", takes: []string{"session"}},
	{prefix: "/search", takes: []string{"session"}},
	{prefix: "/users", takes: []string{"session"}},
	{prefix: "/teams", takes: []string{"session"}},
	{prefix: "/service-users", takes: []string{"session"}},
	{prefix: "/tokens", takes: []string{"session"}},
	{prefix: "/platforms", takes: []string{"session"}},
	{prefix: "/access", takes: []string{"session"}},
	{prefix: "/audit", takes: []string{"session"}},
	{prefix: "/roles", takes: []string{"session"}},
	{prefix: "/settings", takes: []string{"session"}},
	{prefix: "/metrics", takes: []string{}}, // a token of its own
	{prefix: "/", public: true},
}

const (
	doorKinds      = "user svc agent scim gate session visitor"
	doorConditions = "valid expired revoked rotated other narrowed"
	marker         = "annabel@acme.test" // what nobody of another organization sees
)

// doors is a real product behind its real HTTP shell, with a credential of each kind in each condition.
type doors struct {
	t       *testing.T
	p       *product
	ahead   *atomic.Int64
	base    string
	owner   map[string]access.Subject
	agent   map[string]string
	secrets map[string]string // by kind and condition
}

func openDoors(t *testing.T) (d *doors, routes []Route) {
	t.Helper()
	d = &doors{t: t, owner: map[string]access.Subject{}, agent: map[string]string{}, secrets: map[string]string{}}
	d.p, d.ahead = productIn(t, filepath.Join(t.TempDir(), "data"))
	t.Cleanup(func() { _ = d.p.close() })
	for _, organization := range []string{"acme", "other"} {
		made, err := d.p.changes.Create(t.Context(), change.Actor{Rule: change.RuleSetup}, change.Setup{Organization: organization, Name: "Ana", Email: "annabel@" + organization + ".test"})
		if err != nil {
			t.Fatal(err)
		}
		d.owner[organization] = access.Subject{Kind: access.User, ID: made.Results[0].ID}
		d.do(organization, client.PlatformAttach{Platform: "dagster", Model: "dagster-plus"}, client.ServiceUserCreate{ServiceUser: "program"})
		d.do(organization, client.GrantAdd{Grant: client.Grant{To: "user:annabel@" + organization + ".test", Role: "organization_admin", On: "dagster"}})
		d.agent[organization] = d.do(organization, client.AgentCreate{Description: "runs code"}).Results[0].ID
	}
	d.credentials()
	routes, err := d.p.routes()
	if err != nil {
		t.Fatal(err)
	}
	metrics := filepath.Join(t.TempDir(), "metrics")
	if err := os.WriteFile(metrics, []byte("0123456789abcdef"), 0o600); err != nil {
		t.Fatal(err)
	}
	d.base, _ = running(t, &Server{Routes: routes, Measures: d.p.measures(), Ready: d.p.ready, Unset: d.p.unset}, "--metrics-token-file "+metrics)
	public := Route{Access: Public}
	for _, pattern := range []string{"GET " + livePath, "GET " + readyPath} { // what the shell adds
		public.Pattern = pattern
		routes = append(routes, public)
	}
	return d, append(routes, Route{Pattern: "GET /metrics", Access: SignedIn})
}

func (d *doors) do(organization string, commands ...client.Command) change.Result {
	d.t.Helper()
	r, err := d.p.changes.Do(d.t.Context(), organization, change.Actor{Subject: d.owner[organization], Via: "test"}, change.How{}, commands...)
	if err != nil {
		d.t.Fatal(err)
	}
	return r
}

func (d *doors) token(organization, kind string, with client.NewToken) (secret, id string) {
	d.t.Helper()
	with.Kind, with.Subject = kind, map[string]string{"user": "", "agent": "agent:" + d.agent[organization]}[kind]
	if kind != "user" && kind != "agent" {
		with.Subject = "service_user:program"
	}
	made := d.do(organization, client.TokenIssue{NewToken: with}).Results[0]
	return made.Secret, made.ID
}

func (d *doors) session(organization string, until time.Time) *signin.Opened {
	d.t.Helper()
	opened, err := d.p.desk.Sessions.Open(d.t.Context(), organization, d.owner[organization].ID, signin.ByPassword, signin.From{}, until)
	if err != nil {
		d.t.Fatal(err)
	}
	return opened
}

// caller is who has a session, as a door finds out.
func (d *doors) caller(secret string) *signin.Caller {
	d.t.Helper()
	r, err := http.NewRequestWithContext(d.t.Context(), http.MethodGet, "/", nil)
	if err != nil {
		d.t.Fatal(err)
	}
	r.AddCookie(&http.Cookie{Name: signin.CookieName("", false), Value: secret})
	caller, err := d.p.reader.Caller(r, signin.SessionKind)
	if err != nil {
		d.t.Fatal(err)
	}
	return caller
}

// credentials makes one of each kind in each condition. Those that are valid sessions are made anew for each request, for
// some requests end them.
func (d *doors) credentials() {
	soon := d.p.engine.Now().Add(time.Minute)
	for kind := range strings.SplitSeq("user svc agent scim gate", " ") {
		d.secrets[kind+" expired"], _ = d.token("acme", kind, client.NewToken{Expires: &soon})
		var old string
		d.secrets[kind+" rotated"], old = d.token("acme", kind, client.NewToken{})
		d.do("acme", client.TokenRotate{Token: old, Overlap: 30})
	}
	d.secrets["session expired"] = d.session("acme", soon).Secret.Reveal()
	d.secrets["session rotated"] = d.session("acme", time.Time{}).Secret.Reveal()
	d.do("acme", client.ResourceCreate{Resource: "dagster/prod"})
	d.do("acme", client.GrantAdd{Grant: client.Grant{To: "user:annabel@acme.test", Role: "viewer", On: "dagster/prod"}})
	if d.caller(d.secrets["session rotated"]).Renewed == nil {
		d.t.Fatal("a change of roles brings no new secret")
	}
	d.ahead.Store(int64(2 * time.Minute))
	for kind := range strings.SplitSeq("user svc agent scim gate", " ") {
		d.secrets[kind+" valid"], _ = d.token("acme", kind, client.NewToken{})
		var id string
		d.secrets[kind+" revoked"], id = d.token("acme", kind, client.NewToken{})
		d.do("acme", client.TokenRevoke{Token: id})
		d.secrets[kind+" other"], _ = d.token("other", kind, client.NewToken{})
		d.secrets[kind+" narrowed"], _ = d.token("acme", kind, client.NewToken{Permissions: []string{"dagster.runs.view"}, Scopes: []string{"dagster/prod"}})
	}
	ended := d.session("acme", time.Time{})
	d.do("acme", client.SessionEnd{Session: ended.Session.ID})
	d.secrets["session revoked"] = ended.Secret.Reveal()
	const gate = "https://gate.acme.test"
	code, err := d.p.desk.Sessions.IssueCode(d.t.Context(), d.caller(d.session("acme", time.Time{}).Secret.Reveal()), gate, "state")
	if err != nil {
		d.t.Fatal(err)
	}
	visitor, err := d.p.desk.Sessions.ExchangeCode(d.t.Context(), "acme", code.Reveal(), gate, "state")
	if err != nil {
		d.t.Fatal(err)
	}
	d.secrets["visitor valid"] = visitor.Secret.Reveal() // a session at a gate is none here
}

// secret is a credential of a kind in a condition; "" where there is no such thing.
func (d *doors) secret(kind, condition string) string {
	switch kind + " " + condition {
	case "session valid":
		return d.session("acme", time.Time{}).Secret.Reveal()
	case "session other":
		return d.session("other", time.Time{}).Secret.Reveal()
	}
	return d.secrets[kind+" "+condition]
}

// A knock is what a door answered.
type knock struct {
	status   int
	location string
	body     string
}

// shut tells whether nobody was recognised.
func (k knock) shut() bool {
	return k.status == http.StatusUnauthorized || k.status == http.StatusSeeOther && strings.Contains(k.location, "/signin")
}

func (d *doors) knock(r Route, kind, secret string) knock {
	d.t.Helper()
	method, path, _ := strings.Cut(r.Pattern, " ")
	path = strings.NewReplacer("{$}", "", "{organization}", "acme", "{deployment}", "prod", "{platform}", "dagster", "{user}", d.owner["acme"].ID).Replace(path)
	for _, name := range []string{"team", "token", "link", "session", "identity", "provider"} {
		path = strings.ReplaceAll(path, "{"+name+"}", name[:3]+"_x")
	}
	var body io.Reader
	if api := strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/access/"); method != http.MethodGet && api {
		body, path = strings.NewReader("{}"), path+"?dry_run=true"
		if method == http.MethodDelete {
			body = nil
		}
	}
	request, err := http.NewRequestWithContext(d.t.Context(), method, d.base+path, body)
	if err != nil {
		d.t.Fatal(err)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	switch {
	case secret == "":
	case kind == "session" || kind == "visitor":
		request.AddCookie(&http.Cookie{Name: signin.CookieName("", false), Value: secret})
	default:
		request.Header.Set("Authorization", "Bearer "+secret)
	}
	direct := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := direct.Do(request)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return knock{answer.StatusCode, answer.Header.Get("Location"), string(text)}
}

// TestEveryDoorTakesWhatItIsForAndNothingElse tries every kind of credential in every condition at every address of the
// product. A new address finds its row, or has to be given one.
func TestEveryDoorTakesWhatItIsForAndNothingElse(t *testing.T) {
	d, routes := openDoors(t)
	fitted := make([]int, len(doorRows))
	before, tried := d.revision(), 0
	for _, r := range routes {
		_, path, _ := strings.Cut(r.Pattern, " ")
		i := slices.IndexFunc(doorRows, func(row struct {
			prefix string
			public bool
			takes  []string
		}) bool {
			return strings.HasPrefix(path, row.prefix)
		})
		fitted[i]++
		row := doorRows[i]
		if path == "/api/v1/" { // what is no address
			row.public = true
		}
		if row.public != (r.Access == Public) {
			t.Errorf("%s: the row says public %v, the route %v", r.Pattern, row.public, r.Access == Public)
		}
		nobody := d.knock(r, "", "")
		if !row.public && !nobody.shut() {
			t.Errorf("%s without a credential: %d %s", r.Pattern, nobody.status, nobody.location)
		}
		for kind := range strings.SplitSeq(doorKinds, " ") {
			for condition := range strings.SplitSeq(doorConditions, " ") {
				secret := d.secret(kind, condition)
				if secret == "" {
					continue
				}
				tried++
				d.judge(r, row.public, slices.Contains(row.takes, kind), kind, condition, nobody, d.knock(r, kind, secret))
			}
		}
	}
	for i, n := range fitted {
		if n == 0 {
			t.Errorf("no route fits the row %s", doorRows[i].prefix)
		}
	}
	if after := d.revision(); after != before {
		t.Errorf("revision %s after %s: a try changed something", after, before)
	}
	if tried < 2500 {
		t.Errorf("only %d tries at %d addresses", tried, len(routes))
	}
}

func (d *doors) judge(r Route, public, takes bool, kind, condition string, nobody, got knock) {
	d.t.Helper()
	works := condition == "valid" || condition == "other" || condition == "narrowed"
	what := fmt.Sprintf("%s with a %s %s", r.Pattern, condition, kind)
	switch {
	case got.status >= http.StatusInternalServerError:
		d.t.Errorf("%s: %d %s", what, got.status, got.body)
	case public && (!works || kind != "session"):
		if r.Pattern == "POST /o/{organization}/signin" && got.status == http.StatusForbidden {
			break // too many tries: it counts ours, whatever they carry
		}
		if got.status != nobody.status || got.location != nobody.location {
			d.t.Errorf("%s: %d %s, and without %d %s", what, got.status, got.location, nobody.status, nobody.location)
		}
	case public: // somebody who is signed in may be shown another page
	case takes && works:
		if got.shut() {
			d.t.Errorf("%s is not let in: %d %s", what, got.status, got.body)
		}
	case !got.shut():
		d.t.Errorf("%s is let in: %d %s", what, got.status, got.body)
	}
	if condition != "valid" && condition != "narrowed" && strings.Contains(got.body, marker) {
		d.t.Errorf("%s is told of acme: %s", what, got.body)
	}
	if condition == "narrowed" && got.status == http.StatusOK && !public && !slices.Contains(narrowedSees, r.Operation) {
		d.t.Errorf("%s is answered: %s", what, got.body)
	}
}

// narrowedSees are the operations that answer somebody about themselves, or about what the token lets through.
var narrowedSees = []string{"whoami", "tokens.list", "users.get", "decisions.ask", "graphql.explore"}

// revision is where the organizations stand. What console pages may write of a session that ends is not counted here.
func (d *doors) revision() string {
	d.t.Helper()
	text := ""
	for _, organization := range []string{"acme", "other"} {
		st, err := d.p.engine.Current(organization)
		if err != nil {
			d.t.Fatal(err)
		}
		text += fmt.Sprintf("%+v %d ", st.Counts(), len(st.Providers()))
	}
	return text
}
