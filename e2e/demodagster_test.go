package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"bailiwick/internal/dagsterdemo"
)

// demoDagster starts the demo with the Dagster that make dagster installs, and returns the gate's origin.
func demoDagster(t *testing.T, data string) (*server, string) {
	t.Helper()
	venv, err := filepath.Abs(filepath.Join("..", ".cache", "venv-dagster-"+dagsterdemo.Version()))
	if err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, folder: data, within: 3 * time.Minute}
	s.launch(exec.Command(program, "demo", "--with-dagster", "--data", data, "--listen", "127.0.0.1:0", "--dagster-venv", venv, "--gate-listen", "127.0.0.1:0"))
	eventually(t, "end of the greeting", func() bool { return strings.Contains(s.out.String(), "Ctrl-C stops") })
	found := regexp.MustCompile(`is behind the gate: (http://\S+)`).FindStringSubmatch(s.out.String())
	if found == nil {
		t.Fatalf("no gate is named:\n%s", s.out)
	}
	return s, found[1]
}

// A guest is one of the demo's people in a browser that has come to the gate.
type guest struct {
	t      *testing.T
	origin string
	http.Client
}

// visit opens the gate's address, is sent to the server, and signs in there by a click.
func visit(t *testing.T, origin, who string) *guest {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	g := &guest{t: t, origin: origin, Client: http.Client{Jar: jar, Timeout: patience}}
	at, page := g.do(http.MethodGet, origin+"/", "text/html", nil)
	next := regexp.MustCompile(`name="user" value="` + who + `"><input type="hidden" name="next" value="([^"]*)"`).FindStringSubmatch(page)
	if next == nil {
		t.Fatalf("%s shows nobody called %s:\n%s", at, who, page)
	}
	next[1] = strings.ReplaceAll(next[1], "&amp;", "&")
	form := url.Values{"user": {who}, "next": {next[1]}}.Encode()
	if at, page = g.do(http.MethodPost, at.ResolveReference(&url.URL{Path: "/demo/signin"}).String(), "application/x-www-form-urlencoded", []byte(form)); !strings.HasPrefix(at.String(), origin) || !strings.Contains(page, "Dagster") {
		t.Fatalf("%s is at %s:\n%s", who, at, page)
	}
	return g
}

// do sends a request as a browser would, and returns where it led and what is there.
func (g *guest) do(method, address, kind string, body []byte) (*url.URL, string) {
	g.t.Helper()
	r, err := http.NewRequestWithContext(g.t.Context(), method, address, bytes.NewReader(body))
	if err != nil {
		g.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	if method == http.MethodPost {
		r.Header.Set("Accept", "*/*")
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Origin", r.URL.Scheme+"://"+r.URL.Host)
	}
	answer, err := g.Do(r)
	if err != nil {
		g.t.Fatal(err)
	}
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		g.t.Fatalf("%s: %s %v\n%s", address, answer.Status, err, text)
	}
	_ = answer.Body.Close()
	return answer.Request.URL, string(text)
}

func (g *guest) graphql(query string) map[string]any {
	g.t.Helper()
	body, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		g.t.Fatal(err)
	}
	_, text := g.do(http.MethodPost, g.origin+"/graphql", "application/json", body)
	var said struct{ Data map[string]any }
	if err := json.Unmarshal([]byte(text), &said); err != nil || said.Data == nil {
		g.t.Fatalf("%v: %s", err, text)
	}
	return said.Data
}

// may lists what the pages are told: "etl launch_pipeline_execution", or without a location for the deployment, and the reason
// where something is not allowed.
func (g *guest) may() map[string]string {
	g.t.Helper()
	const permissions = `permissions { permission value disabledReason }`
	said := g.graphql(`query PermissionsQuery { unscopedPermissions: ` + permissions + ` workspaceOrError { ... on Workspace { locationEntries { name ` + permissions + ` } } } }`)
	all := map[string]string{}
	read := func(prefix string, list any) {
		for _, one := range list.([]any) {
			p := one.(map[string]any)
			reason, _ := p["disabledReason"].(string)
			if allowed, _ := p["value"].(bool); !allowed && reason == "" {
				reason = "no reason"
			}
			all[prefix+p["permission"].(string)] = reason
		}
	}
	read("", said["unscopedPermissions"])
	for _, entry := range said["workspaceOrError"].(map[string]any)["locationEntries"].([]any) {
		e := entry.(map[string]any)
		read(e["name"].(string)+" ", e["permissions"])
	}
	return all
}

