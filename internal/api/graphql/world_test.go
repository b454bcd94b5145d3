package graphql_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/internal/api/graphql"
	"bailiwick/internal/orgtest"
)

// A world is the door on a real journal, behind a real HTTP server. What it is asked for by name is of acme.
type world struct {
	*orgtest.Organization
	t      *testing.T
	routes []graphql.Route
	server *httptest.Server
	tokens map[string]string // secrets by the first half of the owner's address
}

// emptyWorld is a server that nobody has set up.
func emptyWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, Organization: orgtest.New(t, orgtest.Options{}).Of("acme"), tokens: map[string]string{}}
	var err error
	w.routes, err = graphql.New(graphql.Options{Engine: w.Engine, Changes: w.Changes, Reader: w.Reader, History: w.History, TokensUsed: w.Journal.TokensUsed, CursorKey: w.Key, Version: "test", Log: w.Log})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	for _, r := range w.routes {
		mux.Handle(r.Pattern, r.Handler)
	}
	w.server = httptest.NewServer(mux)
	t.Cleanup(w.server.Close)
	return w
}

// newWorld has the organization acme. Prod has the code locations etl and ml, dev has etl; Bo is viewer of both by default.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := emptyWorld(t)
	w.Create("acme").Furnish("dagster/prod/ml", "dagster/dev", "dagster/dev/etl")
	return w
}

// number is the integer id of a resource.
func (w *world) number(path string) int {
	w.t.Helper()
	r := w.Now().Resource(path)
	if r == nil {
		w.t.Fatalf("there is no %s", path)
	}
	return int(r.Number)
}

// can tells whether somebody may do something.
func (w *world) can(name, permission, resource string) bool {
	w.t.Helper()
	st := w.Now()
	return st.Decide(access.Question{Subject: w.Subject(name), Permission: permission, Resource: resource, At: st.Moment(w.Engine.Now())}).Allowed
}

// token is the secret of a user token of somebody's own.
func (w *world) token(name string) string {
	w.t.Helper()
	if w.tokens[name] == "" {
		w.tokens[name], _ = w.Token(name, client.NewToken{})
	}
	return w.tokens[name]
}

// A call is one request as bytes. Without a method it is a POST of JSON, without a path to /graphql.
type call struct {
	method, path, body, token string
	header                    map[string]string
}

type response struct {
	status int
	header http.Header
	body   string
}

func (w *world) send(c call) response {
	w.t.Helper()
	if c.method == "" {
		c.method = http.MethodPost
	}
	if c.path == "" {
		c.path = "/graphql"
	}
	r, err := http.NewRequestWithContext(w.t.Context(), c.method, w.server.URL+c.path, strings.NewReader(c.body))
	if err != nil {
		w.t.Fatal(err)
	}
	if c.method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		r.Header.Set("Dagster-Cloud-Api-Token", c.token)
	}
	for name, value := range c.header {
		r.Header.Set(name, value)
	}
	answer, err := w.server.Client().Transport.RoundTrip(r) // follows nothing
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return response{answer.StatusCode, answer.Header, string(text)}
}

// A reply is what came of an operation. Numbers in it are json.Number.
type reply struct {
	t          *testing.T
	text       string
	Data       map[string]any   `json:"data"`
	Errors     []map[string]any `json:"errors"`
	Extensions map[string]any   `json:"extensions"`
}

// ask sends an operation of somebody's and reads the answer, which may have errors.
func (w *world) ask(name, query string, variables map[string]any) *reply {
	w.t.Helper()
	return w.askAt("/graphql", name, query, variables)
}

// askAt is ask at another address.
func (w *world) askAt(path, name, query string, variables map[string]any) *reply {
	w.t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		w.t.Fatal(err)
	}
	found := &reply{t: w.t}
	found.text = w.send(call{path: path, token: w.token(name), body: string(body)}).body
	decoder := json.NewDecoder(bytes.NewReader([]byte(found.text)))
	decoder.UseNumber()
	if err := decoder.Decode(found); err != nil {
		w.t.Fatalf("%s answered %s: %v", query, found.text, err)
	}
	return found
}

// get is one place in the data, by names of fields and indexes; it fails where there is none.
func (r *reply) get(path ...any) any {
	r.t.Helper()
	var at any = r.Data
	for _, step := range path {
		switch step := step.(type) {
		case string:
			fields, _ := at.(map[string]any)
			found, is := fields[step]
			if !is {
				r.t.Fatalf("there is no %v in %s", path, r.text)
			}
			at = found
		case int:
			list, _ := at.([]any)
			if step >= len(list) {
				r.t.Fatalf("there is no %v in %s", path, r.text)
			}
			at = list[step]
		}
	}
	return at
}

// is fails where a place in the data is not some JSON.
func (r *reply) is(want string, path ...any) {
	r.t.Helper()
	found, err := json.Marshal(r.get(path...))
	if err != nil {
		r.t.Fatal(err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(want)); err != nil {
		r.t.Fatalf("%s: %v", want, err)
	}
	if string(found) != compact.String() {
		r.t.Errorf("%v is %s; want %s\n%s", path, found, want, r.text)
	}
}

// says fails where a place in the data is not a text with some words in it.
func (r *reply) says(words string, path ...any) {
	r.t.Helper()
	if found, _ := r.get(path...).(string); !strings.Contains(found, words) {
		r.t.Errorf("%v is %q; want it to say %q", path, found, words)
	}
}

// grants are somebody's own grants as a text, by scope.
func (w *world) grants(name string) string {
	w.t.Helper()
	var list []string
	for _, g := range w.Now().GrantsOf(w.Subject(name)) {
		list = append(list, g.On+" "+g.Role)
	}
	slices.Sort(list)
	return strings.Join(list, "; ")
}
