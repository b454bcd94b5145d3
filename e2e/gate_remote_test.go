package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"bailiwick/client"
)

// upstream is what stands behind the gate: it answers what a webserver answers, and notes what reaches it.
type upstream struct {
	*httptest.Server
	mu      sync.Mutex
	reached []string
}

func newUpstream(t *testing.T) *upstream {
	t.Helper()
	text, err := os.ReadFile("../internal/gate/dagster/testdata/schema-1.13.27.json")
	if err != nil {
		t.Fatal(err)
	}
	own := `{"data":{"version":"1.13.27","locationStatusesOrError":{"__typename":"WorkspaceLocationStatusEntries","entries":[{"name":"etl","loadStatus":"LOADED","updateTimestamp":1,"versionKey":"a"}]},` +
		`"workspaceOrError":{"__typename":"Workspace","locationEntries":[{"name":"etl","loadStatus":"LOADED","locationOrLoadError":{"__typename":"RepositoryLocation","repositories":[]}}]},` +
		strings.TrimPrefix(strings.TrimSpace(string(text)), "{") + "}"
	u := &upstream{}
	u.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/graphql" && r.Header.Get("X-Forwarded-Host") == "" { // the gate's own question
			_, _ = fmt.Fprint(w, own)
			return
		}
		u.mu.Lock()
		u.reached = append(u.reached, r.Method+" "+r.URL.Path+" "+r.Header.Get("Authorization"))
		u.mu.Unlock()
		if r.URL.Path == "/graphql" {
			_, _ = fmt.Fprint(w, `{"data":{"reloadWorkspace":{"__typename":"Workspace"}}}`)
			return
		}
		_, _ = fmt.Fprint(w, `{"dagster_webserver_version":"1.13.27","dagster_version":"1.13.27","dagster_graphql_version":"1.13.27"}`)
	}))
	t.Cleanup(u.Close)
	return u
}

func (u *upstream) times() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return len(u.reached)
}

// reload is a mutation that the role at the deployment decides on.
const reload = `{"query":"mutation { reloadWorkspace { __typename } }"}`

// gateAlone is a server and a gate as two processes, with the gate's own token.
type gateAlone struct {
	*server
	owner, token string // olga's, the gate's
	gate         *server
	config       string
	upstream     *upstream
}

func startGateAlone(t *testing.T) *gateAlone {
	t.Helper()
	g := &gateAlone{upstream: newUpstream(t)}
	files := t.TempDir()
	origin := "http://" + freeAddress(t)
	serving := filepath.Join(files, "server.yaml")
	put(t, serving, "gates:\n  - {name: prod, deployment: dagster/prod, origin: '"+origin+"'}\n")
	g.server = launch(t, "serve", folder(t), "--log-level", "warn", "--config", serving, "--listen", freeAddress(t))
	g.owner, _ = g.settle()
	if _, err := g.as(g.owner).Change(t.Context(), client.Changing{}, client.ServiceUserCreate{ServiceUser: "gate-prod"},
		client.GrantAdd{Grant: client.Grant{To: "service_user:gate-prod", Role: "gate", On: "org"}}); err != nil {
		t.Fatal(err)
	}
	made, err := g.as(g.owner).IssueToken(t.Context(), client.NewToken{Kind: "gate", Subject: "service_user:gate-prod", Scopes: []string{"dagster/prod"}}, client.Changing{})
	if err != nil {
		t.Fatal(err)
	}
	g.token = made.Secret
	put(t, filepath.Join(files, "gate.token"), g.token+"\n")
	g.config = filepath.Join(files, "gate.yaml")
	put(t, g.config, "server: "+strings.TrimSuffix(g.url, "/")+"\ntoken_file: "+filepath.Join(files, "gate.token")+
		"\ngates:\n  - {name: prod, deployment: dagster/prod, origin: '"+origin+"', listen: '"+strings.TrimPrefix(origin, "http://")+"', upstream: '"+g.upstream.URL+"'}\n")
	return g
}

