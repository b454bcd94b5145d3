package e2e

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"bailiwick/client"
	"bailiwick/internal/journal"
)

// A server is a running program.
type server struct {
	t      *testing.T
	folder string
	url    string // with the slash at its end
	cmd    *exec.Cmd
	out    *said
	log    *said
	ended  chan struct{}
	within time.Duration // for its first line, if 30 s are not enough
}

// said is what a program has said so far.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// launch starts "serve" or "demo" and waits for its first line.
func launch(t *testing.T, command, folder string, args ...string) *server {
	t.Helper()
	s := &server{t: t, folder: folder}
	s.launch(exec.Command(program, append([]string{command, "--data", folder}, args...)...))
	return s
}

func (s *server) launch(cmd *exec.Cmd) {
	s.t.Helper()
	s.t.Cleanup(s.kill)
	if err := s.begin(cmd); err != nil {
		s.t.Fatal(err)
	}
}

// begin starts the program and waits for its first line.
func (s *server) begin(cmd *exec.Cmd) error {
	s.cmd, s.out, s.log, s.ended = cmd, &said{}, &said{}, make(chan struct{})
	cmd.Env = []string{"HOME=" + s.folder, "PATH=" + os.Getenv("PATH")}
	cmd.Stderr = s.log
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	first := make(chan string, 1)
	go func() {
		defer close(s.ended)
		read := bufio.NewReader(pipe)
		line, _ := read.ReadString('\n')
		_, _ = io.WriteString(s.out, line)
		first <- strings.TrimSpace(line)
		_, _ = io.Copy(s.out, read)
		_ = cmd.Wait()
	}()
	select {
	case s.url = <-first:
	case <-time.After(max(s.within, 30*time.Second)):
	}
	if !strings.HasPrefix(s.url, "http") {
		return fmt.Errorf("the server did not start: %s\n%s", s.out, s.log)
	}
	s.url = strings.TrimSuffix(s.url, "/") + "/"
	return nil
}

// serve starts a production server on a free port.
func serve(t *testing.T, folder string, args ...string) *server {
	t.Helper()
	return launch(t, "serve", folder, append([]string{"--listen", "127.0.0.1:0", "--log-level", "warn"}, args...)...)
}

// kill is kill -9.
func (s *server) kill() {
	if s.cmd.Process == nil { // it did not even start
		return
	}
	_ = s.cmd.Process.Kill()
	<-s.ended
	if log := s.log.String(); strings.Contains(log, "DATA RACE") {
		s.t.Error(log)
	}
}

// stop is SIGTERM, and returns the exit code.
func (s *server) stop() int {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	<-s.ended
	return s.cmd.ProcessState.ExitCode()
}

// secret is that of the printed setup link.
func (s *server) secret() string {
	s.t.Helper()
	var found []string
	eventually(s.t, "a setup link", func() bool {
		found = regexp.MustCompile(`/setup#(\S+)`).FindStringSubmatch(s.out.String())
		return found != nil && strings.Contains(s.out.String(), "Data:")
	})
	return found[1]
}

// as is a client with a token.
func (s *server) as(token string) *client.Client {
	s.t.Helper()
	c, err := client.New(strings.TrimSuffix(s.url, "/"), client.Options{Token: token, Transport: &http.Transport{}})
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// setUp uses the setup link up and returns the owner's token.
func (s *server) setUp() string {
	s.t.Helper()
	made, err := s.as("").Setup(s.t.Context(), client.SetupRequest{Secret: s.secret(), Organization: "acme", Name: "Olga Owner", Email: "olga@acme.test"})
	if err != nil {
		s.t.Fatal(err)
	}
	return made.Secret
}

// world is what every test's organization begins with, beside its owner olga.
const world = `organization: acme
platforms:
  dagster:
    model: dagster-plus
    deployments: {prod: {code_locations: [etl]}}
users:
  olga@acme.test: {name: Olga Owner}
  ana@acme.test: {name: Ana Ames}
  bo@acme.test: {name: Bo Lund}
service_users:
  portal: {description: asks for decisions}
grants:
  - {to: user:olga@acme.test, role: organization_admin, on: dagster}
  - {to: user:ana@acme.test, role: organization_admin, on: dagster}
  - {to: user:bo@acme.test, role: viewer, on: dagster/prod}
  - {to: service_user:portal, role: decision_client, on: org}
`

// settle sets a new server up with the world. It returns the owner's and the portal's token.
func (s *server) settle() (owner, portal string) {
	s.t.Helper()
	owner = s.setUp()
	o := s.as(owner)
	if _, err := o.Apply(s.t.Context(), client.ApplyRequest{PlanRequest: client.PlanRequest{Document: client.Document{File: world}}}); err != nil {
		s.t.Fatal(err)
	}
	made, err := o.IssueToken(s.t.Context(), client.NewToken{Kind: "svc", Subject: "service_user:portal", Description: "portal"}, client.Changing{})
	if err != nil {
		s.t.Fatal(err)
	}
	return owner, made.Secret
}

// evaluate asks by AuthZEN and returns status and body.
func (s *server) evaluate(token, user, action, resource string) (int, string) {
	body := `{"subject":{"type":"user","id":"` + user + `"},"action":{"name":"dagster.` + action + `"},"resource":{"type":"dagster.code_location","id":"` + resource + `"}}`
	status, text, err := send(context.WithoutCancel(s.t.Context()), http.MethodPost, s.url+"access/v1/evaluation", token, body)
	if err != nil {
		return 0, err.Error()
	}
	return status, text
}

// allowed is evaluate where an answer is certain.
func (s *server) allowed(token, user, action string) bool {
	s.t.Helper()
	status, text := s.evaluate(token, user, action, "prod/etl")
	if status != http.StatusOK {
		s.t.Fatalf("evaluation: %d %s", status, text)
	}
	return strings.Contains(text, `"decision":true`)
}

// send makes one request.
func send(ctx context.Context, method, url, token, body string) (int, string, error) {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(text), err
}

// eventually waits for what has no signal of its own: another process's doing.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for until := time.Now().Add(15 * time.Second); time.Now().Before(until); time.Sleep(10 * time.Millisecond) {
		if is() {
			return
		}
	}
	t.Fatalf("no %s within 15 s", what)
}

// folder is the path of a data folder that does not exist yet.
func folder(t *testing.T) string { return filepath.Join(t.TempDir(), "data") }

// add makes a team and returns the revision.
func (s *server) add(token, team string) int64 {
	s.t.Helper()
	done, err := s.as(token).Change(s.t.Context(), client.Changing{}, client.TeamCreate{Team: team})
	if err != nil {
		s.t.Fatal(err)
	}
	return done.Revision
}

// publishedAt is the revision of acme in a published head; 0 where there is none yet.
func publishedAt(file string) int64 {
	heads, _, err := journal.ReadPublished(file)
	if err != nil {
		return 0
	}
	for _, head := range heads {
		if head.Organization == "acme" {
			return head.Revision
		}
	}
	return 0
}

func pid(s *server) string { return strconv.Itoa(s.cmd.Process.Pid) }

func itoa(i int) string { return strconv.Itoa(i) }