const demoLaunch = `mutation { launchRun(executionParams: {selector: {repositoryName: "__repository__", repositoryLocationName: "etl", jobName: "rebuild_marts"},
	runConfigData: "{}", mode: "default"}) { __typename ... on UnauthorizedError { message } ... on PythonError { message } } }`

func TestDemoWithDagster(t *testing.T) {
	data := folder(t)
	s, origin := demoDagster(t, data)

	paula := visit(t, origin, "paula@acme.test")
	may := paula.may()
	for _, what := range []string{"launch_pipeline_execution", "etl launch_pipeline_execution", "ingest start_schedule"} {
		if why, is := may[what]; !is || why == "" || why == "no reason" {
			t.Errorf("a Viewer and %s: told %v %q", what, is, why)
		}
	}
	if said, _ := json.Marshal(paula.graphql(demoLaunch)); !strings.Contains(string(said), "UnauthorizedError") || !strings.Contains(string(said), "Launcher") {
		t.Errorf("a Viewer launches a run: %s", said)
	}

	priya := visit(t, origin, "priya@acme.test")
	may = priya.may()
	for what, allowed := range map[string]bool{"etl launch_pipeline_execution": true, "etl start_schedule": false, "ingest start_schedule": true} {
		if why, is := may[what]; !is || (why == "") != allowed {
			t.Errorf("the Launcher and %s: told %v %q, want %v", what, is, why, allowed)
		}
	}
	if said, _ := json.Marshal(priya.graphql(demoLaunch)); !strings.Contains(string(said), "LaunchRunSuccess") {
		t.Errorf("a Launcher launches a run: %s", said)
	}

	// Ctrl-C, and then the worst.
	if len(dagsters(t, data)) < 2 {
		t.Errorf("Dagster's processes are %v", dagsters(t, data))
	}
	began := time.Now()
	_ = s.cmd.Process.Signal(syscall.SIGINT)
	<-s.ended
	if code := s.cmd.ProcessState.ExitCode(); code != 0 || time.Since(began) > 20*time.Second {
		t.Errorf("SIGINT ended it with %d after %s:\n%s", code, time.Since(began), s.log)
	}
	if left := dagsters(t, data); len(left) > 0 {
		t.Errorf("Dagster's processes are still there: %v", left)
	}
	s, origin = demoDagster(t, data)
	visit(t, origin, "lena@acme.test")
	s.kill()
	eventually(t, "end of Dagster's processes after kill -9", func() bool { return len(dagsters(t, data)) == 0 })
}

// dagsters are the processes that keep their things in the demo's folder, by what started them.
func dagsters(t *testing.T, data string) []string {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, path := range all {
		text, err := os.ReadFile(path)
		if err != nil || !bytes.Contains(text, []byte("DAGSTER_HOME="+data)) {
			continue // it has ended, or is another's
		}
		command, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "cmdline"))
		if len(command) > 0 { // an ended one that nobody has waited for yet has none
			found = append(found, string(bytes.ReplaceAll(command[:min(len(command), 160)], []byte{0}, []byte(" "))))
		}
	}
	return found
}

func TestDemoGateListensOnLoopbackOnly(t *testing.T) {
	if code, _, errs := bailiwick(t, "demo", "--data", folder(t), "--listen", "127.0.0.1:0", "--gate-listen", "0.0.0.0:0"); code == 0 || !strings.Contains(errs, "--gate-listen") || !strings.Contains(errs, "loopback") {
		t.Errorf("a gate for everybody: %d %s", code, errs)
	}
}