// put writes a file of secrets.
func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (g *gateAlone) open() {
	g.t.Helper()
	g.gate = &server{t: g.t, folder: g.t.TempDir()}
	g.gate.launch(exec.Command(program, "gate", "--config", g.config)) //nolint:gosec // the program under test
}

// knock sends a request to the gate: a page, or where there is a body a query.
func (g *gateAlone) knock(path, token, body string) int {
	method := http.MethodGet
	if body != "" {
		method = http.MethodPost
	}
	status, _, err := send(context.WithoutCancel(g.t.Context()), method, strings.TrimSuffix(g.gate.url, "/")+path, token, body)
	if err != nil {
		return 0
	}
	return status
}

// mine makes a token of the owner's, who is organization admin of dagster.
func (g *gateAlone) mine() (secret, id string) {
	g.t.Helper()
	made, err := g.as(g.owner).IssueToken(g.t.Context(), client.NewToken{Kind: "user", Description: "for the gate"}, client.Changing{})
	if err != nil {
		g.t.Fatal(err)
	}
	return made.Secret, made.Token.ID
}

// TestARemoteGateOfItsOwnProcess runs a server and a gate as two programs: what one grants the other lets through, what it takes the
// other refuses within the bound, and what the gate did is in the server's audit log.
func TestARemoteGateOfItsOwnProcess(t *testing.T) {
	g := startGateAlone(t)
	if out := must(t, "gate", "--config", g.config, "--check"); strings.Count(out, "ok") != 3 {
		t.Errorf("gate --check says\n%s", out)
	}
	g.open()
	eventually(t, "gate in step", func() bool { return g.knock("/.bailiwick/health", "", "") == http.StatusOK })
	token, id := g.mine()
	eventually(t, "way through the gate", func() bool { return g.knock("/server_info", token, "") == http.StatusOK })
	made, err := g.as(g.owner).IssueToken(t.Context(), client.NewToken{Kind: "svc", Subject: "service_user:portal"}, client.Changing{})
	if err != nil {
		t.Fatal(err)
	}
	if status := g.knock("/server_info", made.Secret, ""); status != http.StatusForbidden && status != http.StatusUnauthorized {
		t.Errorf("who has nothing on the platform is answered %d", status)
	}
	for what, credential := range map[string]string{"nobody": "", "the gate's own token": g.token, "a token that is none": "bwk_user_x"} {
		before := g.upstream.times()
		if status := g.knock("/server_info", credential, ""); status != http.StatusUnauthorized || g.upstream.times() != before {
			t.Errorf("%s is answered %d", what, status)
		}
	}
	if status := g.knock("/graphql", token, reload); status != http.StatusOK {
		t.Errorf("an admin's report is answered %d", status)
	}
	eventually(t, "line in the audit log", func() bool {
		found, err := g.as(g.owner).Audit(t.Context(), client.AuditQuery{})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range found.Rows {
			if row.Action == "dagster.reloadWorkspace" && row.Via == "gate" && row.Result == "allowed" {
				return true
			}
		}
		return false
	})
	if _, err := g.as(g.owner).Change(t.Context(), client.Changing{}, client.TokenRevoke{Token: id}); err != nil {
		t.Fatal(err)
	}
	revoked := time.Now()
	eventually(t, "refusal", func() bool { return g.knock("/server_info", token, "") == http.StatusUnauthorized })
	if took := time.Since(revoked); took > 2*time.Second {
		t.Errorf("the revoked token was refused after %s", took)
	}
	for _, r := range g.upstream.reached {
		if strings.Contains(r, "bwk_") {
			t.Errorf("a token reached the upstream: %s", r)
		}
	}
	if code := g.gate.stop(); code != 0 {
		t.Errorf("the gate ended with %d\n%s", code, g.gate.log)
	}
}

// TestARemoteGateWithoutItsServer starts a gate while there is no server, has one come, go without a word, and come back: nothing is
// let through on facts that are older than the bound.
func TestARemoteGateWithoutItsServer(t *testing.T) {
	g := startGateAlone(t)
	token, _ := g.mine()
	listen := strings.TrimSuffix(strings.TrimPrefix(g.url, "http://"), "/")
	g.kill()
	if code, out, _ := bailiwick(t, "gate", "--config", g.config, "--check"); code != 1 || !strings.Contains(out, "bad") {
		t.Errorf("gate --check without a server: %d\n%s", code, out)
	}
	g.open()
	for range 5 {
		if status := g.knock("/server_info", token, ""); status != http.StatusServiceUnavailable {
			t.Errorf("without a server the gate answers %d", status)
		}
	}
	g.server = launch(t, "serve", g.folder, "--log-level", "warn", "--listen", listen)
	eventually(t, "way through the gate", func() bool { return g.knock("/server_info", token, "") == http.StatusOK })
	if status := g.knock("/graphql", token, reload); status != http.StatusOK {
		t.Errorf("a report is answered %d", status)
	}
	g.kill()
	gone := time.Now()
	eventually(t, "refusal", func() bool { return g.knock("/server_info", token, "") == http.StatusServiceUnavailable })
	if took := time.Since(gone); took > 2*time.Second+500*time.Millisecond {
		t.Errorf("requests were let through for %s without a server", took)
	}
	before := g.upstream.times()
	for range 10 {
		if status := g.knock("/graphql", token, reload); status != http.StatusServiceUnavailable {
			t.Errorf("behind the bound the gate answers %d", status)
		}
	}
	if n := g.upstream.times(); n != before {
		t.Errorf("the upstream was reached %d times behind the bound", n-before)
	}
	g.server = launch(t, "serve", g.folder, "--log-level", "warn", "--listen", listen)
	eventually(t, "way through the gate", func() bool { return g.knock("/server_info", token, "") == http.StatusOK })
	eventually(t, "activity of before", func() bool {
		found, err := g.as(g.owner).Audit(t.Context(), client.AuditQuery{})
		return err == nil && strings.Contains(fmt.Sprint(found.Rows), "dagster.reloadWorkspace")
	})
}

// TestAStolenGateTokenAtEveryDoor takes the gate's token to the doors beside the API: none lets it in.
func TestAStolenGateTokenAtEveryDoor(t *testing.T) {
	g := startGateAlone(t)
	for _, c := range []struct{ method, path, body string }{
		{"POST", "graphql", `{"query":"{ version }"}`}, {"POST", "graphql", `{"query":"{ usersOrError { __typename ... on DagsterCloudUsersWithScopedPermissionGrants { users { user { email } } } } }"}`},
		{"POST", "access/v1/evaluation", `{"subject":{"type":"user","id":"olga@acme.test"},"action":{"name":"dagster.runs.view"},"resource":{"type":"dagster.code_location","id":"prod/etl"}}`},
		{"GET", "api/v1/users", ""}, {"GET", "api/v1/export", ""}, {"GET", "api/v1/audit", ""}, {"GET", "api/v1/whoami", ""},
		{"POST", "api/v1/changes", `{"commands":[{"do":"team.create","team":"mine"}]}`}, {"GET", "scim/v2/Users", ""}, {"GET", "account", ""}, {"GET", "users", ""}, {"GET", "metrics", ""},
	} {
		status, text, err := send(t.Context(), c.method, g.url+c.path, g.token, c.body)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"olga@", "ana@", "Bo Lund"} {
			if strings.Contains(text, name) {
				t.Errorf("%s %s tells of %s: %d %s", c.method, c.path, name, status, text)
			}
		}
		if status < 300 && !strings.Contains(text, "nauthenticated") && !strings.Contains(text, "UNAUTHENTICATED") && !strings.Contains(text, "ign in") {
			t.Errorf("%s %s: %d %.300s", c.method, c.path, status, text)
		}
	}
}
